# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances, launch templates, images: what moto lacks."""

from __future__ import annotations

import copy
from typing import Any

from moto.ec2.models import amis

from simulator import answer, moto_bridge
from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, rescue, shows

# Debian's own images; 136693071363 is its account (https://wiki.debian.org/Cloud/AmazonEC2Image). The ids are made up.
_DEBIAN = {
    ("arm64", "20260811-2201"): "ami-0d5b1a13a4e64aa01",
    ("arm64", "20261006-2257"): "ami-0d5b1a13a4e64aa02",
    ("amd64", "20260811-2201"): "ami-0d5b1a13a4e64a601",
    ("amd64", "20261006-2257"): "ami-0d5b1a13a4e64a602",
}

_IMAGE_SIZE = 8  # GiB, of Debian's images


def install() -> None:
    """Add Debian 13 to the catalogue, an older and a newer build for each architecture."""
    if any(image["ami_id"] in _DEBIAN.values() for image in amis.AMIS):
        return
    for (architecture, build), image_id in _DEBIAN.items():
        amis.AMIS.append(
            {
                "ami_id": image_id,
                "name": f"debian-13-{architecture}-{build}",
                "description": f"Debian 13 ({build})",
                "owner_id": "136693071363",
                "architecture": {"amd64": "x86_64"}.get(architecture, architecture),
                "creation_date": f"{build[:4]}-{build[4:6]}-{build[6:8]}T{build[9:11]}:{build[11:13]}:00.000Z",
                "image_location": f"136693071363/debian-13-{architecture}-{build}",
                "public": True,
                "state": "available",
                "root_device_type": "ebs",
                "root_device_name": "/dev/xvda",
                "virtualization_type": "hvm",
                "hypervisor": "xen",
                "image_type": "machine",
                "sriov": "simple",
            }
        )


@after("ec2", "DescribeImages")
def only_amazon_is_amazon(context: Context, response: Parameters) -> None:
    """ImageOwnerAlias is set for images of AWS itself, not for everybody in the public catalogue (API ec2:Image)."""
    if "amazon" in context.params.get("Owners", []):
        response["Images"] = [image for image in response["Images"] if image.get("OwnerId") != "136693071363"]
    for image in response["Images"]:
        if image.get("OwnerId") == "136693071363":
            image.pop("ImageOwnerAlias", None)


# A request sent twice with one token is carried out once -----------------------------------------------------------------------


@operation("ec2", "CreateNatGateway", "CreateVpcEndpoint", "CreateEgressOnlyInternetGateway", "CreateLaunchTemplateVersion", "RunInstances")
def once_per_token(context: Context) -> Parameters:
    """ClientToken: "ensures that the request is idempotent" (API ec2, of these operations)."""
    backend = context.backend()
    backend.answers_by_token = getattr(backend, "answers_by_token", {})
    token = context.params.get("ClientToken")
    key = (context.operation, token)
    if token and key in backend.answers_by_token:
        return copy.deepcopy(backend.answers_by_token[key])
    carried_out = moto_bridge.dispatch(context.wire)
    if carried_out.failed:
        raise answer.refused_from(context.wire, carried_out)
    response = answer.parse_answer(context.wire, carried_out)
    if token:
        backend.answers_by_token[key] = copy.deepcopy(response)
    return response


@after("ec2", "CreateLaunchTemplate")
def remember_the_token(context: Context, response: Parameters) -> None:
    """For the next function."""
    if context.params.get("ClientToken"):
        template = context.backend().launch_templates[response["LaunchTemplate"]["LaunchTemplateId"]]
        template.client_token = context.params["ClientToken"]


@rescue("ec2", "CreateLaunchTemplate")
def same_template_again(context: Context, refused: Refused) -> Parameters | None:
    """The same token for the same name is the same request."""
    for template in context.backend().launch_templates.values():
        token = getattr(template, "client_token", None)
        if token and token == context.params.get("ClientToken") and template.name == context.params["LaunchTemplateName"]:
            found = context.call("DescribeLaunchTemplates", {"LaunchTemplateIds": [template.id]})
            return {"LaunchTemplate": found["LaunchTemplates"][0]}
    return None


# Launch templates -------------------------------------------------------------------------------------------------------------


@after("ec2", "CreateLaunchTemplate")
def tags_of_the_template_are_not_in_it(context: Context, response: Parameters) -> None:
    """The template's own tags are no part of its data, where moto puts them."""
    data = context.backend().launch_templates[response["LaunchTemplate"]["LaunchTemplateId"]].versions[0].data
    data["TagSpecifications"] = copy.deepcopy(context.params.get("LaunchTemplateData", {}).get("TagSpecifications", []))
    if not data["TagSpecifications"]:
        del data["TagSpecifications"]


@operation("ec2", "DeleteLaunchTemplateVersions")
@shows("R-LT-01")
def delete_launch_template_versions(context: Context) -> Parameters:
    """API ec2:DeleteLaunchTemplateVersions. The default version stays; numbers are never given again."""
    template = template_of(context, context.params)
    done, refused = [], []
    for number in context.params["Versions"]:
        shown = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        if int(number) == template.default_version_number:
            error = {"code": "launchTemplateVersionNotDeletable", "message": f"Default version {number} of a template cannot be deleted."}
        elif not 1 <= int(number) <= len(template.versions) or int(number) in _deleted(template):
            error = {"code": "launchTemplateVersionDoesNotExist", "message": f"Launch template version {number} does not exist."}
        else:
            template.deleted_versions = _deleted(template) | {int(number)}
            done.append(shown)
            continue
        refused.append({**shown, "ResponseError": {"Code": error["code"], "Message": error["message"]}})
    return {"SuccessfullyDeletedLaunchTemplateVersions": done, "UnsuccessfullyDeletedLaunchTemplateVersions": refused}


def _deleted(template: Any) -> set[int]:
    return getattr(template, "deleted_versions", set())


@after("ec2", "DescribeLaunchTemplateVersions")
def without_deleted_versions(context: Context, response: Parameters) -> None:
    """A deleted version is not described any more."""
    templates = context.backend().launch_templates
    response["LaunchTemplateVersions"] = [
        version for version in response["LaunchTemplateVersions"] if version["VersionNumber"] not in _deleted(templates[version["LaunchTemplateId"]])
    ]


def template_of(context: Context, specification: Parameters) -> Any:
    """moto's launch template that a specification names by id or name."""
    ec2 = context.backend("ec2")
    if specification.get("LaunchTemplateId"):
        return ec2.get_launch_template(specification["LaunchTemplateId"])
    return ec2.get_launch_template_by_name(specification["LaunchTemplateName"])


def version_of(context: Context, specification: Parameters) -> Any:
    """The version of it, by default the default one."""
    template = template_of(context, specification)
    version = template.get_version(specification.get("Version") or "$Default")
    if version.number in _deleted(template):
        raise Refused("InvalidLaunchTemplateId.VersionNotFound", f"Could not find launch template version {version.number}")
    return version


def launch(context: Context, params: Parameters) -> Parameters:
    """The parameters of RunInstances with those of its launch template: what the request says itself comes first."""
    specification = params.get("LaunchTemplate")
    if not specification:
        return params
    data = copy.deepcopy(version_of(context, specification).data)
    if data.get("UserData") is not None:
        data["UserData"] = str(data["UserData"])
    own = {name: value for name, value in params.items() if name != "LaunchTemplate"}
    whole = {**{name: value for name, value in data.items() if value not in (None, [], {})}, **own}
    # Tags of both are put together, the request's win.
    tags: dict[str, dict[str, str]] = {}
    for entry in [*data.get("TagSpecifications", []), *own.get("TagSpecifications", [])]:
        tags.setdefault(entry["ResourceType"], {}).update({tag["Key"]: tag.get("Value", "") for tag in entry.get("Tags", [])})
    if tags:
        whole["TagSpecifications"] = [
            {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]} for kind, pairs in tags.items()
        ]
    return whole


@before("ec2", "RunInstances")
def by_launch_template(context: Context) -> None:
    """Instances get everything their launch template says: moto takes a part of it."""
    specification = context.params.get("LaunchTemplate")
    if specification:
        version = version_of(context, specification)
        whole = launch(context, context.params)
        context.params.clear()
        context.params.update(whole)
        context.launched_by = version  # type: ignore[attr-defined]
    for mapping in context.params.get("BlockDeviceMappings", []):
        # Images say how big their root volume is and that it goes with its instance; a mapping that is silent leaves it at that.
        ebs = mapping.setdefault("Ebs", {})
        ebs.setdefault("DeleteOnTermination", True)
        if "SnapshotId" not in ebs:
            ebs.setdefault("VolumeSize", _IMAGE_SIZE)


# Instances --------------------------------------------------------------------------------------------------------------------


@after("ec2", "RunInstances")
def all_that_was_asked_for(context: Context, response: Parameters) -> None:
    """Every instance has the profile, and interfaces that go with it and carry their tags (API ec2:RunInstances)."""
    ec2, params = context.backend(), context.params
    tags = {entry["ResourceType"]: {tag["Key"]: tag["Value"] for tag in entry["Tags"]} for entry in params.get("TagSpecifications", [])}
    profile = params.get("IamInstanceProfile", {})
    associated = {one.instance.id for one in ec2.iam_instance_profile_associations.values()}
    for shown in response["Instances"]:
        instance = ec2.get_instance(shown["InstanceId"])
        if profile and instance.id not in associated:
            ec2.associate_iam_instance_profile(
                instance_id=instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
            )
        for interface in instance.nics.values():
            interface.delete_on_termination = True
            if tags.get("network-interface"):
                interface.add_tags(tags["network-interface"])
        if params.get("DisableApiTermination"):
            instance.disable_api_termination = True
        by = getattr(context, "launched_by", None)
        if by is not None:
            instance.add_tags({"aws:ec2launchtemplate:id": by.template.id, "aws:ec2launchtemplate:version": str(by.number)})
        devices = {one["DeviceName"]: one.get("Ebs", {}) for one in params.get("BlockDeviceMappings", [])}
        for device, mapping in instance.get_block_device_mapping:
            volume = ec2.volumes[mapping.volume_id]
            volume.iops = devices.get(device, {}).get("Iops", volume.iops)
            volume.throughput = devices.get(device, {}).get("Throughput", volume.throughput)


@after("ec2", "DescribeSnapshots")
def only_of_the_owners(context: Context, response: Parameters) -> None:
    """OwnerIds limits snapshots; moto shows those of the whole catalogue."""
    owners = [context.account if one == "self" else one for one in context.params.get("OwnerIds", [])]
    if owners:
        response["Snapshots"] = [snapshot for snapshot in response["Snapshots"] if snapshot.get("OwnerId") in owners]


@after("ec2", "DescribeVolumes", "CreateVolume")
def volumes_name_their_snapshot(context: Context, response: Parameters) -> None:
    """SnapshotId is there, and empty for a volume that was made empty (API ec2:Volume)."""
    for volume in response.get("Volumes", [response]):
        volume.setdefault("SnapshotId", "")

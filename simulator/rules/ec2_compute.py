# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of EC2 instances, launch templates, images and volumes."""

from __future__ import annotations

import base64
import re
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services.ec2_compute import launch
from simulator.services.servicequotas import quota

ERRORS = "EC2 errors"
_STANDARD = "acdhimrtz"  # first letters of the families that share one quota
_IMAGE_NAME = re.compile(r"[a-zA-Z0-9()\[\] ./\-'@_]{3,128}")  # API ec2:CreateImage
_TEMPLATE_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")  # API ec2:LaunchTemplateName
LARGEST_USER_DATA = 16384  # bytes before base64


# Launching --------------------------------------------------------------------------------------------------------------------


def _zone(context: Context, params: Parameters) -> str | None:
    subnet = params.get("SubnetId") or next((one.get("SubnetId") for one in params.get("NetworkInterfaces", [])), None)
    if subnet:
        return str(context.backend("ec2").get_subnet(subnet).availability_zone)
    zone = params.get("Placement", {}).get("AvailabilityZone")
    return str(zone) if zone else None


@rule("R-EC2-08", service="ec2", operations=["RunInstances"], source=ERRORS)
def type_is_offered(context: Context) -> None:
    """An instance type exists, and is offered in the zone."""
    params = launch(context, context.params)
    wanted = params.get("InstanceType", "m1.small")
    if wanted not in INSTANCE_TYPES:
        raise Refused("InvalidParameterValue", f"Invalid value '{wanted}' for InstanceType.")
    zone = _zone(context, params)
    offers = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(context.region, [])
    zones = sorted({offer["Location"] for offer in offers if offer["InstanceType"] == wanted})
    if zone and offers and zone not in zones:
        raise Refused(
            "Unsupported",
            f"Your requested instance type ({wanted}) is not supported in your requested Availability Zone ({zone}). "
            f"Please retry your request by not specifying an Availability Zone or choosing {', '.join(zones)}.",
        )


@rule("R-EC2-05", service="ec2", operations=["RunInstances"], source="unsourced", certain=False)
def architectures_fit(context: Context) -> None:
    """The image has an architecture of the instance type."""
    params = launch(context, context.params)
    image = context.backend("ec2").amis.get(params.get("ImageId", ""))
    known = INSTANCE_TYPES.get(params.get("InstanceType", ""), {}).get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if image is not None and known and image.architecture not in known:
        raise Refused(
            "InvalidParameterValue",
            f"The architecture '{','.join(known)}' of the specified instance type does not match the architecture '{image.architecture}' of the specified AMI.",
        )


@rule("R-EC2-03", service="ec2", operations=["RunInstances", "CreateLaunchTemplate", "CreateLaunchTemplateVersion"], source="unsourced")
def user_data_size(context: Context) -> None:
    """User data has at most 16 KB before it is encoded."""
    params = context.params.get("LaunchTemplateData", context.params)
    if len(base64.b64decode(params.get("UserData") or "")) > LARGEST_USER_DATA:
        raise Refused("InvalidParameterValue", "User data is limited to 16384 bytes")


@rule("R-EC2-04", service="ec2", operations=["RunInstances"], source=ERRORS)
def key_pair_exists(context: Context) -> None:
    """A key pair exists in the region."""
    name = launch(context, context.params).get("KeyName")
    if name and name not in context.backend("ec2").key_pairs:
        raise Refused("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")


@rule("R-SG-08", service="ec2", operations=["RunInstances"], source=ERRORS, certain=False)
def groups_of_the_vpc(context: Context) -> None:
    """An instance's security groups are of its subnet's VPC."""
    params, ec2 = launch(context, context.params), context.backend("ec2")
    if not params.get("SubnetId"):
        return
    vpc_id = ec2.get_subnet(params["SubnetId"]).vpc_id
    for group_id in params.get("SecurityGroupIds", []):
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            raise Refused("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise Refused("InvalidParameter", f"Security group {group_id} and subnet {params['SubnetId']} belong to different networks.")


@rule("R-EC2-07", service="ec2", operations=["RunInstances"], source="quota L-1216C47A; EC2 errors")
def vcpu_quota(context: Context) -> None:
    """So many vCPUs of On-Demand instances run in a region; Spot has a quota of its own."""
    params = launch(context, context.params)
    spot = params.get("InstanceMarketOptions", {}).get("MarketType") == "spot"
    wanted = params.get("InstanceType", "m1.small")
    if wanted[0] not in _STANDARD:
        return
    running = [
        instance
        for instance in context.backend("ec2").all_instances()
        if instance.state in ("pending", "running") and instance.instance_type[0] in _STANDARD and (instance.lifecycle == "spot") == spot
    ]
    asked = sum(_vcpus(instance.instance_type) for instance in running) + _vcpus(wanted) * context.params.get("MaxCount", 1)
    limit = quota(context, "ec2", "L-34B43A08" if spot else "L-1216C47A")
    if asked > limit:
        code = "MaxSpotInstanceCountExceeded" if spot else "VcpuLimitExceeded"
        raise Refused(
            code,
            f"You have requested more vCPU capacity than your current vCPU limit of {limit:.0f} allows for the instance bucket "
            "that the specified instance type belongs to.",
        )


def _vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES.get(instance_type, {}).get("VCpuInfo", {}).get("DefaultVCpus", 1))


@rule("R-EC2-06", service="ec2", operations=["ModifyInstanceAttribute"], source="API ec2:ModifyInstanceAttribute")
def changes_while_stopped(context: Context) -> None:
    """Instance type and user data change while the instance is stopped."""
    instance = context.backend().get_instance(context.params["InstanceId"])
    if {"InstanceType", "UserData", "Kernel", "Ramdisk"} & set(context.params) and instance.state != "stopped":
        raise Refused("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")


# Launch templates -------------------------------------------------------------------------------------------------------------


@rule("R-LT-03", service="ec2", operations=["CreateLaunchTemplate"], source=ERRORS)
def template_name(context: Context) -> None:
    """A template's name has 3 to 128 characters of a set."""
    name = context.params["LaunchTemplateName"]
    if not _TEMPLATE_NAME.fullmatch(name):
        raise Refused("InvalidLaunchTemplateName.MalformedException", f"The launch template name '{name}' contains invalid characters.")


@rule(
    "R-EC2-10",
    service="ec2",
    operations=["RunInstances", "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyInstanceMetadataOptions"],
    source="API ec2:InstanceMetadataOptionsRequest",
)
def hop_limit(context: Context) -> None:
    """The hop limit of the metadata service is 1 to 64."""
    params = context.params.get("LaunchTemplateData", context.params)
    limit = params.get("MetadataOptions", params).get("HttpPutResponseHopLimit")
    if limit is not None and not 1 <= limit <= 64:
        raise Refused("InvalidParameterValue", f"Value ({limit}) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64.")


# Images -----------------------------------------------------------------------------------------------------------------------


@rule("R-AMI-01", service="ec2", operations=["CreateImage", "RegisterImage", "CopyImage"], source=ERRORS)
def image_name_is_free(context: Context) -> None:
    """An image's name is unique in the account and region."""
    name = context.params["Name"]
    if (context.operation, context.params.get("ClientToken")) in getattr(context.backend(), "answers_by_token", {}):
        return  # the same request again
    for image in context.backend().amis.values():
        if image.name == name and image.owner_id == context.account:
            raise Refused("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")


@rule("R-AMI-02", service="ec2", operations=["CreateImage", "RegisterImage", "CopyImage"], source="API ec2:CreateImage")
def image_name(context: Context) -> None:
    """An image's name has 3 to 128 characters of a set."""
    if not _IMAGE_NAME.fullmatch(context.params["Name"]):
        raise Refused(
            "InvalidAMIName.Malformed", "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'"
        )


# Volumes ----------------------------------------------------------------------------------------------------------------------


def _volumes(context: Context) -> list[Parameters]:
    """What a call says about volumes, as CreateVolume says it."""
    if context.operation == "CreateVolume":
        return [context.params]
    params = context.params.get("LaunchTemplateData", context.params)
    described = [mapping["Ebs"] for mapping in params.get("BlockDeviceMappings", []) if mapping.get("Ebs")]
    return [{**one, "Size": one.get("VolumeSize")} for one in described]


_MAKING = ["CreateVolume", "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "RunInstances"]


@rule("R-EBS-01", service="ec2", operations=_MAKING, source="API ec2:CreateVolume")
def iops_by_type(context: Context) -> None:
    """IOPS are not given for gp2 and must be for io1 and io2."""
    for volume in _volumes(context):
        if volume.get("VolumeType") == "gp2" and volume.get("Iops"):
            raise Refused("InvalidParameterCombination", "The parameter iops is not supported for gp2 volumes.")
        if volume.get("VolumeType") in ("io1", "io2") and not volume.get("Iops"):
            raise Refused("InvalidParameterCombination", f"The parameter iops must be specified for {volume['VolumeType']} volumes.")


@rule("R-EBS-02", service="ec2", operations=_MAKING, source="API ec2:CreateVolume (range); ratio unsourced", certain=False)
def gp3_iops(context: Context) -> None:
    """A gp3 volume has 3,000 to 80,000 IOPS, above its first 3,000 at most 500 a GiB."""
    for volume in _volumes(context):
        iops, size = volume.get("Iops"), volume.get("Size")
        if volume.get("VolumeType") == "gp3" and iops and (iops < 3000 or iops > 80000 or (size and iops > max(3000, 500 * size))):
            raise Refused("InvalidParameterValue", f"Volume iops of {iops} is not between 3000 and 500 times its size of {size} GiB.")


@rule("R-EBS-03", service="ec2", operations=_MAKING, source="API ec2:CreateVolume (range); ratio unsourced", certain=False)
def gp3_throughput(context: Context) -> None:
    """A gp3 volume has 125 MiB/s at least, and at most 0.25 for each of its IOPS."""
    for volume in _volumes(context):
        throughput, iops = volume.get("Throughput"), volume.get("Iops") or 3000
        if throughput and volume.get("VolumeType") == "gp3" and not 125 <= throughput <= iops / 4:
            raise Refused("InvalidParameterValue", f"Throughput of {throughput} MiB/s needs at least {4 * throughput} iops, and 125 is the least.")
        if throughput and volume.get("VolumeType") not in (None, "gp3"):
            raise Refused("InvalidParameterCombination", "The parameter throughput is supported for gp3 volumes only.")


def _volume(context: Context) -> Any:
    return context.backend().volumes.get(context.params["VolumeId"])


@rule("R-EBS-04", service="ec2", operations=["ModifyVolume"], source="API ec2:ModifyVolume")
def never_smaller(context: Context) -> None:
    """A volume never shrinks."""
    volume, size = _volume(context), context.params.get("Size")
    if volume is not None and size is not None and size < volume.size:
        raise Refused("InvalidParameterValue", f"New size cannot be smaller than existing size ({volume.size} GiB)")


@rule("R-EBS-07", service="ec2", operations=["AttachVolume"], source=ERRORS)
def same_zone(context: Context) -> None:
    """A volume is attached to an instance of its zone."""
    volume, instance = _volume(context), context.backend().get_instance(context.params["InstanceId"])
    if volume is not None and volume.zone.name != instance.placement.zone:
        raise Refused("InvalidVolume.ZoneMismatch", f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'")

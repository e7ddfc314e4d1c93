# SPDX-License-Identifier: GPL-3.0-or-later
"""Images (AMIs): registered from a snapshot or copied from another region, shared, deprecated, protected.

An image is named once and never made anew, so those of before are no concern of whoever publishes one: only what is declared is
looked at. Which of the others may go is for M(groundswell.aws.ec2_images_retention).
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..ebs import EXPIRES_TAG
from ..resource import PLACEHOLDER_ID, Item, Problem, Resource
from ..retries import error_code
from .ec2_network import Ec2Kind

_NAME = re.compile(r"[a-zA-Z0-9()\[\] ./\-'@_]{3,128}")
_NEVER = ("invalid", "failed", "error", "deregistered")  # states that nothing comes after
_DAY = 86400
# What a registration says beside its devices: option -> parameter.
_REGISTERED = {
    "architecture": "Architecture",
    "boot_mode": "BootMode",
    "ena_support": "EnaSupport",
    "imds_support": "ImdsSupport",
    "tpm_support": "TpmSupport",
    "root_device_name": "RootDeviceName",
}


def moment(text: str) -> datetime.datetime:
    """EC2's time stamps as text, in UTC."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Images(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_images", "image", "ami", "image"
    fixed = (*_REGISTERED, "snapshot_id", "source_image_id", "source_region", "kms_key_arn", "volume_type", "volume_size")
    create_then_update = True
    # An image that is being made or copied takes no attribute until it is there.
    not_yet = (*Ec2Kind.not_yet, (r"InvalidAMIID\.Unavailable", "", 3600.0))

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        images = self._list(self.tag_filters)
        missing = sorted(set(names) - {image["Name"] for image in images})
        if missing:
            images += self._list([{"Name": "name", "Values": missing}])
        return self.session.each(self._look, [image for image in images if not self.wanted or image["Name"] in self.wanted])

    def _list(self, filters: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        return self.pages("describe_images", "Images", Owners=["self"], IncludeDisabled=True, Filters=filters)

    def _look(self, image: dict[str, t.Any]) -> Resource:
        declared, tags = self.wanted.get(image["Name"], {}), tags_to_dict(image.get("Tags"))
        devices = image.get("BlockDeviceMappings") or []
        root = next((one.get("Ebs", {}) for one in devices if one.get("DeviceName") == image.get("RootDeviceName")), {})
        snapshots = [one["Ebs"]["SnapshotId"] for one in devices if one.get("Ebs", {}).get("SnapshotId")]
        state: Item = {option: image.get(parameter) for option, parameter in _REGISTERED.items()}
        state |= {
            "description": image.get("Description", ""),
            "snapshot_id": root.get("SnapshotId"),
            "volume_type": root.get("VolumeType"),
            "volume_size": root.get("VolumeSize"),
            "source_image_id": image.get("SourceImageId"),
            "source_region": image.get("SourceImageRegion"),
            "image_tags": tags,
            "deregistration_protection": image.get("DeregistrationProtection", "disabled").partition(" ")[0],
            "deprecate_after_days": self._days(image),
        }
        if declared.get("kms_key_arn") and snapshots and image["State"] not in _NEVER:
            state["kms_key_arn"] = self._key(snapshots[0])
        if declared.get("launch_permission_accounts") is not None or declared.get("launch_permission_organizations") is not None:
            state |= self._permissions(image["ImageId"], snapshots)
        outputs = {"id": image["ImageId"], "snapshot_ids": snapshots, "created": image["CreationDate"]}
        why = image.get("StateReason", {}).get("Message", "AWS says no more")
        failure = f"{image['ImageId']} is {image['State']}: {why}. The janitor removes it" if image["State"] in _NEVER else ""
        return Resource(image["Name"], state, tags, outputs, status=image["State"], ready=image["State"] == "available", failure=failure)

    @staticmethod
    def _days(image: dict[str, t.Any]) -> int | None:
        """Days from its making until it is deprecated, None for never."""
        if not image.get("DeprecationTime"):
            return None
        return round((moment(image["DeprecationTime"]) - moment(image["CreationDate"])).total_seconds() / _DAY)

    def _key(self, snapshot_id: str) -> str:
        return t.cast(str, self.client.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0].get("KmsKeyId", ""))

    def _permissions(self, image_id: str, snapshots: list[str]) -> Item:
        """Whom an image is shared with; an account counts when its snapshots are shared too, without which the account cannot copy it."""
        permissions = self.client.describe_image_attribute(ImageId=image_id, Attribute="launchPermission").get("LaunchPermissions", [])
        accounts = {one["UserId"] for one in permissions if "UserId" in one}
        for snapshot in snapshots if accounts else ():
            answer = self.client.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
            accounts &= {one["UserId"] for one in answer.get("CreateVolumePermissions", []) if "UserId" in one}
        organizations = {one.get("OrganizationArn") or one.get("OrganizationalUnitArn") for one in permissions} - {None}
        return {"launch_permission_accounts": sorted(accounts), "launch_permission_organizations": sorted(filter(None, organizations))}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # Where EC2 does not say what a copy was made of, or a thing has no key, name and tags have to do.
        if option in ("source_image_id", "source_region", "kms_key_arn") and current is None:
            return True
        return None

    def normalise(self, item: Item) -> Item:
        filled = dict(item)
        if item.get("source_image_id") and item.get("snapshot_id"):
            filled["snapshot_id"] = None
        return filled

    def placeholder(self, name: str) -> Item:
        return {"id": f"ami-{PLACEHOLDER_ID}", "snapshot_ids": [f"snap-{PLACEHOLDER_ID}"], "created": ""}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if not _NAME.fullmatch(name):
                problems.append(f"image {name}: a name has 3 to 128 letters, digits and ()[] ./-'@_")
            if bool(item.get("snapshot_id")) == bool(item.get("source_image_id")):
                problems.append(f"image {name}: is made of a snapshot (snapshot_id) or copied (source_image_id), one of them")
            if item.get("source_image_id") and not item.get("source_region"):
                problems.append(f"image {name}: source_region says where {item['source_image_id']} is")
            if item.get("tpm_support") and item.get("boot_mode") != "uefi":
                problems.append(f"image {name}: a TPM (tpm_support) needs boot_mode uefi")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        tags = {**tags, **(item.get("image_tags") or {})}
        described = {"Description": item["description"]} if item.get("description") else {}
        if item.get("source_image_id"):
            key = {"Encrypted": True, "KmsKeyId": item["kms_key_arn"]} if item.get("kms_key_arn") else {}
            self.client.copy_image(
                Name=name,
                SourceImageId=item["source_image_id"],
                SourceRegion=item["source_region"],
                TagSpecifications=[{"ResourceType": kind, "Tags": dict_to_tags(tags)} for kind in ("image", "snapshot")],
                **described,
                **key,
            )
            return
        ebs: Item = {"SnapshotId": item["snapshot_id"], "DeleteOnTermination": True, "VolumeType": item.get("volume_type") or "gp3"}
        if item.get("volume_size"):
            ebs["VolumeSize"] = item["volume_size"]
        device = item.get("root_device_name") or "/dev/xvda"
        said = {parameter: item[option] for option, parameter in _REGISTERED.items() if item.get(option)}
        self.client.register_image(
            Name=name,
            VirtualizationType="hvm",
            BlockDeviceMappings=[{"DeviceName": device, "Ebs": ebs}],
            TagSpecifications=self.tag_specifications(tags),
            **{**said, "RootDeviceName": device},
            **described,
        )
        # It is an image's now, and nothing that a killed run has left.
        self.client.delete_tags(Resources=[item["snapshot_id"]], Tags=[{"Key": EXPIRES_TAG}])

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        image: Item = {"ImageId": resource.outputs["id"]}
        if "image_tags" in changes:
            self.client.create_tags(Resources=[resource.outputs["id"]], Tags=dict_to_tags(changes["image_tags"]))
        if "description" in changes:
            self.client.modify_image_attribute(**image, Description={"Value": changes["description"]})
        if "launch_permission_accounts" in changes or "launch_permission_organizations" in changes:
            self._share(resource, item)
        if "deprecate_after_days" in changes:
            self._deprecate(resource, changes["deprecate_after_days"])
        if changes.get("deregistration_protection") == "disabled":
            self.client.disable_image_deregistration_protection(**image)
        elif "deregistration_protection" in changes:
            cools_down = changes["deregistration_protection"] == "enabled-with-cooldown"
            self.client.enable_image_deregistration_protection(**image, WithCooldown=cools_down)

    def _deprecate(self, resource: Resource, days: int) -> None:
        # What would lie in the past begins as soon as AWS takes it.
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
        at = max(moment(resource.outputs["created"]) + datetime.timedelta(days=days), soon)
        self.client.enable_image_deprecation(ImageId=resource.outputs["id"], DeprecateAt=at)

    def _share(self, resource: Resource, item: Item) -> None:
        """Accounts get the image and its snapshots, organisations the image: a snapshot is shared with accounts only."""
        image_id = resource.outputs["id"]
        before = self._permissions(image_id, [])
        for option, parameter in (("launch_permission_accounts", "UserIds"), ("launch_permission_organizations", "OrganizationArns")):
            wanted, current = item.get(option), before[option]
            if wanted is None:
                continue
            for operation, names in (("add", sorted(set(wanted) - set(current))), ("remove", sorted(set(current) - set(wanted)))):
                for member, some in self._by_member(parameter, names):
                    self._modify(image_id, operation, **{member: some})
        accounts = item.get("launch_permission_accounts")
        for snapshot in resource.outputs["snapshot_ids"] if accounts is not None else ():
            answer = self.client.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
            current = {one["UserId"] for one in answer.get("CreateVolumePermissions", []) if "UserId" in one}
            for operation, names in (("add", sorted(set(accounts) - current)), ("remove", sorted(current - set(accounts)))):
                if names:
                    self.client.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType=operation, UserIds=names)

    @staticmethod
    def _by_member(parameter: str, names: list[str]) -> list[tuple[str, list[str]]]:
        """Organisational units go under a name of their own."""
        units = [name for name in names if ":ou/" in name]
        sorts = [(parameter, [name for name in names if name not in units]), ("OrganizationalUnitArns", units)]
        return [(member, some) for member, some in sorts if some]

    def _modify(self, image_id: str, operation: str, **whom: list[str]) -> None:
        try:
            self.client.modify_image_attribute(ImageId=image_id, Attribute="launchPermission", OperationType=operation, **whom)
        except self.client.exceptions.ClientError as error:
            if "AWS managed key" in str(error) or "default key" in str(error).lower():
                raise Problem(
                    f"{image_id} is encrypted with the key that AWS manages for EBS, which no other account can use: it cannot be shared. "
                    "Publish it with a key of your own (image_publish_key_arn)"
                ) from error
            raise

    def delete(self, resource: Resource) -> None:
        # What is unavailable has gone: nothing to wait for.
        client = self.session.client(self.service, Ec2Kind.not_yet)
        try:
            if resource.state["deregistration_protection"].startswith("enabled"):
                client.disable_image_deregistration_protection(ImageId=resource.outputs["id"])
            client.deregister_image(ImageId=resource.outputs["id"], DeleteAssociatedSnapshots=True)
        except self.client.exceptions.ClientError as error:
            if error_code(error) not in ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"):
                raise

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of images and their snapshots."""

from __future__ import annotations

import re
from datetime import timedelta

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.ebs import managed_key, state_of
from simulator.services.ec2_images import image_of, own_image, said, snapshots_of, used_by

_YEARS = timedelta(days=3653)
_OWN = ["DisableImage", "EnableImage", "EnableImageDeprecation", "DeregisterImage", "EnableImageDeregistrationProtection"]


@rule("R-AMI-08", service="ec2", operations=["RegisterImage"], source="API ec2:RegisterImage; EC2 errors", certain=False)
def snapshots_of_an_image(context: Context) -> None:
    """An image is registered of completed snapshots of the region, one of which is its root device."""
    devices = context.params.get("BlockDeviceMappings", [])
    for mapping in devices:
        snapshot_id = mapping.get("Ebs", {}).get("SnapshotId")
        if snapshot_id and snapshot_id not in context.backend("ec2").snapshots:
            raise Refused("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")
        if snapshot_id and state_of(context, snapshot_id) != "completed":
            raise Refused("IncorrectState", f"Snapshot is in invalid state - {state_of(context, snapshot_id)}")
        if snapshot_id and "Encrypted" in mapping["Ebs"]:
            raise Refused("InvalidParameterCombination", "You can't specify the encryption state of a volume that is made from a snapshot.")
    root = context.params.get("RootDeviceName")
    if not context.params.get("ImageLocation") and root not in [mapping.get("DeviceName") for mapping in devices]:
        raise Refused("InvalidBlockDeviceMapping", f"The root device {root} is not in the block device mapping.")


@rule("R-AMI-09", service="ec2", operations=["RegisterImage"], source="API ec2:RegisterImage", certain=False)
def what_needs_hvm(context: Context) -> None:
    """ENA, UEFI and TPM are for HVM images; a TPM needs UEFI."""
    params = context.params
    asked = [name for name in ("EnaSupport", "TpmSupport") if params.get(name)] + (
        ["BootMode"] if params.get("BootMode", "legacy-bios") != "legacy-bios" else []
    )
    if asked and params.get("VirtualizationType") != "hvm":
        raise Refused("InvalidParameterCombination", f"{asked[0]} is supported for HVM images only.")
    if params.get("TpmSupport") and params.get("BootMode") != "uefi":
        raise Refused("InvalidParameterCombination", "TpmSupport needs the boot mode uefi.")


@rule("R-AMI-10", service="ec2", operations=["RegisterImage", "CreateImage", "CopyImage"], source="API ec2:RegisterImage, CopyImage", certain=False)
def tags_for_what_is_made(context: Context) -> None:
    """Tags at creation are for the image, of CreateImage and CopyImage also for the snapshots."""
    allowed = {"image"} if context.operation == "RegisterImage" else {"image", "snapshot"}
    for entry in context.params.get("TagSpecifications", []):
        if entry.get("ResourceType") not in allowed:
            raise Refused("InvalidParameterValue", f"'{entry.get('ResourceType')}' is not a valid taggable resource type for this operation.")


@rule("R-AMI-11", service="ec2", operations=["CopyImage"], source="API ec2:CopyImage; EC2 errors")
def source_is_there(context: Context) -> None:
    """What is copied is an available image that the account may use; a key goes with Encrypted."""
    params = context.params
    source = image_of(context, params["SourceImageId"], params["SourceRegion"])
    if source is None:
        raise Refused("InvalidAMIID.NotFound", f"The image id '[{params['SourceImageId']}]' does not exist")
    shown = context.call("DescribeImages", {"ImageIds": [source.id], "IncludeDisabled": True}, region=params["SourceRegion"])["Images"]
    if not shown or shown[0]["State"] != "available":
        raise Refused("InvalidAMIID.Unavailable", f"The image ID '{source.id}' is no longer available")
    if params.get("KmsKeyId") and not params.get("Encrypted"):
        raise Refused("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")


@rule("R-AMI-06", service="ec2", operations=["ModifyImageAttribute", "ModifySnapshotAttribute"], source="API ec2:ModifySnapshotAttribute", certain=False)
def shared_under_a_key_of_ours(context: Context) -> None:
    """What the AWS-managed key encrypts is not shared."""
    params, ec2 = context.params, context.backend("ec2")
    adds = params.get("OperationType") == "add" or params.get("LaunchPermission", params.get("CreateVolumePermission", {})).get("Add")
    if not adds:
        return
    ids = [params["SnapshotId"]] if "SnapshotId" in params else snapshots_of(own_image(context, params["ImageId"]))
    for snapshot in [ec2.snapshots[one] for one in ids if one in ec2.snapshots]:
        if snapshot.encrypted and snapshot.kms_key_id in (None, managed_key(context)):
            raise Refused("InvalidParameter", f"Snapshot {snapshot.id} is encrypted with the AWS managed key for EBS and can't be shared.")


@rule("R-AMI-12", service="ec2", operations=["ModifyImageAttribute"], source="API ec2:DisableImage", certain=False)
def disabled_images_are_not_shared(context: Context) -> None:
    """A disabled image can't be shared."""
    image = own_image(context, context.params["ImageId"])
    if image.state == "disabled" and (context.params.get("LaunchPermission", {}).get("Add") or context.params.get("OperationType") == "add"):
        raise Refused("InvalidAMIID.Unavailable", f"The image ID '{image.id}' is disabled and can't be shared")


@rule("R-AMI-13", service="ec2", operations=["RunInstances"], source="API ec2:DisableImage; EC2 errors", certain=False)
def disabled_images_are_not_launched(context: Context) -> None:
    """A disabled image is not launched, nor one that is not ready."""
    from simulator.services.ec2_compute import launch

    image = image_of(context, launch(context, context.params).get("ImageId", ""))
    if image is not None and said(image):
        shown = context.call("DescribeImages", {"ImageIds": [image.id], "IncludeDisabled": True})["Images"]
        if not shown or shown[0]["State"] != "available":
            raise Refused("InvalidAMIID.Unavailable", f"The image ID '{image.id}' is not available")


@rule("R-AMI-14", service="ec2", operations=["EnableImageDeprecation"], source="API ec2:EnableImageDeprecation", certain=False)
def deprecated_in_time(context: Context) -> None:
    """An image is deprecated from a moment within the next ten years on."""
    moment = context.params["DeprecateAt"].replace(tzinfo=None)
    if not context.now() - timedelta(minutes=1) <= moment <= context.now() + _YEARS:
        raise Refused("InvalidParameterValue", f"DeprecateAt {moment:%Y-%m-%dT%H:%M:%SZ} must be in the future, and within 10 years.")


@rule("R-AMI-15", service="ec2", operations=_OWN, source="EC2 errors")
def image_is_known(context: Context) -> None:
    """The image is one of the account's."""
    image_id = context.params["ImageId"]
    if not re.fullmatch(r"ami-[0-9a-f]{8,17}", image_id):
        raise Refused("InvalidAMIID.Malformed", f'Invalid id: "{image_id}"')
    if image_id in context.backend("ec2").deleted_amis:
        raise Refused("InvalidAMIID.Unavailable", f"The image ID '{image_id}' is no longer available")
    own_image(context, image_id)


@rule("R-AMI-16", service="ec2", operations=["DeregisterImage"], source="API ec2:EnableImageDeregistrationProtection", certain=False)
def protected_images_stay(context: Context) -> None:
    """An image that is protected is not deregistered."""
    protection = said(own_image(context, context.params["ImageId"])).get("DeregistrationProtection", "disabled")
    if protection.startswith("enabled") or (protection.startswith("disabled after ") and f"{context.now():%Y-%m-%dT%H:%M:%S}" < protection[15:]):
        raise Refused("OperationNotPermitted", f"The image {context.params['ImageId']} is protected from deregistration ({protection}).")


@rule("R-AMI-03", service="ec2", operations=["DeleteSnapshot"], source="API ec2:DeleteSnapshot")
def snapshots_in_use_stay(context: Context) -> None:
    """A snapshot of a registered image is not deleted, nor is one of a disabled image."""
    image_id = used_by(context, context.params["SnapshotId"])
    if image_id:
        raise Refused("InvalidSnapshot.InUse", f"The snapshot {context.params['SnapshotId']} is currently in use by {image_id}")

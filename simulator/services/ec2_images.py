# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: what moto forgets of them (devices, boot mode, tags at creation), and what it lacks (copies, deprecation, protection, sharing)."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

from moto.ec2.models.amis import Ami, AmiBackend

from simulator import moto_bridge
from simulator.context import Context
from simulator.late import LateDict
from simulator.latency import Phase
from simulator.registry import Parameters, Refused, after, operation, rescue, shows
from simulator.services.ebs import add_snapshot, managed_key, written
from simulator.services.kms import key_named

# Members of RegisterImage that DescribeImages shows again under the same name.
_KEPT = ("Architecture", "BootMode", "EnaSupport", "ImdsSupport", "RootDeviceName", "SriovNetSupport", "TpmSupport", "VirtualizationType")
_OURS_ONLY = ("BootMode", "EnaSupport", "ImdsSupport", "TpmSupport")  # moto shows a boot mode for every image
REGISTER = 10  # seconds; experience
CREATE = 180  # seconds; experience: 2 to 5 min with its snapshot
COPY = 300  # seconds; experience: 5 to 10 min to another region
_MINUTE = timedelta(minutes=1)


def install() -> None:
    """Fill the catalogue when somebody looks into it: 1,300 images in each region, with a snapshot each."""
    fill = AmiBackend._load_amis

    def made(backend: AmiBackend) -> dict[str, Ami]:
        late, backend.amis = backend.amis, {}
        try:
            fill(backend)
            return backend.amis
        finally:
            backend.amis = late

    def fill_later(backend: AmiBackend) -> None:
        backend.amis = LateDict(lambda: made(backend))  # type: ignore[assignment]

    AmiBackend._load_amis = fill_later  # type: ignore[method-assign]


def said(image: Any) -> Parameters:
    """What is known of an image beyond what moto keeps, in the words of DescribeImages; empty for the catalogue."""
    if not hasattr(image, "said"):
        image.said = {}
    return image.said  # type: ignore[no-any-return]


def owners(context: Context, region: str | None = None) -> dict[str, Any]:
    """moto's EC2 backends of this region, by account: the caller's first."""
    others = [account for account in moto_bridge.accounts() if account != context.account]
    return {account: context.backend("ec2", region=region, account=account) for account in [context.account, *others]}


def may_launch(context: Context, image: Any) -> bool:
    """Whether the calling account may use somebody's image. Organisations are not simulated: an image shared with one is shared with nobody here."""
    permissions = image.launch_permissions
    return image.owner_id == context.account or {"Group": "all"} in permissions or {"UserId": context.account} in permissions


def image_of(context: Context, image_id: str, region: str | None = None) -> Any:
    """An image that the caller may see; None where there is none."""
    for ec2 in owners(context, region).values():
        image = ec2.amis.get(image_id)
        if image is not None and may_launch(context, image):
            return image
    return None


def own_image(context: Context, image_id: str) -> Any:
    """An image of the caller's own."""
    image = context.backend("ec2").amis.get(image_id)
    if image is None:
        raise Refused("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    return image


def _tags(params: Parameters, kind: str) -> dict[str, str]:
    return {
        tag["Key"]: tag.get("Value", "") for entry in params.get("TagSpecifications", []) if entry.get("ResourceType") == kind for tag in entry.get("Tags", [])
    }


def _bare(context: Context, name: str, description: str) -> Any:
    """A new image of moto's, without the snapshot that moto makes up."""
    ec2 = context.backend("ec2")
    image: Ami = ec2.register_image(name, description)
    ec2.snapshots.pop(image.ebs_snapshot.id, None)
    image.root_device_type = "ebs"
    said(image).update(RootDeviceType="ebs", ImageLocation=f"{context.account}/{name}", DeregistrationProtection="disabled")
    return image


def _once(context: Context, make: Any) -> Parameters:
    """ClientToken of CopyImage: "to ensure idempotency of the request" (API ec2:CopyImage)."""
    backend, token = context.backend("ec2"), context.params.get("ClientToken")
    backend.answers_by_token = getattr(backend, "answers_by_token", {})
    key = (context.operation, token)
    if not token or key not in backend.answers_by_token:
        response = make()
        if not token:
            return response  # type: ignore[no-any-return]
        backend.answers_by_token[key] = response
    return copy.deepcopy(backend.answers_by_token[key])  # type: ignore[no-any-return]


@operation("ec2", "RegisterImage")
@shows("R-AMI-07")
def register_image(context: Context) -> Parameters:
    """API ec2:RegisterImage, of snapshots."""
    params = context.params
    image = _bare(context, params["Name"], params.get("Description", ""))
    image.architecture = params.get("Architecture", "i386")
    image.virtualization_type = params.get("VirtualizationType", "paravirtual")
    image.root_device_name = params.get("RootDeviceName", "/dev/sda1")
    known = said(image)
    known.update({"Architecture": image.architecture, "VirtualizationType": image.virtualization_type, "RootDeviceName": image.root_device_name})
    known.update({name: params[name] for name in _KEPT if name in params})
    known["BlockDeviceMappings"] = [_device(context, mapping) for mapping in params.get("BlockDeviceMappings", [])]
    image.add_tags(_tags(params, "image"))
    context.simulator.lifecycles.begin(context, "ec2.image", image.id, (Phase("pending", REGISTER),))
    return {"ImageId": image.id}


def _device(context: Context, mapping: Parameters) -> Parameters:
    """A device as DescribeImages shows it: what was not said is the snapshot's."""
    shown = copy.deepcopy(mapping)
    ebs = shown.get("Ebs")
    if ebs is not None:
        snapshot = context.backend("ec2").snapshots.get(ebs.get("SnapshotId"))
        ebs.setdefault("DeleteOnTermination", True)
        ebs.setdefault("VolumeType", "gp2")
        if snapshot is not None:
            ebs.setdefault("VolumeSize", snapshot.volume_size)
            ebs["Encrypted"] = bool(snapshot.encrypted)
        if ebs["VolumeType"] == "gp3":
            ebs.setdefault("Iops", 3000)
            ebs.setdefault("Throughput", 125)
    return shown


@operation("ec2", "CreateImage")
def create_image(context: Context) -> Parameters:
    """API ec2:CreateImage: the image has a snapshot of each volume of the instance, and starts as the instance's own image does."""
    params, ec2 = context.params, context.backend("ec2")
    instance = ec2.get_instance(params["InstanceId"])
    image = _bare(context, params["Name"], params.get("Description", ""))
    source = image_of(context, instance.image_id)
    known = said(image)
    known.update({name: said(source)[name] for name in _KEPT if source is not None and name in said(source)})
    image.architecture, image.virtualization_type = instance.architecture, "hvm"
    known.update(Architecture=instance.architecture, VirtualizationType="hvm", EnaSupport=True, SourceInstanceId=instance.id)
    image.root_device_name = known.setdefault("RootDeviceName", "/dev/xvda")
    if params.get("BootModeOverride"):
        known["BootMode"] = params["BootModeOverride"]
    devices = []
    for device, attached in instance.get_block_device_mapping:
        volume = ec2.volumes[attached.volume_id]
        snapshot = add_snapshot(
            context,
            volume.size,
            (volume.kms_key_id or managed_key(context)) if volume.encrypted else None,
            f"Created by CreateImage({instance.id}) for {image.id}",
            _tags(params, "snapshot"),
            of=volume.id,
        )
        context.simulator.lifecycles.begin(context, "ec2.snapshot", snapshot.id, (Phase("pending", CREATE),))
        devices.append(_device(context, {"DeviceName": device, "Ebs": {"SnapshotId": snapshot.id, "VolumeType": volume.volume_type}}))
    known["BlockDeviceMappings"] = devices
    image.add_tags(_tags(params, "image"))
    context.simulator.lifecycles.begin(context, "ec2.image", image.id, (Phase("pending", CREATE),))
    return {"ImageId": image.id}


@operation("ec2", "CopyImage")
@shows("R-AMI-04", "R-AMI-05")
def copy_image(context: Context) -> Parameters:
    """API ec2:CopyImage. The key is looked at afterwards: a copy under one that is not of this region is accepted and ends failed."""
    return _once(context, lambda: _copy(context))


def _copy(context: Context) -> Parameters:
    params = context.params
    source = image_of(context, params["SourceImageId"], params["SourceRegion"])
    image = _bare(context, params["Name"], params.get("Description") or source.description or "")
    known = said(image)
    known.update({name: said(source)[name] for name in _KEPT if name in said(source)})
    known.update(SourceImageId=source.id, SourceImageRegion=params["SourceRegion"])
    image.architecture, image.virtualization_type, image.root_device_name = source.architecture, source.virtualization_type, source.root_device_name
    origin = next(ec2 for ec2 in owners(context, params["SourceRegion"]).values() if source.id in ec2.amis)
    key_arn, problem = _key_of_copy(context)
    devices = []
    for mapping in said(source).get("BlockDeviceMappings", []):
        copied = copy.deepcopy(mapping)
        ebs = copied.get("Ebs", {})
        original = origin.snapshots.get(ebs.get("SnapshotId"))
        if original is not None:
            known_there = written(context, params["SourceRegion"], origin.account_id).get(original.id)
            encrypted_with = key_arn or (managed_key(context) if original.encrypted else None)
            snapshot = add_snapshot(
                context,
                original.volume_size,
                encrypted_with,
                f"Copied for DestinationAmi {image.id} from SourceAmi {source.id} for SourceSnapshot {original.id}.",
                _tags(params, "snapshot"),
                blocks=known_there.blocks if known_there else None,
            )
            if problem:
                snapshot.status, snapshot.why = "error", problem
            else:
                context.simulator.lifecycles.begin(context, "ec2.snapshot", snapshot.id, (Phase("pending", COPY),))
            ebs.update(SnapshotId=snapshot.id, Encrypted=encrypted_with is not None)
        devices.append(copied)
    known["BlockDeviceMappings"] = devices
    if params.get("CopyImageTags") and source.owner_id == context.account:
        image.add_tags({tag["key"]: tag["value"] for tag in source.get_tags() if not tag["key"].startswith("aws:")})
    image.add_tags(_tags(params, "image"))
    if problem:
        image.state = "failed"
        known["StateReason"] = {"Code": "Client.InvalidKMSKey", "Message": problem}
    context.simulator.lifecycles.begin(context, "ec2.image", image.id, (Phase("pending", COPY),))
    return {"ImageId": image.id}


def _key_of_copy(context: Context) -> tuple[str | None, str]:
    """(the ARN of the key that the copy gets, what is wrong with it)."""
    params = context.params
    name = params.get("KmsKeyId")
    if not name:
        return (managed_key(context) if params.get("Encrypted") else None), ""
    key = key_named(context, name) if not name.startswith("arn:") or name.split(":")[3] == context.region else None
    if key is None or not key.enabled:
        return name, f"The key {name} does not exist in {context.region} or cannot be used"
    return key.arn, ""


# What is shown ----------------------------------------------------------------------------------------------------------------


@after("ec2", "DescribeImages")
def as_they_were_registered(context: Context, response: Parameters) -> None:
    """What images were registered with; disabled ones only where they are asked for (API ec2:DescribeImages)."""
    params, ec2 = context.params, context.backend("ec2")
    if not params.get("ImageIds"):
        response["Images"] += _of_others(context)
    kept = []
    for shown in response["Images"]:
        image = ec2.amis.get(shown["ImageId"]) or image_of(context, shown["ImageId"])
        if image is None or (image.state == "disabled" and not params.get("IncludeDisabled")):
            continue
        if said(image):
            _show(context, image, shown)
        deprecated = shown.get("DeprecationTime")
        hidden = deprecated and deprecated <= _stamp(context.now()) and image.owner_id != context.account
        if not (hidden and not params.get("IncludeDeprecated") and not params.get("ImageIds")):
            kept.append(shown)
    response["Images"] = kept


def _show(context: Context, image: Any, shown: Parameters) -> None:
    known = said(image)
    for name in _OURS_ONLY:
        if name not in known:
            shown.pop(name, None)
    shown.update(copy.deepcopy(known))
    if image.owner_id == context.account:
        launched = [one.launch_time for one in context.backend("ec2").all_instances() if one.image_id == image.id]
        if launched:
            shown["LastLaunchedTime"] = _stamp(max(launched))
    else:
        # Tags belong to an account; DeregistrationProtection and snapshots' ids are the owner's business (snapshots stay shown on AWS too).
        shown["Tags"] = []
        shown.pop("DeregistrationProtection", None)


def _of_others(context: Context) -> list[Parameters]:
    """Images of other accounts that are shared with this one."""
    params, found = context.params, []
    filters = {entry["Name"]: entry.get("Values", []) for entry in params.get("Filters", [])}
    for account, ec2 in owners(context).items():
        wanted = params.get("Owners") or []
        if account == context.account or (wanted and account not in wanted):
            continue
        for image in ec2.describe_images(filters=filters or None):
            if said(image) and may_launch(context, image):
                found.append(_bare_view(image))
    return found


def _bare_view(image: Any) -> Parameters:
    return {
        "ImageId": image.id,
        "Name": image.name,
        "Description": image.description,
        "OwnerId": image.owner_id,
        "State": image.state,
        "Public": image.is_public,
        "CreationDate": image.creation_date if isinstance(image.creation_date, str) else _stamp(image.creation_date),
        "ImageType": "machine",
        "Hypervisor": "xen",
    }


@rescue("ec2", "DescribeImages")
def shared_images(context: Context, refused: Refused) -> Parameters | None:
    """An image of another account that is shared with this one is found by its id."""
    if refused.code != "InvalidAMIID.NotFound":
        return None
    images = [image_of(context, image_id) for image_id in context.params.get("ImageIds", [])]
    return None if None in images else {"Images": [_bare_view(image) for image in images]}


def _stamp(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")  # type: ignore[no-any-return]


# What is done to them ---------------------------------------------------------------------------------------------------------


@operation("ec2", "DisableImage")
def disable_image(context: Context) -> Parameters:
    """API ec2:DisableImage: nobody launches it any more, and whoever it was shared with loses it."""
    image = own_image(context, context.params["ImageId"])
    image.state, image.launch_permissions = "disabled", []
    return {"Return": True}


@operation("ec2", "EnableImage")
def enable_image(context: Context) -> Parameters:
    """API ec2:EnableImage."""
    own_image(context, context.params["ImageId"]).state = "available"
    return {"Return": True}


@operation("ec2", "EnableImageDeprecation")
def enable_image_deprecation(context: Context) -> Parameters:
    """API ec2:EnableImageDeprecation: seconds are rounded to the nearest minute."""
    moment = context.params["DeprecateAt"] + timedelta(seconds=30)
    said(own_image(context, context.params["ImageId"]))["DeprecationTime"] = _stamp(moment.replace(second=0, microsecond=0, tzinfo=None))
    return {"Return": True}


@operation("ec2", "DisableImageDeprecation")
def disable_image_deprecation(context: Context) -> Parameters:
    """API ec2:DisableImageDeprecation."""
    said(own_image(context, context.params["ImageId"])).pop("DeprecationTime", None)
    return {"Return": True}


@operation("ec2", "EnableImageDeregistrationProtection")
def enable_protection(context: Context) -> Parameters:
    """API ec2:EnableImageDeregistrationProtection."""
    state = "enabled-with-cooldown" if context.params.get("WithCooldown") else "enabled-without-cooldown"
    said(own_image(context, context.params["ImageId"]))["DeregistrationProtection"] = state
    return {"Return": state}


@operation("ec2", "DisableImageDeregistrationProtection")
def disable_protection(context: Context) -> Parameters:
    """API ec2:DisableImageDeregistrationProtection: with a cool-down it lasts for another 24 hours."""
    known = said(own_image(context, context.params["ImageId"]))
    cools_down = known.get("DeregistrationProtection") == "enabled-with-cooldown"
    known["DeregistrationProtection"] = "disabled"
    if cools_down:
        known["DeregistrationProtection"] = f"disabled after {_stamp(context.now() + timedelta(hours=24))}"
    return {"Return": known["DeregistrationProtection"]}


@operation("ec2", "DeregisterImage")
def deregister_image(context: Context) -> Parameters:
    """API ec2:DeregisterImage: snapshots stay, or go with it unless another image has them."""
    ec2, image = context.backend("ec2"), own_image(context, context.params["ImageId"])
    ec2.deregister_image(image.id)
    response: Parameters = {"Return": True}
    if context.params.get("DeleteAssociatedSnapshots"):
        response["DeleteSnapshotResults"] = [_drop(context, snapshot_id) for snapshot_id in snapshots_of(image)]
    return response


def _drop(context: Context, snapshot_id: str) -> Parameters:
    if used_by(context, snapshot_id):
        return {"SnapshotId": snapshot_id, "ReturnCode": "skipped"}
    context.backend("ec2").snapshots.pop(snapshot_id, None)
    written(context).pop(snapshot_id, None)
    return {"SnapshotId": snapshot_id, "ReturnCode": "success"}


def snapshots_of(image: Any) -> list[str]:
    """The snapshots that an image's devices start from."""
    return [mapping["Ebs"]["SnapshotId"] for mapping in said(image).get("BlockDeviceMappings", []) if mapping.get("Ebs", {}).get("SnapshotId")]


def used_by(context: Context, snapshot_id: str) -> str:
    """The image that a snapshot belongs to, empty for none."""
    return next((image.id for image in context.backend("ec2").amis.values() if snapshot_id in snapshots_of(image)), "")

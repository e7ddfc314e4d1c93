# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: what an account has set for each of its regions, most of which moto lacks."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, operation

# As a new account has them: API ec2:GetSnapshotBlockPublicAccessState, UG ec2/block-public-access-snapshots.md and
# block-public-access-to-amis.md (images are blocked in accounts without public ones), UG ec2/configure-IMDS-new-instances.md
# (no preference), UG ec2/ec2-serial-console.md (no access).
FIRST = {"snapshots": "unblocked", "images": "block-new-sharing", "serial": False}


def settings_of(context: Context) -> dict[str, Any]:
    """Those of the call's account and region."""
    found: dict[str, Any] = context.backend("ec2").__dict__.setdefault("simulator_settings", {**FIRST, "metadata": {}})
    return found


@operation("ec2", "GetEbsDefaultKmsKeyId")
def get_ebs_default_kms_key_id(context: Context) -> Parameters:
    """API ec2:GetEbsDefaultKmsKeyId: "the Amazon Resource Name (ARN) of the default KMS key", the account's own first: alias/aws/ebs."""
    return {"KmsKeyId": settings_of(context).get("ebs_key") or f"arn:aws:kms:{context.region}:{context.account}:alias/aws/ebs"}


@operation("ec2", "ModifyEbsDefaultKmsKeyId")
def modify_ebs_default_kms_key_id(context: Context) -> Parameters:
    """API ec2:ModifyEbsDefaultKmsKeyId. A rule has looked at the key."""
    settings_of(context)["ebs_key"] = context.params["KmsKeyId"]
    context.backend().default_kms_key_id = context.params["KmsKeyId"]
    return {"KmsKeyId": context.params["KmsKeyId"]}


@operation("ec2", "ResetEbsDefaultKmsKeyId")
def reset_ebs_default_kms_key_id(context: Context) -> Parameters:
    """API ec2:ResetEbsDefaultKmsKeyId."""
    settings_of(context).pop("ebs_key", None)
    context.backend().default_kms_key_id = ""
    return get_ebs_default_kms_key_id(context)


@operation("ec2", "GetSnapshotBlockPublicAccessState")
def get_snapshot_block_public_access_state(context: Context) -> Parameters:
    """API ec2:GetSnapshotBlockPublicAccessState."""
    return {"State": settings_of(context)["snapshots"], "ManagedBy": "account"}


@operation("ec2", "EnableSnapshotBlockPublicAccess", "DisableSnapshotBlockPublicAccess")
def set_snapshot_block_public_access(context: Context) -> Parameters:
    """API ec2:EnableSnapshotBlockPublicAccess."""
    settings_of(context)["snapshots"] = context.params.get("State", "unblocked")
    return {"State": settings_of(context)["snapshots"]}


@operation("ec2", "GetImageBlockPublicAccessState")
def get_image_block_public_access_state(context: Context) -> Parameters:
    """API ec2:GetImageBlockPublicAccessState."""
    return {"ImageBlockPublicAccessState": settings_of(context)["images"], "ManagedBy": "account"}


@operation("ec2", "EnableImageBlockPublicAccess", "DisableImageBlockPublicAccess")
def set_image_block_public_access(context: Context) -> Parameters:
    """API ec2:EnableImageBlockPublicAccess."""
    settings_of(context)["images"] = context.params.get("ImageBlockPublicAccessState", "unblocked")
    return {"ImageBlockPublicAccessState": settings_of(context)["images"]}


@operation("ec2", "GetInstanceMetadataDefaults")
def get_instance_metadata_defaults(context: Context) -> Parameters:
    """API ec2:GetInstanceMetadataDefaults: what was set, and nothing where there is no preference."""
    return {"AccountLevel": {**settings_of(context)["metadata"], "ManagedBy": "account"}}


@operation("ec2", "ModifyInstanceMetadataDefaults")
def modify_instance_metadata_defaults(context: Context) -> Parameters:
    """API ec2:ModifyInstanceMetadataDefaults: no-preference, and a hop limit of -1, take a value away."""
    kept = settings_of(context)["metadata"]
    for member in ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags"):
        if member in context.params:
            kept[member] = context.params[member]
        if kept.get(member) in ("no-preference", -1):
            del kept[member]
    return {"Return": True}


@operation("ec2", "GetSerialConsoleAccessStatus")
def get_serial_console_access_status(context: Context) -> Parameters:
    """API ec2:GetSerialConsoleAccessStatus."""
    return {"SerialConsoleAccessEnabled": settings_of(context)["serial"], "ManagedBy": "account"}


@operation("ec2", "EnableSerialConsoleAccess", "DisableSerialConsoleAccess")
def set_serial_console_access(context: Context) -> Parameters:
    """API ec2:EnableSerialConsoleAccess."""
    settings_of(context)["serial"] = context.operation.startswith("Enable")
    return {"SerialConsoleAccessEnabled": settings_of(context)["serial"]}

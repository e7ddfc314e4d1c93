# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of what an account has set for each of its regions in EC2."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import as_list
from simulator.services.ec2_account import settings_of
from simulator.services.kms import key_named


@rule("R-EC2A-01", service="ec2", operations=["ModifyEbsDefaultKmsKeyId"], source="API ec2:ModifyEbsDefaultKmsKeyId", certain=False)
def the_default_key_can_be_used(context: Context) -> None:
    """The key has to be a symmetric one of this region that is enabled."""
    key = key_named(context, context.params["KmsKeyId"])
    if key is None or key.key_spec != "SYMMETRIC_DEFAULT" or key.key_state != "Enabled":
        raise Refused(
            "InvalidKmsKey.InvalidState" if key is not None else "InvalidKmsKey.NotFound", f"The KMS key {context.params['KmsKeyId']} cannot be used."
        )


def _shares_with_all(params: dict[str, Any], member: str) -> bool:
    """Whether a call adds the group of everybody."""
    added = (params.get(member) or {}).get("Add") or []
    groups = as_list(params.get("GroupNames") or params.get("UserGroups")) if params.get("OperationType") == "add" else []
    return any(one.get("Group") == "all" for one in added) or "all" in groups


@rule("R-EC2A-02", service="ec2", operations=["ModifySnapshotAttribute"], source="UG ec2/block-public-access-snapshots.md", certain=False)
def snapshots_are_not_shared_with_all(context: Context) -> None:
    """Where it is blocked, no snapshot becomes public."""
    if settings_of(context)["snapshots"] != "unblocked" and _shares_with_all(context.params, "CreateVolumePermission"):
        raise Refused("OperationNotPermitted", "The operation is not permitted: block public access for snapshots is enabled in this Region.")


@rule("R-EC2A-03", service="ec2", operations=["ModifyImageAttribute"], source="UG ec2/block-public-access-to-amis.md", certain=False)
def images_are_not_shared_with_all(context: Context) -> None:
    """Where it is blocked, no image becomes public."""
    if settings_of(context)["images"] != "unblocked" and _shares_with_all(context.params, "LaunchPermission"):
        raise Refused("OperationNotPermitted", "The operation is not permitted: block public access for AMIs is enabled in this Region.")

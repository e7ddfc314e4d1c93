# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of KMS."""

from __future__ import annotations

import json
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import as_list
from simulator.rules._principals import invalid_principals
from simulator.services.kms import key_named

# UG kms/key-state.md: what a key that waits for its deletion, and one that is disabled, are not good for.
USES = ["CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GetPublicKey", "ReEncrypt", "Sign", "Verify"]
CHANGES = ["DisableKeyRotation", "EnableKeyRotation"]
NOT_WHILE_PENDING = [
    *USES,
    *CHANGES,
    "CreateAlias",
    "DisableKey",
    "EnableKey",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
]


def _keys(context: Context) -> list[Any]:
    """moto's keys that a call names; those that it does not know are refused by moto itself."""
    named = [context.params[member] for member in ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId") if context.params.get(member)]
    return [key for key in (key_named(context, name) for name in named) if key is not None]


@rule("R-KMS-01", service="kms", operations=["ScheduleKeyDeletion"], source="API kms:ScheduleKeyDeletion")
def deletion_window(context: Context) -> None:
    """A key waits 7 to 30 days for its deletion."""
    if not 7 <= context.params.get("PendingWindowInDays", 30) <= 30:
        raise Refused("ValidationException", "PendingWindowInDays must be between 7 and 30")


@rule("R-KMS-02", service="kms", operations=NOT_WHILE_PENDING, source="API kms:ScheduleKeyDeletion; UG kms/key-state.md")
def not_pending_deletion(context: Context) -> None:
    """A key that waits for its deletion can be looked at and taken back, no more."""
    for key in _keys(context):
        if key.key_state == "PendingDeletion":
            raise Refused("KMSInvalidStateException", f"{key.arn} is pending deletion.")


@rule("R-KMS-02", service="kms", operations=["CancelKeyDeletion"], source="API kms:CancelKeyDeletion; UG kms/key-state.md")
def only_pending_is_cancelled(context: Context) -> None:
    """There is nothing to cancel for a key that does not wait for its deletion."""
    for key in _keys(context):
        if key.key_state != "PendingDeletion":
            raise Refused("KMSInvalidStateException", f"{key.arn} is not pending deletion.")


@rule("R-KMS-09", service="kms", operations=[*USES, *CHANGES], source="API kms:Encrypt; UG kms/key-state.md")
def not_disabled(context: Context) -> None:
    """A disabled key is good for nothing."""
    for key in _keys(context):
        if key.key_state == "Disabled":
            raise Refused("DisabledException", f"{key.arn} is disabled.")


@rule("R-KMS-03", service="kms", operations=["CreateAlias", "UpdateAlias", "DeleteAlias"], source="API kms:CreateAlias")
def reserved_alias(context: Context) -> None:
    """alias/aws/ is for keys that AWS manages."""
    if context.params["AliasName"].startswith("alias/aws/"):
        raise Refused("NotAuthorizedException", "The alias prefix alias/aws/ is reserved.")


@rule("R-KMS-04", service="kms", operations=["CreateKey", "PutKeyPolicy"], source="API kms:CreateKey")
def policy_principals_exist(context: Context) -> None:
    """Whoever a key policy names must exist."""
    if context.params.get("Policy") and invalid_principals(context, context.params["Policy"]):
        raise Refused("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")


@rule("R-KMS-05", service="kms", operations=["CreateKey", "PutKeyPolicy"], source="API kms:CreateKey")
def policy_keeps_the_caller(context: Context) -> None:
    """The caller, or the account by its IAM policies, must be able to change the policy again."""
    if not context.params.get("Policy") or context.params.get("BypassPolicyLockoutSafetyCheck"):
        return
    holders = {"*", context.account, context.principal, f"arn:aws:iam::{context.account}:root"}
    for statement in as_list(json.loads(context.params["Policy"]).get("Statement")):
        principal = statement.get("Principal", {})
        named = {"*"} if principal == "*" else set(as_list(principal.get("AWS")))
        allowed = {"kms:*", "*", "kms:put*", "kms:putkeypolicy"} & {action.lower() for action in as_list(statement.get("Action"))}
        if statement.get("Effect") == "Allow" and named & holders and allowed:
            return
    raise Refused("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")


@rule("R-KMS-06", service="kms", operations=["ReplicateKey"], source="API kms:ReplicateKey")
def only_multi_region_primaries_replicate(context: Context) -> None:
    """A key that was not made for several regions never becomes one."""
    for key in _keys(context):
        if not key.multi_region or key.multi_region_configuration["PrimaryKey"]["Arn"] != key.arn:
            raise Refused("UnsupportedOperationException", f"{key.arn} is not a multi-Region primary key.")


@rule("R-KMS-07", service="kms", operations=["ReplicateKey"], source="API kms:ReplicateKey")
def one_replica_a_region(context: Context) -> None:
    """A region has one replica of a key."""
    region = context.params["ReplicaRegion"]
    for key in _keys(context):
        if key.id in context.backend(region=region).keys:
            raise Refused("AlreadyExistsException", f"{region} already has a key {key.id}.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS: what moto lacks or has wrong."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, after, before, operation


def key_named(context: Context, name: str, region: str | None = None) -> Any:
    """moto's key by its id, ARN, alias or alias ARN; None where there is none."""
    backend = context.backend("kms", region=region)
    alias = backend.get_alias_name(name)
    key_id = backend.get_key_id_from_alias(alias) if alias.startswith("alias/") else backend.get_key_id(name)
    return backend.keys.get(key_id)


BY_ID_OR_ARN = ("ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKey", "DisableKey", "EnableKeyRotation", "DisableKeyRotation")


@before("kms", *BY_ID_OR_ARN)
def take_the_arn_for_its_key(context: Context) -> None:
    """KeyId of these operations: "the key ID or key ARN of the KMS key" (API kms). moto looks an ARN up as if it were an id."""
    context.params["KeyId"] = context.params["KeyId"].rpartition("key/")[2]


@after("kms", "ScheduleKeyDeletion", "CancelKeyDeletion")
def answer_with_the_arn(context: Context, response: Parameters) -> None:
    """KeyId of the answer is the key's ARN (API kms:ScheduleKeyDeletionResponse)."""
    key = context.backend().keys[context.params["KeyId"]]
    response["KeyId"] = key.arn
    if context.operation == "ScheduleKeyDeletion":
        response["KeyState"] = key.key_state
        response["PendingWindowInDays"] = context.params.get("PendingWindowInDays", 30)


@before("kms", "CreateKey")
def say_what_the_key_is_for(context: Context) -> None:
    """API kms:CreateKey: KeyUsage "is optional only for symmetric encryption KMS keys", where it is ENCRYPT_DECRYPT. moto leaves it out."""
    if context.params.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
        context.params.setdefault("KeyUsage", "ENCRYPT_DECRYPT")
    elif "KeyUsage" not in context.params:
        raise Refused("ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")


@after("kms", "EnableKeyRotation")
def keep_the_rotation_period(context: Context, response: Parameters) -> None:
    """A key rotates every RotationPeriodInDays, 365 if not given (API kms:EnableKeyRotation). moto forgets the period."""
    context.backend().keys[context.params["KeyId"]].rotation_period = context.params.get("RotationPeriodInDays", 365)


@after("kms", "GetKeyRotationStatus")
def show_the_rotation_period(context: Context, response: Parameters) -> None:
    """API kms:GetKeyRotationStatusResponse: the period, where rotation is on; a key that waits for its deletion does not rotate."""
    key = context.backend().keys[context.params["KeyId"].rpartition("key/")[2]]
    response["KeyId"] = key.id
    response["KeyRotationEnabled"] = key.key_rotation_status and key.key_state != "PendingDeletion"
    if response["KeyRotationEnabled"]:
        response["RotationPeriodInDays"] = getattr(key, "rotation_period", 365)


@before("kms", "DeleteAlias")
def refuse_an_unknown_alias(context: Context) -> None:
    """API kms:DeleteAlias, NotFoundException: moto's answer to an alias that nobody made is success."""
    if not context.backend().alias_exists(context.params["AliasName"]):
        raise Refused("NotFoundException", f"Alias arn:aws:kms:{context.region}:{context.account}:{context.params['AliasName']} is not found.")


@before("kms", "GetKeyPolicy", "PutKeyPolicy")
def name_the_only_policy(context: Context) -> None:
    """PolicyName: "If no policy name is specified, the default value is default" (API kms:GetKeyPolicy)."""
    context.params.setdefault("PolicyName", "default")


@before("kms", "CreateKey")
def one_region_unless_said(context: Context) -> None:
    """MultiRegion is false where it was not asked for, and DescribeKey says so (API kms:CreateKey, KeyMetadata)."""
    context.params.setdefault("MultiRegion", False)


def _pair(context: Context) -> Any:
    """The key of a call that signs or verifies. moto works on the base64 text of what it is sent, which no other program could verify."""
    key = key_named(context, context.params["KeyId"])
    if key is None:
        raise Refused("NotFoundException", f"Key '{context.params['KeyId']}' does not exist")
    if key.key_usage != "SIGN_VERIFY":
        raise Refused("InvalidKeyUsageException", f"{key.arn} key usage is {key.key_usage} which is not valid for {context.operation}.")
    if context.params["SigningAlgorithm"] not in key.signing_algorithms:
        raise Refused("InvalidKeyUsageException", f"Algorithm {context.params['SigningAlgorithm']} is incompatible with key spec {key.key_spec}.")
    if context.params.get("MessageType", "RAW") != "RAW":
        raise Unimplemented("kms: messages that are digests")
    return key


@operation("kms", "Sign")
def sign(context: Context) -> Parameters:
    """API kms:Sign."""
    key, algorithm = _pair(context), context.params["SigningAlgorithm"]
    return {"KeyId": key.arn, "Signature": key.private_key.sign(context.params["Message"], algorithm), "SigningAlgorithm": algorithm}


@operation("kms", "Verify")
def verify(context: Context) -> Parameters:
    """API kms:Verify: "If the signature verification fails, Verify fails with a KMSInvalidSignatureException exception"."""
    key, algorithm = _pair(context), context.params["SigningAlgorithm"]
    if not key.private_key.verify(context.params["Message"], context.params["Signature"], algorithm):
        raise Refused("KMSInvalidSignatureException", "")
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}

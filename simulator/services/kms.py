# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS: a key may be named by its id or its ARN everywhere; moto keeps keys by id and looks the ARN up as if it were one."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, after, before

BY_ID_OR_ARN = ("ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKey", "DisableKey", "EnableKeyRotation", "DisableKeyRotation")


@before("kms", *BY_ID_OR_ARN)
def take_the_arn_for_its_key(context: Context) -> None:
    """KeyId of these operations: "the key ID or key ARN of the KMS key" (API kms)."""
    context.params["KeyId"] = context.params["KeyId"].rpartition("key/")[2]


@after("kms", "ScheduleKeyDeletion", "CancelKeyDeletion")
def answer_with_the_arn(context: Context, response: Parameters) -> None:
    """KeyId of the answer is the key's ARN (API kms:ScheduleKeyDeletionResponse)."""
    key = context.backend().keys[context.params["KeyId"]]
    response["KeyId"] = key.arn
    if context.operation == "ScheduleKeyDeletion":
        response["KeyState"] = key.key_state
        response["PendingWindowInDays"] = context.params.get("PendingWindowInDays", 30)

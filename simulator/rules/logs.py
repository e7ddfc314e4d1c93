# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of CloudWatch Logs."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import admits_service

RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)  # days


@rule("R-LOG-01", service="logs", operations=["PutRetentionPolicy"], source="API logs:PutRetentionPolicy")
def retention_from_the_list(context: Context) -> None:
    """Retention is one of a list of days."""
    if context.params["retentionInDays"] not in RETENTIONS:
        allowed = ", ".join(map(str, RETENTIONS))
        raise Refused(
            "InvalidParameterException",
            f"1 validation error detected: Value '{context.params['retentionInDays']}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]",
        )


@rule("R-LOG-02", service="logs", operations=["AssociateKmsKey", "CreateLogGroup"], source="API logs:AssociateKmsKey")
def key_admits_logs(context: Context) -> None:
    """The key of a log group must exist in its region and admit CloudWatch Logs there."""
    key = context.params.get("kmsKeyId")
    if not key:
        return
    problem = Refused("InvalidParameterException", f"The specified KMS key does not exist or is not allowed to be used with Arn '{key}' in {context.region}")
    if key.split(":")[3:4] != [context.region]:
        raise problem
    try:
        key_id = context.call("DescribeKey", {"KeyId": key}, service="kms")["KeyMetadata"]["KeyId"]
        policy = context.call("GetKeyPolicy", {"KeyId": key_id, "PolicyName": "default"}, service="kms")["Policy"]
    except Refused as refused:
        raise problem from refused
    if not admits_service(policy, f"logs.{context.region}.amazonaws.com"):
        raise problem

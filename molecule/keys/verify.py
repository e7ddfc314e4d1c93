# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3. Called with the region and the prefix of every name."""

from __future__ import annotations

import json
import sys

import boto3

region, prefix = sys.argv[1:]
kms = boto3.client("kms", region_name=region)
aliases = {alias["AliasName"]: alias.get("TargetKeyId") for alias in kms.list_aliases()["Aliases"]}
classes = ("storage", "database", "secrets", "compute", "logs", "messaging", "backup")
assert {name for name in aliases if not name.startswith("alias/aws/")} == {f"alias/{prefix}-{one}" for one in classes}, aliases

for one in classes:
    key_id = aliases[f"alias/{prefix}-{one}"]
    key = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert key["KeyState"] == "Enabled" and key["KeyManager"] == "CUSTOMER", key
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
    for statement in json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])["Statement"]:
        assert statement["Principal"] != "*"
        assert statement["Principal"].get("AWS") != "*" or "kms:CallerAccount" in statement["Condition"]["StringEquals"], statement

role = boto3.client("iam", region_name=region).get_role(RoleName="AWSServiceRoleForAutoScaling")["Role"]
assert role["Path"] == "/aws-service-role/autoscaling.amazonaws.com/"

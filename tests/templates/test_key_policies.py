# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use the keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from render import policy

INPUTS = {"keys_name": "acme-prod", "keys_account_id": "210987654321", "keys_region": "eu-west-1"}
CLASSES = ("storage", "database", "secrets", "compute", "logs", "messaging", "backup")
ROOT = "arn:aws:iam::210987654321:root"


def statements(name: str) -> list[dict[str, Any]]:
    return policy("keys", f"{name}.json.j2", **INPUTS)


def of_service(name: str, service: str) -> dict[str, Any]:
    found = [one for one in statements(name) if service in json.dumps(one["Principal"])]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("name", CLASSES)
def test_the_account_keeps_control(name):
    """Without it nobody could ever change the policy again."""
    assert [one["Action"] for one in statements(name) if one["Principal"] == {"AWS": ROOT}] == ["kms:*"]


@pytest.mark.parametrize("name", CLASSES)
def test_only_the_account_may_do_everything(name):
    wide = [one for one in statements(name) if "kms:*" in json.dumps(one["Action"]) and one["Principal"] != {"AWS": ROOT}]
    assert wide == []


@pytest.mark.parametrize("name", CLASSES)
def test_nobody_is_everybody(name):
    """Not even within the account: who may use a key through a service is for IAM to say."""
    assert "*" not in [one["Principal"] for one in statements(name)] + [one["Principal"].get("AWS") for one in statements(name)]


@pytest.mark.parametrize("name", CLASSES)
def test_grants_are_for_services_only(name):
    for one in statements(name):
        if one["Action"] == "kms:CreateGrant":
            assert one["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize("name", CLASSES)
def test_services_act_for_this_account_only(name):
    for one in statements(name):
        if "Service" in one["Principal"]:
            assert ":210987654321:" in json.dumps(one["Condition"]["ArnLike"])


def test_cloudfront_only_decrypts():
    assert of_service("storage", "cloudfront.amazonaws.com")["Action"] == "kms:Decrypt"


def test_auto_scaling_uses_and_grants():
    role = "arn:aws:iam::210987654321:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    actions = [one["Action"] for one in statements("compute") if one["Principal"] == {"AWS": role}]
    assert "kms:CreateGrant" in actions
    assert any("kms:GenerateDataKey*" in action for action in actions)


def test_logs_of_this_region_only():
    statement = of_service("logs", "logs.eu-west-1.amazonaws.com")
    assert statement["Condition"]["ArnLike"] == {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:210987654321:log-group:*"}


def test_alarms_reach_our_topics_only():
    condition = of_service("messaging", "cloudwatch.amazonaws.com")["Condition"]["ArnLike"]
    assert condition == {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:eu-west-1:210987654321:acme-prod-*"}

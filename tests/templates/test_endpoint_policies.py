# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes through the private ways to AWS's services."""

from __future__ import annotations

from typing import Any

import pytest
from render import policy

ACCOUNT = "210987654321"
DATA = ["s3", "dynamodb", "secretsmanager", "kms", "logs"]
# AWS's own documents, images and metrics are in accounts of AWS's.
OPEN = ["ssm", "ssmmessages", "ec2messages", "ecr.api", "ecr.dkr", "monitoring", "sts"]


def statements(service: str, **more: Any) -> list[dict[str, Any]]:
    inputs = {"network_account_id": ACCOUNT, "network_endpoint_objects": [], "__network_aws_objects": ["arn:aws:s3:::aws-ssm-eu-west-1/*"]}
    return policy("network", "endpoint.json.j2", **{**inputs, **more}, __network_service=service)


@pytest.mark.parametrize("service", DATA + OPEN)
def test_nobody_of_another_account(service):
    (own,) = [one for one in statements(service) if one["Sid"] == "ThisAccount"]
    wanted = {"aws:PrincipalAccount": ACCOUNT, **({"aws:ResourceAccount": ACCOUNT} if service in DATA else {})}
    assert own["Condition"] == {"StringEquals": wanted}
    assert [one["Sid"] for one in statements(service) if "Condition" not in one] == (["WhatAwsHandsOut"] if service == "s3" else [])


def test_without_a_name_objects_are_read_and_no_more():
    (given,) = [one for one in statements("s3", network_endpoint_objects=["arn:aws:s3:::other/a/*"]) if one["Sid"] == "WhatAwsHandsOut"]
    assert given["Action"] == "s3:GetObject"
    assert given["Resource"] == ["arn:aws:s3:::aws-ssm-eu-west-1/*", "arn:aws:s3:::other/a/*"]

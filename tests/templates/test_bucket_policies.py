# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach the buckets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from render import policy

PURPOSES = ("assets", "uploads", "logs", "archive", "fallback")


def statements(purpose: str, region: str = "eu-west-1") -> list[dict[str, Any]]:
    return policy(
        "object_storage",
        f"{purpose}.json.j2",
        object_storage_name="acme-prod",
        object_storage_account_id="210987654321",
        object_storage_region=region,
    )


def allowed(purpose: str, principal: str, region: str = "eu-west-1") -> list[dict[str, Any]]:
    return [one for one in statements(purpose, region) if one["Effect"] == "Allow" and principal in json.dumps(one["Principal"])]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_tls_only(purpose):
    denials = [one for one in statements(purpose) if one["Effect"] == "Deny"]
    assert [one["Condition"] for one in denials] == [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}]
    for one in denials:
        assert one["Principal"] == "*"
        assert one["Resource"] == [f"arn:aws:s3:::acme-prod-{purpose}", f"arn:aws:s3:::acme-prod-{purpose}/*"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_nobody_is_allowed_without_condition(purpose):
    """But for the account that load balancers of old regions deliver from, which comes with no condition to check."""
    bare = [one["Sid"] for one in statements(purpose) if one["Effect"] == "Allow" and "Condition" not in one]
    assert bare == (["LoadBalancersDeliverFromTheirAccount"] if purpose == "logs" else [])


@pytest.mark.parametrize("purpose", ["assets", "uploads", "fallback"])
def test_cloudfront_of_this_account_reads(purpose):
    (statement,) = allowed(purpose, "cloudfront.amazonaws.com")
    assert statement["Action"] == "s3:GetObject"
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::210987654321:distribution/*"}}


@pytest.mark.parametrize("purpose", ["logs", "archive"])
def test_cloudfront_does_not_read(purpose):
    assert allowed(purpose, "cloudfront.amazonaws.com") == []


@pytest.mark.parametrize(("region", "account"), [("ap-southeast-1", "114774131450"), ("us-east-1", "127311923021")])
def test_load_balancers_of_old_regions(region, account):
    assert len(allowed("logs", f"arn:aws:iam::{account}:root", region)) == 1


def test_load_balancers_of_new_regions():
    assert [one["Principal"] for one in statements("logs", "ap-southeast-5") if "LoadBalancers" in one.get("Sid", "")] == [
        {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    ]


def test_log_delivery_is_for_flow_logs_and_the_edge():
    for statement in allowed("logs", "delivery.logs.amazonaws.com"):
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "210987654321"
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"] == [
            "arn:aws:logs:eu-west-1:210987654321:*",
            "arn:aws:logs:us-east-1:210987654321:delivery-source:*",
        ]


def test_access_logs_come_from_our_buckets():
    (statement,) = allowed("logs", "logging.s3.amazonaws.com")
    assert statement["Resource"] == "arn:aws:s3:::acme-prod-logs/s3/*"
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:s3:::acme-prod-*"}


def test_policies_fit():
    """S3 takes 20 KB."""
    assert all(len(json.dumps(statements(purpose, "us-east-1"))) < 8000 for purpose in PURPOSES)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds, spans and changes in words."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.words import noun, progress, span, told


@pytest.mark.parametrize(
    ("module", "count", "words"),
    [
        ("ec2_nat_gateways", 1, "NAT gateway"),
        ("ec2_vpcs", 2, "VPCs"),
        ("rds_instances", 1, "database instance"),
        ("iam_policies", 1, "IAM policy"),
        ("elasticache_replication_groups", 3, "cache replication groups"),
        ("cloudfront_origin_access_controls", 1, "CloudFront origin access control"),
        ("kms_aliases", 1, "KMS alias"),
        ("ec2_addresses", 1, "address"),
    ],
)
def test_noun(module: str, count: int, words: str) -> None:
    """A module's name is plural; what people read is counted."""
    assert noun(module, count) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.42, "0.4 s"), (42, "42 s"), (60, "1 min"), (93, "1 min 33 s"), (3720, "1 h 2 min")])
def test_span(seconds: float, words: str) -> None:
    """As people say it."""
    assert span(seconds) == words


def test_told() -> None:
    """Counted by action and kind; a plan is no deed."""
    changes = [{"action": "remove", "kind": "ec2_vpcs"}, {"action": "create", "kind": "ec2_subnets"}, {"action": "create", "kind": "ec2_subnets"}]
    assert told(changes, planned=False) == "created 2 subnets; removed 1 VPC"
    assert told(changes, planned=True) == "would create 2 subnets; remove 1 VPC"
    assert told([], planned=True) == ""


def test_progress() -> None:
    """What is left is told from what it took; of nothing nothing can be told."""
    assert progress("disk.raw", "sent", 412, 1246, 1_000_000, 10.0) == "disk.raw: 412 of 1246 MB sent, 41.2 MB/s, 20 s to go"
    assert progress("disk.raw", "sent", 0, 1246, 1_000_000, 10.0) == "disk.raw: 0 of 1246 MB sent"

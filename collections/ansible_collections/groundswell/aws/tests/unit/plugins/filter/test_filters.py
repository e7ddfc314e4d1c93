# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters."""

from __future__ import annotations

import ipaddress
import itertools
import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundswell.aws.plugins.filter.chained import chained
from ansible_collections.groundswell.aws.plugins.filter.elapsed import elapsed
from ansible_collections.groundswell.aws.plugins.filter.lost_rows import lost_rows
from ansible_collections.groundswell.aws.plugins.filter.policy_documents import policy_documents
from ansible_collections.groundswell.aws.plugins.filter.rows import rows
from ansible_collections.groundswell.aws.plugins.filter.subnet_plan import subnet_plan

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"]


@pytest.mark.parametrize("prefix", range(16, 24))
def test_subnets_lie_in_the_vpc_and_apart(prefix):
    vpc = ipaddress.ip_network(f"10.20.0.0/{prefix}")
    blocks = [ipaddress.ip_network(subnet["cidr"]) for tier in subnet_plan(str(vpc), ZONES, "x").values() for subnet in tier]
    assert len(blocks) == 12
    assert all(block.subnet_of(vpc) and block.prefixlen <= 27 for block in blocks)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(blocks, 2))


def test_a_zone_added_later_moves_nothing():
    two, three = (subnet_plan("10.0.0.0/16", ZONES[:count], "x") for count in (2, 3))
    assert all(three[tier][:2] == two[tier] for tier in two)


def test_ipv6_numbers_are_unique():
    numbers = [subnet["ipv6_number"] for tier in subnet_plan("10.0.0.0/16", ZONES, "x").values() for subnet in tier]
    assert len(set(numbers)) == 12
    assert max(numbers) < 256


@pytest.mark.parametrize(("cidr", "zones"), [("10.0.0.0/15", ZONES), ("10.0.0.0/24", ZONES), ("10.0.0.1/16", ZONES), ("nonsense", ZONES), ("10.0.0.0/16", [])])
def test_what_cannot_be_planned_is_refused(cidr, zones):
    with pytest.raises(AnsibleFilterError):
        subnet_plan(cidr, zones, "x")


def test_rows_broadcast_scalars_and_zip_lists():
    assert rows(["a", "b"], n=[1, 2], same="x") == [{"name": "a", "n": 1, "same": "x"}, {"name": "b", "n": 2, "same": "x"}]
    assert rows(["0.0.0.0/0"], key="destination", target="igw-1") == [{"destination": "0.0.0.0/0", "target": "igw-1"}]
    assert rows(["a"], n=iter([1])) == [{"name": "a", "n": 1}]


def test_rows_refuse_columns_of_another_length():
    with pytest.raises(AnsibleFilterError, match="column n has 1 values for 2 names"):
        rows(["a", "b"], n=[1])


def test_only_peers_that_are_groups_get_the_prefix():
    groups = [
        {"name": "web", "description": "d", "ingress": [{"peer": "alb"}, {"peer": "10.0.0.0/8"}], "egress": []},
        {"name": "alb", "description": "d"},
    ]
    web, alb = chained(groups, "acme", "vpc-1")
    assert (web["name"], web["vpc_id"], [rule["peer"] for rule in web["ingress"]]) == ("acme-web", "vpc-1", ["acme-alb", "10.0.0.0/8"])
    assert (alb["ingress"], alb["egress"]) == ([], [])


def test_seconds_between_two_times():
    assert elapsed("2026-05-05T00:00:01.500000Z", "2026-05-04T23:59:59.250000Z") == 2.25
    assert elapsed("2026-05-04T03:02:00Z", "2026-05-04T03:02:01.000000Z") == -1


# A second apart, the third of them acknowledged by nobody; from 14.5 on by another database.
WRITTEN = [{"id": number, "at": 10.0 + number, "region": None if number == 3 else "site"} for number in (1, 2, 4, 3, 6, 5)]
TAKEN_OVER = "1970-01-01T00:00:14.500000Z"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"rows": 3, "newest": 4}, {"lost": 0, "missing": 0, "seconds": 0.0}),
        ({"rows": 4, "newest": 4}, {"lost": 0, "missing": 0, "seconds": 0.0}),  # the one that nobody acknowledged too
        ({"rows": 2, "newest": 2}, {"lost": 1, "missing": 0, "seconds": 2.0}),
        ({"rows": 1, "newest": 2}, {"lost": 1, "missing": 1, "seconds": 2.0}),
        ({"rows": 0, "newest": 0}, {"lost": 3, "missing": 0, "seconds": None}),
    ],
)
def test_rows_that_are_lost(found, expected):
    acknowledged = {"acknowledged": 3, "last": 4}
    assert lost_rows(WRITTEN, TAKEN_OVER) == acknowledged
    assert lost_rows(WRITTEN, TAKEN_OVER, **found) == {**acknowledged, **expected}


def test_rows_without_a_takeover():
    assert lost_rows(WRITTEN)["last"] == 6
    assert lost_rows([], rows=0) == {"acknowledged": 0, "last": 0, "lost": 0, "missing": 0, "seconds": 0.0}


def test_policy_documents():
    tagged = {"StringEquals": {"aws:ResourceTag/Project": "acme"}}
    statements = [
        {"Sid": "A", "Effect": "Allow", "Action": ["rds:ModifyDBInstance"], "Resource": ["arn:b"], "Condition": tagged},
        {"Sid": "B", "Effect": "Allow", "Action": ["ec2:DescribeVpcs"], "Resource": ["*"]},
        {"Sid": "C", "Effect": "Allow", "Action": ["rds:DeleteDBInstance"], "Resource": ["arn:a"], "Condition": tagged},
        {"Sid": "D", "Effect": "Allow", "Action": ["ec2:DeleteVpc"], "Resource": ["arn:vpc"]},
    ]
    (document,) = policy_documents(statements)
    assert json.loads(document)["Statement"] == [
        {"Effect": "Allow", "Action": ["rds:DeleteDBInstance", "rds:ModifyDBInstance"], "Resource": ["arn:a", "arn:b"], "Condition": tagged},
        {"Effect": "Allow", "Action": ["ec2:DeleteVpc"], "Resource": ["arn:vpc"]},
        {"Effect": "Allow", "Action": ["ec2:DescribeVpcs"], "Resource": ["*"]},
    ]
    assert policy_documents([]) == []
    several = policy_documents(statements, 250)
    assert len(several) > 1 and max(map(len, several)) <= 250
    with pytest.raises(AnsibleFilterError, match="characters of a policy"):
        policy_documents(statements, 100)

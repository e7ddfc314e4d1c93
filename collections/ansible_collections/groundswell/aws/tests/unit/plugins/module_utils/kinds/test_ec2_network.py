# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to the kinds of a VPC."""

from __future__ import annotations

import types

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import RouteTables, SecurityGroups, Subnets

from ..fakes import OURS, FakeSession


@pytest.fixture
def groups():
    kind = SecurityGroups(FakeSession(), {}, OURS)
    kind._names = {"sg-0a": "acme-alb", "sg-0b": "acme-web"}
    return kind


def test_bundled_peers_become_one_rule_each(groups):
    raw = {
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}, {"CidrIp": "0.0.0.0/0"}],
        "UserIdGroupPairs": [{"GroupId": "sg-0a"}, {"GroupId": "sg-0other"}],
        "Ipv6Ranges": [], "PrefixListIds": [{"PrefixListId": "pl-1"}],
    }  # fmt: skip
    rules = list(groups._rules(raw))
    assert [(rule["peer"], rule["description"]) for rule in rules] == [
        ("10.0.0.0/8", "inside"), ("0.0.0.0/0", ""), ("pl-1", ""), ("acme-alb", ""), ("sg-0other", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "field"),
    [
        ("acme-alb", "UserIdGroupPairs"),
        ("sg-0c", "UserIdGroupPairs"),
        ("pl-1", "PrefixListIds"),
        ("::/0", "Ipv6Ranges"),
        ("0.0.0.0/0", "IpRanges"),
    ],
)
def test_a_declared_rule_survives_the_way_to_aws_and_back(groups, peer, field):
    item = groups.normalise(
        {"name": "x", "ingress": [{"protocol": "tcp", "from_port": 80, "to_port": None, "peer": peer, "description": None}], "egress": None}
    )
    (rule,) = item["ingress"]
    permission = groups._permission(rule)
    assert permission[field]
    assert list(groups._rules(permission)) == [rule]


def test_all_traffic_has_no_ports(groups):
    item = groups.normalise({"name": "x", "ingress": [{"protocol": "all", "from_port": 1, "to_port": 2, "peer": "0.0.0.0/0", "description": "d"}]})
    permission = groups._permission(item["ingress"][0])
    assert permission["IpProtocol"] == "-1"
    assert "FromPort" not in permission


def test_a_rule_without_port_is_refused(groups):
    item = groups.normalise({"name": "x", "ingress": [{"protocol": "tcp", "from_port": None, "peer": "0.0.0.0/0"}]})
    assert groups.refuse({"x": item}) == ["security group x: ingress rule from 0.0.0.0/0 needs from_port"]


def test_routes_that_aws_made_are_left_alone():
    kind = RouteTables(FakeSession(), {}, OURS)
    assert kind._route({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}) is None
    assert kind._route({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}) is None
    assert kind._route({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}) == {"destination": "0.0.0.0/0", "target": "nat-1"}
    assert kind._route({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}) == {
        "destination": "::/0",
        "target": "eigw-1",
    }


def test_ipv6_blocks_are_numbered_within_the_vpcs():
    kind = Subnets(FakeSession(), {}, OURS)
    vpc = {"Vpcs": [{"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1234:1a00::/56"}]}]}
    kind.session.client = lambda *args, **kwargs: types.SimpleNamespace(describe_vpcs=lambda VpcIds: vpc)
    assert kind._block("vpc-1", 5) == "2001:db8:1234:1a05::/64"
    assert kind._number("2001:db8:1234:1a05::/64", "2001:db8:1234:1a00::/56") == 5

# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection between VPCs of two regions: asked for in one, accepted in the other, each side's tags in its own."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import VpcPeeringConnections
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Consent, Result, reconcile
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, TAGS, Module

AWAY = "us-east-1"


class Away(Module):
    """The same account, seen from the other region."""

    region = AWAY

    def client(self, service: str, region: str = AWAY, **more: Any) -> Any:
        return super().client(service, region, **more)


@pytest.fixture
def vpcs(simulator: Any) -> dict[str, str]:
    blocks = {REGION: "10.0.0.0/16", AWAY: "10.1.0.0/16"}
    return {region: simulator.client("ec2", region).create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for region, block in blocks.items()}


def kept(simulator: Any, region: str, *items: dict[str, Any], **more: Any) -> Result:
    """What the module does in a region."""
    module = Module(simulator.endpoint) if region == REGION else Away(simulator.endpoint)
    kind = VpcPeeringConnections(Session(module), {}, {**TAGS, "Cell": region})
    return reconcile(kind, list(items), timeout=5, **more)


def side(vpcs: dict[str, str], here: str, accept: bool) -> dict[str, Any]:
    there = AWAY if here == REGION else REGION
    return {"name": "acme-dev", "vpc_id": vpcs[here], "peer_vpc_id": vpcs[there], "peer_region": there, "accept": accept}


def test_from_the_request_to_the_end(simulator: Any, vpcs: dict[str, str]) -> None:
    ask, accept = side(vpcs, REGION, False), side(vpcs, AWAY, True)
    foretold = kept(simulator, AWAY, accept, check_mode=True)
    assert foretold.resources["acme-dev"].outputs["id"] == "pcx-00000000000000000"
    # Nobody waits for the other side, whose run may come later.
    asked = kept(simulator, REGION, ask)
    assert asked.resources["acme-dev"].status == "pending-acceptance"
    accepted = kept(simulator, AWAY, accept)
    assert accepted.resources["acme-dev"].outputs == asked.resources["acme-dev"].outputs
    for region, item in ((REGION, ask), (AWAY, accept)):
        again = kept(simulator, region, item)
        assert (again.changes, again.resources["acme-dev"].ready) == ([], True)
        (shown,) = simulator.client("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert {tag["Value"] for tag in shown["Tags"] if tag["Key"] == "Cell"} == {region}
        # Declared no more, it stays until somebody says that it goes.
        assert kept(simulator, region).undeclared == ["acme-dev"]
    for region in (REGION, AWAY):
        kept(simulator, region, consent=Consent(remove=["*"]))
        (shown,) = simulator.client("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert shown["Status"]["Code"] == "deleted"
    # What is gone and still listed is in nobody's way.
    kept(simulator, REGION, ask)
    assert [change.action for change in kept(simulator, AWAY, accept).changes] == ["create"]


def test_ended_between_the_acceptance_and_its_tags(simulator: Any, vpcs: dict[str, str]) -> None:
    made = kept(simulator, REGION, side(vpcs, REGION, False)).resources["acme-dev"].outputs["id"]
    simulator.client("ec2", AWAY).accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    assert kept(simulator, AWAY, side(vpcs, AWAY, True)).resources["acme-dev"].outputs["id"] == made


def test_what_nobody_asked_for(simulator: Any, vpcs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VpcPeeringConnections, "show_up", 0)
    with pytest.raises(Problem, match="has not asked for a connection: roll out the network of both regions in one run"):
        kept(simulator, AWAY, side(vpcs, AWAY, True))


def test_what_is_somebody_elses(simulator: Any, vpcs: dict[str, str]) -> None:
    """AWS hands out the connection that there is, instead of a refusal."""
    create = functools.partial(simulator.client("ec2", REGION).create_vpc_peering_connection, VpcId=vpcs[REGION], PeerRegion=AWAY)
    create(PeerVpcId=vpcs[AWAY])
    with pytest.raises(Problem, match="connects these two VPCs already and is not ours: tag it Project=acme"):
        kept(simulator, REGION, side(vpcs, REGION, False))
    overlapping = simulator.client("ec2", AWAY).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(Problem, match="overlapping CIDR range"):
        kept(simulator, REGION, {**side(vpcs, REGION, False), "peer_vpc_id": overlapping})
    # What has failed cannot be removed, and nobody waits for that.
    assert kept(simulator, REGION, consent=Consent(remove=["*"])).changes == []


def test_removed_before_it_was_accepted(simulator: Any, vpcs: dict[str, str]) -> None:
    """A run that was ended in between: to the other region it never was one of its own."""
    kept(simulator, REGION, side(vpcs, REGION, False))
    assert kept(simulator, AWAY, consent=Consent(remove=["*"])).changes == []
    assert [change.action for change in kept(simulator, REGION, consent=Consent(remove=["*"])).changes] == ["remove"]
    for region in (REGION, AWAY):
        (shown,) = simulator.client("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert shown["Status"]["Code"] == "deleted"

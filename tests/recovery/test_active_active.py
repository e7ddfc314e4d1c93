# SPDX-License-Identifier: GPL-3.0-or-later
"""Both regions serve: who comes is led to the nearer one, all servers write to one database, and a region that fails is left by itself."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pairs import AWAY, HOME, NAME, ORIGIN, PARAMETER, Pair, asks_its_own, leads_to, rolled_out, sizes, thrown
from rollouts import ROOT, Run, play
from simulated import Simulated

pytestmark = pytest.mark.long

ACTIVE, WARM = "active_active", "warm_standby"
WRITER = "/groundswell/sandbox/{region}/database/writer-address"
NEAR = f"regions.{ORIGIN}."
PEERINGS = "ec2_vpc_peering_connections"
CONSENT = ("-e", "failover_consent=sandbox")
PARTED = ("-e", json.dumps({"remove_undeclared": [f"{PEERINGS}/{NAME}"]}))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Thrown away in the end: the tests go from one state to the next."""
    with rolled_out(tmp_path_factory.mktemp("pair"), recovery_strategy=ACTIVE) as made:
        yield made


def served(pair: Pair) -> tuple[str, str]:
    """The regions that visitors are led to who are nearer to the first one, and to the second one."""
    answers = []
    for region in (HOME, AWAY):
        pair.simulator.door("nearest", {"region": region})
        answers.append(leads_to(pair))
    return answers[0], answers[1]


def database(pair: Pair, region: str) -> dict[str, Any]:
    (found,) = pair.client("rds", region).describe_db_instances()["DBInstances"]
    return dict(found)


def told(pair: Pair, region: str, name: str = "writer-address") -> str:
    """The address of a database that servers of a region read."""
    path = WRITER.format(region=region).replace("writer-address", name)
    return str(pair.client("ssm", region).get_parameter(Name=path)["Parameter"]["Value"])


def policies(pair: Pair) -> set[str]:
    """The routing policies of the records that stand for the regions."""
    route53 = pair.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = [one for one in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"] if one["Name"] == NEAR]
    assert {one["SetIdentifier"] for one in records} in ({HOME, AWAY}, {"primary", "secondary"})
    return {"latency" if "Region" in one else "failover" for one in records}


def reaches(pair: Pair, region: str, other: str) -> bool:
    """Whether servers of a region that use a database can talk to the one of another region, and are answered, as far as networks decide."""
    ways = []
    for here, there, tier, peer_tier in ((region, other, "app", "data"), (other, region, "data", "app")):
        ec2 = pair.client("ec2", here)
        blocks = [ipaddress.ip_network(one["CidrBlock"]) for one in named(pair.client("ec2", there).describe_subnets()["Subnets"], f"{NAME}-{peer_tier}-")]
        subnets = {one["SubnetId"] for one in named(ec2.describe_subnets()["Subnets"], f"{NAME}-{tier}-")}
        assert (len(blocks), len(subnets)) == (3, 3)
        tables = [one for one in ec2.describe_route_tables()["RouteTables"] if subnets & {a.get("SubnetId") for a in one["Associations"]}]
        for table in tables:
            usable = [one for one in table["Routes"] if one["State"] == "active" and "VpcPeeringConnectionId" in one]
            ways.append(all(any(block.subnet_of(ipaddress.ip_network(one["DestinationCidrBlock"])) for one in usable) for block in blocks))
        lists = [one for one in ec2.describe_network_acls()["NetworkAcls"] if subnets & {a["SubnetId"] for a in one["Associations"]}]
        for entries in (one["Entries"] for one in lists):
            for egress in (True, False):
                # A database is asked at 3306 and answers to high ports; to allow the range allows either.
                open_to = [
                    ipaddress.ip_network(one["CidrBlock"])
                    for one in entries
                    if one["Egress"] == egress and one["RuleAction"] == "allow" and one.get("PortRange", {"From": 0, "To": 65535})["To"] == 65535
                    and one["Protocol"] in ("-1", "6")
                ]  # fmt: skip
                ways.append(all(any(block.subnet_of(block_open) for block_open in open_to) for block in blocks))
    asks = rules(pair, region, "app", "IpPermissionsEgress")
    answers = rules(pair, other, "database", "IpPermissions")
    databases = [one["CidrBlock"] for one in named(pair.client("ec2", other).describe_subnets()["Subnets"], f"{NAME}-data-")]
    servers = [one["CidrBlock"] for one in named(pair.client("ec2", region).describe_subnets()["Subnets"], f"{NAME}-app-")]
    return all(ways) and set(databases) <= asks and set(servers) <= answers


def named(found: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """Those of a list that have a name which begins like this."""
    return [one for one in found if any(tag["Key"] == "Name" and tag["Value"].startswith(prefix) for tag in one.get("Tags", []))]


def rules(pair: Pair, region: str, name: str, side: str) -> set[str]:
    """The blocks that a security group lets MySQL through to or from."""
    groups = pair.client("ec2", region).describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"{NAME}-{name}"]}])["SecurityGroups"]
    return {peer["CidrIp"] for group in groups for rule in group[side] if rule.get("FromPort") == 3306 for peer in rule["IpRanges"]}


def peer_routes(pair: Pair, region: str) -> list[dict[str, Any]]:
    """The routes of a region that lead to the other one, or did."""
    tables = pair.client("ec2", region).describe_route_tables()["RouteTables"]
    return [one for table in tables for one in table["Routes"] if "VpcPeeringConnectionId" in one]


def connection(pair: Pair, region: str) -> str:
    """The state of the connection of both networks, as a region has it among what is its own; one that ended is shown for a while (UG vpc/peering)."""
    filters = [{"Name": "tag:Cell", "Values": ["sandbox-apse1" if region == HOME else "sandbox-use1"]}]
    found = pair.client("ec2", region).describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]
    (state,) = [str(one["Status"]["Code"]) for one in found if one["Status"]["Code"] != "deleted"]
    return state


def position(run: Run, operation: str, region: str, last: bool = False) -> int:
    """When a run called an operation in a region, of several calls for the first or the last time."""
    found = [number for number, call in enumerate(run.calls) if (call["operation"], call["region"]) == (operation, region)]
    return found[-1 if last else 0]


def changes(run: Run) -> set[tuple[str, str, str]]:
    """What a run changed, or would."""
    return {(change["kind"], change["name"], change["action"]) for change in run.changes}


def rollout(pair: Pair, *arguments: str, record: Path | None = None) -> Run:
    return play(pair.simulator, *pair.options, *arguments, inventory=pair.inventory, record=record).succeeded()


def test_both_serve(pair: Pair) -> None:
    """Each the visitors that are nearer to it, with servers of its own, which write to one database and read from the nearer."""
    assert served(pair) == (HOME, AWAY)
    assert policies(pair) == {"latency"}
    assert sizes(pair, HOME) == sizes(pair, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    source, copy = database(pair, HOME), database(pair, AWAY)
    assert copy["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert told(pair, HOME) == told(pair, AWAY) == source["Endpoint"]["Address"]
    assert told(pair, AWAY, "reader-address") == copy["Endpoint"]["Address"]
    assert (connection(pair, HOME), connection(pair, AWAY)) == ("active", "active")
    assert reaches(pair, AWAY, HOME)
    assert reaches(pair, HOME, AWAY)
    assert asks_its_own(pair, HOME)
    assert asks_its_own(pair, AWAY)


def test_an_empty_account(pair: Pair, simulator: Simulated, record: Path) -> None:
    """A look foretells what both regions and their names get."""
    look = play(simulator, *pair.options, "--check", inventory=pair.inventory, record=record).succeeded()
    assert look.mutating == []
    created = {(kind, name) for kind, name, action in changes(look) if action == "create"}
    assert (PEERINGS, NAME) in created
    assert {name.split(" ")[2] for kind, name in created if kind == "route53_records" and name.startswith(NEAR.rstrip("."))} == {HOME, AWAY}


def test_a_second_run(pair: Pair, record: Path) -> None:
    for arguments in (("--check",), ()):
        run = rollout(pair, *arguments, record=record)
        assert (run.changed, run.mutating) == (0, []), arguments


def test_one_region_alone(pair: Pair) -> None:
    """It finds the network and the database of the other one by itself."""
    for layer in ("network", "endpoints"):
        run = play(pair.simulator, *pair.options, "--limit", "sandbox-use1", playbook=f"playbooks/{layer}.yml", inventory=pair.inventory).succeeded()
        assert run.mutating == []


def test_a_region_that_fails_is_left(pair: Pair) -> None:
    """Whichever it is, and without anybody's doing; it gets its visitors back when it is well again."""
    for lost, left in ((HOME, AWAY), (AWAY, HOME)):
        pair.lose(lost)
        assert served(pair) == (left, left)
        pair.lose()
    pair.lose(HOME, AWAY)
    assert served(pair) == ("", "")
    pair.lose()
    assert served(pair) == (HOME, AWAY)


def test_lost_before_less_is_rolled_out(pair: Pair, tmp_path: Path) -> None:
    """A failover goes by what is there: servers that write into the other region are led to the database here, whatever is declared."""
    with pair.copy(tmp_path / "late") as late:
        late.variables = {"recovery_strategy": WARM}
        late.lose(HOME)
        late.failover(*CONSENT).succeeded()
        assert served(late) == (AWAY, AWAY)
        assert told(late, AWAY) == database(late, AWAY)["Endpoint"]["Address"]
        late.lose()
        assert not reaches(late, AWAY, HOME)


def test_no_second_region_any_more(pair: Pair, tmp_path: Path, record: Path) -> None:
    """What one region keeps for both is listed, and goes when somebody says so; nobody is led to the other one meanwhile."""
    with pair.copy(tmp_path / "alone") as alone:
        alone.variables = {}
        alone.inventory = ROOT / "inventories" / "sandbox"
        left = rollout(alone)
        assert served(alone) == (HOME, HOME)
        undeclared = {f"{PEERINGS}/{NAME}"} | {f"route53_records/{NEAR.rstrip('.')} A {region}" for region in (HOME, AWAY)}
        assert {name for name in undeclared if name not in left.output} == set()
        assert peer_routes(alone, HOME) == []
        assert rules(alone, HOME, "database", "IpPermissions") == set()
        gone = rollout(alone, "-e", json.dumps({"remove_undeclared": ["*/*"]}), record=record)
        assert {f"{kind}/{name}" for kind, name, action in changes(gone) if action == "remove"} >= undeclared
        assert served(alone) == (HOME, HOME)
        (found,) = alone.client("ec2", HOME).describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert found["Status"]["Code"] == "deleted"
        again = rollout(alone, record=record)
        assert (again.changed, again.mutating) == (0, [])


def test_the_database_as_it_was(pair: Pair, tmp_path: Path) -> None:
    """Nobody writes while another one takes the name, from neither region."""
    with pair.copy(tmp_path / "restored") as restored:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        time.sleep(1.1)
        restored.run("restore_database", "-e", f"restore_at={at}", "-e", "restore_database_consent=sandbox").succeeded()
        run = restored.run("exchange_database", "-e", "exchange_database_consent=sandbox").succeeded()
        renamed = position(run, "ModifyDBInstance", HOME)
        assert all(position(run, "UpdateAutoScalingGroup", region) < renamed for region in (HOME, AWAY))
        assert sizes(restored, HOME) == sizes(restored, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
        assert database(restored, AWAY)["ReadReplicaSourceDBInstanceIdentifier"].endswith(f":{NAME}")
        assert served(restored) == (HOME, AWAY)


def test_without_servers(pair: Pair, tmp_path: Path) -> None:
    """The other way down, with the consent to all that goes in the same run."""
    with pair.copy(tmp_path / "pilot") as pilot:
        pilot.variables = {"recovery_strategy": "pilot_light"}
        rollout(pilot, "-e", json.dumps({"remove_undeclared": ["*/*"]}))
        # What was in use when its turn came.
        rollout(pilot, "-e", json.dumps({"remove_undeclared": ["*/*"]}))
        assert served(pilot) == (HOME, HOME)
        assert policies(pilot) == {"failover"}
        assert sizes(pilot, AWAY) == {f"{NAME}-web": (0, 0), f"{NAME}-app": (0, 0)}
        assert not reaches(pilot, AWAY, HOME)
        assert peer_routes(pilot, HOME) + peer_routes(pilot, AWAY) == []


def test_less_and_more_again(pair: Pair, record: Path, tmp_path: Path) -> None:
    """Another strategy is a rollout. Visitors are led elsewhere before anything that they use changes, and nobody writes into a copy."""
    pair.variables["recovery_strategy"] = WARM
    down = rollout(pair)
    assert served(pair) == (HOME, HOME)
    assert policies(pair) == {"failover"}
    assert sizes(pair, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    assert told(pair, AWAY) == database(pair, AWAY)["Endpoint"]["Address"]
    assert position(down, "ChangeResourceRecordSets", "us-east-1", last=True) < position(down, "UpdateAutoScalingGroup", AWAY) < position(
        down, "PutParameter", AWAY
    )  # fmt: skip
    # What they used is there until somebody says that it goes.
    assert reaches(pair, AWAY, HOME)
    assert f"{PEERINGS}/{NAME}" in down.output
    look = rollout(pair, *PARTED, "--check", record=record)
    assert look.mutating == []
    assert changes(rollout(pair, *PARTED, record=record)) == changes(look)
    assert not reaches(pair, AWAY, HOME)
    for region in (HOME, AWAY):
        assert rules(pair, region, "database", "IpPermissions") == set()
        assert peer_routes(pair, region) == []

    pair.variables["recovery_strategy"] = ACTIVE
    # Declared and not rolled out yet, when the region is lost: the records are still those of a region that stands by.
    with pair.copy(tmp_path / "early") as early:
        early.lose(HOME)
        early.failover(*CONSENT).succeeded()
        assert served(early) == (AWAY, AWAY)
    look = rollout(pair, "--check")
    assert look.mutating == []
    up = rollout(pair)
    assert served(pair) == (HOME, AWAY)
    assert told(pair, AWAY) == database(pair, HOME)["Endpoint"]["Address"]
    assert reaches(pair, AWAY, HOME)
    # Servers that would have written into the copy were gone before anybody was led to them.
    assert position(up, "UpdateAutoScalingGroup", AWAY) < position(up, "ChangeResourceRecordSets", "us-east-1")
    assert [call for call in up.calls if call["operation"] in ("CreateDBInstance", "DeleteDBInstance", "CreateVpc", "CreateReplicationGroup")] == []


def test_failover(pair: Pair) -> None:
    """Nobody is asked for where visitors go: they are here. What takes over is the database, and servers are told of it when it can be written to."""
    pair.lose(HOME)
    run = pair.failover(*CONSENT).succeeded()
    assert served(pair) == (AWAY, AWAY)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in database(pair, AWAY)
    assert told(pair, AWAY) == database(pair, AWAY)["Endpoint"]["Address"]
    assert thrown(pair, AWAY) == {"peer-given-up", "taken-over"}
    assert {call["operation"] for call in run.calls if call["region"] == HOME} <= {"GetParameter"}
    assert {call["service"] for call in run.calls} & {"route53", "cloudfront"} == set()
    # Servers were not stopped, and could not write to the database of before any more when the other one was promoted.
    assert [call for call in run.calls if call["operation"] == "UpdateAutoScalingGroup"] == []
    assert position(run, "DeleteRoute", AWAY, last=True) < position(run, "PromoteReadReplica", AWAY) < position(run, "PutParameter", AWAY, last=True)
    record = pair.told("failover")
    assert record["seen_from_outside"]["longest"] == 0
    assert "database available, servers are told of it" in [step["step"] for step in record["steps"]]
    # It has woken up, with a database of before: nobody is led there, and no server here writes there.
    pair.lose()
    assert served(pair) == (AWAY, AWAY)
    assert not reaches(pair, AWAY, HOME)


def test_a_run_of_the_site_afterwards(pair: Pair) -> None:
    pair.lose(HOME)
    run = rollout(pair)
    assert not [call for call in run.calls if call["region"] == HOME and call["mutating"]]
    assert thrown(pair, AWAY) == set()
    pair.lose()
    # Not even those who are nearer to it.
    assert served(pair) == (AWAY, AWAY)


def test_the_way_home(pair: Pair) -> None:
    """Both serve again, and then the first one writes again. Servers of both regions stop for that."""
    before = len(pair.simulator.calls())
    pair.run("failback", "-e", "failback_consent=sandbox").succeeded()
    calls = [(call["region"], call["operation"]) for call in pair.simulator.calls()[before:] if call["mutating"]]
    promoted = calls.index((HOME, "PromoteReadReplica"))
    # In the region that follows once more before, and in both for the last writes.
    assert all((region, "UpdateAutoScalingGroup") in calls[:promoted] for region in (HOME, AWAY))
    assert served(pair) == (HOME, AWAY)
    assert policies(pair) == {"latency"}
    source = database(pair, HOME)
    assert database(pair, AWAY)["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert told(pair, HOME) == told(pair, AWAY) == source["Endpoint"]["Address"]
    assert reaches(pair, AWAY, HOME)
    assert thrown(pair, HOME) | thrown(pair, AWAY) == set()
    assert sizes(pair, HOME) == sizes(pair, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    marker = json.loads(pair.client("ssm", HOME).get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    assert (marker["serving"], marker["lost"]) == ("sandbox-apse1", [])


def test_nothing_is_left(pair: Pair) -> None:
    """Either region may be the first to end the connection, which stays as long as there is a database that servers were to reach."""
    consents = ("-e", "destroy_consent=sandbox")
    play(pair.simulator, *pair.options, *consents, playbook="playbooks/destroy.yml", inventory=pair.inventory).succeeded()
    assert (connection(pair, HOME), connection(pair, AWAY)) == ("active", "active")
    consents = (*consents, "-e", "destroy_data_consent=sandbox", "-e", "destroy_keep_snapshots=false")
    look = play(pair.simulator, *pair.options, *consents, "--check", playbook="playbooks/destroy.yml", inventory=pair.inventory).succeeded()
    assert look.mutating == []
    play(pair.simulator, *pair.options, *consents, playbook="playbooks/destroy.yml", inventory=pair.inventory).succeeded()
    for region in (HOME, AWAY):
        states = {one["Status"]["Code"] for one in pair.client("ec2", region).describe_vpc_peering_connections()["VpcPeeringConnections"]}
        assert states <= {"deleted"}
        assert len(pair.client("ec2", region).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]) == 0

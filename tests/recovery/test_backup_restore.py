# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that keeps backups only takes over: the database is restored, and the site's own plays make the rest."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pairs import AWAY, HOME, NAME, PARAMETER, Pair, instances, leads_to, rolled_out, sizes, snapshots
from rollouts import ROOT, Run, command, environment, play
from test_failover import CONSENT, FAILOVER

ACCOUNT = "123456789012"
SOURCE = f"arn:aws:rds:{HOME}:{ACCOUNT}:db:{NAME}"
# Minutes, all of it: the tests go from one state to the next.
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with rolled_out(tmp_path_factory.mktemp("backups"), recovery_strategy="backup_restore") as pair:
        pair.growing = AWAY
        yield pair


def site(pair: Pair, *arguments: str, record: Path | None = None) -> Run:
    return play(pair.simulator, *arguments, *pair.options, inventory=pair.inventory, record=record)


def costs(pair: Pair, region: str) -> dict[str, int]:
    """What a region has that costs by the hour."""
    ec2 = pair.client("ec2", region)
    return {
        "databases": len(pair.client("rds", region).describe_db_instances()["DBInstances"]),
        "caches": len(pair.client("elasticache", region).describe_replication_groups()["ReplicationGroups"]),
        "load balancers": len(pair.client("elbv2", region).describe_load_balancers()["LoadBalancers"]),
        "firewalls": len(pair.client("wafv2", region).list_web_acls(Scope="REGIONAL")["WebACLs"]),
        "gateways": len([one for one in ec2.describe_nat_gateways()["NatGateways"] if one["State"] == "available"]),
        "addresses": len(ec2.describe_addresses()["Addresses"]),
        "endpoints": len([one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"] if one["VpcEndpointType"] == "Interface"]),
        "servers": sum(servers for _, servers in sizes(pair, region).values()),
    }


def test_nothing_that_costs_by_the_hour(pair: Pair, record: Path) -> None:
    assert set(costs(pair, AWAY).values()) == {0}
    groups = pair.client("elbv2").describe_target_groups()["TargetGroups"]
    assert {group["TargetGroupName"] for group in groups} == {f"{NAME}-web", f"{NAME}-app"}
    again = site(pair, record=record).succeeded()
    assert (again.changed, again.mutating) == (0, [])


def test_without_a_backup(pair: Pair) -> None:
    run = pair.failover(*CONSENT)
    assert run.code != 0
    assert f"there is no backup of {SOURCE} in the vault {NAME}" in " ".join(run.output.split())
    assert run.mutating == []
    for runbook in ("switchover", "failback"):
        run = pair.run(runbook, "-e", "switchover_to=sandbox-use1", "-e", f"{runbook}_consent=sandbox")
        assert run.code != 0
        assert "no copy that could take over without a loss" in " ".join(run.output.split())
        assert run.mutating == []


def backed_up(pair: Pair) -> dict[str, str]:
    """What the plan does at night: a recovery point in each region."""
    backup, role = pair.client("backup", HOME), f"arn:aws:iam::{ACCOUNT}:role/{NAME}-backup"
    point = backup.start_backup_job(BackupVaultName=NAME, ResourceArn=SOURCE, IamRoleArn=role)["RecoveryPointArn"]
    vault = f"arn:aws:backup:{AWAY}:{ACCOUNT}:backup-vault:{NAME}"
    job = backup.start_copy_job(RecoveryPointArn=point, SourceBackupVaultName=NAME, DestinationBackupVaultArn=vault, IamRoleArn=role)["CopyJobId"]
    return {HOME: point, AWAY: backup.describe_copy_job(CopyJobId=job)["CopyJob"]["DestinationRecoveryPointArn"]}


def test_a_database_from_a_recovery_point(pair: Pair) -> None:
    """Beside the one that serves, or in the region that stands by, from its own vault; and away with it."""
    points, before = backed_up(pair), instances(pair, HOME)
    for what in ((), ("-e", "restore_at=2020-01-01T00:00:00Z", "-e", "restore_recovery_point=latest")):
        refused = pair.run("restore_database", *what)
        said = " ".join(refused.output.split())
        assert refused.code != 0
        assert "say either what time" in said
        assert "-e restore_database_consent=sandbox" in said
        assert refused.mutating == []
    latest = ("-e", "restore_recovery_point=latest")
    look = pair.run("restore_database", *latest, "--check").succeeded()
    assert points[HOME] in look.output
    assert look.mutating == []
    for region, cell in ((HOME, "sandbox-apse1"), (AWAY, "sandbox-use1")):
        where = ("-e", f"restore_cell={cell}", "-e", "restore_database_consent=sandbox")
        pair.run("restore_database", *latest, *where).succeeded()
        (restored,) = pair.client("rds", region).describe_db_instances(DBInstanceIdentifier=f"{NAME}-restored")["DBInstances"]
        told = pair.told("restore_database")
        assert (told["cell"], told["after"]["recovery point"], told["after"]["restored"]) == (cell, points[region], restored["Endpoint"]["Address"])
        assert told["after"]["as of"] in told["verdict"]
        pair.run("restore_database", "-e", "restore_discard=true", *where).succeeded()
    assert (instances(pair, HOME), instances(pair, AWAY)) == (before, {})


def test_check(pair: Pair) -> None:
    run = pair.failover("--check").succeeded()
    assert run.mutating == []


def killed(pair: Pair, region: str, operation: str) -> None:
    """A failover that ends with the first answer to this call."""
    before = len(pair.simulator.calls())
    process = subprocess.Popen(
        command(FAILOVER, pair.inventory, *CONSENT, *pair.options), cwd=ROOT, env=environment(pair.simulator), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not any((call["region"], call["operation"]) == (region, operation) for call in pair.simulator.calls()[before:]):
        assert process.poll() is None, f"it ended without {operation}"
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_twice_and_run_again(pair: Pair) -> None:
    """When the database is being restored and nobody knows yet, and when half of the site is made: then again to the end, with the other region gone."""
    points = backed_up(pair)
    pair.lose(HOME)
    assert leads_to(pair) == ""
    before = len(pair.simulator.calls())
    killed(pair, AWAY, "RestoreDBInstanceFromDBSnapshot")
    killed(pair, AWAY, "CreateLoadBalancer")
    marker = json.loads(pair.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    assert (marker["serving"], marker["lost"]) == ("sandbox-use1", ["sandbox-apse1"])
    pair.failover(*CONSENT).succeeded()
    calls = pair.simulator.calls()[before:]
    assert not [call for call in calls if call["region"] == HOME and call["mutating"]]
    assert [call["operation"] for call in calls if call["operation"] in ("RestoreDBInstanceFromDBSnapshot", "CreateDBInstance")] == [
        "RestoreDBInstanceFromDBSnapshot"
    ]

    (database,) = pair.client("rds").describe_db_instances()["DBInstances"]
    tags = {tag["Key"]: tag["Value"] for tag in database["TagList"]}
    assert (database["DBInstanceIdentifier"], tags["Layer"], tags["Cell"], tags["RestoredFrom"]) == (NAME, "database", "sandbox-use1", points[AWAY])
    (vault,) = pair.client("backup").list_backup_vaults()["BackupVaultList"]
    assert database["KmsKeyId"] == vault["EncryptionKeyArn"]
    assert sizes(pair, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    assert leads_to(pair) == AWAY
    secret = pair.client("secretsmanager").describe_secret(SecretId=f"{NAME}-database-credentials")
    assert "PrimaryRegion" not in secret or secret["PrimaryRegion"] == AWAY

    told = pair.told("failover")
    assert told["after"]["serving"] == "sandbox-use1"
    assert told["after"]["database"].endswith(f"restored from {points[AWAY]}")
    assert told["replica_lag"]["seconds"] < told["targets"]["rpo"]
    assert [step["step"] for step in told["steps"]][-1] == "visitors are led here"
    (outage,) = told["seen_from_outside"]["outages"]
    assert outage["seconds"] > 0


def test_a_run_of_the_site_afterwards(pair: Pair, record: Path) -> None:
    """It undoes nothing, and the second one has nothing to do."""
    before = instances(pair, AWAY)
    site(pair).succeeded()
    again = site(pair, record=record).succeeded()
    assert (again.changed, again.mutating) == (0, [])
    assert instances(pair, AWAY) == before
    assert leads_to(pair) == AWAY


def test_what_was_lost_follows(pair: Pair) -> None:
    """With backups only, as the other one did: its database is gone but for a snapshot, and no server of before goes on."""
    pair.lose()
    pair.run("follow", "-e", "follow_consent=sandbox").succeeded()
    assert instances(pair, HOME) == {}
    assert len(snapshots(pair, HOME)) == 1
    assert sizes(pair, HOME) == {f"{NAME}-web": (0, 0), f"{NAME}-app": (0, 0)}
    assert leads_to(pair) == AWAY
    markers: list[dict[str, Any]] = [json.loads(pair.client("ssm", one).get_parameter(Name=PARAMETER)["Parameter"]["Value"]) for one in (HOME, AWAY)]
    assert markers[0] == markers[1]
    assert (markers[0]["serving"], markers[0]["lost"]) == ("sandbox-use1", [])


def test_up_to_a_pilot_light_and_down_again(pair: Pair, record: Path) -> None:
    """What is missing is made; what is not needed any more is reported, and goes when somebody says so. Then nothing is left to be done."""
    here = HOME  # which stands by
    pair.variables["recovery_strategy"] = "pilot_light"
    site(pair).succeeded()
    pair.variables["recovery_strategy"] = "backup_restore"
    before = costs(pair, here)
    assert (before["databases"], before["caches"], before["load balancers"], before["gateways"]) == (1, 1, 2, 1)
    run = site(pair).succeeded()
    assert costs(pair, here) == before
    assert f"rds_read_replicas/{NAME}" in run.output
    for _ in range(2):  # what is in use goes when its users have gone
        site(pair, "-e", json.dumps({"remove_undeclared": ["*/*"]})).succeeded()
    assert set(costs(pair, here).values()) == {0}
    assert costs(pair, AWAY)["databases"] == 1
    again = site(pair, record=record).succeeded()
    assert (again.changed, again.mutating) == (0, [])

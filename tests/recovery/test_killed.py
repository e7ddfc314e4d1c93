# SPDX-License-Identifier: GPL-3.0-or-later
"""Runbooks that are killed after each call that changed something, and run again: the account ends as if nobody had killed them.

Two boundaries between tasks with no such call between them are the same account, so these are all boundaries between tasks, and more.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from accounts import contents, secrets
from pairs import AWAY, HOME, NAME, Pair, leads_to, snapshots, thrown
from rollouts import ROOT, command, environment

SEED = int(os.environ.get("GROUNDSWELL_TEST_SEED") or random.SystemRandom().randrange(10**6))
# Runbooks that end with a run of the site are killed this often, unless somebody has an hour: GROUNDSWELL_TEST_KILLS=1000.
KILLS = int(os.environ.get("GROUNDSWELL_TEST_KILLS") or 2)
BOOT = 300.0  # seconds that a runbook may take until it is where it is to be killed


@dataclass
class Killed:
    """A runbook.

    :param prepare: what was before.
    :param options: what it is given besides consent.
    :param rolls_out: whether it ends with a run of the site.
    """

    name: str
    prepare: Callable[[Pair], None] = lambda _: None
    options: tuple[str, ...] = ()
    rolls_out: bool = False

    def arguments(self) -> list[str]:
        return [*self.options, "-e", f"{self.name}_consent=sandbox", "-e", '{"evacuate_zone_watch": 0}']


def lost(pair: Pair) -> None:
    pair.lose(HOME)


def two_servers_each(pair: Pair) -> None:
    for tier in ("web", "app"):
        pair.client("autoscaling", HOME).set_desired_capacity(AutoScalingGroupName=f"{NAME}-{tier}", DesiredCapacity=2)


def a_second_has_passed(_: Pair) -> None:
    """A time to restore to."""
    time.sleep(1.1)


def restored(pair: Pair) -> None:
    a_second_has_passed(pair)
    pair.run("restore_database", "-e", f"restore_at={now()}", "-e", "restore_database_consent=sandbox").succeeded()


def taken_over(pair: Pair) -> None:
    pair.lose(HOME)
    pair.run("failover", "-e", "failover_consent=sandbox").succeeded()
    pair.lose()


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


RUNBOOKS = [
    Killed("failover", lost),
    Killed("evacuate_zone", two_servers_each, ("-e", f"evacuate_zone={HOME}a")),
    Killed("restore_database", a_second_has_passed),
    Killed("switchover", options=("-e", "switchover_to=sandbox-use1"), rolls_out=True),
    Killed("follow", taken_over, rolls_out=True),
    Killed("exchange_database", restored, rolls_out=True),
]


# Killed in the moment that it takes the lock, nobody gives it back: it expires.
BRIEF = ("-e", "run_lock_seconds=20")


def kill_after(pair: Pair, runbook: str, arguments: list[str], calls: int) -> None:
    """Start it, and end it with all its children when that many calls have changed something; no more can."""
    pair.simulator.door("hold", {"after": calls})
    process = subprocess.Popen(
        command(f"playbooks/{runbook}.yml", pair.inventory, *arguments, *pair.options, *BRIEF), cwd=ROOT, env=environment(pair.simulator),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + BOOT
        while len(pair.simulator.calls(mutating=True)) < calls:
            assert process.poll() is None, f"it ended before it had made {calls} calls"
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    pair.simulator.door("hold", {"after": None})


def account(pair: Pair) -> dict[str, Any]:
    """What runbooks change, in words that do not differ from run to run."""
    pair.lose()
    found: dict[str, Any] = {"there": contents(pair.simulator, HOME), "visitors": leads_to(pair)}
    for region in (HOME, AWAY):
        client = {service: pair.client(service, region) for service in ("rds", "ec2", "autoscaling", "secretsmanager", "ssm", "arc-zonal-shift")}
        found[region] = {
            "databases": {one["DBInstanceIdentifier"]: database(client["ec2"], one) for one in client["rds"].describe_db_instances()["DBInstances"]},
            "snapshots": len(snapshots(pair, region)),
            "servers": [
                [group[key] for key in ("AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity")] + [len(group["Instances"])]
                for group in client["autoscaling"].describe_auto_scaling_groups()["AutoScalingGroups"]
            ],
            "secrets": {name: value for name, value in secrets(pair.simulator, region).items() if not name.startswith("rds!")},
            "replicas": {
                one["Name"]: (one.get("PrimaryRegion"), sorted(tags(one.get("Tags", []))))
                for one in client["secretsmanager"].list_secrets()["SecretList"]
                if not one["Name"].startswith("rds!")
            },
            "switches": thrown(pair, region),
            "shifts": sorted((one["resourceIdentifier"], one["awayFrom"], one["status"]) for one in client["arc-zonal-shift"].list_zonal_shifts()["items"]),
            "parameters": {
                one["Name"]: one["Value"]
                for page in client["ssm"].get_paginator("get_parameters_by_path").paginate(Path="/groundswell", Recursive=True)
                for one in page["Parameters"]
            },
        }
    return found


def database(ec2: Any, instance: dict[str, Any]) -> dict[str, Any]:
    plain = ("DBInstanceStatus", "MultiAZ", "BackupRetentionPeriod", "DeletionProtection", "ReadReplicaSourceDBInstanceIdentifier", "DBInstanceClass")
    groups = ec2.describe_security_groups(GroupIds=[one["VpcSecurityGroupId"] for one in instance["VpcSecurityGroups"]])["SecurityGroups"]
    return {
        **{key: instance.get(key) for key in plain},
        "groups": [(group["GroupName"], len(group["IpPermissions"]), len(group["IpPermissionsEgress"])) for group in groups],
        "tags": sorted(tags(instance["TagList"])),
    }


def tags(found: list[dict[str, str]]) -> list[str]:
    return [f"{tag['Key']}={tag['Value']}" for tag in found]


@pytest.mark.long
@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda runbook: runbook.name)
def test_killed_after_each_call(runbook: Killed, two_regions: Pair, tmp_path: Path) -> None:
    """From the same account each time, which is copied."""
    with two_regions.copy(tmp_path / "prepared") as prepared:
        runbook.prepare(prepared)
        arguments = [*runbook.arguments(), "-e", f"restore_at={now()}"]
        with prepared.copy(tmp_path / "undisturbed") as undisturbed:
            made = undisturbed.run(runbook.name, *arguments).succeeded().mutating
            wanted = account(undisturbed)
        assert made
        points = range(1, len(made) + 1)
        chosen = sorted(random.Random(SEED).sample(points, min(KILLS, len(made)))) if runbook.rolls_out else list(points)
        print(f"{runbook.name}: killed after {chosen} of {len(made)} mutating calls (GROUNDSWELL_TEST_SEED={SEED} repeats it)")
        for point in chosen:
            with prepared.copy(tmp_path / str(point)) as pair:
                kill_after(pair, runbook.name, arguments, point)
                again = pair.run(runbook.name, *arguments)
                assert again.code == 0, f"killed after {point}, {made[point - 1]}:\n{again.output[-6000:]}"
                assert account(pair) == wanted, f"killed after {point}, {made[point - 1]}"

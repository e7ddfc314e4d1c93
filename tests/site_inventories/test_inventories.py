# SPDX-License-Identifier: GPL-3.0-or-later
"""All inventories declare the same site under their own names; only sizes differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from rollouts import ROOT, Run, play
from simulated import Simulated

# What there may be more of where an environment is bigger: ways out, replicas (with which RDS no longer keeps the master secret, so
# that it is one of ours), and the alarms that watch them.
SIZED = {
    "application_autoscaling_targets",
    "cloudwatch_alarms",
    "ec2_elastic_ips",
    "ec2_nat_gateways",
    "ec2_vpc_endpoints",
    "iam_roles",
    "logs_groups",
    "rds_proxies",
    "rds_read_replicas",
    "secretsmanager_secrets",
}


def plan(simulator: Simulated, inventory: str, record: Path) -> Run:
    """What a run would make of an empty account."""
    return play(simulator, "--check", inventory=inventory, record=record).succeeded()


def declared(run: Run, inventory: str) -> set[tuple[str, str]]:
    """Kind and name of everything that a run makes, under the sandbox's names."""
    domain = yaml.safe_load((ROOT / "group_vars" / inventory / "account.yml").read_text())["domain_name"]

    def as_sandbox(name: str) -> str:
        name = re.sub(rf"(?<!\w){re.escape(domain)}", "sandbox.groundswell.example", name)
        return re.sub(rf"groundswell([-/]){inventory}\b", r"groundswell\1sandbox", name)

    return {(change["kind"], as_sandbox(change["name"])) for change in run.changes if change["action"] == "create"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The plan that the others are held against."""
    directory = tmp_path_factory.mktemp("sandbox")
    with Simulated(directory / "journal.jsonl") as simulator:
        return plan(simulator, "sandbox", directory / "record.json")


def test_check_of_an_empty_account(sandbox: Run) -> None:
    """Everything is foretold, nothing is touched."""
    assert sandbox.mutating == []
    kinds = {kind for kind, _ in declared(sandbox, "sandbox")}
    assert {"ec2_vpcs", "s3_buckets", "kms_keys", "elbv2_load_balancers", "autoscaling_groups", "cloudfront_distributions"} <= kinds


@pytest.mark.parametrize("inventory", ["dev", "staging", "prod"])
def test_inventories_differ_in_sizes_only(simulator: Simulated, sandbox: Run, record: Path, inventory: str) -> None:
    """Whatever the sandbox has, every environment has; more of it, never something else. Only alarms fit the size they watch:
    credits are those of burstable servers, and a group that the office hours empty has no fewest to fall below."""
    run = plan(simulator, inventory, record)
    assert run.mutating == []
    here, there = declared(sandbox, "sandbox"), declared(run, inventory)
    assert {kind for kind, _ in here - there} <= {"cloudwatch_alarms"}
    assert {kind for kind, _ in there - here} <= SIZED


def test_production(simulator: Simulated, record: Path) -> None:
    """The biggest one really rolls out, and stays as it is."""
    play(simulator, inventory="prod").succeeded()
    again = play(simulator, inventory="prod", record=record).succeeded()
    assert again.mutating == []
    assert again.changed == 0

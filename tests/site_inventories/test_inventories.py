# SPDX-License-Identifier: GPL-3.0-or-later
"""All inventories declare the same site under their own names; only sizes differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from accounts import contents
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
    """Kind and name of everything that a run makes, under the sandbox's names; but for the records by which ACM has domains proved, whose names
    no plan can know.
    """
    domain = yaml.safe_load((ROOT / "group_vars" / inventory / "account.yml").read_text())["domain_name"]

    def as_sandbox(name: str) -> str:
        name = re.sub(rf"(?<!\w){re.escape(domain)}", "sandbox.groundswell.example", name)
        return re.sub(rf"groundswell([-/]){inventory}\b", r"groundswell\1sandbox", name)

    return {(change["kind"], as_sandbox(change["name"])) for change in run.changes if change["action"] == "create" and change["name"][0] != "_"}


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


def differs_in_sizes_only(sandbox: Run, run: Run, inventory: str) -> None:
    """Whatever the sandbox has, every environment has; more of it, never something else. Only alarms fit the size they watch:
    credits are those of burstable servers, and a group that the office hours empty has no fewest to fall below."""
    here, there = declared(sandbox, "sandbox"), declared(run, inventory)
    assert {kind for kind, _ in here - there} <= {"cloudwatch_alarms"}
    assert {kind for kind, _ in there - here} <= SIZED


@pytest.mark.parametrize("inventory", ["dev", "staging"])
def test_small_environments(simulator: Simulated, sandbox: Run, record: Path, inventory: str) -> None:
    """As far as their plans go."""
    run = plan(simulator, inventory, record)
    assert run.mutating == []
    differs_in_sizes_only(sandbox, run, inventory)


@dataclass
class Production:
    """The biggest one, really rolled out."""

    simulator: Simulated
    first: Run


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Thrown away in the end: the last test need not bring back what it takes out."""
    directory = tmp_path_factory.mktemp("prod")
    with Simulated(directory / "journal.jsonl") as simulator:
        yield Production(simulator, play(simulator, inventory="prod", record=directory / "record.json").succeeded())


def test_production(production: Production, sandbox: Run) -> None:
    """What was really made."""
    differs_in_sizes_only(sandbox, production.first, "prod")


def test_production_stays_as_it_is(production: Production, record: Path) -> None:
    """Its second run changes nothing."""
    again = play(production.simulator, inventory="prod", record=record).succeeded()
    assert again.mutating == []
    assert again.changed == 0


def names(simulator: Simulated) -> Counter[str]:
    """What is in the account, by name. Scaling policies come and go with their groups and have no names of their own."""
    return Counter({line: count for line, count in contents(simulator).items() if "describe_policies" not in line})


def test_tier_that_is_taken_out(production: Production, record: Path) -> None:
    """It stays until somebody says that it goes; what is still used when its layer comes goes with the run after; then nothing is left."""
    account = production.simulator
    full = names(account)
    fewer = ["-e", json.dumps({"app_tier_enabled": False})]
    told = play(account, *fewer, inventory="prod", record=record).succeeded()
    undeclared = set(told.record["undeclared"])
    assert {entry.partition("/")[0] for entry in undeclared} >= {
        "autoscaling_groups", "cloudwatch_alarms", "ec2_launch_templates", "ec2_security_groups", "elbv2_load_balancers", "elbv2_target_groups",
        "iam_roles", "logs_groups", "route53_records", "ssm_parameters",
    }  # fmt: skip
    assert {change["action"] for change in told.changes} == {"update"}
    assert names(account) == full

    consent = [*fewer, "-e", json.dumps({"remove_undeclared": sorted(undeclared)})]
    most = play(account, *consent, inventory="prod", record=record).succeeded()
    removed, left = {f"{change['kind']}/{change['name']}" for change in most.changes if change["action"] == "remove"}, set(most.record["undeclared"])
    assert removed | left == undeclared
    assert {"ec2_security_groups/groundswell-prod-app", "elbv2_target_groups/groundswell-prod-app"} <= left
    said = " ".join(most.output.split())
    assert all(f"{entry.partition('/')[2]} is still in use" in said for entry in left)

    # Only the layers that had to leave something, for the sake of time; what is in the account is looked at as a whole.
    rest = play(account, *consent, "--tags", "network,load_balancers", inventory="prod", record=record).succeeded()
    assert rest.record["undeclared"] == {}
    assert {(f"{change['kind']}/{change['name']}", change["action"]) for change in rest.changes} == {(entry, "remove") for entry in left}
    gone = Counter(line.split(" ", 2)[2] for line in (full - names(account)).elements())
    listed = Counter(line.split(" ", 2)[2] for line in full.elements())
    assert gone == Counter(entry.partition("/")[2] for entry in undeclared) & listed
    assert names(account) <= full

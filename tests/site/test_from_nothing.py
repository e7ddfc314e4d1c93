# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that need an account of their own: plans of an empty one, interrupted runs, bad weather, all inventories, the way down."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from accounts import contents
from conftest import Site
from rollouts import ROOT, command, environment, play
from simulated import Simulated

SEED = int(os.environ.get("GROUNDSWELL_TEST_SEED") or random.SystemRandom().randrange(10**6))
DOMAIN = "sandbox.groundswell.example"


def test_check_of_an_empty_account(simulator: Simulated, record: Path) -> None:
    """Everything is foretold, nothing is touched."""
    run = play(simulator, "--check", record=record).succeeded()
    assert run.mutating == []
    foretold = {change["kind"] for change in run.changes}
    assert {"ec2_vpcs", "s3_buckets", "kms_keys", "elbv2_load_balancers", "autoscaling_groups", "cloudfront_distributions"} <= foretold


def test_check_foretells_what_a_run_makes(simulator: Simulated, site: Site, record: Path) -> None:
    """The plan of an empty account names what the rollout of another one made."""
    plan = play(simulator, "--check", record=record).succeeded()
    made = {line.split(" ", 2)[2] for line in site.contents}
    planned = {change["name"] for change in plan.changes if change["action"] == "create" and change["kind"].startswith(("ec2_", "rds_", "elbv2_"))}
    assert planned
    assert sorted(name for name in planned if name not in made and "flow" not in name and name not in {"groundswell-sandbox"}) == []


@pytest.mark.parametrize("point", range(3))
def test_killed_and_run_again(simulator: Simulated, site: Site, point: int) -> None:
    """A run that is killed after some change, whichever, is finished by the next one."""
    total = sum(call["mutating"] for call in site.simulator.calls()[: len(site.first.calls)])
    after = random.Random(SEED + point).randrange(1, total)
    print(f"seed {SEED}, killed after {after} of {total} mutating calls (GROUNDSWELL_TEST_SEED={SEED} repeats it)")
    process = subprocess.Popen(
        command("site.yml", "sandbox"),
        cwd=ROOT,
        env=environment(simulator),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while process.poll() is None and len(simulator.calls(mutating=True)) < after:
            time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    play(simulator).succeeded()
    assert contents(simulator) == site.contents
    assert play(simulator).succeeded().mutating == []


def test_throttled(start_simulator: Callable[..., Simulated], site: Site) -> None:
    """One call in five is sent away, and the run ends where it would have without."""
    simulator = start_simulator("--throttle", "0.2", "--seed", "7")
    play(simulator).succeeded()
    refused = [call for call in simulator.calls() if call["error"]]
    assert len(refused) > 50
    assert contents(simulator) == site.contents


# What there may be more of where an environment is bigger: ways out, replicas, and the alarms that watch them.
SIZED = {
    "ec2 describe_nat_gateways",
    "ec2 describe_addresses",
    "ec2 describe_route_tables",
    "ec2 describe_vpc_endpoints",
    "rds describe_db_instances",
    "rds describe_db_proxies",
    "iam list_roles",
    "cloudwatch describe_alarms",
    "autoscaling describe_policies",
    "logs describe_log_groups",
}


@pytest.mark.parametrize("inventory", ["dev", "staging", "prod"])
def test_inventories_differ_in_sizes_only(simulator: Simulated, site: Site, inventory: str) -> None:
    """Whatever the sandbox has, every environment has under its own name; more of it, never something else."""
    domain = yaml.safe_load((ROOT / "group_vars" / inventory / "account.yml").read_text())["domain_name"]

    def as_sandbox(name: str) -> str:
        name = re.sub(rf"(?<![\w.]){re.escape(domain)}", DOMAIN, name)
        return re.sub(rf"groundswell([-/]){inventory}\b", r"groundswell\1sandbox", name)

    play(simulator, inventory=inventory).succeeded()
    there = contents(simulator, rename=as_sandbox)
    assert sorted(set(site.contents) - set(there)) == []
    assert {" ".join(line.split(" ", 2)[:2]) for line in set(there) - set(site.contents)} <= SIZED
    assert play(simulator, inventory=inventory).succeeded().mutating == []


def test_domain_that_nobody_is_sent_to(simulator: Simulated, site: Site, record: Path) -> None:
    """All that needs no certificate is built, the name servers are told, and the next run goes on from there."""
    simulator.door("delegation", {"domain": DOMAIN, "delegated": False})
    first = play(simulator, record=record).succeeded()
    servers = simulator.client("route53", "us-east-1").get_hosted_zone(Id=simulator.client("route53", "us-east-1").list_hosted_zones()["HostedZones"][0]["Id"])[
        "DelegationSet"
    ]["NameServers"]
    said = " ".join(first.output.split())
    assert all(server in said for server in servers), first.output[-3000:]
    assert contents(simulator) != site.contents
    simulator.door("delegation", {"domain": DOMAIN, "delegated": True})
    play(simulator).succeeded()
    assert contents(simulator) == site.contents

# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that do not go straight through: killed, without a certificate. They end where an undisturbed one does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from accounts import contents
from rollouts import ROOT, command, environment, play
from simulated import Simulated
from sites import Site

SEED = int(os.environ.get("GROUNDSWELL_TEST_SEED") or random.SystemRandom().randrange(10**6))
KILLS = 3
DOMAIN = "sandbox.groundswell.example"


def kill_after(simulator: Simulated, mutating: int) -> None:
    """Start the rollout, and end it with all its children once that many calls have changed something."""
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
        while process.poll() is None and len(simulator.calls(mutating=True)) < mutating:
            time.sleep(0.2)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_killed_and_run_again(simulator: Simulated, site: Site) -> None:
    """Runs that are killed after some change, whichever, are finished by the next one."""
    total = sum(call["mutating"] for call in site.simulator.calls()[: len(site.first.calls)])
    points = sorted(random.Random(SEED).sample(range(1, total), KILLS))
    print(f"seed {SEED}, killed after {points} of {total} mutating calls (GROUNDSWELL_TEST_SEED={SEED} repeats it)")
    for point in points:
        kill_after(simulator, point)
    play(simulator).succeeded()
    assert contents(simulator) == site.contents


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

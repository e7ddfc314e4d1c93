# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that do not go straight through: killed, throttled, without a certificate. They end where an undisturbed one does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

from accounts import contents
from rollouts import ROOT, command, environment, play
from simulated import Simulated
from sites import DATA_CONSENT, DESTROY, Delegated

SEED = int(os.environ.get("GROUNDSWELL_TEST_SEED") or random.SystemRandom().randrange(10**6))
KILLS = 3
# The lock of a run that was just killed is given back a moment later; if it was killed in the moment that it took it, it expires.
WAIT = ("-e", "run_lock_wait=60")
BRIEF = ("-e", "run_lock_seconds=20")


def kill_after(simulator: Simulated, mutating: int) -> None:
    """Start the rollout, and end it with all its children once that many calls have changed something."""
    process = subprocess.Popen(
        command("site.yml", "sandbox", *WAIT, *BRIEF),
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


def test_domain_that_nobody_is_sent_to(delegated: Delegated) -> None:
    """All that needs no certificate is built, the name servers are told, and the next run goes on from there."""
    said = " ".join(delegated.first.output.split())
    assert all(server in said for server in delegated.servers), delegated.first.output[-3000:]
    assert delegated.before != delegated.contents


def test_killed_and_run_again(delegated: Delegated) -> None:
    """Runs that are killed after some change, whichever, are finished by the next one, though one call in five is sent away.

    In an account from which a site of the same name was taken down; what comes is what two runs had made, the first without the domain.
    """
    simulator = delegated.simulator
    if contents(simulator) == delegated.contents:  # nobody has taken it down yet
        play(simulator, *DATA_CONSENT, playbook=DESTROY).succeeded()
    before = len(simulator.calls(mutating=True))
    total = len(delegated.first.mutating)
    points = sorted(random.Random(SEED).sample(range(1, total), KILLS))
    print(f"seed {SEED}, killed after {points} of {total} mutating calls (GROUNDSWELL_TEST_SEED={SEED} repeats it)")
    for point in points:
        kill_after(simulator, before + point)
    simulator.door("faults", {"throttle": 0.2, "error": 0})
    throttled = play(simulator, *WAIT).succeeded()
    simulator.door("faults", {"throttle": 0, "error": 0})
    assert len([call for call in throttled.calls if call["error"]]) > 50
    assert contents(simulator) == delegated.contents

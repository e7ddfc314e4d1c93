# SPDX-License-Identifier: GPL-3.0-or-later
"""A warm interpreter of the test's own, and playbooks run with it or without."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warm import INVENTORY, PLAY, ROOT, Outcome, Warm


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """Children can be interrupted, also where these tests run in the background of a shell, which has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def warm(tmp_path: Path) -> Iterator[Warm]:
    # Not below tmp_path: the path of a socket may have 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="warm-", dir="/tmp"))
    venv = tmp_path / "environment"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    subprocess.run([ROOT / "warm_interpreter" / "install", venv], check=True)
    launcher = venv / "bin" / "warm-python"
    # The tests' own virtual environment, whichever lane that is.
    launcher.write_text(launcher.read_text().replace(str(venv / "bin" / "python"), sys.executable))
    one = Warm(launcher, directory)
    yield one
    for server in one.servers():
        os.kill(server, signal.SIGKILL)
    shutil.rmtree(directory)


@pytest.fixture
def play(warm: Warm, tmp_path: Path) -> Callable[..., Outcome]:
    """Run a playbook of play/ with the warm or the plain interpreter; returns its results by play, task and host."""

    def run(name: str, interpreter: Path | str, pipelining: bool = True, **more: str) -> Outcome:
        inventory = tmp_path / "hosts"
        inventory.write_text(INVENTORY)
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        variables = {"ansible_python_interpreter": str(interpreter), "ansible_pipelining": pipelining, "scratch": str(scratch)}
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, "-e", json.dumps(variables), PLAY / name]
        environment = warm.environment(ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", ANSIBLE_HOME=str(tmp_path / "home"), **more)
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
        start = done.stdout.find("{\n")
        assert start >= 0, done.stdout + done.stderr
        return Outcome(done.returncode, json.loads(done.stdout[start:]), done.stderr)

    return run

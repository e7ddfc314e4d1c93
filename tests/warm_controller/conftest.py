# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays in a folder of their own, with nothing kept from before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rollouts import BIN, ROOT, environment

PASSWORD = "open sesame"


@pytest.fixture
def ansible(tmp_path: Path) -> Callable[..., str]:
    """Run one of Ansible's commands in the folder; returns what it said. What is kept is in `kept`."""
    (tmp_path / "password").write_text(PASSWORD)

    def run(program: str, *arguments: str, stdin: str = "") -> str:
        own = environment(
            None,
            ANSIBLE_COLLECTIONS_PATH=f"{tmp_path / 'collections'}{os.pathsep}{ROOT / 'collections'}",
            ANSIBLE_CALLBACKS_ENABLED="groundswell.aws.warm_controller",
            ANSIBLE_HOME=str(tmp_path / "home"),
            ANSIBLE_VAULT_PASSWORD_FILE=str(tmp_path / "password"),
            WARM_CONTROLLER_DIRECTORY=str(tmp_path / "kept"),
        )
        done = subprocess.run([str(BIN / program), *arguments], cwd=tmp_path, env=own, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def play(ansible: Callable[..., str], tmp_path: Path) -> Callable[[str], list[str]]:
    """Run tasks on this machine; returns the lines that say something."""

    def run(text: str) -> list[str]:
        (tmp_path / "play.yml").write_text(text)
        said = ansible("ansible-playbook", "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}", "play.yml")
        return [line.partition("it says ")[2].rstrip('"') for line in said.splitlines() if "it says " in line]

    return run

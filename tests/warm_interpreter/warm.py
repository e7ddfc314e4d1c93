# SPDX-License-Identifier: GPL-3.0-or-later
"""The warm interpreter as tests use it: a launcher, the directory of its sockets, and what can be known about its servers."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLAY = Path(__file__).parent / "play"
INVENTORY = "".join(f"cell{number} ansible_connection=local\n" for number in range(1, 5))


@dataclass
class Warm:
    """The launcher under test and where its sockets are."""

    launcher: Path
    directory: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON", "PYTEST_"))}
        return kept | {
            "ANSIBLE_CONFIG": str(PLAY / "ansible.cfg"),
            "LC_ALL": "C.UTF-8",
            "WARM_INTERPRETER_DIRECTORY": str(self.directory),
            "WARM_INTERPRETER_LINGER": "1",
            **more,
        }

    def run(self, script: str, *, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Hand a script to the launcher as Ansible does."""
        done = subprocess.run([self.launcher], input=script, capture_output=True, text=True, env=self.environment(**more), timeout=60)
        assert not check or done.returncode == 0, done.stderr
        return done

    def servers(self) -> list[int]:
        """Process ids of the servers of this directory."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if len(words) > 3 and words[3].endswith(b"/server.py") and words[4].startswith(os.fsencode(self.directory)):
                found.append(int(process.name))
        return sorted(found)

    def server(self) -> int:
        (one,) = self.servers()
        return one

    def counts(self) -> Counter[str]:
        """How the tasks so far were run."""
        return Counter(line for file in self.directory.glob("*.count") for line in file.read_text().splitlines())

    def forget_counts(self) -> None:
        for file in self.directory.glob("*.count"):
            file.unlink()


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait until the condition holds; False if it does not within the time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@dataclass
class Outcome:
    code: int
    results: dict[str, Any]
    errors: str

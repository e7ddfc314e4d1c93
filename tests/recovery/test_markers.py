# SPDX-License-Identifier: GPL-3.0-or-later
"""What the markers in a database say of writes that were acknowledged: which are lost, and from what time on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rollouts import ROOT

FILES = ROOT / "roles/recovery/files"
sys.path.append(str(FILES))

from markers import survival  # noqa: E402


def written(answers: str) -> list[dict[str, Any]]:
    """Markers a second apart, by the region that acknowledged each, - for none."""
    return [{"id": number, "at": 1000.0 + number, "region": None if by == "-" else by} for number, by in enumerate(answers)]


@pytest.mark.parametrize(
    ("answers", "survived", "lost", "seconds", "gaps", "unacknowledged"),
    [
        ("aaa---bbb", {0, 1, 2, 6, 7, 8}, 0, 0.0, [], 0),
        ("aaaaa--bb", {0, 1, 2, 7, 8}, 2, 2.0, [], 0),
        # Whoever takes over acknowledges its own, which say nothing of what was there before.
        ("aaaaabbbb", {0, 5, 6, 7, 8}, 4, 4.0, [], 0),
        # Committed, but the answer was lost with the region.
        ("aaa---bbb", {0, 1, 2, 3, 6, 7, 8}, 0, 0.0, [], 1),
        ("aaaaa--bb", {0, 2, 3, 7, 8}, 2, 1.0, [1], 0),
        ("aaa---bbb", {6, 7, 8}, 3, None, [], 0),
        ("------bbb", {6, 7, 8}, 0, 0.0, [], 0),
        ("", set(), 0, 0.0, [], 0),
    ],
)
def test_survival(answers: str, survived: set[int], lost: int, seconds: float | None, gaps: list[int], unacknowledged: int) -> None:
    # Lines are written in the order of their answers.
    found = survival(written(answers)[::-1], survived, "a")
    assert (found["acknowledged"], found["lost"]) == (answers.count("a"), lost)
    assert (found["seconds"], found["gaps"], found["unacknowledged"]) == (seconds, gaps, unacknowledged)


def test_only_what_a_region_has_acknowledged_counts(tmp_path: Path) -> None:
    """A command that fails, or names no region, has written nothing; one that hangs keeps no other waiting."""
    command = "case $(($1 % 4)) in 0) echo a;; 1) echo a; exit 1;; 2) ;; 3) exec sleep 60;; esac"
    runbook = subprocess.Popen(["sleep", "60"])
    arguments = [tmp_path, runbook.pid, 0.05, "sh", "-euc", command, "sh"]
    writer = subprocess.Popen([sys.executable, "-B", str(FILES / "markers.py"), *map(str, arguments)])
    lines = tmp_path / "markers.jsonl"
    until = time.monotonic() + 20
    while time.monotonic() < until and not (lines.exists() and '"id": 12' in lines.read_text()):
        time.sleep(0.05)
    runbook.kill()
    runbook.wait()
    assert writer.wait(timeout=20) == 0
    found = {one["id"]: one["region"] for one in map(json.loads, lines.read_text().splitlines())}
    assert sorted(found) == list(range(1, len(found) + 1))
    assert len(found) >= 12
    assert all(region == ("a" if number % 4 == 0 else None) for number, region in found.items())

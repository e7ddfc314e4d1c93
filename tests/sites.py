# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolled-out sites. A rollout takes a minute, so the tests of a directory share one account, and bring back what they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from accounts import contents
from rollouts import Run, play
from simulated import Simulated


@dataclass
class Site:
    """A rolled-out sandbox.

    :param first: the run that made it.
    :param contents: what was in the account then.
    """

    simulator: Simulated
    first: Run
    contents: dict[str, int]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shared account. A test that changes it brings it back."""
    directory = tmp_path_factory.mktemp("site")
    with Simulated(directory / "journal.jsonl") as simulator:
        first = play(simulator, "-vvv", record=directory / "first.json").succeeded()
        yield Site(simulator, first, contents(simulator))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Where a run leaves its record."""
    return tmp_path / "record.json"

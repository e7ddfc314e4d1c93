# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: a simulator on a port of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from simulated import Simulated


@pytest.fixture(scope="session")
def _shared_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with Simulated(tmp_path_factory.mktemp("simulator") / "journal.jsonl") as running:
        yield running


@pytest.fixture
def simulator(_shared_simulator: Simulated) -> Simulated:
    """A simulator with an empty account: one process for the whole session, reset before each test."""
    _shared_simulator.reset()
    return _shared_simulator


@pytest.fixture
def start_simulator(tmp_path: Path) -> Iterator[Callable[..., Simulated]]:
    """Start a simulator with options of its own: start_simulator("--throttle", "0.2")."""
    started: list[Simulated] = []

    def start(*options: str) -> Simulated:
        started.append(Simulated(tmp_path / f"journal-{len(started)}.jsonl", *options).start())
        return started[-1]

    yield start
    for running in started:
        running.stop()

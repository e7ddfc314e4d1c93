# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share: simulators on ports of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from simulated import Simulated


@pytest.fixture(scope="session")
def _simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Simulated]]:
    """One process per set of options for the whole session."""
    running: dict[tuple[str, ...], Simulated] = {}

    def of(*options: str) -> Simulated:
        if options not in running:
            running[options] = Simulated(tmp_path_factory.mktemp("simulator") / "journal.jsonl", *options).start()
        running[options].reset()
        return running[options]

    yield of
    for simulator in running.values():
        simulator.stop()


@pytest.fixture
def simulator(_simulators: Callable[..., Simulated]) -> Simulated:
    """A simulator with an empty account."""
    return _simulators()


@pytest.fixture
def start_simulator(_simulators: Callable[..., Simulated]) -> Callable[..., Simulated]:
    """A simulator with options, and an empty account: start_simulator("--throttle", "0.2")."""
    return _simulators

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

DOMAIN = "sandbox.groundswell.example"
DESTROY = "playbooks/destroy.yml"
CONSENT = ["-e", "destroy_consent=sandbox"]
DATA_CONSENT = [*CONSENT, "-e", "destroy_data_consent=sandbox", "-e", "destroy_baseline_consent=sandbox"]


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


@dataclass
class Delegated:
    """A sandbox whose domain was delegated to it only after its first run.

    :param first: the run that found nobody sent to its zone.
    :param servers: the name servers of that zone.
    :param before: what was in the account then.
    :param contents: what was there after the second run.
    """

    simulator: Simulated
    first: Run
    servers: list[str]
    before: dict[str, int]
    contents: dict[str, int]


@pytest.fixture(scope="session")
def delegated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delegated]:
    """For tests of how it came to be, of its way down, and of what then comes in its place, in this order."""
    with Simulated(tmp_path_factory.mktemp("delegated") / "journal.jsonl") as simulator:
        simulator.door("delegation", {"domain": DOMAIN, "delegated": False})
        first = play(simulator).succeeded()
        before = contents(simulator)
        route53 = simulator.client("route53", "us-east-1")
        (zone,) = route53.list_hosted_zones()["HostedZones"]
        servers = route53.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
        simulator.door("delegation", {"domain": DOMAIN, "delegated": True})
        play(simulator).succeeded()
        yield Delegated(simulator, first, servers, before, contents(simulator))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Where a run leaves its record."""
    return tmp_path / "record.json"

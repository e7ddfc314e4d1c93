# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that deployers make, in an account that allows them what their policies say and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployers import rolled_out
from rollouts import play
from simulated import Simulated

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """An administrator has made the deployers, and they the site."""
    directory = tmp_path_factory.mktemp("enforced")
    with Simulated(directory / "journal.jsonl", "--enforce-iam") as simulator:
        rolled_out(simulator, directory)
        yield simulator


def test_who_plans_changes_nothing(account: Simulated, tmp_path: Path) -> None:
    """And sees that there is nothing to do."""
    run = play(account, "--check", record=tmp_path / "record.json").succeeded()
    assert (run.mutating, run.changes) == ([], [])
    assert {call["principal"] for call in run.calls} == {"arn:aws:sts::123456789012:assumed-role/groundswell-sandbox-deployer-plan/run"}


def test_what_is_missing_is_named(account: Simulated) -> None:
    """The action, the resource, and the file that would give it: whoever plans cannot make a subnet."""
    fewer = ["-e", '{"network_gateway_endpoints": ["s3"], "remove_undeclared": ["ec2_vpc_endpoints/groundswell-sandbox-dynamodb"]}']
    plan = account.credentials("site.yml", "--check")
    run = play(account, *fewer, playbook="playbooks/network.yml", **plan)
    said = " ".join(run.output.split())
    assert run.code != 0
    assert "Missing: " in said and "roles/deployer/templates/" in said

# SPDX-License-Identifier: GPL-3.0-or-later
"""A person comes and leaves by the playbooks, with an account that asks who may do what."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any

import pytest
from rollouts import ROOT, Run, play
from simulated import Simulated

NAME = "example.person"
WHO = ["-e", f"person={NAME}"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """As much of the sandbox's jobs as a person needs."""
    with Simulated(tmp_path_factory.mktemp("people") / "journal.jsonl", "--enforce-iam") as simulator:
        for job in ("web", "developer"):
            root(simulator).create_group(GroupName=f"groundswell-sandbox-job-{job}", Path="/groundswell/sandbox/access/")
        yield simulator


def root(simulator: Simulated) -> Any:
    return simulator.client("iam", access_key="ROOT")


def run(simulator: Simulated, playbook: str, *arguments: str) -> Run:
    return play(simulator, *arguments, playbook=f"playbooks/{playbook}.yml", AWS_ACCESS_KEY_ID="ROOT")


def words(run: Run) -> str:
    return " ".join(run.output.split())


def test_a_person_comes_and_leaves(account: Simulated) -> None:
    iam = root(account)
    wrong = run(account, "onboard", "-e", "person=Example", "-e", "jobs=wbe,web")
    assert wrong.code != 0 and wrong.mutating == []
    assert "there is no job wbe; there are network, web, app" in words(wrong) and "person is 'Example'" in words(wrong)

    file = ROOT / "build" / "people" / f"sandbox-{NAME}"
    came = run(account, "onboard", *WHO, "-e", "person_contact=example.person@example.org", "-e", "jobs=web,developer").succeeded()
    try:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text().strip() not in came.output + account.journal.read_text()
    finally:
        file.unlink()
    assert f"source_profile = {NAME}" in came.output and "role/groundswell-sandbox-job-developer" in came.output
    assert sorted(group["GroupName"] for group in iam.list_groups_for_user(UserName=NAME)["Groups"]) == [
        "groundswell-sandbox-job-developer",
        "groundswell-sandbox-job-web",
    ]
    ours = [{"Key": "Project", "Value": "groundswell"}, {"Key": "Environment", "Value": "sandbox"}]
    secrets = account.client("secretsmanager", "ap-southeast-1", access_key="ROOT")
    secrets.create_secret(Name="groundswell-sandbox-cache_auth", SecretString="canary-4711", Tags=ours)
    review = run(account, "access_review", "-e", "rotate_max_age_days=-1").succeeded()
    assert f"{NAME} developer,web 0 0 no second factor" in words(review) and review.mutating == []
    assert "groundswell-sandbox-cache_auth: 0 days, older than -1: playbooks/rotate_secrets.yml" in words(review)
    assert "canary-4711" not in review.output
    left = run(account, "offboard", *WHO, "-e", f"offboard_consent={NAME}").succeeded()
    assert f"{NAME} has no access to account 123456789012 any more" in words(left)
    assert NAME not in [user["UserName"] for user in iam.list_users()["Users"]]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows of docs/ci: what they may do, and that what they call is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / "docs" / "ci" / "github").glob("*.yml"))
# Which of them comes with which role: its own, or, where it is not among those of ci_access, a deployer's (docs/deployer.md).
DEPLOYERS = {"rollout"}
ROLES = yaml.safe_load((ROOT / "roles" / "ci_access" / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"stem": request.param.stem, "text": request.param.read_text(), **yaml.load(request.param.read_text(), yaml.BaseLoader)}


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_each_role_has_its_workflow() -> None:
    """And nothing runs for this project itself."""
    assert {path.stem for path in WORKFLOWS} == {*ROLES["ci_access_workflows"]["choices"], *DEPLOYERS}
    assert not (ROOT / ".github" / "workflows").exists()


def test_actions_are_pinned(workflow: dict[str, Any]) -> None:
    """By commit, and people can read which version that is."""
    used = re.findall(r"uses: (.*)", workflow["text"])
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_permissions(workflow: dict[str, Any]) -> None:
    """None but those that a job needs; a token is asked for where a role is assumed and nowhere else; nothing is a stored key."""
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assumed = [step["with"]["role-to-assume"] for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]
        assert job["permissions"] == {"contents": "read", **({"id-token": "write"} if assumed else {})}
        of = "-deployer-${{ env.DEPLOYER }}" if workflow["stem"] in DEPLOYERS else f"-ci-{workflow['stem']}"
        assert [role for role in assumed if not role.endswith(of)] == []
        assert int(job["timeout-minutes"]) <= 240
    assert "secrets." not in workflow["text"]
    assert [step["with"] for step in steps(workflow) if "actions/checkout@" in step.get("uses", "")] == [{"persist-credentials": "false"}] * len(
        workflow["jobs"]
    )


def test_one_at_a_time(workflow: dict[str, Any]) -> None:
    """Only what changes nothing is cut off."""
    assert workflow["concurrency"]["cancel-in-progress"] == str(workflow["stem"] == "check").lower()


def test_approval(workflow: dict[str, Any]) -> None:
    """What reaches an environment's servers or pointers waits for its reviewers."""
    environments = [job.get("environment") for job in workflow["jobs"].values()]
    asked = ["${{ inputs.environment }}"]
    assert environments == {"promote": ["${{ inputs.to }}"], "deploy": asked, "rollout": asked}.get(workflow["stem"], [None] * len(environments))


def test_nothing_is_pasted_into_scripts(workflow: dict[str, Any]) -> None:
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_what_is_called_is_there(workflow: dict[str, Any]) -> None:
    scripts = "\n".join(step.get("run", "") for step in steps(workflow))
    called = {path.replace("$PLAYBOOK", name) for path in re.findall(r"ansible-playbook \"?([\w/$.]+)\"?", scripts) for name in ("deploy", "rollback")}
    triggers = workflow["on"]
    watched = {path.removesuffix("/**") for path in triggers.get("push", {}).get("paths", [])} if isinstance(triggers, dict) else set()
    offered = {f"inventories/{name}" for name in re.findall(r"\b(?:dev|staging|prod|sandbox)\b", str(triggers) + str(workflow["jobs"]))}
    assert [path for path in called | watched | offered if not (ROOT / path).exists()] == []
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [target for target in re.findall(r"^make (\w+)", scripts, re.MULTILINE) if target not in targets] == []

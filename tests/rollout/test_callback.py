# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says, and what it keeps to itself."""

from __future__ import annotations

import json
from pathlib import Path

from rollouts import Run, play

TALK = "tests/rollout/talk.yml"
SERVED = {"talk_domain": {"delegated": True, "name_servers": []}, "talk_certificates": {"issued": True}, "talk_fail": False, "talk_fail_hidden": False}


def talk(tmp_path: Path, *arguments: str, **variables: object) -> Run:
    """Run the play with these variables."""
    return play(None, "-e", json.dumps({**SERVED, **variables}), *arguments, playbook=TALK, record=tmp_path / "record.json")


def test_one_line_a_layer(tmp_path: Path) -> None:
    """No banners, no recap; what a task has to say is said."""
    run = talk(tmp_path).succeeded()
    assert "PLAY [" not in run.output
    assert "TASK [" not in run.output
    assert "a word to the reader" in run.output
    assert "a word about web\n  a word about app\n" in run.output
    assert "nobody" not in run.output
    assert "All items completed" not in run.output
    assert run.output.rstrip().splitlines()[-1].startswith("changed=0 failed=0 in ")


def test_verbose_is_the_default_callback(tmp_path: Path) -> None:
    """Who asks for more gets what Ansible always prints; the record is written all the same."""
    run = talk(tmp_path, "-v").succeeded()
    assert "PLAY [Talking]" in run.output
    assert "PLAY RECAP" in run.output
    assert [layer["name"] for layer in run.record["layers"]] == ["Talking", "Summing up", "Failing"]


def test_failure_comes_with_a_hint(tmp_path: Path) -> None:
    """What, where, what to do."""
    run = talk(tmp_path, talk_fail=True)
    assert run.code != 0
    said = " ".join(run.output.split())
    assert "FAILED Failing, localhost: Fail with words that have a hint" in said
    assert "VPC dev exists and is not ours" in said
    assert "What to do: Choose another project_name" in said
    assert "talk.yml:" in said
    assert run.record["layers"][-1]["failures"][0]["message"].startswith("VPC dev exists")


def test_what_is_hidden_stays_hidden(tmp_path: Path) -> None:
    """Results of no_log tasks are neither printed nor kept, not even when they fail."""
    run = talk(tmp_path, talk_fail_hidden=True)
    assert run.code != 0
    assert "canary-in-a-hidden-failure" not in run.output + json.dumps(run.record)
    assert "canary-in-a-hidden-task" not in run.output + json.dumps(run.record)


def test_summary_of_a_site(tmp_path: Path) -> None:
    """Addresses that exist, and nothing else."""
    run = talk(tmp_path).succeeded()
    assert run.record["summary"]["Addresses"] == {"Site": "https://dev.example.org/", "Database, writing": "db.internal"}
    assert "https://dev.example.org/" in run.output


def test_summary_without_delegation(tmp_path: Path) -> None:
    """The name servers to set, instead of an address that answers nobody."""
    domain = {"delegated": False, "name_servers": ["ns-1.example.net", "ns-2.example.net"]}
    run = talk(tmp_path, talk_domain=domain, talk_certificates={"issued": False}).succeeded()
    assert "Site" not in run.record["summary"]["Addresses"]
    assert "ns-1.example.net, ns-2.example.net" in run.record["summary"]["What to do next"][0]


def test_summary_is_silent_in_check_mode(tmp_path: Path) -> None:
    """Nothing is there yet."""
    assert talk(tmp_path, "--check").succeeded().record["summary"] == {}

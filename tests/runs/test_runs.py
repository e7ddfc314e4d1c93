# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time works on an environment, and each leaves a record, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rollouts import ROOT, Run, command, environment, play
from simulated import Simulated

WORK = "tests/runs/work.yml"
BUCKET = "groundswell-sandbox-123456789012-us-east-1-runs"
CANARY = "canary-that-nobody-may-see"
PATIENCE = 60  # seconds, for a machine that has other things to do


@pytest.fixture
def s3(simulator: Simulated) -> Any:
    """The other door."""
    return simulator.client("s3", "us-east-1")


def lock(s3: Any) -> dict[str, Any] | None:
    """What the lock says."""
    try:
        return dict(json.loads(s3.get_object(Bucket=BUCKET, Key="lock.json")["Body"].read()))
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket"), error
        return None


def records(s3: Any) -> list[dict[str, Any]]:
    """All of them, the oldest first."""
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix="runs/").get("Contents", [])]
    return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in sorted(keys)]


def somebodys(s3: Any, seconds: int = 900) -> dict[str, Any]:
    """The lock of a run on a machine that is gone."""
    held = {"run": "20260504T030217Z-3f9a2c", "playbook": "site", "who": "arn:aws:sts::123456789012:assumed-role/deployer/example.person", "host": "laptop"}
    held |= {"since": "2026-05-04T03:02:17Z", "seconds": seconds}
    if not s3.list_buckets()["Buckets"]:
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="lock.json", Body=json.dumps(held).encode())
    return held


def until(condition: Callable[[], Any]) -> Any:
    """What the condition becomes."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)
    return found


@contextmanager
def working(simulator: Simulated, tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run that goes on until the file `enough` is there."""
    variables = json.dumps({"work_until": str(tmp_path / "enough")})
    process = subprocess.Popen(
        command(WORK, "sandbox", "-e", variables, *arguments),
        cwd=ROOT,
        env=environment(simulator, CANARY=CANARY),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def said(run: Run) -> str:
    return " ".join(run.output.split())


def test_one_at_a_time(simulator: Simulated, s3: Any, tmp_path: Path) -> None:
    """The second one is told who is at work and what to do; a look is let in and warned; the first one's record says all but secrets."""
    with working(simulator, tmp_path, "-e", "talk_unknown=canary-of-nobody", "-e", "run_lock_wait=7") as first:
        held = until(lambda: lock(s3))
        assert held["playbook"] == "work" and held["who"].endswith("123456789012:user/moto")
        second = play(simulator, playbook=WORK)
        assert second.code != 0
        assert f"sandbox is being changed by run {held['run']} (work" in said(second)
        assert f"-e unlock_consent={held['run']}" in said(second)
        look = play(simulator, "--check", playbook=WORK).succeeded()
        assert f"is being changed by run {held['run']}" in said(look)
        assert look.mutating == []
        (tmp_path / "enough").touch()
        output, _ = first.communicate(timeout=PATIENCE)
        assert first.returncode == 0, output
    assert lock(s3) is None
    (record,) = records(s3)
    assert (record["run"], record["result"], record["who"]) == (held["run"], "changed", held["who"])
    assert [change["name"] for layer in record["layers"] for change in layer["changes"]][-2:] == ["Change something", "Know something secret"]
    assert record["variables"]["run_lock_wait"] == "7"
    assert record["commit"]
    assert "canary" not in json.dumps(record)


def test_killed(simulator: Simulated, s3: Any, tmp_path: Path) -> None:
    """Whoever kept the lock beside the run gives it back at once, and writes down how far it came."""
    with working(simulator, tmp_path) as run:
        # Told when the next layer begins.
        assert run.stdout and any(line.startswith("Lock ") for line in run.stdout)
        assert lock(s3)
        os.killpg(run.pid, signal.SIGKILL)
        until(lambda: lock(s3) is None)
    (record,) = records(s3)
    assert record["result"] == "ended early"


def test_taken_over(simulator: Simulated, s3: Any, tmp_path: Path) -> None:
    """By a consent that names the run, or when it has expired. The run that had it stops before its next task."""
    held = somebodys(s3)
    wrong = play(simulator, "-e", "unlock_consent=20260504T030217Z-000000", playbook="playbooks/unlock.yml")
    assert wrong.code != 0
    assert lock(s3) == held
    unlocked = play(simulator, "-e", f"unlock_consent={held['run']}", playbook="playbooks/unlock.yml").succeeded()
    assert f"the lock of run {held['run']}" in said(unlocked)
    assert lock(s3) is None
    somebodys(s3, seconds=0)
    play(simulator, playbook=WORK, CANARY=CANARY).succeeded()
    consented, expired = records(s3)
    assert [one["lock"]["why"] for one in (consented, expired)] == ["was given up by consent", "had expired"]
    with working(simulator, tmp_path, "-e", "run_lock_seconds=5", "-e", "work_in_one=false") as run:
        until(lambda: (lock(s3) or {}).get("doing") == "Go on")
        held = somebodys(s3)
        output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    assert "was taken over by run 20260504T030217Z-3f9a2c" in " ".join(output.split())
    record = until(lambda: records(s3)[2:])[0]
    assert record["result"] == "lost the lock"
    assert lock(s3) == held


def test_history(simulator: Simulated, s3: Any, tmp_path: Path) -> None:
    """Failed runs too, in a table and in full; nothing of what is hidden."""
    play(simulator, "-e", "work_fails=true", playbook=WORK, CANARY=CANARY)
    play(simulator, playbook=WORK, CANARY=CANARY).succeeded()
    failed, fine = records(s3)
    assert (failed["result"], fine["result"]) == ("failed", "changed")
    before = len(simulator.calls(mutating=True))
    told = play(simulator, playbook="playbooks/history.yml", inventory="sandbox").succeeded()
    assert told.output.index(fine["run"]) < told.output.index(failed["run"])
    assert "failed at: Know something secret" in told.output
    whole = play(simulator, "-e", f"history_run={failed['run']}", playbook="playbooks/history.yml").succeeded()
    assert "Change something, sandbox-global" in whole.output
    assert len(simulator.calls(mutating=True)) == before
    assert CANARY not in json.dumps(records(s3)) + told.output + whole.output + (ROOT / "build/runs/sandbox.html").read_text()


def test_lost_region(simulator: Simulated, s3: Any, tmp_path: Path) -> None:
    """A run that may go on without the lock says so, and keeps its record here."""
    simulator.door("outage", {"regions": ["us-east-1"]})
    try:
        refused = play(simulator, playbook=WORK, CANARY=CANARY)
        assert refused.code != 0 and "run_lock_passed_consent=sandbox" in said(refused)
        passed = play(simulator, "-e", "run_lock_passed_consent=sandbox", "-e", f"run_directory={tmp_path}", playbook=WORK, CANARY=CANARY).succeeded()
    finally:
        simulator.door("outage", {"regions": []})
    assert "goes on without the lock of sandbox" in said(passed)
    (kept,) = tmp_path.glob("*.json")
    record = json.loads(kept.read_text())
    assert record["result"] == "changed" and "does not answer" in record["lock"]["without"]

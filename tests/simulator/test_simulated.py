# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/simulated, as people and scenarios use it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from simulated import Simulated, ended

ROOT = Path(__file__).resolve().parents[2]
# Fails where the journal has more than the calls of this simulator, which nobody has called.
LOOK = "import os, pathlib, sys; sys.exit(bool(pathlib.Path(os.environ['SIMULATOR_JOURNAL']).read_text()))"

CALL = 'import boto3; boto3.client("s3", "us-east-1").create_bucket(Bucket="of-the-copy")'


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, which always finds the same port."""
    loader = importlib.machinery.SourceFileLoader("simulated_tool", str(ROOT / "tools" / "simulated"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    port = module.free_port()
    monkeypatch.setattr(module, "free_port", lambda: port)
    monkeypatch.setattr(module.signal, "signal", lambda *_: None)  # they are pytest's here
    return module


def test_a_port_that_another_had_before(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was called there then is not what was called now."""
    monkeypatch.delenv("SIMULATOR_JOURNAL", raising=False)
    journal = ROOT / "build" / "simulated" / f"{tool.free_port()}.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text('{"mutating": true}\n')
    assert tool.main([sys.executable, "-c", LOOK]) == 0


def test_a_journal_that_somebody_keeps(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It goes on where it was."""
    monkeypatch.setenv("SIMULATOR_JOURNAL", str(tmp_path / "kept.jsonl"))
    (tmp_path / "kept.jsonl").write_text('{"mutating": true}\n')
    assert tool.main([sys.executable, "-c", LOOK]) == 1


def test_a_copy_of_one_that_runs(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, simulator: Simulated, tmp_path: Path) -> None:
    """Nobody starts one; what happens in the copy stays there, and it ends with the command. With options of its own there is none to copy."""
    monkeypatch.setenv("SIMULATOR_ORIGIN", simulator.endpoint)
    monkeypatch.setenv("SIMULATOR_JOURNAL", str(tmp_path / "copy.jsonl"))
    monkeypatch.setattr(tool, "started", lambda *_: pytest.fail("one was started"))
    where = tmp_path / "endpoint"
    assert tool.main(["sh", "-c", f"printf %s $AWS_ENDPOINT_URL > {where}; {sys.executable} -c '{CALL}'"]) == 0
    assert where.read_text() not in ("", simulator.endpoint)
    assert '"CreateBucket"' in (tmp_path / "copy.jsonl").read_text()
    assert simulator.client("s3", "us-east-1").list_buckets()["Buckets"] == []
    assert ended(where.read_text())
    monkeypatch.setenv("SIMULATOR_OPTIONS", "--seed 1")
    with pytest.raises(pytest.fail.Exception, match="one was started"):
        tool.main(["true"])

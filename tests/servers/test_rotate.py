# SPDX-License-Identifier: GPL-3.0-or-later
"""A server fetches exchanged secrets, and says in words whether it has them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from simulated import Simulated

FILES = Path(__file__).parents[2] / "roles" / "server_agent" / "files"
OLD, NEW = "old!canary-4711-old!canary-4711", "newcanary4711newcanary4711"


@pytest.fixture
def server(tmp_path: Path, simulator: Simulated, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server with its program and its settings."""
    shutil.copy(FILES / "instance.py", tmp_path / "groundswell-instance")
    loader = importlib.machinery.SourceFileLoader("groundswell_rotate", str(FILES / "rotate.py"))
    program = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(program)
    program.SETTINGS, program.SECRETS, program.INSTANCE = tmp_path / "settings", tmp_path / "secrets", tmp_path / "groundswell-instance"
    program.REFRESH = [sys.executable, "-c", "pass"]
    arn = simulator.client("secretsmanager").create_secret(Name="acme-dev-database-application", SecretString=NEW)["ARN"]
    program.SETTINGS.write_text(json.dumps({"database_secret_arn": arn, "database_port": "3306"}))
    for name, value in (("AWS_ENDPOINT_URL", simulator.endpoint), ("AWS_ACCESS_KEY_ID", "made-up"), ("AWS_SECRET_ACCESS_KEY", "made-up")):
        monkeypatch.setenv(name, value)
    return program


@pytest.mark.parametrize(("held", "code", "words"), [(OLD, 1, "another database than Secrets Manager"), (NEW, 0, "has the current secrets")])
def test_whether_it_has_them(server: Any, held: str, code: int, words: str, capsys: Any) -> None:
    server.SECRETS.write_text(json.dumps({"database": held}))
    assert server.main(["refresh"]) == code
    captured = capsys.readouterr()
    assert words in captured.out + captured.err
    assert not [one for one in (OLD, NEW) if one in captured.out + captured.err]


def test_what_cannot_be_fetched(server: Any, capsys: Any) -> None:
    server.REFRESH = [sys.executable, "-c", "raise SystemExit('no way out')"]
    assert server.main(["refresh"]) == 1
    assert "the secrets could not be fetched: no way out" in capsys.readouterr().err
    assert server.main(["accept"]) == 2

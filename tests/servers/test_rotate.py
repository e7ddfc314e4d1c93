# SPDX-License-Identifier: GPL-3.0-or-later
"""A server exchanges the database's password: what it says to the database, and what it does not say to anybody. MySQL is played here."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from simulated import Simulated

FILES = Path(__file__).parents[2] / "roles" / "server_agent" / "files"
OLD, NEW = "old!canary-4711-old!canary-4711", "newcanary4711newcanary4711"
# As MySQL does it: a user has one password or two, and whoever comes with either is let in.
MYSQL = """#!{python}
import json, os, pathlib, re, sys
state = pathlib.Path({state!r})
known = json.loads(state.read_text())
text = sys.stdin.read()
with open(str(state) + ".seen", "a") as seen:
    print(json.dumps([sys.argv, re.sub("'.*'", "'...'", text)]), file=seen)
if os.environ["MYSQL_PWD"] not in known["passwords"]:
    sys.exit("ERROR 1045 (28000): Access denied")
new = re.search("IDENTIFIED BY '(.*)' RETAIN CURRENT PASSWORD", text)
if new and known["refuses"]:
    sys.exit("ERROR 1227 (42000) at line 1: Access denied; you need a privilege near " + text)
if new:
    known["passwords"] = [new.group(1), known["passwords"][0]]
elif "DISCARD OLD PASSWORD" in text:
    known["passwords"] = known["passwords"][:1]
state.write_text(json.dumps(known))
"""


class Server:
    """A server with its program, its settings and its database."""

    def __init__(self, tmp: Path, simulator: Simulated) -> None:
        self.client, self.state = simulator.client("secretsmanager"), tmp / "mysql.json"
        self.arn = self.client.create_secret(Name="acme-dev-database-credentials", SecretString=self.login(OLD))["ARN"]
        shutil.copy(FILES / "instance.py", tmp / "groundswell-instance")
        loader = importlib.machinery.SourceFileLoader("groundswell_rotate", str(FILES / "rotate.py"))
        self.program = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
        loader.exec_module(self.program)
        for name in ("SETTINGS", "SECRETS"):
            setattr(self.program, name, tmp / name.lower())
        self.program.INSTANCE = tmp / "groundswell-instance"
        self.program.REFRESH = [sys.executable, "-c", "pass"]
        self.program.SETTINGS.write_text(json.dumps({"database_secret_arn": self.arn, "database_writer_address": "db.test"}))
        self.has(OLD)
        self.takes(OLD)
        client = tmp / "bin" / "mariadb"
        client.parent.mkdir()
        client.write_text(MYSQL.format(python=sys.executable, state=str(self.state)))
        client.chmod(client.stat().st_mode | stat.S_IXUSR)

    @staticmethod
    def login(password: str) -> str:
        return json.dumps({"username": "admin", "password": password})

    def takes(self, *passwords: str, refuses: bool = False) -> None:
        self.state.write_text(json.dumps({"passwords": passwords, "refuses": refuses}))

    @property
    def taken(self) -> list[str]:
        return list(json.loads(self.state.read_text())["passwords"])

    def has(self, password: str) -> None:
        self.program.SECRETS.write_text(json.dumps({"database": self.login(password)}))

    def pending(self, password: str = NEW) -> None:
        self.client.put_secret_value(SecretId=self.arn, SecretString=self.login(password), VersionStages=["AWSPENDING"])

    def promote(self) -> None:
        stages = {stage: one["VersionId"] for one in self.client.list_secret_version_ids(SecretId=self.arn)["Versions"] for stage in one["VersionStages"]}
        self.client.update_secret_version_stage(
            SecretId=self.arn, VersionStage="AWSCURRENT", MoveToVersionId=stages["AWSPENDING"], RemoveFromVersionId=stages["AWSCURRENT"]
        )

    def seen(self) -> str:
        """What somebody sees who looks at the list of processes."""
        return "\n".join(str(json.loads(line)[0]) for line in Path(f"{self.state}.seen").read_text().splitlines())


@pytest.fixture
def server(tmp_path: Path, simulator: Simulated, monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server(tmp_path, simulator)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    for name, value in (("AWS_ENDPOINT_URL", simulator.endpoint), ("AWS_ACCESS_KEY_ID", "made-up"), ("AWS_SECRET_ACCESS_KEY", "made-up")):
        monkeypatch.setenv(name, value)
    return made


def said(capsys: Any) -> str:
    captured = capsys.readouterr()
    return str(captured.out + captured.err)


def test_one_step_after_the_other(server: Server, capsys: Any) -> None:
    assert server.program.main(["accept"]) == 0
    assert server.taken == [OLD]
    server.pending()
    assert server.program.main(["accept"]) == 0
    assert server.taken == [NEW, OLD]
    # Ended, and begun again: a third password would push the old one out, with which everybody still comes.
    assert server.program.main(["accept"]) == 0
    assert server.taken == [NEW, OLD]
    server.promote()
    assert server.program.main(["refresh"]) == 1
    assert "another database than Secrets Manager" in capsys.readouterr().err
    server.has(NEW)
    assert server.program.main(["refresh"]) == 0
    assert server.program.main(["retire"]) == 0
    assert server.taken == [NEW]
    words = said(capsys)
    assert "the database refuses the old password" in words
    assert not [one for one in (OLD, NEW) if one in words + server.seen()]


def test_a_database_that_does_not_do_it(server: Server, capsys: Any) -> None:
    """What it says may repeat the statement, so its number is all that is told."""
    server.takes(OLD, refuses=True)
    server.pending()
    assert server.program.main(["accept"]) == 1
    words = said(capsys)
    assert "did not take the pending password: error 1227" in words
    assert NEW not in words


def test_nothing_is_retired_by_whoever_is_refused(server: Server, capsys: Any) -> None:
    server.pending()
    server.promote()
    assert server.program.main(["retire"]) == 1
    assert server.taken == [OLD]
    assert "refuses the current password" in capsys.readouterr().err


@pytest.mark.parametrize("password", ["short", "with'a quote in it, which ends the text"])
def test_what_would_have_to_be_quoted(server: Server, password: str, capsys: Any) -> None:
    server.pending(password)
    assert server.program.main(["accept"]) == 1
    assert server.taken == [OLD]
    assert password not in said(capsys)

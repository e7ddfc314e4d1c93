# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of the application in a real database over TLS, kept and exchanged by the function, while a client logs in all the time."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.packages import build
from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_surroundings import Surroundings, tools_missing
from simulated import Simulated

FILES = Path(__file__).parents[2] / "roles"
ADDRESS, COPY = "127.0.0.78", "127.0.0.79"
MASTER = "master0canary0master0canary"

pytestmark = pytest.mark.skipif(bool(tools_missing()), reason=f"not installed: {', '.join(tools_missing())}")


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path_factory.mktemp("surroundings"), ADDRESS)
    try:
        until = time.monotonic() + 60
        while not (made.work / "database.socket").exists():
            assert time.monotonic() < until and not made.failed(), made.failed()
            time.sleep(0.1)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module as it is in the package."""
    beside = {"instance.py": str(FILES / "server_agent" / "files" / "instance.py")}
    built = build(FILES / "database" / "files" / "users", "python3.13", "arm64", tmp_path_factory.mktemp("builds"), beside=beside, distributions=["PyMySQL"])
    sys.path.insert(0, built["path"])
    try:
        spec = importlib.util.find_spec("users")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(built["path"])


class Site:
    """A database, its secrets, and the function near it."""

    def __init__(self, surroundings: Surroundings, function: Any, simulator: Simulated) -> None:
        self.surroundings, self.function, self.client = surroundings, function, simulator.client("secretsmanager")
        self.root(f"CREATE OR REPLACE USER admin@'%' IDENTIFIED BY '{MASTER}'", "GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION")
        self.root("DROP USER IF EXISTS app_a@'%', app_b@'%'", "CREATE DATABASE IF NOT EXISTS my_app", "CREATE DATABASE IF NOT EXISTS myxapp")
        self.master = self.secret("master", "admin", MASTER)
        self.application = self.secret("application", "app_a", "firstcanaryfirstcanaryfirst")

    def secret(self, name: str, user: str, password: str) -> str:
        value = json.dumps({"username": user, "password": password})
        return str(self.client.create_secret(Name=f"{name}-{uuid.uuid4()}", SecretString=value)["ARN"])

    def root(self, *statements: str) -> list[tuple[Any, ...]]:
        with pymysql.connect(unix_socket=f"{self.surroundings.work}/database.socket", user="root") as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def value(self, stage: str = "AWSCURRENT") -> dict[str, str]:
        return dict(json.loads(self.client.get_secret_value(SecretId=self.application, VersionStage=stage)["SecretString"]))

    def ask(self, step: str, **more: str) -> list[str]:
        return list(self.function.handler({"step": step, **more}, None)["done"])

    def log_in(self, login: dict[str, str], tls: bool = True, schema: str = "my_app", statement: str = "DO 1") -> None:
        about = {"ssl_ca": f"{self.surroundings.work}/authority.pem", "ssl_verify_cert": True, "ssl_verify_identity": True} if tls else {"ssl_disabled": True}
        user, password = login["username"], login["password"]
        with pymysql.connect(host=ADDRESS, user=user, password=password, database=schema, **about) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def refused(self, login: dict[str, str], **how: Any) -> int:
        with pytest.raises(pymysql.err.MySQLError) as refused:
            self.log_in(login, **how)
        return int(refused.value.args[0])

    def rotate(self) -> None:
        """As Secrets Manager does it, from beginning to end."""
        token = str(uuid.uuid4())
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
            self.function.handler({"Step": step, "SecretId": self.application, "ClientRequestToken": token}, None)


@pytest.fixture
def site(surroundings: Surroundings, function: Any, simulator: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    made = Site(surroundings, function, simulator)
    monkeypatch.setattr(function, "AUTHORITIES", surroundings.work / "authority.pem")
    monkeypatch.setattr(function, "PATIENCE", 3.0)
    about = {
        "AWS_ENDPOINT_URL": simulator.endpoint, "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up", "SECRET": made.application,
        "MASTER_SECRET": made.master, "ADDRESSES": ADDRESS, "PORT": "3306", "SCHEMA": "my_app", "USERS": "app_a,app_b",
        "PRIVILEGES": "SELECT,INSERT,CREATE",
    }  # fmt: skip
    for name, value in about.items():
        monkeypatch.setenv(name, value)
    return made


def test_a_user_of_its_own(site: Site) -> None:
    """Over TLS, in its own schema, with what it needs; made once."""
    done = site.ask("ensure")
    assert {"app_a is made", "app_b is made", "app_a is let in"} <= set(done)
    assert site.ask("ensure") == []
    login = site.value()
    site.log_in(login, statement="CREATE TABLE entries (id INT)")
    # Not the other's name, not the schema that a wildcard would mean, nothing that is not needed.
    assert site.refused(login, schema="myxapp") == 1044
    assert site.refused(login, schema="mysql") == 1044
    assert site.refused(login, statement="DROP TABLE entries") == 1142
    assert site.refused(login, statement="GRANT SELECT ON my_app.* TO app_b@'%'") in (1044, 1045)
    assert site.refused(login, statement="CREATE USER other@'%'") == 1227
    assert site.refused(login, tls=False) in (1045, 3159)
    grants = [line for (line,) in site.root("SHOW GRANTS FOR app_b@'%'")]
    assert [line.partition(" ON ")[0] for line in grants] == ["GRANT USAGE", "GRANT SELECT, INSERT, CREATE"]
    assert "REQUIRE SSL" in grants[0]


def test_what_somebody_has_changed(site: Site) -> None:
    """By hand, or by a restore of a time when the password was another."""
    site.ask("ensure")
    site.root("GRANT SUPER ON *.* TO app_a@'%'", "GRANT ALL ON myxapp.* TO app_a@'%' WITH GRANT OPTION", "REVOKE INSERT ON `my\\_app`.* FROM app_a@'%'")
    site.root("GRANT ALL ON `my\\_app`.* TO app_b@'%'", "GRANT UPDATE (User) ON mysql.db TO app_b@'%'", "ALTER USER app_b@'%' REQUIRE NONE")
    site.root("ALTER USER app_a@'%' IDENTIFIED BY 'another'")
    done = site.ask("ensure")
    assert {"app_a may no more SUPER", "app_b has to use TLS", "app_a is let in"} <= set(done)
    assert site.ask("ensure") == []
    for user in ("app_a", "app_b"):
        assert sorted(line.partition(" ON ")[0] for (line,) in site.root(f"SHOW GRANTS FOR {user}@'%'")) == ["GRANT SELECT, INSERT, CREATE", "GRANT USAGE"]
    site.log_in(site.value())


class Visitors(threading.Thread):
    """Log in all the time, with what the secret says, or said up to a moment ago: servers fetch it a little later."""

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.site, self.ended, self.login = site, threading.Event(), site.value()
        self.entered, self.failed = 0, []  # type: ignore[var-annotated]

    def run(self) -> None:
        while not self.ended.wait(0.005):
            try:
                self.site.log_in(self.login, statement="SELECT COUNT(*) FROM entries")
                self.entered += 1
            except pymysql.err.MySQLError as error:
                self.failed.append(error.args)

    def refresh(self) -> None:
        self.login = self.site.value()

    def see_more(self) -> None:
        before, until = self.entered, time.monotonic() + 20
        while self.entered < before + 5 and time.monotonic() < until:
            time.sleep(0.01)
        assert self.entered >= before + 5, self.failed


def test_nobody_is_refused_while_they_take_turns(site: Site, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = {user: site.secret(f"proxy-{user}", user, "made-up") for user in ("app_a", "app_b")}
    monkeypatch.setenv("PROXY_SECRETS", json.dumps(proxy))
    site.ask("ensure")
    site.log_in(site.value(), statement="CREATE TABLE IF NOT EXISTS entries (id INT)")
    visitors = Visitors(site)
    visitors.start()
    known = [site.value()]
    try:
        for user in ("app_b", "app_a", "app_b"):
            site.rotate()
            known.append(site.value())
            assert known[-1]["username"] == user
            assert json.loads(site.client.get_secret_value(SecretId=proxy[user])["SecretString"]) == known[-1]
            visitors.see_more()  # with what was current before
            visitors.refresh()
            visitors.see_more()
            assert site.ask("retire", secret=site.application) == [f"{known[-2]['username']} is locked"]
            assert site.refused(known[-2]) in (1045, 4151)
            assert site.ask("retire", secret=site.application) == []
            visitors.see_more()
    finally:
        visitors.ended.set()
        visitors.join()
    assert visitors.failed == []
    assert len({login["password"] for login in known}) == 4
    printed = capsys.readouterr()
    assert not [login for login in [*known, {"password": MASTER}] if login["password"] in printed.out + printed.err]


def test_what_is_not_taken_everywhere_is_not_current(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that has not heard of it stops the rotation, and the next one goes on with the same value."""
    site.ask("ensure")
    before, token = site.value(), str(uuid.uuid4())

    def step(name: str) -> None:
        site.function.handler({"Step": name, "SecretId": site.application, "ClientRequestToken": token}, None)

    step("createSecret")
    place = site.function.Place
    admits = place.admits
    monkeypatch.setenv("ADDRESSES", f"{ADDRESS},{COPY}")
    monkeypatch.setattr(place, "admits", lambda self, address, login: address == ADDRESS and admits(self, address, login))
    with pytest.raises(site.function.Wrong, match=f"app_b is refused by {COPY}$"):
        step("setSecret")
    site.log_in(before)
    assert site.value() == before
    monkeypatch.setattr(place, "admits", lambda self, _, login: admits(self, ADDRESS, login))
    pending = site.value("AWSPENDING")
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        step(name)
    assert site.value() == pending


def test_the_master(site: Site) -> None:
    new = "newmaster0canary0newmaster0"
    site.ask("ensure")
    site.client.put_secret_value(SecretId=site.master, SecretString=json.dumps({"username": "admin", "password": new}), VersionStages=["AWSPENDING"])
    assert site.ask("accept", secret=site.master) == ["admin has the pending password"]
    assert site.ask("accept", secret=site.master) == []
    site.log_in({"username": "admin", "password": new})


def test_words_for_what_is_wrong(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.ask("ensure")
    pending = {"username": "app_b", "password": "with'quote0with0quote"}
    site.client.put_secret_value(SecretId=site.application, SecretString=json.dumps(pending), VersionStages=["AWSPENDING"])
    with pytest.raises(site.function.Wrong, match="not made of 16 or more letters"):
        site.ask("accept", secret=site.application)
    site.client.put_secret_value(SecretId=site.application, SecretString=json.dumps({**pending, "username": "root"}), VersionStages=["AWSPENDING"])
    with pytest.raises(site.function.Wrong):
        site.ask("accept", secret=site.application)
    with pytest.raises(site.function.Wrong, match="there is no step"):
        site.ask("ensure", secret="arn:aws:secretsmanager:eu-west-1:123456789012:secret:another")
    monkeypatch.setenv("PRIVILEGES", "SELECT,GRANT; DROP")
    with pytest.raises(site.function.Wrong, match="neither a user nor a privilege"):
        site.ask("ensure")
    monkeypatch.setenv("PRIVILEGES", "SELECT,NONSENSE")
    with pytest.raises(site.function.Wrong, match=r"^the database answers with error 1064$"):
        site.ask("ensure")

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says of a restored database, asked of a real one over TLS."""

from __future__ import annotations

import base64
import json
import runpy
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_surroundings import Surroundings, tools_missing

PROGRAM = Path(__file__).parents[2] / "roles" / "server_agent" / "files" / "validate.py"
ADDRESS = "127.0.0.77"
TABLES = """
    CREATE TABLE entries (id INT AUTO_INCREMENT PRIMARY KEY, message TEXT, created TIMESTAMP NOT NULL DEFAULT '2026-05-04 03:02:00');
    INSERT INTO entries (message) VALUES ('one'), ('two'), ('tab\there'), (NULL);
    CREATE TABLE `odd ``name` (id INT);
    CREATE VIEW seen AS SELECT * FROM entries;
"""

pytestmark = pytest.mark.skipif(bool(tools_missing()), reason=f"not installed: {', '.join(tools_missing())}")


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    work = tmp_path_factory.mktemp("surroundings")
    made = Surroundings(work, ADDRESS)
    try:
        until = time.monotonic() + 60
        while not (work / "database.socket").exists():
            assert time.monotonic() < until and not made.failed(), made.failed()
            time.sleep(0.1)
        administer(made, TABLES)
        yield made
    finally:
        made.close()


def administer(surroundings: Surroundings, statements: str) -> None:
    command = ["mariadb", "--no-defaults", f"--socket={surroundings.work}/database.socket", "--user=root", "app"]
    subprocess.run(command, input=statements, text=True, check=True)


@pytest.fixture
def validate(surroundings: Surroundings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The program on a server that a test makes up."""
    program = runpy.run_path(str(PROGRAM))["main"].__globals__
    program["SETTINGS"], program["SECRETS"], program["AUTHORITIES"] = (tmp_path / name for name in ("settings.json", "secrets.json", "authorities.pem"))
    program["SETTINGS"].write_text(json.dumps({"database_name": "app", "database_port": "3306", "database_writer_address": "elsewhere.test"}))
    program["SECRETS"].write_text(json.dumps({"database": json.dumps({"username": "app", "password": surroundings.password})}))
    program["AUTHORITIES"].write_text(surroundings.authority)

    def run(*queries: dict[str, Any], address: str = ADDRESS, seconds: int = 60) -> dict[str, Any]:
        assert program["main"]([address, base64.b64encode(json.dumps(queries).encode()).decode(), str(seconds)]) == 0
        said = capsys.readouterr()
        assert surroundings.password not in said.out + said.err
        return dict(json.loads(said.out))

    run.program = program  # type: ignore[attr-defined]
    return run


def test_rows_that_are_well(validate) -> None:
    newest = {"name": "newest entry", "query": "SELECT MAX(created) FROM entries", "at_least": "2026-05-04"}
    some = {"name": "entries", "query": "select count(*) from entries", "at_least": 4}, {"name": "any", "query": "SELECT message FROM entries"}
    found = validate(*some, newest)
    assert (found["verdict"], found["problems"]) == ("good", [])
    assert (found["tables"], found["rows"], found["rows_by_table"]) == (2, 4, {"entries": 4, "odd `name": 0})
    assert "MariaDB" in found["version"]
    assert [(check["value"], check["good"]) for check in found["checks"]] == [("4", True), ("one", True), ("2026-05-04 03:02:00", True)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"query": "SELECT COUNT(*) FROM entries", "at_least": 5}, "checked: 4, and it has to be 5 at least"),
        # As numbers: 10 is not before 4.
        ({"query": "SELECT COUNT(*) FROM entries", "at_least": "10"}, "checked: 4, and it has to be 10 at least"),
        ({"query": "SELECT MAX(created) FROM entries", "at_least": "2026-05-05"}, "it has to be 2026-05-05 at least"),
        ({"query": "SELECT MAX(id) FROM `odd ``name`", "at_least": 0}, "checked: nothing, and it has to be 0 at least"),
        ({"query": "SELECT id FROM `odd ``name`", "at_least": 0}, "checked: nothing"),
        ({"query": "SELECT 1 FROM people"}, "app.people"),
        ({"query": "DELETE FROM entries"}, "is not one SELECT in one line"),
        ({"query": "SELECT 1; DELETE FROM entries"}, "is not one SELECT in one line"),
        ({"query": "SELECT 1 \\! touch /tmp/x"}, "is not one SELECT in one line"),
        ({"query": "SELECT 1\nsystem id"}, "is not one SELECT in one line"),
        ({"query": "SELECT 1 INTO OUTFILE '/tmp/rows'"}, "Access denied"),
    ],
)
def test_rows_that_are_not(validate, query: dict[str, Any], said: str) -> None:
    found = validate({"name": "checked", **query}, {"name": "another", "query": "SELECT 1", "at_least": 1})
    assert found["verdict"] == "bad"
    assert len(found["problems"]) == 1
    assert said in found["problems"][0]
    assert [check["good"] for check in found["checks"]] == [False, True]


def test_a_table_that_is_broken(validate, surroundings: Surroundings) -> None:
    administer(surroundings, "CREATE TABLE broken (id INT) ENGINE=MyISAM; FLUSH TABLES;")
    (surroundings.work / "database" / "app" / "broken.MYI").unlink()
    try:
        found = validate()
        assert found["verdict"] == "bad"
        assert "broken" in found["problems"][0]
        assert found["rows_by_table"]["entries"] == 4
    finally:
        administer(surroundings, "DROP TABLE broken")


def test_nothing_can_be_written(validate, surroundings: Surroundings) -> None:
    """Not by what looks like reading either."""
    administer(surroundings, "CREATE FUNCTION app.spoil() RETURNS INT BEGIN DELETE FROM app.entries; RETURN 1; END".join(("DELIMITER //\n", "//\n")))
    assert "READ ONLY" in validate({"name": "spoils", "query": "SELECT spoil()"})["problems"][0]
    assert validate()["rows"] == 4


def test_no_time_to_count(validate) -> None:
    """What the database believes is shown, and said to be that."""
    found = validate(seconds=0)
    assert (found["verdict"], found["not_counted"]) == ("good", {"tables": 2, "for_example": ["entries", "odd `name"]})


@pytest.mark.parametrize(("word", "said"), [("password", "the password was changed since that time"), ("schema", "Unknown database|Access denied")])
def test_no_way_in(validate, word: str, said: str) -> None:
    """Which says nothing about rows; but that the schema is missing does."""
    if word == "password":
        validate.program["SECRETS"].write_text(json.dumps({"database": json.dumps({"username": "app", "password": "of another time"})}))
    else:
        validate.program["SETTINGS"].write_text(json.dumps({"database_name": "information_schemas"}))
    found = validate()
    assert found["verdict"] == "unknown"
    assert any(words in " ".join(found["problems"]) for words in said.split("|"))


def test_whoever_is_somebody_else_gets_no_password(validate, tmp_path: Path) -> None:
    """A name that the certificate does not bear, and an authority that nobody trusts."""
    found = validate(address="127.77")
    assert (found["verdict"], len(found["problems"])) == ("unknown", 1)
    assert "ERROR 2026" in found["problems"][0]
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=Another")
    subprocess.run([*make, "-keyout", tmp_path / "key", "-out", validate.program["AUTHORITIES"]], check=True, capture_output=True)
    assert "ERROR 2026" in validate()["problems"][0]


def test_a_server_that_talks_to_no_database(validate) -> None:
    validate.program["SECRETS"].write_text("{}")
    assert validate()["verdict"] == "unknown"
    validate.program["SECRETS"].unlink()
    assert "this server does not talk to a database" in validate()["problems"][0]


def test_nobody_answers(validate) -> None:
    found = validate(address="127.0.0.78")
    assert (found["verdict"], found["problems"][0][:10]) == ("unknown", "ERROR 2002")


def test_much_that_is_wrong(validate) -> None:
    """What is printed stays within what Run Command shows."""
    found = validate(*({"name": f"check {number}", "query": "SELECT 1", "at_least": 2} for number in range(30)))
    assert (len(found["problems"]), found["problems"][-1]) == (21, "10 more")
    assert len(json.dumps(found)) < 24_000

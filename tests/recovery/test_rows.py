# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are written as visitors write, while the region that serves changes, and what is left of them."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pairs import AWAY, Pair
from rollouts import ROOT

MARK = ROOT / "roles/recovery/files/mark.py"
AUTHOR = "author = '{author}' AND CAST(message AS UNSIGNED) <= {last}"


@pytest.mark.parametrize(("status", "code"), [(200, 0), (201, 0), (302, 0), (303, 0), (301, 1), (403, 1), (500, 1), (None, 1)])
def test_what_says_that_a_row_was_written(status: int | None, code: int) -> None:
    """The next page is not asked for: nobody answers there."""
    forms: list[dict[str, list[str]]] = []

    class Site(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            forms.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if status:
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        command = [sys.executable, str(MARK), f"http://127.0.0.1:{site.server_port}/entries", '{"author": "a run", "message": "row {number}"}', "7"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        site.shutdown()
    assert (done.returncode, done.stdout, done.stderr) == (code, "" if code else "site\n", "")
    assert forms == [{"author": ["a run"], "message": ["row 7"]}]


@pytest.fixture
def pair(two_regions: Pair, tmp_path: Path) -> Iterator[Pair]:
    """Where somebody writes."""
    with two_regions.copy(tmp_path / "pair") as pair, pair.visited():
        pair.variables["recovery_markers"] = {
            "url": pair.address.replace("/health", "/entries"),
            "form": {"author": "{author}", "message": "{number}"},
            "rows": f"SELECT COUNT(*) FROM entries WHERE {AUTHOR}",
            "newest": f"SELECT MAX(CAST(message AS UNSIGNED)) FROM entries WHERE {AUTHOR}",
        }
        yield pair


def asked(pair: Pair) -> tuple[str, dict[str, str]]:
    """The address, and the queries, that a server of the region that took over was given."""
    (command,) = pair.simulator.door("command")
    (queries,), (address,) = command["parameters"]["queries"], command["parameters"]["address"]
    return address, {one["name"]: one["query"] for one in json.loads(base64.b64decode(queries))}


def test_a_copy_that_had_none_of_them(pair: Pair) -> None:
    """What was acknowledged until another region took over is lost, and the record says so. What that one acknowledged is not meant."""
    pair.copied = None
    pair.can_be_counted()
    pair.failover("-e", "failover_consent=sandbox").succeeded()
    told = pair.told("failover")
    rows: dict[str, Any] = told["rows_written"]
    assert rows["acknowledged"] == rows["lost"] == rows["last"] > 0
    assert (rows["missing"], rows["seconds"]) == (0, None)
    (folder,) = pair.records.glob("probe-*")
    written = [json.loads(line) for line in (folder / "markers.jsonl").read_text().splitlines()]
    assert sum(one["region"] is not None for one in written) > rows["acknowledged"], "nothing was written in the end"
    address, queries = asked(pair)
    (database,) = pair.client("rds", AWAY).describe_db_instances()["DBInstances"]
    assert address == database["Endpoint"]["Address"]
    assert queries["rows"] == f"SELECT COUNT(*) FROM entries WHERE author = '{folder.name}' AND CAST(message AS UNSIGNED) <= {rows['last']}"
    (page,) = pair.records.glob("failover-*.html")
    assert f"{rows['lost']} of {rows['lost']}, all of them" in page.read_text()


@pytest.mark.long
def test_none_is_lost_by_a_switchover(pair: Pair) -> None:
    """Whatever was acknowledged is there. Where no server can look, that is said."""
    pair.run("switchover", "-e", "switchover_to=sandbox-use1", "-e", "switchover_consent=sandbox").succeeded()
    rows = pair.told("switchover")["rows_written"]
    assert rows["acknowledged"] > 0
    assert (rows["lost"], rows["missing"], rows["seconds"]) == (0, 0, 0)
    pair.simulator.door("agent", {"instance": "*", "online": False})
    pair.run("switchover", "-e", "switchover_to=sandbox-apse1", "-e", "switchover_consent=sandbox").succeeded()
    (problem,) = pair.told("switchover")["rows_written"]["problems"]
    assert "no server that talks to the database can be reached" in problem

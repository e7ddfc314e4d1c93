# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a site from outside: when it was not served, whatever the runbook says."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rollouts import ROOT

PROBE = ROOT / "roles/recovery/files/probe.py"
parts = runpy.run_path(str(PROBE))


def asked(answers: str) -> list[dict[str, Any]]:
    """Requests a second apart, + for one that was served."""
    return [{"at": float(second), "served": answer == "+"} for second, answer in enumerate(answers)]


@pytest.mark.parametrize(
    ("answers", "seconds", "longest"),
    [
        ("++++++++", [], 0.0),
        ("+++---+++++", [3.0], 3.0),
        # One answer in between is luck.
        ("++--+--+++++", [5.0], 5.0),
        ("+-+++++--+++++", [1.0, 2.0], 2.0),
        ("---+++++", [3.0], 3.0),
        # Not long enough to be believed, and not at all.
        ("++--++++", [None], None),
        ("++------", [None], None),
        ("", [], 0.0),
    ],
)
def test_outages(answers: str, seconds: list[float | None], longest: float | None) -> None:
    found = parts["summary"]("http://site.test/", asked(answers))
    assert [one["seconds"] for one in found["outages"]] == seconds
    assert found["longest"] == longest
    assert (found["requests"], found["failed"]) == (len(answers), answers.count("-"))


def test_a_site_that_goes_and_comes(tmp_path: Path) -> None:
    """And requests that hang do not keep others waiting; the end of whoever started it ends it."""
    status = [200]

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    runbook = subprocess.Popen(["sleep", "60"])
    probe = subprocess.Popen([sys.executable, str(PROBE), f"http://127.0.0.1:{server.server_port}/health", str(tmp_path), str(runbook.pid)])
    time.sleep(2)
    status[0] = 503
    time.sleep(3)
    status[0] = 200
    time.sleep(7)
    runbook.kill()
    runbook.wait()
    assert probe.wait(timeout=10) == 0
    server.shutdown()
    found = json.loads((tmp_path / "summary.json").read_text())
    (outage,) = found["outages"]
    assert 2 <= outage["seconds"] <= 5
    assert found["longest"] == outage["seconds"]
    assert len((tmp_path / "probe.jsonl").read_text().splitlines()) == found["requests"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator in a process of its own, as tests use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.core.botocore_stubber import MockRawResponse

from simulator.api import Settings, Simulator
from simulator.journal import Journal
from simulator.request import Request
from simulator.server import free_port

ROOT = Path(__file__).parents[1]
# Each call is sent once, and checking its parameters is left to the simulator.
ONCE = Config(retries={"total_max_attempts": 1}, parameter_validation=False, s3={"addressing_style": "path"})
START_SECONDS = 60.0  # generous: several simulators may start at once on a small machine
# Where a simulator without options runs, of which a copy costs next to nothing.
ORIGIN = os.environ.get("SIMULATOR_ORIGIN")


class InProcess:
    """A simulator in the test's own process, for what the doors do not show: its state is `moto_bridge.backend(...)`."""

    def __init__(self, **settings: Any) -> None:
        self.core = Simulator(Settings(**settings))
        self.core.reset()

    def client(self, service: str, region: str = "eu-west-1", access_key: str = "testing", secret: str = "testing", **more: Any) -> Any:
        """A boto3 client whose requests go to the simulator without a network."""
        keys = {"aws_access_key_id": access_key, "aws_secret_access_key": secret, **more}
        client = boto3.client(service, region_name=region, endpoint_url="http://127.0.0.1:9", config=ONCE, **keys)
        client.meta.events.register("before-send.*.*", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        answer = self.core.handle(Request.from_primitives(request.method, request.url, request.headers, request.body))
        return AWSResponse(request.url, answer.status, answer.headers, MockRawResponse(answer.body))


def door(endpoint: str, name: str, body: Any = None) -> Any:
    """GET a control door, or POST it a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{endpoint}/_simulator/{name}", data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def ended(endpoint: str) -> bool:
    """Whether nobody answers there, within a time that is generous for a machine that has other things to do."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            door(endpoint, "health")
        except (urllib.error.URLError, ConnectionError):
            return True
        time.sleep(0.1)
    return False


class Simulated:
    """Starts `python -m simulator` on a free port, or copies one. `journal` is its file, `endpoint` its URL, once it has started."""

    def __init__(self, journal: Path, *options: str) -> None:
        self.journal = journal
        self.options = (*options, "--journal-demands") if os.environ.get("GROUNDSWELL_CALLS") and "--enforce-iam" not in options else options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._copy: int | None = None  # its process, which is no child of this one
        self._clients: dict[tuple[str, str, str], Any] = {}
        # Who asks where nobody else is named, and as whom runs are made: where policies are enforced, somebody has to be allowed.
        self.asks = "ROOT" if "--enforce-iam" in options else "testing"
        self.credentials: Callable[..., dict[str, str]] = lambda *_: {"AWS_ACCESS_KEY_ID": "ROOT"} if self.asks == "ROOT" else {}

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Simulated:
        """Start, and return when the health door answers."""
        if self._copy is not None:
            return self
        if ORIGIN and not self.options:
            return self._made_of(ORIGIN)
        command = [sys.executable, "-m", "simulator", "--port", str(self.port), "--journal", str(self.journal), *self.options]
        self._log = self.journal.with_suffix(".log").open("wb")
        self._process = subprocess.Popen(command, cwd=ROOT, stderr=self._log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.door("health")
                return self
            except (urllib.error.URLError, ConnectionError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"the simulator did not start: {Path(self._log.name).read_text()}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None
            self._log.close()
        if self._copy is not None:
            with suppress(ProcessLookupError):  # it has ended with the one that it was made of
                os.kill(self._copy, signal.SIGTERM)
            self._copy = None

    def __enter__(self) -> Simulated:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def copy(self, journal: Path) -> Simulated:
        """Another one, with all that is in this one now. It need not be started, and ends with this one at the latest."""
        other = Simulated(journal)
        other.asks, other.credentials = self.asks, self.credentials
        return other._made_of(self.endpoint)

    def _made_of(self, endpoint: str) -> Simulated:
        made = door(endpoint, "fork", {"journal": str(self.journal)})
        self.port, self._copy = made["port"], made["pid"]
        return self

    def door(self, name: str, body: Any = None) -> Any:
        """GET a control door, or POST it a body."""
        return door(self.endpoint, name, body)

    def reset(self) -> None:
        """An empty account."""
        self.door("reset", {})

    def client(self, service: str, region: str = "eu-west-1", access_key: str = "", secret: str = "testing", **more: Any) -> Any:
        """A boto3 client that sends each call once and leaves checking parameters to the simulator."""
        access_key = access_key or self.asks
        key = (service, region, access_key)
        if more or key not in self._clients:
            client = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret,
                config=ONCE,
                **more,
            )
            if more:
                return client
            self._clients[key] = client
        return self._clients[key]

    def calls(self, mutating: bool | None = None) -> list[dict[str, Any]]:
        """The journal since the last reset."""
        query = "" if mutating is None else f"?mutating={int(mutating)}"
        found = self.door(f"journal{query}")
        # Whoever counts from a certain call on would count wrong, and find nothing.
        assert len(found) < Journal.KEPT, "the journal has forgotten its oldest calls"
        return found

# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers health checks, asked over real sockets beside a service that works, hangs, errs or is not there."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.server import free_port

PROGRAM = Path(__file__).parents[2] / "roles" / "server_agent" / "files" / "health.py"
PATIENCE, BUSY_SECONDS = 0.2, 0.6


class Service:
    """A service of a tier that does what a test says."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.asked: list[str] = []
        self.answer: bytes | None = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"  # None: it hangs
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.listener = context.wrap_socket(self.listener, server_side=True)
        self.hanging: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.asked.append(connection.recv(4096).decode())
                if self.answer is None:
                    self.hanging.append(connection)
                    continue
                connection.sendall(self.answer)
                connection.close()

    def says(self, status: str) -> None:
        self.answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()

    def hangs(self) -> None:
        self.answer = None

    def stop(self) -> None:
        # Closing alone does not wake who waits for a connection.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for one in (self.listener, *self.hanging):
            one.close()


class Responder:
    """The program in a thread, less patient than on a server."""

    def __init__(self, service: Service, scheme: str = "http", shared: float = 0) -> None:
        self.names: dict[str, Any] = {"__name__": "health"}
        exec(compile(PROGRAM.read_text(), str(PROGRAM), "exec"), self.names)
        self.journal: list[str] = []
        self.names |= {"PATIENCE": PATIENCE, "SHARED": shared, "print": lambda words, **_: self.journal.append(words)}
        self.port = free_port()
        about = {"scheme": scheme, "port": service.port, "health_path": "/health", "health_port": self.port}
        self.loop = asyncio.new_event_loop()
        self.serving = self.loop.create_task(self.names["serve"](about, BUSY_SECONDS))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 5
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < until, "it does not listen"
                time.sleep(0.01)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.serving)
        self.loop.run_until_complete(asyncio.sleep(0.01))  # for connections that are being closed

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.serving.cancel)
        self.thread.join()
        self.loop.close()

    def check(self) -> tuple[int, str]:
        """What a load balancer is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health", headers={"User-Agent": "ELB-HealthChecker/2.0"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.stop()


@pytest.fixture
def responder(service: Service) -> Iterator[Responder]:
    made = Responder(service)
    yield made
    made.close()


def test_a_service_that_works(service, responder):
    assert responder.check() == (200, "ok\n")
    assert service.asked[0].startswith("GET /health HTTP/1.1\r\nHost: ")


def test_busy_then_dead_then_well_again(service, responder):
    responder.check()
    service.hangs()
    began = time.monotonic()
    assert responder.check() == (200, "busy\n")
    assert PATIENCE <= time.monotonic() - began < PATIENCE + 0.3, "sooner than a load balancer gives up"
    while responder.check() == (200, "busy\n"):
        assert time.monotonic() - began < 5
    assert time.monotonic() - began >= BUSY_SECONDS
    assert responder.check() == (503, "silent\n")
    service.says("200 OK")
    assert responder.check() == (200, "ok\n")
    why = f"no answer within {PATIENCE} s"
    assert responder.journal == ["starting -> ok: status 200", f"ok -> busy: {why}", f"busy -> silent: {why}", "silent -> ok: status 200"]


@pytest.mark.parametrize("status", ["503 Service Unavailable", "404 Not Found", "302 Found"])
def test_another_answer_counts_at_once(service, responder, status):
    responder.check()
    service.says(status)
    assert responder.check() == (503, "failing\n")
    assert responder.journal[-1] == f"ok -> failing: status {status[:3]}"


@pytest.mark.parametrize("broken", [Service.stop, lambda service: setattr(service, "answer", b""), lambda service: setattr(service, "answer", b"HTTP/1.1")])
def test_no_service_counts_at_once(service: Service, responder: Responder, broken: Callable[[Service], None]):
    responder.check()
    broken(service)
    began = time.monotonic()
    assert responder.check() == (503, "down\n")
    assert time.monotonic() - began < PATIENCE


def test_who_never_worked_is_not_busy(service, responder):
    service.hangs()
    assert responder.check() == (503, "starting\n")
    service.says("500 Internal Server Error")
    assert responder.check() == (503, "starting\n")
    assert responder.journal == []


def test_checks_share_an_answer(service):
    responder = Responder(service, shared=0.3)
    try:
        service.hangs()
        with ThreadPoolExecutor(16) as many:
            assert {future.result() for future in [many.submit(responder.check) for _ in range(16)]} == {(503, "starting\n")}
        assert len(service.asked) == 1
        service.says("200 OK")
        assert responder.check() == (200, "ok\n"), "at once, the first time"
        service.says("500 Internal Server Error")
        assert responder.check() == (200, "ok\n"), "it holds a moment"
        time.sleep(0.35)
        assert responder.check() == (503, "failing\n")
        assert len(service.asked) == 3
    finally:
        responder.close()


def test_who_asks_oddly_harms_nobody(service, responder):
    def send(words: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", responder.port), timeout=5) as connection:
            connection.sendall(words)
            with contextlib.suppress(ConnectionResetError):
                return connection.recv(100)
            return b""

    assert send(b"\x16\x03\x01 not a request") == b"", "after a while it is closed"
    assert send(b"x" * 10000) == b""
    # Nobody waits for the answer.
    with socket.create_connection(("127.0.0.1", responder.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
    responder.names["MOST"] = 3
    idle = [socket.create_connection(("127.0.0.1", responder.port)) for _ in range(3)]
    assert send(b"GET / HTTP/1.1\r\n\r\n") == b"", "one too many"
    for one in idle:
        one.close()
    time.sleep(0.05)
    assert responder.check() == (200, "ok\n")


def test_a_service_that_speaks_tls(tmp_path):
    command = "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=test -keyout pair.pem -out certificate.pem"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    pair = tmp_path / "pair.pem"
    pair.write_text(pair.read_text() + (tmp_path / "certificate.pem").read_text())
    service = Service(pair)
    responder = Responder(service, scheme="https")
    try:
        assert responder.check() == (200, "ok\n")
    finally:
        responder.close()
        service.stop()


def test_systemd_is_told_when_it_listens(service, tmp_path, monkeypatch):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        responder = Responder(service)
        try:
            assert systemd.recv(100) == b"READY=1"
            assert responder.check() == (200, "ok\n")
        finally:
            responder.close()

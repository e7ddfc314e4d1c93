# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of HTTP and DNS: threads, keep-alive, loopback only. API calls go to the Simulator, /_simulator/* to the control doors."""

from __future__ import annotations

import gc
import io
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY, environ_key_for_header, should_preserve_original_header_name

from simulator import control, dns, forms, gateway, pages
from simulator.answer import Answer
from simulator.api import Simulator
from simulator.registry import Refused
from simulator.request import Request
from simulator.services import _lambda_later as later

HOST = "127.0.0.1"
QUIET = 30.0  # seconds that a copy waits until no other request is being answered


class Server(ThreadingHTTPServer):
    """Listens on loopback and answers each connection in a thread of its own."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self._quiet = threading.Condition()
        self._answering, self._copying = 0, False
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), Handler)
        self._names = dns.Responder(simulator, HOST, self.server_address[1])

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Answer both, HTTP in this thread."""
        self.simulator.copy = self.copy
        self.simulator.host = f"{HOST}:{self.server_address[1]}"
        later.resume(self.simulator)
        threading.Thread(target=self._names.serve_forever, name="dns", daemon=True).start()
        super().serve_forever(poll_interval)

    def server_close(self) -> None:
        """Listen no more."""
        super().server_close()
        self._names.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Know the connections: a copy of this process has to let go of them."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """As the base class."""
        self._connections.discard(request)
        super().shutdown_request(request)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a request is read and answered. None begins while this process is to be copied."""
        with self._quiet:
            self._quiet.wait_for(lambda: not self._copying)
            self._answering += 1
        try:
            yield
        finally:
            with self._quiet:
                self._answering -= 1
                self._quiet.notify_all()

    def copy(self, journal: Path | None) -> dict[str, int]:
        """Let a copy of this process serve on a port of its own, with all that is in this one now. It ends with this one.

        The state is in memory, and a fork has all of it, but of the threads only the one that forks: what the others held would be held for ever, and what
        they were changing half changed. Hence no other request is being answered meanwhile, over HTTP because it waits for that, over DNS because that takes
        the simulator's lock. The port is bound before the fork, so the copy can be called as soon as this returns.
        """
        with self._quiet_but_for_this():
            if self._answering:
                raise Refused("Busy", f"{self._answering} other requests are being answered, for {QUIET:.0f} seconds now")
            with self.simulator.lock:
                server, origin = Server(self.simulator, free_port()), os.getpid()
                pid = os.fork()
        if not pid:
            server._take_over_from(self, origin, journal)
        port = server.server_address[1]
        server.server_close()
        threading.Thread(target=os.waitpid, args=(pid, 0), daemon=True).start()
        return {"port": port, "pid": pid}

    @contextmanager
    def _quiet_but_for_this(self) -> Iterator[None]:
        """When the requests that are being answered have been; others wait. The one that asks for this does not count, nor do others like it."""
        with self._quiet:
            self._answering -= 1
            self._quiet.notify_all()
            self._quiet.wait_for(lambda: not self._copying)
            self._copying = True
            self._quiet.wait_for(lambda: not self._answering, QUIET)
            try:
                yield
            finally:
                self._answering += 1
                self._copying = False
                self._quiet.notify_all()

    def _take_over_from(self, origin: Server, parent: int, journal: Path | None) -> None:
        """In the copy: serve, and never return to the request that asked for it, which its origin answers."""
        try:
            # Closed here, they stay open there; open here, no client would see them end there.
            for channel in (origin.socket, origin._names.socket, *origin._connections):
                os.close(channel.detach())
            # What is there already is not looked through again, which would take memory from the origin page by page.
            gc.freeze()
            self.simulator.journal.reset()
            self.simulator.journal.move(journal)
            threading.Thread(target=_end_with, args=(parent,), name="origin", daemon=True).start()
            self.serve_forever()
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(1)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no fault of ours; anything else is shown."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection until the client closes it."""

    protocol_version = "HTTP/1.1"
    server_version = "groundswell-simulator"
    sys_version = ""
    # Answers leave in one segment: with Nagle's algorithm a header sent ahead of its body costs a client 40 ms.
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: Server

    def handle_one_request(self) -> None:
        """As the base class, but with one method for every verb."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if len(self.raw_requestline) > 65536:
                self.requestline = self.request_version = self.command = ""
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
                return
            if not self.parse_request():
                return
            with self.server.answering():
                self._answer()
                self.wfile.flush()
        except (TimeoutError, ConnectionError):
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Botocore waits for this line before it sends the body of an S3 upload."""
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are in the journal; the terminal stays quiet."""

    def _answer(self) -> None:
        body = self._body()
        try:
            request = Request(self._environ(body))
            if request.path.startswith(control.PREFIX):
                answer = control.answer(self.server.simulator, request)
            else:
                simulator = self.server.simulator
                answer = pages.answer(simulator, request) or gateway.answer(simulator, request) or forms.answer(simulator, request) or simulator.handle(request)
        except Exception:
            traceback.print_exc()
            answer = Answer(500, {"Content-Type": "text/plain"}, traceback.format_exc().encode())
        self._send(answer)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
            return b"".join(parts)
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else b""

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.version": (1, 0),
        }
        preserved = {}
        for name, value in self.headers.items():
            key = environ_key_for_header(name)
            if key == "HTTP_TRANSFER_ENCODING":
                continue
            if should_preserve_original_header_name(name):
                preserved[key] = name
            environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
        environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        length = str(len(answer.body))
        for name, value in answer.headers.items():
            if name.lower() == "content-length":
                if self.command == "HEAD":
                    length = value
                continue
            self.send_header(name, value)
        for cookie in answer.cookies:
            self.send_header("set-cookie", cookie)
        if answer.status >= 200 and answer.status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def free_port() -> int:
    """A port that is free for TCP and, because DNS is answered under the same number, for UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((HOST, 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return int(tcp.getsockname()[1])

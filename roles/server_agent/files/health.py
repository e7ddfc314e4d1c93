#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the load balancer whether the tier works: groundswell-health <seconds that it may be too busy to say so>

Beside the service and on a port of its own, because whatever hangs, such as a database that fails over, hangs in all processes of all servers:
then none of them has time for a health check, and Auto Scaling replaces every server of the tier at once. Busy is not dead. Whatever is
asked is answered by one word:

    ok         200   the service says that it works
    busy       200   it does not answer in time, and did not long ago
    silent     503   it has not answered for longer than that
    failing    503   it answers something else
    down       503   nobody listens there
    starting   503   it has not said yet that it works

Python's own library is all it needs, of 3.9 or newer. /etc/groundswell/instance.json says where the service is.
"""

import asyncio
import json
import os
import socket
import ssl
import sys
import time
from pathlib import Path

TOO_LATE = asyncio.TimeoutError  # not the built-in one before Python 3.11
INSTANCE = Path("/etc/groundswell/instance.json")
PATIENCE = 2  # seconds, shorter than the load balancer's own
SHARED = 1  # seconds that an answer holds: each node of a load balancer asks for itself
MOST = 64  # load balancers that are listened to at a time
LONGEST = 4096  # bytes of a request


class Health:
    """The service, and what is known of it."""

    def __init__(self, about, busy_seconds):
        self.port, self.busy_seconds = about["port"], busy_seconds
        # Who it is nobody asks here: the load balancer does not either.
        self.tls = ssl._create_unverified_context() if about.get("scheme") == "https" else None
        self.request = f"GET {about['health_path']} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: groundswell-health\r\nConnection: close\r\n\r\n".encode()
        self.word = "starting"
        self.good = None  # when it last said that it works
        self.look = None  # the look that all share who ask meanwhile
        self.looked = 0.0
        self.asking = 0

    async def ask(self):
        """The service's own word: its status."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls)
        try:
            writer.write(self.request)
            return (await reader.readexactly(len("HTTP/1.1 200")))[-3:].decode(errors="replace")
        finally:
            writer.close()

    async def judge(self):
        """What that comes to, and why."""
        try:
            status = await asyncio.wait_for(self.ask(), PATIENCE)
        except TOO_LATE:
            why, word = f"no answer within {PATIENCE} s", "busy"
        except (OSError, EOFError) as error:
            why, word = str(error), "down"
        else:
            why, word = f"status {status}", "ok" if status == "200" else "failing"
        now = time.monotonic()
        if word == "ok":
            self.good = now
        elif self.good is None:
            word = "starting"
        elif word == "busy" and now - self.good > self.busy_seconds:
            word = "silent"
        if word != self.word:
            print(f"{self.word} -> {word}: {why}", flush=True)
        self.word, self.looked = word, time.monotonic()

    async def answer(self, reader, writer):
        """One check of a load balancer."""
        self.asking += 1
        try:
            if self.asking > MOST:
                return
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            # Whoever waits for the service to come up wants to know at once.
            if self.look is None or (self.look.done() and (self.good is None or time.monotonic() - self.looked > SHARED)):
                self.look = asyncio.ensure_future(self.judge())
            await self.look
            status = "200 OK" if self.word in ("ok", "busy") else "503 Service Unavailable"
            body = f"{self.word}\n"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
            await asyncio.wait_for(writer.drain(), PATIENCE)
        except (TOO_LATE, asyncio.LimitOverrunError, OSError, EOFError):
            pass  # whoever asked has gone, or never asked
        finally:
            self.asking -= 1
            writer.close()


async def serve(about, busy_seconds):
    server = await asyncio.start_server(Health(about, busy_seconds).answer, "0.0.0.0", about["health_port"], limit=LONGEST)
    # systemd waits for this word.
    if "NOTIFY_SOCKET" in os.environ:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(INSTANCE.read_text()), float(sys.argv[1])))

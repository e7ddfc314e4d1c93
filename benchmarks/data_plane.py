# SPDX-License-Identifier: GPL-3.0-or-later
"""What visitors notice when one of three servers of the web image fails under load. Started by `tools/bench data-plane`.

HAProxy stands for the load balancer, with the health checks of our target group, and a small keeper for Auto Scaling. Each fault is made
twice: with a load balancer that tries a GET again elsewhere, and with one that does not, as ALB.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import secrets
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machines import HEALTH_PORT, LAUNCH_HOOK, TERMINATE_HOOK, Around, Place, Server, answer, baked, fill, root_of, run, say, task

SERVERS = 3
# A style sheet, a script, the page (PHP and the cache), and what asks writer, reader and cache, over new connections each time.
PATHS = ("/book.css", "/", "/book.js", "/", "/health/deep")
VISITORS, A_SECOND = 30, 40
PATIENCE = 30  # seconds, of a visitor
BEFORE, AFTER = 5, 30  # seconds of load around a fault
REPLACED_WITHIN, STARTED_WITHIN = 120, 120  # seconds

HAPROXY = """
global
    stats socket {work}/haproxy.socket level admin
    log stdout format raw local0 notice
defaults
    mode http
    timeout client 60s
    option forwardfor
frontend visitors
    http-request set-header X-Forwarded-Proto https
    bind {address}:443 ssl crt {work}/front.pem
    default_backend servers
backend servers
    balance roundrobin
{retries}
{servers}
# Apart from requests, which have other timeouts.
backend health
    timeout connect {timeout}s
    timeout check {timeout}s
    timeout server {timeout}s
    option httpchk
    http-check send meth GET uri {path}
    http-check expect status 200
    default-server check port {port} inter {interval}s fall {unhealthy} rise {healthy} disabled
{checked}
"""
# ALB gives a connection ten seconds and an answer sixty, and tries nothing again.
RETRIES = {
    "retries": """\
    timeout connect 1s
    timeout server 5s
    retries 3
    option redispatch 1
    retry-on all-retryable-errors
    http-request disable-l7-retry unless METH_GET""",
    "no retries": """\
    timeout connect 10s
    timeout server 60s
    retries 0""",
}


class HAProxy:
    """One that can be told something while it runs."""

    def __init__(self, work: Path, config: str) -> None:
        (work / "haproxy.cfg").write_text(config)
        self.socket = work / "haproxy.socket"
        self.socket.unlink(missing_ok=True)
        with (work / "haproxy.log").open("ab") as log:
            self.process = subprocess.Popen(["haproxy", "-db", "-f", str(work / "haproxy.cfg")], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not self.socket.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"HAProxy ended: {(work / 'haproxy.log').read_text()[-1000:]}")
            time.sleep(0.05)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def tell(self, words: str) -> str:
        """What it answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(f"{words}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def state(self, server: str, state: str) -> None:
        """Of a server: ready, drain, maint."""
        if said := self.tell(f"set server {server} state {state}").strip():
            raise RuntimeError(said)

    def table(self, words: str) -> list[dict[str, str]]:
        """Statistics."""
        return list(csv.DictReader(io.StringIO(self.tell(f"show stat {words}").removeprefix("# "))))


class Balancer(HAProxy):
    """In the place of a load balancer."""

    def __init__(self, around: Around, places: list[Place], retries: str, checks: dict[str, Any]) -> None:
        (around.work / "front.pem").write_text((around.work / "server.pem").read_text() + (around.work / "server.key").read_text())
        checked = [f"    server {place.name} {place.address}:80" for place in places]
        servers = [f"{line} track health/{place.name}" for line, place in zip(checked, places, strict=True)]
        lines = {"port": HEALTH_PORT, "servers": "\n".join(servers), "checked": "\n".join(checked), "retries": RETRIES[retries]}
        super().__init__(around.work, HAPROXY.format(work=around.work, address=around.gateway, **lines, **checks))

    def register(self, place: Place) -> None:
        """Send it requests from now on, unless health checks are against it."""
        self.state(f"servers/{place.name}", "ready")
        self.state(f"health/{place.name}", "ready")

    def drain(self, place: Place) -> None:
        """Send it nothing new."""
        self.state(f"servers/{place.name}", "drain")

    def deregister(self, place: Place) -> None:
        """Forget it."""
        self.state(f"health/{place.name}", "maint")

    def look(self) -> dict[str, tuple[str, int]]:
        """Status and running requests of each server."""
        return {row["svname"]: (row["status"].split()[0], int(row["scur"])) for row in self.table("servers 4 -1")}

    def asked(self) -> int:
        """Requests that it got so far."""
        return sum(int(row["req_tot"]) for row in self.table("visitors 1 -1"))


@dataclass
class Step:
    """What the keeper saw or did."""

    at: float
    what: str
    place: Place
    server: Server


class Keeper(threading.Thread):
    """Stands for the Auto Scaling group: as many servers as are wanted; what the load balancer calls unhealthy is replaced. AWS needs longer
    to look, and to start an instance."""

    def __init__(self, places: list[Place], launch: Callable[[Place], Server], around: Around, balancer: Balancer) -> None:
        super().__init__(daemon=True)
        self.launch, self.around, self.balancer = launch, around, balancer
        self.states = dict.fromkeys(places, "launching")
        self.servers: dict[Place, Server] = {}
        self.steps: list[Step] = []
        self.wanted = True
        self.ended = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for place in self.states:
                self.servers[place] = self.launch(place)
            while not self.ended.wait(0.1):
                seen = self.balancer.look()
                for place in list(self.states):
                    self._keep(place, *seen[place.name])
        except Exception as error:  # said by whoever waits
            self.failure = error

    def _keep(self, place: Place, status: str, requests: int) -> None:
        server, state = self.servers[place], self.states[place]
        if state == "launching" and self.around.completed(server, LAUNCH_HOOK):
            self.balancer.register(place)
            self._note("in service", place)
        elif state == "in service" and status == "DOWN":
            self._note("unhealthy", place)
            self._replace(place)
        elif state == "draining" and requests == 0:
            server.place.metadata.tree["meta-data"]["autoscaling"]["target-lifecycle-state"] = "Terminated"
            self._note("leaving", place)
        elif state == "leaving" and self.around.completed(server, TERMINATE_HOOK):
            self._note("left", place)
            self._replace(place)

    def _note(self, what: str, place: Place) -> None:
        self.states[place] = what
        self.steps.append(Step(time.monotonic(), what, place, self.servers[place]))

    def _replace(self, place: Place) -> None:
        self.balancer.deregister(place)
        self.servers[place].remove()
        if not self.wanted:
            del self.states[place], self.servers[place]
            return
        self.servers[place] = self.launch(place)
        self._note("launching", place)

    def drain(self, place: Place) -> None:
        """Take a server out of service, as Auto Scaling does when it needs one less or another one."""
        self.balancer.drain(place)
        self.states[place] = "draining"

    def drain_all(self) -> None:
        """No servers are wanted any more."""
        self.wanted = False
        for place in list(self.states):
            self.drain(place)

    def wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Until it is so."""
        until = time.monotonic() + seconds
        while not done():
            if self.failure:
                raise self.failure
            if time.monotonic() > until:
                consoles = "\n".join((server.folder / "console").read_text(errors="replace")[-1500:] for server in self.servers.values())
                raise RuntimeError(f"{what} took more than {seconds:.0f} s: {[(place.name, state) for place, state in self.states.items()]}\n{consoles}")
            time.sleep(0.1)

    def close(self) -> None:
        self.ended.set()
        self.join()
        for server in self.servers.values():
            server.remove()


@dataclass
class Asked:
    """A request, and what came of it."""

    at: float
    seconds: float
    path: str
    status: int  # 0 where there was no answer


class Load:
    """Visitors, each with a connection that it keeps."""

    def __init__(self, around: Around) -> None:
        self.address = around.gateway
        # It is the server's certificate that is shown here, which has other names.
        self.context = ssl.create_default_context(cafile=str(around.work / "authority.pem"))
        self.context.check_hostname = False
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._visit, args=(number,), daemon=True) for number in range(VISITORS)]
        for thread in self.threads:
            thread.start()

    def _visit(self, number: int) -> None:
        pause = VISITORS / A_SECOND
        due = time.monotonic() + pause * number / VISITORS
        connection = http.client.HTTPSConnection(self.address, 443, context=self.context, timeout=PATIENCE)
        turn = number
        while not self.ended.wait(max(0.0, due - time.monotonic())):
            path = PATHS[turn % len(PATHS)]
            turn += 1
            began = time.monotonic()
            try:
                connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            now = time.monotonic()
            self.asked.append(Asked(began, now - began, path, status))
            # Whoever had to wait does not hurry afterwards.
            due = max(due + pause, now)
        connection.close()

    def close(self) -> list[Asked]:
        self.ended.set()
        for thread in self.threads:
            thread.join()
        return self.asked


@dataclass
class Scene:
    """All of it, for faults to be made in."""

    around: Around
    keeper: Keeper
    balancer: Balancer
    passwords: list[str] = field(default_factory=list)


def killed(scene: Scene, place: Place) -> None:
    scene.keeper.servers[place].kill()


def cut_off(scene: Scene, place: Place) -> None:
    place.connect(False)


def apache_stopped(scene: Scene, place: Place) -> None:
    scene.keeper.servers[place].inside("systemctl", "stop", "apache2")


def password_broken(scene: Scene, place: Place) -> None:
    """This server's copy only."""
    broken = json.dumps({"database": json.dumps({"username": "app", "password": "broken"}), "cache": scene.around.token})
    scene.keeper.servers[place].inside("sh", "-euc", f"printf %s '{broken}' >/run/groundswell/secrets.json")


def password_rotated(scene: Scene, place: Place) -> None:
    """Of the database, for all servers; a moment later it is in Secrets Manager."""
    new = secrets.token_urlsafe(16)
    run("mariadb", "--no-defaults", f"--socket={scene.around.work}/database.socket", "--user=root", f"--execute=ALTER USER app@'%' IDENTIFIED BY '{new}'")
    time.sleep(1)
    scene.around.password = new


def drained(scene: Scene, place: Place) -> None:
    scene.keeper.drain(place)


# What is done, and whether the server has to be replaced.
FAULTS: dict[str, tuple[Callable[[Scene, Place], None], bool]] = {
    "killed": (killed, True),
    "cut off": (cut_off, True),
    "Apache stopped": (apache_stopped, True),
    "password broken": (password_broken, False),
    "password rotated": (password_rotated, False),
    "drained": (drained, True),
}


def figures(asked: list[Asked], steps: list[Step], fault: float, replaced: bool) -> dict[str, Any]:
    """A row of the table: what visitors saw, and what the keeper did."""
    failed = [request for request in asked if request.status != 200]
    found: dict[str, Any] = {
        "requests": len(asked),
        "failed": len(failed),
        "failed %": round(100 * len(failed) / len(asked), 2),
        "failing for s": round(max(r.at for r in failed) - min(r.at for r in failed), 1) if failed else 0,
        "slowest s": round(max(request.seconds for request in asked), 2),
    }
    if replaced:
        at = {step.what: step.at for step in steps}
        found["noticed s" if "unhealthy" in at else "left s"] = round(at.get("unhealthy", at.get("left", fault)) - fault, 1)
        found["booted s"] = round(at["in service"] - steps[-1].server.began, 1)
        found["replaced s"] = round(at["in service"] - fault, 1)
    return found


def measure(scene: Scene, name: str, place: Place) -> dict[str, Any]:
    """One fault under load."""
    make, replaced = FAULTS[name]
    load = Load(scene.around)
    time.sleep(BEFORE)
    before = len(scene.keeper.steps)
    fault = time.monotonic()
    make(scene, place)

    def over() -> bool:
        steps = scene.keeper.steps[before:]
        return time.monotonic() - fault > AFTER and (not replaced or (bool(steps) and steps[-1].what == "in service"))

    try:
        scene.keeper.wait(over, REPLACED_WITHIN, f"{name}: the replacement")
    finally:
        asked = load.close()
    steps = scene.keeper.steps[before:]
    if any(step.place is not place for step in steps) or bool(steps) != replaced:
        raise RuntimeError(f"{name}: not what was to be replaced was replaced: {[(step.what, step.place.name) for step in steps]}")
    return figures(asked, steps, fault, replaced)


def aims(runs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What was aimed at, and what came of it."""
    with_retries = {name: row for name, row in runs.items() if name.endswith(", retries")}
    without = {name: row for name, row in runs.items() if name.endswith(", no retries")}
    drains = [row for name, row in without.items() if name.startswith("drained")]
    total = sum(row["requests"] for row in with_retries.values())
    replaced = [row for row in runs.values() if "replaced s" in row]
    unplanned = [row for name, row in runs.items() if "replaced s" in row and not name.startswith("drained")]
    return [
        {"of": f"failed of {total} requests, GET tried again", "value": sum(row["failed"] for row in with_retries.values()), "at_most": 0},
        {"of": "failed %, nothing tried again, worst fault", "value": max(row["failed %"] for row in without.values()), "at_most": 3},
        {"of": "failed when drained, nothing tried again", "value": sum(row["failed"] for row in drains), "at_most": 0},
        {"of": "launch to service, slowest, s", "value": max(row["booted s"] for row in replaced), "at_most": 5},
        {"of": "fault to replacement in service, slowest, s", "value": max(row["replaced s"] for row in unplanned), "at_most": 5},
        {"of": "of which until the health checks had noticed, s", "value": max(row["noticed s"] for row in unplanned)},
    ]


def main() -> None:
    """Disk, health checks and faults come from tools/bench."""
    asked = task()
    root = root_of(Path(asked["disk"]))
    around = Around()
    places = [Place(number, around) for number in range(1, SERVERS + 1)]
    files = baked(around)
    runs: dict[str, dict[str, Any]] = {}
    for retries in RETRIES:
        balancer = Balancer(around, places, retries, asked["checks"])
        keeper = Keeper(places, lambda place: Server(place, root, files), around, balancer)
        keeper.start()
        keeper.wait(lambda keeper=keeper: set(keeper.states.values()) == {"in service"}, STARTED_WITHIN, "the start")
        last = keeper.steps[-1]
        say(f"{SERVERS} servers, started at once, are in service after {last.at - last.server.began:.1f} s")
        fill(f"http://{places[0].address}")
        scene = Scene(around, keeper, balancer)
        for number, name in enumerate(asked.get("faults") or FAULTS):
            runs[f"{name}, {retries}"] = measure(scene, name, places[number % SERVERS])
            say(f"{name}, {retries}: {json.dumps(runs[f'{name}, {retries}'])}")
        keeper.close()
        balancer.close()
    answer({"runs": runs, "ratios": aims(runs), "more": {"health checks of the target group": asked["checks"]}})


if __name__ == "__main__":
    main()

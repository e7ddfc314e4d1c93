# SPDX-License-Identifier: GPL-3.0-or-later
"""A region is lost, and the other takes over: how long visitors are without the site, and which of their writes are gone. Started by
`tools/bench recovery`.

Each region is a network of its own with all that a site has in one: servers of the web image, a load balancer, a database, a cache, a Parameter
Store. The database of the region that stands by is a copy of the other's, by asynchronous replication over TLS, as a replica of RDS in another
region is. In front of both, an HAProxy stands for CloudFront and for the name that it asks for. What is done is what playbooks/failover.yml
and playbooks/switchover.yml do, in their order; it is seen by the runbooks' own probe, and by markers that are written as visitors write.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import secrets
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECOVERY = Path(__file__).resolve().parents[1] / "roles/recovery/files"
sys.path.append(str(RECOVERY))

from data_plane import Balancer, HAProxy, Keeper  # noqa: E402
from machines import DATABASE, Around, Place, Server, answer, baked, inside_network, root_of, run, say, task  # noqa: E402
from markers import survival  # noqa: E402
from probe import SUSTAINED, summary, utc  # noqa: E402

REGIONS = ("ap-southeast-1", "us-east-1")
SERVERS = 2  # of a region that serves
EDGE = "10.76.0.1"
DISTANCE = 0.11  # seconds that a packet takes from one region to the other: about as far as these two are apart
# More often than the site is asked: what is lost is counted in them.
MARKERS_EVERY = 0.1  # seconds
DECIDED_AFTER = 3  # requests in a row that failed: nobody thinks it over here
BEHIND = 5  # seconds that a copy has received nothing, where it is made to be behind
BEFORE, AFTER = 8, 5  # seconds of service around it
# A request that hung when the region was lost arrives when it comes back before whoever forwards it has given up.
AWAY, AWAKE = 40, 10  # seconds from leading visitors over to the return of the old region, and what it is watched for then
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
STARTED_WITHIN, COPIED_WITHIN, SERVED_WITHIN = 120, 60, 120  # seconds

EDGE_CONFIG = """
global
    stats socket {work}/haproxy.socket level admin
    log stdout format raw local0 notice
defaults
    mode http
    timeout client 60s
    timeout connect 10s
    timeout server {read_timeout}s
    retries 2
frontend visitors
    bind {address}:80
    default_backend origin
backend origin
    http-response set-header X-Region %s
{servers}
"""
# As a visitor: whatever is needed to write has to work, and what is answered was written.
MARKER = """
exec curl --silent --fail --max-time 5 --output /dev/null --write-out '%header{{x-region}}' \
    --data-urlencode 'author={author}' --data-urlencode "message=$1" http://{address}/entries
"""


def wait(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Until it is so."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise RuntimeError(f"{what} took more than {seconds:.0f} s")
        time.sleep(0.1)


def works(act: Callable[[], object]) -> bool:
    """Whether a command is answered."""
    try:
        act()
    except RuntimeError:
        return False
    return True


class Ocean:
    """Between the regions: packets from one to the other take their time, those of visitors do not."""

    def __init__(self) -> None:
        self.file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", b"ocean", IFF_TUN | IFF_NO_PI))
        run("ip", "link", "set", "ocean", "up")
        run("ip", "route", "add", "default", "dev", "ocean", "table", "100")
        for name in REGIONS:
            run("ip", "rule", "add", "iif", name, "lookup", "100")
        # Who sends them is reached another way than they come.
        for setting, value in (("ip_forward", "1"), ("conf/all/rp_filter", "0"), ("conf/ocean/rp_filter", "0")):
            Path("/proc/sys/net/ipv4", setting).write_text(value)
        self.packets: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        for work in (self._take, self._give):
            threading.Thread(target=work, daemon=True).start()

    def _take(self) -> None:
        while True:
            packet = os.read(self.file, 65536)
            self.packets.put((time.monotonic() + DISTANCE, packet))

    def _give(self) -> None:
        while True:
            due, packet = self.packets.get()
            time.sleep(max(0.0, due - time.monotonic()))
            os.write(self.file, packet)


class Region(Around):
    """All that a site has in a region."""

    def __init__(self, name: str, number: int, root: Path, checks: dict[str, Any]) -> None:
        self.number, self.root, self.checks = number, root, checks
        self.keeper: Keeper | None = None
        self.databases = 0
        self._another_database()
        run("ip", "netns", "add", name)
        mac = f"02:00:00:01:00:{number:02x}"
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "world", "address", mac, "netns", name)
        run("ip", "address", "add", f"10.76.{number}.1/24", "dev", name)
        run("ip", "link", "set", name, "up")
        # Known for good, so that packets to a region that is cut off vanish; otherwise somebody would say that it is not there.
        run("ip", "neighbour", "add", f"10.76.{number}.2", "lladdr", mac, "nud", "permanent", "dev", name)
        run("ip", "route", "add", f"10.77.{number}.0/24", "via", f"10.76.{number}.2")
        with inside_network(name):
            run("ip", "address", "add", f"10.76.{number}.2/24", "dev", "world")
            super().__init__(name, f"10.77.{number}")
            self.places = [Place(10 * number + one, self) for one in range(SERVERS)]
            self.balancer = Balancer(self, self.places, "no retries", checks)
        self.connect()
        self.await_database()

    def _another_database(self) -> None:
        """By another number than the one before: what a database calls its own it does not copy."""
        self.databases += 1
        # What is acknowledged is in the log from which it is copied.
        log = ("--log-bin=log", "--sync-binlog=1", "--log-slave-updates=ON", "--gtid-strict-mode=ON")
        self.database_options = (f"--server-id={100 * self.number + self.databases}", *log)

    def connect(self, up: bool = True) -> None:
        """To the world, or not."""
        run("ip", "-n", self.region, "link", "set", "world", "up" if up else "down")
        if up:
            run("ip", "-n", self.region, "route", "replace", "default", "via", f"10.76.{self.number}.1")

    def serve(self) -> None:
        """Start as many servers as a region that serves has."""
        files = baked(self)
        with inside_network(self.region):
            self.keeper = Keeper(self.places, lambda place: Server(place, self.root, files), self, self.balancer)
            self.keeper.start()

    def await_servers(self) -> None:
        keeper = self.keeper
        assert keeper is not None

        def serving() -> bool:
            return set(keeper.states.values()) == {"in service"} and {status for status, _ in self.balancer.look().values()} == {"UP"}

        keeper.wait(serving, STARTED_WITHIN, f"the start in {self.region}")

    def stop_servers(self) -> None:
        """Each in good order."""
        keeper = self.keeper
        assert keeper is not None
        keeper.drain_all()
        keeper.wait(lambda: not keeper.servers, STARTED_WITHIN, f"the end of the servers in {self.region}")

    def remove_servers(self) -> None:
        assert self.keeper is not None
        self.keeper.close()
        for place in self.places:
            self.balancer.deregister(place)
        self.keeper = None

    def kill(self) -> None:
        """All processes of the region, from one moment to the next."""
        assert self.keeper is not None
        self.close()
        self.balancer.close()
        self.keeper.close()

    def wake(self) -> None:
        """As after a loss of power: the files are what they were."""
        with inside_network(self.region):
            self.processes = [self._database(), self._cache()]
            self.balancer = Balancer(self, self.places, "no retries", self.checks)
        self.await_database()
        self.serve()
        self.await_servers()

    def sql(self, statement: str, *options: str) -> str:
        """What the database says, to its own administrator if no options say otherwise."""
        client = ("mariadb", "--no-defaults", f"--socket={self.work}/database.socket", "--batch", "--skip-column-names")
        return run(*client, *(options or ("--user=root",)), f"--execute={statement}").strip()

    def await_database(self) -> None:
        wait(lambda: works(lambda: self.sql("SELECT 1")), STARTED_WITHIN, f"the database in {self.region}")

    def written(self) -> int:
        """Transactions in the history of this database, whoever made them."""
        return int(self.sql("SELECT @@gtid_binlog_pos").rpartition("-")[2])

    def follow(self, other: Region, secret: str) -> None:
        """What playbooks/follow.yml makes of a region: no servers, a new copy in the place of its database, and the other's secret."""
        if self.keeper:
            self.remove_servers()
        self.processes[0].kill()
        self.processes[0].wait()
        shutil.rmtree(self.work / "database")
        self._empty_database()
        self._another_database()
        with inside_network(self.region):
            self.processes[0] = self._database("--read-only=ON")
        self.await_database()
        # The copy verifies whom it copies.
        self.sql(
            f"CHANGE MASTER TO MASTER_HOST='{other.gateway}', MASTER_PORT=3306, MASTER_USER='copy', MASTER_PASSWORD='{secret}', MASTER_CONNECT_RETRY=1,"
            f" MASTER_SSL=1, MASTER_SSL_CA='{other.work}/authority.pem', MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_USE_GTID=slave_pos; START REPLICA"
        )
        self.password = other.password
        self.catch_up(other)
        if works(lambda: self.sql("CREATE TABLE app.refused (id INT)", "--user=app", f"--password={self.password}")):
            raise RuntimeError(f"the application can write to the copy in {self.region}")

    def catch_up(self, other: Region) -> None:
        """Wait until whatever is in the other database is in this one."""
        self._apply(other.sql("SELECT @@gtid_binlog_pos"))

    def _apply(self, position: str) -> None:
        if self.sql(f"SELECT MASTER_GTID_WAIT('{position}', {COPIED_WITHIN})") != "0":
            raise RuntimeError(f"the copy in {self.region} does not come to {position}: {self.replication()}")

    def delay(self, other: Region) -> float:
        """Seconds from a write in the other database to its being here, the two questions included."""
        began = time.monotonic()
        other.sql("CREATE OR REPLACE TABLE app.delay (id INT)")
        self.catch_up(other)
        return round(time.monotonic() - began, 2)

    def replication(self) -> dict[str, str]:
        said = (line.strip().partition(": ") for line in self.sql("SHOW REPLICA STATUS", "--user=root", "--vertical", "--column-names").splitlines())
        return {name: value for name, _, value in said}

    def promote(self) -> None:
        """As RDS: what was received is applied first. Asks nothing of the other region."""
        self.sql("STOP REPLICA IO_THREAD")
        self._apply(self.replication()["Gtid_IO_Pos"])
        self.sql("STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF")

    def markers(self, author: str) -> set[int]:
        """Which of them are in the database."""
        return {int(line) for line in self.sql(f"SELECT message FROM app.entries WHERE author = '{author}'").splitlines()}


class Edge(HAProxy):
    """In the place of CloudFront, and of the name of its origin."""

    def __init__(self, regions: list[Region], read_timeout: int) -> None:
        work = Path("/run/edge")
        work.mkdir()
        (work / "authorities.pem").write_text("".join(region.authority for region in regions))
        verified = f"ssl verify required ca-file {work}/authorities.pem verifyhost {DATABASE} disabled"
        servers = "\n".join(f"    server {region.region} {region.gateway}:443 {verified}" for region in regions)
        super().__init__(work, EDGE_CONFIG.format(work=work, address=EDGE, read_timeout=read_timeout, servers=servers))
        self.regions = regions

    def lead(self, to: Region) -> None:
        """Visitors to this region, and to no other."""
        for region in self.regions:
            self.state(f"origin/{region.region}", "ready" if region is to else "maint")


class Watch:
    """Who asks and who writes from outside, in processes that know nothing of what is done."""

    def __init__(self, name: str) -> None:
        self.folder = Path("/run/seen", name)
        self.folder.mkdir(parents=True)
        script = MARKER.format(author=name, address=EDGE)
        self.processes = [
            # For the page that asks writer, reader and cache: the one that the runbooks ask for would be served without a database.
            self._start("probe.py", f"http://{EDGE}/health/deep", self.folder, os.getpid()),
            self._start("markers.py", self.folder, os.getpid(), MARKERS_EVERY, "sh", "-euc", script, "sh"),
        ]

    @staticmethod
    def _start(*words: object) -> subprocess.Popen[bytes]:
        program, *arguments = map(str, words)
        return subprocess.Popen([sys.executable, "-B", str(RECOVERY / program), *arguments], stdin=subprocess.DEVNULL)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What they have written down so far."""
        file = self.folder / f"{name}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")] if file.exists() else []

    def await_outage(self) -> None:
        def lasting() -> bool:
            last = self.lines("probe")[-DECIDED_AFTER:]
            return len(last) == DECIDED_AFTER and not any(one["served"] for one in last)

        wait(lasting, SERVED_WITHIN, "an outage")

    def await_service(self, since: float) -> None:
        """Of readers and of writers."""

        def lasting() -> bool:
            asked = [one for one in self.lines("probe") if one["at"] > utc(since)][-SUSTAINED:]
            written = [one for one in self.lines("markers") if one["at"] > since][-SUSTAINED:]
            return len(asked) == len(written) == SUSTAINED and all(one["served"] for one in asked) and all(one["region"] for one in written)

        wait(lasting, SERVED_WITHIN, "service")

    def close(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What was seen, and what was written."""
        (self.folder / "stop").touch()
        for process in self.processes:
            process.wait()
        return json.loads((self.folder / "summary.json").read_text()), self.lines("markers")


def killed(old: Region, new: Region) -> None:
    old.kill()


def cut_off(old: Region, new: Region) -> None:
    old.connect(False)


def cut_off_behind(old: Region, new: Region) -> None:
    """After a time in which the copy has received nothing: what is measured must show it."""
    new.sql("STOP REPLICA IO_THREAD")
    time.sleep(BEHIND)
    cut_off(old, new)


# What happens to the region that serves, and how it comes back. Without anything it hands over: a switchover.
FAULTS: dict[str, tuple[Callable[[Region, Region], None], Callable[[Region], None]] | None] = {
    "killed": (killed, Region.wake),
    "cut off": (cut_off, Region.connect),
    f"cut off, copy {BEHIND} s behind": (cut_off_behind, Region.connect),
    "switchover": None,
}


def take_over(new: Region, edge: Edge, note: Callable[[str], None]) -> None:
    """As playbooks/failover.yml from its third step on: servers start while the database is promoted, and visitors are led here last."""
    if new.replication()["Slave_SQL_Running"] != "Yes":
        raise RuntimeError(f"there is no copy in {new.region} that could be promoted")
    with ThreadPoolExecutor(1) as pool:
        promotion = pool.submit(new.promote)
        new.serve()
        promotion.result()
        note("database can be written to")
        new.await_servers()
        note("servers in service")
    edge.lead(new)
    note("visitors led over")


@dataclass
class Measured:
    """A row of the table, when what was done, and what the markers say."""

    row: dict[str, Any]
    steps: dict[str, float]
    markers: dict[str, Any]


def measure(name: str, old: Region, new: Region, edge: Edge) -> Measured:
    """One region is lost, or hands over, and comes back when the other serves."""
    watch, fault = Watch(name), FAULTS[name]
    time.sleep(BEFORE)
    steps: dict[str, float] = {}
    began = time.time()

    def note(what: str) -> None:
        steps[what] = round(time.time() - began, 1)

    if fault:
        fault[0](old, new)
        began = time.time()  # some faults take a while to make
        watch.await_outage()
        note("outage noticed")
    else:
        old.stop_servers()
        note("servers stopped")
        new.catch_up(old)
        note("copy caught up")
    take_over(new, edge, note)
    led = time.time()
    watch.await_service(led)
    if fault:
        time.sleep(max(AFTER, led + AWAY - time.time()))
        # Of one that was cut off, nobody has asked it since, or it has not answered.
        before = old.written() if works(old.written) else None
        fault[1](old)
    else:
        time.sleep(AFTER)
        before = old.written()
    visits, before = old.balancer.asked(), old.written() if before is None else before
    time.sleep(AWAKE)
    visits, writes = old.balancer.asked() - visits, old.written() - before
    seen, written = watch.close()
    there, here = old.markers(name), new.markers(name)
    left = survival(written, here, old.region)
    # Of writes the same as of requests.
    marked = summary(name, [{"at": one["at"], "served": one["region"] is not None} for one in sorted(written, key=lambda one: float(one["at"]))])
    row = {
        "requests": seen["requests"],
        "failed": seen["failed"],
        "RTO s": seen["longest"],
        "of writes s": marked["longest"],
        "acknowledged": left["acknowledged"],
        "lost": left["lost"],
        "RPO s": left["seconds"],
        "old: visits": visits,
        "old: writes": writes,
    }
    acknowledged = sum(one["region"] == new.region for one in written)
    return Measured(row, steps, {**left, "only in the old database": len(there - here), f"acknowledged by {new.region}": acknowledged})


def aims(runs: dict[str, dict[str, Any]], gaps: int, targets: dict[str, float]) -> list[dict[str, Any]]:
    """What was aimed at, and what came of it."""
    behind = next((row for name, row in runs.items() if "behind" in name), None)
    lost = [row for name, row in runs.items() if FAULTS[name] and row is not behind]
    found: list[dict[str, Any]] = []
    if lost:
        rto, rpo = max(max(row["RTO s"], row["of writes s"]) for row in lost), max(row["RPO s"] for row in lost)
        found += [
            {"of": "RTO of a region that was lost, reading and writing, s", "value": rto, "at_most": 60},
            {"of": "the same beside recovery_targets", "value": rto, "at_most": targets["rto"]},
            {"of": "RPO of a region that was lost, s", "value": rpo, "at_most": 2},
            {"of": "the same beside recovery_targets", "value": rpo, "at_most": targets["rpo"]},
        ]
    if behind:
        found.append({"of": f"RPO where the copy is {BEHIND} s behind: that it shows, s", "value": behind["RPO s"], "at_least": BEHIND - 1})
    if "switchover" in runs:
        found.append({"of": "writes lost by a switchover", "value": runs["switchover"]["lost"], "at_most": 0})
    returned = sum(row["old: visits"] + row["old: writes"] for row in runs.values())
    return [
        *found,
        {"of": "writes lost although newer ones survived", "value": gaps, "at_most": 0},
        {"of": "visits to, and writes in, a region that has come back", "value": returned, "at_most": 0},
    ]


def main() -> None:
    """Disk, health checks, the edge's patience and the targets come from tools/bench."""
    asked = task()
    root = root_of(Path(asked["disk"]))
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{EDGE}/32", "dev", "lo")
    Ocean()
    regions = [Region(name, number, root, asked["checks"]) for number, name in enumerate(REGIONS, 1)]
    edge = Edge(regions, asked["read_timeout"])
    old, new = regions
    secret = secrets.token_urlsafe(16)
    old.sql(f"CREATE USER copy@'%' IDENTIFIED BY '{secret}' REQUIRE SSL; GRANT REPLICATION SLAVE ON *.* TO copy@'%'")
    old.serve()
    new.follow(old, secret)
    old.await_servers()
    edge.lead(old)
    say(f"{old.region} serves, {new.region} follows")
    runs: dict[str, dict[str, Any]] = {}
    more: dict[str, dict[str, Any]] = {}
    gaps, delays = 0, []
    for name in asked.get("faults") or FAULTS:
        delays.append(new.delay(old))
        found = measure(name, old, new, edge)
        runs[name] = found.row
        more |= {f"{name}: {old.region} to {new.region}, seconds after it": found.steps, f"{name}: markers": found.markers}
        gaps += len(found.markers["gaps"])
        say(f"{name}: {json.dumps(found.row)}")
        old.follow(new, secret)
        old, new = new, old
    more["copying"] = {"seconds from one region to the other": DISTANCE, "a write is in the copy after, s": delays}
    answer({"runs": runs, "ratios": aims(runs, gaps, asked["targets"]), "more": more})


if __name__ == "__main__":
    main()

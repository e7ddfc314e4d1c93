# SPDX-License-Identifier: GPL-3.0-or-later
"""The web image beside Debian's own Apache with mod_php: the same application, database, cache and processors, in turns. Started by
`tools/bench stock`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machines import ROOT, Around, Place, Server, answer, baked, fill, root_of, say, task

OURS, STOCK = "web image", "Debian's own"
# Prefork takes some seconds until it has as many processes as it wants.
TURNS, WARM, SECONDS = 3, 6, 8
SETTLED_WITHIN = 120  # seconds
PICTURE_KB = 64
PROCESSES = ("apache2", "php-fpm8.4")


@dataclass(frozen=True)
class Demand:
    """What visitors ask for, and how."""

    name: str
    path: str
    connections: int
    pause: int = 0  # milliseconds between the requests of a connection


DEMANDS = (
    Demand("page, 32 connections", "/", 32),
    Demand("page, 256 connections", "/", 256),
    # Browsers and load balancers keep connections open and use them now and then.
    Demand("page, 500 that pause", "/", 500, 1000),
    Demand("style sheet", "/book.css", 32),
    Demand("picture", "/picture.jpg", 32),
)


def stock(around: Around, application: Path) -> dict[str, str | bytes | None]:
    """The application where Debian's Apache looks for it, and what our server agent would tell it."""
    files: dict[str, str | bytes | None] = {
        # Apache would show it in the application's place.
        "var/www/html/index.html": None,
        "etc/groundswell/authorities.pem": around.authority,
        "etc/groundswell/settings.json": json.dumps(
            {name.removeprefix(f"{ROOT}/").replace("/", "_").replace("-", "_"): value for name, value in around.parameters().items()}
        ),
        "etc/groundswell/secrets.json": json.dumps(
            {"database": json.dumps({"username": "app", "password": around.password}), "cache": around.token}
        ),
        "etc/tmpfiles.d/bench.conf": "C /run/groundswell/secrets.json 0640 root www-data - /etc/groundswell/secrets.json\n",
    }  # fmt: skip
    for path in application.rglob("*"):
        if path.is_file():
            files[f"var/www/{path.relative_to(application)}".replace("var/www/public/", "var/www/html/")] = path.read_bytes()
    return files


def wait(server: Server) -> None:
    """Until it answers."""
    until = time.monotonic() + SETTLED_WITHIN
    while True:
        try:
            with urllib.request.urlopen(f"http://{server.place.address}/", timeout=5):
                return
        except (OSError, urllib.error.HTTPError) as error:
            if time.monotonic() > until:
                raise RuntimeError(f"{server.id} does not answer: {error}\n{(server.folder / 'console').read_text(errors='replace')[-2000:]}") from error
        time.sleep(0.5)


def wrk(server: Server, demand: Demand, seconds: int) -> dict[str, float]:
    """What wrk tells (benchmarks/wrk.lua)."""
    done = subprocess.run(
        ["wrk", "--threads", "2", "--connections", str(demand.connections), "--duration", f"{seconds}s", "--timeout", "10s",
         "--script", str(Path(__file__).with_name("wrk.lua")), f"http://{server.place.address}{demand.path}"],
        env={**os.environ, "WRK_PAUSE": str(demand.pause)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    told = [line.removeprefix("JSON ") for line in done.stdout.splitlines() if line.startswith("JSON ")]
    if done.returncode or not told:
        raise RuntimeError(f"wrk: {done.stdout}")
    found: dict[str, float] = json.loads(told[0])
    return found


def turn(server: Server, demand: Demand) -> dict[str, float]:
    """One measurement, with the memory taken shortly before its end."""
    wrk(server, demand, WARM)
    memory: list[float] = []
    look = threading.Timer(SECONDS * 0.75, lambda: memory.append(server.memory_mb(*PROCESSES)))
    look.start()
    before = server.cpu_seconds()
    found = wrk(server, demand, SECONDS)
    used = server.cpu_seconds() - before
    look.join()
    return {
        "a second": found["requests"] / (found["microseconds"] / 1e6),
        "p50 ms": found["p50"] / 1000,
        "p99 ms": found["p99"] / 1000,
        # Whoever else is on the machine takes time from both, and has no part in this.
        "CPU ms each": 1000 * used / max(found["requests"], 1),
        "memory MB": memory[0],
        "failed": found["refused"] + found["broken"] + found["unanswered"] + found["errors"],
    }


def middle(turns: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    row = {name: round(statistics.median(one[name] for one in turns), 2) for name in turns[0]}
    return {**row, "a second per MB": round(row["a second"] / row["memory MB"], 2)}


def aims(runs: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """Ours over Debian's own."""
    ratios: list[dict[str, Any]] = []
    for demand in DEMANDS:
        ours, theirs = runs[f"{demand.name}, {OURS}"], runs[f"{demand.name}, {STOCK}"]
        for name, aim in (("a second", {}), ("memory MB", {}), ("CPU ms each", {}), ("a second per MB", {"at_least": 2}), ("p99 ms", {"at_most": 1})):
            ratios.append({"of": f"{demand.name}: {name}", "value": round(ours[name] / max(theirs[name], 0.01), 2), **aim})
    return ratios


def main() -> None:
    """Disk, Debian's own root file system and the application come from tools/bench."""
    asked = task()
    around = Around()
    picture = os.urandom(PICTURE_KB * 1024)
    image = root_of(Path(asked["disk"]))
    public = next((image / "srv/releases").glob("*/public")).relative_to(image)
    servers = {
        OURS: Server(Place(1, around), image, {**baked(around), f"{public}/picture.jpg": picture}),
        STOCK: Server(Place(2, around), Path(asked["stock"]), {**stock(around, Path(asked["application"])), "var/www/html/picture.jpg": picture}),
    }
    for server in servers.values():
        wait(server)
    fill(f"http://{servers[OURS].place.address}")
    pages = {urllib.request.urlopen(f"http://{server.place.address}/", timeout=20).read() for server in servers.values()}
    if len(pages) != 1:
        raise RuntimeError("they do not serve the same page")
    say(f"the page has {len(pages.pop())} bytes")
    runs: dict[str, dict[str, float]] = {}
    more: dict[str, Any] = {}
    for demand in DEMANDS:
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
        for _ in range(TURNS):
            for name, server in servers.items():
                turns[name].append(turn(server, demand))
        for name in servers:
            runs[f"{demand.name}, {name}"] = middle(turns[name])
            more[f"{demand.name}, {name}: a second, in turns"] = [round(one["a second"]) for one in turns[name]]
        say(json.dumps({name: row for name, row in runs.items() if name.startswith(demand.name)}))
    answer({"runs": runs, "ratios": aims(runs), "more": {"turns": more}})


if __name__ == "__main__":
    main()

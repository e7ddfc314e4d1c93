#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a site once a second, from outside and independently of what is done to it: probe.py <url> <folder> <process>

Writes each answer to <folder>/probe.jsonl as it comes. Ends when there is a file <folder>/stop, or when the process has ended whose number is given,
and leaves <folder>/summary.json: the outages, each from the first request that failed to the first of SUSTAINED that were answered in a row, and the
longest of them. What has not ended yet has no end.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EVERY = 1.0  # seconds
PATIENCE = 5.0  # seconds that an answer is waited for
SUSTAINED = 5  # answers in a row: one alone may have been luck


def served(url: str) -> bool:
    """Whether somebody who looks at the site now gets it. An answer of the fallback page or of a load balancer without servers is none."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def outages(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From what was asked when, as {"at": seconds since the epoch, "served": whether}: {"begun", "ended", "seconds"}, times in UTC."""
    found: list[dict[str, Any]] = []
    begun, row = None, []
    for one in asked:
        if not one["served"]:
            begun, row = begun if begun is not None else one["at"], []
        elif begun is not None:
            row.append(one["at"])
            if len(row) == SUSTAINED:
                found.append({"begun": utc(begun), "ended": utc(row[0]), "seconds": round(row[0] - begun, 1)})
                begun, row = None, []
    if begun is not None:
        found.append({"begun": utc(begun), "ended": None, "seconds": None})
    return found


def utc(seconds: float) -> str:
    """As records have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def summary(url: str, asked: list[dict[str, Any]]) -> dict[str, Any]:
    """What a record says of it. `longest` is None while the site is not served, and 0 where it always was."""
    found = outages(asked)
    ended = all(one["ended"] for one in found)
    return {
        "url": url,
        "requests": len(asked),
        "failed": sum(not one["served"] for one in asked),
        "outages": found,
        "longest": max((one["seconds"] for one in found), default=0.0) if ended else None,
    }


def runs(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def repeat(act: Callable[[], None], folder: Path, process: int, every: float = EVERY) -> None:
    """Until told to stop. One does not wait for the one before."""
    threads: list[threading.Thread] = []
    while not (folder / "stop").exists() and runs(process):
        threads = [thread for thread in threads if thread.is_alive()] + [threading.Thread(target=act)]
        threads[-1].start()
        time.sleep(every)
    for thread in threads:
        thread.join()


def main(url: str, folder: Path, process: int) -> None:
    """All requests, and what they come to."""
    asked: list[dict[str, Any]] = []
    lock = threading.Lock()
    with (folder / "probe.jsonl").open("a", buffering=1) as lines:

        def ask() -> None:
            at = time.time()
            one = {"at": at, "served": served(url)}
            with lock:
                asked.append(one)
                lines.write(json.dumps({"at": utc(at), "served": one["served"]}) + "\n")

        repeat(ask, folder, process)
    half = folder / "summary.json.part"
    half.write_text(json.dumps(summary(url, sorted(asked, key=lambda one: one["at"])), indent=1))
    half.replace(folder / "summary.json")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))

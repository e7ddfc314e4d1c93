#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a marker again and again and remembers which were acknowledged: markers.py <folder> <process> <seconds from one to the next> <command> ...

The command gets the number of a marker as its last argument, writes one row that bears it, and says on its standard output which region acknowledged
it; it fails where none did. How it writes is its own affair, so that nothing here knows the site: by a form, or as a client of the database.

Writes each to <folder>/markers.jsonl as it is answered: {"id", "at": seconds since the epoch, when it was sent, "region": null if nobody
acknowledged it}. Ends as probe.py does, and leaves a file <folder>/markers.ended. With these lines and the numbers that stand in the database that serves
now, `survival` says what was lost.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from probe import PATIENCE, repeat, utc


def survival(written: list[dict[str, Any]], survived: Collection[int], region: str) -> dict[str, Any]:
    """What is left of the writes that a region acknowledged before another one took over.

    `seconds` is the RPO: from the newest of them that survived to the last that was acknowledged; None where none survived. Each number of
    `gaps` is lost although a newer one survived, which copies that apply writes in their order never do.
    """
    acknowledged = sorted((one for one in written if one["region"] == region), key=lambda one: one["at"])
    kept = [one for one in acknowledged if one["id"] in survived]
    lost = [one for one in acknowledged if one["id"] not in survived]
    return {
        "acknowledged": len(acknowledged),
        "lost": len(lost),
        "last": utc(acknowledged[-1]["at"]) if acknowledged else None,
        "newest": utc(kept[-1]["at"]) if kept else None,
        "seconds": round(acknowledged[-1]["at"] - kept[-1]["at"], 1) if kept else None if lost else 0.0,
        "gaps": [one["id"] for one in lost if kept and one["at"] < kept[-1]["at"]],
        # Whoever wrote them was told that it had failed, or nothing.
        "unacknowledged": sum(one["region"] is None and one["id"] in survived for one in written),
    }


def write(command: list[str], number: int) -> str | None:
    """The region that acknowledged it."""
    try:
        done = subprocess.run([*command, str(number)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def main(folder: Path, process: int, every: float, command: list[str]) -> None:
    """All markers."""
    numbers = itertools.count(1)
    lock = threading.Lock()
    with (folder / "markers.jsonl").open("a", buffering=1) as lines:

        def mark() -> None:
            number, at = next(numbers), time.time()
            region = write(command, number)
            with lock:
                lines.write(json.dumps({"id": number, "at": at, "region": region}) + "\n")

        repeat(mark, folder, process, every)
    (folder / "markers.ended").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])

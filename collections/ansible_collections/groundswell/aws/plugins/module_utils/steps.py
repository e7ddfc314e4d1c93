# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules have in common that do one thing after another, and wait for it."""

from __future__ import annotations

import time
import typing as t

from .resource import Item, Problem

BETWEEN = 5.0  # seconds between two looks


def change(kind: str, name: str, options: list[str], action: str = "update") -> Item:
    """One thing that was, or in check mode would be, done, as modules return it."""
    return {"kind": kind, "name": name, "action": action, "options": options}


def wait_while(late: t.Callable[[], str], until: float, sleep: t.Callable[[float], None] = time.sleep) -> None:
    """Until `late` has nothing more to say; what it says when the time is over, people read.

    :param until: when that is, by the monotonic clock.
    """
    while words := late():
        if time.monotonic() > until:
            raise Problem(words)
        sleep(BETWEEN)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What lasts for a moment after a call: a deleted name that is not free yet, a new thing that is not seen yet."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import on_reset

_until: dict[tuple[str, str, str, str], float] = {}


def _key(context: Context, name: str) -> tuple[str, str, str, str]:
    return context.service, context.account, context.region, name


def lasts(context: Context, name: str, seconds: float) -> None:
    """From now on, for so many seconds of a real account. Nothing lasts without --latency."""
    if context.simulator.lifecycles.scaled(seconds):
        _until[_key(context, name)] = context.simulator.clock() + context.simulator.lifecycles.scaled(seconds)


def still(context: Context, name: str) -> bool:
    """Whether that moment goes on."""
    return context.simulator.clock() < _until.get(_key(context, name), 0.0)


@on_reset
def forget() -> None:
    """An empty account has no past."""
    _until.clear()

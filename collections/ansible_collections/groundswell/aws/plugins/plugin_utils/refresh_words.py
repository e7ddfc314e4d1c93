# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about an instance refresh while it is waited for."""

from __future__ import annotations

import typing as t

from .words import span

_ORDER = ("in service", "coming", "unhealthy", "in standby", "warmed")


def begun(label: str, group: str, look: dict[str, t.Any]) -> str:
    """That it is there, and what may be done about it."""
    refresh = look["refresh"]
    how = "joined" if look["joined"] else "started"
    return (
        f"{label}: {how} instance refresh {refresh['id']} of {group}. It is AWS that carries it out: Ctrl-C ends the waiting only, and the "
        f"same command joins it again. To go back: playbooks/rollback.yml. To stop it where it is: "
        f"aws autoscaling cancel-instance-refresh --auto-scaling-group-name {group}"
    )


def progress(label: str, look: dict[str, t.Any], elapsed: float | None = None) -> str:
    """`web: 50 % InProgress after 2 min; version 1: 2 in service; version 2: 1 in service, 1 coming. Waiting for ...`."""
    refresh = look["refresh"]
    versions = [f"version {number}: {_kinds(kinds)}" for number, kinds in look["instances"].items()]
    when = "" if elapsed is None else f" after {span(elapsed)}"
    reason = f". {refresh['status_reason']}" if refresh["status_reason"] else ""
    return "; ".join([f"{label}: {refresh['percentage_complete']} % {refresh['status']}{when}", *versions]) + reason


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{kinds[kind]} {kind}" for kind in _ORDER if kind in kinds)

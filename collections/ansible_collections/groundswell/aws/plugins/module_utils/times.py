# SPDX-License-Identifier: GPL-3.0-or-later
"""Times that people give, and that AWS tells."""

from __future__ import annotations

import datetime

from .resource import Problem


def parse_time(text: str) -> datetime.datetime:
    """A time of ISO 8601 with its zone, in the past. Raises Problem."""
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Problem(f"{text!r} is no time with a zone, such as 2026-05-04T03:02:00Z")
    if at > datetime.datetime.now(datetime.UTC):
        raise Problem(f"{text} is still to come")
    return at


def utc(at: datetime.datetime) -> str:
    """A time as people may give it."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

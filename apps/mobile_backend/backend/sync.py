# SPDX-License-Identifier: GPL-3.0-or-later
"""How devices of one user stay in step.

A device asks for what has changed since a time that it was told, and sends what was changed on it, each with the version that it changed. The rule for
conflicts: **whoever changed the present version wins**. Another gets what is there now, with its version, merges, and sends again. Nothing is lost unseen, and
no clock of a device counts.

The time to ask with next is some seconds before now: clocks of servers differ a little, and the index by which changes are found is a moment behind the table.
So a device may be told the same change twice, which it knows by the version.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from .problems import Conflict
from .repository import MARK_DAYS, Record, Repository

OVERLAP = timedelta(seconds=10)
BEGINNING = "0000-01-01T00:00:00.000Z"
# What is ours and no device's business.
_INNER = ("pk", "sk", "expires", "endpoint")


def stamp(now: datetime) -> str:
    """A time as it is stored: of one length, so that sorting texts sorts times."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def shown(record: Record) -> Record:
    """A record as devices see it."""
    return {name: value for name, value in record.items() if name not in _INNER}


def write(repository: Repository, sub: str, sk: str, base: int, values: Record, now: datetime) -> Record:
    """The next version of a record. Raises Conflict with the present one where `base` is not it."""
    record = {**values, "pk": sub, "sk": sk, "version": base + 1, "changed": stamp(now)}
    if record.get("deleted"):
        record["expires"] = int((now + timedelta(days=MARK_DAYS)).timestamp())
    try:
        repository.put(record, base)
    except Conflict as conflict:
        current = repository.get(sub, sk)
        if current and current.get("version") == record["version"] and shown({**current, "changed": ""}) == shown({**record, "changed": ""}):
            return current  # sent twice, because the answer to the first got lost
        raise Conflict(conflict.message, current=shown(current) if current else None) from conflict
    return record


def changes(repository: Repository, sub: str, since: str, now: datetime) -> dict[str, Any]:
    """What has changed since then, and what to ask with next."""
    records, more = repository.changed(sub, since or BEGINNING)
    until = stamp(now - OVERLAP)
    # Of a part of them, up to the last; never beyond the overlap.
    next_time = min(records[-1]["changed"], until) if more else max(until, since or BEGINNING)
    if more and next_time <= (since or BEGINNING):
        next_time = records[-1]["changed"]
    return {"changes": [shown(record) for record in records], "since": next_time, "more": more}


def apply(repository: Repository, sub: str, sent: list[Record], now: datetime) -> list[Record]:
    """What became of each change that a device sent: applied, or in conflict with what is there now."""
    results = []
    for change in sent:
        content = {"deleted": True} if change.get("deleted") else {"title": change["title"], "text": change.get("text", "")}
        values = {"kind": "item", "id": change["id"], **content}
        try:
            record = write(repository, sub, f"ITEM#{change['id']}", change["version"], values, now)
            results.append({"id": change["id"], "result": "applied", "current": shown(record)})
        except Conflict as conflict:
            results.append({"id": change["id"], "result": "conflict", "current": conflict.more["current"]})
    return results

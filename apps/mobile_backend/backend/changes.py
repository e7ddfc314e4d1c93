# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table's stream tells: each change becomes an event for analysis, without what was written."""

import os
from typing import Any

from . import services
from .logs import Log


def event_of(record: dict[str, Any]) -> dict[str, Any]:
    """One change as an event: whose, of which kind, what happened, and when."""
    change = record["dynamodb"]
    keys = {name: next(iter(value.values())) for name, value in change["Keys"].items()}
    return {
        "id": record["eventID"],
        "name": f"{keys['sk'].partition('#')[0].lower()}.{record['eventName'].lower()}",
        "user": keys["pk"],
        "at": change.get("ApproximateCreationDateTime"),
    }


def tell(event: dict[str, Any], other: services.Services, log: Log) -> dict[str, Any]:
    """Hand the changes over. Where not all were taken, the stream gives them again, from the first on: those who analyse know an event by its id."""
    records = event.get("Records", [])
    lost = other.emit([event_of(record) for record in records])
    log.info("told", events=len(records) - lost, lost=lost)
    return {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}] if lost else []}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls for a batch of the stream."""
    log = Log(context.aws_request_id)
    try:
        return tell(event, services.Services(dict(os.environ)), log)
    except Exception as problem:
        log.error("failed", problem)
        raise

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table's stream tells: each change becomes an event for analysis, without what was written, and the devices of whose it is are told to ask for it."""

import os
from typing import Any

from . import services
from .logs import Log
from .repository import Repository


def _keys(record: dict[str, Any]) -> dict[str, str]:
    return {name: next(iter(value.values())) for name, value in record["dynamodb"]["Keys"].items()}


def event_of(record: dict[str, Any]) -> dict[str, Any]:
    """One change as an event: whose, of which kind, what happened, and when."""
    keys = _keys(record)
    return {
        "id": record["eventID"],
        "name": f"{keys['sk'].partition('#')[0].lower()}.{record['eventName'].lower()}",
        "user": keys["pk"],
        "at": record["dynamodb"].get("ApproximateCreationDateTime"),
    }


def wake(users: list[str], repository: Repository, other: services.Services) -> int:
    """Have the devices of these users ask what has changed. A device that cannot be told any more is left to those who write."""
    woken = 0
    for user in users:
        devices, _ = repository.beginning(user, "DEVICE#")
        woken += sum(other.wake(device["endpoint"]) for device in devices if device.get("endpoint"))
    return woken


def tell(event: dict[str, Any], repository: Repository, other: services.Services, log: Log) -> dict[str, Any]:
    """Hand the changes over. Where not all were taken, the stream gives them again, from the first on: those who analyse know an event by its id, and a device
    that was woken twice finds nothing new."""
    records = event.get("Records", [])
    # Whoever sent a message has told the devices already, in words.
    users = [_keys(record)["pk"] for record in records if not _keys(record)["sk"].startswith("MESSAGE#")]
    woken = wake(list(dict.fromkeys(users)), repository, other)
    lost = other.emit([event_of(record) for record in records])
    log.info("told", events=len(records) - lost, lost=lost, devices=woken)
    return {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}] if lost else []}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls for a batch of the stream."""
    log = Log(context.aws_request_id)
    try:
        return tell(event, services.repository(), services.Services(dict(os.environ)), log)
    except Exception as problem:
        log.error("failed", problem)
        raise

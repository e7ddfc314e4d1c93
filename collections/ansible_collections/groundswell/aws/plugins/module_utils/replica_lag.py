# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a read replica is behind its source, as RDS measures it."""

from __future__ import annotations

import datetime
import time
import typing as t

from .resource import Item, Problem, Session
from .times import utc

MINUTE = 60  # seconds: RDS measures once in each (UG rds/rds-metrics)
_LOOK_BACK = datetime.timedelta(hours=1)
_BETWEEN = 5.0  # seconds between two looks; a longer pause would only be writes refused for longer


def latest(session: Session, replica: str, since: datetime.datetime | None = None) -> Item:
    """The newest minute of the last hour, or of those that began at `since` or later: `seconds` behind at most, and the minute's begin as `at`; both
    None where there is none. And the newest in which anything was replicated, as `replicated`.
    """
    now = datetime.datetime.now(datetime.UTC)
    points = session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName="ReplicaLag",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": replica}],
        StartTime=now - _LOOK_BACK,
        EndTime=now,
        Period=MINUTE,
        Statistics=["Maximum"],
    )["Datapoints"]
    points = sorted((point for point in points if since is None or point["Timestamp"] >= since), key=lambda point: point["Timestamp"])
    shown = [{"seconds": point["Maximum"], "at": utc(point["Timestamp"])} for point in points]
    nothing = {"seconds": None, "at": None}
    return {**(shown[-1] if shown else nothing), "replicated": next((one for one in reversed(shown) if one["seconds"] >= 0), nothing)}


def caught_up(session: Session, replica: str, timeout: float, sleep: t.Callable[[float], None] = time.sleep) -> Item:
    """Wait for a minute that began after this was called, and in which the replica was never behind."""
    since, end = datetime.datetime.now(datetime.UTC), time.monotonic() + timeout
    while True:
        found = latest(session, replica, since)
        if found["seconds"] == 0:
            return found
        if time.monotonic() > end:
            shown = "nothing was measured" if found["seconds"] is None else f"{found['seconds']:g} seconds at {found['at']}"
            raise Problem(f"the replica {replica} was still behind its source after {timeout:g} seconds: {shown}. Nothing was promoted")
        sleep(_BETWEEN)

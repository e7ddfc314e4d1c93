# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics that say yes or no, by which Route 53 is led without an edit: nothing but CloudWatch is asked, in one region."""

from __future__ import annotations

import datetime
import time
import typing as t

from .resource import Item, Problem, Session
from .steps import change, wait_while

# Minutes that one call speaks for, the running one first: PutMetricData takes data of the next two hours. By the book one datum would do, for what was known
# last holds where there are no data; several leave no doubt that an evaluation sees one. The alarms go by the least value of a minute, so no holds at once,
# and yes when the minutes of an earlier no are over.
MINUTES = 5
_ON = "ALARM"


def throw(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Put data into the metrics of alarms that do not say yet what they are to say, and wait until they do."""
    cloudwatch, names = session.client("cloudwatch"), options["alarms"]
    alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm"])["MetricAlarms"]}
    missing = sorted(set(names) - set(alarms))
    if missing and options["thrown"]:
        raise Problem(f"there is no alarm {', '.join(missing)} in {session.region} by which Route 53 could be led: run site.yml while both regions are well")
    # One that has never had data is off, and so is one that is not there yet.
    turned = [name for name in names if name in alarms and (alarms[name]["StateValue"] == _ON) != options["thrown"]]
    changes = [change("cloudwatch_alarms", name, ["state"]) for name in turned]
    if session.check_mode or not turned:
        return changes
    now = datetime.datetime.now(datetime.UTC)
    for name in turned:
        datum = {"MetricName": alarms[name]["MetricName"], "Dimensions": alarms[name].get("Dimensions", []), "Value": float(options["thrown"])}
        minutes = [now + datetime.timedelta(minutes=minute) for minute in range(MINUTES)]
        cloudwatch.put_metric_data(Namespace=alarms[name]["Namespace"], MetricData=[{**datum, "Timestamp": minute} for minute in minutes])
    if options["wait"]:
        _await(cloudwatch, turned, options, sleep)
    return changes


def _await(cloudwatch: t.Any, names: list[str], options: dict[str, t.Any], sleep: t.Callable[[float], None]) -> None:
    def late() -> str:
        shown = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        left = [alarm["AlarmName"] for alarm in shown if (alarm["StateValue"] == _ON) != options["thrown"]]
        if not left:
            return ""
        return f"CloudWatch was told and has not turned {', '.join(left)} after {options['wait_timeout']} seconds. Run again to go on waiting"

    wait_while(late, time.monotonic() + options["wait_timeout"], sleep)

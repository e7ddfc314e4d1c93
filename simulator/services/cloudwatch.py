# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch: composite alarms, which moto's state can hold but no operation of moto's makes; states of alarms; tags of dashboards."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from simulator.alarms import state_by_data
from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation

# What a composite alarm's rule is made of (API cloudwatch:PutCompositeAlarm). A name with blanks or brackets stands in quotes.
_TOKEN = re.compile(r"\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s()]+))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))")


def tokens(rule: str) -> list[tuple[str, str]]:
    """The rule in pieces: (state, alarm name), (AND | OR | NOT | TRUE | FALSE, ""), or (bracket, "")."""
    found, position = [], 0
    while position < len(rule.rstrip()):
        match = _TOKEN.match(rule, position)
        if match is None:
            raise Refused("ValidationError", f"AlarmRule was not a valid expression, near: {rule[position:][:40]}")
        state, quoted, single, plain, word, bracket = match.groups()
        name = quoted or single or plain or ""
        found.append((state, name.rpartition(":alarm:")[2]) if state else (word or bracket, ""))
        position = match.end()
    return found


def evaluate(rule: str, state_of: Callable[[str], str]) -> bool:
    """Whether a rule holds; NOT binds before AND, AND before OR."""
    rest: Iterator[tuple[str, str]] = iter([*tokens(rule), ("END", "")])
    current = next(rest)

    def advance() -> tuple[str, str]:
        nonlocal current
        taken, current = current, next(rest, ("END", ""))
        return taken

    def either() -> bool:
        value = both()
        while current[0] == "OR":
            advance()
            other = both()
            value = value or other
        return value

    def both() -> bool:
        value = single()
        while current[0] == "AND":
            advance()
            other = single()
            value = value and other
        return value

    def single() -> bool:
        word, name = advance()
        if word == "NOT":
            return not single()
        if word == "(":
            value = either()
            if advance()[0] != ")":
                raise Refused("ValidationError", "AlarmRule was not a valid expression: a bracket is not closed")
            return value
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
        if name:
            return state_of(name) == word
        raise Refused("ValidationError", "AlarmRule was not a valid expression: an alarm's state is missing")

    holds = either()
    if current[0] != "END":
        raise Refused("ValidationError", f"AlarmRule was not a valid expression: unexpected {current[0]}")
    return holds


def _state(alarms: dict[str, Any], name: str) -> str:
    alarm = alarms.get(name)
    if alarm is None:
        return "INSUFFICIENT_DATA"
    if alarm.rule is None:
        return alarm.state_value
    return "ALARM" if evaluate(alarm.rule, lambda inner: _state(alarms, inner)) else "OK"


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(context: Context) -> None:
    """API cloudwatch:PutCompositeAlarm. Tags count at creation only."""
    params = context.params
    alarms = context.backend().alarms
    existing = alarms.get(params["AlarmName"])
    alarm = context.backend().put_metric_alarm(
        name=params["AlarmName"],
        rule=params["AlarmRule"],
        description=params.get("AlarmDescription"),
        actions_enabled=params.get("ActionsEnabled", True),
        alarm_actions=params.get("AlarmActions", []),
        ok_actions=params.get("OKActions", []),
        insufficient_data_actions=params.get("InsufficientDataActions", []),
        tags=None if existing else params.get("Tags"),
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        dimensions=[],
    )
    for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
        setattr(alarm, name, params.get(name))


@before("cloudwatch", "PutMetricAlarm")
def remember_the_alarm(context: Context) -> None:
    """An update leaves the alarm's state and its tags as they are (API cloudwatch:PutMetricAlarm); moto begins anew."""
    existing = context.backend().alarms.get(context.params["AlarmName"])
    context.backend().__dict__["simulator_before"] = existing
    if existing is not None:
        context.params.pop("Tags", None)


@after("cloudwatch", "PutMetricAlarm")
def keep_the_state(context: Context, response: Parameters) -> None:
    """A new alarm begins in INSUFFICIENT_DATA (API cloudwatch:PutMetricAlarm); a changed one stays in its state."""
    alarm = context.backend().alarms[context.params["AlarmName"]]
    existing = context.backend().__dict__.pop("simulator_before", None)
    if existing is None:
        alarm.state_value = "INSUFFICIENT_DATA"
        return
    for name in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
        setattr(alarm, name, getattr(existing, name))


@before("cloudwatch", "DeleteAlarms")
def forget_the_tags(context: Context) -> None:
    """Tags go with their alarm; moto would give them to the next one of that name."""
    backend = context.backend()
    for name in context.params["AlarmNames"]:
        if name in backend.alarms:
            backend.tagger.delete_all_tags_for_resource(backend.alarms[name].alarm_arn)


@before("cloudwatch", "DescribeAlarms", "DescribeAlarmHistory")
def as_the_data_say(context: Context) -> None:
    """The state of an alarm follows from the data that somebody has put into its metric; that of others is set by SetAlarmState only."""
    backend = context.backend()
    for alarm in backend.alarms.values():
        state = state_by_data(context.simulator, backend, alarm)
        if state is not None and state != alarm.state_value:
            alarm.update_state(f"Threshold Crossed: {state}", "{}", state)


@after("cloudwatch", "DescribeAlarms")
def as_asked_for(context: Context, response: Parameters) -> None:
    """Without AlarmTypes "only metric alarms are returned, even if composite alarms exist" (API cloudwatch:DescribeAlarms).

    The state of a composite alarm follows from its rule.
    """
    types = context.params.get("AlarmTypes") or ["MetricAlarm"]
    for kind in ("MetricAlarm", "CompositeAlarm"):
        if kind not in types:
            response[f"{kind}s"] = []
    alarms = context.backend().alarms
    for shown in response.get("CompositeAlarms", []):
        shown["StateValue"] = _state(alarms, shown["AlarmName"])


@operation("cloudwatch", "DescribeAlarmHistory")
def describe_alarm_history(context: Context) -> Parameters:
    """API cloudwatch:DescribeAlarmHistory, newest first: the changes of metric alarms' states, of which moto keeps the values."""
    params = context.params
    if params.get("HistoryItemType", "StateUpdate") != "StateUpdate":
        return {"AlarmHistoryItems": []}
    since = params.get("StartDate")
    items = []
    for alarm in context.backend().alarms.values():
        if params.get("AlarmName", alarm.name) != alarm.name:
            continue
        states = [(entry[3], entry[1], entry[4]) for entry in alarm.history] + [(alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp)]
        for (old, *_), (now, reason, when) in itertools.pairwise(states):
            data = {"version": "1.0", "oldState": {"stateValue": old}, "newState": {"stateValue": now, "stateReason": reason}}
            if since is None or when >= since:
                items.append(
                    {
                        "AlarmName": alarm.name,
                        "AlarmType": "MetricAlarm",
                        "Timestamp": when,
                        "HistoryItemType": "StateUpdate",
                        "HistorySummary": f"Alarm updated from {old} to {now}",
                        "HistoryData": json.dumps(data),
                    }
                )
    items.sort(key=lambda item: item["Timestamp"], reverse=params.get("ScanBy") != "TimestampAscending")
    return {"AlarmHistoryItems": items[: params.get("MaxRecords", 100)]}


@after("cloudwatch", "GetMetricStatistics")
def lag_of_replicas(context: Context, response: Parameters) -> Parameters:
    """RDS reports each minute how far a replica is behind (UG rds/rds-metrics, ReplicaLag); a minute is divided like all times. Copies are up to date
    unless a door says otherwise.
    """
    params = context.params
    name = next((one["Value"] for one in params.get("Dimensions", []) if one["Name"] == "DBInstanceIdentifier"), "")
    replica = context.backend("rds").databases.get(name)
    if (params["Namespace"], params["MetricName"]) != ("AWS/RDS", "ReplicaLag") or not (replica and replica.is_replica):
        return response
    # boto3 asks for whole seconds.
    minute = max(context.simulator.lifecycles.scaled(60.0), 1.0)
    begin = (context.simulator.clock() // minute - 1) * minute
    when = datetime.fromtimestamp(begin, UTC).replace(tzinfo=None)
    if not params["StartTime"] <= when < params["EndTime"]:
        return response
    lag = float(context.simulator.replica_lag.get(f"{context.region}/{name}", 0.0))
    point = {"Timestamp": when, "Unit": "Seconds", **dict.fromkeys(params.get("Statistics", []), lag)}
    return {**response, "Datapoints": [*response.get("Datapoints", []), point]}


@after("cloudwatch", "PutDashboard")
def tag_the_dashboard(context: Context, response: Parameters) -> None:
    """Tags of PutDashboard count when it makes the dashboard (API cloudwatch:PutDashboard)."""
    backend = context.backend()
    arn = backend.dashboards[context.params["DashboardName"]].arn
    if context.params.get("Tags") and not backend.tagger.has_tags(arn):
        backend.tagger.tag_resource(arn, context.params["Tags"])


@operation("cloudwatch", "TagResource")
def tag_resource(context: Context) -> None:
    """moto tags alarms only; dashboards and rules take tags as well (API cloudwatch:TagResource)."""
    context.backend().tagger.tag_resource(_known(context), context.params["Tags"])


@operation("cloudwatch", "ListTagsForResource")
def list_tags_for_resource(context: Context) -> Parameters:
    """API cloudwatch:ListTagsForResource."""
    return {"Tags": context.backend().tagger.list_tags_for_resource(_known(context))["Tags"]}


@before("cloudwatch", "DeleteDashboards")
def forget_the_dashboards_tags(context: Context) -> None:
    """Tags go with their dashboard."""
    backend = context.backend()
    for name in context.params["DashboardNames"]:
        if name in backend.dashboards:
            backend.tagger.delete_all_tags_for_resource(backend.dashboards[name].arn)


def _known(context: Context) -> str:
    """The ARN of a resource that exists."""
    backend, arn = context.backend(), context.params["ResourceARN"]
    arns = [*(alarm.alarm_arn for alarm in backend.alarms.values()), *(dashboard.arn for dashboard in backend.dashboards.values())]
    if arn not in arns and ":insight-rule/" not in arn:
        raise Refused("ResourceNotFoundException", f"Unknown resource: {arn}")
    return arn

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of CloudWatch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.rules._documents import admits_service
from simulator.services.cloudwatch import evaluate, tokens

PUT = ["PutMetricAlarm", "PutCompositeAlarm"]
DAY = 86400  # seconds
# Services without a region report their metrics in us-east-1.
WORLDWIDE = ("AWS/CloudFront", "AWS/Route53", "AWS/Billing")


@rule("R-CW-01", service="cloudwatch", operations=["PutCompositeAlarm"], source="API cloudwatch:PutCompositeAlarm")
def rule_names_alarms(context: Context) -> None:
    """A composite alarm's rule is an expression over alarms that exist, at most a hundred."""
    names = {name for _, name in tokens(context.params["AlarmRule"]) if name}
    evaluate(context.params["AlarmRule"], lambda name: "OK")
    missing = sorted(names - set(context.backend().alarms))
    if missing:
        raise Refused("ValidationError", f"The following alarms do not exist: {', '.join(missing)}")
    if len(names) > 100:
        raise Refused("ValidationError", "A composite alarm can look at a hundred alarms at most.")


@rule("R-CW-02", service="cloudwatch", operations=["DeleteAlarms"], source="unsourced", certain=False)
def alarm_in_a_composite_stays(context: Context) -> None:
    """An alarm that a composite alarm looks at cannot be deleted without it; two composites that go together may be in a circle."""
    going = set(context.params["AlarmNames"])
    for alarm in context.backend().alarms.values():
        if alarm.rule and alarm.name not in going:
            used = going & {name for _, name in tokens(alarm.rule) if name}
            if used:
                raise Refused("ValidationError", f"Cannot delete {', '.join(sorted(used))}: the composite alarm {alarm.name} depends on it.")


def _periods(params: Parameters) -> Iterator[int]:
    if params.get("Period"):
        yield params["Period"]
    for query in params.get("Metrics", []):
        period = (query.get("MetricStat") or {}).get("Period") or query.get("Period")
        if period:
            yield period


@rule("R-CW-03", service="cloudwatch", operations=["PutMetricAlarm"], source="API cloudwatch:PutMetricAlarm")
def period_is_whole(context: Context) -> None:
    """A period is 10, 20, 30 or a multiple of 60 seconds."""
    for period in _periods(context.params):
        if period not in (10, 20, 30) and period % 60:
            raise Refused("ValidationError", "Metric period must be 10, 20, 30, or a multiple of 60.")


@rule("R-CW-04", service="cloudwatch", operations=["PutMetricAlarm"], source="unsourced", certain=False)
def datapoints_within_periods(context: Context) -> None:
    """No more datapoints can be asked for than periods are looked at."""
    if context.params.get("DatapointsToAlarm", 0) > context.params.get("EvaluationPeriods", 0):
        raise Refused("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods.")


def _actions(params: Parameters) -> list[str]:
    return [arn for member in ("AlarmActions", "OKActions", "InsufficientDataActions") for arn in params.get(member, [])]


@rule("R-CW-06", service="cloudwatch", operations=PUT, source="unsourced", certain=False)
def actions_in_the_region(context: Context) -> None:
    """What an alarm calls must be in its region."""
    for arn in _actions(context.params):
        region = arn.split(":")[3]
        if region and region != context.region:
            raise Refused("ValidationError", f"Invalid region {region} specified. Only {context.region} is supported.")


@rule("R-CW-09", service="cloudwatch", operations=["PutMetricAlarm"], source="unsourced", certain=False)
def window_is_short(context: Context) -> None:
    """An alarm looks back a day at most, a week where its periods are an hour or longer."""
    for period in _periods(context.params):
        if period * context.params.get("EvaluationPeriods", 1) > (7 * DAY if period >= 3600 else DAY):
            raise Refused("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")


@rule("R-CW-10", service="cloudwatch", operations=["PutMetricAlarm"], source="unsourced", certain=False)
def metric_exists_in_the_region(context: Context) -> None:
    """AWS takes alarms on metrics that never come, and they stay without data; refused here, where nobody would notice either."""
    spaces = [context.params.get("Namespace")]
    spaces += [((query.get("MetricStat") or {}).get("Metric") or {}).get("Namespace") for query in context.params.get("Metrics", [])]
    for space in spaces:
        if space in WORLDWIDE and context.region != "us-east-1":
            raise Refused("ValidationError", f"Metrics of {space} exist in us-east-1 only: an alarm in {context.region} would never have data.")


@rule("R-CW-11", service="cloudwatch", operations=["PutMetricData"], source="API cloudwatch:PutMetricData", certain=False)
def data_of_about_now(context: Context) -> None:
    """A time stamp is two weeks before now at most, and two hours after it."""
    for datum in context.params.get("MetricData", []):
        ahead = datum.get("Timestamp", context.now()) - context.now()
        if not timedelta(days=-14) <= ahead <= timedelta(hours=2):
            raise Refused("InvalidParameterValue", "Timestamp must specify a time no more than two weeks in the past and two hours in the future.")


@rule("R-CW-07", service="cloudwatch", operations=["PutDashboard"], source="API cloudwatch:PutDashboard")
def body_is_a_dashboard(context: Context) -> None:
    """The body of a dashboard is validated (UG cloudwatch/CloudWatch-Dashboard-Body-Structure.md)."""
    try:
        body = json.loads(context.params["DashboardBody"])
    except ValueError as problem:
        raise Refused("InvalidParameterInput", f"The field DashboardBody must be a valid JSON object: {problem}") from problem
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list):
        raise Refused("InvalidParameterInput", "The dashboard body is invalid: /widgets: Should be an array")
    problems = [f"/widgets/{number}{problem}" for number, widget in enumerate(widgets) for problem in _widget_problems(widget)]
    if len(widgets) > 500:
        problems.append("/widgets: at most 500")
    if problems:
        raise Refused("InvalidParameterInput", f"The dashboard body is invalid, there are {len(problems)} validation errors: {'; '.join(problems)}")


def _widget_problems(widget: Parameters) -> Iterator[str]:
    kind, properties = widget.get("type"), widget.get("properties")
    if kind not in ("metric", "text", "log", "alarm", "explorer"):
        yield "/type: Should be one of metric, text, log, alarm, explorer"
        return
    if not isinstance(properties, dict):
        yield "/properties: Should be an object"
        return
    for member, least, most in (("x", 0, 23), ("y", 0, 10**6), ("width", 1, 24), ("height", 1, 1000)):
        value = widget.get(member)
        if value is not None and (not isinstance(value, int) or not least <= value <= most):
            yield f"/{member}: Should be a whole number from {least} to {most}"
    if (widget.get("x") or 0) + (widget.get("width") or 6) > 24:
        yield ": Should end within 24 columns"
    if kind == "text" and "markdown" not in properties:
        yield "/properties/markdown: Missing"
    if kind == "alarm" and not properties.get("alarms"):
        yield "/properties/alarms: Missing"
    if kind == "log" and not (properties.get("query") and properties.get("region")):
        yield "/properties: query and region are needed"
    if kind == "metric":
        yield from _metric_problems(properties)


def _metric_problems(properties: Parameters) -> Iterator[str]:
    rows = properties.get("metrics")
    if not rows and not (properties.get("annotations") or {}).get("alarms"):
        yield "/properties: metrics or annotations/alarms are needed"
    if not properties.get("region"):
        yield "/properties/region: Missing"
    if properties.get("view", "timeSeries") not in ("timeSeries", "singleValue", "gauge", "bar", "pie", "table"):
        yield "/properties/view: Unknown"
    for number, row in enumerate(rows or []):
        texts = row[:-1] if isinstance(row, list) and row and isinstance(row[-1], dict) else row
        alone = isinstance(row, list) and len(row) == 1 and isinstance(row[0], dict) and "expression" in row[0]
        if not alone and (not isinstance(row, list) or len(texts) < 2 or len(texts) % 2 or not all(isinstance(text, str) for text in texts)):
            yield f"/properties/metrics/{number}: Should be namespace, name and pairs of dimensions"


@rule("R-CW-08", service="cloudwatch", operations=["PutDashboard"], source="API cloudwatch:PutDashboard")
def dashboard_name(context: Context) -> None:
    """A dashboard's name is made of letters, digits, - and _."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", context.params["DashboardName"]):
        raise Refused("InvalidParameterValue", "The value of field DashboardName must be 1 to 255 letters, digits, - and _.")


@rule("R-SNS-05", service="cloudwatch", operations=PUT, source="unsourced", certain=False)
def topic_can_be_used_by_alarms(context: Context) -> None:
    """AWS takes the alarm and loses what it says where the topic's key or policy does not admit CloudWatch; refused here."""
    for arn in _actions(context.params):
        if arn.split(":")[2] != "sns":
            continue
        topic = context.backend("sns").topics.get(arn)
        if topic is None:
            raise Refused("ValidationError", f"Nobody would hear of the alarm: there is no topic {arn}.")
        key = topic.kms_master_key_id
        if key and "alias/aws/sns" in key:
            raise Refused("ValidationError", f"Nobody would hear of the alarm: alarms cannot use the key alias/aws/sns of {arn}.")
        if key and not admits_service(_key_policy(context, key), "cloudwatch.amazonaws.com"):
            raise Refused("ValidationError", f"Nobody would hear of the alarm: the key of {arn} does not admit cloudwatch.amazonaws.com.")


def _key_policy(context: Context, key: str) -> str:
    key_id = context.call("DescribeKey", {"KeyId": key}, service="kms")["KeyMetadata"]["KeyId"]
    return context.call("GetKeyPolicy", {"KeyId": key_id, "PolicyName": "default"}, service="kms")["Policy"]

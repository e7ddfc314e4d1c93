# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch: composite alarms, which moto's state can hold but no operation of moto's makes."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, after, operation


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


@after("cloudwatch", "DescribeAlarms")
def only_the_types_asked_for(context: Context, response: Parameters) -> None:
    """Without AlarmTypes "only metric alarms are returned, even if composite alarms exist" (API cloudwatch:DescribeAlarms)."""
    types = context.params.get("AlarmTypes") or ["MetricAlarm"]
    for kind in ("MetricAlarm", "CompositeAlarm"):
        if kind not in types:
            response[f"{kind}s"] = []

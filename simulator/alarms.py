# SPDX-License-Identifier: GPL-3.0-or-later
"""What data say: those of an alarm's metric, by which Route 53 goes, and CloudWatch for metrics of one's own; and the targets of load balancers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC
from statistics import mean
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import MetricDatum

from simulator.moto_bridge import backends_of
from simulator.registry import Refused
from simulator.services.elbv2 import groups_of

if TYPE_CHECKING:
    from simulator.api import Simulator

STATISTICS: dict[str, Callable[[list[float]], float]] = {"Average": mean, "Minimum": min, "Maximum": max, "Sum": sum, "SampleCount": len}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def state_by_data(simulator: Simulator, backend: Any, alarm: Any) -> str | None:
    """The state of a plain alarm by what was put into its metric; None where nothing was put, and for alarms that are not plain.

    UG cloudwatch/alarms-and-missing-data: of the periods looked at, missing ones count as the alarm says; `ignore` keeps the state, which the last
    period with data decided. The period that runs counts as far as it is known. Statistic sets are not looked at.
    """
    if alarm.statistic not in STATISTICS or alarm.comparison_operator not in COMPARISONS:
        return None
    now = int(simulator.clock() // alarm.period)
    breaching = _breaching(backend, alarm, now)
    if not breaching:
        return None
    missing = {"breaching": True, "notBreaching": False}.get(alarm.treat_missing_data)
    return _at(breaching, alarm, max(breaching) if alarm.treat_missing_data == "ignore" else now, missing) or "INSUFFICIENT_DATA"


def followed_by_route53(simulator: Simulator, account: str, region: str, alarm: Any, since: float) -> tuple[str | None, str | None]:
    """The states that Route 53 comes to, now and when it last had data since a time; None without data.

    By the metric's data and not by the alarm's state, so that SetAlarmState moves nothing (UG route53/dns-failover-determining-health-of-endpoints).
    It knows an alarm's metric, statistic, periods and threshold (API route53:CloudWatchAlarmConfiguration), not what the alarm makes of missing data.
    A region that is lost sends none.
    """
    lost = region in simulator.faults.outage
    if (alarm.namespace, alarm.metric_name) == ("AWS/ApplicationELB", "HealthyHostCount"):
        return None if lost else _by_healthy_hosts(simulator, account, region, alarm), None
    if alarm.statistic not in STATISTICS or alarm.comparison_operator not in COMPARISONS:
        return None, None
    now = int(simulator.clock() // alarm.period)
    breaching = _breaching(backends_of("cloudwatch", account)[region], alarm, now)
    seen = [bucket for bucket in breaching if (bucket + 1) * alarm.period > since]
    return None if lost else _at(breaching, alarm, now), _at(breaching, alarm, max(seen)) if seen else None


def _at(breaching: dict[int, bool], alarm: Any, last: int, missing: bool | None = None) -> str | None:
    """What the periods up to one say; None where they say nothing."""
    found = [breaching.get(bucket, missing) for bucket in range(last - alarm.evaluation_periods + 1, last + 1)]
    known = [one for one in found if one is not None]
    return ("ALARM" if all(known) else "OK") if known else None


def _breaching(backend: Any, alarm: Any, now: int) -> dict[int, bool]:
    """Whether the values of a metric are beyond the alarm's threshold, by the number of their period since the epoch, for periods that have begun."""
    wanted = {(one.name, one.value) for one in alarm.dimensions}
    values: dict[int, list[float]] = defaultdict(list)
    for datum in backend.metric_data:
        if not isinstance(datum, MetricDatum) or (datum.namespace, datum.name) != (alarm.namespace, alarm.metric_name):
            continue
        if {(one.name, one.value) for one in datum.dimensions} == wanted:
            when = datum.timestamp if datum.timestamp.tzinfo else datum.timestamp.replace(tzinfo=UTC)
            values[int(when.timestamp() // alarm.period)].append(datum.value)
    beyond, statistic = COMPARISONS[alarm.comparison_operator], STATISTICS[alarm.statistic]
    return {bucket: beyond(statistic(found), alarm.threshold) for bucket, found in values.items() if bucket <= now}


def _by_healthy_hosts(simulator: Simulator, account: str, region: str, alarm: Any) -> str | None:
    """A load balancer counts the healthy ones of its targets while it has any (UG elasticloadbalancing/load-balancer-cloudwatch-metrics)."""
    group = next((one.value for one in alarm.dimensions if one.name == "TargetGroup"), "")
    arn = f"arn:aws:elasticloadbalancing:{region}:{account}:{group}"
    healthy = healthy_targets(simulator, account, region, arn)
    if not healthy:
        return None
    return "ALARM" if COMPARISONS[alarm.comparison_operator](sum(healthy), alarm.threshold) else "OK"


def healthy_targets(simulator: Simulator, account: str, region: str, group: str) -> list[bool]:
    """Whether each target of a target group is healthy; empty for a group that has none, or is none."""
    try:
        shown = simulator.look(account, "elbv2", "DescribeTargetHealth", {"TargetGroupArn": group}, region)
    except Refused:
        return []
    return [one["TargetHealth"]["State"] == "healthy" for one in shown["TargetHealthDescriptions"] if one["TargetHealth"]["State"] != "draining"]


def balancer_healthy(simulator: Simulator, account: str, dns_name: str) -> bool:
    """Whether Route 53 takes a load balancer for healthy: each target group that has targets has a healthy one, and a group that has none is unhealthy
    (API route53:AliasTarget, EvaluateTargetHealth). None of a region that is lost is; whatever is no load balancer of the account is.
    """
    for region, backend in backends_of("elbv2", account).items():
        for balancer in backend.load_balancers.values():
            if dns_name.removeprefix("dualstack.").removeprefix("internal-") == balancer.dns_name.lower():
                groups = [healthy_targets(simulator, account, region, arn) for arn in groups_of(balancer)]
                return region not in simulator.faults.outage and all(any(group) for group in groups)
    return True

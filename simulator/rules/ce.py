# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Cost Explorer's anomaly detection; not among the numbered ones of the web platform."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.ce import store

SUBSCRIPTION = ["CreateAnomalySubscription", "UpdateAnomalySubscription"]


@rule("R-CE-01", service="ce", operations=["CreateAnomalyMonitor"], source="unsourced", certain=False)
def one_monitor_over_services(context: Context) -> None:
    """An account has one monitor over all services."""
    wanted = context.params["AnomalyMonitor"]
    if wanted.get("MonitorDimension") == "SERVICE" and any(one.get("MonitorDimension") == "SERVICE" for one in store(context, "Monitor").values()):
        raise Refused("LimitExceededException", "Limit exceeded on dimensional spend monitor creation")


@rule("R-CE-02", service="ce", operations=SUBSCRIPTION, source="API ce:AnomalySubscription", certain=False)
def frequency_fits_the_subscribers(context: Context) -> None:
    """An immediate subscription goes to a topic, a daily or weekly one to addresses."""
    wanted = context.params.get("AnomalySubscription", context.params)
    kinds = {one.get("Type") for one in wanted.get("Subscribers", ())}
    if wanted.get("Frequency") == "IMMEDIATE" and "EMAIL" in kinds:
        raise Refused("ValidationException", "Immediate notifications go to SNS topics only.")
    if wanted.get("Frequency") in ("DAILY", "WEEKLY") and "SNS" in kinds:
        raise Refused("ValidationException", "Daily and weekly summaries go to e-mail addresses only.")


@rule("R-CE-03", service="ce", operations=SUBSCRIPTION, source="API ce:CreateAnomalySubscription")
def monitors_exist(context: Context) -> None:
    """A subscription's monitors must exist."""
    wanted = context.params.get("AnomalySubscription", context.params)
    missing = set(wanted.get("MonitorArnList", ())) - set(store(context, "Monitor"))
    if missing:
        raise Refused("UnknownMonitorException", f"The cost anomaly monitor does not exist for the account: {', '.join(sorted(missing))}")

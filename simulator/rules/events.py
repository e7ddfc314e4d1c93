# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of EventBridge."""

from __future__ import annotations

import re

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-EVB-02", service="events", operations=["PutTargets"], source="API events:PutTargets")
def five_targets(context: Context) -> None:
    """A rule has at most five targets."""
    named = {key: context.params[key] for key in ("Rule", "EventBusName") if key in context.params}
    try:
        present = {target["Id"] for target in context.call("ListTargetsByRule", named)["Targets"]}
    except Refused:
        return  # no such rule: PutTargets says so itself
    if len(present | {target["Id"] for target in context.params["Targets"]}) > 5:
        raise Refused("LimitExceededException", "The requested resource exceeds the maximum number allowed: a rule has at most 5 targets.")


@rule("R-EVB-03", service="events", operations=["PutRule"], source="unsourced", certain=False)
def rate_in_number(context: Context) -> None:
    """rate(1 minute) is singular, every other rate plural."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", context.params.get("ScheduleExpression", ""))
    if match and (int(match[1]) == 1) == bool(match[3]):
        raise Refused("ValidationException", "Parameter ScheduleExpression is not valid.")


@rule("R-EVB-05", service="events", operations=["PutRule"], source="unsourced", certain=False)
def cron_has_six_fields(context: Context) -> None:
    """A cron expression has six fields, and one of the two fields for days is a question mark."""
    match = re.fullmatch(r"cron\((.*)\)", context.params.get("ScheduleExpression", ""))
    if match is None:
        return
    fields = match[1].split()
    if len(fields) != 6 or [fields[2], fields[4]].count("?") != 1:
        raise Refused("ValidationException", "Parameter ScheduleExpression is not valid.")

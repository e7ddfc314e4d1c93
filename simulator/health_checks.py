# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Route 53 health check is healthy: as its alarm says, or as the control door said last."""

from __future__ import annotations

from typing import Any

from moto.route53.models import route53_backends

from simulator.moto_bridge import backends_of


def healthy(account: str, health_check_id: str | None) -> bool:
    """Whether a health check is healthy; a record without one always counts as healthy, one whose check is gone does not."""
    if health_check_id is None:
        return True
    check = route53_backends[account]["aws"].health_checks.get(health_check_id)
    if check is None:
        return False
    by_alarm = _by_alarm(account, check)
    return getattr(check, "simulated_healthy", True) if by_alarm is None else by_alarm


def _by_alarm(account: str, check: Any) -> bool | None:
    """What the alarm that a check follows says; None for a check of another type."""
    settings = getattr(check, "settings", {})
    if settings.get("Type") != "CLOUDWATCH_METRIC":
        return None
    named = settings["AlarmIdentifier"]
    backend = backends_of("cloudwatch", account).get(named["Region"])
    alarm = backend.alarms.get(named["Name"]) if backend else None
    state = alarm.state_value if alarm else "INSUFFICIENT_DATA"
    if state == "INSUFFICIENT_DATA":
        said = settings.get("InsufficientDataHealthStatus", "LastKnownStatus")
        result = getattr(check, "last_known", True) if said == "LastKnownStatus" else said == "Healthy"
    else:
        result = check.last_known = state == "OK"
    return result != settings.get("Inverted", False)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Route 53 health check is healthy: as the data of its alarm say, as those that it adds up are, or as the control door said last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.route53.models import route53_backends

from simulator.alarms import followed_by_route53
from simulator.moto_bridge import backends_of

if TYPE_CHECKING:
    from simulator.api import Simulator


def healthy(simulator: Simulator, account: str, health_check_id: str | None) -> bool:
    """Whether a health check is healthy; a record without one always counts as healthy, one whose check is gone does not."""
    if health_check_id is None:
        return True
    check = route53_backends[account]["aws"].health_checks.get(health_check_id)
    if check is None:
        return False
    settings = getattr(check, "settings", {})
    # API route53:HealthCheckConfig: one that is disabled always counts as healthy.
    if settings.get("Disabled"):
        return True
    kind = settings.get("Type")
    if kind == "CALCULATED":
        found = _enough(simulator, account, settings)
    elif kind == "CLOUDWATCH_METRIC":
        found = _by_alarm(simulator, account, check, settings)
    else:
        found = getattr(check, "simulated_healthy", True)
    return bool(found != settings.get("Inverted", False))


def _enough(simulator: Simulator, account: str, settings: dict[str, Any]) -> bool:
    """API route53:HealthCheckConfig, HealthThreshold: more than there are is always unhealthy, 0 always healthy."""
    children = settings.get("ChildHealthChecks", [])
    return sum(healthy(simulator, account, child) for child in children) >= int(settings.get("HealthThreshold", len(children)))


def _by_alarm(simulator: Simulator, account: str, check: Any, settings: dict[str, Any]) -> bool:
    """What the data of the alarm that a check follows say. A new check that has not seen any counts as healthy (UG
    route53/dns-failover-determining-health-of-endpoints), before it is inverted.
    """
    named = settings["AlarmIdentifier"]
    backend = backends_of("cloudwatch", account).get(named["Region"])
    alarm = backend.alarms.get(named["Name"]) if backend else None
    now, last = followed_by_route53(simulator, account, named["Region"], alarm, check.since) if alarm else (None, None)
    if now or last:
        check.last_known = (now or last) == "OK"
    said = settings.get("InsufficientDataHealthStatus", "LastKnownStatus")
    if now or said == "LastKnownStatus":
        return bool(getattr(check, "last_known", True))
    return bool(said == "Healthy")

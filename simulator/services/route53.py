# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53: changes with ids of their own, and health checks whose state a test can set."""

from __future__ import annotations

import string
from typing import Any

from moto.moto_api._internal import mock_random

from simulator import control, dns
from simulator.context import Context
from simulator.moto_bridge import backends_of
from simulator.registry import Parameters, Refused, after, shows
from simulator.services.acm import validate_certificates

CHANGING = (
    "ChangeResourceRecordSets",
    "CreateHostedZone",
    "DeleteHostedZone",
    "AssociateVPCWithHostedZone",
    "DisassociateVPCFromHostedZone",
)


@after("route53", *CHANGING)
def give_each_change_its_id(context: Context, response: Parameters) -> None:
    """moto answers every change with one and the same id, so that nobody could wait for a particular one."""
    drawn = "".join(mock_random.choice(string.ascii_uppercase + string.digits) for _ in range(20))
    response["ChangeInfo"]["Id"] = f"/change/C{drawn}"


@after("route53", "GetChange")
def write_the_id_as_changes_do(context: Context, response: Parameters) -> None:
    """ChangeInfo.Id begins with /change/ whichever way it was asked for."""
    response["ChangeInfo"]["Id"] = "/change/" + response["ChangeInfo"]["Id"].rpartition("/")[2]


@after("route53", "ChangeResourceRecordSets", "CreateHostedZone")
@shows("R-ACM-04")
def validate_what_the_records_prove(context: Context, response: Parameters) -> None:
    """A new record may be the one that ACM waits for."""
    validate_certificates(context.simulator, context.account)


@after("route53", "GetHealthCheckStatus")
def tell_the_state_that_was_set(context: Context, response: Parameters) -> None:
    """Every checker reports what POST /_simulator/health-check said last."""
    if not dns.healthy(context.account, context.params["HealthCheckId"]):
        for observation in response["HealthCheckObservations"]:
            observation["StatusReport"]["Status"] = "Failure: The health checker could not establish a connection within the timeout limit."


@control.door("POST", "health-check")
def set_health(simulator: Any, request: Any) -> dict[str, Any]:
    """{"id": ID, "healthy": true|false}: what the checkers find from now on."""
    wanted = control.body(request, "id", "healthy")
    with simulator.lock:
        for account in control.accounts():
            check = backends_of("route53", account).get("aws")
            check = check.health_checks.get(wanted["id"]) if check else None
            if check is not None:
                check.simulated_healthy = bool(wanted["healthy"])
                return {"id": wanted["id"], "healthy": check.simulated_healthy}
    raise Refused("NoSuchHealthCheck", f"there is no health check {wanted['id']}")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53: changes with ids of their own that are carried out wholly or not at all, name servers of their own for each zone, and health
checks that keep their settings and whose state follows an alarm's metric, adds up others, or is set by a test."""

from __future__ import annotations

import string
from typing import Any

from moto.moto_api._internal import mock_random
from moto.route53.models import DelegationSet, RecordSet

from simulator import control
from simulator.context import Context
from simulator.health_checks import healthy
from simulator.moto_bridge import backends_of
from simulator.registry import Parameters, Refused, after, before, operation, shows
from simulator.services.acm import validate_certificates

CHANGING = (
    "ChangeResourceRecordSets",
    "CreateHostedZone",
    "DeleteHostedZone",
    "AssociateVPCWithHostedZone",
    "DisassociateVPCFromHostedZone",
)


NAME_SERVER_ENDINGS = ("com", "net", "org", "co.uk")
# API route53:HealthCheckConfig
CHECK_DEFAULTS: dict[str, Any] = {"Inverted": False, "Disabled": False}
ENDPOINT_DEFAULTS: dict[str, Any] = {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False}
PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}


@shows("R-R53-23")
def install() -> None:
    """A zone gets four name servers of its own, so that one made anew has to be delegated anew; in moto all zones have the same ones."""
    make = DelegationSet.__init__

    def make_with_own_servers(self: Any, caller_reference: str, name_servers: list[str] | None, delegation_set_id: str | None) -> None:
        number = mock_random.randrange(512)
        own = [f"ns-{number + 512 * place}.awsdns-{mock_random.randrange(64):02}.{ending}" for place, ending in enumerate(NAME_SERVER_ENDINGS)]
        make(self, caller_reference, name_servers or own, delegation_set_id)

    DelegationSet.__init__ = make_with_own_servers


def full_name(name: str) -> str:
    """A record's name as moto keeps it."""
    return name.rstrip(".").lower().replace("\\052", "*") + "."


def same_record(kept: Any, asked: Parameters) -> bool:
    """Whether a record of moto's has the name, type and set identifier of one in a request."""
    return bool(full_name(kept.name) == full_name(asked["Name"]) and kept.type == asked["Type"] and kept.set_identifier == asked.get("SetIdentifier"))


@before("route53", "CreateHostedZone")
def a_vpc_makes_it_private(context: Context) -> None:
    """API route53:CreateHostedZone: a zone that is given a VPC is private; moto wants to be told twice."""
    if context.params.get("VPC"):
        context.params.setdefault("HostedZoneConfig", {})["PrivateZone"] = True


@after("route53", "CreateHostedZone")
def write_its_own_records_as_aws_does(context: Context, response: Parameters) -> None:
    """moto keeps the SOA as a dict in a list of texts, and leaves out the final dots of the name servers."""
    zone = context.backend(region="aws").zones[response["HostedZone"]["Id"].rpartition("/")[2]]
    for record in zone.rrsets:
        values = [one["Value"] if isinstance(one, dict) else one for one in record.records]
        record.records = [value.rstrip(".") + "." for value in values] if record.type == "NS" else values


@operation("route53", "ChangeResourceRecordSets")
def change_record_sets(context: Context) -> Parameters:
    """API route53:ChangeResourceRecordSets. rules/route53.py has refused what must not be; moto deletes by set identifier alone."""
    zone = context.backend(region="aws").get_hosted_zone(context.params["HostedZoneId"])
    for change in context.params["ChangeBatch"]["Changes"]:
        asked = change["ResourceRecordSet"]
        zone.rrsets = [record for record in zone.rrsets if not same_record(record, asked)]
        if change["Action"] != "DELETE":
            values = [one["Value"] for one in asked.get("ResourceRecords", [])]
            zone.rrsets.append(RecordSet({**asked, "Name": full_name(asked["Name"]), "ResourceRecords": values}))
    return {"ChangeInfo": {"Id": "/change/C", "Status": "INSYNC", "SubmittedAt": context.now()}}


@after("route53", "ListResourceRecordSets")
def write_wildcards_as_octal(context: Context, response: Parameters) -> None:
    """UG route53/DomainNameFormat.md: an asterisk is answered as \\052."""
    for record in response["ResourceRecordSets"]:
        record["Name"] = record["Name"].replace("*", "\\052")


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


@after("route53", "CreateHealthCheck", "UpdateHealthCheck", "GetHealthCheck", "ListHealthChecks")
def keep_all_settings(context: Context, response: Parameters) -> None:
    """moto forgets alarms and what to say without data, and gives every check a port."""
    checks = context.backend(region="aws").health_checks
    for shown in response["HealthChecks"] if "HealthChecks" in response else [response["HealthCheck"]]:
        check = checks[shown["Id"]]
        if context.operation == "CreateHealthCheck":
            check.settings = _with_defaults(context.params["HealthCheckConfig"])
            check.since = context.simulator.clock()
        elif context.operation == "UpdateHealthCheck":
            changed = {key: value for key, value in context.params.items() if key not in ("HealthCheckId", "HealthCheckVersion", "ResetElements")}
            check.settings = {**check.settings, **changed}
            if "AlarmIdentifier" in changed:
                check.since = context.simulator.clock()
            check.health_check_version += 1
        shown["HealthCheckConfig"] = check.settings
        shown["HealthCheckVersion"] = check.health_check_version


def _with_defaults(config: Parameters) -> Parameters:
    kind = config["Type"]
    if kind in ("CLOUDWATCH_METRIC", "CALCULATED", "RECOVERY_CONTROL"):
        return {**CHECK_DEFAULTS, **config}
    port = {"Port": PORTS[kind]} if kind in PORTS else {}
    return {**CHECK_DEFAULTS, **ENDPOINT_DEFAULTS, **port, "EnableSNI": kind.startswith("HTTPS"), **config}


@after("route53", "GetHealthCheckStatus")
@shows("R-R53-28")
def tell_the_state_that_was_set(context: Context, response: Parameters) -> None:
    """Every checker reports what POST /_simulator/health-check said last."""
    if not healthy(context.simulator, context.account, context.params["HealthCheckId"]):
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

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Route 53."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.alarms import STATISTICS
from simulator.context import Context
from simulator.moto_bridge import backends_of
from simulator.registry import Parameters, Refused, on_reset, rule
from simulator.services.elbv2 import HOSTED_ZONES
from simulator.services.route53 import full_name, same_record

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # API route53:AliasTarget
MOST_TEXT = 255  # characters of a string in a TXT record, RFC 1035


@dataclass
class Batch:
    """A change batch: the zone, the changes, and the records as they would be afterwards."""

    zone: Any
    changes: list[Parameters]
    outcome: list[Parameters]

    @property
    def put(self) -> list[Parameters]:
        """The records that the batch makes or changes."""
        return [change["ResourceRecordSet"] for change in self.changes if change["Action"] != "DELETE"]

    def beside(self, record: Parameters) -> list[Parameters]:
        """Every record of the outcome with the name of one, itself included."""
        return [other for other in self.outcome if full_name(other["Name"]) == full_name(record["Name"])]


def _as_asked(kept: Any) -> Parameters:
    """A record of moto's the way a request writes it."""
    shown = {"Name": full_name(kept.name), "Type": kept.type}
    optional = {
        "SetIdentifier": kept.set_identifier, "Failover": kept.failover, "Region": kept.region, "HealthCheckId": kept.health_check_id, "Weight": kept.weight,
    }  # fmt: skip
    shown |= {key: value for key, value in optional.items() if value is not None}
    if kept.alias_target:
        return {**shown, "AliasTarget": kept.alias_target}
    values = [one if isinstance(one, str) else one["Value"] for one in kept.records or []]
    return {**shown, "TTL": int(kept.ttl or 0), "ResourceRecords": [{"Value": value} for value in values]}


def _same(one: Parameters, other: Parameters) -> bool:
    return full_name(one["Name"]) == full_name(other["Name"]) and (one["Type"], one.get("SetIdentifier")) == (other["Type"], other.get("SetIdentifier"))


def _batch(context: Context) -> Batch | None:
    zone = context.backend(region="aws").zones.get(context.params["HostedZoneId"].rpartition("/")[2])
    if zone is None:
        return None  # moto says so
    outcome = [_as_asked(record) for record in zone.rrsets]
    changes = context.params["ChangeBatch"]["Changes"]
    for change in changes:
        outcome = [record for record in outcome if not _same(record, change["ResourceRecordSet"])]
        if change["Action"] != "DELETE":
            outcome.append(change["ResourceRecordSet"])
    return Batch(zone, changes, outcome)


def _on_changes(rule_id: str, source: str, certain: bool = True) -> Callable[[Callable[[Context, Batch], None]], None]:
    """A rule on the records of a change batch."""

    def register(check: Callable[[Context, Batch], None]) -> None:
        def checked(context: Context) -> None:
            batch = _batch(context)
            if batch is not None:
                check(context, batch)

        checked.__doc__ = check.__doc__
        rule(rule_id, service="route53", operations=["ChangeResourceRecordSets"], source=source, certain=certain)(checked)

    return register


def _refuse(message: str) -> Refused:
    return Refused("InvalidChangeBatch", f"[{message}]")


def _shown(record: Parameters) -> str:
    identifier = f", set-identifier='{record['SetIdentifier']}'" if record.get("SetIdentifier") else ""
    return f"[name='{full_name(record['Name'])}', type='{record['Type']}'{identifier}]"


@_on_changes("R-R53-01", "API route53:ChangeResourceRecordSets")
def create_makes_something_new(context: Context, batch: Batch) -> None:
    """CREATE is for a record that does not exist."""
    for change in batch.changes:
        asked = change["ResourceRecordSet"]
        if change["Action"] == "CREATE" and any(same_record(kept, asked) for kept in batch.zone.rrsets):
            raise _refuse(f"Tried to create resource record set {_shown(asked)} but it already exists")


@_on_changes("R-R53-05", "API route53:ChangeResourceRecordSets")
def delete_repeats_the_values(context: Context, batch: Batch) -> None:
    """DELETE repeats the record exactly as it is."""
    for change in batch.changes:
        asked = change["ResourceRecordSet"]
        if change["Action"] != "DELETE":
            continue
        kept = next((record for record in batch.zone.rrsets if same_record(record, asked)), None)
        if kept is None:
            raise _refuse(f"Tried to delete resource record set {_shown(asked)} but it was not found")
        if not _agree(_as_asked(kept), asked):
            raise _refuse(f"Tried to delete resource record set {_shown(asked)} but the values provided do not match the current values")


def _agree(kept: Parameters, asked: Parameters) -> bool:
    def canonical(record: Parameters) -> Parameters:
        target = record.get("AliasTarget")
        return {
            **record,
            "Name": full_name(record["Name"]),
            "ResourceRecords": sorted(one["Value"] for one in record.get("ResourceRecords", [])),
            "AliasTarget": {**target, "DNSName": full_name(target["DNSName"])} if target else None,
            "TTL": None if target else int(record.get("TTL", 0)),
        }

    return canonical(kept) == canonical(asked)


@_on_changes("R-R53-02", "UG route53/resource-record-sets-choosing-alias-non-alias.md")
def no_cname_at_the_apex(context: Context, batch: Batch) -> None:
    """The zone's own name cannot be a CNAME."""
    for record in batch.put:
        if record["Type"] == "CNAME" and full_name(record["Name"]) == full_name(batch.zone.name):
            raise _refuse(f"RRSet of type CNAME with DNS name {full_name(record['Name'])} is not permitted at apex in zone {full_name(batch.zone.name)}")


@_on_changes("R-R53-03", "RFC 1034 section 3.6.2")
def cname_stands_alone(context: Context, batch: Batch) -> None:
    """A CNAME has no record of another type beside it."""
    for record in batch.put:
        types = {other["Type"] for other in batch.beside(record)}
        if "CNAME" in types and len(types) > 1:
            raise _refuse(
                f"RRSet of type CNAME with DNS name {full_name(record['Name'])} is not permitted as it conflicts with other records "
                f"with the same DNS name in zone {full_name(batch.zone.name)}"
            )


# What a routed record has beside its identifier, by the policy that it makes it one of (API route53:ResourceRecordSet).
POLICIES = {"Failover": "failover", "Region": "latency", "Weight": "weighted", "GeoLocation": "geolocation", "MultiValueAnswer": "multivalue answer"}


def _policy(record: Parameters) -> str:
    return next((policy for member, policy in POLICIES.items() if record.get(member) is not None), "simple")


@_on_changes("R-R53-04", "API route53:ResourceRecordSet", certain=False)
def policies_do_not_mix(context: Context, batch: Batch) -> None:
    """All records of one name and type have one routing policy; to another one they change in one batch."""
    for record in batch.put:
        policies = {_policy(other) for other in batch.beside(record) if other["Type"] == record["Type"]}
        if len(policies) > 1:
            raise _refuse(
                f"RRSet with DNS name {full_name(record['Name'])}, type {record['Type']} cannot be created as other RRSets exist with the same name and type "
                f"and another routing policy: {' and '.join(sorted(policies))}"
            )


@_on_changes("R-R53-29", "API route53:ResourceRecordSet")
def one_latency_record_a_region(context: Context, batch: Batch) -> None:
    """Of one name and type there is one latency record for a region, with one value."""
    for record in batch.put:
        regions = [other["Region"] for other in batch.beside(record) if other["Type"] == record["Type"] and other.get("Region")]
        if len(set(regions)) < len(regions):
            raise _refuse(f"Latency record sets of {full_name(record['Name'])} {record['Type']} have the same region twice: {record.get('Region')}")
        if record.get("Region") and len(record.get("ResourceRecords", [])) > 1:
            raise _refuse(f"The latency record set {_shown(record)} has more than one value")


@_on_changes("R-R53-18", "API route53:ResourceRecordSet")
def one_of_each_failover(context: Context, batch: Batch) -> None:
    """Of one name and type there is one PRIMARY and one SECONDARY."""
    for record in batch.put:
        roles = [other["Failover"] for other in batch.beside(record) if other["Type"] == record["Type"] and other.get("Failover")]
        if len(set(roles)) < len(roles):
            raise _refuse(f"Failover record sets of {full_name(record['Name'])} {record['Type']} have the same value twice: {record.get('Failover')}")


@_on_changes("R-R53-12", "API route53:AliasTarget")
def cloudfront_health_is_not_evaluated(context: Context, batch: Batch) -> None:
    """EvaluateTargetHealth is false for a distribution, and private zones have no alias to one."""
    for record in batch.put:
        target = record.get("AliasTarget", {})
        if target.get("HostedZoneId") == CLOUDFRONT_ZONE and (target["EvaluateTargetHealth"] or batch.zone.private_zone):
            raise _refuse(f"EvaluateTargetHealth cannot be true for the alias target {target['DNSName']}, and a private zone cannot have it")


@_on_changes("R-R53-13", "API route53:AliasTarget")
def alias_names_the_targets_zone(context: Context, batch: Batch) -> None:
    """An alias names the hosted zone that its target is in: CloudFront's, or that of the load balancer's region."""
    for record in batch.put:
        target = record.get("AliasTarget")
        if not target:
            continue
        name = full_name(target["DNSName"])
        expected = None
        if name.endswith(".cloudfront.net."):
            expected = CLOUDFRONT_ZONE
        elif name.endswith(".elb.amazonaws.com."):
            expected = HOSTED_ZONES.get(name.split(".")[-5])
        if expected and target["HostedZoneId"] != expected:
            raise _refuse(
                f"Tried to create an alias that targets {name}, type {record['Type']} in zone {target['HostedZoneId']}, but that target was not found"
            )


@_on_changes("R-R53-25", "API route53:AliasTarget")
def alias_within_the_zone_has_a_target(context: Context, batch: Batch) -> None:
    """The target of an alias to another record of its zone exists there, and is of the same type; it is in no other zone of ours."""
    for record in batch.put:
        target = record.get("AliasTarget")
        number = target["HostedZoneId"].rpartition("/")[2] if target else None
        if number not in context.backend(region="aws").zones:
            continue
        alike = [other for other in batch.outcome if full_name(other["Name"]) == full_name(target["DNSName"]) and other["Type"] == record["Type"]]
        if number != context.params["HostedZoneId"].rpartition("/")[2] or not alike:
            raise _refuse(
                f"Tried to create an alias that targets {full_name(target['DNSName'])}, type {record['Type']} in zone {number}, but that target was not found"
            )


@rule("R-R53-14", service="route53", operations=["ChangeResourceRecordSets"], source="API route53:ChangeResourceRecordSets")
def health_check_exists(context: Context) -> None:
    """A record's health check exists."""
    for change in context.params["ChangeBatch"]["Changes"]:
        identifier = change["ResourceRecordSet"].get("HealthCheckId")
        if change["Action"] != "DELETE" and identifier and identifier not in context.backend(region="aws").health_checks:
            raise Refused("NoSuchHealthCheck", f"A health check with id {identifier} does not exist.")


@_on_changes("R-R53-17", "RFC 1035")
def values_fit_the_type(context: Context, batch: Batch) -> None:
    """The values of A and AAAA records are addresses, those of TXT records are quoted."""
    for record in batch.put:
        for one in record.get("ResourceRecords", []):
            if not _fits(record["Type"], one["Value"]):
                raise _refuse(f"Invalid Resource Record: FATAL problem: value '{one['Value']}' is not valid for type {record['Type']}")


def _fits(kind: str, value: str) -> bool:
    if kind == "TXT":
        return value.startswith('"') and value.endswith('"') and all(len(text) <= MOST_TEXT for text in value.split('"')[1::2])
    version = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}.get(kind)
    try:
        return version is None or bool(version(value))
    except ValueError:
        return False


# Zones and health checks ------------------------------------------------------------------------------------------------------


@rule("R-R53-15", service="route53", operations=["CreateHostedZone"], source="API route53:CreateHostedZone")
def one_private_zone_of_a_name_in_a_vpc(context: Context) -> None:
    """A VPC has one private zone of a name."""
    vpc = context.params.get("VPC", {}).get("VPCId")
    for zone in context.backend(region="aws").zones.values():
        if vpc and full_name(zone.name) == full_name(context.params["Name"]) and vpc in [one.get("vpc_id") for one in zone.vpcs]:
            raise Refused("ConflictingDomainExists", f"The VPC {vpc} is already associated with a hosted zone of {zone.name}")


@rule("R-R53-07", service="route53", operations=["CreateHealthCheck"], source="API route53:HealthCheckConfig")
def interval_of_ten_or_thirty(context: Context) -> None:
    """Checkers ask every 10 or 30 seconds."""
    interval = context.params["HealthCheckConfig"].get("RequestInterval")
    if interval is not None and interval not in (10, 30):
        raise Refused("InvalidInput", f"Invalid parameter : RequestInterval {interval} must be 10 or 30.")


@rule("R-R53-11", service="route53", operations=["CreateHealthCheck"], source="API route53:HealthCheckConfig")
def string_to_search(context: Context) -> None:
    """The types that look for a string need one, others take none."""
    config = context.params["HealthCheckConfig"]
    if config["Type"].endswith("_STR_MATCH") != bool(config.get("SearchString")):
        raise Refused("InvalidInput", f"Invalid parameter : SearchString does not go with the type {config['Type']}.")


_references: dict[tuple[str, str], Parameters] = {}
on_reset(_references.clear)


@rule("R-R53-09", service="route53", operations=["CreateHealthCheck"], source="API route53:CreateHealthCheck")
def reference_is_new(context: Context) -> None:
    """A caller reference is used once: not for other settings, and not again after the check was deleted."""
    key = (context.account, context.params["CallerReference"])
    config = context.params["HealthCheckConfig"]
    present = [check.caller_reference for check in context.backend(region="aws").health_checks.values()]
    if key in _references and (_references[key] != config or key[1] not in present):
        raise Refused("HealthCheckAlreadyExists", f"The caller reference {key[1]} was used before")
    _references[key] = config


@rule(
    "R-R53-24",
    service="route53",
    operations=["CreateHealthCheck", "UpdateHealthCheck"],
    source="UG route53/dns-failover-determining-health-of-endpoints.md",
    certain=False,
)
def alarm_exists(context: Context) -> None:
    """A check that follows an alarm takes over the alarm's settings, so the alarm exists."""
    config = context.params.get("HealthCheckConfig", context.params)
    named = config.get("AlarmIdentifier")
    if config.get("Type") == "CLOUDWATCH_METRIC" and not named:
        raise Refused("InvalidInput", "Invalid parameter : AlarmIdentifier is required for the type CLOUDWATCH_METRIC.")
    backend = backends_of("cloudwatch", context.account).get(named["Region"]) if named else None
    if named and (backend is None or named["Name"] not in backend.alarms):
        raise Refused("InvalidInput", f"Invalid parameter : the alarm {named['Name']} was not found in {named['Region']}.")


@rule("R-R53-26", service="route53", operations=["CreateHealthCheck", "UpdateHealthCheck"], source="API route53:AlarmIdentifier", certain=False)
def alarm_is_plain(context: Context) -> None:
    """An alarm that a check follows is of one metric of standard resolution, with a plain statistic."""
    named = context.params.get("HealthCheckConfig", context.params).get("AlarmIdentifier")
    backend = backends_of("cloudwatch", context.account).get(named["Region"]) if named else None
    alarm = backend.alarms.get(named["Name"]) if backend else None
    if alarm and (alarm.rule or alarm.metric_data_queries or alarm.statistic not in STATISTICS or alarm.period % 60):
        raise Refused("InvalidInput", f"Invalid parameter : Route 53 cannot evaluate the alarm {named['Name']}.")


@rule(
    "R-R53-27",
    service="route53",
    operations=["CreateHealthCheck", "UpdateHealthCheck"],
    source="UG route53/health-checks-creating-values.md",
    certain=False,
)
def children_are_others(context: Context) -> None:
    """A calculated check adds up checks that exist and are not calculated themselves, 255 at most; checks of other types have none."""
    config = context.params.get("HealthCheckConfig", context.params)
    checks = context.backend(region="aws").health_checks
    kind = config.get("Type") or checks[context.params["HealthCheckId"]].settings["Type"]
    children = config.get("ChildHealthChecks")
    if kind != "CALCULATED":
        if children:
            raise Refused("InvalidInput", f"Invalid parameter : ChildHealthChecks does not go with the type {kind}.")
        return
    if context.operation == "CreateHealthCheck" and not children:
        raise Refused("InvalidInput", "Invalid parameter : ChildHealthChecks is required for the type CALCULATED.")
    for child in children or ():
        if child not in checks:
            raise Refused("InvalidInput", f"Invalid parameter : the health check {child} was not found.")
        if checks[child].settings["Type"] == "CALCULATED":
            raise Refused("InvalidInput", f"Invalid parameter : the calculated health check {child} cannot be the child of another one.")
    if len(children or ()) > 255:
        raise Refused("InvalidInput", "Invalid parameter : a calculated health check has 255 children at most.")

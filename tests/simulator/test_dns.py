# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS answers from the simulated Route 53, and ACM's proof by DNS."""

from __future__ import annotations

import ipaddress
import time
import urllib.error
from datetime import UTC, datetime

import dns.message
import dns.query
import dns.rcode
import pytest
from simulated import InProcess

from simulator.__main__ import settings
from simulator.api import Simulator
from simulator.dns import alias_address, answer, delegated


def ask(simulator, name, kind):
    """(rcode, values in the each record set in order) of a query."""
    answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=simulator.port, timeout=10)
    return dns.rcode.to_text(answer.rcode()), [value for rrset in answer.answer for value in sorted(item.to_text() for item in rrset)]


def zone(simulator, name="example.org", **more):
    made = simulator.client("route53", "us-east-1").create_hosted_zone(Name=name, CallerReference=name, **more)
    return made["HostedZone"]["Id"]


def record(simulator, zone_id, name, kind, values=(), **more):
    entry = {"Name": name, "Type": kind, **more}
    if values:
        entry |= {"TTL": 300, "ResourceRecords": [{"Value": value} for value in values]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": entry}]}
    simulator.client("route53", "us-east-1").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def certificate(simulator, *names, region="eu-west-1", **more):
    acm = simulator.client("acm", region)
    arn = acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=list(names), ValidationMethod="DNS", **more)["CertificateArn"]
    return lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]


def prove(simulator, zone_id, shown):
    for option in shown["DomainValidationOptions"]:
        proof = option["ResourceRecord"]
        record(simulator, zone_id, proof["Name"], proof["Type"], [proof["Value"]])


def test_records(simulator):
    zone_id = zone(simulator)
    record(simulator, zone_id, "www.example.org", "A", ["192.0.2.10", "192.0.2.11"])
    record(simulator, zone_id, "www.example.org", "AAAA", ["2001:db8::1"])
    record(simulator, zone_id, "example.org", "TXT", ['"v=spf1 -all"'])
    record(simulator, zone_id, "short.example.org", "CNAME", ["www.example.org"])
    record(simulator, zone_id, "*.wild.example.org", "A", ["192.0.2.12"])
    assert ask(simulator, "www.example.org", "A") == ("NOERROR", ["192.0.2.10", "192.0.2.11"])
    assert ask(simulator, "www.example.org", "AAAA") == ("NOERROR", ["2001:db8::1"])
    assert ask(simulator, "example.org", "TXT") == ("NOERROR", ['"v=spf1 -all"'])
    assert ask(simulator, "short.example.org", "A") == ("NOERROR", ["www.example.org.", "192.0.2.10", "192.0.2.11"])
    assert ask(simulator, "any.wild.example.org", "A") == ("NOERROR", ["192.0.2.12"])
    assert ask(simulator, "www.example.org", "MX") == ("NOERROR", [])
    assert ask(simulator, "nothing.example.org", "A") == ("NXDOMAIN", [])
    assert ask(simulator, "example.net", "A") == ("REFUSED", [])
    assert len(ask(simulator, "example.org", "SOA")[1]) == 1


def test_name_servers_are_those_of_the_zone(simulator):
    zone_id = zone(simulator)
    shown = simulator.client("route53", "us-east-1").get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]
    assert {name.rstrip(".") for name in ask(simulator, "example.org", "NS")[1]} == set(shown)


def test_private_zones_are_not_public(simulator):
    vpc = simulator.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    zone_id = zone(simulator, "inside.example.org", VPC={"VPCRegion": "eu-west-1", "VPCId": vpc}, HostedZoneConfig={"PrivateZone": True})
    record(simulator, zone_id, "db.inside.example.org", "A", ["10.0.0.1"])
    assert ask(simulator, "db.inside.example.org", "A") == ("REFUSED", [])


def test_aliases_answer_with_a_stable_address_that_nobody_has(simulator):
    zone_id = zone(simulator)
    target = {"HostedZoneId": "Z32O12XQLNTSW2", "DNSName": "lb-1.eu-west-1.elb.amazonaws.com", "EvaluateTargetHealth": False}
    record(simulator, zone_id, "www.example.org", "A", AliasTarget=target)
    first, again = ask(simulator, "www.example.org", "A")[1], ask(simulator, "www.example.org", "A")[1]
    assert first == again
    block = ipaddress.ip_network("198.18.0.0/15")
    assert ipaddress.ip_address(first[0]) in block


def test_failover_follows_the_health_check(simulator):
    zone_id = zone(simulator)
    route53 = simulator.client("route53", "us-east-1")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.org", "Port": 443, "ResourcePath": "/", "RequestInterval": 30, "FailureThreshold": 3}
    check = route53.create_health_check(CallerReference="1", HealthCheckConfig=config)["HealthCheck"]["Id"]
    record(simulator, zone_id, "www.example.org", "A", ["192.0.2.1"], SetIdentifier="site", Failover="PRIMARY", HealthCheckId=check)
    record(simulator, zone_id, "www.example.org", "A", ["192.0.2.2"], SetIdentifier="fallback", Failover="SECONDARY")
    assert ask(simulator, "www.example.org", "A")[1] == ["192.0.2.1"]
    simulator.door("health-check", {"id": check, "healthy": False})
    assert ask(simulator, "www.example.org", "A")[1] == ["192.0.2.2"]
    observed = route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    assert all(observation["StatusReport"]["Status"].startswith("Failure") for observation in observed)
    simulator.door("health-check", {"id": check, "healthy": True})
    assert ask(simulator, "www.example.org", "A")[1] == ["192.0.2.1"]
    with pytest.raises(urllib.error.HTTPError):
        simulator.door("health-check", {"id": "no-such-check", "healthy": False})


REGIONS = ("eu-west-1", "eu-central-1")


def balancer(world: InProcess, region: str) -> tuple[str, str]:
    """(address in the DNS, ARN of its target group) of a load balancer whose one target is healthy."""
    elbv2, subnets = world.client("elbv2", region), world.client("ec2", region).describe_subnets()["Subnets"][:2]
    made = elbv2.create_load_balancer(Name="web", Scheme="internal", Subnets=[one["SubnetId"] for one in subnets])["LoadBalancers"][0]
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
    actions = [{"Type": "forward", "TargetGroupArn": group}]
    elbv2.create_listener(LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=actions)
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "172.31.0.9"}])
    return made["DNSName"], group


def test_two_regions_and_a_fallback(monkeypatch):
    """A pair of regions within the pair of the fallback: whoever may serve and can, and nobody else, whatever the clock says."""
    world = InProcess()
    home, away = (balancer(world, region) for region in REGIONS)
    cloudwatch, route53 = world.client("cloudwatch", REGIONS[1]), world.client("route53", "us-east-1")
    zone_id = zone(world).rpartition("/")[2]
    plain = {"Namespace": "acme/recovery", "MetricName": "TakenOver", "Statistic": "Minimum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0}
    cloudwatch.put_metric_alarm(AlarmName="taken-over", ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore", **plain)

    def check(reference, **config):
        return route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"]

    follows = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": "taken-over", "Region": REGIONS[1]}, "InsufficientDataHealthStatus": "LastKnownStatus"}
    off, on = check("off", **follows), check("on", **follows, Inverted=True)
    other = check("other", Type="HTTPS", FullyQualifiedDomainName="www.example.org")
    may = check("may", Type="CALCULATED", ChildHealthChecks=[off, other], HealthThreshold=2)

    def alias(name, identifier, failover, target, owner, health, **more):
        where = {"HostedZoneId": owner, "DNSName": target, "EvaluateTargetHealth": health}
        record(world, zone_id, name, "A", SetIdentifier=identifier, Failover=failover, AliasTarget=where, **more)

    fallback = "d111111abcdef8.cloudfront.net"
    alias("regions.origin.example.org", "a", "PRIMARY", home[0], "Z32O12XQLNTSW2", True, HealthCheckId=may)
    alias("regions.origin.example.org", "b", "SECONDARY", away[0], "Z215JYRZR1TBD5", True, HealthCheckId=on)
    alias("origin.example.org", "a", "PRIMARY", "regions.origin.example.org", zone_id, True)
    alias("origin.example.org", "b", "SECONDARY", fallback, "Z2FDTNDATAQYW2", False)

    def served():
        response = answer(world.core, dns.message.make_query("origin.example.org", "A"))
        (value,) = [item.to_text() for rrset in response.answer for item in rrset]
        known = {alias_address(name, "A"): word for name, word in ((home[0], "home"), (away[0], "away"), (fallback, "fallback"))}
        return known[value]

    def alarm():
        return cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"]

    def say(value):
        cloudwatch.put_metric_data(Namespace="acme/recovery", MetricData=[{"MetricName": "TakenOver", "Value": value}])

    assert (served(), alarm()) == ("home", "INSUFFICIENT_DATA")
    # A standby that nobody let serve gets no visitors.
    world.client("elbv2", REGIONS[0]).deregister_targets(TargetGroupArn=home[1], Targets=[{"Id": "172.31.0.9"}])
    assert served() == "fallback"
    say(1)
    assert (served(), alarm()) == ("away", "ALARM")
    # What has woken up gets none back, whatever becomes of the one that took over.
    world.client("elbv2", REGIONS[0]).register_targets(TargetGroupArn=home[1], Targets=[{"Id": "172.31.0.9"}])
    later = time.time() + 7200
    monkeypatch.setattr(world.core, "clock", lambda: later)
    assert (served(), alarm()) == ("away", "ALARM")
    world.client("elbv2", REGIONS[1]).deregister_targets(TargetGroupArn=away[1], Targets=[{"Id": "172.31.0.9"}])
    assert served() == "fallback"
    world.core.faults.outage = frozenset(REGIONS[1:])
    assert served() == "fallback"
    world.core.faults.outage = frozenset()
    cloudwatch.put_metric_data(Namespace="acme/recovery", MetricData=[{"MetricName": "TakenOver", "Value": 0, "Timestamp": datetime.fromtimestamp(later, UTC)}])
    assert (served(), alarm()) == ("home", "OK")
    # Threshold and inversion.
    for changes, expected in (({"HealthThreshold": 3}, "fallback"), ({"Inverted": True}, "home"), ({"HealthThreshold": 0}, "fallback")):
        route53.update_health_check(HealthCheckId=may, **changes)
        assert served() == expected, changes


def test_latency_records_lead_to_the_nearest_that_is_healthy(simulator):
    zone_id = zone(simulator)
    route53 = simulator.client("route53", "us-east-1")
    checks = {}
    for number, region in enumerate(REGIONS, 1):
        config = {"Type": "HTTPS", "FullyQualifiedDomainName": f"{region}.example.org"}
        checks[region] = route53.create_health_check(CallerReference=region, HealthCheckConfig=config)["HealthCheck"]["Id"]
        record(simulator, zone_id, "near.example.org", "A", [f"192.0.2.{number}"], SetIdentifier=region, Region=region, HealthCheckId=checks[region])
    # What stands for them leads where they lead.
    record(simulator, zone_id, "www.example.org", "A", AliasTarget={
        "HostedZoneId": zone_id.rpartition("/")[2], "DNSName": "near.example.org", "EvaluateTargetHealth": True,
    })  # fmt: skip
    for healthy, expected in (
        ((True, True), ["192.0.2.1", "192.0.2.2"]),
        ((False, True), ["192.0.2.2", "192.0.2.2"]),
        # UG route53/health-checks-how-route-53-chooses-records: where none is healthy, all count as if they were.
        ((False, False), ["192.0.2.1", "192.0.2.2"]),
    ):
        for region, state in zip(REGIONS, healthy, strict=True):
            simulator.door("health-check", {"id": checks[region], "healthy": state})
        answers = []
        for region in REGIONS:
            simulator.door("nearest", {"region": region})
            answers += ask(simulator, "www.example.org", "A")[1]
        assert answers == expected, healthy
    simulator.door("nearest", {"region": "sa-east-1"})
    assert len(ask(simulator, "near.example.org", "A")[1]) == 1


def test_a_certificate_is_issued_by_proof_only(simulator):
    zone_id = zone(simulator)
    shown = certificate(simulator, "www.example.org", "*.example.org", "example.org")
    waiting = shown()
    assert waiting["Status"] == "PENDING_VALIDATION"
    assert "IssuedAt" not in waiting
    proofs = {option["DomainName"]: option["ResourceRecord"] for option in waiting["DomainValidationOptions"]}
    assert proofs["*.example.org"] == proofs["example.org"] != proofs["www.example.org"]
    time.sleep(0.2)
    assert shown()["Status"] == "PENDING_VALIDATION"
    proof = proofs["www.example.org"]
    record(simulator, zone_id, proof["Name"], "CNAME", ["not-the-value.example.org."])
    assert shown()["Status"] == "PENDING_VALIDATION"
    prove(simulator, zone_id, waiting)
    issued = shown()
    assert issued["Status"] == "ISSUED"
    assert issued["IssuedAt"]
    assert {option["ValidationStatus"] for option in issued["DomainValidationOptions"]} == {"SUCCESS"}


def test_the_same_record_proves_a_domain_in_every_region(simulator):
    zone_id = zone(simulator)
    here, edge = certificate(simulator, "www.example.org"), certificate(simulator, "www.example.org", region="us-east-1")
    prove(simulator, zone_id, here())
    assert (here()["Status"], edge()["Status"]) == ("ISSUED", "ISSUED")


def test_an_undelegated_domain_proves_nothing(simulator):
    simulator.door("delegation", {"domain": "example.org", "delegated": False})
    zone_id = zone(simulator)
    shown = certificate(simulator, "www.example.org")
    prove(simulator, zone_id, shown())
    assert ask(simulator, "example.org", "NS") == ("NXDOMAIN", [])
    assert shown()["Status"] == "PENDING_VALIDATION"
    simulator.door("delegation", {"domain": "example.org", "delegated": True})
    assert shown()["Status"] == "ISSUED"
    assert ask(simulator, "example.org", "NS")[0] == "NOERROR"


def test_undelegated_from_the_start():
    core = Simulator(settings(["--port", "5000", "--undelegated", "Example.org.", "--undelegated", "example.net"]))
    assert not delegated(core, "www.example.org")
    assert not delegated(core, "example.net")
    assert delegated(core, "myexample.org")


def test_an_email_certificate_waits_for_ever(simulator):
    acm = simulator.client("acm")
    arn = acm.request_certificate(DomainName="www.example.org", ValidationMethod="EMAIL")["CertificateArn"]
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert shown["Status"] == "PENDING_VALIDATION"
    assert all("ResourceRecord" not in option for option in shown["DomainValidationOptions"])


def test_issuing_takes_minutes_on_aws(start_simulator):
    simulator = start_simulator("--latency", "aws", "--time-scale", "200")
    zone_id = zone(simulator)
    shown = certificate(simulator, "www.example.org")
    deadline = time.monotonic() + 20
    while "ResourceRecord" not in shown()["DomainValidationOptions"][0]:
        assert time.monotonic() < deadline
    prove(simulator, zone_id, shown())
    proven = time.monotonic()
    assert shown()["Status"] == "PENDING_VALIDATION"
    while shown()["Status"] != "ISSUED":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert time.monotonic() - proven > 1.0

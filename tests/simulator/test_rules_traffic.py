# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ACM, load balancers, WAF and Route 53: what a real account refuses, and the nearest thing that it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

REGION = "eu-west-1"
DOMAIN = "acme.example"
SITE = "d111111abcdef8.cloudfront.net"
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"


def refused(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The call is refused with this code. Returns the message."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value
    return str(raised.value)


@dataclass
class Site:
    """A VPC with a gateway and three subnets, and clients."""

    simulator: Simulated
    elbv2: Any
    ec2: Any
    vpc: str
    subnets: list[str]
    group: str

    def balancer(self, name: str = "web", **more: Any) -> str:
        made = self.elbv2.create_load_balancer(Name=name, **{"Subnets": self.subnets[:2], "SecurityGroups": [self.group], **more})
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def targets(self, name: str = "web", **more: Any) -> str:
        settings = {"Protocol": "HTTP", "Port": 80, "VpcId": self.vpc, **more}
        return str(self.elbv2.create_target_group(Name=name, **settings)["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, group: str, port: int = 80) -> str:
        action = [{"Type": "forward", "TargetGroupArn": group}]
        made = self.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=action)
        return str(made["Listeners"][0]["ListenerArn"])


@pytest.fixture
def site(simulator: Simulated) -> Site:
    ec2 = simulator.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    zones = [("10.0.0.0/24", "a"), ("10.0.1.0/24", "b"), ("10.0.2.0/24", "a")]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"] for block, zone in zones]
    group = ec2.create_security_group(GroupName="alb", Description="alb", VpcId=vpc)["GroupId"]
    return Site(simulator, simulator.client("elbv2", REGION), ec2, vpc, subnets, group)


@pytest.fixture
def route53(simulator: Simulated) -> Any:
    return simulator.client("route53", "us-east-1")


@pytest.fixture
def zone(route53: Any) -> str:
    return str(route53.create_hosted_zone(Name=DOMAIN, CallerReference="first")["HostedZone"]["Id"])


def change(route53: Any, zone: str, action: str, name: str, kind: str, **record: Any) -> Any:
    values = record.pop("values", None)
    if values is not None:
        record |= {"TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": {"Name": name, "Type": kind, **record}}]}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def not_changed(route53: Any, zone: str, *arguments: Any, **record: Any) -> None:
    refused("InvalidChangeBatch", lambda: change(route53, zone, *arguments, **record))


def issued(simulator: Simulated, route53: Any, zone: str, region: str = REGION, **more: Any) -> str:
    """A certificate that DNS has proved."""
    acm = simulator.client("acm", region)
    arn = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS", **more)["CertificateArn"]
    record = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    change(route53, zone, "UPSERT", record["Name"], "CNAME", values=[record["Value"].rstrip(".")])
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    return str(arn)


# Load balancers ---------------------------------------------------------------------------------------------------------------


def test_subnets_in_two_zones_one_each(site):
    refused("ValidationError", site.balancer, Subnets=site.subnets[:1])
    refused("InvalidConfigurationRequest", site.balancer, Subnets=site.subnets)
    site.balancer()


@pytest.mark.parametrize("name", ["under_score", "-web", "web-", "internal-web", "w" * 33])
def test_names(site, name):
    refused("ValidationError", site.balancer, name=name)
    site.balancer("w" * 32)
    site.balancer("web-internal")


def test_names_of_target_groups(site):
    refused("ValidationError", site.targets, name="w" * 33)
    site.targets("w" * 32)


def test_a_name_twice(site):
    first = site.balancer()
    assert site.balancer() == first
    refused("DuplicateLoadBalancerName", site.balancer, Scheme="internal")
    assert len(site.elbv2.describe_load_balancers()["LoadBalancers"]) == 1


def test_public_needs_a_gateway(site):
    gateway = site.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [site.vpc]}])["InternetGateways"][0]
    site.ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=site.vpc)
    assert "best assignment" in refused("InvalidSubnet", site.balancer)
    site.balancer(Scheme="internal")


def test_free_addresses(site):
    tight = [site.ec2.create_subnet(VpcId=site.vpc, CidrBlock=f"10.0.9.{start}/28", AvailabilityZone=REGION + "c")["Subnet"]["SubnetId"] for start in (0, 16)]
    site.ec2.create_network_interface(SubnetId=tight[0])
    for _ in range(3):
        site.ec2.create_network_interface(SubnetId=tight[0])
    refused("InvalidSubnet", site.balancer, Subnets=[site.subnets[0], tight[0]])
    site.balancer(Subnets=[site.subnets[0], tight[1]])


def test_protection(site):
    arn = site.balancer()

    def protect(value: str) -> None:
        site.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": value}])

    protect("true")
    refused("OperationNotPermitted", site.elbv2.delete_load_balancer, LoadBalancerArn=arn)
    protect("false")
    site.elbv2.delete_load_balancer(LoadBalancerArn=arn)


def test_idle_timeout(site):
    arn = site.balancer()

    def set_timeout(value: str) -> None:
        site.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": value}])

    refused("ValidationError", lambda: set_timeout("4001"))
    set_timeout("4000")


def test_access_logs_need_a_bucket_that_admits_them(site):
    arn, s3 = site.balancer(), site.simulator.client("s3", REGION)

    def log_to(bucket: str) -> None:
        values = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": bucket, "access_logs.s3.prefix": "alb"}
        site.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value} for key, value in values.items()])

    def bucket(name: str, region: str) -> str:
        site.simulator.client("s3", region).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/alb/AWSLogs/123456789012/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        site.simulator.client("s3", region).put_bucket_policy(Bucket=name, Policy=policy)
        return name

    refused("InvalidConfigurationRequest", lambda: log_to("nowhere"))
    refused("InvalidConfigurationRequest", lambda: log_to(bucket("elsewhere", "eu-west-2")))
    bucket("closed", REGION)
    s3.delete_bucket_policy(Bucket="closed")
    assert "Access Denied for bucket" in refused("InvalidConfigurationRequest", lambda: log_to("closed"))
    bucket("encrypted", REGION)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [rule]})
    refused("InvalidConfigurationRequest", lambda: log_to("encrypted"))
    log_to(bucket("logs", REGION))


def test_attributes_show_their_defaults(site):
    shown = site.elbv2.describe_load_balancer_attributes(LoadBalancerArn=site.balancer())["Attributes"]
    attributes = {one["Key"]: one["Value"] for one in shown}
    assert attributes["idle_timeout.timeout_seconds"] == "60"
    assert attributes["access_logs.s3.enabled"] == "false"
    assert attributes["load_balancing.cross_zone.enabled"] == "true"
    group = site.elbv2.describe_target_group_attributes(TargetGroupArn=site.targets())["Attributes"]
    assert {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "86400"} in group


def test_https_listener(site, route53, zone):
    balancer, group = site.balancer(), site.targets()
    acm = site.simulator.client("acm", REGION)

    def listen(**settings: Any) -> None:
        action = [{"Type": "forward", "TargetGroupArn": group}]
        site.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTPS", Port=443, DefaultActions=action, **settings)

    refused("ValidationError", listen)
    pending = acm.request_certificate(DomainName="other.example", ValidationMethod="DNS")["CertificateArn"]
    refused("UnsupportedCertificate", listen, Certificates=[{"CertificateArn": pending}])
    good = [{"CertificateArn": issued(site.simulator, route53, zone)}]
    refused("SSLPolicyNotFound", listen, Certificates=good, SslPolicy="ELBSecurityPolicy-Nonsense")
    listen(Certificates=good, SslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")


def test_a_target_group_serves_one_balancer(site):
    group, first, second = site.targets(), site.balancer("one"), site.balancer("two")
    site.listener(first, group)
    refused("TargetGroupAssociationLimit", site.listener, balancer=second, group=group)
    site.listener(first, group, 8080)
    assert site.elbv2.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == [first]


def test_a_target_group_of_the_vpc(site):
    other = site.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    refused("InvalidConfigurationRequest", site.listener, balancer=site.balancer(), group=site.targets("foreign", VpcId=other))
    site.listener(site.balancer(), site.targets())


def test_condition_values(site):
    listener = site.listener(site.balancer(), site.targets())

    def match(*values: str) -> None:
        condition = [{"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}]
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
        site.elbv2.create_rule(ListenerArn=listener, Priority=1, Conditions=condition, Actions=answer)

    refused("ValidationError", lambda: match("/a", "/b", "/c", "/d", "/e", "/f"))
    refused("ValidationError", lambda: match("/*/*/*/*/*/*"))
    match("/a", "/b", "/c", "/d", "/e*")


def test_header_conditions(site):
    listener = site.listener(site.balancer(), site.targets())

    def ask_for(name: str, value: str) -> None:
        condition = [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}]
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
        site.elbv2.create_rule(ListenerArn=listener, Priority=1, Conditions=condition, Actions=answer)

    refused("ValidationError", lambda: ask_for("Host", "a"))
    refused("ValidationError", lambda: ask_for("X" * 41, "a"))
    refused("ValidationError", lambda: ask_for("X-Origin", "a" * 129))
    ask_for("X" * 40, "a" * 128)


def test_health_check_path(site):
    refused("ValidationError", site.targets, HealthCheckPath="health")
    site.targets(HealthCheckPath="/health")


def test_health_check_port(site):
    for port in ("0", "65536", "http", ""):
        refused("ValidationError", site.targets, HealthCheckPort=port)
    group = site.targets(HealthCheckPort="8081")
    refused("ValidationError", site.elbv2.modify_target_group, TargetGroupArn=group, HealthCheckPort="-1")
    assert site.elbv2.describe_target_groups()["TargetGroups"][0]["HealthCheckPort"] == "8081"
    site.elbv2.modify_target_group(TargetGroupArn=group, HealthCheckPort="traffic-port")


def test_targets_of_an_unused_group_are_unused(site):
    group = site.targets(TargetType="ip")
    site.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.9"}])

    def state() -> str:
        return str(site.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]["State"])

    assert state() == "unused"
    site.listener(site.balancer(), group)
    assert state() == "healthy"


def test_interfaces_hold_group_and_subnets(site):
    balancer = site.balancer()
    refused("DependencyViolation", site.ec2.delete_security_group, GroupId=site.group)
    refused("DependencyViolation", site.ec2.delete_subnet, SubnetId=site.subnets[0])
    site.ec2.delete_subnet(SubnetId=site.subnets[2])
    site.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    site.ec2.delete_security_group(GroupId=site.group)
    site.ec2.delete_subnet(SubnetId=site.subnets[0])


def test_alias_zone_of_the_region(site):
    site.balancer()
    assert site.elbv2.describe_load_balancers()["LoadBalancers"][0]["CanonicalHostedZoneId"] == "Z32O12XQLNTSW2"


# Certificates -----------------------------------------------------------------------------------------------------------------


def test_a_certificate_in_use_stays(site, route53, zone):
    arn, balancer = issued(site.simulator, route53, zone), site.balancer()
    acm = site.simulator.client("acm", REGION)
    action = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
    site.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTPS", Port=443, DefaultActions=action, Certificates=[{"CertificateArn": arn}])
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer]
    refused("ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
    site.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    acm.delete_certificate(CertificateArn=arn)


def test_common_name_length(simulator):
    acm = simulator.client("acm", REGION)
    refused("ValidationException", acm.request_certificate, DomainName=f"{'a' * 50}.{'b' * 10}.com", ValidationMethod="DNS")
    acm.request_certificate(DomainName=f"{'a' * 49}.{'b' * 10}.com", ValidationMethod="DNS")


def test_other_algorithms_are_listed_when_asked_for(simulator):
    acm = simulator.client("acm", REGION)
    arn = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1")["CertificateArn"]
    assert acm.list_certificates()["CertificateSummaryList"] == []
    assert len(acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]) == 1
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["KeyAlgorithm"] == "EC-prime256v1"


# Route 53 ---------------------------------------------------------------------------------------------------------------------


def test_create_and_delete_say_what_there_is(route53, zone):
    change(route53, zone, "CREATE", f"www.{DOMAIN}", "A", values=["192.0.2.1"])
    not_changed(route53, zone, "CREATE", f"www.{DOMAIN}", "A", values=["192.0.2.2"])
    not_changed(route53, zone, "DELETE", f"www.{DOMAIN}", "A", values=["192.0.2.2"])
    not_changed(route53, zone, "DELETE", f"ftp.{DOMAIN}", "A", values=["192.0.2.2"])
    change(route53, zone, "DELETE", f"www.{DOMAIN}", "A", values=["192.0.2.1"])


def test_a_batch_is_carried_out_wholly_or_not_at_all(route53, zone):
    good = {"Action": "CREATE", "ResourceRecordSet": {"Name": f"a.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}
    bad = {"Action": "DELETE", "ResourceRecordSet": {**good["ResourceRecordSet"], "Name": f"b.{DOMAIN}"}}
    refused("InvalidChangeBatch", route53.change_resource_record_sets, HostedZoneId=zone, ChangeBatch={"Changes": [good, bad]})
    assert [record["Type"] for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]] == ["NS", "SOA"]


def test_cnames(route53, zone):
    not_changed(route53, zone, "CREATE", DOMAIN, "CNAME", values=["elsewhere.example"])
    change(route53, zone, "CREATE", f"www.{DOMAIN}", "A", values=["192.0.2.1"])
    not_changed(route53, zone, "CREATE", f"www.{DOMAIN}", "CNAME", values=["elsewhere.example"])
    change(route53, zone, "CREATE", f"ftp.{DOMAIN}", "CNAME", values=["elsewhere.example"])


def test_values_fit_the_type(route53, zone):
    not_changed(route53, zone, "CREATE", f"www.{DOMAIN}", "A", values=["elsewhere.example"])
    not_changed(route53, zone, "CREATE", f"www.{DOMAIN}", "TXT", values=["bare"])
    change(route53, zone, "CREATE", f"www.{DOMAIN}", "TXT", values=['"quoted"'])


def test_failover_pairs(route53, zone):
    def put(identifier: str, **more: Any) -> Any:
        return change(route53, zone, "CREATE", f"www.{DOMAIN}", "A", SetIdentifier=identifier, values=["192.0.2.1"], **more)

    put("one", Failover="PRIMARY")
    refused("InvalidChangeBatch", lambda: put("two", Failover="PRIMARY"))
    not_changed(route53, zone, "CREATE", f"www.{DOMAIN}", "A", values=["192.0.2.1"])
    refused("NoSuchHealthCheck", lambda: put("two", Failover="SECONDARY", HealthCheckId="00000000-0000-0000-0000-000000000000"))
    put("two", Failover="SECONDARY")


def test_latency_records(route53, zone):
    """One for a region, with one value, and none of another policy beside them but in the batch that takes these away."""

    def entry(identifier: str, values: tuple[str, ...] = ("192.0.2.1",), **more: Any) -> dict[str, Any]:
        return {
            "Name": f"www.{DOMAIN}", "Type": "A", "SetIdentifier": identifier, "TTL": 60, "ResourceRecords": [{"Value": value} for value in values], **more,
        }  # fmt: skip

    def batch(*changes: tuple[str, dict[str, Any]]) -> Any:
        changed = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changed)

    here, there = entry("here", Region=REGION), entry("there", Region="us-east-1")
    batch(("CREATE", here))
    refused("InvalidChangeBatch", lambda: batch(("CREATE", entry("again", Region=REGION))))
    refused("InvalidChangeBatch", lambda: batch(("CREATE", entry("two", ("192.0.2.1", "192.0.2.2"), Region="us-east-1"))))
    refused("InvalidChangeBatch", lambda: batch(("CREATE", entry("first", Failover="PRIMARY"))))
    batch(("CREATE", there))
    shown = [record for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if record["Type"] == "A"]
    assert {record["SetIdentifier"]: record["Region"] for record in shown} == {"here": REGION, "there": "us-east-1"}
    refused("InvalidChangeBatch", lambda: batch(("DELETE", here), ("CREATE", entry("first", Failover="PRIMARY"))))
    batch(("DELETE", here), ("DELETE", there), ("CREATE", entry("first", Failover="PRIMARY")))


@pytest.mark.parametrize(
    "name,right,wrong", [(SITE, CLOUDFRONT_ZONE, "Z32O12XQLNTSW2"), ("x-1.eu-west-1.elb.amazonaws.com", "Z32O12XQLNTSW2", CLOUDFRONT_ZONE)]
)
def test_alias_zones(route53, zone, name, right, wrong):
    def alias(target_zone: str) -> dict[str, Any]:
        return {"DNSName": name, "HostedZoneId": target_zone, "EvaluateTargetHealth": False}

    not_changed(route53, zone, "CREATE", DOMAIN, "A", AliasTarget=alias(wrong))
    change(route53, zone, "CREATE", DOMAIN, "A", AliasTarget=alias(right))


def test_cloudfront_health_is_not_evaluated(route53, zone):
    target = {"DNSName": SITE, "HostedZoneId": CLOUDFRONT_ZONE}
    not_changed(route53, zone, "CREATE", DOMAIN, "A", AliasTarget={**target, "EvaluateTargetHealth": True})
    change(route53, zone, "CREATE", DOMAIN, "A", AliasTarget={**target, "EvaluateTargetHealth": False})


def test_a_new_zone_has_other_name_servers(route53, zone):
    first = set(route53.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"])
    route53.delete_hosted_zone(Id=zone)
    again = route53.create_hosted_zone(Name=DOMAIN, CallerReference="second")
    assert len(first) == 4
    assert first != set(again["DelegationSet"]["NameServers"])


def test_wildcards_are_answered_in_octal(route53, zone):
    change(route53, zone, "CREATE", f"*.{DOMAIN}", "A", values=["192.0.2.1"])
    names = [record["Name"] for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]]
    assert f"\\052.{DOMAIN}." in names


def test_private_zones_of_one_name(site, route53):
    vpc = {"VPCId": site.vpc, "VPCRegion": REGION}
    route53.create_hosted_zone(Name="inside.example", CallerReference="a", VPC=vpc)
    refused("ConflictingDomainExists", route53.create_hosted_zone, Name="inside.example", CallerReference="b", VPC=vpc)
    route53.create_hosted_zone(Name="other.example", CallerReference="c", VPC=vpc)


def test_health_checks(route53):
    def check(reference: str, **config: Any) -> str:
        return str(route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"])

    address = {"Type": "HTTPS", "FullyQualifiedDomainName": DOMAIN}
    refused("InvalidInput", lambda: check("a", **address, RequestInterval=20))
    refused("InvalidInput", lambda: check("b", **address, SearchString="ok"))
    refused("InvalidInput", lambda: check("c", Type="HTTPS_STR_MATCH", FullyQualifiedDomainName=DOMAIN))
    identifier = check("d", **address, RequestInterval=10)
    config = route53.get_health_check(HealthCheckId=identifier)["HealthCheck"]["HealthCheckConfig"]
    assert (config["Port"], config["FailureThreshold"], config["EnableSNI"]) == (443, 3, True)
    route53.delete_health_check(HealthCheckId=identifier)
    refused("HealthCheckAlreadyExists", lambda: check("d", **address, RequestInterval=10))


def test_a_health_check_follows_its_alarm(simulator, route53, zone):
    cloudwatch = simulator.client("cloudwatch", REGION)
    config = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Name": "down", "Region": REGION}, "InsufficientDataHealthStatus": "Healthy"}
    refused("InvalidInput", route53.create_health_check, CallerReference="a", HealthCheckConfig=config)
    cloudwatch.put_metric_alarm(
        AlarmName="down", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold"
    )
    check = route53.create_health_check(CallerReference="b", HealthCheckConfig=config)["HealthCheck"]
    assert check["HealthCheckConfig"]["AlarmIdentifier"] == config["AlarmIdentifier"]
    name = f"origin.{DOMAIN}"
    change(route53, zone, "CREATE", name, "A", SetIdentifier="p", Failover="PRIMARY", HealthCheckId=check["Id"], values=["192.0.2.1"])
    change(route53, zone, "CREATE", name, "A", SetIdentifier="s", Failover="SECONDARY", values=["192.0.2.2"])

    def address() -> str:
        answer = dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=simulator.port, timeout=5)
        return str(answer.answer[0][0])

    assert address() == "192.0.2.1"
    # By the metric's data: the alarm's state moves nothing.
    cloudwatch.set_alarm_state(AlarmName="down", StateValue="ALARM", StateReason="test")
    assert address() == "192.0.2.1"
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 2}])
    assert address() == "192.0.2.2"
    refused("InvalidParameterValue", cloudwatch.put_metric_data, Namespace="n", MetricData=[{"MetricName": "m", "Value": 2, "Timestamp": time.time() + 9000}])
    for name, more in (("quick", {"Statistic": "Sum", "Period": 10}), ("percentile", {"ExtendedStatistic": "p99", "Period": 60})):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="n", MetricName="m", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", **more
        )
        asked = {**config, "AlarmIdentifier": {"Name": name, "Region": REGION}}
        refused("InvalidInput", route53.create_health_check, CallerReference=name, HealthCheckConfig=asked)


def test_calculated_health_checks(route53):
    def check(reference: str, **config: Any) -> str:
        return str(route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"])

    child = check("a", Type="HTTPS", FullyQualifiedDomainName=DOMAIN)
    refused("InvalidInput", lambda: check("b", Type="CALCULATED", HealthThreshold=1))
    refused("InvalidInput", lambda: check("c", Type="CALCULATED", HealthThreshold=1, ChildHealthChecks=["7f5ffbfa-0000-0000-0000-000000000000"]))
    refused("InvalidInput", lambda: check("d", Type="HTTPS", FullyQualifiedDomainName=DOMAIN, ChildHealthChecks=[child]))
    parent = check("e", Type="CALCULATED", HealthThreshold=1, ChildHealthChecks=[child])
    refused("InvalidInput", lambda: check("f", Type="CALCULATED", HealthThreshold=1, ChildHealthChecks=[parent]))
    refused("InvalidInput", route53.update_health_check, HealthCheckId=parent, ChildHealthChecks=[parent])


def test_aliases_within_the_zone(route53, zone):
    def alias(target: str, kind: str = "A") -> Any:
        target = {"HostedZoneId": zone.rpartition("/")[2], "DNSName": f"{target}.{DOMAIN}", "EvaluateTargetHealth": True}
        return change(route53, zone, "CREATE", f"alias.{DOMAIN}", kind, AliasTarget=target)

    refused("InvalidChangeBatch", alias, target="target")
    change(route53, zone, "CREATE", f"target.{DOMAIN}", "A", values=["192.0.2.1"])
    refused("InvalidChangeBatch", alias, target="target", kind="AAAA")
    alias("target")


# WAF --------------------------------------------------------------------------------------------------------------------------

VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


@pytest.fixture
def waf(simulator: Simulated) -> Any:
    return simulator.client("wafv2", REGION)


def rate(name: str = "rate", priority: int = 1, limit: int = 100, **more: Any) -> dict[str, Any]:
    statement = {"RateBasedStatement": {"Limit": limit, "AggregateKeyType": "IP", **more}}
    return {"Name": name, "Priority": priority, "Statement": statement, "Action": {"Block": {}}, "VisibilityConfig": VISIBLE}


def managed(group: str, priority: int = 1) -> dict[str, Any]:
    statement = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": group}}
    return {"Name": f"g{priority}", "Priority": priority, "Statement": statement, "OverrideAction": {"None": {}}, "VisibilityConfig": VISIBLE}


def acl(waf: Any, *rules: dict[str, Any], name: str = "site", scope: str = "REGIONAL") -> dict[str, Any]:
    made = waf.create_web_acl(Name=name, Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE, Rules=list(rules))
    return dict(made["Summary"])


def test_edge_scope_in_one_region(simulator, waf):
    refused("WAFInvalidParameterException", lambda: acl(waf, scope="CLOUDFRONT"))
    there = simulator.client("wafv2", "us-east-1")
    acl(there, scope="CLOUDFRONT")
    assert there.list_web_acls(Scope="REGIONAL")["WebACLs"] == []


def test_rules_of_a_web_acl(waf):
    refused("WAFInvalidParameterException", lambda: acl(waf, rate(), rate("other")))
    refused("WAFInvalidParameterException", lambda: acl(waf, rate(), rate(priority=2)))
    refused("WAFInvalidParameterException", lambda: acl(waf, rate(EvaluationWindowSec=90)))
    refused("WAFInvalidParameterException", lambda: acl(waf, rate(AggregateKeyType="FORWARDED_IP")))
    wrong = {key: value for key, value in managed("AWSManagedRulesCommonRuleSet").items() if key != "OverrideAction"}
    refused("WAFInvalidParameterException", lambda: acl(waf, {**wrong, "Action": {"Block": {}}}))
    refused("WAFLimitsExceededException", lambda: acl(waf, *(managed("AWSManagedRulesCommonRuleSet", number) for number in range(8))))
    acl(waf, rate(limit=10), *(managed("AWSManagedRulesCommonRuleSet", number) for number in range(2, 9)))


def test_names_are_unique(waf):
    acl(waf)
    refused("WAFDuplicateItemException", lambda: acl(waf))
    settings = {"Name": "s", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"]}
    waf.create_ip_set(**settings)
    refused("WAFDuplicateItemException", waf.create_ip_set, **settings)
    refused("WAFInvalidParameterException", waf.create_ip_set, **{**settings, "Name": "t", "Addresses": ["0.0.0.0/0"]})


def test_what_is_in_use_stays(site, waf):
    ip_set = waf.create_ip_set(Name="s", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"])["Summary"]
    blocked = {**rate(), "Statement": {"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}}}
    made, balancer = acl(waf, blocked), site.balancer()

    def named(one: dict[str, Any]) -> dict[str, Any]:
        return {"Name": one["Name"], "Scope": "REGIONAL", "Id": one["Id"], "LockToken": one["LockToken"]}

    refused("WAFAssociatedItemException", waf.delete_ip_set, **named(ip_set))
    refused("WAFNonexistentItemException", waf.associate_web_acl, WebACLArn=made["ARN"], ResourceArn=balancer + "0")
    waf.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer)
    assert waf.list_resources_for_web_acl(WebACLArn=made["ARN"])["ResourceArns"] == [balancer]
    refused("WAFAssociatedItemException", waf.delete_web_acl, **named(made))
    waf.disassociate_web_acl(ResourceArn=balancer)
    waf.delete_web_acl(**named(made))
    waf.delete_ip_set(**named(ip_set))


def test_a_balancer_has_one_web_acl(site, waf):
    first, second, balancer = acl(waf, name="one"), acl(waf, name="two"), site.balancer()
    for one in (first, second):
        waf.associate_web_acl(WebACLArn=one["ARN"], ResourceArn=balancer)
    assert waf.list_resources_for_web_acl(WebACLArn=first["ARN"])["ResourceArns"] == []
    assert waf.list_resources_for_web_acl(WebACLArn=second["ARN"])["ResourceArns"] == [balancer]


def test_log_destination(simulator, waf):
    arn, logs = acl(waf)["ARN"], simulator.client("logs", REGION)
    for name in ("aws-waf-logs-site", "site"):
        logs.create_log_group(logGroupName=name)

    def log_to(name: str) -> None:
        destination = f"arn:aws:logs:{REGION}:123456789012:log-group:{name}"
        waf.put_logging_configuration(LoggingConfiguration={"ResourceArn": arn, "LogDestinationConfigs": [destination]})

    refused("WAFInvalidParameterException", lambda: log_to("site"))
    refused("WAFInvalidParameterException", lambda: log_to("aws-waf-logs-site:*"))
    refused("WAFLogDestinationPermissionIssueException", lambda: log_to("aws-waf-logs-other"))
    log_to("aws-waf-logs-site")


def test_a_balancer_being_provisioned_is_unknown_to_waf(start_simulator):
    running = start_simulator("--latency", "aws", "--time-scale", "100000")
    slow = start_simulator("--latency", "aws")
    for simulator, known in ((running, True), (slow, False)):
        ec2, elbv2, waf = (simulator.client(service, REGION) for service in ("ec2", "elbv2", "wafv2"))
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        blocks = (("10.0.0.0/24", "a"), ("10.0.1.0/24", "b"))
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"] for block, zone in blocks]
        balancer = elbv2.create_load_balancer(Name="web", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
        association = {"WebACLArn": acl(waf)["ARN"], "ResourceArn": balancer["LoadBalancerArn"]}
        if known:
            waf.associate_web_acl(**association)
        else:
            assert balancer["State"]["Code"] == "provisioning"
            refused("WAFUnavailableEntityException", waf.associate_web_acl, **association)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing v2: defaults that moto leaves out, and who uses what."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend

from simulator.context import Context
from simulator.registry import Parameters, after, before, shows

# API elbv2:LoadBalancerAttribute, what an Application Load Balancer has before anybody set anything.
BALANCER_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
# API elbv2:TargetGroupAttribute
GROUP_DEFAULTS = {
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
# AWS General Reference, Elastic Load Balancing endpoints: hosted zones of Application Load Balancers.
HOSTED_ZONES = {
    "af-south-1": "Z268VQBMOI5EKX",
    "ap-east-1": "Z3DQVH9N71FHZ0",
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX",
    "ap-northeast-3": "Z5LXEXXYW11ES",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-south-1": "Z3ULH7SSC9OV64",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "me-south-1": "ZS929ML54UICD",
    "sa-east-1": "Z2P70J7HTTTPLU",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
}


def forwards_to(actions: list[Any]) -> set[str]:
    """ARNs of the target groups that actions, moto's or a request's, forward to."""
    found = set()
    for action in actions:
        data = getattr(action, "data", action)
        if data.get("Type") == "forward" or "ForwardConfig" in data or "TargetGroupArn" in data:
            groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or []
            found |= {group["TargetGroupArn"] for group in groups} | ({data["TargetGroupArn"]} if data.get("TargetGroupArn") else set())
    return found


def groups_of(balancer: Any) -> set[str]:
    """ARNs of the target groups that a load balancer leads to."""
    return {arn for listener in balancer.listeners.values() for rule in listener.rules.values() for arn in forwards_to(rule.actions)}


def certificates_of(listener: Any) -> set[str]:
    """ARNs of the certificates that a listener serves."""
    return {arn for arn in (listener.certificate, *listener.certificates) if arn}


def serving(context: Context, certificate: str, region: str) -> list[str]:
    """ARNs of the load balancers of a region that serve a certificate."""
    balancers = context.backend("elbv2", region=region).load_balancers.values()
    return [one.arn for one in balancers if any(certificate in certificates_of(listener) for listener in one.listeners.values())]


@after("elbv2", "DescribeLoadBalancerAttributes", "ModifyLoadBalancerAttributes")
def show_every_attribute(context: Context, response: Parameters) -> None:
    """AWS shows all attributes, set or not; moto only some."""
    balancer = context.backend().load_balancers[context.params["LoadBalancerArn"]]
    if balancer.type == "application":
        # moto has cross-zone off for all types; an Application Load Balancer always has it on.
        known = {one["Key"]: one["Value"] for one in response["Attributes"] if one["Key"] != "load_balancing.cross_zone.enabled"}
        response["Attributes"] = [{"Key": key, "Value": value} for key, value in sorted({**BALANCER_DEFAULTS, **known}.items())]


@after("elbv2", "DescribeTargetGroupAttributes", "ModifyTargetGroupAttributes")
def show_every_attribute_of_a_group(context: Context, response: Parameters) -> None:
    """As with load balancers."""
    known = {one["Key"]: one["Value"] for one in response["Attributes"]}
    response["Attributes"] = [{"Key": key, "Value": value} for key, value in sorted({**GROUP_DEFAULTS, **known}.items())]


@before("elbv2", "CreateLoadBalancer")
def public_unless_told_otherwise(context: Context) -> None:
    """API elbv2:CreateLoadBalancer: the scheme is internet-facing by default; moto then keeps none."""
    context.params.setdefault("Scheme", "internet-facing")


@after("elbv2", "CreateLoadBalancer", "DescribeLoadBalancers")
def name_the_hosted_zone(context: Context, response: Parameters) -> None:
    """The hosted zone of the region, which alias records must name."""
    for balancer in response["LoadBalancers"]:
        if balancer["Type"] == "application":
            balancer["CanonicalHostedZoneId"] = HOSTED_ZONES.get(context.region, balancer["CanonicalHostedZoneId"])
            if balancer.setdefault("Scheme", "internet-facing") == "internal" and not balancer["DNSName"].startswith("internal-"):
                balancer["DNSName"] = "internal-" + balancer["DNSName"]


@after("elbv2", "CreateTargetGroup", "DescribeTargetGroups", "ModifyTargetGroup")
def name_the_load_balancers_of_now(context: Context, response: Parameters) -> None:
    """moto adds a load balancer each time a listener or rule is made and never takes one away."""
    balancers = context.backend().load_balancers.values()
    for group in response["TargetGroups"]:
        group["LoadBalancerArns"] = sorted(one.arn for one in balancers if group["TargetGroupArn"] in groups_of(one))


@after("elbv2", "DescribeTargetHealth")
def nobody_checks_what_nobody_uses(context: Context, response: Parameters) -> None:
    """API elbv2:TargetHealth: targets of a group that no load balancer leads to are unused."""
    arn = context.params["TargetGroupArn"]
    if any(arn in groups_of(balancer) for balancer in context.backend().load_balancers.values()):
        return
    for target in response["TargetHealthDescriptions"]:
        target["TargetHealth"] = {
            "State": "unused",
            "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer",
        }


@shows("R-ELB-27")
def install() -> None:
    """A load balancer asked for twice with the same settings is made once; rules/elbv2.py refuses it with other settings."""
    create = ELBv2Backend.create_load_balancer

    def create_once(self: Any, name: str, *arguments: Any, **keywords: Any) -> Any:
        existing = next((one for one in self.load_balancers.values() if one.name == name), None)
        return existing or create(self, name, *arguments, **keywords)

    ELBv2Backend.create_load_balancer = create_once

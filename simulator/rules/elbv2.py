# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Elastic Load Balancing v2."""

from __future__ import annotations

import re
from typing import Any

from moto.elbv2.ssl_policies import SSL_POLICIES

from simulator import policies
from simulator.context import Context
from simulator.moto_bridge import backends_of
from simulator.registry import Refused, rule
from simulator.services.elbv2 import forwards_to, groups_of

LIMITS = "UG elb-application/load-balancer-limits.md"
PORT_THREAD = "thread kubernetes-sigs/aws-load-balancer-controller#4561"
LOG_SERVICE = "logdelivery.elasticloadbalancing.amazonaws.com"
# UG elb-application/enable-access-logging.md: the accounts that wrote logs before the service principal did, still admitted.
LOG_ACCOUNTS = {
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "eu-north-1": "897822967062",
    "sa-east-1": "507241528517",
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
}
FREE_ADDRESSES = 8  # that a load balancer wants in each of its subnets
MOST_LISTENERS, MOST_RULES, MOST_GROUPS, MOST_VALUES = 50, 100, 100, 5


def _subnets(context: Context) -> list[Any]:
    wanted = context.params.get("Subnets") or [mapping.get("SubnetId") for mapping in context.params.get("SubnetMappings", [])]
    known = {identifier: subnet for subnets in context.backend("ec2").subnets.values() for identifier, subnet in subnets.items()}
    return [known[identifier] for identifier in wanted if identifier in known]


def _is_application(context: Context) -> bool:
    if "LoadBalancerArn" in context.params:
        balancer = context.backend().load_balancers.get(context.params["LoadBalancerArn"])
        return balancer is not None and balancer.type == "application"
    return bool(context.params.get("Type", "application") == "application")


def _balancer_of_the_call(context: Context) -> Any:
    """The load balancer that a listener or rule belongs to or will belong to."""
    balancers = context.backend().load_balancers
    if "LoadBalancerArn" in context.params:
        return balancers.get(context.params["LoadBalancerArn"])
    arn = context.params.get("ListenerArn") or context.params.get("RuleArn", "")
    named = arn.split("/")[1:4]
    return next((one for one in balancers.values() if one.arn.split("/")[1:4] == named), None)


# Load balancers ---------------------------------------------------------------------------------------------------------------


@rule("R-ELB-01", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer")
def needs_two_zones(context: Context) -> None:
    """An Application Load Balancer needs subnets in two Availability Zones."""
    if _is_application(context) and len({subnet.availability_zone for subnet in _subnets(context)}) < 2:
        raise Refused("ValidationError", "At least two subnets in two different Availability Zones must be specified")


@rule("R-ELB-02", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer")
def one_subnet_per_zone(context: Context) -> None:
    """A load balancer has one subnet in each Availability Zone."""
    zones = [subnet.availability_zone for subnet in _subnets(context)]
    if len(set(zones)) < len(zones):
        raise Refused("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone")


@rule("R-ELB-03", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer")
def name_of_letters(context: Context) -> None:
    """Names have letters, digits and inner hyphens only."""
    name = context.params["Name"]
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise Refused("ValidationError", f"The load balancer name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)")
    if name.startswith("-") or name.endswith("-"):
        raise Refused("ValidationError", f"The load balancer name '{name}' cannot begin or end with a hyphen(-)")


@rule("R-ELB-04", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer")
def name_not_internal(context: Context) -> None:
    """A load balancer's name must not begin with internal-."""
    if context.params["Name"].startswith("internal-"):
        raise Refused("ValidationError", "The load balancer name cannot begin with 'internal-'")


@rule("R-ELB-05", service="elbv2", operations=["CreateLoadBalancer", "CreateTargetGroup"], source="API elbv2:CreateLoadBalancer")
def name_length(context: Context) -> None:
    """Names of load balancers and target groups have at most 32 characters."""
    if len(context.params["Name"]) > 32:
        raise Refused("ValidationError", f"The name '{context.params['Name']}' cannot be longer than '32' characters")


@rule("R-ELB-27", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer")
def name_is_unique(context: Context) -> None:
    """A name is unique in the region; asking again with other settings is refused."""
    existing = next((one for one in context.backend().load_balancers.values() if one.name == context.params["Name"]), None)
    if existing is None:
        return
    same = (
        existing.scheme == context.params.get("Scheme", "internet-facing")
        and existing.type == context.params.get("Type", "application")
        and {subnet.id for subnet in existing.subnets} == {subnet.id for subnet in _subnets(context)}
        and set(existing.security_groups) == set(context.params.get("SecurityGroups", []))
    )
    if not same:
        raise Refused("DuplicateLoadBalancerName", "A load balancer with the same name but with different settings exists")


@rule("R-ELB-06", service="elbv2", operations=["CreateLoadBalancer"], source="unsourced", certain=False)
def public_needs_a_gateway(context: Context) -> None:
    """An internet-facing load balancer needs a VPC with an internet gateway."""
    if context.params.get("Scheme", "internet-facing") != "internet-facing":
        return
    gateways = context.backend("ec2").internet_gateways.values()
    for vpc in {subnet.vpc_id for subnet in _subnets(context)}:
        if not any(gateway.vpc and gateway.vpc.id == vpc for gateway in gateways):
            raise Refused("InvalidSubnet", f"VPC {vpc} has no internet gateway")


@rule("R-ELB-07", service="elbv2", operations=["CreateLoadBalancer", "SetSubnets"], source="UG elb-application/application-load-balancers.md")
def free_addresses(context: Context) -> None:
    """Each subnet needs eight free addresses."""
    for subnet in _subnets(context) if _is_application(context) else ():
        if subnet.available_ip_address_count < FREE_ADDRESSES:
            raise Refused("InvalidSubnet", f"Not enough IP space available in {subnet.id}. At least {FREE_ADDRESSES} addresses must be free.")


@rule("R-ELB-14", service="elbv2", operations=["DeleteLoadBalancer"], source="API elbv2:DeleteLoadBalancer")
def protected_from_deletion(context: Context) -> None:
    """Deletion protection blocks the deletion."""
    balancer = context.backend().load_balancers.get(context.params["LoadBalancerArn"])
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise Refused("OperationNotPermitted", f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled")


def _number_within(context: Context, key: str, low: int, high: int) -> None:
    for attribute in context.params["Attributes"]:
        value = attribute.get("Value", "")
        if attribute.get("Key") == key and not (value.isdigit() and low <= int(value) <= high):
            raise Refused("ValidationError", f"'{key}' value '{value}' must be between '{low}-{high}' inclusive")


@rule("R-ELB-21", service="elbv2", operations=["ModifyLoadBalancerAttributes"], source="API elbv2:LoadBalancerAttribute")
def idle_timeout(context: Context) -> None:
    """An idle connection is closed after 1 to 4000 seconds."""
    _number_within(context, "idle_timeout.timeout_seconds", 1, 4000)


@rule(
    "R-ELB-16",
    service="elbv2",
    operations=["ModifyLoadBalancerAttributes"],
    source="API elbv2:LoadBalancerAttribute; UG elb-application/enable-access-logging.md",
)
def logs_can_be_written(context: Context) -> None:
    """Logs go to a bucket in the same region, with S3's own keys, whose policy admits the writer: AWS writes a test object."""
    balancer = context.backend().load_balancers.get(context.params["LoadBalancerArn"])
    if balancer is None:
        return
    attributes = {**balancer.attrs, **{one["Key"]: one.get("Value", "") for one in context.params["Attributes"]}}
    for log in ("access_logs.s3", "connection_logs.s3"):
        if attributes.get(f"{log}.enabled") == "true":
            _refuse_unless_writable(context, attributes.get(f"{log}.bucket", ""), attributes.get(f"{log}.prefix", ""))


def _refuse_unless_writable(context: Context, name: str, prefix: str) -> None:
    bucket = next((one.buckets[name] for one in backends_of("s3", context.account).values() if name in one.buckets), None)
    if bucket is None:
        raise Refused("InvalidConfigurationRequest", f"The specified bucket '{name}' does not exist")
    if bucket.region_name != context.region:
        raise Refused("InvalidConfigurationRequest", f"The bucket '{name}' is in {bucket.region_name}, the load balancer in {context.region}")
    if "aws:kms" in str(bucket.encryption):
        raise Refused("InvalidConfigurationRequest", f"Access Denied for bucket: {name}. Only Amazon S3-managed keys (SSE-S3) are supported")
    resource = f"arn:aws:s3:::{name}/{prefix + '/' if prefix else ''}AWSLogs/{context.account}/ELBAccessLogTestFile"
    policy = bucket.policy.decode() if bucket.policy else '{"Statement": []}'
    writer = LOG_ACCOUNTS.get(context.region)
    admitted = policies.admits(policy, LOG_SERVICE, "s3:PutObject", resource) or (writer is not None and writer in policy)
    if not admitted:
        raise Refused("InvalidConfigurationRequest", f"Access Denied for bucket: {name}. Please check S3bucket permission")


# Listeners and rules ----------------------------------------------------------------------------------------------------------


@rule("R-ELB-08", service="elbv2", operations=["CreateListener"], source="API elbv2:CreateListener")
def https_needs_a_certificate(context: Context) -> None:
    """An HTTPS listener has exactly one default certificate."""
    if context.params.get("Protocol") in ("HTTPS", "TLS") and len(context.params.get("Certificates", [])) != 1:
        raise Refused("ValidationError", "A certificate must be specified for HTTPS listeners: exactly one")


@rule("R-ELB-09", service="elbv2", operations=["CreateListener", "ModifyListener", "AddListenerCertificates"], source="unsourced", certain=False)
def certificate_is_issued(context: Context) -> None:
    """A listener takes issued certificates only."""
    for named in context.params.get("Certificates", []):
        certificate = context.backend("acm")._certificates.get(named.get("CertificateArn"))
        if certificate is not None and certificate.status != "ISSUED":
            raise Refused("UnsupportedCertificate", f"The certificate '{certificate.arn}' is {certificate.status}, not ISSUED")


@rule("R-ELB-11", service="elbv2", operations=["CreateListener", "ModifyListener"], source="API elbv2:CreateListener")
def ssl_policy_exists(context: Context) -> None:
    """A listener's SSL policy exists."""
    name = context.params.get("SslPolicy")
    if name and name not in SSL_POLICIES:
        raise Refused("SSLPolicyNotFound", f"SSL policy '{name}' not found")


@rule(
    "R-ELB-13",
    service="elbv2",
    operations=["CreateListener", "ModifyListener", "CreateRule", "ModifyRule"],
    source="thread hashicorp/terraform-provider-aws#22005; " + LIMITS,
)
def group_serves_one_balancer(context: Context) -> None:
    """A target group serves one load balancer."""
    mine = _balancer_of_the_call(context)
    wanted = forwards_to(context.params.get("DefaultActions", []) + context.params.get("Actions", []))
    for other in context.backend().load_balancers.values():
        taken = wanted & groups_of(other) if other is not mine else set()
        if taken:
            raise Refused("TargetGroupAssociationLimit", f"The following target groups cannot be associated with more than one load balancer: {min(taken)}")


@rule("R-ELB-22", service="elbv2", operations=["CreateListener", "ModifyListener", "CreateRule", "ModifyRule"], source="unsourced", certain=False)
def group_is_in_the_vpc(context: Context) -> None:
    """Target group and load balancer are in one VPC."""
    balancer = _balancer_of_the_call(context)
    for arn in forwards_to(context.params.get("DefaultActions", []) + context.params.get("Actions", [])):
        group = context.backend().target_groups.get(arn)
        if balancer is not None and group is not None and group.vpc_id and group.vpc_id != balancer.vpc_id:
            raise Refused("InvalidConfigurationRequest", f"The following target groups are not in the load balancer's VPC: {arn}")


@rule("R-ELB-18", service="elbv2", operations=["CreateRule", "ModifyRule"], source=LIMITS, certain=False)
def few_condition_values(context: Context) -> None:
    """A rule has five condition values and five wildcards at most."""
    values = [value for condition in context.params.get("Conditions", []) for value in _values_of(condition)]
    if len(values) > MOST_VALUES:
        raise Refused("ValidationError", f"A rule can have at most {MOST_VALUES} condition values")
    if sum(value.count("*") + value.count("?") for value in values) > MOST_VALUES:
        raise Refused("ValidationError", f"A rule can have at most {MOST_VALUES} wildcards")


@rule("R-ELB-34", service="elbv2", operations=["CreateRule", "ModifyRule"], source="API elbv2:HttpHeaderConditionConfig")
def header_conditions(context: Context) -> None:
    """A header that is asked for has up to 40 characters and is not Host; a value has up to 128."""
    for condition in context.params.get("Conditions", []):
        header = condition.get("HttpHeaderConfig", {})
        name = header.get("HttpHeaderName", "")
        if len(name) > 40 or name.lower() == "host":
            raise Refused("ValidationError", f"The HTTP header name '{name}' is not valid")
        if any(len(value) > 128 for value in header.get("Values", [])):
            raise Refused("ValidationError", "A condition value can have at most 128 characters")


def _values_of(condition: dict[str, Any]) -> list[str]:
    found = [str(value) for value in condition.get("Values", [])]
    for member, config in condition.items():
        if member.endswith("Config"):
            found += [value if isinstance(value, str) else value.get("Value", "") for value in config.get("Values", [])]
    return found


@rule("R-ELB-32", service="elbv2", operations=["CreateListener", "CreateRule"], source=LIMITS)
def so_many_of_each(context: Context) -> None:
    """A load balancer has 50 listeners, 100 rules and 100 target groups at most."""
    balancer = _balancer_of_the_call(context)
    if balancer is None:
        return
    if context.operation == "CreateListener" and len(balancer.listeners) >= MOST_LISTENERS:
        raise Refused("TooManyListeners", "You've reached the limit on the number of listeners per load balancer")
    rules = sum(len(listener._non_default_rules) for listener in balancer.listeners.values())
    if context.operation == "CreateRule" and rules >= MOST_RULES:
        raise Refused("TooManyRules", "You've reached the limit on the number of rules per load balancer")
    wanted = forwards_to(context.params.get("DefaultActions", []) + context.params.get("Actions", []))
    if len(groups_of(balancer) | wanted) > MOST_GROUPS:
        raise Refused("TooManyTargetGroups", "You've reached the limit on the number of target groups per load balancer")


# Target groups ----------------------------------------------------------------------------------------------------------------


@rule("R-ELB-29", service="elbv2", operations=["CreateTargetGroup", "ModifyTargetGroup"], source="API elbv2:CreateTargetGroup")
def health_path(context: Context) -> None:
    """The path of a health check begins with a slash."""
    path = context.params.get("HealthCheckPath")
    if path and not path.startswith("/"):
        raise Refused("ValidationError", f"Health check path '{path}' must begin with a '/' character")


@rule("R-ELB-33", service="elbv2", operations=["CreateTargetGroup", "ModifyTargetGroup"], source=PORT_THREAD)
def health_port(context: Context) -> None:
    """Health checks go to a port, or to the one that the target gets its traffic on."""
    port = context.params.get("HealthCheckPort", "traffic-port")
    if port != "traffic-port" and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        raise Refused("ValidationError", f"Health check port '{port}' must be within 1-65535 or traffic-port")


@rule("R-ELB-20", service="elbv2", operations=["RegisterTargets"], source="unsourced", certain=False)
def instance_is_in_the_vpc(context: Context) -> None:
    """An instance is registered in a target group of its own VPC."""
    group = context.backend().target_groups.get(context.params["TargetGroupArn"])
    for target in context.params["Targets"] if group is not None and group.target_type == "instance" else ():
        instance = context.backend("ec2").get_instance_by_id(target["Id"])
        if instance is not None and instance.vpc_id != group.vpc_id:
            raise Refused("InvalidTarget", f"The following targets are not in the target group VPC '{group.vpc_id}': '{target['Id']}'")


# What a load balancer's network interfaces hold -------------------------------------------------------------------------------


def _holders(context: Context) -> list[tuple[set[str], set[str]]]:
    """(subnets, security groups) of each load balancer, and of those deleted whose interfaces are still there."""
    present = [({subnet.id for subnet in one.subnets}, set(one.security_groups)) for one in context.backend("elbv2").load_balancers.values()]
    gone = context.simulator.lifecycles.leaving(context, "elbv2.load_balancer")
    return present + [({zone["SubnetId"] for zone in one.get("AvailabilityZones", [])}, set(one.get("SecurityGroups", []))) for one in gone]


@rule("R-ELB-24", service="ec2", operations=["DeleteSecurityGroup"], source="API ec2:DeleteSecurityGroup")
def group_held_by_interfaces(context: Context) -> None:
    """A load balancer's interfaces keep its security groups in use, for minutes after its deletion too."""
    group = context.params.get("GroupId")
    if any(group in groups for _, groups in _holders(context)):
        raise Refused("DependencyViolation", f"resource {group} has a dependent object")


@rule("R-ELB-25", service="ec2", operations=["DeleteSubnet"], source="API ec2:DeleteSubnet")
def subnet_held_by_interfaces(context: Context) -> None:
    """A load balancer's interfaces keep its subnets in use, for minutes after its deletion too."""
    subnet = context.params["SubnetId"]
    if any(subnet in subnets for subnets, _ in _holders(context)):
        raise Refused("DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of AWS WAF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services.wafv2 import protected_by

EDGE_REGION = "us-east-1"
MOST_CAPACITY = 5000  # capacity units of a web ACL
WINDOWS = (60, 120, 300, 600)  # seconds
# UG waf/aws-managed-rule-groups-list.md: capacity units of AWS's rule groups.
GROUP_CAPACITY = {
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesWordPressRuleSet": 100,
}
EVERY_ACL = ["CreateWebACL", "UpdateWebACL"]


def _invalid(message: str) -> Refused:
    return Refused("WAFInvalidParameterException", f"Error reason: {message}")


def _statements(value: Any) -> Iterator[tuple[str, Parameters]]:
    """Every statement in a rule, nested ones too, with the name of its kind."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("Statement") and isinstance(inner, dict):
                yield key, inner
            yield from _statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statements(inner)


@rule(
    "R-WAF-01",
    service="wafv2",
    operations=["CreateWebACL", "CreateIPSet", "CreateRuleGroup", "ListWebACLs", "ListIPSets"],
    source="API wafv2:CreateWebACL",
)
def edge_scope_in_one_region(context: Context) -> None:
    """The scope CLOUDFRONT exists in us-east-1 only."""
    if context.params["Scope"] == "CLOUDFRONT" and context.region != EDGE_REGION:
        raise _invalid("The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT")


@rule("R-WAF-02", service="wafv2", operations=["DeleteWebACL"], source="API wafv2:DeleteWebACL")
def acl_protects_nothing(context: Context) -> None:
    """A web ACL that protects something cannot be deleted."""
    for arn, acl in context.backend().wacls.items():
        if acl.id == context.params["Id"] and protected_by(context, arn):
            raise Refused("WAFAssociatedItemException", "AWS WAF couldn't perform the operation because your resource is being used by another resource.")


@rule("R-WAF-03", service="wafv2", operations=["DeleteIPSet"], source="API wafv2:DeleteIPSet")
def ip_set_is_referred_to_by_nothing(context: Context) -> None:
    """An IP set that a rule refers to cannot be deleted."""
    arns = [arn for arn, ip_set in context.backend().ip_sets.items() if ip_set.ip_set_id == context.params["Id"]]
    rules = [one.to_dict() for acl in context.backend().wacls.values() for one in acl.rules]
    if any(statement.get("ARN") in arns for _, statement in _statements(rules)):
        raise Refused("WAFAssociatedItemException", "AWS WAF couldn't perform the operation because your resource is being used by another resource.")


@rule("R-WAF-04", service="wafv2", operations=["CreateIPSet", "UpdateIPSet"], source="API wafv2:CreateIPSet")
def no_block_of_everything(context: Context) -> None:
    """An IP set takes no block /0."""
    for address in context.params["Addresses"]:
        if address.endswith("/0"):
            raise _invalid(f"The parameter contains formatting that is not valid., field: IP_ADDRESS, parameter: {address}")


@rule("R-WAF-05", service="wafv2", operations=["PutLoggingConfiguration"], source="API wafv2:PutLoggingConfiguration")
def log_destination_name(context: Context) -> None:
    """There is one log destination, its name begins with aws-waf-logs-, and a log group among them exists."""
    destinations = context.params["LoggingConfiguration"]["LogDestinationConfigs"]
    name = destinations[0].split(":log-group:")[-1].split("deliverystream/")[-1].split(":::")[-1]
    if len(destinations) != 1 or not name.startswith("aws-waf-logs-") or name.endswith(":*"):
        raise _invalid(f"The ARN isn't valid., field: LOG_DESTINATION, parameter: {destinations[0]}")
    if ":log-group:" in destinations[0] and name not in context.backend("logs").groups:
        raise Refused("WAFLogDestinationPermissionIssueException", f"The log group {name} does not exist")


@rule("R-WAF-06", service="wafv2", operations=EVERY_ACL, source="API wafv2:Rule")
def rules_are_unique(context: Context) -> None:
    """Priorities and names of rules are unique in a web ACL."""
    for member in ("Priority", "Name"):
        values = [one[member] for one in context.params.get("Rules", [])]
        if len(set(values)) < len(values):
            raise _invalid(f"You have used a {member.lower()} more than once., field: RULE, parameter: {member}")


@rule("R-WAF-07", service="wafv2", operations=EVERY_ACL, source="API wafv2:RateBasedStatement")
def rate_limits(context: Context) -> None:
    """A window has 1, 2, 5 or 10 minutes, and a limit goes by a header only where one is named. The model knows the lowest limit, 10."""
    for kind, statement in _statements(context.params.get("Rules", [])):
        if kind != "RateBasedStatement":
            continue
        if statement.get("EvaluationWindowSec", 300) not in WINDOWS:
            raise _invalid("A value is not valid., field: RATE_BASED_STATEMENT, parameter: EvaluationWindowSec")
        if (statement["AggregateKeyType"] == "FORWARDED_IP") != ("ForwardedIPConfig" in statement):
            raise _invalid("ForwardedIPConfig goes with the key FORWARDED_IP and no other., field: RATE_BASED_STATEMENT, parameter: ForwardedIPConfig")


@rule("R-WAF-11", service="wafv2", operations=EVERY_ACL, source="API wafv2:Rule", certain=False)
def groups_take_override_actions(context: Context) -> None:
    """A rule with a rule group takes OverrideAction, every other one Action."""
    for one in context.params.get("Rules", []):
        group = {"ManagedRuleGroupStatement", "RuleGroupReferenceStatement"} & set(one["Statement"])
        if bool(group) != ("OverrideAction" in one) or bool(group) == ("Action" in one):
            raise _invalid(f"A reference in your rule statement is not valid., field: RULE, parameter: {one['Name']}")


@rule("R-WAF-12", service="wafv2", operations=["CreateIPSet"], source="API wafv2:CreateIPSet")
def names_are_unique(context: Context) -> None:
    """A name is unique in its scope."""
    if any(one.name == context.params["Name"] and one.scope == context.params["Scope"] for one in context.backend().ip_sets.values()):
        raise Refused("WAFDuplicateItemException", "AWS WAF couldn't perform the operation because the name is that of another one.")


@rule("R-WAF-13", service="wafv2", operations=EVERY_ACL, source="UG waf/limits.md")
def capacity(context: Context) -> None:
    """The rules of a web ACL take 5000 capacity units at most."""
    used = 0
    for kind, statement in _statements(context.params.get("Rules", [])):
        used += {"RateBasedStatement": 2, "IPSetReferenceStatement": 1, "GeoMatchStatement": 1}.get(kind, 0)
        # UG waf/waf-rule-statement-type-string-match.md: 2 for a beginning, an end or the whole, 10 for any place, and 10 for each transformation.
        if kind == "ByteMatchStatement":
            transformations = [one for one in statement["TextTransformations"] if one["Type"] != "NONE"]
            used += (10 if statement["PositionalConstraint"].startswith("CONTAINS") else 2) + 10 * len(transformations)
        if kind == "ManagedRuleGroupStatement":
            used += GROUP_CAPACITY.get(statement["Name"], 0)
    if used > MOST_CAPACITY:
        raise Refused("WAFLimitsExceededException", f"AWS WAF couldn't perform the operation because you exceeded your resource limit: {used} capacity units")


@rule("R-WAF-14", service="wafv2", operations=["AssociateWebACL"], source="API wafv2 shape WAFUnavailableEntityException")
def balancer_is_known(context: Context) -> None:
    """A load balancer that is still being provisioned is not known to WAF yet, one that does not exist never is."""
    arn = context.params["ResourceArn"]
    if ":loadbalancer/" not in arn:
        return
    if arn not in context.backend("elbv2").load_balancers:
        raise Refused("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
    if context.simulator.lifecycles.state(context, "elbv2.load_balancer", arn) is not None:
        raise Refused("WAFUnavailableEntityException", "AWS WAF couldn't retrieve the resource that you requested. Retry your request.")

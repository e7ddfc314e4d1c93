# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS WAF: what a web ACL protects, and lists that keep to their scope."""

from __future__ import annotations

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, rescue

ARN_SCOPES = {"REGIONAL": ":regional/", "CLOUDFRONT": ":global/"}


def protected_by(context: Context, arn: str) -> list[str]:
    """ARNs of the load balancers and distributions that a web ACL protects."""
    if ":global/" in arn:
        distributions = context.call("ListDistributions", service="cloudfront", region="us-east-1")["DistributionList"].get("Items", [])
        return [one["ARN"] for one in distributions if one.get("WebACLId") == arn]
    acl = context.backend("wafv2").wacls.get(arn)
    # A load balancer that was deleted is protected by nothing any more.
    balancers = context.backend("elbv2").load_balancers
    return [one for one in dict.fromkeys(acl.associated_resources if acl else []) if ":loadbalancer/" not in one or one in balancers]


@operation("wafv2", "ListResourcesForWebACL")
def list_resources_for_web_acl(context: Context) -> Parameters:
    """API wafv2:ListResourcesForWebACL: of one type, load balancers where none is named."""
    arn = context.params["WebACLArn"]
    if arn not in context.backend().wacls:
        raise Refused("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
    infix = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":apigateway:"}.get(
        context.params.get("ResourceType", "APPLICATION_LOAD_BALANCER"), f":{context.params.get('ResourceType', '').lower()}"
    )
    return {"ResourceArns": [one for one in protected_by(context, arn) if infix in one]}


@before("wafv2", "AssociateWebACL")
def one_web_acl_protects_a_resource(context: Context) -> None:
    """API wafv2:AssociateWebACL: a resource has one web ACL, the last one it was given; moto keeps both."""
    for acl in context.backend().wacls.values():
        if context.params["ResourceArn"] in acl.associated_resources:
            acl.associated_resources.remove(context.params["ResourceArn"])


@after("wafv2", "ListWebACLs")
def of_the_scope_asked_for(context: Context, response: Parameters) -> None:
    """moto lists the web ACLs of both scopes."""
    response["WebACLs"] = [one for one in response["WebACLs"] if ARN_SCOPES[context.params["Scope"]] in one["ARN"]]


@before("wafv2", "UpdateWebACL")
def take_out_all_rules(context: Context) -> None:
    """An update replaces the whole; moto keeps the rules where the new list is empty."""
    if not context.params.get("Rules"):
        for acl in context.backend().wacls.values():
            if acl.id == context.params["Id"] and acl.lock_token == context.params["LockToken"]:
                acl.rules = []


@after("wafv2", "CreateIPSet", "UpdateIPSet")
def make_a_whole_token(context: Context, response: Parameters) -> None:
    """Tokens are UUIDs (API wafv2 shape LockToken); moto cuts off those of IP sets."""
    summary = response.get("Summary", {})
    for ip_set in context.backend().ip_sets.values():
        if ip_set.ip_set_id == context.params.get("Id", summary.get("Id")):
            ip_set.lock_token = str(mock_random.uuid4())
            (summary or response)["LockToken" if summary else "NextLockToken"] = ip_set.lock_token


@after("wafv2", "DeleteWebACL")
def its_log_goes_with_it(context: Context, response: Parameters) -> None:
    """A log belongs to its web ACL; moto keeps it under the old ARN."""
    backend = context.backend()
    for arn in [arn for arn in backend.logging_configurations if arn.endswith("/" + context.params["Id"])]:
        del backend.logging_configurations[arn]


@rescue("wafv2", "CreateWebACL", "CreateIPSet")
def as_waf_names_duplicates(context: Context, refused: Refused) -> None:
    """moto has another name for the error."""
    if refused.code == "WafV2DuplicateItem":
        raise Refused("WAFDuplicateItemException", refused.message)

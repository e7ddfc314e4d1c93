# SPDX-License-Identifier: GPL-3.0-or-later
"""Security Hub CSPM: the hub's settings, standards and the region that shows all findings, which moto lacks. Controls judge nothing here."""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random
from moto.securityhub.models import securityhub_backends

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation, shows

# UG securityhub/standards-reference.md. The first two are those that EnableDefaultStandards means.
STANDARDS = {
    "standards/aws-foundational-security-best-practices/v/1.0.0": "AWS Foundational Security Best Practices v1.0.0",
    "ruleset/cis-aws-foundations-benchmark/v/1.2.0": "CIS AWS Foundations Benchmark v1.2.0",
    "standards/cis-aws-foundations-benchmark/v/1.4.0": "CIS AWS Foundations Benchmark v1.4.0",
    "standards/cis-aws-foundations-benchmark/v/3.0.0": "CIS AWS Foundations Benchmark v3.0.0",
    "standards/cis-aws-foundations-benchmark/v/5.0.0": "CIS AWS Foundations Benchmark v5.0.0",
    "standards/nist-800-53/v/5.0.0": "NIST Special Publication 800-53 Revision 5",
    "standards/pci-dss/v/4.0.1": "PCI DSS v4.0.1",
    "standards/aws-resource-tagging-standard/v/1.0.0": "AWS Resource Tagging Standard v1.0.0",
}
BY_DEFAULT = tuple(STANDARDS)[:2]


def arn_of(context: Context, standard: str) -> str:
    """A standard's ARN, in which all but the oldest name the region."""
    return f"arn:aws:securityhub:{'' if standard.startswith('ruleset') else context.region}::{standard}"


def state_of(context: Context) -> dict[str, Any]:
    """The hub's settings and its standards by ARN."""
    found: dict[str, Any] = context.backend("securityhub").__dict__.setdefault("simulator_hub", {"standards": {}})
    return found


@shows("R-SHB-03", "R-SHB-04")
@after("securityhub", "EnableSecurityHub")
def begin_the_hub(context: Context, response: Parameters) -> None:
    """API securityhub:EnableSecurityHub: default standards unless told not to, new controls on, one finding for a control."""
    state = state_of(context)
    state["standards"] = {}
    state["generator"] = context.params.get("ControlFindingGenerator", "SECURITY_CONTROL")
    state["auto"] = True
    if context.params.get("EnableDefaultStandards", True):
        _enable(context, [arn_of(context, one) for one in BY_DEFAULT])


@after("securityhub", "DescribeHub")
def show_the_hub(context: Context, response: Parameters) -> None:
    """API securityhub:DescribeHub."""
    state = state_of(context)
    response |= {"AutoEnableControls": state.get("auto", True), "ControlFindingGenerator": state.get("generator", "SECURITY_CONTROL")}


@operation("securityhub", "UpdateSecurityHubConfiguration")
def update_security_hub_configuration(context: Context) -> None:
    """API securityhub:UpdateSecurityHubConfiguration."""
    state = state_of(context)
    state["auto"] = context.params.get("AutoEnableControls", state.get("auto", True))
    state["generator"] = context.params.get("ControlFindingGenerator", state.get("generator"))


def _enable(context: Context, arns: list[str]) -> list[Parameters]:
    """Subscriptions. Without a recorder of AWS Config a standard is incomplete: most of its controls have nothing to look at."""
    recorded = any(one.status.recording for one in context.backend("config").recorders.values())
    for arn in arns:
        name = arn.partition("::")[2].partition("/")[2]
        state_of(context)["standards"][arn] = {
            "StandardsSubscriptionArn": f"arn:aws:securityhub:{context.region}:{context.account}:subscription/{name}",
            "StandardsArn": arn,
            "StandardsInput": {},
            "StandardsStatus": "READY" if recorded else "INCOMPLETE",
            **({} if recorded else {"StandardsStatusReason": {"StatusReasonCode": "NO_AVAILABLE_CONFIGURATION_RECORDER"}}),
        }
    return [dict(state_of(context)["standards"][arn]) for arn in arns]


@operation("securityhub", "BatchEnableStandards")
def batch_enable_standards(context: Context) -> Parameters:
    """API securityhub:BatchEnableStandards."""
    return {"StandardsSubscriptions": _enable(context, [one["StandardsArn"] for one in context.params["StandardsSubscriptionRequests"]])}


@operation("securityhub", "BatchDisableStandards")
def batch_disable_standards(context: Context) -> Parameters:
    """API securityhub:BatchDisableStandards."""
    kept = state_of(context)["standards"]
    gone = [arn for arn, one in kept.items() if one["StandardsSubscriptionArn"] in context.params["StandardsSubscriptionArns"]]
    return {"StandardsSubscriptions": [{**kept.pop(arn), "StandardsStatus": "DELETING"} for arn in gone]}


@operation("securityhub", "GetEnabledStandards")
def get_enabled_standards(context: Context) -> Parameters:
    """API securityhub:GetEnabledStandards."""
    wanted = context.params.get("StandardsSubscriptionArns")
    return {"StandardsSubscriptions": [dict(one) for one in state_of(context)["standards"].values() if not wanted or one["StandardsSubscriptionArn"] in wanted]}


@operation("securityhub", "DescribeStandards")
def describe_standards(context: Context) -> Parameters:
    """API securityhub:DescribeStandards."""
    return {"Standards": [{"StandardsArn": arn_of(context, one), "Name": name, "EnabledByDefault": one in BY_DEFAULT} for one, name in STANDARDS.items()]}


def aggregators_of(context: Context) -> dict[str, Parameters]:
    """Aggregators by ARN, of all regions: each region of an account tells of them."""
    return {arn: one for backend in securityhub_backends[context.account].values() for arn, one in backend.__dict__.get("simulator_aggregators", {}).items()}


@operation("securityhub", "CreateFindingAggregator")
def create_finding_aggregator(context: Context) -> Parameters:
    """API securityhub:CreateFindingAggregator: in the region of the call."""
    arn = f"arn:aws:securityhub:{context.region}:{context.account}:finding-aggregator/{mock_random.uuid4()}"
    made = {"FindingAggregatorArn": arn, "FindingAggregationRegion": context.region, "RegionLinkingMode": context.params["RegionLinkingMode"]}
    made |= {"Regions": context.params["Regions"]} if context.params.get("Regions") else {}
    context.backend().__dict__.setdefault("simulator_aggregators", {})[arn] = made
    return dict(made)


@operation("securityhub", "ListFindingAggregators")
def list_finding_aggregators(context: Context) -> Parameters:
    """API securityhub:ListFindingAggregators."""
    return {"FindingAggregators": [{"FindingAggregatorArn": arn} for arn in aggregators_of(context)]}


@operation("securityhub", "GetFindingAggregator")
def get_finding_aggregator(context: Context) -> Parameters:
    """API securityhub:GetFindingAggregator."""
    found = aggregators_of(context).get(context.params["FindingAggregatorArn"])
    if found is None:
        raise Refused("ResourceNotFoundException", "The finding aggregator does not exist.", 404)
    return dict(found)


@operation("securityhub", "DeleteFindingAggregator")
def delete_finding_aggregator(context: Context) -> None:
    """API securityhub:DeleteFindingAggregator."""
    get_finding_aggregator(context)
    arn = context.params["FindingAggregatorArn"]
    del context.backend(region=arn.split(":")[3]).__dict__["simulator_aggregators"][arn]

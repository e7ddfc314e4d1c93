# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Security Hub CSPM."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.securityhub import STANDARDS, aggregators_of, arn_of

NEEDS_A_HUB = [
    "BatchDisableStandards",
    "BatchEnableStandards",
    "CreateFindingAggregator",
    "DeleteFindingAggregator",
    "DescribeStandards",
    "GetEnabledStandards",
    "GetFindingAggregator",
    "ListFindingAggregators",
    "UpdateSecurityHubConfiguration",
]


@rule("R-SHB-01", service="securityhub", operations=NEEDS_A_HUB, source="API securityhub:BatchEnableStandards")
def the_hub_is_on(context: Context) -> None:
    """Security Hub has to be enabled in the region first."""
    if not context.backend().enabled:
        raise Refused("InvalidAccessException", f"Account {context.account} is not subscribed to AWS Security Hub", 401)


@rule("R-SHB-02", service="securityhub", operations=["EnableSecurityHub"], source="API securityhub:EnableSecurityHub")
def enabled_once(context: Context) -> None:
    """A region's hub is enabled once."""
    if context.backend().enabled:
        raise Refused("ResourceConflictException", "Account is already subscribed to Security Hub", 409)


@rule("R-SHB-05", service="securityhub", operations=["BatchEnableStandards"], source="API securityhub:BatchEnableStandards")
def standards_are_aws_s(context: Context) -> None:
    """There is a list of standards, and all but the oldest are named with the region."""
    known = {arn_of(context, one) for one in STANDARDS}
    for asked in context.params["StandardsSubscriptionRequests"]:
        if asked["StandardsArn"] not in known:
            raise Refused("InvalidInputException", f"Invalid parameter: {asked['StandardsArn']} is not a valid standards ARN.")


@rule("R-SHB-06", service="securityhub", operations=["CreateFindingAggregator"], source="UG securityhub/finding-aggregation-enable.md", certain=False)
def one_region_shows_all(context: Context) -> None:
    """An account has one region that shows the findings of others."""
    if aggregators_of(context):
        raise Refused("InvalidInputException", "A finding aggregator already exists in this account.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail: what moto has wrong. Nothing is ever written."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before
from simulator.services.kms import key_named


@after("cloudtrail", "DescribeTrails", "GetTrail")
def leave_out_what_is_not_set(context: Context, response: Parameters) -> None:
    """A trail without key, group or role has no such member (API cloudtrail:Trail); moto's may be empty. A key is told by its ARN."""
    for trail in response.get("trailList", []) + ([response["Trail"]] if "Trail" in response else []):
        for member in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "S3KeyPrefix", "SnsTopicName"):
            if not trail.get(member):
                trail.pop(member, None)
        if "KmsKeyId" in trail:
            key = key_named(context, trail["KmsKeyId"], region=trail.get("HomeRegion") or context.region)
            trail["KmsKeyId"] = key.arn if key is not None else trail["KmsKeyId"]


@before("cloudtrail", "DeleteTrail")
def take_the_arn_for_its_trail(context: Context) -> None:
    """API cloudtrail:DeleteTrail: the name or the ARN of a trail that there is. moto knows names, and minds nothing."""
    context.params["Name"] = context.params["Name"].rpartition("/")[2]
    if context.params["Name"] not in context.backend().trails:
        raise Refused("TrailNotFoundException", f"Unknown trail: {context.params['Name']} for the user: {context.account}")

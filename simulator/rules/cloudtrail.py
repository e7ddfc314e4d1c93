# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of CloudTrail."""

from __future__ import annotations

import re
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.s3.models import s3_backends

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import admits_service
from simulator.services.kms import key_named

CHANGES = ["AddTags", "DeleteTrail", "PutEventSelectors", "PutInsightSelectors", "StartLogging", "StopLogging", "UpdateTrail"]
SERVICE = "cloudtrail.amazonaws.com"


def _bucket(context: Context) -> Any:
    """The bucket that a call names, of this account; None for another's, about which only its owner knows."""
    return s3_backends[context.account]["aws"].buckets.get(context.params.get("S3BucketName") or "")


@rule(
    "R-CTR-01",
    service="cloudtrail",
    operations=["CreateTrail", "UpdateTrail"],
    source="API cloudtrail:CreateTrail; UG cloudtrail/create-s3-bucket-policy-for-cloudtrail.md",
)
def bucket_admits_cloudtrail(context: Context) -> None:
    """The bucket's policy must let CloudTrail look at the bucket's list and write objects. CloudTrail tries both."""
    bucket = _bucket(context)
    if bucket is None:
        return
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    if not admits_service(policy, SERVICE) or not all(action in policy.lower() for action in ("s3:getbucketacl", "s3:putobject")):
        raise Refused("InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket.name}")


@rule("R-CTR-05", service="cloudtrail", operations=["CreateTrail", "UpdateTrail"], source="API cloudtrail:CreateTrail")
def key_admits_cloudtrail(context: Context) -> None:
    """The key must be of the bucket's region, and its policy admit CloudTrail."""
    name = context.params.get("KmsKeyId")
    if not name:
        return
    bucket = _bucket(context)
    region = name.split(":")[3] if name.startswith("arn:") else context.region
    key = key_named(context, name, region=region)
    if key is None:
        raise Refused("KmsKeyNotFoundException", f"KMS key {name} does not exist.")
    if bucket is not None and bucket.region_name != region:
        raise Refused("KmsException", "The S3 bucket and the KMS key must be in the same Region.")
    if not admits_service(key.policy, SERVICE):
        raise Refused("InsufficientEncryptionPolicyException", f"Insufficient permissions to access S3 bucket or KMS key {name}.")


@rule("R-CTR-02", service="cloudtrail", operations=["CreateTrail"], source="UG cloudtrail/WhatIsCloudTrail-Limits.md")
def five_trails(context: Context) -> None:
    """A region has room for five trails, and one of all regions counts in each."""
    backends = cloudtrail_backends[context.account]
    here = [trail for region, backend in backends.items() for trail in backend.trails.values() if region == context.region or trail.is_multi_region]
    if len(here) >= 5:
        raise Refused("MaximumNumberOfTrailsExceededException", f"User: {context.account} already has 5 trails in {context.region}.")


@rule("R-CTR-03", service="cloudtrail", operations=["CreateTrail"], source="API cloudtrail:CreateTrail")
def names_of_trails(context: Context) -> None:
    """No two of period, underscore and hyphen side by side, and no name like an IP address."""
    name = context.params["Name"]
    if re.search(r"[._-]{2}", name) or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        raise Refused("InvalidTrailNameException", f"Trail name {name} is not valid.")


@rule("R-CTR-04", service="cloudtrail", operations=CHANGES, source="API cloudtrail:DeleteTrail")
def changed_at_home(context: Context) -> None:
    """A trail of all regions is changed in the region that it was made in."""
    name = context.params.get("Name") or context.params.get("TrailName") or context.params.get("ResourceId") or ""
    home = name.split(":")[3] if name.startswith("arn:") else ""
    if not home:
        backends = cloudtrail_backends[context.account]
        home = next((region for region, backend in backends.items() if name in backend.trails and backend.trails[name].is_multi_region), context.region)
    if home != context.region:
        raise Refused("InvalidHomeRegionException", f"The trail {name} can only be changed in its home region {home}.")


@rule("R-CTR-07", service="cloudtrail", operations=["CreateTrail", "UpdateTrail"], source="API cloudtrail:CreateTrail")
def a_group_and_its_role(context: Context) -> None:
    """A log group exists and goes with a role that CloudTrail may take."""
    group, role = context.params.get("CloudWatchLogsLogGroupArn"), context.params.get("CloudWatchLogsRoleArn")
    if bool(group) != bool(role):
        raise Refused("InvalidCloudWatchLogsRoleArnException", "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn go together.")
    if not group or not role:
        return
    if not group.endswith(":*") or group.split(":")[6] not in context.backend("logs").groups:
        raise Refused("InvalidCloudWatchLogsLogGroupArnException", f"CloudTrail cannot find the log group {group}.")
    held = next((one for one in context.backend("iam").roles.values() if one.arn == role), None)
    if held is None or not admits_service(held.assume_role_policy_document, SERVICE):
        raise Refused("InvalidCloudWatchLogsRoleArnException", f"CloudTrail cannot assume the role {role}.")

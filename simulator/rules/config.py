# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of AWS Config."""

from __future__ import annotations

from moto.s3.models import s3_backends

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import admits_service

SERVICE = "config.amazonaws.com"


@rule("R-CFG-04", service="config", operations=["PutDeliveryChannel"], source="UG config/s3-bucket-policy.md")
def bucket_admits_config(context: Context) -> None:
    """The bucket exists, and its policy lets Config deliver. Config tries it out."""
    name = context.params["DeliveryChannel"].get("s3BucketName") or ""
    bucket = s3_backends[context.account]["aws"].buckets.get(name)
    if bucket is None:
        raise Refused("NoSuchBucketException", f"Cannot find a S3 bucket with an empty bucket name: {name}")
    policy = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    if not admits_service(policy, SERVICE) or not all(action in policy.lower() for action in ("s3:getbucketacl", "s3:listbucket", "s3:putobject")):
        raise Refused("InsufficientDeliveryPolicyException", f"Insufficient delivery policy to s3 bucket: {name}, unable to write to bucket.")


@rule("R-CFG-06", service="config", operations=["PutConfigRule"], source="API config:PutConfigRule")
def rules_need_a_recorder(context: Context) -> None:
    """A rule judges what a recorder has recorded."""
    if not context.backend().recorders:
        raise Refused("NoAvailableConfigurationRecorderException", "Configuration recorder is not available to put config rule.")


@rule("R-CFG-07", service="config", operations=["PutConfigurationRecorder"], source="API config:PutConfigurationRecorder")
def recorders_take_a_role(context: Context) -> None:
    """The role exists and trusts Config."""
    arn = context.params["ConfigurationRecorder"].get("roleARN") or ""
    role = next((one for one in context.backend("iam").roles.values() if one.arn == arn), None)
    if role is None or not admits_service(role.assume_role_policy_document, SERVICE):
        raise Refused("InvalidRoleException", f"The role {arn} is not one that AWS Config can assume.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: what moto lacks or has wrong."""

from __future__ import annotations

import urllib.parse
from typing import Any

from moto.s3.models import FakeBucket, PublicAccessBlock

from simulator import policies
from simulator.access import may
from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, rescue, shows
from simulator.services._afterwards import lasts

NAME_TAKEN = 60.0  # seconds; unsourced


def bucket_of(context: Context) -> Any:
    """moto's bucket that a call is about, None where there is none."""
    return context.backend().buckets.get(context.params["Bucket"])


# Tags and regions --------------------------------------------------------------------------------------------------------


@after("s3", "CreateBucket")
def tag_the_new_bucket(context: Context, response: Parameters) -> None:
    """CreateBucketConfiguration.Tags are the bucket's first tags (API s3:CreateBucket). moto leaves them out."""
    tags = context.params.get("CreateBucketConfiguration", {}).get("Tags")
    if tags:
        context.backend().put_bucket_tagging(context.params["Bucket"], {tag["Key"]: tag["Value"] for tag in tags})


@after("s3", "ListBuckets")
def say_where_each_bucket_is(context: Context, response: Parameters) -> None:
    """BucketRegion of each bucket (API s3:Bucket)."""
    for bucket in response.get("Buckets", []):
        bucket["BucketRegion"] = context.backend().buckets[bucket["Name"]].region_name


@after("s3", "CreateBucket")
@shows("R-S3-10")
def shut_the_new_bucket(context: Context, response: Parameters) -> None:
    """A new bucket is encrypted, private, and its owner's: UG s3/about-object-ownership.md, s3/access-control-block-public-access.md."""
    bucket = bucket_of(context)
    bucket.encryption = bucket.encryption or {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
    bucket.ownership_rule = bucket.ownership_rule or "BucketOwnerEnforced"
    if bucket.public_access_block is None:
        bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")


@after("s3", "DeleteBucket")
def the_name_is_not_free_at_once(context: Context, response: Parameters) -> None:
    """UG s3/delete-bucket.md: the name might not be available for reuse for some time."""
    lasts(context, context.params["Bucket"], NAME_TAKEN)


# Intelligent-Tiering -----------------------------------------------------------------------------------------------------


def _tiering(context: Context) -> dict[str, Parameters]:
    """The archive configurations of the bucket, by id."""
    bucket = bucket_of(context)
    if bucket is None:
        raise Refused("NoSuchBucket", "The specified bucket does not exist", 404)
    return bucket.__dict__.setdefault("intelligent_tiering", {})


def _known(context: Context) -> Parameters:
    configuration = _tiering(context).get(context.params["Id"])
    if configuration is None:
        raise Refused("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    return configuration


@operation("s3", "PutBucketIntelligentTieringConfiguration")
def put_bucket_intelligent_tiering_configuration(context: Context) -> None:
    """API s3:PutBucketIntelligentTieringConfiguration."""
    _tiering(context)[context.params["Id"]] = context.params["IntelligentTieringConfiguration"]


@operation("s3", "GetBucketIntelligentTieringConfiguration")
def get_bucket_intelligent_tiering_configuration(context: Context) -> Parameters:
    """API s3:GetBucketIntelligentTieringConfiguration."""
    return {"IntelligentTieringConfiguration": _known(context)}


@operation("s3", "ListBucketIntelligentTieringConfigurations")
def list_bucket_intelligent_tiering_configurations(context: Context) -> Parameters:
    """API s3:ListBucketIntelligentTieringConfigurations."""
    return {"IsTruncated": False, "IntelligentTieringConfigurationList": list(_tiering(context).values())}


@operation("s3", "DeleteBucketIntelligentTieringConfiguration")
def delete_bucket_intelligent_tiering_configuration(context: Context) -> None:
    """API s3:DeleteBucketIntelligentTieringConfiguration."""
    _known(context)
    del _tiering(context)[context.params["Id"]]


# Retrieval from archives -------------------------------------------------------------------------------------------------

# Seconds, by storage class and tier, in the middle of what is said (UG s3/restoring-objects-retrieval-options).
RETRIEVAL = {
    "GLACIER": {"Expedited": 180.0, "Standard": 4 * 3600.0, "Bulk": 8 * 3600.0},
    "DEEP_ARCHIVE": {"Standard": 12 * 3600.0, "Bulk": 48 * 3600.0},
}


@operation("s3", "RestoreObject")
def restore_object(context: Context) -> Parameters:
    """API s3:RestoreObject, of the version that is named; moto takes the current one, and needs no time."""
    params = context.params
    key = context.backend().get_object(params["Bucket"], params["Key"], version_id=params.get("VersionId"))
    if key is None:
        raise Refused("NoSuchKey", "The specified key does not exist.", 404)
    request = params.get("RestoreRequest", {})
    tier = request.get("GlacierJobParameters", {}).get("Tier") or request.get("Tier") or "Standard"
    tiers = RETRIEVAL.get(key.storage_class)
    if tiers is None:
        raise Refused("InvalidObjectState", "Restore is not allowed for the object's current storage class", 403)
    if tier not in tiers:
        raise Refused("InvalidArgument", f"Retrieval option is not supported by this storage class: {tier}")
    if getattr(key, "retrieved_at", None) is not None:
        raise Refused("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    key.retrieved_at, key.readable_days = context.simulator.clock() + context.simulator.lifecycles.scaled(tiers[tier]), int(request["Days"])
    return {}


@before("s3", "HeadObject", "GetObject", "CopyObject", "UploadPartCopy")
def retrievals_end(context: Context) -> None:
    """What is retrieved by now can be read, until it expires."""
    key = _read(context)
    if getattr(key, "retrieved_at", None) is not None and key.retrieved_at <= context.simulator.clock():
        key.restore(key.readable_days)
        key.retrieved_at = None


@after("s3", "HeadObject")
def retrievals_go_on(context: Context, response: Parameters) -> None:
    """API s3:HeadObject, x-amz-restore."""
    if getattr(_read(context), "retrieved_at", None) is not None:
        response["Restore"] = 'ongoing-request="true"'


def _read(context: Context) -> Any:
    """The version that a call reads, None where there is none."""
    bucket, name, version = context.params["Bucket"], context.params["Key"], context.params.get("VersionId")
    if "CopySource" in context.params:
        source = urllib.parse.urlsplit(context.params["CopySource"])
        bucket, _, name = urllib.parse.unquote(source.path).removeprefix("/").partition("/")
        version = urllib.parse.parse_qs(source.query).get("versionId", [None])[0]
    return context.backend().get_object(bucket, name, version_id=version) if bucket in context.backend().buckets else None


# Object Lock -------------------------------------------------------------------------------------------------------------


@operation("s3", "PutObjectLockConfiguration")
def put_object_lock_configuration(context: Context) -> None:
    """Of a bucket with objects too, since November 2023 (UG s3/object-lock-configure.md); moto takes it of a new one only. What is in it stays unlocked."""
    bucket = bucket_of(context)
    if not bucket.is_versioned:
        raise Refused("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409)
    retention = context.params.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = retention.get("Mode")
    bucket.default_lock_days, bucket.default_lock_years = retention.get("Days") or 0, retention.get("Years") or 0


@operation("s3", "GetObjectRetention")
def get_object_retention(context: Context) -> Parameters:
    """API s3:GetObjectRetention, which moto does not know."""
    key = _read(context)
    if key is None:
        raise Refused("NoSuchKey", "The specified key does not exist.", 404)
    if not key.lock_mode:
        raise Refused("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404)
    return {"Retention": {"Mode": key.lock_mode, "RetainUntilDate": key.lock_until}}


# Lifecycle and encryption --------------------------------------------------------------------------------------------------


@after("s3", "PutBucketLifecycleConfiguration")
def keep_the_lifecycle_as_put(context: Context, response: Parameters) -> None:
    """moto's rules have no place for NewerNoncurrentVersions and more."""
    bucket_of(context).lifecycle_as_put = context.params["LifecycleConfiguration"]["Rules"]
    bucket_of(context).smallest_transition = context.params.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")


@after("s3", "GetBucketLifecycleConfiguration")
def show_the_lifecycle_as_put(context: Context, response: Parameters) -> None:
    """API s3:GetBucketLifecycleConfiguration, with the size under which objects do not move."""
    response["Rules"] = bucket_of(context).lifecycle_as_put
    response["TransitionDefaultMinimumObjectSize"] = bucket_of(context).smallest_transition


@after("s3", "GetBucketEncryption")
def show_the_bucket_key(context: Context, response: Parameters) -> None:
    """BucketKeyEnabled is false where it was not asked for (API s3:ServerSideEncryptionRule)."""
    for rule in response["ServerSideEncryptionConfiguration"]["Rules"]:
        rule.setdefault("BucketKeyEnabled", False)


# Access logs ---------------------------------------------------------------------------------------------------------------


def _admits_access_logs(target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the bucket's policy lets the logging service put objects under the prefix (UG s3/enable-server-access-logging.md)."""
    if not target_bucket.policy:
        return False
    resource = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}"
    return policies.admits(target_bucket.policy.decode(), "logging.s3.amazonaws.com", "s3:PutObject", resource)


def install() -> None:
    """moto reads the policy by comparing texts, and fails where a principal is "*"."""
    FakeBucket._log_permissions_enabled_policy = staticmethod(_admits_access_logs)  # type: ignore[assignment]


@rescue("s3", "GetObject", "HeadObject")
def say_nothing_to_who_may_not_list(context: Context, refused: Refused) -> None:
    """API s3:GetObject, HeadObject: an object that is not there is 404 for who may list the bucket, and 403 for others."""
    if context.simulator.settings.enforce_iam and refused.status == 404 and not may(context, "s3:ListBucket", f"arn:aws:s3:::{context.params['Bucket']}"):
        raise Refused("AccessDenied", "Access Denied", 403)

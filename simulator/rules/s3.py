# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of S3."""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime

from moto.s3.utils import bucket_policy_is_public

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.rules._documents import as_list
from simulator.rules._principals import invalid_principals
from simulator.services._afterwards import still
from simulator.services.s3 import bucket_of
from simulator.services.s3_replication import replica_key, replicates, selects_kms, target_of

TRANSITIONS = "UG s3/lifecycle-transition-general-considerations.md"
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
COLD = ("GLACIER", "DEEP_ARCHIVE")


@rule("R-S3-07", service="s3", operations=["CreateBucket"], source="UG s3/bucketnamingrules.md")
def bucket_names(context: Context) -> None:
    """3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit, and not an IP address."""
    name = context.params["Bucket"]
    fine = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) and ".." not in name and not name.startswith(("xn--", "sthree-"))
    if not fine or name.endswith(("-s3alias", "--ol-s3")) or _is_address(name):
        raise Refused("InvalidBucketName", "The specified bucket is not valid.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


@rule("R-S3-09", service="s3", operations=["PutBucketPolicy"], source="API s3:PutPublicAccessBlock")
def no_public_policy_where_blocked(context: Context) -> None:
    """A bucket that blocks public policies takes none."""
    bucket = bucket_of(context)
    block = getattr(bucket, "public_access_block", None)
    if block and block.block_public_policy and bucket_policy_is_public(context.params["Policy"]):
        raise Refused(
            "AccessDenied",
            f"User is not authorized to perform: s3:PutBucketPolicy on resource: {bucket.arn}"
            " because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
            403,
        )


@rule("R-S3-10", service="s3", operations=["CreateMultipartUpload", "PutBucketAcl", "PutObject", "PutObjectAcl"], source="UG s3/about-object-ownership.md")
def no_acls_where_the_owner_is_enforced(context: Context) -> None:
    """A bucket whose owner owns everything takes no access control list but one that says so."""
    bucket = bucket_of(context)
    given = [value for name, value in context.params.items() if name in ("ACL", "AccessControlPolicy") or name.startswith("Grant")]
    enforced = getattr(bucket, "ownership_rule", None) == "BucketOwnerEnforced"
    if enforced and any(value not in ("bucket-owner-full-control", "private") for value in given):
        raise Refused("AccessControlListNotSupported", "The bucket does not allow ACLs")


def _rules(context: Context) -> list[Parameters]:
    return context.params["LifecycleConfiguration"].get("Rules", [])


@rule("R-S3-14", service="s3", operations=["PutBucketLifecycleConfiguration"], source=TRANSITIONS)
def infrequent_access_after_thirty_days(context: Context) -> None:
    """Objects move to infrequent access after 30 days at the earliest."""
    for one in _rules(context):
        for step in one.get("Transitions", []):
            if step.get("StorageClass") in INFREQUENT and step.get("Days", 30) < 30:
                raise Refused(
                    "InvalidArgument",
                    f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{step['StorageClass']}'",
                )


@rule("R-S3-15", service="s3", operations=["PutBucketLifecycleConfiguration"], source=TRANSITIONS)
def steps_in_their_order(context: Context) -> None:
    """Objects expire after they moved for the last time, and leave infrequent access for Glacier after 30 days there."""
    for one in _rules(context):
        steps = [step for step in one.get("Transitions", []) if "Days" in step]
        expiry = one.get("Expiration", {}).get("Days")
        if expiry is not None and any(step["Days"] >= expiry for step in steps):
            raise Refused("InvalidArgument", "'Days' in the Expiration action must be greater than 'Days' in the Transition action")
        warm = [step["Days"] for step in steps if step.get("StorageClass") in INFREQUENT]
        cold = [step["Days"] for step in steps if step.get("StorageClass") in COLD]
        if warm and cold and min(cold) < max(warm) + 30:
            raise Refused("InvalidArgument", "'Days' in the Transition action for Glacier must be 30 days more than in the one for infrequent access")


@rule("R-S3-20", service="s3", operations=["PutBucketLifecycleConfiguration"], source="unsourced")
def unfinished_uploads_have_no_tags(context: Context) -> None:
    """A rule about unfinished uploads cannot choose by tag or size, which those do not have."""
    for one in _rules(context):
        chosen = set(one.get("Filter", {})) | set(one.get("Filter", {}).get("And", {}))
        if "AbortIncompleteMultipartUpload" in one and chosen & {"Tag", "Tags", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}:
            raise Refused("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags or object size.")


LOCKED = Refused("AccessDenied", "Access Denied because object protected by object lock.", 403)


def _time(when: datetime | str) -> datetime:
    """As moto keeps it or as it was asked for, with or without a zone."""
    time = when if isinstance(when, datetime) else datetime.fromisoformat(when.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@rule("R-S3-32", service="s3", operations=["PutObjectRetention"], source="UG s3/object-lock.md")
def a_lock_only_gets_longer(context: Context) -> None:
    """In compliance mode for everybody; in governance mode for whoever does not bypass it."""
    bucket, wanted = bucket_of(context), context.params.get("Retention") or {}
    if bucket is None or not bucket.object_lock_enabled:
        return
    held = context.backend().get_object(context.params["Bucket"], context.params["Key"], version_id=context.params.get("VersionId"))
    now = datetime.fromtimestamp(context.simulator.clock(), UTC)
    if held is None or held.lock_mode not in ("GOVERNANCE", "COMPLIANCE") or _time(held.lock_until) <= now:
        return
    longer = wanted.get("Mode") == held.lock_mode and _time(wanted["RetainUntilDate"]) >= _time(held.lock_until)
    bypassed = held.lock_mode == "GOVERNANCE" and context.params.get("BypassGovernanceRetention")
    if not longer and not bypassed:
        raise LOCKED


@rule("R-S3-33", service="s3", operations=["PutObject", "PutObjectRetention"], source="unsourced")
def locks_end_later_than_now(context: Context) -> None:
    """A lock until a time that has passed is none."""
    until = (context.params.get("Retention") or {}).get("RetainUntilDate") or context.params.get("ObjectLockRetainUntilDate")
    if until and _time(until) <= datetime.fromtimestamp(context.simulator.clock(), UTC):
        raise Refused("InvalidArgument", "The retain until date must be in the future!")


@rule("R-S3-21", service="s3", operations=["PutBucketVersioning"], source="unsourced (code)")
def versions_stay_under_object_lock(context: Context) -> None:
    """What is locked is a version."""
    bucket = bucket_of(context)
    if bucket is not None and bucket.object_lock_enabled and context.params["VersioningConfiguration"].get("Status") == "Suspended":
        raise Refused("InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.", 409)


@rule("R-S3-16", service="s3", operations=["PutBucketIntelligentTieringConfiguration"], source="API s3:Tiering")
def days_until_archived(context: Context) -> None:
    """Archive access after 90 days, deep archive access after 180, at most 730."""
    configuration = context.params["IntelligentTieringConfiguration"]
    if configuration["Id"] != context.params["Id"]:
        raise Refused("InvalidArgument", "The id of the request and that of the configuration differ")
    for tier in configuration["Tierings"]:
        least = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}[tier["AccessTier"]]
        if not least <= tier["Days"] <= 730:
            raise Refused("InvalidArgument", f"Days for {tier['AccessTier']} must be between {least} and 730")


@rule("R-S3-17", service="s3", operations=["PutBucketPolicy"], source="unsourced")
def policy_principals_exist(context: Context) -> None:
    """Whoever a bucket policy names must exist."""
    if invalid_principals(context, context.params["Policy"]):
        raise Refused("MalformedPolicy", "Invalid principal in policy")


@rule("R-S3-18", service="s3", operations=["PutBucketPolicy"], source="unsourced")
def policy_is_about_the_bucket(context: Context) -> None:
    """A bucket policy has up to 20 KB and is about this bucket and its objects only."""
    policy, name = context.params["Policy"], context.params["Bucket"]
    if len(policy.encode()) > 20 * 1024:
        raise Refused("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
    for statement in as_list(json.loads(policy).get("Statement")):
        for resource in as_list(statement.get("Resource")) + as_list(statement.get("NotResource")):
            if not re.fullmatch(rf"arn:aws[a-z-]*:s3:::{re.escape(name)}(/.*)?", resource):
                raise Refused("MalformedPolicy", "Policy has invalid resource")


@rule("R-S3-25", service="s3", operations=["CreateMultipartUpload", "PutObject"], source="unsourced")
def the_default_key_is_usable(context: Context) -> None:
    """The bucket's default key must be one of the bucket's region that works."""
    bucket = bucket_of(context)
    rules = (bucket.encryption or {}).get("Rule", []) if bucket is not None else []
    default = next((one.get("ApplyServerSideEncryptionByDefault", {}) for one in as_list(rules)), {})
    key_id = context.params.get("SSEKMSKeyId") or default.get("KMSMasterKeyID")
    if not key_id or context.params.get("ServerSideEncryption") == "AES256" or "alias/" in key_id:
        return
    key = context.backend("kms", region=bucket.region_name).keys.get(key_id.rpartition("/")[2])
    if key is None or (key_id.startswith("arn:") and key.arn != key_id):
        raise Refused("KMS.NotFoundException", f"Key '{key_id}' does not exist")
    if key.key_state == "PendingDeletion":
        raise Refused("KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled":
        raise Refused("KMS.DisabledException", f"{key.arn} is disabled.")


@rule("R-S3-28", service="s3", operations=["CreateBucket"], source="unsourced")
def name_is_free_again(context: Context) -> None:
    """A name that was just given up is not free at once."""
    if still(context, context.params["Bucket"]):
        raise Refused("OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.", 409)


@rule("R-S3-30", service="s3", operations=["PutObject"], source="API s3:PutObject")
def writes_only_where_nothing_is(context: Context) -> None:
    """A write on the condition that there is no such object names no ETag."""
    if context.params.get("IfNoneMatch", "*") != "*":
        raise Refused("NotImplemented", "A header you provided implies functionality that is not implemented", 501)


@rule("R-S3-31", service="s3", operations=["DeleteObject", "GetObject", "ListObjectsV2", "PutObject"], source="UG s3/bucket-owner-condition.md", certain=True)
def the_bucket_is_whose_it_is_expected_to_be(context: Context) -> None:
    """Whoever says whose the bucket is gets nothing from somebody else's."""
    bucket = bucket_of(context)
    expected = context.params.get("ExpectedBucketOwner")
    if bucket is not None and expected and expected != bucket.account_id:
        raise Refused("AccessDenied", "Access Denied", 403)


REPLICATION = "UG s3/replication-requirements.md"


@rule("R-S3-02", service="s3", operations=["PutBucketReplication"], source=REPLICATION)
@rule("R-S3-03", service="s3", operations=["PutBucketReplication"], source=REPLICATION)
def replicas_have_where_to_go(context: Context) -> None:
    """The other bucket exists and keeps versions."""
    for one in context.params["ReplicationConfiguration"]["Rules"]:
        target = target_of(context, one)
        if target is None:
            raise Refused("InvalidRequest", "Destination bucket must exist.")
        if not target.is_versioned:
            raise Refused("InvalidRequest", "Destination bucket must have versioning enabled.")


@rule("R-S3-04", service="s3", operations=["PutBucketReplication"], source="unsourced")
def a_rule_with_a_filter_says_all(context: Context) -> None:
    """A rule of the present form has a priority of its own and says what becomes of delete markers."""
    rules = [one for one in context.params["ReplicationConfiguration"]["Rules"] if "Filter" in one]
    if any("Priority" not in one or "DeleteMarkerReplication" not in one for one in rules):
        raise Refused(
            "InvalidRequest", "Priority and DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema."
        )
    if len({one["Priority"] for one in rules}) < len(rules):
        raise Refused("InvalidRequest", "Found duplicate priority in the rules.")


@rule("R-S3-05", service="s3", operations=["PutBucketReplication"], source="API s3:EncryptionConfiguration")
def objects_under_a_key_need_one_there(context: Context) -> None:
    """Who selects objects under KMS keys names the key of the replicas, and the other way round."""
    for one in context.params["ReplicationConfiguration"]["Rules"]:
        named = replica_key(one)
        if selects_kms(one) and not named:
            raise Refused("InvalidRequest", "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects is enabled.")
        if named and "SseKmsEncryptedObjects" not in one.get("SourceSelectionCriteria", {}):
            raise Refused("InvalidRequest", "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")


@rule("R-S3-06", service="s3", operations=["PutBucketVersioning"], source="unsourced (code)")
def versions_stay_while_they_are_replicated(context: Context) -> None:
    """Replication needs the versions of its source."""
    bucket = bucket_of(context)
    if context.params["VersioningConfiguration"].get("Status") == "Suspended" and replicates(bucket):
        raise Refused("InvalidBucketState", "A replication configuration is present on this bucket, so the versioning state cannot be changed.", 409)

# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 replication: configurations as they were put, and objects that appear in the other bucket. moto keeps half of the first.

What is written after the configuration was put is replicated, what was there before is not; replicas are not replicated again, deletions
of a version never, delete markers where a rule says so (UG s3/replication-what-is-isnot-replicated.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.s3.models import FakeKey

from simulator import policies
from simulator.access import document_of
from simulator.context import Context
from simulator.registry import Parameters, after, before, shows
from simulator.services.s3 import bucket_of

REPLICATION = 15 * 60.0  # seconds within which most objects are there: UG s3/replication.md
WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload")
READS = ("GetObject", "HeadObject", "GetObjectTagging", "ListObjects", "ListObjectsV2", "ListObjectVersions", "CopyObject")
NEEDED_OF_SOURCE = ("s3:GetReplicationConfiguration", "s3:ListBucket")
NEEDED_OF_OBJECTS = ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging")
NEEDED_OF_REPLICAS = ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")


@dataclass
class Pending:
    """A version, or the delete marker after it, on its way."""

    key: Any  # moto's
    marker: bool
    rule: Parameters
    due: float


@after("s3", "PutBucketReplication")
def keep_the_configuration_as_put(context: Context, response: Parameters) -> None:
    """moto forgets filters, delete markers, metrics and more."""
    configuration = context.params["ReplicationConfiguration"]
    for kept, rule in zip(bucket_of(context).replication["Rule"], configuration["Rules"], strict=True):
        rule.setdefault("ID", kept["ID"])
    bucket_of(context).replication_as_put = configuration


@after("s3", "GetBucketReplication")
def show_the_configuration_as_put(context: Context, response: Parameters) -> None:
    """API s3:GetBucketReplication."""
    response["ReplicationConfiguration"] = bucket_of(context).replication_as_put


@after("s3", *WRITES)
def send_the_new_version(context: Context, response: Parameters) -> None:
    """A version that a rule is about is PENDING from its first moment."""
    bucket = bucket_of(context)
    if not replicates(bucket):
        return
    key = context.backend().get_object(bucket.name, context.params["Key"], version_id=response.get("VersionId"))
    rule = rule_for(bucket, key)
    if rule is not None:
        key.replication_status = "PENDING"
        _send(context, bucket, Pending(key, False, rule, _due(context)))


@after("s3", "DeleteObject", "DeleteObjects")
def send_the_delete_marker(context: Context, response: Parameters) -> None:
    """A marker goes along where the rule says so; what names a version stays where it was named."""
    bucket = bucket_of(context)
    if not replicates(bucket):
        return
    objects = context.params.get("Delete", {}).get("Objects") or [context.params]
    for name in {one["Key"] for one in objects if not one.get("VersionId")}:
        versions = [one for one in context.backend().list_object_versions(bucket.name)[0] if one.name == name]
        rule = rule_for(bucket, versions[0]) if versions else None
        if rule is not None and rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled":
            _send(context, bucket, Pending(versions[0], True, rule, _due(context)))


@before("s3", *READS)
@shows("R-S3-27")
def deliver(context: Context) -> None:
    """Bring every bucket up to the present. The other bucket is in another region, and moto keeps all of an account together."""
    for bucket in context.backend().buckets.values():
        on_their_way = bucket.__dict__.get("replicating", [])
        for pending in [one for one in on_their_way if one.due <= context.simulator.clock()]:
            on_their_way.remove(pending)
            _arrive(context, bucket, pending)


def replicates(bucket: Any) -> bool:
    """Whether a bucket has a replication configuration. It keeps versions then: rules R-S3-01 and R-S3-06."""
    return bool(getattr(bucket, "replication", None))


def target_of(context: Context, rule: Parameters) -> Any:
    """moto's bucket that a rule replicates to, None where there is none."""
    return context.backend().buckets.get(rule["Destination"]["Bucket"].rpartition(":")[2])


def selects_kms(rule: Parameters) -> bool:
    """Whether a rule is also about objects under KMS keys: UG s3/replication-config-for-kms-objects.md."""
    return rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"


def replica_key(rule: Parameters) -> str | None:
    """The KMS key that a rule's replicas are encrypted with."""
    return rule["Destination"].get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")


def rule_for(bucket: Any, key: Any) -> Parameters | None:
    """The enabled rule of the highest priority that is about an object, None where none is or the object is itself a replica."""
    if getattr(key, "replication_status", None) == "REPLICA":
        return None
    rules = [rule for rule in bucket.replication_as_put["Rules"] if rule["Status"] == "Enabled" and key.name.startswith(_prefix(rule))]
    chosen = max(rules, key=lambda rule: rule.get("Priority", 0), default=None)
    # Objects under a KMS key stay behind unless they are selected.
    return chosen if chosen and (key.encryption != "aws:kms" or selects_kms(chosen)) else None


def _prefix(rule: Parameters) -> str:
    chosen = rule.get("Filter", {})
    return str(chosen.get("Prefix") or chosen.get("And", {}).get("Prefix") or rule.get("Prefix") or "")


def _due(context: Context) -> float:
    return context.simulator.clock() + context.simulator.lifecycles.scaled(REPLICATION)


def _send(context: Context, bucket: Any, pending: Pending) -> None:
    bucket.__dict__.setdefault("replicating", []).append(pending)


def _arrive(context: Context, bucket: Any, pending: Pending) -> None:
    backend, key, destination = context.backend(), pending.key, pending.rule["Destination"]
    target = target_of(context, pending.rule)
    if target is None or not target.is_versioned or not _may(context, bucket, key, target):
        key.replication_status = "FAILED"
        return
    if pending.marker:
        backend.delete_object(target.name, key.name)
        return
    kms_key = replica_key(pending.rule)
    backend.copy_object(
        key, target.name, key.name, storage=destination.get("StorageClass", key.storage_class),
        encryption="aws:kms" if kms_key else "AES256", kms_key_id=kms_key,
    )  # fmt: skip
    replica = backend.get_object(target.name, key.name)
    # A replica has the version and the time of what it is a replica of.
    replica._version_id, replica.last_modified, replica.replication_status = key.version_id, key.last_modified, "REPLICA"
    key.replication_status = "COMPLETED"
    # And its tags (UG s3/replication-what-is-isnot-replicated.md), as they are now: what is changed of them later stays behind here.
    backend.put_object_tagging(replica, {tag["Key"]: tag["Value"] for tag in backend.get_object_tagging(key)["Tags"]})


def _may(context: Context, bucket: Any, key: Any, target: Any) -> bool:
    """Whether the role trusts S3 and holds what replication needs: UG s3/setting-repl-config-perm-overview.md."""
    arn = bucket.replication_as_put["Role"]
    role = next((one for one in context.backend("iam").roles.values() if one.arn == arn), None)
    if role is None or "s3.amazonaws.com" not in str(role.assume_role_policy_document):
        return False
    documents = [*role.policies.values(), *(document_of(policy) for policy in role.managed_policies.values())]
    wanted = [
        *((action, bucket.arn) for action in NEEDED_OF_SOURCE),
        *((action, f"{bucket.arn}/{key.name}") for action in NEEDED_OF_OBJECTS),
        *((action, f"{target.arn}/{key.name}") for action in NEEDED_OF_REPLICAS),
    ]
    return all(policies.allows(documents, action, [resource], {}) for action, resource in wanted)


def install() -> None:
    """Objects say how far their replication is, and replicas that they are some: UG s3/replication-status.md."""
    plain = FakeKey.response_dict.fget

    def with_status(key: Any) -> dict[str, Any]:
        status = getattr(key, "replication_status", None)
        return {**plain(key), **({"x-amz-replication-status": status} if status else {})}

    FakeKey.response_dict = property(with_status)  # type: ignore[assignment]

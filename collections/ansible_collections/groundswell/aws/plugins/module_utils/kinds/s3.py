# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 buckets with everything that is set on them."""

from __future__ import annotations

import itertools
import time
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import PROPAGATION, error_code, pause, tolerated

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_PAGES = 16  # lists of a thousand versions that are held at one time
_ROUNDS = 5  # tries to empty a bucket that others still write to
# What S3 answers where nothing is set. Not every one of these is an error of its own class in botocore.
_NOTHING = frozenset(
    """NoSuchTagSet NoSuchBucketPolicy NoSuchLifecycleConfiguration NoSuchCORSConfiguration NoSuchPublicAccessBlockConfiguration
    ObjectLockConfigurationNotFoundError OwnershipControlsNotFoundError ReplicationConfigurationNotFoundError
    ServerSideEncryptionConfigurationNotFoundError""".split()
)


class Buckets(Kind):
    """General-purpose buckets. Each setting is a read and a write of its own, so only the declared ones are asked for."""

    module, service, noun = "s3_buckets", "s3", "bucket"
    policies = ("policy",)
    ordered = ("cors_rules", "replication_rules")
    holds_data = True
    create_then_update = True
    not_yet = (
        # A bucket just made is not known everywhere, one just deleted keeps its name for a while, changes at one time exclude each other.
        ("NoSuchBucket", "", 30.0),
        ("OperationAborted", "", 120.0),
        # The bucket for logs may be of this same set, and get its policy at this same time.
        ("InvalidTargetBucketForLogging", "", 60.0),
        # A role that was just made is not known to S3 at once.
        ("MalformedPolicy", "[Ii]nvalid principal", PROPAGATION),
        # The bucket of the other region may be made at this same time, by the run's part for that region.
        ("InvalidRequest", "Destination bucket must", 120.0),
    )

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        prefixes = [self.prefix, *(name for name in names if not name.startswith(self.prefix))]
        listed = {
            bucket["Name"]
            for prefix in prefixes
            for bucket in self.pages("list_buckets", "Buckets", Prefix=prefix, BucketRegion=self.session.region)
            if bucket["Name"] in names or bucket["Name"].startswith(self.prefix)
        }
        # Every question about every bucket side by side: a bucket alone asks up to ten.
        questions = [(name, read) for name in sorted(listed) for read in self._reads(name)]
        answers: dict[str, Item] = {name: {} for name in listed}
        for (name, _), answer in zip(questions, self.session.each(lambda question: question[1](question[0]), questions), strict=True):
            if answer is None:
                answers.pop(name, None)  # gone since it was listed
            elif name in answers:
                answers[name].update(answer)
        for name, state in answers.items():
            tags = state.pop("tags")
            more = self.wanted.get(name, {}).get("tags")
            if more is not None:
                state["tags"] = {key: tags[key] for key in more if key in tags}
            yield Resource(name, state, tags, self._addresses(name))

    def _reads(self, name: str) -> list[t.Callable[[str], Item | None]]:
        """What has to be asked about a bucket: its tags, and each setting that is declared."""
        item = self.wanted.get(name, {})
        reads = {
            self._encryption: ("kms_key_arn",),
            self._versioning: ("versioning",),
            self._lock: ("object_lock_days",),
            self._public_access: ("public_access_blocked",),
            self._ownership: ("object_ownership",),
            self._policy: ("policy",),
            self._logging: ("log_bucket", "log_prefix"),
            self._lifecycle: ("lifecycle_rules",),
            self._tiering: ("intelligent_tiering",),
            self._cors: ("cors_rules",),
            self._replication: ("replication_role_arn", "replication_rules"),
        }
        return [self._tags, *(read for read, options in reads.items() if any(item.get(option) is not None for option in options))]

    def _ask(self, operation: str, bucket: str) -> t.Any:
        """The answer, {} where nothing is set, None where the bucket has gone."""
        try:
            return getattr(self.session.client("s3"), operation)(Bucket=bucket)
        except self.client.exceptions.ClientError as error:
            if error_code(error) in _NOTHING:
                return {}
            if error_code(error) == "NoSuchBucket":
                return None
            raise

    def _addresses(self, name: str) -> Item:
        suffix = "amazonaws.com.cn" if self.session.partition == "aws-cn" else "amazonaws.com"
        return {"id": name, "arn": f"arn:{self.session.partition}:s3:::{name}", "regional_domain_name": f"{name}.s3.{self.session.region}.{suffix}"}

    def placeholder(self, name: str) -> Item:
        return self._addresses(f"{PLACEHOLDER}-{name}")

    # Each of these reads one setting, in the words of the options. -----------------------------------------------------

    def _tags(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_tagging", bucket)
        return None if answer is None else {"tags": tags_to_dict(answer.get("TagSet"))}

    def _encryption(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_encryption", bucket)
        if answer is None:
            return None
        rule = next(iter(answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])), {})
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        # A KMS key without a bucket key costs a request to KMS per object, so it is not what is declared.
        fine = default.get("SSEAlgorithm") != "aws:kms" or rule.get("BucketKeyEnabled")
        return {"kms_key_arn": default.get("KMSMasterKeyID", "") if fine else None}

    def _versioning(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_versioning", bucket)
        return None if answer is None else {"versioning": answer.get("Status") == "Enabled"}

    def _lock(self, bucket: str) -> Item | None:
        answer = self._ask("get_object_lock_configuration", bucket)
        if answer is None:
            return None
        retention = answer.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        return {"object_lock_days": retention.get("Days", 0)}

    def _public_access(self, bucket: str) -> Item | None:
        answer = self._ask("get_public_access_block", bucket)
        if answer is None:
            return None
        blocks = [answer.get("PublicAccessBlockConfiguration", {}).get(block, False) for block in _BLOCKS]
        return {"public_access_blocked": all(blocks) if all(blocks) or not any(blocks) else None}

    def _ownership(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_ownership_controls", bucket)
        if answer is None:
            return None
        rules = answer.get("OwnershipControls", {}).get("Rules", [])
        return {"object_ownership": rules[0]["ObjectOwnership"] if rules else None}

    def _policy(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_policy", bucket)
        return None if answer is None else {"policy": answer.get("Policy")}

    def _logging(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_logging", bucket)
        if answer is None:
            return None
        target = answer.get("LoggingEnabled", {})
        return {"log_bucket": target.get("TargetBucket", ""), "log_prefix": target.get("TargetPrefix", "")}

    def _lifecycle(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_lifecycle_configuration", bucket)
        return None if answer is None else {"lifecycle_rules": [_lifecycle_from_aws(rule) for rule in answer.get("Rules", [])]}

    def _tiering(self, bucket: str) -> Item | None:
        answer = self._ask("list_bucket_intelligent_tiering_configurations", bucket)
        if answer is None:
            return None
        return {"intelligent_tiering": [_tiering_from_aws(one) for one in answer.get("IntelligentTieringConfigurationList", [])]}

    def _cors(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_cors", bucket)
        return None if answer is None else {"cors_rules": [_cors_from_aws(rule) for rule in answer.get("CORSRules", [])]}

    def _replication(self, bucket: str) -> Item | None:
        answer = self._ask("get_bucket_replication", bucket)
        if answer is None:
            return None
        configuration = answer.get("ReplicationConfiguration", {})
        rules = sorted(configuration.get("Rules", []), key=lambda rule: -rule.get("Priority", 0))
        return {"replication_role_arn": configuration.get("Role", ""), "replication_rules": [_replication_from_aws(rule) for rule in rules]}

    # -------------------------------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        filled = dict(item)
        for option, complete in (
            ("lifecycle_rules", _lifecycle_rule),
            ("intelligent_tiering", _tiering),
            ("cors_rules", _cors_rule),
            ("replication_rules", _replication_rule),
        ):
            if item.get(option) is not None:
                filled[option] = [complete(one) for one in item[option]]
        return filled

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # us-east-1 is where a bucket is when nobody says where, and must not be said.
        place = {} if self.session.region == "us-east-1" else {"LocationConstraint": self.session.region}
        try:
            self.client.create_bucket(
                Bucket=name,
                CreateBucketConfiguration={**place, "Tags": dict_to_tags({**tags, **(item.get("tags") or {})})},
                ObjectOwnership=item.get("object_ownership") or "BucketOwnerEnforced",
            )
        except self.client.exceptions.BucketAlreadyExists:
            raise Problem("the name is taken by another account: names of buckets are global, so choose another bucket_prefix") from None

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        bucket = {"Bucket": resource.name}
        if changes.get("tags"):
            self.set_tags(resource, changes["tags"])
            resource.tags.update(changes["tags"])
        if "object_ownership" in changes:
            self.client.put_bucket_ownership_controls(**bucket, OwnershipControls={"Rules": [{"ObjectOwnership": changes["object_ownership"]}]})
        # Public access before the policy, so that a policy never opens what the block would have refused.
        if "public_access_blocked" in changes:
            blocks = dict.fromkeys(_BLOCKS, changes["public_access_blocked"])
            self.client.put_public_access_block(**bucket, PublicAccessBlockConfiguration=blocks)
        if "kms_key_arn" in changes:
            self.client.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": [_encryption_rule(changes["kms_key_arn"])]})
        if "versioning" in changes:
            status = "Enabled" if changes["versioning"] else "Suspended"
            self.client.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": status})
        if "object_lock_days" in changes:
            # Whoever may bypass governance can delete all the same; nobody else can, and the lock itself never goes off again.
            retention = {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": changes["object_lock_days"]}}} if changes["object_lock_days"] else {}
            self.client.put_object_lock_configuration(**bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **retention})
        if changes.get("policy"):
            self.client.put_bucket_policy(**bucket, Policy=changes["policy"])
        if "log_bucket" in changes or "log_prefix" in changes:
            target = {**resource.state, **changes}
            enabled = {"LoggingEnabled": {"TargetBucket": target["log_bucket"], "TargetPrefix": target["log_prefix"]}} if target["log_bucket"] else {}
            self.client.put_bucket_logging(**bucket, BucketLoggingStatus=enabled)
        self._update_lists(resource, bucket, changes)

    def _update_lists(self, resource: Resource, bucket: dict[str, str], changes: Item) -> None:
        """The settings that are lists, which S3 removes by another call than the one that puts them."""
        if changes.get("lifecycle_rules"):
            rules = [_lifecycle_to_aws(rule) for rule in changes["lifecycle_rules"]]
            self.client.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": rules})
        elif "lifecycle_rules" in changes:
            self.client.delete_bucket_lifecycle(**bucket)
        if "intelligent_tiering" in changes:
            for one in changes["intelligent_tiering"]:
                self.client.put_bucket_intelligent_tiering_configuration(**bucket, Id=one["name"], IntelligentTieringConfiguration=_tiering_to_aws(one))
            for name in {one["name"] for one in resource.state["intelligent_tiering"]} - {one["name"] for one in changes["intelligent_tiering"]}:
                self.client.delete_bucket_intelligent_tiering_configuration(**bucket, Id=name)
        if changes.get("cors_rules"):
            self.client.put_bucket_cors(**bucket, CORSConfiguration={"CORSRules": [_cors_to_aws(rule) for rule in changes["cors_rules"]]})
        elif "cors_rules" in changes:
            self.client.delete_bucket_cors(**bucket)
        if "replication_rules" in changes or "replication_role_arn" in changes:
            self._replicate(bucket, {**resource.state, **changes})

    def _replicate(self, bucket: dict[str, str], target: Item) -> None:
        rules = target["replication_rules"]
        if not rules:
            self.client.delete_bucket_replication(**bucket)
            return
        # Who comes first in the list goes before, which S3 says by a larger number.
        numbered = [_replication_to_aws(rule, len(rules) - place) for place, rule in enumerate(rules)]
        self.client.put_bucket_replication(**bucket, ReplicationConfiguration={"Role": target["replication_role_arn"], "Rules": numbered})

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        # S3 replaces the whole set; tags of AWS's own cannot be put and are kept by it.
        kept = {key: value for key, value in resource.tags.items() if not key.startswith("aws:")}
        self.client.put_bucket_tagging(Bucket=resource.name, Tagging={"TagSet": dict_to_tags({**kept, **tags})})

    def delete(self, resource: Resource) -> None:
        client = self.session.client("s3", self.not_yet[1:2])
        for attempt in range(_ROUNDS):
            try:
                self._empty(client, resource.name)
                client.delete_bucket(Bucket=resource.name)
                return
            except client.exceptions.ClientError as error:
                if error_code(error) == "NoSuchBucket":
                    return
                # Services that deliver logs go on for some minutes after what they log has gone.
                if error_code(error) != "BucketNotEmpty" or attempt == _ROUNDS - 1:
                    raise
                time.sleep(pause(attempt, base=2))

    def _lock_of(self, client: t.Any, bucket: str, version: dict[str, str]) -> str:
        """What keeps a version from being deleted, in words; nothing where no lock does."""
        with tolerated("NoSuchObjectLockConfiguration", "InvalidRequest", "AccessDenied", "MethodNotAllowed"):
            if client.get_object_legal_hold(Bucket=bucket, **version)["LegalHold"].get("Status") == "ON":
                return "a legal hold is on it, which somebody has to take off (aws s3api put-object-legal-hold)"
        with tolerated("NoSuchObjectLockConfiguration", "InvalidRequest", "AccessDenied", "MethodNotAllowed"):
            retention = client.get_object_retention(Bucket=bucket, **version)["Retention"]
            return _in_words(retention["Mode"], f"{retention['RetainUntilDate']:%Y-%m-%d %H:%M} UTC")
        return ""

    def _empty(self, client: t.Any, bucket: str) -> None:
        """Delete every version and delete marker, a thousand a request."""

        def drop(page: dict[str, t.Any]) -> None:
            versions = [{"Key": one["Key"], "VersionId": one["VersionId"]} for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]
            if versions:
                errors = client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True}).get("Errors", [])
                if errors:
                    why = self._lock_of(client, bucket, next(one for one in versions if one["Key"] == errors[0]["Key"]))
                    raise Problem(f"{len(errors)} objects cannot be deleted, {errors[0]['Key']} for one: {why or errors[0]['Message']}")

        pages = iter(client.get_paginator("list_object_versions").paginate(Bucket=bucket))
        while some := list(itertools.islice(pages, _PAGES)):
            self.session.each(drop, some)


def _in_words(mode: str, until: str) -> str:
    bypass = "whoever may bypass governance removes it before (aws s3api delete-object --bypass-governance-retention)"
    who = {"GOVERNANCE": bypass, "COMPLIANCE": "nobody can before"}
    return f"it is locked until {until} in {mode.lower()} mode. Destroy again then; {who[mode]}"


def _encryption_rule(kms_key_arn: str) -> dict[str, t.Any]:
    if not kms_key_arn:
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms_key_arn}, "BucketKeyEnabled": True}


def _lifecycle_rule(rule: Item) -> Item:
    """A rule with every option, so that one that was taken out is a difference."""
    return {
        "name": rule["name"],
        "prefix": rule.get("prefix") or "",
        "transitions": [{"days": one["days"], "storage_class": one["storage_class"]} for one in rule.get("transitions") or ()],
        "noncurrent_transitions": [{"days": one["days"], "storage_class": one["storage_class"]} for one in rule.get("noncurrent_transitions") or ()],
        "expire_days": rule.get("expire_days") or 0,
        "expire_noncurrent_days": rule.get("expire_noncurrent_days") or 0,
        "noncurrent_versions_kept": rule.get("noncurrent_versions_kept") or 0,
        "abort_upload_days": rule.get("abort_upload_days") or 0,
        "expire_delete_markers": bool(rule.get("expire_delete_markers")),
    }


def _lifecycle_from_aws(raw: dict[str, t.Any]) -> Item:
    expiration, noncurrent = raw.get("Expiration", {}), raw.get("NoncurrentVersionExpiration", {})
    rule = _lifecycle_rule(
        {
            "name": raw.get("ID", ""),
            "prefix": raw.get("Filter", {}).get("Prefix", raw.get("Prefix", "")),
            "transitions": [{"days": one.get("Days"), "storage_class": one["StorageClass"]} for one in raw.get("Transitions", [])],
            "noncurrent_transitions": [
                {"days": one.get("NoncurrentDays"), "storage_class": one["StorageClass"]} for one in raw.get("NoncurrentVersionTransitions", [])
            ],
            "expire_days": expiration.get("Days"),
            "expire_noncurrent_days": noncurrent.get("NoncurrentDays"),
            "noncurrent_versions_kept": noncurrent.get("NewerNoncurrentVersions"),
            "abort_upload_days": raw.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
            "expire_delete_markers": expiration.get("ExpiredObjectDeleteMarker"),
        }
    )
    return rule if raw["Status"] == "Enabled" else {**rule, "name": f"{rule['name']} (disabled)"}


def _lifecycle_to_aws(rule: Item) -> dict[str, t.Any]:
    raw: dict[str, t.Any] = {"ID": rule["name"], "Status": "Enabled", "Filter": {"Prefix": rule["prefix"]}}
    if rule["transitions"]:
        raw["Transitions"] = [{"Days": one["days"], "StorageClass": one["storage_class"]} for one in rule["transitions"]]
    if rule["noncurrent_transitions"]:
        raw["NoncurrentVersionTransitions"] = [{"NoncurrentDays": one["days"], "StorageClass": one["storage_class"]} for one in rule["noncurrent_transitions"]]
    if rule["expire_days"]:
        raw["Expiration"] = {"Days": rule["expire_days"]}
    elif rule["expire_delete_markers"]:
        raw["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if rule["expire_noncurrent_days"]:
        kept = {"NewerNoncurrentVersions": rule["noncurrent_versions_kept"]} if rule["noncurrent_versions_kept"] else {}
        raw["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["expire_noncurrent_days"], **kept}
    if rule["abort_upload_days"]:
        raw["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule["abort_upload_days"]}
    return raw


def _tiering(one: Item) -> Item:
    return {
        "name": one["name"],
        "prefix": one.get("prefix") or "",
        "archive_days": one.get("archive_days") or 0,
        "deep_archive_days": one.get("deep_archive_days") or 0,
    }


def _tiering_from_aws(raw: dict[str, t.Any]) -> Item:
    days = {tier["AccessTier"]: tier["Days"] for tier in raw["Tierings"]}
    one = _tiering(
        {
            "name": raw["Id"],
            "prefix": raw.get("Filter", {}).get("Prefix"),
            "archive_days": days.get("ARCHIVE_ACCESS"),
            "deep_archive_days": days.get("DEEP_ARCHIVE_ACCESS"),
        }
    )
    return one if raw["Status"] == "Enabled" else {**one, "name": f"{one['name']} (disabled)"}


def _tiering_to_aws(one: Item) -> dict[str, t.Any]:
    tiers = (("archive_days", "ARCHIVE_ACCESS"), ("deep_archive_days", "DEEP_ARCHIVE_ACCESS"))
    return {
        "Id": one["name"],
        "Status": "Enabled",
        "Tierings": [{"Days": one[option], "AccessTier": tier} for option, tier in tiers if one[option]],
        **({"Filter": {"Prefix": one["prefix"]}} if one["prefix"] else {}),
    }


def _cors_rule(rule: Item) -> Item:
    return {
        "origins": sorted(rule["origins"]),
        "methods": sorted(rule["methods"]),
        "headers": sorted(rule.get("headers") or ()),
        "expose_headers": sorted(rule.get("expose_headers") or ()),
        "max_age_seconds": rule.get("max_age_seconds") or 0,
    }


def _cors_from_aws(raw: dict[str, t.Any]) -> Item:
    return _cors_rule(
        {
            "origins": raw["AllowedOrigins"],
            "methods": raw["AllowedMethods"],
            "headers": raw.get("AllowedHeaders"),
            "expose_headers": raw.get("ExposeHeaders"),
            "max_age_seconds": raw.get("MaxAgeSeconds"),
        }
    )


def _cors_to_aws(rule: Item) -> dict[str, t.Any]:
    raw: dict[str, t.Any] = {"AllowedOrigins": rule["origins"], "AllowedMethods": rule["methods"]}
    for option, parameter in (("headers", "AllowedHeaders"), ("expose_headers", "ExposeHeaders"), ("max_age_seconds", "MaxAgeSeconds")):
        if rule[option]:
            raw[parameter] = rule[option]
    return raw


def _replication_rule(rule: Item) -> Item:
    """A rule with every option."""
    return {
        "name": rule["name"],
        "prefix": rule.get("prefix") or "",
        "bucket_arn": rule["bucket_arn"],
        "kms_key_arn": rule.get("kms_key_arn") or "",
        "storage_class": rule.get("storage_class") or "",
        "delete_markers": bool(rule.get("delete_markers")),
        "metrics": bool(rule.get("metrics")),
    }


def _replication_from_aws(raw: dict[str, t.Any]) -> Item:
    destination = raw["Destination"]
    rule = _replication_rule(
        {
            "name": raw.get("ID", ""),
            "prefix": raw.get("Filter", {}).get("Prefix", raw.get("Prefix", "")),
            "bucket_arn": destination["Bucket"],
            "kms_key_arn": destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID"),
            "storage_class": destination.get("StorageClass"),
            "delete_markers": raw.get("DeleteMarkerReplication", {}).get("Status") == "Enabled",
            "metrics": destination.get("Metrics", {}).get("Status") == "Enabled",
        }
    )
    return rule if raw["Status"] == "Enabled" else {**rule, "name": f"{rule['name']} (disabled)"}


def _replication_to_aws(rule: Item, priority: int) -> dict[str, t.Any]:
    destination: dict[str, t.Any] = {"Bucket": rule["bucket_arn"]}
    raw: dict[str, t.Any] = {
        "ID": rule["name"],
        "Priority": priority,
        "Status": "Enabled",
        "Filter": {"Prefix": rule["prefix"]},
        "DeleteMarkerReplication": {"Status": "Enabled" if rule["delete_markers"] else "Disabled"},
        "Destination": destination,
    }
    if rule["kms_key_arn"]:
        raw["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": rule["kms_key_arn"]}
    if rule["storage_class"]:
        destination["StorageClass"] = rule["storage_class"]
    if rule["metrics"]:
        destination["Metrics"] = {"Status": "Enabled"}
    return raw

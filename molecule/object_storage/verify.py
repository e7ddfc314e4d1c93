# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3. Called with the region and the prefix of every name."""

from __future__ import annotations

import json
import sys

import boto3

region, prefix = sys.argv[1:]
account = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
s3 = boto3.client("s3", region_name=region)
names = {one: f"{prefix}-{account}-{region}-{one}" for one in ("assets", "uploads", "logs", "archive", "fallback")}
# Beside the one that runs take their lock in.
assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if not bucket["Name"].endswith("-runs")} == set(names.values())
key = boto3.client("kms", region_name=region).describe_key(KeyId=f"alias/{prefix}-storage")["KeyMetadata"]["Arn"]

for one, name in names.items():
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced"
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    with_kms = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
    if one in ("logs", "fallback"):
        assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    else:
        assert encryption == with_kms, encryption
    denials = [statement for statement in json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"] if statement["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in denials]
    logging = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled")
    assert logging is None if one == "logs" else (logging["TargetBucket"], logging["TargetPrefix"]) == (names["logs"], f"s3/{one}/")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    moves = [(step["Days"], step["StorageClass"]) for rule in rules for step in rule.get("Transitions", [])]
    assert moves == {"logs": [(180, "GLACIER")], "archive": [(180, "GLACIER")], "uploads": [(0, "INTELLIGENT_TIERING")]}.get(one, [])

tiers = s3.list_bucket_intelligent_tiering_configurations(Bucket=names["uploads"])["IntelligentTieringConfigurationList"]
assert tiers[0]["Tierings"] == [{"Days": 180, "AccessTier": "ARCHIVE_ACCESS"}]
assert all(origin.startswith("https://") for origin in s3.get_bucket_cors(Bucket=names["uploads"])["CORSRules"][0]["AllowedOrigins"])

# What the destruction has to cope with: versions and a delete marker.
for _ in range(2):
    s3.put_object(Bucket=names["uploads"], Key="picture", Body=b"x")
s3.delete_object(Bucket=names["uploads"], Key="picture")
assert len(s3.list_object_versions(Bucket=names["uploads"])["Versions"]) >= 2

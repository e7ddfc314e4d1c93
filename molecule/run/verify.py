# SPDX-License-Identifier: GPL-3.0-or-later
"""The bucket of the lock and the records, as boto3 sees it."""

from __future__ import annotations

import json
import sys

import boto3

(bucket,) = sys.argv[1:]
s3 = boto3.client("s3", region_name="us-east-1")
place = {"Bucket": bucket}

assert s3.get_bucket_versioning(**place)["Status"] == "Enabled"
assert all(s3.get_public_access_block(**place)["PublicAccessBlockConfiguration"].values())
(rule,) = s3.get_bucket_encryption(**place)["ServerSideEncryptionConfiguration"]["Rules"]
assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
statements = {one["Sid"]: one for one in json.loads(s3.get_bucket_policy(**place)["Policy"])["Statement"]}
assert statements["RecordsAreWrittenOnce"]["Condition"] == {"Null": {"s3:if-none-match": "true"}}
rules = {one["ID"]: one for one in s3.get_bucket_lifecycle_configuration(**place)["Rules"]}
assert rules["records"]["Expiration"]["Days"] == 730 and rules["records"]["Filter"]["Prefix"] == "runs/"
assert "Expiration" not in rules["lock"]

# Each run that had the lock has given it back, and left a record.
keys = [one["Key"] for one in s3.list_objects_v2(**place)["Contents"]]
records = [json.loads(s3.get_object(**place, Key=key)["Body"].read()) for key in sorted(keys) if key.startswith("runs/")]
assert [record["result"] for record in records] == ["changed", "unchanged"], records

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3. Called with the region and the prefix of every name."""

from __future__ import annotations

import sys

import boto3

region, prefix = sys.argv[1:]
secrets = boto3.client("secretsmanager", region_name=region)
key = boto3.client("kms", region_name=region).describe_key(KeyId=f"alias/{prefix}-secrets")["KeyMetadata"]["Arn"]
listed = {secret["Name"]: secret for secret in secrets.list_secrets()["SecretList"]}
assert set(listed) == {f"{prefix}-cache_auth", f"{prefix}-origin_header"}, listed

values = {name: secrets.get_secret_value(SecretId=name)["SecretString"] for name in listed}
assert all(secret["KmsKeyId"] == key for secret in listed.values())
# Never printed: an assertion that fails shows a length at most.
assert {len(value) for value in values.values()} == {64}
assert len(set(values.values())) == 2
# Whatever is not taken by ElastiCache or by the load balancer.
assert not [name for name, value in values.items() if set(value) & set('@"/ *?')]
assert all(len(secrets.list_secret_version_ids(SecretId=name)["Versions"]) == 1 for name in listed)

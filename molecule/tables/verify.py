# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3: verify.py REGION OTHER PREFIX. Writes in either region, and reads in the other."""

from __future__ import annotations

import sys

import boto3

region, other, prefix = sys.argv[1:]
here, there = (boto3.client("dynamodb", region_name=one) for one in (region, other))
name = f"{prefix}-app"

table = here.describe_table(TableName=name)["Table"]
assert {one["KeyType"]: one["AttributeName"] for one in table["KeySchema"]} == {"HASH": "pk", "RANGE": "sk"}
assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-change"]
assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
assert table["SSEDescription"]["KMSMasterKeyArn"].startswith(f"arn:aws:kms:{region}:"), table["SSEDescription"]
assert [(one["RegionName"], one["ReplicaStatus"]) for one in table["Replicas"]] == [(other, "ACTIVE")]
for client, cell, where in ((here, "sandbox-apse1", region), (there, "sandbox-use1", other)):
    found = client.describe_table(TableName=name)["Table"]
    assert found["DeletionProtectionEnabled"], where
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]}
    assert (tags["Cell"], tags["Layer"], tags["DataClass"]) == (cell, "tables", "tables"), tags
    recovery = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", 1), recovery
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "expires"

targets = boto3.client("application-autoscaling", region_name=region).describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
assert sorted((one["ResourceId"], one["ScalableDimension"].rpartition(":")[2]) for one in targets) == sorted(
    (f"table/{name}{index}", f"{way}CapacityUnits") for index in ("", "/index/by-change") for way in ("Read", "Write")
)

here.put_item(TableName=name, Item={"pk": {"S": "USER#1"}, "sk": {"S": "ITEM#1"}, "changed": {"S": "2026-01-01T00:00:00Z"}})
there.put_item(TableName=name, Item={"pk": {"S": "USER#1"}, "sk": {"S": "ITEM#2"}, "changed": {"S": "2026-02-01T00:00:00Z"}})
for client in (here, there):
    answer = client.query(
        TableName=name, IndexName="by-change", KeyConditionExpression="pk = :pk AND changed > :since",
        ExpressionAttributeValues={":pk": {"S": "USER#1"}, ":since": {"S": "2026-01-15T00:00:00Z"}},
    )  # fmt: skip
    assert [one["sk"]["S"] for one in answer["Items"]] == ["ITEM#2"], answer

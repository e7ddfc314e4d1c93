# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that the functions are about: table.py REGION PREFIX makes it where it is not there, and prints the ARN of its stream."""

from __future__ import annotations

import sys

import boto3

region, prefix = sys.argv[1:]
client = boto3.client("dynamodb", region_name=region)
name, keys = f"{prefix}-app", {"pk": "HASH", "sk": "RANGE", "changed": "RANGE"}
if name not in client.list_tables()["TableNames"]:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": keys[key]} for key in ("pk", "sk")],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-change",
                "KeySchema": [{"AttributeName": key, "KeyType": keys[key]} for key in ("pk", "changed")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
print(client.describe_table(TableName=name)["Table"]["LatestStreamArn"])

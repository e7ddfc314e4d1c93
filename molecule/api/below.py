# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API stands on: below.py REGION PREFIX makes table, function, users and their client where they are not there, and prints what the role asks for."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import boto3

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))
from ansible_collections.groundswell.aws.plugins.module_utils import packages

region, prefix = sys.argv[1:]
functions, users, tables, iam = (boto3.client(service, region_name=region) for service in ("lambda", "cognito-idp", "dynamodb", "iam"))
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
KEYS = {"pk": "HASH", "sk": "RANGE", "changed": "RANGE"}
# Whose it is, as the layer that keeps functions says it: another than that of the API.
TAGS = {"Project": "groundswell", "Environment": "sandbox", "Cell": "sandbox-apse1", "ManagedBy": "groundswell", "Layer": "functions"}

if not users.list_user_pools(MaxResults=60)["UserPools"]:
    tables.create_table(
        TableName=f"{prefix}-app",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": KEYS[key]} for key in ("pk", "sk")],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-change",
                "KeySchema": [{"AttributeName": key, "KeyType": KEYS[key]} for key in ("pk", "changed")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    with tempfile.TemporaryDirectory() as builds:
        package = packages.build(Path(__file__).parents[2] / "apps" / "mobile_backend", "python3.13", "arm64", Path(builds))
        code = {"Code": {"ZipFile": Path(package["path"]).read_bytes()}, "Runtime": "python3.13", "Handler": "backend.api.handler"}
    role = iam.create_role(RoleName=f"{prefix}-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    surroundings = {"Variables": {"TABLE_NAME": f"{prefix}-app"}}
    functions.create_function(FunctionName=f"{prefix}-api", Role=role, MemorySize=512, Timeout=10, Environment=surroundings, Tags=TAGS, **code)
    functions.publish_version(FunctionName=f"{prefix}-api")
    functions.create_alias(FunctionName=f"{prefix}-api", Name="live", FunctionVersion="1")
    made = users.create_user_pool(PoolName=f"{prefix}-users", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    users.create_user_pool_client(UserPoolId=made, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])

(pool,) = (one["Id"] for one in users.list_user_pools(MaxResults=60)["UserPools"])
(client,) = (one["ClientId"] for one in users.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"])
alias = functions.get_alias(FunctionName=f"{prefix}-api", Name="live")["AliasArn"]
print(json.dumps({"function": alias, "issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool}", "client": client}))

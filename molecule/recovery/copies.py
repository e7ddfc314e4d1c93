# SPDX-License-Identifier: GPL-3.0-or-later
"""What a region that stands by has of another one, made by plain boto3 and once: copies.py REGION DATABASE."""

from __future__ import annotations

import sys

import boto3

region, database = sys.argv[1:]
SOURCE = "us-east-1"

rds, secrets = boto3.client("rds", region_name=SOURCE), boto3.client("secretsmanager", region_name=SOURCE)
if not rds.describe_db_instances()["DBInstances"]:
    source = rds.create_db_instance(
        DBInstanceIdentifier=database, Engine="mysql", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="made-up-of-a-test", BackupRetentionPeriod=7,
    )["DBInstance"]["DBInstanceArn"]  # fmt: skip
    boto3.client("rds", region_name=region).create_db_instance_read_replica(
        DBInstanceIdentifier=database, SourceDBInstanceIdentifier=source, SourceRegion=SOURCE
    )
    secrets.create_secret(Name=f"{database}-database-credentials", SecretString="made up", AddReplicaRegions=[{"Region": region}])

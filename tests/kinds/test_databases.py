# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases: what leaves its region, and what does not."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsInstances, RdsReadReplicas
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from conftest import REGION

FAR = "us-east-1"
MYSQL = {"Engine": "mysql", "DBInstanceClass": "db.m7g.large", "AllocatedStorage": 20, "StorageType": "gp3", "MasterUsername": "admin"}


def subnet_group(simulator, region: str, block: str, name: str) -> None:
    ec2 = simulator.client("ec2", region)
    vpc = ec2.create_vpc(CidrBlock=f"{block}.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block}.{number}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    simulator.client("rds", region).create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=subnets)


@pytest.fixture
def source(simulator) -> str:
    """ARN of an encrypted database in the other region."""
    subnet_group(simulator, FAR, "10.1", "far")
    subnet_group(simulator, REGION, "10.2", "acme-dev")
    key = simulator.client("kms", FAR).create_key()["KeyMetadata"]["Arn"]
    made = simulator.client("rds", FAR).create_db_instance(
        DBInstanceIdentifier="acme-dev", DBSubnetGroupName="far", MasterUserPassword="made-up-of-a-test", BackupRetentionPeriod=7,
        StorageEncrypted=True, KmsKeyId=key, **MYSQL,
    )  # fmt: skip
    return made["DBInstance"]["DBInstanceArn"]


def test_a_copy_in_another_region_and_what_becomes_of_it(keep, clear, simulator, source):
    """It has the groups and the key of its own region; promoted, it is one that stands for itself."""
    rds, key = simulator.client("rds"), simulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    rds.create_db_parameter_group(DBParameterGroupName="acme-dev-mysql84", DBParameterGroupFamily="mysql8.4", Description="d")
    copy = {
        "name": "acme-dev", "replica_of": source, "instance_class": "db.m7g.large", "subnet_group": "acme-dev", "parameter_group": "acme-dev-mysql84",
        "kms_key_arn": key, "deletion_protection": True,
    }  # fmt: skip
    first = keep(RdsReadReplicas, [copy])
    assert [change.action for change in first.changes] == ["create"]
    (shown,) = rds.describe_db_instances()["DBInstances"]
    assert (shown["ReadReplicaSourceDBInstanceIdentifier"], shown["KmsKeyId"], shown["DBSubnetGroup"]["DBSubnetGroupName"]) == (source, key, "acme-dev")
    assert shown["DBParameterGroups"][0]["DBParameterGroupName"] == "acme-dev-mysql84"
    assert keep(RdsReadReplicas, [copy]).changes == []
    assert keep(RdsInstances, []).undeclared == []

    rds.promote_read_replica(DBInstanceIdentifier="acme-dev")
    with pytest.raises(Problem, match="no replica any more but a database of its own"):
        keep(RdsReadReplicas, [copy], replace=("acme-dev",))
    assert keep(RdsReadReplicas, []).undeclared == []
    assert keep(RdsInstances, []).undeclared == ["acme-dev"]
    keep(RdsInstances, [], remove=("*",), data=True, final_snapshot=False)

    keep(RdsReadReplicas, [copy])
    clear(RdsReadReplicas)
    assert rds.describe_db_instances()["DBInstances"] == []
    assert simulator.client("rds", FAR).describe_db_instances()["DBInstances"][0]["ReadReplicaDBInstanceIdentifiers"] == []


def test_how_a_source_is_named(keep):
    near = {"name": "acme-dev-replica", "replica_of": "acme-dev", "instance_class": "db.m7g.large", "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/k"}
    with pytest.raises(Problem, match="kms_key_arn is its source's"):
        keep(RdsReadReplicas, [near])
    with pytest.raises(Problem, match="by its identifier, not by its ARN"):
        keep(RdsReadReplicas, [{"name": "acme-dev-replica", "replica_of": f"arn:aws:rds:{REGION}:123456789012:db:acme-dev", "instance_class": "db.m7g.large"}])

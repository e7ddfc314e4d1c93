# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of RDS for MySQL, Aurora MySQL and RDS Proxy: each refusal, and its nearest neighbour that is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

PASSWORD = {"MasterUserPassword": "correct-horse-battery"}
MYSQL = {
    "Engine": "mysql",
    "EngineVersion": "8.4",
    "DBInstanceClass": "db.m7g.large",
    "AllocatedStorage": 100,
    "StorageType": "gp3",
    "MasterUsername": "admin",
    "DBSubnetGroupName": "group",
    **PASSWORD,
}
AURORA = {"Engine": "aurora-mysql", "EngineVersion": "8.4.7", "MasterUsername": "admin", "DBSubnetGroupName": "group", **PASSWORD}
MEMBER = {"Engine": "aurora-mysql", "DBClusterIdentifier": "cluster", "DBInstanceClass": "db.r7g.large"}


def refused(code: str, call: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError) as raised:
        call(**params)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error["Message"]


@pytest.fixture
def subnets(simulator: Simulated) -> list[str]:
    """One in each of three zones, the fourth in the first zone again."""
    ec2 = simulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("abca")
    ]


@pytest.fixture
def rds(simulator: Simulated, subnets: list[str]) -> Any:
    client = simulator.client("rds")
    client.create_db_subnet_group(DBSubnetGroupName="group", DBSubnetGroupDescription="d", SubnetIds=subnets[:3])
    return client


def role(simulator: Simulated, name: str, service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return simulator.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


# What CreateDBInstance refuses, with the rule's id; beside it what it accepts.
CREATIONS = [
    ("R-RDS-01", "InvalidParameterValue", {"AllocatedStorage": 19}, {"AllocatedStorage": 20}),
    ("R-RDS-01", "InvalidParameterValue", {"StorageType": "io2", "AllocatedStorage": 99, "Iops": 1000}, {"StorageType": "io2", "Iops": 1000}),
    ("R-RDS-02", "InvalidParameterCombination", {"Iops": 12000}, {"AllocatedStorage": 400, "Iops": 12000}),
    ("R-RDS-02", "InvalidParameterCombination", {"StorageThroughput": 500}, {"AllocatedStorage": 400, "StorageThroughput": 500}),
    ("R-RDS-03", "InvalidParameterCombination", {"StorageType": "io1"}, {"StorageType": "io1", "Iops": 1000}),
    ("R-RDS-03", "InvalidParameterCombination", {"StorageType": "io1", "Iops": 5001}, {"StorageType": "io1", "Iops": 5000}),
    ("R-RDS-34", "InvalidParameterCombination", {"MaxAllocatedStorage": 109}, {"MaxAllocatedStorage": 110}),
    ("R-RDS-05", "InvalidParameterValue", {"MonitoringInterval": 7}, {"MonitoringInterval": 0}),
    ("R-RDS-06", "InvalidParameterCombination", {"MultiAZ": True, "AvailabilityZone": "eu-west-1a"}, {"MultiAZ": False, "AvailabilityZone": "eu-west-1a"}),
    (
        "R-RDS-07",
        "InvalidParameterCombination",
        {"DBInstanceClass": "db.t4g.small", "EnablePerformanceInsights": True},
        {"DBInstanceClass": "db.t4g.medium", "EnablePerformanceInsights": True},
    ),
    (
        "R-RDS-08",
        "InvalidParameterValue",
        {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 30},
        {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 31},
    ),
    ("R-RDS-10", "InvalidParameterValue", {"MasterUserPassword": "short"}, {"MasterUserPassword": "8letters"}),
    ("R-RDS-10", "InvalidParameterValue", {"MasterUserPassword": "with/slash"}, {"MasterUserPassword": "with-hyphen"}),
    ("R-RDS-11", "InvalidParameterValue", {"MasterUsername": "rdsadmin"}, {"MasterUsername": "dba"}),
    ("R-RDS-11", "InvalidParameterValue", {"MasterUsername": "seventeen_letters"}, {"MasterUsername": "sixteen_letters_"}),
    ("R-RDS-21", "InvalidParameterCombination", {"ManageMasterUserPassword": True}, {"ManageMasterUserPassword": False}),
    ("R-RDS-25", "InvalidParameterCombination", {"EngineVersion": "5.7.44"}, {"EngineVersion": "8.4.9"}),
    ("R-RDS-28", "InvalidParameterCombination", {"DBInstanceClass": "db.m99.large"}, {"DBInstanceClass": "db.m8g.large"}),
    (
        "R-RDS-28",
        "InvalidParameterCombination",
        {"DBInstanceClass": "db.t4g.micro", "StorageType": "io2", "Iops": 1000},
        {"DBInstanceClass": "db.t4g.medium", "StorageType": "io2", "Iops": 1000},
    ),
    ("R-RDS-29", "InvalidParameterCombination", {"EnableCloudwatchLogsExports": ["postgresql"]}, {"EnableCloudwatchLogsExports": ["error"]}),
    ("R-RDS-36", "InvalidParameterValue", {"VpcSecurityGroupIds": ["sg-0123456789abcdef0"]}, {"VpcSecurityGroupIds": []}),
    (
        "R-AUR-16",
        "InvalidParameterCombination",
        {"DatabaseInsightsMode": "advanced", "EnablePerformanceInsights": True},
        {"DatabaseInsightsMode": "advanced", "EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 465},
    ),
]


def test_creations(rds):
    """One account for all of them: making one takes longer than asking it."""
    for number, (rule, code, wrong, right) in enumerate(CREATIONS):
        name = f"db{number}"
        with pytest.raises(ClientError) as raised:
            rds.create_db_instance(DBInstanceIdentifier=name, **MYSQL | wrong)
        error = raised.value.response["Error"]
        assert (error["Code"], f"[simulator rule {rule}" in error["Message"]) == (code, True), (rule, error["Message"])
        rds.create_db_instance(DBInstanceIdentifier=name, **MYSQL | right)


def test_monitoring_needs_a_role_that_trusts(simulator, rds):
    stranger = role(simulator, "stranger", "ec2.amazonaws.com")
    refused("InvalidParameterValue", rds.create_db_instance, DBInstanceIdentifier="db", **MYSQL, MonitoringInterval=60, MonitoringRoleArn=stranger)
    arn = role(simulator, "monitoring", "monitoring.rds.amazonaws.com")
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, MonitoringInterval=60, MonitoringRoleArn=arn, BackupRetentionPeriod=1)
    replica = {"DBInstanceIdentifier": "replica", "SourceDBInstanceIdentifier": "db", "MonitoringInterval": 60}
    refused("InvalidParameterCombination", rds.create_db_instance_read_replica, **replica)
    rds.create_db_instance_read_replica(**replica, MonitoringRoleArn=arn)


def test_groups_of_another_vpc(simulator, rds, subnets):
    ec2 = simulator.client("ec2")
    vpcs = [ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"], ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]]
    near, far = (ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"] for vpc in vpcs)
    refused("InvalidVPCNetworkStateFault", rds.create_db_instance, DBInstanceIdentifier="db", **MYSQL, VpcSecurityGroupIds=[far])
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, VpcSecurityGroupIds=[near])


def test_storage_changes(rds):
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL)
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", AllocatedStorage=99)
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", Iops=12000)
    grown = rds.modify_db_instance(DBInstanceIdentifier="db", AllocatedStorage=105, ApplyImmediately=True)["DBInstance"]
    assert grown["AllocatedStorage"] == 110


def test_storage_rests_for_six_hours(start_simulator):
    simulator = start_simulator("--latency", "aws", "--time-scale", "4000")
    rds = simulator.client("rds")
    plain = {key: value for key, value in MYSQL.items() if key != "DBSubnetGroupName"}
    rds.create_db_instance(DBInstanceIdentifier="db", **plain)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    rds.modify_db_instance(DBInstanceIdentifier="db", AllocatedStorage=200, ApplyImmediately=True)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", AllocatedStorage=300, ApplyImmediately=True)


def test_managed_password(rds):
    managed = {key: value for key, value in MYSQL.items() if key != "MasterUserPassword"}
    refused("InvalidParameterValue", rds.create_db_instance, DBInstanceIdentifier="db", **managed)
    rds.create_db_instance(DBInstanceIdentifier="db", **managed, ManageMasterUserPassword=True, BackupRetentionPeriod=1)
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", ManageMasterUserPassword=False)
    refused("InvalidParameterValue", rds.create_db_instance_read_replica, DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    rds.modify_db_instance(DBInstanceIdentifier="db", ManageMasterUserPassword=False, ApplyImmediately=True, **PASSWORD)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")


def test_replicas(rds):
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=0)
    replica = {"DBInstanceIdentifier": "replica", "SourceDBInstanceIdentifier": "db"}
    refused("InvalidDBInstanceState", rds.create_db_instance_read_replica, **replica)
    rds.modify_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=1, ApplyImmediately=True)
    refused("InvalidParameterCombination", rds.create_db_instance_read_replica, **replica, DBParameterGroupName="default.mysql8.4")
    refused("InvalidParameterValue", rds.create_db_instance_read_replica, **replica | {"DBInstanceIdentifier": "two--hyphens"})
    rds.create_db_instance_read_replica(**replica)
    refused("InvalidDBInstanceState", rds.modify_db_instance, DBInstanceIdentifier="db", BackupRetentionPeriod=0)
    refused("InvalidDBInstanceState", rds.stop_db_instance, DBInstanceIdentifier="db")
    refused("InvalidDBInstanceState", rds.promote_read_replica, DBInstanceIdentifier="db")
    refused("InvalidParameterCombination", rds.reboot_db_instance, DBInstanceIdentifier="db", ForceFailover=True)
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="replica", FinalDBSnapshotIdentifier="final")
    for number in range(2, 16):
        rds.create_db_instance_read_replica(DBInstanceIdentifier=f"replica{number}", SourceDBInstanceIdentifier="db")
    refused("InstanceQuotaExceeded", rds.create_db_instance_read_replica, DBInstanceIdentifier="replica16", SourceDBInstanceIdentifier="db")
    rds.promote_read_replica(DBInstanceIdentifier="replica")


FAR = "us-east-1"


@pytest.fixture
def far(simulator: Simulated) -> Any:
    """RDS in another region, with what a replica needs there: `group` and a key."""
    ec2 = simulator.client("ec2", FAR)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=f"{FAR}{zone}")["Subnet"]["SubnetId"] for number, zone in enumerate("ab")
    ]
    client = simulator.client("rds", FAR)
    client.create_db_subnet_group(DBSubnetGroupName="far-group", DBSubnetGroupDescription="d", SubnetIds=subnets)
    return client


def test_a_replica_in_another_region(simulator, rds, far):
    keys = {region: simulator.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in ("eu-west-1", FAR)}
    source = rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=1, StorageEncrypted=True, KmsKeyId=keys["eu-west-1"])[
        "DBInstance"
    ]
    replica = {
        "DBInstanceIdentifier": "db",
        "SourceDBInstanceIdentifier": source["DBInstanceArn"],
        "SourceRegion": "eu-west-1",
        "DBSubnetGroupName": "far-group",
    }
    refused("InvalidParameterCombination", far.create_db_instance_read_replica, **replica)
    refused("KMSKeyNotAccessibleFault", far.create_db_instance_read_replica, **replica, KmsKeyId=keys["eu-west-1"])
    refused("DBSubnetGroupNotFoundFault", far.create_db_instance_read_replica, **replica | {"DBSubnetGroupName": "group", "KmsKeyId": keys[FAR]})
    made = far.create_db_instance_read_replica(**replica, KmsKeyId=keys[FAR])["DBInstance"]
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert (made["DBSubnetGroup"]["DBSubnetGroupName"], made["KmsKeyId"]) == ("far-group", keys[FAR])
    assert made["DBInstanceArn"].split(":")[3] == FAR
    assert FAR in made["Endpoint"]["Address"]
    assert rds.describe_db_instances()["DBInstances"][0]["ReadReplicaDBInstanceIdentifiers"] == [made["DBInstanceArn"]]
    far.promote_read_replica(DBInstanceIdentifier="db")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in far.describe_db_instances()["DBInstances"][0]
    assert rds.describe_db_instances()["DBInstances"][0]["ReadReplicaDBInstanceIdentifiers"] == []
    far.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    far.create_db_instance_read_replica(**replica, KmsKeyId=keys[FAR])
    far.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert rds.describe_db_instances()["DBInstances"][0]["ReadReplicaDBInstanceIdentifiers"] == []
    assert far.describe_db_instances()["DBInstances"] == []


def test_final_snapshots(rds):
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL)
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="db")
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="db", SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="final")
    rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="final")
    assert [one["DBSnapshotIdentifier"] for one in rds.describe_db_snapshots()["DBSnapshots"]] == ["final"]


def test_subnet_groups(rds, subnets):
    one_zone = {"DBSubnetGroupDescription": "d", "SubnetIds": [subnets[0], subnets[3]]}
    refused("DBSubnetGroupDoesNotCoverEnoughAZs", rds.create_db_subnet_group, DBSubnetGroupName="narrow", **one_zone)
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL)
    refused("InvalidDBSubnetGroupStateFault", rds.delete_db_subnet_group, DBSubnetGroupName="group")
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(DBSubnetGroupName="group")


def test_parameter_groups(rds):
    refused("InvalidParameterValue", rds.create_db_parameter_group, DBParameterGroupName="under_score", DBParameterGroupFamily="mysql8.4", Description="d")
    refused("InvalidParameterValue", rds.create_db_parameter_group, DBParameterGroupName="mine", DBParameterGroupFamily="mysql9.9", Description="d")
    rds.create_db_parameter_group(DBParameterGroupName="mine", DBParameterGroupFamily="mysql8.4", Description="d")
    rds.create_db_parameter_group(DBParameterGroupName="old", DBParameterGroupFamily="mysql8.0", Description="d")

    def given(name: str, value: str, how: str = "pending-reboot") -> dict[str, Any]:
        return {"DBParameterGroupName": "mine", "Parameters": [{"ParameterName": name, "ParameterValue": value, "ApplyMethod": how}]}

    refused("InvalidParameterValue", rds.modify_db_parameter_group, **given("no_such_parameter", "1"))
    refused("InvalidParameterValue", rds.modify_db_parameter_group, **given("default_time_zone", "UTC"))
    refused("InvalidParameterValue", rds.modify_db_parameter_group, **given("require_secure_transport", "2", "immediate"))
    refused("InvalidParameterCombination", rds.modify_db_parameter_group, **given("performance_schema", "1", "immediate"))
    refused("InvalidParameterValue", rds.modify_db_parameter_group, **{**given("back_log", "9"), "Parameters": given("back_log", "9")["Parameters"] * 21})
    refused("InvalidDBParameterGroupState", rds.modify_db_parameter_group, **{**given("back_log", "9"), "DBParameterGroupName": "default.mysql8.4"})
    rds.modify_db_parameter_group(**given("performance_schema", "1"))
    refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="db", **MYSQL, DBParameterGroupName="old")
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, DBParameterGroupName="mine")
    refused("InvalidDBParameterGroupState", rds.delete_db_parameter_group, DBParameterGroupName="mine")
    rds.delete_db_parameter_group(DBParameterGroupName="old")


def test_upgrades(rds):
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL | {"EngineVersion": "8.0.46"})
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", EngineVersion="8.4.9")
    refused("InvalidParameterCombination", rds.modify_db_instance, DBInstanceIdentifier="db", EngineVersion="8.0.43")
    changed = rds.modify_db_instance(DBInstanceIdentifier="db", EngineVersion="8.4.9", AllowMajorVersionUpgrade=True, ApplyImmediately=True)
    assert changed["DBInstance"]["EngineVersion"] == "8.4.9"


# Aurora -----------------------------------------------------------------------------------------------------------------------


def test_clusters(rds):
    refused("InvalidParameterValue", rds.create_db_cluster, DBClusterIdentifier="cluster", **AURORA, BackupRetentionPeriod=0)
    refused("InvalidParameterValue", rds.create_db_cluster, DBClusterIdentifier="1cluster", **AURORA)
    rds.create_db_cluster(DBClusterIdentifier="cluster", **AURORA, BackupRetentionPeriod=1)
    refused("InvalidDBClusterStateFault", rds.create_db_instance, DBInstanceIdentifier="one", **MEMBER | {"DBInstanceClass": "db.serverless"})
    refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="one", **MEMBER | {"DBInstanceClass": "db.t4g.micro"})
    refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="one", **MEMBER, MasterUsername="admin")
    refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="one", **MEMBER, MultiAZ=True)
    rds.modify_db_cluster(DBClusterIdentifier="cluster", ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 2})
    rds.create_db_instance(DBInstanceIdentifier="one", **MEMBER | {"DBInstanceClass": "db.serverless"})
    rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="cluster")
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="cluster", SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="final")
    rds.delete_db_cluster(DBClusterIdentifier="cluster", SkipFinalSnapshot=True)


# Proxies ----------------------------------------------------------------------------------------------------------------------


def test_proxies(simulator, rds, subnets):
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=1)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    secret = simulator.client("secretsmanager").create_secret(Name="login", SecretString='{"username": "u", "password": "p"}')["ARN"]
    proxy = {
        "DBProxyName": "proxy",
        "EngineFamily": "MYSQL",
        "RoleArn": role(simulator, "proxy", "rds.amazonaws.com"),
        "Auth": [{"AuthScheme": "SECRETS", "SecretArn": secret, "IAMAuth": "DISABLED"}],
    }
    refused("InvalidSubnet", rds.create_db_proxy, **proxy, VpcSubnetIds=[subnets[0], subnets[3]])
    rds.create_db_proxy(**proxy, VpcSubnetIds=subnets[:2])
    refused("DBInstanceNotFound", rds.register_db_proxy_targets, DBProxyName="proxy", DBInstanceIdentifiers=["none"])
    refused("InvalidDBInstanceState", rds.register_db_proxy_targets, DBProxyName="proxy", DBInstanceIdentifiers=["replica"])
    rds.register_db_proxy_targets(DBProxyName="proxy", DBInstanceIdentifiers=["db"])
    refused("DBProxyTargetAlreadyRegisteredFault", rds.register_db_proxy_targets, DBProxyName="proxy", DBInstanceIdentifiers=["db"])
    assert rds.describe_db_proxy_targets(DBProxyName="proxy")["Targets"][0]["TargetHealth"] == {"State": "AVAILABLE"}
    simulator.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="no json")
    assert rds.describe_db_proxy_targets(DBProxyName="proxy")["Targets"][0]["TargetHealth"]["Reason"] == "AUTH_FAILURE"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto lacks of RDS and Aurora and the simulator adds: how databases are described, what waits, what goes with what."""

from __future__ import annotations

import json

from test_rules_rds import AURORA, MEMBER, MYSQL, rds, refused, subnets  # noqa: F401 - fixtures


def test_gp3_shows_its_baseline(rds):  # noqa: F811
    small = rds.create_db_instance(DBInstanceIdentifier="small", **MYSQL)["DBInstance"]
    large = rds.create_db_instance(DBInstanceIdentifier="large", **MYSQL | {"AllocatedStorage": 400})["DBInstance"]
    assert (small["Iops"], small["StorageThroughput"]) == (3000, 125)
    assert (large["Iops"], large["StorageThroughput"]) == (12000, 500)


def test_a_standby_stands_in_another_zone(rds):  # noqa: F811
    both = rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, MultiAZ=True)["DBInstance"]
    assert both["SecondaryAvailabilityZone"] != both["AvailabilityZone"]


def test_what_is_dropped_by_moto_is_shown(rds):  # noqa: F811
    asked = {
        "EnablePerformanceInsights": True,
        "PerformanceInsightsRetentionPeriod": 31,
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
    }
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, **asked)
    shown = rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]
    assert (shown["PerformanceInsightsEnabled"], shown["PerformanceInsightsRetentionPeriod"]) == (True, 31)
    assert shown["EngineLifecycleSupport"] == "open-source-rds-extended-support-disabled"
    assert shown["EngineVersion"] == "8.4.9"
    assert shown["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"


def test_changes_wait_for_the_window(rds):  # noqa: F811
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL)
    waiting = rds.modify_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.m7g.xlarge", DeletionProtection=True)["DBInstance"]
    assert (waiting["DBInstanceClass"], waiting["PendingModifiedValues"]["DBInstanceClass"]) == ("db.m7g.large", "db.m7g.xlarge")
    assert waiting["DeletionProtection"] is True
    done = rds.modify_db_instance(DBInstanceIdentifier="db", ApplyImmediately=True)["DBInstance"]
    assert (done["DBInstanceClass"], done["PendingModifiedValues"]) == ("db.m7g.xlarge", {})


def test_the_managed_secret_is_real_and_goes_with_its_database(simulator, rds):  # noqa: F811
    managed = {key: value for key, value in MYSQL.items() if key != "MasterUserPassword"} | {"ManageMasterUserPassword": True}
    secrets = simulator.client("secretsmanager")
    values = []
    for name in ("one", "two"):
        arn = rds.create_db_instance(DBInstanceIdentifier=name, **managed)["DBInstance"]["MasterUserSecret"]["SecretArn"]
        assert ":secret:rds!db-" in arn
        values.append(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]))
    assert [value["username"] for value in values] == ["admin", "admin"]
    assert len({value["password"] for value in values}) == 2
    rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    assert len(secrets.list_secrets()["SecretList"]) == 1


def test_parameters_come_from_a_catalogue(rds):  # noqa: F811
    rds.create_db_parameter_group(DBParameterGroupName="mine", DBParameterGroupFamily="mysql8.4", Description="d")
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, DBParameterGroupName="mine")
    change = [{"ParameterName": "performance_schema", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}]
    rds.modify_db_parameter_group(DBParameterGroupName="mine", Parameters=change)
    ours = rds.describe_db_parameters(DBParameterGroupName="mine", Source="user")["Parameters"]
    assert [(one["ParameterName"], one["ParameterValue"], one["ApplyType"]) for one in ours] == [("performance_schema", "1", "static")]
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="mine", PaginationConfig={"PageSize": 20})
    assert len(list(pages.search("Parameters[]"))) > 50

    def applied() -> str:
        return rds.describe_db_instances()["DBInstances"][0]["DBParameterGroups"][0]["ParameterApplyStatus"]

    assert applied() == "pending-reboot"
    rds.reboot_db_instance(DBInstanceIdentifier="db")
    assert applied() == "in-sync"
    rds.reset_db_parameter_group(DBParameterGroupName="mine", Parameters=[{"ParameterName": "performance_schema", "ApplyMethod": "pending-reboot"}])
    assert rds.describe_db_parameters(DBParameterGroupName="mine", Source="user")["Parameters"] == []
    refused("DBParameterGroupNotFound", rds.describe_db_parameter_groups, DBParameterGroupName="none")


def test_a_replica_is_no_copy(rds):  # noqa: F811
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=7, DeletionProtection=True, EnableCloudwatchLogsExports=["error"])
    replica = rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")["DBInstance"]
    assert (replica["BackupRetentionPeriod"], replica["DeletionProtection"], replica.get("EnabledCloudwatchLogsExports", [])) == (0, False, [])
    source = rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]
    assert source["DbiResourceId"] != replica["DbiResourceId"]
    assert source["EnabledCloudwatchLogsExports"] == ["error"]
    rds.modify_db_instance(DBInstanceIdentifier="db", DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in rds.describe_db_instances(DBInstanceIdentifier="replica")["DBInstances"][0]


def test_exported_logs_need_a_group(simulator, rds):  # noqa: F811
    logs = simulator.client("logs")

    def groups() -> dict[str, int | None]:
        return {one["logGroupName"]: one.get("retentionInDays") for one in logs.describe_log_groups()["logGroups"]}

    logs.create_log_group(logGroupName="/aws/rds/instance/db/error")
    logs.put_retention_policy(logGroupName="/aws/rds/instance/db/error", retentionInDays=7)
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=1, EnableCloudwatchLogsExports=["error"])
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db", EnableCloudwatchLogsExports=["general"])
    rds.modify_db_instance(DBInstanceIdentifier="db", CloudwatchLogsExportConfiguration={"EnableLogTypes": ["slowquery"]})
    assert groups() == {"/aws/rds/instance/db/error": 7, "/aws/rds/instance/db/slowquery": None, "/aws/rds/instance/replica/general": None}
    for name in groups():
        logs.delete_log_group(logGroupName=name)
    rds.delete_db_instance(DBInstanceIdentifier="replica", SkipFinalSnapshot=True)
    assert list(groups()) == ["/aws/rds/instance/replica/general"]


def test_logs_of_a_cluster_are_kept_under_its_name(simulator, rds):  # noqa: F811
    rds.create_db_cluster(DBClusterIdentifier="cluster", **AURORA, EnableCloudwatchLogsExports=["audit"])
    rds.create_db_instance(DBInstanceIdentifier="one", **MEMBER)
    rds.modify_db_cluster(DBClusterIdentifier="cluster", CloudwatchLogsExportConfiguration={"EnableLogTypes": ["error"]})
    groups = simulator.client("logs").describe_log_groups()["logGroups"]
    assert [one["logGroupName"] for one in groups] == ["/aws/rds/cluster/cluster/audit", "/aws/rds/cluster/cluster/error"]


def test_a_changed_subnet_group_stays(rds, subnets):  # noqa: F811
    rds.modify_db_subnet_group(DBSubnetGroupName="group", SubnetIds=subnets[:2])
    assert len(rds.describe_db_subnet_groups(DBSubnetGroupName="group")["DBSubnetGroups"][0]["Subnets"]) == 2


def test_members_have_their_clusters_settings(rds):  # noqa: F811
    rds.create_db_cluster(DBClusterIdentifier="cluster", **AURORA, EnablePerformanceInsights=True)
    zones = set()
    for name in ("one", "two"):
        member = rds.create_db_instance(DBInstanceIdentifier=name, **MEMBER)["DBInstance"]
        assert (member["DBSubnetGroup"]["DBSubnetGroupName"], member["EngineVersion"], member["PerformanceInsightsEnabled"]) == ("group", "8.4.7", True)
        zones.add(member["AvailabilityZone"])
    assert len(zones) == 2
    changed = rds.modify_db_cluster(DBClusterIdentifier="cluster", CloudwatchLogsExportConfiguration={"EnableLogTypes": ["audit"]})["DBCluster"]
    assert changed["EnabledCloudwatchLogsExports"] == ["audit"]
    for name in ("one", "two"):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    rds.delete_db_cluster(DBClusterIdentifier="cluster", FinalDBSnapshotIdentifier="final")
    assert [one["DBClusterSnapshotIdentifier"] for one in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]] == ["final"]


def test_databases_hold_their_subnets(simulator, rds, subnets):  # noqa: F811
    ec2 = simulator.client("ec2")
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, AvailabilityZone="eu-west-1a")
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnets[0])
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(DBSubnetGroupName="group")
    ec2.delete_subnet(SubnetId=subnets[0])


def test_no_endpoint_before_it_is_available(start_simulator):
    simulator = start_simulator("--latency", "aws", "--time-scale", "200")
    rds = simulator.client("rds")  # noqa: F811
    plain = {key: value for key, value in MYSQL.items() if key != "DBSubnetGroupName"} | {"BackupRetentionPeriod": 1}
    assert "Endpoint" not in rds.create_db_instance(DBInstanceIdentifier="db", **plain)["DBInstance"]
    shown = rds.describe_db_instances()["DBInstances"][0]
    assert (shown["DBInstanceStatus"], "Endpoint" in shown) == ("creating", False)
    refused("InvalidDBInstanceState", rds.create_db_instance_read_replica, DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 0.2, "MaxAttempts": 100})
    assert rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Port"] == 3306


def test_what_can_be_ordered(rds):  # noqa: F811
    for instance_class, insights, iops in (("db.t4g.micro", False, False), ("db.m7g.large", True, True)):
        pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(Engine="mysql", EngineVersion="8.4.9", DBInstanceClass=instance_class)
        rows = list(pages.search("OrderableDBInstanceOptions[]"))
        assert {row["SupportsPerformanceInsights"] for row in rows} == {insights}
        assert ("io2" in {row["StorageType"] for row in rows}) is iops
    versions = [one["EngineVersion"] for one in rds.describe_db_engine_versions(Engine="mysql", EngineVersion="8.4")["DBEngineVersions"]]
    assert versions[-1] == "8.4.9"


def test_scalable_targets_have_tags(simulator, rds):  # noqa: F811
    scaling = simulator.client("application-autoscaling")
    key = {"ServiceNamespace": "rds", "ResourceId": "cluster:cluster", "ScalableDimension": "rds:cluster:ReadReplicaCount"}
    refused("ValidationException", scaling.register_scalable_target, **key, MinCapacity=1, MaxCapacity=2)
    rds.create_db_cluster(DBClusterIdentifier="cluster", **AURORA)
    arn = scaling.register_scalable_target(**key, MinCapacity=1, MaxCapacity=2, Tags={"a": "b"})["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "b"}
    tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"}}
    scaling.put_scaling_policy(**key, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking)
    scaling.deregister_scalable_target(**key)
    assert scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"] == []
    refused("ObjectNotFoundException", scaling.deregister_scalable_target, **key)


def test_interfaces_have_the_groups_of_their_database(simulator, rds, subnets):  # noqa: F811
    """A group that a database no longer has can go."""
    ec2 = simulator.client("ec2")
    network = ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    first, second = (ec2.create_security_group(GroupName=name, Description="d", VpcId=network)["GroupId"] for name in ("first", "second"))
    rds.create_db_instance(DBInstanceIdentifier="db", VpcSecurityGroupIds=[first], **MYSQL)
    rds.modify_db_instance(DBInstanceIdentifier="db", VpcSecurityGroupIds=[second], ApplyImmediately=True)
    ec2.delete_security_group(GroupId=first)
    used = {group["GroupName"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"] for group in one["Groups"]}
    assert used == {"second"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS and Aurora: what moto lacks or has wrong. moto's objects keep everything; what an answer shows is an attribute of theirs,
so most gaps are closed by setting the attribute that moto forgot."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from moto.moto_api._internal import mock_random
from moto.rds import models

from simulator.context import Context
from simulator.latency_table import DB_INSTANCE_DELETE, DB_PROXY_DELETE
from simulator.registry import Parameters, Refused, after, before, operation, shows
from simulator.services import rds_catalogue as catalogue
from simulator.services.ec2_network import add_interface, release_interfaces

# Changes that wait for the maintenance window without ApplyImmediately (API rds:ModifyDBInstance, per member): request member -> attribute.
WAITING = {
    "AllocatedStorage": "allocated_storage",
    "DBInstanceClass": "db_instance_class",
    "EngineVersion": "engine_version",
    "Iops": "iops",
    "MultiAZ": "multi_az",
    "StorageThroughput": "storage_throughput",
    "StorageType": "storage_type",
}
RESTORABLE = 300.0  # seconds that the newest restorable time is behind: UG rds/USER_PIT
TARGET_AVAILABLE = 120  # seconds; experience: targets of a proxy are available 1 to 5 minutes after they were registered
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def install() -> None:
    """The secret that RDS makes holds the master user's name and a password of its own; Aurora has storage types of its own."""

    def secret_string(self: Any) -> str:
        alphabet = _LETTERS + _LETTERS.lower() + "!#$%&()*+,-.:;<=>?[]^_{|}~"
        password = "".join(mock_random.choice(alphabet) for _ in range(28))
        return json.dumps({"username": self.resource.master_username, "password": password})

    models.MasterUserSecret._generate_secret_string = secret_string  # type: ignore[method-assign]
    # A replica in another region: its groups are those of its own region, where moto looks only when it knows that already.
    replicate = models.RDSBackend.create_db_instance_read_replica

    def replicate_here(self: Any, db_kwargs: dict[str, Any]) -> Any:
        return replicate(self, {"backend": self, **db_kwargs} if is_arn(db_kwargs["source_db_instance_identifier"]) else db_kwargs)

    models.RDSBackend.create_db_instance_read_replica = replicate_here  # type: ignore[method-assign]
    # Those of AWS Backup have a type of their own, of which moto knows nothing when it restores.
    restore = models.RDSBackend.restore_db_instance_from_db_snapshot

    def restore_any(self: Any, from_snapshot_id: str, overrides: dict[str, Any]) -> Any:
        snapshot = self.database_snapshots[from_snapshot_id]
        kind, snapshot.snapshot_type = snapshot.snapshot_type, "manual"
        try:
            return restore(self, from_snapshot_id, overrides)
        finally:
            snapshot.snapshot_type = kind

    models.RDSBackend.restore_db_instance_from_db_snapshot = restore_any  # type: ignore[method-assign]
    models.Event.EVENT_MAP["DB_INSTANCE_FAILOVER_FINISH"] = {"Categories": ["failover"], "Message": "Multi-AZ instance failover completed"}
    # Aurora's storage has types of its own, and no size.
    default = models.DBCluster.default_allocated_storage
    models.DBCluster.default_allocated_storage = staticmethod(  # type: ignore[method-assign]
        lambda engine, storage_type: 1 if storage_type.startswith("aurora") else default(engine, storage_type)
    )


def is_arn(identifier: str | None) -> bool:
    """Instances of other regions are named by their ARN."""
    return (identifier or "").startswith("arn:")


def source_of(context: Context, identifier: str | None) -> tuple[Context, Any]:
    """The instance that a replica copies, and the call as seen from its region. None where there is none."""
    if is_arn(identifier):
        context, identifier = context.in_region(identifier.split(":")[3]), identifier.rpartition(":")[2]
    return context, context.backend("rds").databases.get(identifier or "")


def lifecycle_state(context: Context, kind: str, name: str) -> str | None:
    """The passing state of an instance or a cluster."""
    return context.simulator.lifecycles.state(context, f"rds.{kind}", name)


def describe_instance(context: Context, name: str) -> Parameters:
    """An instance as DescribeDBInstances shows it."""
    return context.call("DescribeDBInstances", {"DBInstanceIdentifier": name}, service="rds")["DBInstances"][0]


def describe_cluster(context: Context, name: str) -> Parameters:
    """A cluster as DescribeDBClusters shows it."""
    return context.call("DescribeDBClusters", {"DBClusterIdentifier": name}, service="rds")["DBClusters"][0]


def _resource_id(prefix: str) -> str:
    return prefix + "".join(mock_random.choice(_LETTERS) for _ in range(26))


# Instances --------------------------------------------------------------------------------------------------------------------


def _zones(database: Any) -> list[str]:
    group = getattr(database, "db_subnet_group", None)
    return sorted({subnet.availability_zone for subnet in group._subnets}) if group else []


def _settle_in(context: Context, database: Any) -> None:
    """Zones from the subnet group, storage baselines, an identity and interfaces of its own."""
    zones = _zones(database)
    asked = context.params.get("AvailabilityZone")
    if zones:
        # AWS spreads what it may place; members of a cluster go where there are fewest.
        siblings = [one.availability_zone for one in context.backend("rds").databases.values() if one.db_cluster_identifier == database.db_cluster_identifier]
        database.availability_zone = asked or min(zones, key=siblings.count)
    database.dbi_resource_id = _resource_id("db-")
    database.pending_modified_values = {}
    _standby(database)
    group = getattr(database, "db_subnet_group", None)
    subnets = (
        [subnet for subnet in group._subnets if subnet.availability_zone in (database.availability_zone, database.secondary_availability_zone)] if group else []
    )
    groups = database.vpc_security_group_ids
    database.interfaces = [add_interface(context, subnet.id, groups, "RDSNetworkInterface", "interface") for subnet in subnets]


@shows("R-RDS-02")
def _baselines(database: Any) -> None:
    """gp3 has 3,000 IOPS and 125 MiB/s, from 400 GiB 12,000 and 500 (UG rds/CHAP_Storage.md)."""
    if database.db_cluster_identifier or database.storage_type != "gp3":
        return
    striped = int(database.allocated_storage) >= catalogue.GP3_STRIPED_FROM
    iops, throughput = catalogue.GP3_STRIPED_BASELINE if striped else catalogue.GP3_BASELINE
    database.iops = max(int(database.iops or 0), iops)
    database.storage_throughput = max(int(database.storage_throughput or 0), throughput)


def _standby(database: Any) -> None:
    others = [zone for zone in _zones(database) if zone != database.availability_zone]
    database.secondary_availability_zone = others[0] if database.multi_az and others and not database.db_cluster_identifier else None


def _remember(database: Any, params: Parameters) -> None:
    """Members of a request that moto drops and the description shows."""
    for member, attribute in (
        ("EnablePerformanceInsights", "performance_insights_enabled"),
        ("PerformanceInsightsKMSKeyId", "performance_insights_kms_key_id"),
        ("PerformanceInsightsRetentionPeriod", "performance_insights_retention_period"),
        ("DatabaseInsightsMode", "database_insights_mode"),
        ("EngineLifecycleSupport", "engine_lifecycle_support"),
    ):
        if member in params:
            setattr(database, attribute, params[member])
    if getattr(database, "performance_insights_enabled", False) and getattr(database, "performance_insights_retention_period", None) is None:
        database.performance_insights_retention_period = 7


def _defaults(database: Any) -> None:
    database.performance_insights_enabled = False
    database.performance_insights_kms_key_id = database.performance_insights_retention_period = None
    database.database_insights_mode = "standard"
    database.engine_lifecycle_support = "open-source-rds-extended-support"


@before("rds", "CreateDBInstance", "CreateDBCluster")
def version_and_certificate(context: Context) -> None:
    """A major version means its newest minor one; the default certificate authority is rds-ca-rsa2048-g1 (UG rds/UsingWithRDS.SSL.md)."""
    params = context.params
    version = catalogue.resolve(params.get("Engine", ""), params.get("EngineVersion"))
    cluster = context.backend().clusters.get(params.get("DBClusterIdentifier", "")) if context.operation == "CreateDBInstance" else None
    if cluster is not None:
        version = cluster.engine_version
    if version:
        params["EngineVersion"] = version
    if context.operation == "CreateDBInstance":
        params.setdefault("CACertificateIdentifier", "rds-ca-rsa2048-g1")
    if context.operation == "CreateDBInstance" and cluster is None and "MasterUsername" in params and "StorageType" not in params:
        params["StorageType"] = "io1" if "Iops" in params else "gp2"


@after("rds", "CreateDBInstance")
def complete_instance(context: Context, response: Parameters) -> Parameters:
    """moto forgets what it does not use; members of a cluster have their cluster's subnet group."""
    backend = context.backend()
    database = backend.databases[context.params["DBInstanceIdentifier"]]
    if database.db_cluster_identifier:
        cluster = backend.clusters[database.db_cluster_identifier]
        database.db_subnet_group = backend.subnet_groups.get(cluster.db_subnet_group_name)
        database.multi_az = False
    _defaults(database)
    if database.db_cluster_identifier:
        _inherit(database, backend.clusters[database.db_cluster_identifier])
    _remember(database, context.params)
    _settle_in(context, database)
    _baselines(database)
    if not int(database.backup_retention_period or 0):
        _drop_automated(backend, database)
    return {"DBInstance": _unborn(context, describe_instance(context, database.db_instance_identifier))}


def _inherit(member: Any, cluster: Any) -> None:
    """Members have their cluster's Database Insights (API rds:CreateDBInstance)."""
    for attribute in (
        "performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period", "database_insights_mode",
        "engine_lifecycle_support",
    ):  # fmt: skip
        setattr(member, attribute, getattr(cluster, attribute))


def _drop_automated(backend: Any, database: Any) -> None:
    for snapshot in backend.describe_db_snapshots(database.db_instance_identifier, snapshot_type="automated"):
        backend.delete_db_snapshot(snapshot.db_snapshot_identifier)


def _unborn(context: Context, instance: Parameters) -> Parameters:
    """What is being created has no endpoint yet."""
    if context.simulator.lifecycles.enabled:
        instance.pop("Endpoint", None)
    return instance


@after("rds", "CreateDBInstanceReadReplica")
@shows("R-RDS-47")
def complete_replica(context: Context, response: Parameters) -> Parameters:
    """moto copies the source, shared lists and all. A replica is born with backups off and has its source's parameter group."""
    params = context.params
    database = context.backend().databases[params["DBInstanceIdentifier"]]
    database.backup_retention_period = 0
    database.deletion_protection = params.get("DeletionProtection", False)
    database.multi_az = params.get("MultiAZ", False)
    database.manage_master_user_password = False
    database.__dict__.pop("master_user_secret", None)
    database.enabled_cloudwatch_logs_exports = list(params.get("EnableCloudwatchLogsExports", []))
    database.monitoring_interval = params.get("MonitoringInterval", 0)
    database.monitoring_role_arn = params.get("MonitoringRoleArn")
    database.tags = list(params.get("Tags", []))
    database.copy_tags_to_snapshot = params.get("CopyTagsToSnapshot", False)
    database.instance_create_time = context.now()
    database.pending_modified_values, database.reboot_pending = {}, False
    if is_arn(params["SourceDBInstanceIdentifier"]):
        _of_this_region(database, params)
    lifecycle = database.engine_lifecycle_support
    _defaults(database)
    database.engine_lifecycle_support = lifecycle
    _remember(database, params)
    _settle_in(context, database)
    _baselines(database)
    return {"DBInstance": _unborn(context, describe_instance(context, database.db_instance_identifier))}


def _of_this_region(replica: Any, params: Parameters) -> None:
    """Keys, groups and firewalls do not leave their region (API rds:CreateDBInstanceReadReplica)."""
    replica.kms_key_id = params.get("KmsKeyId")
    replica.db_parameter_group_name = params.get("DBParameterGroupName")
    replica.vpc_security_group_ids = list(params.get("VpcSecurityGroupIds", []))


@after("rds", "DescribeDBInstances")
def endpoints_of_the_living(context: Context, response: Parameters) -> None:
    """No endpoint while creating, nobody's port 0 (UG rds/USER_ConnectToInstance.md: the endpoint shows when it is available)."""
    for instance in response["DBInstances"]:
        if lifecycle_state(context, "db_instance", instance["DBInstanceIdentifier"]) == "creating":
            instance.pop("Endpoint", None)
        database = context.backend().databases.get(instance["DBInstanceIdentifier"])
        if database is not None:
            for group in instance.get("DBParameterGroups", []):
                group["ParameterApplyStatus"] = "pending-reboot" if getattr(database, "reboot_pending", False) else "in-sync"


@before("rds", "ModifyDBInstance")
@shows("R-RDS-48", "R-RDS-23")
def what_waits(context: Context) -> None:
    """Without ApplyImmediately most changes wait for the window; growth below a tenth is rounded up to it."""
    params = context.params
    database = context.backend().databases.get(params["DBInstanceIdentifier"])
    if database is None:
        return
    if "EngineVersion" in params:
        params["EngineVersion"] = catalogue.resolve(database.engine, params["EngineVersion"]) or params["EngineVersion"]
    if "AllocatedStorage" in params and not database.db_cluster_identifier:
        current = int(database.allocated_storage)
        if current * 10 < params["AllocatedStorage"] * 10 < current * 11:
            params["AllocatedStorage"] = -(-current * 11 // 10)
    if params.get("ApplyImmediately"):
        for member, value in database.pending_modified_values.items():
            params.setdefault(member, value)
        database.pending_modified_values = {}
        return
    for member, attribute in WAITING.items():
        if member in params:
            value = params.pop(member)
            if value != getattr(database, attribute):
                database.pending_modified_values[member] = value


@after("rds", "ModifyDBInstance")
def complete_change(context: Context, response: Parameters) -> Parameters:
    """What moto drops; a new parameter group's static parameters need a reboot."""
    params = context.params
    database = context.backend().databases[params.get("NewDBInstanceIdentifier") or params["DBInstanceIdentifier"]]
    if "NewDBInstanceIdentifier" in params:
        _follow(context, database)
    for interface in database.interfaces if "VpcSecurityGroupIds" in params else []:
        context.backend("ec2").modify_network_interface_attribute(interface, params["VpcSecurityGroupIds"])
    _remember(database, params)
    _standby(database)
    _baselines(database)
    if "DBParameterGroupName" in params:
        database.reboot_pending = True
    return {"DBInstance": describe_instance(context, database.db_instance_identifier)}


def _window(context: Context, database: Any) -> Parameters:
    """From the first backup, or as long ago as backups are kept, to five minutes ago (UG rds/USER_PIT). Empty where none are kept."""
    days = int(database.backup_retention_period or 0)
    if not days:
        return {}
    earliest = max(database.instance_create_time.replace(tzinfo=None), context.now() - timedelta(days=days))
    latest = context.now() - timedelta(seconds=context.simulator.lifecycles.scaled(RESTORABLE))
    return {"EarliestTime": earliest, "LatestTime": max(earliest, latest)}


def _follow(context: Context, source: Any) -> None:
    """Replicas go on following an instance under its new name (UG rds/USER_RenameInstance)."""
    for replica in [*source.replicas]:
        _, copy = source_of(context, replica)
        if copy is not None:
            copy.source_db_instance_identifier = source.db_instance_arn if is_arn(replica) else source.db_instance_identifier


@after("rds", "DescribeDBInstanceAutomatedBackups")
def what_can_be_restored(context: Context, response: Parameters) -> None:
    """API rds:DBInstanceAutomatedBackup; moto has no times, and none for what was promoted or restored."""
    asked, backups = context.params.get("DBInstanceIdentifier"), response["DBInstanceAutomatedBackups"]
    known = {backup["DBInstanceIdentifier"] for backup in backups}
    for name, database in context.backend().databases.items():
        if asked in (None, name) and name not in known and _window(context, database) and not database.db_cluster_identifier:
            backups.append({"DBInstanceIdentifier": name, "DBInstanceArn": database.db_instance_arn, "Region": context.region, "Status": "active"})
    for backup in backups:
        database = context.backend().databases.get(backup["DBInstanceIdentifier"])
        if database is not None:
            backup["RestoreWindow"] = _window(context, database)


@before("rds", "RestoreDBInstanceToPointInTime")
def within_the_backups(context: Context) -> None:
    """API rds:RestoreDBInstanceToPointInTime."""
    params = context.params
    source = context.backend().databases.get(params.get("SourceDBInstanceIdentifier", ""))
    if source is None:
        raise Refused("DBInstanceNotFound", f"DBInstance {params.get('SourceDBInstanceIdentifier')} not found.", 404)
    window = _window(context, source)
    if not window:
        raise Refused("PointInTimeRestoreNotEnabled", "Point in time restore is not enabled for this DB instance.")
    if bool(params.get("RestoreTime")) == bool(params.get("UseLatestRestorableTime")):
        raise Refused("InvalidParameterCombination", "Either RestoreTime or UseLatestRestorableTime must be specified, and not both.")
    if params.get("RestoreTime") and not window["EarliestTime"] <= params["RestoreTime"] <= window["LatestTime"]:
        raise Refused("InvalidRestoreFault", "Cannot restore from a time that the backups do not reach.")


@before("rds", "RestoreDBInstanceFromDBSnapshot")
def from_a_snapshot_of_here(context: Context) -> None:
    """API rds:RestoreDBInstanceFromDBSnapshot: a snapshot of this region that is available."""
    params = context.params
    name = params.get("DBSnapshotIdentifier", "").rpartition(":snapshot:")[2]
    snapshot = context.backend().database_snapshots.get(name)
    if snapshot is None:
        raise Refused("DBSnapshotNotFound", f"DBSnapshot {params.get('DBSnapshotIdentifier')} not found.", 404)
    if "DBSubnetGroupName" in params and params["DBSubnetGroupName"] not in context.backend().subnet_groups:
        raise Refused("DBSubnetGroupNotFoundFault", f"DB subnet group {params['DBSubnetGroupName']} not found.", 404)
    params["DBSnapshotIdentifier"] = name
    params.setdefault("DBParameterGroupName", f"default.{catalogue.family_of(snapshot.engine, snapshot.engine_version)}")


@after("rds", "RestoreDBInstanceFromDBSnapshot")
def complete_from_snapshot(context: Context, response: Parameters) -> Parameters:
    """Under the snapshot's key; with backups as the snapshot's instance had them, unless it is said."""
    params = context.params
    backend = context.backend()
    snapshot, database = backend.database_snapshots[params["DBSnapshotIdentifier"]], backend.databases[params["DBInstanceIdentifier"]]
    database.kms_key_id, database.storage_encrypted = snapshot.kms_key_id, snapshot.encrypted
    database.backup_retention_period = params.get("BackupRetentionPeriod", snapshot.database.backup_retention_period)
    return _complete_restored(context, snapshot.database, database)


@after("rds", "RestoreDBInstanceToPointInTime")
def complete_restored(context: Context, response: Parameters) -> Parameters:
    """moto copies the source, shared lists and all."""
    source, database = (context.backend().databases[context.params[f"{word}DBInstanceIdentifier"]] for word in ("Source", "Target"))
    return _complete_restored(context, source, database)


def _complete_restored(context: Context, source: Any, database: Any) -> Parameters:
    """Where nothing is said it has one zone, and no protection; its password is the source's."""
    params = context.params
    backend = context.backend()
    database.tags = list(params.get("Tags", []))
    database.deletion_protection = params.get("DeletionProtection", False)
    database.multi_az = params.get("MultiAZ", False)
    database.manage_master_user_password = False
    database.__dict__.pop("master_user_secret", None)
    database.is_replica, database.source_db_instance_identifier, database.replicas = False, None, []
    database.vpc_security_group_ids = list(params.get("VpcSecurityGroupIds", []))
    database.enabled_cloudwatch_logs_exports = list(params.get("EnableCloudwatchLogsExports", []))
    database.db_parameter_group_name = params.get("DBParameterGroupName") or source.db_parameter_group_name
    database.db_subnet_group = backend.subnet_groups.get(params.get("DBSubnetGroupName") or source.db_subnet_group.db_subnet_group_name)
    database.monitoring_interval, database.monitoring_role_arn = 0, None
    database.instance_create_time = context.now()
    database.reboot_pending = False
    _defaults(database)
    database.engine_lifecycle_support = params.get("EngineLifecycleSupport", source.engine_lifecycle_support)
    _settle_in(context, database)
    _baselines(database)
    return {"DBInstance": _unborn(context, describe_instance(context, database.db_instance_identifier))}


@after("rds", "RebootDBInstance")
def parameters_take_effect(context: Context, response: Parameters) -> None:
    """A reboot applies what was pending. With failover, the standby is the writer afterwards (UG rds/USER_RebootInstance.md), and an event says so
    (UG rds/USER_Events.Messages.md, RDS-EVENT-0049)."""
    database = context.backend().databases[context.params["DBInstanceIdentifier"]]
    database.reboot_pending = False
    if context.params.get("ForceFailover"):
        database.availability_zone, database.secondary_availability_zone = database.secondary_availability_zone, database.availability_zone
        database.add_event("DB_INSTANCE_FAILOVER_FINISH")


@after("rds", "DescribeEvents")
def only_events_of_the_categories(context: Context, response: Parameters) -> None:
    """API rds:DescribeEvents, EventCategories and Duration (an hour, if nothing is said), which moto takes no notice of."""
    wanted = set(context.params.get("EventCategories", []))
    since = context.params.get("StartTime") or context.now() - timedelta(minutes=context.params.get("Duration", 60))
    response["Events"] = [
        one for one in response["Events"] if (not wanted or wanted & set(one["EventCategories"])) and one["Date"].replace(tzinfo=None) >= since
    ]


@after("rds", "PromoteReadReplica")
def stands_alone(context: Context, response: Parameters) -> Parameters:
    """A promoted replica has no source any more."""
    _promote(context, context.backend().databases[context.params["DBInstanceIdentifier"]])
    return {"DBInstance": describe_instance(context, context.params["DBInstanceIdentifier"])}


def _promote(context: Context, replica: Any) -> None:
    _, source = source_of(context, replica.source_db_instance_identifier)
    if source is not None:
        source.replicas = [one for one in source.replicas if one not in (replica.db_instance_identifier, replica.db_instance_arn)]
    replica.is_replica, replica.source_db_instance_identifier = False, None


@before("rds", "DeleteDBInstance")
@shows("R-RDS-47")
def promote_and_release(context: Context) -> None:
    """Deleting the source promotes its replicas in the same region; interfaces stay a while."""
    databases = context.backend().databases
    database = databases.get(context.params["DBInstanceIdentifier"])
    if database is None or database.deletion_protection:
        return
    for replica in [one for one in databases.values() if one.source_db_instance_identifier == database.db_instance_identifier]:
        _promote(context, replica)
    # moto looks for the source, in this region, to strike the replica off.
    if database.is_replica and (is_arn(database.source_db_instance_identifier) or database.source_db_instance_identifier not in databases):
        _promote(context, database)
    release_interfaces(context, database.interfaces, DB_INSTANCE_DELETE)


# Clusters ---------------------------------------------------------------------------------------------------------------------


@after("rds", "CreateDBCluster")
def complete_cluster(context: Context, response: Parameters) -> Parameters:
    """moto's defaults are those of long ago."""
    cluster = context.backend().clusters[context.params["DBClusterIdentifier"]]
    cluster._status = "available"  # states that pass are latency's
    cluster.storage_type = context.params.get("StorageType", "aurora")
    if "DBClusterParameterGroupName" not in context.params:
        cluster.parameter_group = f"default.{catalogue.family_of(cluster.engine, cluster.engine_version)}"
    _defaults(cluster)
    _remember(cluster, context.params)
    return {"DBCluster": describe_cluster(context, cluster.db_cluster_identifier)}


@before("rds", "ModifyDBCluster")
def whole_cluster_version(context: Context) -> None:
    """A major version means its newest minor one."""
    cluster = context.backend().clusters.get(context.params["DBClusterIdentifier"])
    if cluster is not None and "EngineVersion" in context.params:
        context.params["EngineVersion"] = catalogue.resolve(cluster.engine, context.params["EngineVersion"]) or context.params["EngineVersion"]


@after("rds", "ModifyDBCluster")
def complete_cluster_change(context: Context, response: Parameters) -> Parameters:
    """Log exports and Database Insights, which moto drops."""
    params = context.params
    cluster = context.backend().clusters[params.get("NewDBClusterIdentifier") or params["DBClusterIdentifier"]]
    _remember(cluster, params)
    exports = params.get("CloudwatchLogsExportConfiguration", {})
    kept = set(cluster.enabled_cloudwatch_logs_exports) | set(exports.get("EnableLogTypes", []))
    cluster.enabled_cloudwatch_logs_exports = sorted(kept - set(exports.get("DisableLogTypes", [])))
    for member in cluster.members:
        _inherit(member, cluster)
        member.engine_lifecycle_support = cluster.engine_lifecycle_support
    return {"DBCluster": describe_cluster(context, cluster.db_cluster_identifier)}


@after("rds", "DeleteDBCluster")
def automated_backups_go_too(context: Context, response: Parameters) -> None:
    """Automated backups go with the cluster unless told otherwise (API rds:DeleteDBCluster, DeleteAutomatedBackups)."""
    if context.params.get("DeleteAutomatedBackups", True):
        snapshots = context.backend().cluster_snapshots
        for name in [
            name for name, one in snapshots.items() if one.snapshot_type == "automated" and one.db_cluster_identifier == context.params["DBClusterIdentifier"]
        ]:
            del snapshots[name]


# Exported logs ----------------------------------------------------------------------------------------------------------------


@after("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance", "CreateDBCluster", "ModifyDBCluster")
def logs_are_written(context: Context, response: Parameters) -> None:
    """A log group that is there is used; one that is not is made, and keeps its events for ever (UG rds/USER_LogAccess.Procedural.UploadtoCloudWatch.md)."""
    _write_logs(context)


@before("rds", "DeleteDBInstance", "DeleteDBCluster")
def last_lines_are_written(context: Context) -> None:
    """What is written as the database shuts down makes its group again where that went too early."""
    _write_logs(context)


def _write_logs(context: Context) -> None:
    params, backend = context.params, context.backend()
    if context.operation.endswith("Cluster"):
        kind, name = "cluster", params.get("NewDBClusterIdentifier") or params["DBClusterIdentifier"]
        database = backend.clusters.get(name)
    else:
        kind, name = "instance", params.get("NewDBInstanceIdentifier") or params["DBInstanceIdentifier"]
        database = backend.databases.get(name)
    # The members of a cluster write to their cluster's groups.
    if database is None or (kind == "instance" and database.db_cluster_identifier):
        return
    for log in database.enabled_cloudwatch_logs_exports:
        group = f"/aws/rds/{kind}/{name}/{log}"
        if group not in context.backend("logs").groups:
            context.call("CreateLogGroup", {"logGroupName": group}, service="logs")


# Parameter groups -------------------------------------------------------------------------------------------------------------


def parameter_group(context: Context) -> Any:
    """The group that a call is about, of instances or of clusters."""
    if "DBClusterParameterGroupName" in context.params:
        groups, name = context.backend().db_cluster_parameter_groups, context.params["DBClusterParameterGroupName"]
    else:
        groups, name = context.backend().db_parameter_groups, context.params["DBParameterGroupName"]
    if name not in groups:
        raise Refused("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return groups[name]


def family(group: Any) -> str:
    """The family of a group of either kind."""
    return str(getattr(group, "family", None) or group.db_parameter_group_family)


def of_cluster(context: Context) -> bool:
    """Whether a call is about a cluster's group."""
    return "DBClusterParameterGroupName" in context.params


@operation("rds", "DescribeDBParameters", "DescribeDBClusterParameters")
def describe_parameters(context: Context) -> Parameters:
    """Every parameter of the family with its value here, a hundred a page (API rds:DescribeDBParameters)."""
    group, source = parameter_group(context), context.params.get("Source")
    rows = []
    for known in catalogue.parameters(family(group), of_cluster(context)).values():
        ours = group.parameters.get(known.name)
        default = "system" if known.default else "engine-default"
        row = {
            "ParameterName": known.name,
            "ParameterValue": ours["ParameterValue"] if ours else known.default,
            "Source": "user" if ours else default,
            "ApplyType": known.apply,
            "DataType": known.type,
            "AllowedValues": known.allowed,
            "IsModifiable": known.modifiable,
            "ApplyMethod": ours["ApplyMethod"] if ours else "pending-reboot",
        }
        if source in (None, row["Source"]):
            rows.append({key: value for key, value in row.items() if value != ""})
    return _page(context, "Parameters", rows)


def _page(context: Context, key: str, rows: list[Any]) -> Parameters:
    start, size = int(context.params.get("Marker") or 0), context.params.get("MaxRecords", 100)
    more = {"Marker": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


@operation("rds", "ModifyDBParameterGroup", "ModifyDBClusterParameterGroup")
def modify_parameters(context: Context) -> Parameters:
    """API rds:ModifyDBParameterGroup."""
    group = parameter_group(context)
    for parameter in context.params["Parameters"]:
        group.parameters[parameter["ParameterName"]] = dict(parameter)
    return _changed(context, group)


@operation("rds", "ResetDBParameterGroup", "ResetDBClusterParameterGroup")
def reset_parameters(context: Context) -> Parameters:
    """API rds:ResetDBParameterGroup."""
    group = parameter_group(context)
    names = list(group.parameters) if context.params.get("ResetAllParameters") else [one["ParameterName"] for one in context.params.get("Parameters", [])]
    for name in names:
        group.parameters.pop(name, None)
    return _changed(context, group)


@shows("R-RDS-33")
def _changed(context: Context, group: Any) -> Parameters:
    """Static parameters wait for a reboot of whoever uses the group."""
    if any(parameter.get("ApplyMethod") == "pending-reboot" for parameter in context.params.get("Parameters", [])):
        for database in context.backend().databases.values():
            cluster = context.backend().clusters.get(database.db_cluster_identifier) if database.db_cluster_identifier else None
            if group.name in (database.db_parameter_group_name, cluster.parameter_group if cluster else None):
                database.reboot_pending = True
    return {"DBClusterParameterGroupName" if of_cluster(context) else "DBParameterGroupName": group.name}


@before("rds", "DescribeDBParameterGroups")
def group_must_exist(context: Context) -> None:
    """moto answers an empty list for an unknown name (API rds:DescribeDBParameterGroups: DBParameterGroupNotFoundFault)."""
    if context.params.get("DBParameterGroupName"):
        parameter_group(context)


@after("rds", "ModifyDBSubnetGroup")
def keep_the_group(context: Context, response: Parameters) -> None:
    """moto takes the changed group out of its books."""
    backend = context.backend()
    name = context.params["DBSubnetGroupName"]
    subnets = [context.backend("ec2").get_subnet(subnet_id) for subnet_id in context.params["SubnetIds"]]
    known = response["DBSubnetGroup"]
    group = models.DBSubnetGroup(backend, name, known["DBSubnetGroupDescription"], subnets, backend.lost_tags.pop(name, []))
    backend.subnet_groups[name] = group
    for database in backend.databases.values():
        if getattr(database, "db_subnet_group", None) is not None and database.db_subnet_group.name == name:
            database.db_subnet_group = group


@before("rds", "ModifyDBSubnetGroup")
def note_the_tags(context: Context) -> None:
    """For `keep_the_group`; and moto answers an unknown name with a KeyError."""
    backend = context.backend()
    name = context.params["DBSubnetGroupName"]
    if name not in backend.subnet_groups:
        raise Refused("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    backend.lost_tags = {name: backend.subnet_groups[name].tags}


# Proxies ----------------------------------------------------------------------------------------------------------------------


def proxy(context: Context) -> Any:
    """The proxy that a call is about."""
    name = context.params["DBProxyName"]
    if name not in context.backend().db_proxies:
        raise Refused("DBProxyNotFoundFault", f"DB proxy {name} not found.")
    return context.backend().db_proxies[name]


@after("rds", "CreateDBProxy")
def proxy_in_its_subnets(context: Context, response: Parameters) -> None:
    """A proxy has an interface in each of its subnets."""
    made = proxy(context)
    made.interfaces = [add_interface(context, subnet, made.vpc_security_group_ids, "RDSProxyNetworkInterface", "interface") for subnet in made.vpc_subnet_ids]


@before("rds", "DeleteDBProxy")
def proxy_leaves_its_subnets(context: Context) -> None:
    """moto answers an unknown name with a KeyError; interfaces stay a while."""
    release_interfaces(context, proxy(context).interfaces, DB_PROXY_DELETE)


@before("rds", "DeregisterDBProxyTargets", "RegisterDBProxyTargets", "DescribeDBProxyTargetGroups", "ModifyDBProxyTargetGroup")
def proxy_must_exist(context: Context) -> None:
    """moto answers an unknown name with a KeyError."""
    proxy(context)


@operation("rds", "ModifyDBProxy")
def modify_proxy(context: Context) -> Parameters:
    """API rds:ModifyDBProxy."""
    known, params = proxy(context), context.params
    for member, attribute in (
        ("Auth", "auth"), ("RequireTLS", "require_tls"), ("IdleClientTimeout", "idle_client_timeout"), ("DebugLogging", "debug_logging"),
        ("RoleArn", "role_arn"), ("SecurityGroups", "vpc_security_group_ids"),
    ):  # fmt: skip
        if member in params:
            setattr(known, attribute, params[member])
    known.updated_date = context.now()
    return {"DBProxy": context.call("DescribeDBProxies", {"DBProxyName": params["DBProxyName"]})["DBProxies"][0]}


@after("rds", "RegisterDBProxyTargets")
def registered_now(context: Context, response: Parameters) -> Parameters:
    """The port is the engine's, and it takes a while until connections stand."""
    for target in proxy(context).proxy_target_groups["default"].targets:
        target.__dict__.setdefault("registered", context.simulator.clock())
    return {"DBProxyTargets": _targets(context)}


@operation("rds", "DescribeDBProxyTargets")
def describe_targets(context: Context) -> Parameters:
    """A cluster is a target, and so is each of its members."""
    return {"Targets": _targets(context)}


def _targets(context: Context) -> list[Parameters]:
    backend, rows = context.backend(), []
    for target in proxy(context).proxy_target_groups["default"].targets:
        if target.type == "TRACKED_CLUSTER":
            cluster = backend.clusters.get(target.rds_resource_id)
            rows.append({"RdsResourceId": target.rds_resource_id, "Type": "TRACKED_CLUSTER", "Port": 3306})
            rows += [_target(context, target, member, target.rds_resource_id) for member in (cluster.members if cluster else [])]
        elif target.rds_resource_id in backend.databases:
            rows.append(_target(context, target, backend.databases[target.rds_resource_id], None))
    return rows


def _target(context: Context, target: Any, database: Any, cluster: str | None) -> Parameters:
    writer = database.is_cluster_writer if cluster else True
    row = {
        "RdsResourceId": database.db_instance_identifier,
        "Endpoint": database.address,
        "Port": database.port,
        "Type": "RDS_INSTANCE",
        "Role": "READ_WRITE" if writer else "READ_ONLY",
        "TargetHealth": _health(context, target),
    }
    return {**row, "TrackedClusterId": cluster} if cluster else row


@shows("R-PRX-03")
def _health(context: Context, target: Any) -> Parameters:
    """Registering for a while, then available if the proxy can read its secrets."""
    if context.simulator.clock() < target.registered + context.simulator.lifecycles.scaled(TARGET_AVAILABLE):
        return {"State": "UNAVAILABLE", "Reason": "PENDING_PROXY_CAPACITY", "Description": "DBProxy Target unavailable due to a pending capacity change"}
    wrong = _unreadable(context)
    if wrong:
        return {"State": "UNAVAILABLE", "Reason": "AUTH_FAILURE", "Description": wrong}
    return {"State": "AVAILABLE"}


def _unreadable(context: Context) -> str:
    """Why the proxy cannot log in: the role that is not there, or a secret that is not one of a user."""
    known = proxy(context)
    role = known.role_arn.rpartition("/")[2]
    if not any(one.name == role for one in context.backend("iam").roles.values()):
        return "Proxy does not have any registered credentials: the role does not exist"
    for auth in known.auth:
        try:
            kept = context.call("GetSecretValue", {"SecretId": auth["SecretArn"]}, service="secretsmanager")["SecretString"]
            if not {"username", "password"} <= set(json.loads(kept)):
                return "The secret has no username and password"
        except (Refused, ValueError):
            return "The secret cannot be read"
    return ""


# What is offered --------------------------------------------------------------------------------------------------------------


@operation("rds", "DescribeDBEngineVersions")
def engine_versions(context: Context) -> Parameters:
    """The versions of MySQL and Aurora MySQL in rds_catalogue.py."""
    params, rows = context.params, []
    for engine, versions in catalogue.VERSIONS.items():
        if params.get("Engine", engine) != engine:
            continue
        for version in versions:
            wanted = params.get("EngineVersion")
            if wanted and version != wanted and not version.startswith(wanted + "."):
                continue
            if params.get("DBParameterGroupFamily", catalogue.family_of(engine, version)) != catalogue.family_of(engine, version):
                continue
            rows.append(_version(engine, version, versions))
    if params.get("DefaultOnly"):
        rows = rows[-1:]
    return _page(context, "DBEngineVersions", rows)


def _version(engine: str, version: str, versions: tuple[str, ...]) -> Parameters:
    newer = versions[versions.index(version) + 1 :]
    major = ".".join(version.split(".")[:2])
    return {
        "Engine": engine,
        "EngineVersion": version,
        "MajorEngineVersion": major,
        "DBParameterGroupFamily": catalogue.family_of(engine, version),
        "DBEngineDescription": "MySQL Community Edition" if engine == "mysql" else "Aurora MySQL",
        "ExportableLogTypes": sorted(catalogue.LOG_TYPES[engine]),
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": True,
        "Status": "available",
        "ValidUpgradeTarget": [
            {"Engine": engine, "EngineVersion": one, "AutoUpgrade": False, "IsMajorVersionUpgrade": not one.startswith(major + ".")} for one in newer
        ],
        "SupportedEngineModes": ["provisioned"],
        "SupportsGlobalDatabases": engine != "mysql",
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"],
        "SupportsCertificateRotationWithoutRestart": True,
    }


@operation("rds", "DescribeOrderableDBInstanceOptions")
def orderable_options(context: Context) -> Parameters:
    """The classes of MySQL and Aurora MySQL in rds_catalogue.py."""
    params = context.params
    engine = params["Engine"]
    if engine not in catalogue.VERSIONS:
        raise Refused("InvalidParameterValue", f"Invalid engine {engine}")
    zones = [zone.name for zone in context.backend("ec2").describe_availability_zones()]
    rows = [
        catalogue.orderable(engine, version, instance_class, storage, zones)
        for version in catalogue.VERSIONS[engine]
        if params.get("EngineVersion") in (None, version)
        for instance_class in catalogue.classes(engine)
        if params.get("DBInstanceClass") in (None, instance_class)
        for storage in catalogue.storages(engine, instance_class)
    ]
    return _page(context, "OrderableDBInstanceOptions", rows)

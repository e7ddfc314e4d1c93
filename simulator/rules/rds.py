# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of RDS for MySQL, Aurora MySQL and RDS Proxy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services import rds_catalogue as catalogue
from simulator.services.rds import family, is_arn, lifecycle_state, of_cluster, parameter_group, source_of

CREATE, MODIFY, REPLICATE, DELETE = "CreateDBInstance", "ModifyDBInstance", "CreateDBInstanceReadReplica", "DeleteDBInstance"
FROM_SNAPSHOT = "RestoreDBInstanceFromDBSnapshot"
CREATE_CLUSTER, MODIFY_CLUSTER = "CreateDBCluster", "ModifyDBCluster"
_RESERVED_USERS = {"rdsadmin", "rdsrepladmin", "rdstopmgr", "mysql.sys", "mysql.session"}
_SIX_HOURS = 6 * 3600  # seconds between two changes of storage


def _combination(message: str) -> Refused:
    return Refused("InvalidParameterCombination", message)


def _value(message: str) -> Refused:
    return Refused("InvalidParameterValue", message)


def _instance(context: Context, parameter: str = "DBInstanceIdentifier") -> Any:
    """The instance that a call is about, None where there is none: moto says so."""
    return context.backend("rds").databases.get(context.params.get(parameter) or "")


def _snapshot(context: Context) -> Any:
    """The snapshot that a call names, by its identifier or its ARN. None where there is none."""
    return context.backend("rds").database_snapshots.get((context.params.get("DBSnapshotIdentifier") or "").rpartition(":snapshot:")[2])


def _source(context: Context) -> Any:
    """The instance that a replica is to copy, in whatever region."""
    return source_of(context, context.params.get("SourceDBInstanceIdentifier"))[1]


def _cluster(context: Context) -> Any:
    return context.backend("rds").clusters.get(context.params.get("DBClusterIdentifier") or "")


def _is_member(context: Context) -> bool:
    if context.operation == CREATE:
        return "DBClusterIdentifier" in context.params
    database = _instance(context)
    return database is not None and bool(database.db_cluster_identifier)


def _now(context: Context, member: str, attribute: str) -> Any:
    """What a setting will be: as asked for, else as it is."""
    if member in context.params:
        return context.params[member]
    database = _instance(context) or _source(context)
    return getattr(database, attribute, None) if database is not None else None


def _engine(context: Context) -> str:
    return str(_now(context, "Engine", "engine") or "")


# Storage ----------------------------------------------------------------------------------------------------------------------


@rule("R-RDS-01", service="rds", operations=[CREATE], source="API rds:CreateDBInstance", certain=False)
def storage_size(context: Context) -> None:
    """gp2 and gp3 from 20 GiB, io1 and io2 from 100, 65,536 at most."""
    size, kind = context.params.get("AllocatedStorage"), context.params.get("StorageType", "gp2")
    if _is_member(context) or _engine(context) != "mysql" or kind not in catalogue.MINIMUM_STORAGE:
        return
    if size is None:
        raise _value("The parameter AllocatedStorage must be provided and must not be blank.")
    if not catalogue.MINIMUM_STORAGE[kind] <= size <= catalogue.MAXIMUM_STORAGE:
        raise _value(f"Invalid storage size for engine name mysql and storage type {kind}: {size}")


@rule("R-RDS-02", service="rds", operations=[CREATE, MODIFY], source="thread cloudtools/troposphere#2153; UG rds/CHAP_Storage.md")
def gp3_below_400(context: Context) -> None:
    """MySQL's gp3 below 400 GiB takes neither IOPS nor throughput."""
    params = context.params
    if _is_member(context) or _engine(context) != "mysql" or _now(context, "StorageType", "storage_type") != "gp3":
        return
    size = int(_now(context, "AllocatedStorage", "allocated_storage") or 0)
    if size < catalogue.GP3_STRIPED_FROM and ("Iops" in params or "StorageThroughput" in params):
        raise _combination("You can't specify IOPS or storage throughput for engine mysql and a storage size less than 400.")
    if size >= catalogue.GP3_STRIPED_FROM and params.get("Iops", 12000) < 12000:
        raise _combination(f"Invalid iops value for engine name mysql and storage type gp3: {params['Iops']}")


@rule("R-RDS-03", service="rds", operations=[CREATE, MODIFY], source="API rds:CreateDBInstance")
def provisioned_iops(context: Context) -> None:
    """io1 and io2 need IOPS: of io1 0.5 to 50 per GiB, of io2 up to 1,000."""
    kind = _now(context, "StorageType", "storage_type")
    if _is_member(context) or kind not in ("io1", "io2"):
        return
    iops, size = _now(context, "Iops", "iops"), int(_now(context, "AllocatedStorage", "allocated_storage") or 0)
    if not iops:
        raise _combination(f"You must specify iops for storage type {kind}")
    if not 0.5 <= int(iops) / max(size, 1) <= (50 if kind == "io1" else 1000):
        raise _combination(f"The IOPS to GiB ratio of {int(iops) / max(size, 1):g} is not allowed for storage type {kind}")


@rule("R-RDS-34", service="rds", operations=[CREATE, MODIFY], source="unsourced (ratio)", certain=False)
def autoscaling_room(context: Context) -> None:
    """The limit of storage autoscaling is a tenth above what there is, at least."""
    limit, size = context.params.get("MaxAllocatedStorage"), int(_now(context, "AllocatedStorage", "allocated_storage") or 0)
    if limit is not None and not _is_member(context) and limit * 10 < size * 11:
        raise _combination("Invalid max storage size for engine name mysql: the maximum storage threshold must be at least 10% above the allocated storage")


@rule("R-RDS-23", service="rds", operations=[MODIFY], source="API rds:ModifyDBInstance")
def storage_never_shrinks(context: Context) -> None:
    """Storage only grows."""
    database, size = _instance(context), context.params.get("AllocatedStorage")
    if database is not None and size is not None and size < int(database.allocated_storage):
        raise _combination("Requested storage size is smaller than the current storage size: storage cannot be reduced")


@rule("R-RDS-24", service="rds", operations=[MODIFY], source="UG rds/Overview.DBInstance.Modifying.md, USER_PIOPS.StorageTypes.md")
def storage_rests(context: Context) -> None:
    """Six hours between two changes of storage, where time passes (--latency)."""
    database = _instance(context)
    if database is None or not context.simulator.lifecycles.enabled or not context.params.get("ApplyImmediately"):
        return
    asked = {member: context.params[member] for member in ("AllocatedStorage", "StorageType", "Iops") if member in context.params}
    current = {"AllocatedStorage": int(database.allocated_storage or 0), "StorageType": database.storage_type, "Iops": int(database.iops or 0)}
    if all(current[member] == value for member, value in asked.items()):
        return
    if context.simulator.clock() < getattr(database, "storage_changed", 0.0) + context.simulator.lifecycles.scaled(_SIX_HOURS):
        raise _combination("You can't currently modify the storage of this DB instance because the previous storage change is being optimized.")
    database.storage_changed = context.simulator.clock()


# Identity, password, monitoring -----------------------------------------------------------------------------------------------


@rule("R-RDS-05", service="rds", operations=[CREATE, MODIFY, REPLICATE], source="API rds:CreateDBInstance")
def monitoring(context: Context) -> None:
    """Intervals are 0, 1, 5, 10, 15, 30 or 60 seconds; the role exists, is known everywhere and trusts RDS's monitoring."""
    interval = context.params.get("MonitoringInterval")
    if interval is not None and interval not in (0, 1, 5, 10, 15, 30, 60):
        raise _value(f"The specified value {interval} is not a valid value for MonitoringInterval.")
    if context.params.get("MonitoringRoleArn") and not trusted_role(context, context.params["MonitoringRoleArn"], "monitoring.rds.amazonaws.com"):
        raise _value("IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING")


@rule("R-RDS-04", service="rds", operations=[REPLICATE, MODIFY], source="API rds:CreateDBInstance")
def monitoring_needs_a_role(context: Context) -> None:
    """An interval other than 0 needs a role."""
    interval = _now(context, "MonitoringInterval", "monitoring_interval") if context.operation == MODIFY else context.params.get("MonitoringInterval")
    role = _now(context, "MonitoringRoleArn", "monitoring_role_arn") if context.operation == MODIFY else context.params.get("MonitoringRoleArn")
    if interval and not role:
        raise _combination("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.")


def trusted_role(context: Context, arn: str, service: str) -> bool:
    """Whether a role exists, has spread since its creation, and lets the service assume it."""
    name = arn.rpartition("/")[2]
    role = next((one for one in context.backend("iam").roles.values() if one.name == name), None)
    if role is None or context.simulator.lifecycles.state(context, "iam.role", name):
        return False
    trust = role.assume_role_policy_document
    statements = (json.loads(trust) if isinstance(trust, str) else trust)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principals = statement.get("Principal", {}).get("Service", [])
        if statement["Effect"] == "Allow" and service in ([principals] if isinstance(principals, str) else principals):
            return True
    return False


@rule("R-RDS-06", service="rds", operations=[CREATE, REPLICATE], source="API rds:CreateDBInstance")
def zone_or_multi_az(context: Context) -> None:
    """A zone may not be named together with Multi-AZ."""
    if context.params.get("MultiAZ") and context.params.get("AvailabilityZone"):
        raise _combination("Requesting a specific availability zone is not valid for Multi-AZ instances.")


@rule("R-RDS-07", service="rds", operations=[CREATE, MODIFY, REPLICATE], source="UG rds/USER_DatabaseInsights.Engines.md")
def insights_of_small_classes(context: Context) -> None:
    """Micro and small burstable classes have no Performance Insights."""
    on = (
        _now(context, "EnablePerformanceInsights", "performance_insights_enabled")
        if context.operation == MODIFY
        else context.params.get("EnablePerformanceInsights")
    )
    instance_class = str(_now(context, "DBInstanceClass", "db_instance_class") or "")
    if on and _engine(context) in ("mysql", "aurora-mysql") and catalogue.small_burstable(instance_class):
        raise _combination("Performance Insights not supported for this configuration.")


@rule("R-RDS-08", service="rds", operations=[CREATE, MODIFY, REPLICATE, CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBInstance")
def insights_retention(context: Context) -> None:
    """7 days, 31 times n up to 713, 731 - and 465 in advanced mode."""
    days = context.params.get("PerformanceInsightsRetentionPeriod")
    if days is not None and not (days in (7, 731) or (days % 31 == 0 and 31 <= days <= 713)):
        raise _value(f"Invalid Performance Insights retention period. Valid values are: [7, 731] and multiples of 31, not {days}")


@rule("R-RDS-09", service="rds", operations=[REPLICATE, CREATE_CLUSTER], source="API rds:CreateDBInstance")
def identifier(context: Context) -> None:
    """1 to 63 letters, digits and hyphens, a letter first, no hyphen last or twice."""
    name = context.params["DBClusterIdentifier" if context.operation == CREATE_CLUSTER else "DBInstanceIdentifier"]
    if not re.fullmatch(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{0,62}(?<!-)", name):
        raise _value(f"The parameter {name} is not a valid identifier. Identifiers must begin with a letter; contain only ASCII letters, digits, and hyphens.")


@rule("R-RDS-10", service="rds", operations=[CREATE, MODIFY, CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBInstance")
def master_password(context: Context) -> None:
    """8 to 41 printable characters without slash, quotation mark and at sign."""
    password = context.params.get("MasterUserPassword")
    if password is None:
        return
    if not 8 <= len(password) <= 41:
        raise _value("The parameter MasterUserPassword is not a valid password because it is not between 8 and 41 characters long.")
    if re.search(r'[/"@ ]', password) or not password.isprintable() or not password.isascii():
        raise _value("The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.")


@rule("R-RDS-11", service="rds", operations=[CREATE, CREATE_CLUSTER], source="API rds:CreateDBInstance")
def master_user(context: Context) -> None:
    """1 to 16 letters, digits and underscores, a letter first, and not a name of RDS's own."""
    name = context.params.get("MasterUsername")
    if name is not None and (not re.fullmatch(r"[a-zA-Z]\w{0,15}", name) or name.lower() in _RESERVED_USERS):
        raise _value(f"MasterUsername {name} cannot be used as it is invalid or a reserved word used by the engine")


@rule("R-RDS-21", service="rds", operations=[CREATE, MODIFY, CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBInstance")
def managed_or_given(context: Context) -> None:
    """A managed master password excludes one that is given; one of both there must be."""
    params = context.params
    if params.get("ManageMasterUserPassword") and "MasterUserPassword" in params:
        raise _combination("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
    if params.get("ManageMasterUserPassword") is False and "MasterUserPassword" not in params and context.operation in (MODIFY, MODIFY_CLUSTER):
        target = _instance(context) if context.operation == MODIFY else _cluster(context)
        if target is not None and target.manage_master_user_password:
            raise _combination("MasterUserPassword must be provided when ManageMasterUserPassword is set to false.")
    if context.operation == CREATE and not _is_member(context) and not params.get("ManageMasterUserPassword") and "MasterUserPassword" not in params:
        raise _value("The parameter MasterUserPassword must be provided and must not be blank.")


# Replicas and backups ---------------------------------------------------------------------------------------------------------


@rule("R-RDS-22", service="rds", operations=[REPLICATE], source="UG rds/rds-secrets-manager.md; thread terraform-aws-modules/terraform-aws-rds#532")
def no_replica_of_a_managed_password(context: Context) -> None:
    """RDS for MySQL cannot replicate an instance whose master password it manages."""
    source = _source(context)
    if source is not None and source.manage_master_user_password:
        raise _value(f"Creating read replicas for source instance with engine {source.engine} where ManageMasterUserPassword is enabled is not supported.")


@rule("R-RDS-12", service="rds", operations=[REPLICATE], source="API rds:CreateDBInstanceReadReplica")
def replica_needs_backups(context: Context) -> None:
    """The source keeps automated backups."""
    source = _source(context)
    if source is not None and not int(source.backup_retention_period or 0):
        raise Refused(
            "InvalidDBInstanceState", "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance."
        )


@rule("R-RDS-46", service="rds", operations=[REPLICATE], source="API rds:CreateDBInstanceReadReplica")
def parameter_group_of_a_replica(context: Context) -> None:
    """A parameter group may be named for replicas in another region only."""
    params = context.params
    if "DBParameterGroupName" in params and not params["SourceDBInstanceIdentifier"].startswith("arn:"):
        raise _combination("A parameter group can't be specified during Read Replica creation for the following DB engine: mysql")


@rule("R-RDS-20", service="rds", operations=[REPLICATE], source="API rds:CreateDBInstanceReadReplica (KmsKeyId)")
def key_of_a_replica(context: Context) -> None:
    """An encrypted replica in another region needs a key of that region; one of a source that is not encrypted can have none."""
    params, source = context.params, _source(context)
    if source is None:
        return
    if "KmsKeyId" in params and not source.storage_encrypted:
        raise _combination("You cannot create an encrypted Read Replica from an unencrypted DB instance.")
    if not is_arn(params["SourceDBInstanceIdentifier"]) or not source.storage_encrypted:
        return
    if "KmsKeyId" not in params:
        raise _combination("Cannot create a cross region unencrypted read replica from encrypted source.")
    if params["KmsKeyId"].startswith("arn:") and params["KmsKeyId"].split(":")[3] != context.region:
        raise Refused("KMSKeyNotAccessibleFault", f"The KMS key [{params['KmsKeyId']}] does not exist, is not enabled or you do not have permissions.")


@rule("R-RDS-35", service="rds", operations=[REPLICATE], source="UG rds/USER_ReadRepl.XRgn.md")
def source_of_another_region_is_available(context: Context) -> None:
    """As in the same region, only what is available can be copied."""
    source_id = context.params["SourceDBInstanceIdentifier"]
    there, source = source_of(context, source_id)
    if source is not None and is_arn(source_id) and lifecycle_state(there, "db_instance", source.db_instance_identifier):
        raise Refused("InvalidDBInstanceState", f"Instance {source.db_instance_identifier} is not in available state.")


@rule("R-RDS-46", service="rds", operations=[REPLICATE], source="API rds:CreateDBInstanceReadReplica (DBSubnetGroupName)")
def subnet_group_of_a_replica(context: Context) -> None:
    """The subnet group is one of the region that the replica is made in."""
    group = context.params.get("DBSubnetGroupName")
    if group and group not in context.backend("rds").subnet_groups:
        raise Refused("DBSubnetGroupNotFoundFault", f"DB subnet group '{group}' does not exist.")


@rule("R-RDS-47", service="rds", operations=[REPLICATE], source="UG rds/USER_ReadRepl.md", certain=False)
def replicas_per_source(context: Context) -> None:
    """Fifteen replicas of a source."""
    source = _source(context)
    if source is not None and len(source.replicas) >= 15:
        raise Refused("InstanceQuotaExceeded", "The source database instance has 15 read replicas already.")


@rule("R-RDS-30", service="rds", operations=[MODIFY], source="API rds:CreateDBInstance (BackupRetentionPeriod)", certain=False)
def replicas_need_backups(context: Context) -> None:
    """Backups cannot be switched off while there are replicas."""
    database = _instance(context)
    if database is not None and database.replicas and context.params.get("BackupRetentionPeriod") == 0:
        raise Refused("InvalidDBInstanceState", "Backups cannot be disabled on a DB instance that has read replicas.")


@rule("R-RDS-26", service="rds", operations=["PromoteReadReplica"], source="API rds:PromoteReadReplica")
def only_replicas_are_promoted(context: Context) -> None:
    """Only a replica can be promoted."""
    database = _instance(context)
    if database is not None and not database.is_replica:
        raise Refused("InvalidDBInstanceState", f"DB Instance {database.db_instance_identifier} is not a read replica.")


@rule("R-RDS-14", service="rds", operations=[DELETE], source="API rds:DeleteDBInstance")
def final_snapshot_or_skip(context: Context) -> None:
    """A final snapshot is named unless it is skipped."""
    params, database = context.params, _instance(context)
    if database is None or database.db_cluster_identifier:
        return
    if not params.get("SkipFinalSnapshot") and not params.get("FinalDBSnapshotIdentifier"):
        raise _combination("FinalDBSnapshotIdentifier cannot be empty when SkipFinalSnapshot is false.")


@rule("R-RDS-15", service="rds", operations=[DELETE], source="API rds:DeleteDBInstance")
def skip_excludes_a_name(context: Context) -> None:
    """A skipped final snapshot has no name, and a replica or a member of a cluster has none at all."""
    params, database = context.params, _instance(context)
    if params.get("SkipFinalSnapshot") and params.get("FinalDBSnapshotIdentifier"):
        raise _combination("FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")
    if database is not None and params.get("FinalDBSnapshotIdentifier") and (database.is_replica or database.db_cluster_identifier):
        raise _combination("FinalDBSnapshotIdentifier can not be specified when deleting a replica instance or a cluster instance.")


@rule("R-RDS-51", service="rds", operations=[FROM_SNAPSHOT], source="API rds:RestoreDBInstanceFromDBSnapshot (DBName)", certain=False)
def schemas_are_the_snapshots(context: Context) -> None:
    """The databases in it are those of the snapshot: a name is for Oracle and SQL Server only."""
    snapshot = _snapshot(context)
    if context.params.get("DBName") and snapshot is not None and snapshot.engine == "mysql":
        raise _combination("DBName does not apply to a DB instance of this engine that is restored from a snapshot.")


@rule("R-RDS-52", service="rds", operations=[FROM_SNAPSHOT], source="API rds:RestoreDBInstanceFromDBSnapshot (AllocatedStorage)", certain=False)
def as_large_as_the_snapshot(context: Context) -> None:
    """What was in there has to fit."""
    snapshot, wanted = _snapshot(context), context.params.get("AllocatedStorage")
    if snapshot is not None and wanted is not None and wanted < int(snapshot.allocated_storage):
        raise _value("The allocated storage size can't be less than the source snapshot or backup size.")


@rule("R-BKP-17", service="rds", operations=["DeleteDBSnapshot"], source="UG rds/USER_DeleteSnapshot.md", certain=False)
def recovery_points_are_backups(context: Context) -> None:
    """What AWS Backup manages, AWS Backup deletes."""
    snapshot = _snapshot(context)
    if snapshot is not None and snapshot.snapshot_type == "awsbackup":
        raise Refused("InvalidDBSnapshotState", "Snapshots managed by AWS Backup cannot be deleted with Amazon RDS: use AWS Backup.")


# Groups -----------------------------------------------------------------------------------------------------------------------


@rule("R-RDS-16", service="rds", operations=["CreateDBSubnetGroup", "ModifyDBSubnetGroup"], source="unsourced (API error list)")
def two_zones(context: Context) -> None:
    """A subnet group covers two zones."""
    if len({context.backend("ec2").get_subnet(one).availability_zone for one in context.params["SubnetIds"]}) < 2:
        raise Refused(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at least 2 AZs.",
        )


def _users(context: Context) -> Iterable[Any]:
    backend = context.backend("rds")
    return [*backend.databases.values(), *backend.clusters.values()]


@rule("R-RDS-17", service="rds", operations=["DeleteDBSubnetGroup"], source="API rds:DeleteDBSubnetGroup")
def subnet_group_in_use(context: Context) -> None:
    """A subnet group that something stands in cannot be deleted."""
    name = context.params["DBSubnetGroupName"].lower()
    leaving = context.simulator.lifecycles.leaving(context, "rds.db_instance")
    used = {getattr(one, "_db_subnet_group_name", None) or getattr(one, "db_subnet_group_name", None) for one in context.backend().clusters.values()}
    used |= {one.db_subnet_group.name for one in context.backend().databases.values() if getattr(one, "db_subnet_group", None)}
    used |= {one.get("DBSubnetGroup", {}).get("DBSubnetGroupName") for one in leaving}
    if name in used:
        raise Refused("InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}' because at least one database instance is still using it.")


@rule("R-RDS-18", service="rds", operations=["DeleteDBParameterGroup", "DeleteDBClusterParameterGroup"], source="API rds:DeleteDBParameterGroup")
def parameter_group_in_use(context: Context) -> None:
    """A parameter group that something uses cannot be deleted."""
    if of_cluster(context):
        name = context.params["DBClusterParameterGroupName"]
        used = {one.parameter_group for one in context.backend().clusters.values()}
    else:
        name = context.params["DBParameterGroupName"]
        used = {one.db_parameter_group_name for one in context.backend().databases.values()}
        for one in context.simulator.lifecycles.leaving(context, "rds.db_instance"):
            used |= {group["DBParameterGroupName"] for group in one.get("DBParameterGroups", [])}
    if name in used:
        raise Refused("InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group.")


_CHANGE_GROUP = ["ModifyDBParameterGroup", "ModifyDBClusterParameterGroup", "ResetDBParameterGroup", "ResetDBClusterParameterGroup"]


@rule(
    "R-RDS-43",
    service="rds",
    operations=[*_CHANGE_GROUP, "DeleteDBParameterGroup", "DeleteDBClusterParameterGroup"],
    source="UG rds/USER_WorkingWithParamGroups.md",
    certain=False,
)
def default_groups_stay(context: Context) -> None:
    """Default parameter groups can be neither changed nor deleted."""
    name = context.params.get("DBClusterParameterGroupName") or context.params.get("DBParameterGroupName", "")
    if name.startswith("default."):
        raise Refused("InvalidDBParameterGroupState", f"The default parameter group {name} cannot be modified or deleted.")


@rule("R-RDS-44", service="rds", operations=["CreateDBParameterGroup", "CreateDBClusterParameterGroup"], source="API rds:CreateDBParameterGroup")
def group_name_and_family(context: Context) -> None:
    """Names are letters, digits and hyphens, a letter first; families are those that there are."""
    params = context.params
    name = params.get("DBClusterParameterGroupName") or params["DBParameterGroupName"]
    if not re.fullmatch(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]{0,254}(?<!-)", name):
        raise _value(f"The parameter DBParameterGroupName is not a valid identifier: {name}")
    if params["DBParameterGroupFamily"] not in catalogue.FAMILIES:
        raise _value(f"ParameterGroupFamily {params['DBParameterGroupFamily']} is not a valid parameter group family")


@rule("R-RDS-19", service="rds", operations=[CREATE, CREATE_CLUSTER, MODIFY, MODIFY_CLUSTER], source="unsourced")
def group_fits_the_engine(context: Context) -> None:
    """The parameter group is of the engine's family."""
    params, backend = context.params, context.backend()
    at_cluster = context.operation in (CREATE_CLUSTER, MODIFY_CLUSTER)
    name = params.get("DBClusterParameterGroupName" if at_cluster else "DBParameterGroupName")
    groups = backend.db_cluster_parameter_groups if at_cluster else backend.db_parameter_groups
    if not name or name not in groups:
        return
    target = _cluster(context) if at_cluster or _is_member(context) else _instance(context)
    engine = params.get("Engine") or getattr(target, "engine", "")
    version = params.get("EngineVersion") or getattr(target, "engine_version", None)
    resolved = catalogue.resolve(engine, version)
    if resolved and family(groups[name]) != catalogue.family_of(engine, resolved):
        raise _combination(
            f"The Parameter Group {name} with DBParameterGroupFamily {family(groups[name])} can't be used for this instance. "
            f"Please use a Parameter Group with DBParameterGroupFamily {catalogue.family_of(engine, resolved)}"
        )


@rule("R-RDS-32", service="rds", operations=_CHANGE_GROUP, source="unsourced")
def parameter_known(context: Context) -> None:
    """Parameters exist, may be changed, and have a value that is allowed."""
    group = parameter_group(context)
    known = catalogue.parameters(family(group), of_cluster(context))
    for one in context.params.get("Parameters", []):
        name = one.get("ParameterName", "")
        if name not in known:
            raise _value(f"Could not find parameter with name: {name}")
        if not known[name].modifiable:
            raise _value(f"The parameter {name} cannot be modified.")
        if "ParameterValue" in one and not known[name].allows(one["ParameterValue"]):
            raise _value(f"Invalid parameter value: {one['ParameterValue']} for: {name} allowed values are: {known[name].allowed}")


@rule("R-RDS-33", service="rds", operations=_CHANGE_GROUP, source="API rds:ModifyDBParameterGroup")
def static_parameters_wait(context: Context) -> None:
    """Static parameters take pending-reboot only, and a call twenty parameters."""
    given = context.params.get("Parameters", [])
    if len(given) > 20:
        raise _value(f"The request contains {len(given)} parameters, which is more than the 20 that can be modified at a time.")
    known = catalogue.parameters(family(parameter_group(context)), of_cluster(context))
    for one in given:
        entry = known.get(one.get("ParameterName", ""))
        if entry is not None and entry.apply == "static" and one.get("ApplyMethod") == "immediate":
            raise _combination("cannot use immediate apply method for static parameter")


# What is offered --------------------------------------------------------------------------------------------------------------


@rule("R-RDS-25", service="rds", operations=[CREATE, CREATE_CLUSTER], source="unsourced (code)", certain=False)
def version_offered(context: Context) -> None:
    """The version is one that can be had."""
    engine, version = context.params["Engine"], context.params.get("EngineVersion")
    if engine in catalogue.VERSIONS and version and catalogue.resolve(engine, version) is None:
        raise _combination(f"Cannot find version {version} for {engine}")


@rule("R-RDS-28", service="rds", operations=[CREATE, MODIFY, REPLICATE], source="unsourced (code)", certain=False)
def class_orderable(context: Context) -> None:
    """The class can be ordered with the engine, and with the storage."""
    engine, instance_class = _engine(context), context.params.get("DBInstanceClass")
    if engine not in catalogue.VERSIONS or instance_class is None or _is_member(context):
        return
    if instance_class not in catalogue.classes(engine):
        raise _combination(f"RDS does not support creating a DB instance with the following combination: DBInstanceClass={instance_class}, Engine={engine}")
    storage = _now(context, "StorageType", "storage_type")
    if storage and storage not in catalogue.storages(engine, instance_class):
        raise _combination(
            f"RDS does not support creating a DB instance with the following combination: DBInstanceClass={instance_class}, StorageType={storage}"
        )


@rule("R-AUR-02", service="rds", operations=[CREATE, MODIFY], source="unsourced")
def aurora_class(context: Context) -> None:
    """Members of a cluster have classes of Aurora's."""
    instance_class = context.params.get("DBInstanceClass")
    if _is_member(context) and instance_class is not None and instance_class not in catalogue.classes("aurora-mysql"):
        raise _combination(f"RDS does not support creating a DB instance with the following combination: DBInstanceClass={instance_class}, Engine=aurora-mysql")


@rule("R-RDS-29", service="rds", operations=[CREATE, MODIFY, REPLICATE, CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBInstance")
def log_types(context: Context) -> None:
    """Log types are those of the engine."""
    params = context.params
    engine = (params.get("Engine") or getattr(_cluster(context), "engine", "")) if context.operation in (CREATE_CLUSTER, MODIFY_CLUSTER) else _engine(context)
    given = {*params.get("EnableCloudwatchLogsExports", []), *params.get("CloudwatchLogsExportConfiguration", {}).get("EnableLogTypes", [])}
    unknown = given - catalogue.LOG_TYPES.get(engine, frozenset(given))
    if unknown:
        raise _combination(f"You cannot use the log types '{', '.join(sorted(unknown))}' with engine version {engine}.")


@rule("R-RDS-39", service="rds", operations=[MODIFY, MODIFY_CLUSTER], source="unsourced (code)", certain=False)
def major_upgrade(context: Context) -> None:
    """A major upgrade is said to be one."""
    target = _instance(context) if context.operation == MODIFY else _cluster(context)
    wanted = context.params.get("EngineVersion")
    if target is None or wanted is None:
        return
    if wanted.split(".")[:2] != str(target.engine_version).split(".")[:2] and not context.params.get("AllowMajorVersionUpgrade"):
        raise _combination("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")


@rule("R-RDS-40", service="rds", operations=[MODIFY, MODIFY_CLUSTER], source="unsourced")
def no_downgrade(context: Context) -> None:
    """Versions only rise."""
    target = _instance(context) if context.operation == MODIFY else _cluster(context)
    wanted = catalogue.resolve(target.engine, context.params["EngineVersion"]) if target is not None and "EngineVersion" in context.params else None
    offered = catalogue.VERSIONS.get(target.engine, ()) if target is not None else ()
    if wanted in offered and target.engine_version in offered and offered.index(wanted) < offered.index(target.engine_version):
        raise _combination(f"Cannot upgrade {target.engine} from {target.engine_version} to {wanted}")


@rule("R-RDS-36", service="rds", operations=[CREATE, MODIFY, REPLICATE, CREATE_CLUSTER, MODIFY_CLUSTER], source="unsourced")
def groups_exist(context: Context) -> None:
    """Security groups exist."""
    for group_id in context.params.get("VpcSecurityGroupIds", []):
        if context.backend("ec2").get_security_group_from_id(group_id) is None:
            raise _value(f"Invalid security group , groupId= {group_id}, groupName=")


@rule("R-RDS-37", service="rds", operations=[CREATE, CREATE_CLUSTER], source="unsourced (code)", certain=False)
def groups_of_the_vpc(context: Context) -> None:
    """Security groups are of the subnet group's VPC."""
    group = context.backend().subnet_groups.get(context.params.get("DBSubnetGroupName", ""))
    for group_id in context.params.get("VpcSecurityGroupIds", []):
        found = context.backend("ec2").get_security_group_from_id(group_id)
        if group is not None and found is not None and found.vpc_id != group.vpc_id:
            raise Refused(
                "InvalidVPCNetworkStateFault",
                f"The DB instance and EC2 security group are in different VPCs: {group.vpc_id} and {found.vpc_id}",
            )


@rule("R-RDS-42", service="rds", operations=["RebootDBInstance"], source="unsourced (code)", certain=False)
def failover_needs_a_standby(context: Context) -> None:
    """A reboot with failover needs Multi-AZ."""
    database = _instance(context)
    if database is not None and context.params.get("ForceFailover") and not database.multi_az:
        raise _combination("ForceFailover cannot be specified since the instance is not configured for MultiAZ.")


@rule("R-RDS-50", service="rds", operations=["StopDBInstance"], source="API rds:StopDBInstance; UG rds/USER_StopInstance.md")
def replicas_never_stop(context: Context) -> None:
    """An instance with replicas, or that is one, cannot be stopped."""
    database = _instance(context)
    if database is not None and (database.is_replica or database.replicas):
        raise Refused("InvalidDBInstanceState", "Cannot stop a DB instance that is a read replica or has one.")


# Aurora -----------------------------------------------------------------------------------------------------------------------


@rule("R-AUR-03", service="rds", operations=[CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBCluster")
def cluster_backups(context: Context) -> None:
    """A cluster keeps backups for 1 to 35 days."""
    days = context.params.get("BackupRetentionPeriod")
    if days is not None and not 1 <= days <= 35:
        raise _value(f"Invalid backup retention period: {days}. Must be between 1 and 35")


@rule("R-AUR-05", service="rds", operations=["DeleteDBCluster"], source="API rds:DeleteDBCluster")
def cluster_snapshot_or_skip(context: Context) -> None:
    """A final snapshot is named unless it is skipped."""
    if not context.params.get("SkipFinalSnapshot") and not context.params.get("FinalDBSnapshotIdentifier"):
        raise _combination("FinalDBSnapshotIdentifier cannot be empty when SkipFinalSnapshot is false.")


@rule("R-AUR-09", service="rds", operations=["DeleteDBCluster"], source="unsourced")
def cluster_skip_excludes_a_name(context: Context) -> None:
    """A skipped final snapshot has no name."""
    if context.params.get("SkipFinalSnapshot") and context.params.get("FinalDBSnapshotIdentifier"):
        raise _combination("FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")


@rule("R-AUR-07", service="rds", operations=[CREATE], source="unsourced")
def serverless_needs_a_range(context: Context) -> None:
    """db.serverless needs a range of capacity at the cluster."""
    cluster = _cluster(context)
    if context.params.get("DBInstanceClass") == "db.serverless" and cluster is not None and not cluster.serverless_v2_scaling_configuration:
        raise Refused(
            "InvalidDBClusterStateFault", "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance."
        )


@rule("R-AUR-08", service="rds", operations=[CREATE], source="API rds:CreateDBInstance")
def what_belongs_to_the_cluster(context: Context) -> None:
    """Master user, storage, backups, subnets and security groups are the cluster's."""
    cluster_only = (
        "AllocatedStorage", "BackupRetentionPeriod", "DBName", "DeletionProtection", "EnableCloudwatchLogsExports", "KmsKeyId", "ManageMasterUserPassword",
        "MasterUserPassword", "MasterUsername", "MaxAllocatedStorage", "PreferredBackupWindow", "StorageEncrypted", "VpcSecurityGroupIds",
    )  # fmt: skip
    given = [member for member in cluster_only if member in context.params]
    if _is_member(context) and given:
        raise _combination(f"The requested DB Instance will be a member of a DB Cluster. Set {', '.join(given)} for the DB Cluster.")


@rule("R-AUR-15", service="rds", operations=[CREATE, MODIFY], source="API rds:CreateDBInstance")
def no_multi_az_of_members(context: Context) -> None:
    """Multi-AZ is for instances that stand alone."""
    if _is_member(context) and "MultiAZ" in context.params:
        raise _combination("VPC Multi-AZ DB Instances are not available for engine: aurora-mysql")


@rule("R-AUR-16", service="rds", operations=[CREATE, MODIFY, CREATE_CLUSTER, MODIFY_CLUSTER], source="API rds:CreateDBClusterMessage")
def advanced_insights(context: Context) -> None:
    """Advanced Database Insights needs Performance Insights and 465 days."""
    params = context.params
    if params.get("DatabaseInsightsMode") != "advanced":
        return
    target = _cluster(context) if context.operation in (CREATE_CLUSTER, MODIFY_CLUSTER) else _instance(context)
    on = params.get("EnablePerformanceInsights", getattr(target, "performance_insights_enabled", False))
    days = params.get("PerformanceInsightsRetentionPeriod", getattr(target, "performance_insights_retention_period", None))
    if not on or days != 465:
        raise _combination("To enable the Advanced mode of Database Insights, enable Performance Insights and set its retention period to 465 days.")


# Proxies ----------------------------------------------------------------------------------------------------------------------


@rule("R-PRX-01", service="rds", operations=["CreateDBProxy"], source="UG rds/rds-proxy-setup.md")
def proxy_subnets(context: Context) -> None:
    """A proxy stands in two zones of one VPC."""
    subnets = [context.backend("ec2").get_subnet(one) for one in context.params["VpcSubnetIds"]]
    if len({subnet.availability_zone for subnet in subnets}) < 2 or len({subnet.vpc_id for subnet in subnets}) > 1:
        raise Refused("InvalidSubnet", "The requested subnets are not in two Availability Zones of one VPC.")


@rule("R-PRX-04", service="rds", operations=["RegisterDBProxyTargets"], source="UG rds/rds-proxy.md; API rds:RegisterDBProxyTargets")
def proxy_target(context: Context) -> None:
    """A proxy that stands leads to a writer that stands, and to one of them."""
    params, backend = context.params, context.backend()
    state = lifecycle_state(context, "db_proxy", params["DBProxyName"])
    if state:
        raise Refused("InvalidDBProxyStateFault", f"The DB proxy is in {state} state")
    for name in params.get("DBInstanceIdentifiers", []):
        database = backend.databases.get(name)
        if database is None:
            raise Refused("DBInstanceNotFound", f"DBInstance {name} not found.")
        if database.is_replica:
            raise Refused("InvalidDBInstanceState", f"DB instance {name} is a read replica, which a proxy cannot lead to.")
        if lifecycle_state(context, "db_instance", name):
            raise Refused("InvalidDBInstanceState", f"DB instance {name} is not in available state.")
    for name in params.get("DBClusterIdentifiers", []):
        cluster = backend.clusters.get(name)
        if cluster is None:
            raise Refused("DBClusterNotFoundFault", f"DBCluster {name} not found.")
        if not cluster.members or all(lifecycle_state(context, "db_instance", one.db_instance_identifier) for one in cluster.members):
            raise Refused("InvalidDBClusterStateFault", f"DB cluster {name} has no available instance.")
    known = backend.db_proxies.get(params["DBProxyName"])
    if known is not None and known.proxy_target_groups["default"].targets:
        raise Refused("DBProxyTargetAlreadyRegisteredFault", "The target group of the proxy has a target already.")

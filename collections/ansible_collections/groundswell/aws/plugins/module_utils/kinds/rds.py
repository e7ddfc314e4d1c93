# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS and Aurora: groups, instances, replicas, clusters, proxies. Names are the identifiers AWS knows them by."""

from __future__ import annotations

import datetime
import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..exchange import find_instance
from ..recovery_points import find_snapshot, snapshot_name
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import PROPAGATION, error_code, tolerated
from ..times import parse_time, utc

# What autoscaling adds to a cluster is named so; it is the autoscaler's, whatever tags it inherits.
AUTOSCALED = "application-autoscaling-"
# Tag of an instance that says what it was restored from: a recovery point, or an instance and a time.
RESTORED_FROM = "RestoredFrom"
_PARAMETERS_PER_CALL = 20  # API rds:ModifyDBParameterGroup

_NOT_YET = (
    # Creating, modifying and backing up end by themselves.
    (r"InvalidDB(Instance|Cluster|Proxy)State(Fault)?", "", 3600.0),
    # A role or a grant made a moment ago.
    (r"InvalidParameterValue|InvalidParameterCombination", r"(?i)\brole\b|required permissions", PROPAGATION),
    (r"KMSKeyNotAccessibleFault", "", PROPAGATION),
    # A group may be deleted when its last user has gone.
    (r"InvalidDBSubnetGroupState(Fault)?|InvalidDBParameterGroupState(Fault)?", "", 1800.0),
)
_FAILED = {
    "failed", "incompatible-network", "incompatible-option-group", "incompatible-parameters", "incompatible-restore",
    "incompatible-create", "inaccessible-encryption-credentials", "insufficient-capacity", "insufficient-resource-limits", "restore-error",
    "storage-full", "suspended",
}  # fmt: skip
_USABLE = {"available", "storage-optimization"}  # storage is optimised for hours while everything works


def final_snapshot_name(name: str) -> str:
    """A name that no earlier removal has used: `groundswell-prod-final-20261121093000`."""
    return f"{name}-final-{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"


def major(version: str) -> str:
    """`8.4` of `8.4.9`; of Aurora's older numbering, `8.0.mysql_aurora.3` of `8.0.mysql_aurora.3.10.1`."""
    return ".".join(version.split(".")[: 4 if "aurora" in version else 2])


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def version_satisfied(wanted: str, current: str) -> bool:
    """True where nothing is to be upgraded: AWS's own minor upgrades may have gone past what is declared, and never go back."""
    if current == wanted or current.startswith(wanted + "."):
        return True
    return major(wanted) == major(current) and _numbers(current) >= _numbers(wanted)


def restored_from(source: Item) -> str:
    """What an instance was restored from, as its tag says it."""
    return str(source.get("recovery_point") or f"{source['instance']} {source['time']}")


class RdsKind(Kind):
    """What RDS's resources have in common: unique names, tags by ARN, deletions that do not mind."""

    service = "rds"
    not_yet = _NOT_YET
    arn_type = ""  # RDS's word in the ARN: "db"

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:rds:{self.session.region}:000000000000:{self.arn_type}:{PLACEHOLDER}"
        return {"id": name, "arn": arn}

    @property
    def no_address(self) -> str:
        """The address of something that has none yet; the set modules refuse it as an input."""
        return f"{PLACEHOLDER}.{self.session.region}.rds.amazonaws.com"

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags_to_resource(ResourceName=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def tags_of(self, arn: str) -> dict[str, str]:
        return tags_to_dict(self.client.list_tags_for_resource(ResourceName=arn)["TagList"])

    def of_ours(self, found: list[dict[str, t.Any]], key: str, names: t.Collection[str]) -> list[dict[str, t.Any]]:
        """Those whose name has our prefix or was asked for: only their tags are worth a call."""
        return [one for one in found if one[key].startswith(self.prefix) or one[key] in names]

    def gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone or going."""
        try:
            operation(**parameters)
        except self.client.exceptions.ClientError as error:
            if "NotFound" not in error_code(error) and "is already being deleted" not in str(error):
                raise


class RdsSubnetGroups(RdsKind):
    module, noun, arn_type = "rds_subnet_groups", "database subnet group", "subgrp"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        groups = self.of_ours(self.pages("describe_db_subnet_groups", "DBSubnetGroups"), "DBSubnetGroupName", names)
        for group, tags in zip(groups, self.session.each(lambda one: self.tags_of(one["DBSubnetGroupArn"]), groups), strict=True):
            state = {
                "description": group["DBSubnetGroupDescription"],
                "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
            }
            outputs = {"id": group["DBSubnetGroupName"], "arn": group["DBSubnetGroupArn"], "vpc_id": group["VpcId"]}
            yield Resource(group["DBSubnetGroupName"], state, tags, outputs)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_db_subnet_group(
            DBSubnetGroupName=name, DBSubnetGroupDescription=item.get("description") or name, SubnetIds=item["subnet_ids"], Tags=dict_to_tags(tags)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.modify_db_subnet_group(
            DBSubnetGroupName=resource.name,
            DBSubnetGroupDescription=item.get("description") or resource.state["description"],
            SubnetIds=item["subnet_ids"],
        )

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_db_subnet_group, DBSubnetGroupName=resource.name)


class RdsParameterGroups(RdsKind):
    """Parameter groups of instances; those of clusters differ in the names of AWS's operations alone."""

    module, noun, arn_type = "rds_parameter_groups", "database parameter group", "pg"
    fixed = ("family", "description")
    create_then_update = True
    _word = "db_parameter_group"
    _member = "DBParameterGroup"
    _read = "describe_db_parameters"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        name, arn = f"{self._member}Name", f"{self._member}Arn"
        groups = self.of_ours(self.pages(f"describe_{self._word}s", f"{self._member}s"), name, names)

        def detail(group: dict[str, t.Any]) -> Resource:
            state = {
                "family": group["DBParameterGroupFamily"],
                "description": group["Description"],
                "parameters": {one["ParameterName"]: one.get("ParameterValue", "") for one in self._parameters(group[name], Source="user")},
            }
            return Resource(group[name], state, self.tags_of(group[arn]), {"id": group[name], "arn": group[arn]})

        return self.session.each(detail, groups)

    def _parameters(self, group: str, **narrow: t.Any) -> list[dict[str, t.Any]]:
        return self.pages(self._read, "Parameters", **{f"{self._member}Name": group}, **narrow)

    def normalise(self, item: Item) -> Item:
        """AWS keeps every value as text."""
        if item.get("parameters") is None:
            return item
        text = {True: "1", False: "0"}
        values = {key: text[value] if isinstance(value, bool) else str(value) for key, value in item["parameters"].items()}
        return {**item, "parameters": values}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # A parameter that is no longer declared goes back to its default.
        return bool(wanted == current) if option == "parameters" else None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        getattr(self.client, f"create_{self._word}")(
            **{f"{self._member}Name": name},
            DBParameterGroupFamily=item["family"], Description=item.get("description") or name, Tags=dict_to_tags(tags),
        )  # fmt: skip

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        wanted, current = changes["parameters"], resource.state["parameters"]
        changed = {key: value for key, value in wanted.items() if current.get(key) != value}
        known = {one["ParameterName"]: one for one in self._parameters(resource.name)}
        wrong = [key for key in changed if not known.get(key, {}).get("IsModifiable")]
        if wrong:
            raise Problem(f"{resource.state['family']} has no parameter that can be set named {', '.join(sorted(wrong))}")
        self._send(f"modify_{self._word}", resource, [{"ParameterName": key, "ParameterValue": changed[key], **self._when(known[key])} for key in changed])
        self._send(f"reset_{self._word}", resource, [{"ParameterName": key, **self._when(known[key])} for key in current if key not in wanted])

    @staticmethod
    def _when(parameter: dict[str, t.Any]) -> dict[str, str]:
        """Static parameters take effect at the next reboot, and AWS accepts nothing else for them."""
        return {"ApplyMethod": "immediate" if parameter.get("ApplyType") == "dynamic" else "pending-reboot"}

    def _send(self, operation: str, resource: Resource, parameters: list[dict[str, str]]) -> None:
        for start in range(0, len(parameters), _PARAMETERS_PER_CALL):
            some = parameters[start : start + _PARAMETERS_PER_CALL]
            getattr(self.client, operation)(**{f"{self._member}Name": resource.name}, Parameters=some)

    def delete(self, resource: Resource) -> None:
        self.gone(getattr(self.client, f"delete_{self._word}"), **{f"{self._member}Name": resource.name})


class RdsClusterParameterGroups(RdsParameterGroups):
    module, noun, arn_type = "rds_cluster_parameter_groups", "cluster parameter group", "cluster-pg"
    _word = "db_cluster_parameter_group"
    _member = "DBClusterParameterGroup"
    _read = "describe_db_cluster_parameters"


class Databases(RdsKind):
    """Instances and clusters: options that are members of AWS's requests under another name, master secrets, changes that wait."""

    # Option -> member of the create and modify requests, and of the description.
    members: t.ClassVar[dict[str, str]] = {}
    # The same where the description calls it differently.
    described: t.ClassVar[dict[str, str]] = {"performance_insights": "PerformanceInsightsEnabled"}
    unreported = ("master_secret_arn", "allow_major_version_upgrade")

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option == "engine_version" and current:
            return version_satisfied(wanted, current)
        if option == "allocated_storage" and current:
            return bool(current >= wanted)  # storage autoscaling only adds, and AWS never takes storage back
        if option == "kms_key_arn" and current in (self.options.get("restored_kms_key_arns") or ()):
            return True
        return None

    def normalise(self, item: Item) -> Item:
        if item.get("maintenance_window"):
            item = {**item, "maintenance_window": item["maintenance_window"].lower()}
        return item

    def state_of(self, raw: dict[str, t.Any]) -> Item:
        """The description with what has been asked for and waits for the maintenance window, so that it is not asked for again."""
        pending = raw.get("PendingModifiedValues") or {}
        if raw_status(raw) == "available" and self.options.get("apply_immediately"):
            pending = {}
        merged = {**raw, **pending}
        state = {option: merged.get(self.described.get(option, member)) for option, member in self.members.items()}
        exports = set(raw.get("EnabledCloudwatchLogsExports", [])) | set(pending.get("PendingCloudwatchLogsExports", {}).get("LogTypesToEnable", []))
        state["log_exports"] = sorted(exports - set(pending.get("PendingCloudwatchLogsExports", {}).get("LogTypesToDisable", [])))
        state["security_group_ids"] = sorted(group["VpcSecurityGroupId"] for group in raw.get("VpcSecurityGroups", []))
        secret = raw.get("MasterUserSecret") or {}
        state["manage_master_user_password"] = bool(secret)
        state["master_secret_kms_key_arn"] = secret.get("KmsKeyId")
        return state

    def settles(self, raw: dict[str, t.Any]) -> bool:
        """Whether what was asked for at once is still to be done. AWS says "available" for some seconds before it says "modifying"."""
        return bool(self.options.get("apply_immediately") and raw.get("PendingModifiedValues"))

    def request(self, options: Item) -> dict[str, t.Any]:
        """Members of a request for these options."""
        request = {member: options[option] for option, member in self.members.items() if options.get(option) is not None}
        if options.get("security_group_ids") is not None:
            request["VpcSecurityGroupIds"] = options["security_group_ids"]
        return request

    def secret_request(self, item: Item) -> dict[str, t.Any]:
        """How the master password gets there: made and kept by RDS, or read from our secret here and now and handed on."""
        if item.get("manage_master_user_password"):
            key = item.get("master_secret_kms_key_arn")
            return {"ManageMasterUserPassword": True, **({"MasterUserSecretKmsKeyId": key} if key else {})}
        if not item.get("master_secret_arn"):
            return {}
        kept = self.session.client("secretsmanager").get_secret_value(SecretId=item["master_secret_arn"])["SecretString"]
        return {"MasterUserPassword": json.loads(kept)["password"]}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"{self.noun} {name}: manage_master_user_password and master_secret_arn exclude each other"
            for name, item in items.items()
            if item.get("manage_master_user_password") and item.get("master_secret_arn")
        ]

    def modification(self, resource: Resource, item: Item, changes: Item) -> dict[str, t.Any]:
        """Members of a modify request for these changes."""
        request = self.request(changes)
        if "log_exports" in changes:
            wanted, current = set(changes["log_exports"]), set(resource.state["log_exports"])
            request["CloudwatchLogsExportConfiguration"] = {
                key: sorted(types) for key, types in (("EnableLogTypes", wanted - current), ("DisableLogTypes", current - wanted)) if types
            }
        if "manage_master_user_password" in changes or "master_secret_kms_key_arn" in changes:
            request.update({"ManageMasterUserPassword": False, **self.secret_request(item)})
        if "engine_version" in changes and major(changes["engine_version"]) != major(resource.state["engine_version"]):
            if not item.get("allow_major_version_upgrade"):
                raise Problem(
                    f"from {resource.state['engine_version']} to {changes['engine_version']} is a major upgrade, which cannot be undone: "
                    "allow it with allow_major_version_upgrade"
                )
            request["AllowMajorVersionUpgrade"] = True
        return {**request, "ApplyImmediately": bool(self.options.get("apply_immediately"))}

    def removal(self, name: str, snapshot: str) -> dict[str, t.Any]:
        """Members of a delete request for what holds data. `snapshot` is AWS's name of the member that names the final snapshot."""
        last_words = {"SkipFinalSnapshot": False, snapshot: final_snapshot_name(name)}
        if self.options.get("final_snapshot") is False:
            last_words = {"SkipFinalSnapshot": True}
        return {**last_words, "DeleteAutomatedBackups": not self.options.get("keep_automated_backups")}


def raw_status(raw: dict[str, t.Any]) -> str:
    """AWS's status of an instance or a cluster."""
    return t.cast(str, raw.get("DBInstanceStatus", raw.get("Status", "")))


class RdsInstances(Databases):
    """Instances that stand for themselves. Members of a cluster and replicas are kinds of their own: they hold no data of theirs."""

    module, noun, arn_type = "rds_instances", "database instance", "db"
    holds_data = True
    fixed = ("engine", "database_name", "master_username", "subnet_group", "kms_key_arn", "zone", "engine_lifecycle_support")
    members: t.ClassVar[dict[str, str]] = {
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "engine_lifecycle_support": "EngineLifecycleSupport",
        "instance_class": "DBInstanceClass",
        "allocated_storage": "AllocatedStorage",
        "max_allocated_storage": "MaxAllocatedStorage",
        "storage_type": "StorageType",
        "iops": "Iops",
        "storage_throughput": "StorageThroughput",
        "multi_az": "MultiAZ",
        "zone": "AvailabilityZone",
        "database_name": "DBName",
        "master_username": "MasterUsername",
        "subnet_group": "DBSubnetGroupName",
        "parameter_group": "DBParameterGroupName",
        "publicly_accessible": "PubliclyAccessible",
        "kms_key_arn": "KmsKeyId",
        "backup_retention_days": "BackupRetentionPeriod",
        "backup_window": "PreferredBackupWindow",
        "maintenance_window": "PreferredMaintenanceWindow",
        "deletion_protection": "DeletionProtection",
        "monitoring_interval": "MonitoringInterval",
        "monitoring_role_arn": "MonitoringRoleArn",
        "performance_insights": "EnablePerformanceInsights",
        "performance_insights_kms_key_arn": "PerformanceInsightsKMSKeyId",
        "performance_insights_retention_days": "PerformanceInsightsRetentionPeriod",
        "database_insights_mode": "DatabaseInsightsMode",
        "copy_tags_to_snapshot": "CopyTagsToSnapshot",
        "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
        "ca_certificate": "CACertificateIdentifier",
        "promotion_tier": "PromotionTier",
        "cluster": "DBClusterIdentifier",
    }
    unreported = (*Databases.unreported, "restore_from")
    _storage = ("storage_type", "allocated_storage", "iops", "storage_throughput")

    def mine(self, raw: dict[str, t.Any]) -> bool:
        """Whether an instance is of this kind."""
        return not raw.get("DBClusterIdentifier") and not raw.get("ReadReplicaSourceDBInstanceIdentifier")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw in self.pages("describe_db_instances", "DBInstances"):
            name = raw["DBInstanceIdentifier"]
            # A name is taken whatever kind has it.
            if name.startswith(AUTOSCALED) or not (self.mine(raw) or name in names):
                continue
            status = raw_status(raw)
            state = self.state_of({
                **raw,
                "DBSubnetGroupName": raw.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
                "DBParameterGroupName": next((group["DBParameterGroupName"] for group in raw.get("DBParameterGroups", [])), None),
            })  # fmt: skip
            state["replica_of"] = raw.get("ReadReplicaSourceDBInstanceIdentifier")
            # What a restore does not take can be changed when it is there: by a later run, so that this one goes on meanwhile.
            if status == "creating" and RESTORED_FROM in tags_to_dict(raw.get("TagList")):
                state |= self.wanted.get(name, {})
            outputs = {
                "id": name,
                "arn": raw["DBInstanceArn"],
                "address": raw.get("Endpoint", {}).get("Address") or self.no_address,
                "port": raw.get("Endpoint", {}).get("Port") or 3306,
                "secret_arn": (raw.get("MasterUserSecret") or {}).get("SecretArn", ""),
                "reboot_pending": any(group.get("ParameterApplyStatus") == "pending-reboot" for group in raw.get("DBParameterGroups", [])),
                "restored_from": tags_to_dict(raw.get("TagList")).get(RESTORED_FROM, ""),
            }
            ready = status in _USABLE and bool(raw.get("Endpoint")) and not self.settles(raw)
            yield Resource(name, state, tags_to_dict(raw.get("TagList")), outputs, status, ready, status if status in _FAILED else "")

    def placeholder(self, name: str) -> Item:
        secret = f"arn:{self.session.partition}:secretsmanager:{self.session.region}:000000000000:secret:rds!db-{PLACEHOLDER}"
        return {**super().placeholder(name), "address": self.no_address, "port": 3306, "secret_arn": secret, "reboot_pending": False, "restored_from": ""}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items)
        for name, item in items.items():
            if item.get("restore_from"):
                problems += [f"{self.noun} {name}: {said}" for said in self._unrestorable(name, item["restore_from"])]
        return problems

    def _unrestorable(self, name: str, source: Item) -> list[str]:
        """What is wrong with what an instance is to be restored from."""
        if bool(source.get("recovery_point")) == bool(source.get("instance") and source.get("time")):
            return ["restore_from wants either instance and time, or recovery_point"]
        made_from = tags_to_dict(find_instance(self.session, name).get("TagList")).get(RESTORED_FROM, restored_from(source))
        if made_from != restored_from(source):
            return [f"it was restored from {made_from}, and not from {restored_from(source)}. Remove it first"]
        if source.get("recovery_point"):
            found = find_snapshot(self.session, source["recovery_point"])
            return [] if found.get("Status") == "available" else [f"{source['recovery_point']} is no recovery point of a database that is available here"]
        return self._unreachable(source["instance"], source["time"])

    def _unreachable(self, source: str, text: str) -> list[str]:
        """What is wrong with a time to go back to: empty where the source's backups reach it."""
        backups: list[Item] = []
        with tolerated("DBInstanceAutomatedBackupNotFound", "DBInstanceAutomatedBackupNotFoundFault"):
            backups = self.pages("describe_db_instance_automated_backups", "DBInstanceAutomatedBackups", DBInstanceIdentifier=source)
        window = next((one["RestoreWindow"] for one in backups if one.get("RestoreWindow", {}).get("LatestTime")), None)
        if window is None:
            return [f"{source} has no automated backups to be restored from"]
        at = parse_time(text)
        if window["EarliestTime"] <= at <= window["LatestTime"]:
            return []
        return [f"{source} can be restored to a time between {utc(window['EarliestTime'])} and {utc(window['LatestTime'])}, and not to {text}"]

    def _restore(self, name: str, item: Item, tags: dict[str, str]) -> None:
        """From the backups of another one, or from a recovery point of AWS Backup. It has that one's settings but for those that the operation takes.

        A recovery point of RDS is a snapshot of RDS, and RDS's own operation restores it. That has its members documented one by one (API
        rds:RestoreDBInstanceFromDBSnapshot), where backup:StartRestoreJob takes text by names that its reference does not list. And a job gives no tags of
        ours: a run that was ended before somebody put them on would leave a database that nobody knows to be ours. Neither takes another key than
        the snapshot's.
        """
        source = item["restore_from"]
        operation = "RestoreDBInstanceFromDBSnapshot" if source.get("recovery_point") else "RestoreDBInstanceToPointInTime"
        taken = self.client.meta.service_model.operation_model(operation).input_shape.members
        wanted = {member: value for member, value in self.request(item).items() if member in taken and member not in ("Engine", "DBName")}
        wanted["Tags"] = dict_to_tags({**tags, RESTORED_FROM: restored_from(source)})
        if item.get("log_exports"):
            wanted["EnableCloudwatchLogsExports"] = item["log_exports"]
        if not source.get("recovery_point"):
            self.client.restore_db_instance_to_point_in_time(
                SourceDBInstanceIdentifier=source["instance"], TargetDBInstanceIdentifier=name, RestoreTime=parse_time(source["time"]), **wanted
            )
            return
        # Storage is the snapshot's, which may have grown past what is declared; what differs the next run changes.
        for option in self._storage:
            wanted.pop(self.members[option], None)
        self.client.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot_name(source["recovery_point"]), **wanted)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        if item.get("restore_from"):
            self._restore(name, item, tags)
            return
        exports = {"EnableCloudwatchLogsExports": item["log_exports"]} if item.get("log_exports") else {}
        encrypted = {"StorageEncrypted": True} if item.get("kms_key_arn") else {}
        self.client.create_db_instance(
            DBInstanceIdentifier=name, Tags=dict_to_tags(tags), **self.request(item), **self.secret_request(item), **exports, **encrypted
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        request = self.modification(resource, item, changes)
        if any(option in changes for option in self._storage):
            # Storage settings depend on each other: RDS wants them together.
            request.update({self.members[option]: item[option] for option in self._storage if item.get(option) is not None})
            request["AllocatedStorage"] = max(item.get("allocated_storage") or 0, resource.state["allocated_storage"])
        self.client.modify_db_instance(DBInstanceIdentifier=resource.name, **request)

    def delete(self, resource: Resource) -> None:
        if resource.status == "deleting":
            return
        if resource.state["deletion_protection"]:
            self.client.modify_db_instance(DBInstanceIdentifier=resource.name, DeletionProtection=False, ApplyImmediately=True)
        self.gone(self.client.delete_db_instance, DBInstanceIdentifier=resource.name, **self.last_request(resource.name))

    def last_request(self, name: str) -> dict[str, t.Any]:
        """Members of the delete request that say what is kept."""
        return self.removal(name, "FinalDBSnapshotIdentifier")


class RdsReadReplicas(RdsInstances):
    module, noun = "rds_read_replicas", "read replica"
    holds_data = False
    fixed = ("replica_of", "zone", "subnet_group", "kms_key_arn")

    def mine(self, raw: dict[str, t.Any]) -> bool:
        return bool(raw.get("ReadReplicaSourceDBInstanceIdentifier")) and not raw.get("DBClusterIdentifier")

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        exports = {"EnableCloudwatchLogsExports": item["log_exports"]} if item.get("log_exports") else {}
        source = item["replica_of"]
        # From its region botocore signs the request that ours sends there.
        elsewhere = {"SourceRegion": source.split(":")[3]} if source.startswith("arn:") else {}
        self.client.create_db_instance_read_replica(
            DBInstanceIdentifier=name, SourceDBInstanceIdentifier=source, Tags=dict_to_tags(tags), **self.request(item), **exports, **elsewhere
        )

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            far = item["replica_of"].startswith("arn:")
            if far and item["replica_of"].split(":")[3] == self.session.region:
                problems.append(f"read replica {name}: its source is in this region and is named by its identifier, not by its ARN")
            if not far:
                problems += [
                    f"read replica {name}: {option} is its source's, and can be set where the source is in another region only"
                    for option in ("subnet_group", "parameter_group", "kms_key_arn")
                    if item.get(option)
                ]
        return problems

    def delete(self, resource: Resource) -> None:
        # One that was promoted holds what nobody else does. AWS says for a moment that what is going has no source.
        if not resource.state["replica_of"] and resource.status != "deleting":
            raise Problem("is no replica any more but a database of its own, which is not removed or replaced as a replica")
        super().delete(resource)

    def last_request(self, name: str) -> dict[str, t.Any]:
        # AWS refuses a final snapshot of a replica.
        return {"SkipFinalSnapshot": True}


class RdsClusterInstances(RdsInstances):
    module, noun = "rds_cluster_instances", "cluster instance"
    holds_data = False
    fixed = ("cluster", "engine", "zone")

    def mine(self, raw: dict[str, t.Any]) -> bool:
        return bool(raw.get("DBClusterIdentifier"))

    def last_request(self, name: str) -> dict[str, t.Any]:
        # The data is the cluster's, and so is the final snapshot.
        return {"SkipFinalSnapshot": True}


class RdsClusters(Databases):
    module, noun, arn_type = "rds_clusters", "database cluster", "cluster"
    holds_data = True
    fixed = ("engine", "database_name", "master_username", "subnet_group", "kms_key_arn", "engine_lifecycle_support")
    members: t.ClassVar[dict[str, str]] = {
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "engine_lifecycle_support": "EngineLifecycleSupport",
        "storage_type": "StorageType",
        "database_name": "DatabaseName",
        "master_username": "MasterUsername",
        "subnet_group": "DBSubnetGroupName",
        "parameter_group": "DBClusterParameterGroupName",
        "kms_key_arn": "KmsKeyId",
        "backup_retention_days": "BackupRetentionPeriod",
        "backup_window": "PreferredBackupWindow",
        "maintenance_window": "PreferredMaintenanceWindow",
        "deletion_protection": "DeletionProtection",
        "performance_insights": "EnablePerformanceInsights",
        "performance_insights_kms_key_arn": "PerformanceInsightsKMSKeyId",
        "performance_insights_retention_days": "PerformanceInsightsRetentionPeriod",
        "database_insights_mode": "DatabaseInsightsMode",
        "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    }
    described: t.ClassVar[dict[str, str]] = {
        **Databases.described,
        "subnet_group": "DBSubnetGroup",
        "parameter_group": "DBClusterParameterGroup",
    }

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw in self.pages("describe_db_clusters", "DBClusters"):
            name, status = raw["DBClusterIdentifier"], raw_status(raw)
            capacity = raw.get("ServerlessV2ScalingConfiguration") or {}
            state = {
                # Unnamed, the storage is the kind that charges for its I/O.
                **self.state_of({**raw, "StorageType": raw.get("StorageType") or "aurora"}),
                "serverless_min_capacity": capacity.get("MinCapacity"),
                "serverless_max_capacity": capacity.get("MaxCapacity"),
            }
            outputs = {
                "id": name,
                "arn": raw["DBClusterArn"],
                "address": raw.get("Endpoint") or self.no_address,
                "reader_address": raw.get("ReaderEndpoint") or self.no_address,
                "port": raw.get("Port") or 3306,
                "secret_arn": (raw.get("MasterUserSecret") or {}).get("SecretArn", ""),
                "members": [member["DBInstanceIdentifier"] for member in raw.get("DBClusterMembers", [])],
            }
            ready = status == "available" and not self.settles(raw)
            yield Resource(name, state, tags_to_dict(raw.get("TagList")), outputs, status, ready, status if status in _FAILED else "")

    def placeholder(self, name: str) -> Item:
        secret = f"arn:{self.session.partition}:secretsmanager:{self.session.region}:000000000000:secret:rds!cluster-{PLACEHOLDER}"
        addresses = {"address": self.no_address, "reader_address": self.no_address, "port": 3306}
        return {**super().placeholder(name), **addresses, "secret_arn": secret, "members": []}

    @staticmethod
    def _capacity(item: Item) -> dict[str, t.Any]:
        if item.get("serverless_max_capacity") is None:
            return {}
        capacity = {"MinCapacity": item["serverless_min_capacity"], "MaxCapacity": item["serverless_max_capacity"]}
        return {"ServerlessV2ScalingConfiguration": capacity}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        exports = {"EnableCloudwatchLogsExports": item["log_exports"]} if item.get("log_exports") else {}
        encrypted = {"StorageEncrypted": True} if item.get("kms_key_arn") else {}
        self.client.create_db_cluster(
            DBClusterIdentifier=name, Tags=dict_to_tags(tags),
            **self.request(item), **self.secret_request(item), **self._capacity(item), **exports, **encrypted,
        )  # fmt: skip

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        request = self.modification(resource, item, changes)
        if "serverless_min_capacity" in changes or "serverless_max_capacity" in changes:
            request.update(self._capacity(item))
        self.client.modify_db_cluster(DBClusterIdentifier=resource.name, **request)

    def delete(self, resource: Resource) -> None:
        if resource.status == "deleting":
            return
        # The autoscaler leaves its readers behind when it is taken away; with the cluster they go.
        for member in resource.outputs["members"]:
            if member.startswith(AUTOSCALED):
                self.gone(self.client.delete_db_instance, DBInstanceIdentifier=member, SkipFinalSnapshot=True)
        if resource.state["deletion_protection"]:
            self.client.modify_db_cluster(DBClusterIdentifier=resource.name, DeletionProtection=False, ApplyImmediately=True)
        self.gone(self.client.delete_db_cluster, DBClusterIdentifier=resource.name, **self.removal(resource.name, "FinalDBSnapshotIdentifier"))


class RdsProxies(RdsKind):
    """Proxies with their one target group, named default, and what it leads to."""

    module, noun, arn_type = "rds_proxies", "database proxy", "db-proxy"
    fixed = ("engine_family", "subnet_ids")
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        proxies = self.of_ours(self.pages("describe_db_proxies", "DBProxies"), "DBProxyName", names)
        return [found for found in self.session.each(self._unless_gone, proxies) if found]

    def _unless_gone(self, raw: dict[str, t.Any]) -> Resource | None:
        """A proxy with its targets; None where it went since it was listed."""
        try:
            return self._detail(raw)
        except self.client.exceptions.ClientError as error:
            if "NotFound" in error_code(error):
                return None
            raise

    def _detail(self, raw: dict[str, t.Any]) -> Resource:
        name = raw["DBProxyName"]
        targets = self.pages("describe_db_proxy_targets", "Targets", DBProxyName=name)
        pool = self.client.describe_db_proxy_target_groups(DBProxyName=name)["TargetGroups"][0].get("ConnectionPoolConfig", {})
        # A cluster is a target itself, and so is each of its members.
        clusters = [target["RdsResourceId"] for target in targets if target["Type"] == "TRACKED_CLUSTER"]
        instances = [target["RdsResourceId"] for target in targets if target["Type"] == "RDS_INSTANCE" and not target.get("TrackedClusterId")]
        health = [target["TargetHealth"] for target in targets if target["Type"] == "RDS_INSTANCE" and target.get("TargetHealth")]
        unhealthy = [one for one in health if one["State"] != "AVAILABLE"]
        status = raw["Status"]
        if status == "available" and (unhealthy or not health):
            worst = unhealthy[0] if unhealthy else {"State": "no target"}
            status = " ".join(filter(None, ["target", worst["State"], worst.get("Reason"), worst.get("Description")]))
        state = {
            "engine_family": raw["EngineFamily"].lower(),
            "secret_arns": sorted(auth["SecretArn"] for auth in raw["Auth"] if auth.get("SecretArn")),
            "role_arn": raw["RoleArn"],
            "subnet_ids": sorted(raw["VpcSubnetIds"]),
            "security_group_ids": sorted(raw["VpcSecurityGroupIds"]),
            "require_tls": raw["RequireTLS"],
            "idle_client_timeout": raw["IdleClientTimeout"],
            "target_instance": instances[0] if instances else "",
            "target_cluster": clusters[0] if clusters else "",
            "max_connections_percent": pool.get("MaxConnectionsPercent"),
            "connection_borrow_timeout": pool.get("ConnectionBorrowTimeout"),
        }
        outputs = {"id": name, "arn": raw["DBProxyArn"], "address": raw.get("Endpoint") or self.no_address}
        failure = status if raw["Status"] in _FAILED else ""
        return Resource(name, state, self.tags_of(raw["DBProxyArn"]), outputs, status, status == "available", failure)

    def normalise(self, item: Item) -> Item:
        return {**item, "target_instance": item.get("target_instance") or "", "target_cluster": item.get("target_cluster") or ""}

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "address": self.no_address}

    @staticmethod
    def _auth(item: Item) -> list[dict[str, str]]:
        return [{"AuthScheme": "SECRETS", "SecretArn": arn, "IAMAuth": "DISABLED"} for arn in item["secret_arns"]]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_db_proxy(
            DBProxyName=name, EngineFamily=item["engine_family"].upper(), Auth=self._auth(item), RoleArn=item["role_arn"],
            VpcSubnetIds=item["subnet_ids"], VpcSecurityGroupIds=item["security_group_ids"], RequireTLS=item["require_tls"], Tags=dict_to_tags(tags),
        )  # fmt: skip

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        proxy = {
            member: changes[option]
            for option, member in (
                ("role_arn", "RoleArn"), ("security_group_ids", "SecurityGroups"), ("require_tls", "RequireTLS"), ("idle_client_timeout", "IdleClientTimeout"),
            )
            if option in changes
        }  # fmt: skip
        if "secret_arns" in changes:
            proxy["Auth"] = self._auth(item)
        if proxy:
            self.client.modify_db_proxy(DBProxyName=resource.name, **proxy)
        pool = {
            member: changes[option]
            for option, member in (("max_connections_percent", "MaxConnectionsPercent"), ("connection_borrow_timeout", "ConnectionBorrowTimeout"))
            if option in changes
        }
        if pool:
            self.client.modify_db_proxy_target_group(TargetGroupName="default", DBProxyName=resource.name, ConnectionPoolConfig=pool)
        if "target_instance" in changes or "target_cluster" in changes:
            self._retarget(resource, item)

    def _retarget(self, resource: Resource, item: Item) -> None:
        """One target at a time, so the old one goes first."""
        for put, options in ((self.client.deregister_db_proxy_targets, resource.state), (self.client.register_db_proxy_targets, item)):
            chosen = {
                member: [options[option]]
                for option, member in (("target_instance", "DBInstanceIdentifiers"), ("target_cluster", "DBClusterIdentifiers"))
                if options[option]
            }
            if chosen:
                put(DBProxyName=resource.name, TargetGroupName="default", **chosen)

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_db_proxy, DBProxyName=resource.name)

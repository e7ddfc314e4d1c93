# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Backup: selections, access policies, restore testing, jobs and copies on demand and recovery points, which moto lacks.

A job on demand is over at once. The recovery point of a database of RDS is a snapshot of RDS, from which RDS restores; any other holds
nothing. Plans run no jobs.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from moto.backup.models import BackupBackend
from moto.core.resource_tagging import TaggedResource
from moto.rds.models import DBSnapshot

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation, shows

NOT_FOUND = "ResourceNotFoundException"


def _kept(context: Context, what: str) -> dict[str, Any]:
    """State of ours beside moto's: `selections` by plan, `policies` and `points` by vault, `tests` by name, `jobs` by id."""
    return context.backend().__dict__.setdefault(f"simulator_{what}", {})


def vault(context: Context) -> Any:
    """The vault that a call names."""
    name = context.params["BackupVaultName"]
    if name not in context.backend().vaults:
        raise Refused(NOT_FOUND, f"Backup vault {name} not found")
    return context.backend().vaults[name]


def plan(context: Context) -> Any:
    """The plan that a call names."""
    found = context.backend().plans.get(context.params["BackupPlanId"])
    if found is None:
        raise Refused(NOT_FOUND, "Cannot find Backup plan with given ID")
    return found


def selections(context: Context, plan_id: str) -> dict[str, Parameters]:
    """The selections of a plan by id."""
    return _kept(context, "selections").setdefault(plan_id, {})


def points(context: Context, name: str) -> dict[str, Parameters]:
    """The recovery points of a vault by ARN."""
    return _kept(context, "points").setdefault(name, {})


def access_policy(context: Context, name: str) -> str:
    """The access policy of a vault, empty without one."""
    return str(_kept(context, "policies").get(name, ""))


def test_plans(context: Context) -> dict[str, Parameters]:
    """Restore testing plans by name: `plan`, `selections` by name."""
    return _kept(context, "tests")


# Plans --------------------------------------------------------------------------------------------------------------------


def _filled_in(rule: Parameters) -> Parameters:
    """What is not said about a rule, as moto fills it in when a plan is made (API backup:BackupRuleInput)."""
    unsaid = {"ScheduleExpression": "cron(0 5 ? * * *)", "ScheduleExpressionTimezone": "Etc/UTC", "StartWindowMinutes": 480, "CompletionWindowMinutes": 10080}
    return {**unsaid, **rule, "RuleId": str(uuid.uuid4())}


@operation("backup", "UpdateBackupPlan")
def update_backup_plan(context: Context) -> Parameters:
    """API backup:UpdateBackupPlan: the same id, another version."""
    found = plan(context)
    given = context.params["BackupPlan"]
    found.backup_plan = {**given, "Rules": [_filled_in(one) for one in given["Rules"]]}
    found.version_id = str(uuid.uuid4())
    return {"BackupPlanId": found.backup_plan_id, "BackupPlanArn": found.backup_plan_arn, "CreationDate": context.now(), "VersionId": found.version_id}


@operation("backup", "DeleteBackupPlan")
def delete_backup_plan(context: Context) -> Parameters:
    """moto keeps what was deleted, and its name taken."""
    found = plan(context)
    del context.backend().plans[found.backup_plan_id]
    context.backend().tagger.delete_all_tags_for_resource(found.backup_plan_arn)
    _kept(context, "selections").pop(found.backup_plan_id, None)
    return {
        "BackupPlanId": found.backup_plan_id,
        "BackupPlanArn": found.backup_plan_arn,
        "DeletionDate": context.now(),
        "VersionId": found.version_id,
    }


@operation("backup", "CreateBackupSelection")
def create_backup_selection(context: Context) -> Parameters:
    """API backup:CreateBackupSelection. Names are unique in a plan."""
    mine, wanted = selections(context, plan(context).backup_plan_id), context.params["BackupSelection"]
    if any(one["BackupSelection"]["SelectionName"] == wanted["SelectionName"] for one in mine.values()):
        raise Refused("AlreadyExistsException", "Backup selection with the same name already exists")
    made = {"SelectionId": str(uuid.uuid4()), "BackupPlanId": context.params["BackupPlanId"], "CreationDate": context.now()}
    mine[made["SelectionId"]] = {**made, "BackupSelection": wanted}
    return made


@operation("backup", "ListBackupSelections")
def list_backup_selections(context: Context) -> Parameters:
    """API backup:ListBackupSelections: without what they select."""
    mine = selections(context, plan(context).backup_plan_id).values()
    return {
        "BackupSelectionsList": [
            {
                **{name: one[name] for name in ("SelectionId", "BackupPlanId", "CreationDate")},
                "SelectionName": one["BackupSelection"]["SelectionName"],
                "IamRoleArn": one["BackupSelection"]["IamRoleArn"],
            }
            for one in mine
        ]
    }


def _selection(context: Context) -> dict[str, Parameters]:
    mine = selections(context, plan(context).backup_plan_id)
    if context.params["SelectionId"] not in mine:
        raise Refused(NOT_FOUND, "Cannot find Backup selection with given ID")
    return mine


@operation("backup", "GetBackupSelection")
def get_backup_selection(context: Context) -> Parameters:
    """API backup:GetBackupSelection."""
    return _selection(context)[context.params["SelectionId"]]


@operation("backup", "DeleteBackupSelection")
def delete_backup_selection(context: Context) -> None:
    """API backup:DeleteBackupSelection."""
    del _selection(context)[context.params["SelectionId"]]


# Vaults -------------------------------------------------------------------------------------------------------------------


@after("backup", "DescribeBackupVault")
def count_the_points(context: Context, response: Parameters) -> None:
    """API backup:DescribeBackupVault; moto tells how many there are in lists only."""
    response["NumberOfRecoveryPoints"] = vault(context).num_of_recovery_points


@operation("backup", "PutBackupVaultAccessPolicy")
def put_access_policy(context: Context) -> None:
    """API backup:PutBackupVaultAccessPolicy."""
    _kept(context, "policies")[vault(context).backup_vault_name] = context.params.get("Policy", "")


@operation("backup", "GetBackupVaultAccessPolicy")
def get_access_policy(context: Context) -> Parameters:
    """API backup:GetBackupVaultAccessPolicy; where there is none it is not found."""
    found = vault(context)
    policy = access_policy(context, found.backup_vault_name)
    if not policy:
        raise Refused(NOT_FOUND, f"Backup vault {found.backup_vault_name} has no associated policy")
    return {"BackupVaultName": found.backup_vault_name, "BackupVaultArn": found.backup_vault_arn, "Policy": policy}


@operation("backup", "DeleteBackupVaultAccessPolicy")
def delete_access_policy(context: Context) -> None:
    """API backup:DeleteBackupVaultAccessPolicy."""
    _kept(context, "policies").pop(vault(context).backup_vault_name, None)


@operation("backup", "DeleteBackupVault")
def delete_backup_vault(context: Context) -> None:
    """With what belongs to it; moto leaves the tags, and never says that there is none."""
    found = vault(context)
    del context.backend().vaults[found.backup_vault_name]
    context.backend().tagger.delete_all_tags_for_resource(found.backup_vault_arn)
    for what in ("policies", "points"):
        _kept(context, what).pop(found.backup_vault_name, None)


# Jobs and recovery points -------------------------------------------------------------------------------------------------


def _within_the_lock(target: Any, kept: int | None) -> bool:
    """A lock's limits make jobs fail (API backup:PutBackupVaultLockConfiguration)."""
    low, high = target.min_retention_days or 0, target.max_retention_days
    return not target.locked or ((kept is None or kept >= low) and (not high or (kept is not None and kept <= high)))


def _snapshot(context: Context, database: Any, kind: str, key: str | None, taken: Any) -> Any:
    """What AWS Backup keeps of a database of RDS: a snapshot of RDS, under a name of its own (UG rds/AWS-Backup.md; API rds:DescribeDBSnapshots,
    SnapshotType)."""
    backend = context.backend("rds")
    name = f"awsbackup:{kind}-{uuid.uuid4()}"
    backend.database_snapshots[name] = DBSnapshot(backend, database, name, "awsbackup", original_created_at=taken, kms_key_id=key)
    return backend.database_snapshots[name]


def _keep(context: Context, target: Any, point: Parameters) -> str:
    """Into a vault, as what is there."""
    arn = str(point["RecoveryPointArn"])
    points(context, target.backup_vault_name)[arn] = {
        **point,
        "BackupVaultName": target.backup_vault_name,
        "BackupVaultArn": target.backup_vault_arn,
        "Status": "COMPLETED",
        "CreationDate": context.now(),
        "CompletionDate": context.now(),
        "Lifecycle": context.params.get("Lifecycle", {}),
    }
    target.num_of_recovery_points += 1
    return arn


@shows("R-BKP-08", "R-BKP-16")
@operation("backup", "StartBackupJob")
def start_backup_job(context: Context) -> Parameters:
    """A job on demand, over at once. The snapshot of a database is under the database's key, whatever the vault's is (doc
    aws-backup/latest/devguide/encryption)."""
    target, arn = vault(context), context.params["ResourceArn"]
    fits = _within_the_lock(target, (context.params.get("Lifecycle") or {}).get("DeleteAfterDays"))
    job = {
        "BackupJobId": str(uuid.uuid4()),
        "BackupVaultName": target.backup_vault_name,
        "ResourceArn": arn,
        "IamRoleArn": context.params["IamRoleArn"],
        "CreationDate": context.now(),
        "State": "COMPLETED" if fits else "FAILED",
        "StatusMessage": "" if fits else "The retention specified in the job is not within the range specified for the target Backup Vault.",
    }
    if fits:
        database = context.backend("rds").databases.get(arn.rpartition(":")[2]) if ":db:" in arn else None
        snapshot = _snapshot(context, database, "job", database.kms_key_id, None) if database is not None else None
        point = {
            "RecoveryPointArn": snapshot.db_snapshot_arn if snapshot else f"arn:aws:backup:{context.region}:{context.account}:recovery-point:{uuid.uuid4()}",
            "ResourceArn": arn,
            "ResourceType": arn.split(":")[2].upper(),
            "IamRoleArn": context.params["IamRoleArn"],
            "EncryptionKeyArn": snapshot.kms_key_id if snapshot else target.encryption_key_arn,
        }
        job["RecoveryPointArn"] = _keep(context, target, {name: value for name, value in point.items() if value})
    _kept(context, "jobs")[job["BackupJobId"]] = job
    return {name: job[name] for name in ("BackupJobId", "RecoveryPointArn", "CreationDate") if name in job}


@operation("backup", "DescribeBackupJob")
def describe_backup_job(context: Context) -> Parameters:
    """API backup:DescribeBackupJob."""
    if context.params["BackupJobId"] not in _kept(context, "jobs"):
        raise Refused(NOT_FOUND, "Cannot find Backup job with given ID")
    return _kept(context, "jobs")[context.params["BackupJobId"]]


@shows("R-BKP-16")
@operation("backup", "StartCopyJob")
def start_copy_job(context: Context) -> Parameters:
    """API backup:StartCopyJob, over at once. A copy is under the key of its vault, and remembers of when its data are (API rds:DBSnapshot,
    OriginalSnapshotCreateTime)."""
    params = context.params
    source = points(context, params["SourceBackupVaultName"]).get(params["RecoveryPointArn"])
    if source is None:
        raise Refused(NOT_FOUND, "Cannot find recovery point.")
    _, _, _, region, _, _, name = params["DestinationBackupVaultArn"].split(":")
    there = context.in_region(region)
    target = there.backend("backup").vaults.get(name)
    if target is None:
        raise Refused(NOT_FOUND, f"Backup vault {params['DestinationBackupVaultArn']} not found")
    fits = _within_the_lock(target, (params.get("Lifecycle") or {}).get("DeleteAfterDays"))
    job = {
        "CopyJobId": str(uuid.uuid4()),
        "SourceRecoveryPointArn": params["RecoveryPointArn"],
        "DestinationBackupVaultArn": params["DestinationBackupVaultArn"],
        "ResourceArn": source["ResourceArn"],
        "CreationDate": context.now(),
        "State": "COMPLETED" if fits else "FAILED",
    }
    if fits:
        kept = context.backend("rds").database_snapshots.get(params["RecoveryPointArn"].partition(":snapshot:")[2])
        copied = _snapshot(there, kept.database, "copyjob", target.encryption_key_arn, kept.original_snapshot_create_time) if kept else None
        arn = copied.db_snapshot_arn if copied else f"arn:aws:backup:{region}:{context.account}:recovery-point:{uuid.uuid4()}"
        point = {**source, "RecoveryPointArn": arn, "SourceBackupVaultArn": source["BackupVaultArn"], "EncryptionKeyArn": target.encryption_key_arn}
        job["DestinationRecoveryPointArn"] = _keep(there, target, {name: value for name, value in point.items() if value})
    _kept(context, "copies")[job["CopyJobId"]] = job
    return {"CopyJobId": job["CopyJobId"], "CreationDate": job["CreationDate"], "IsParent": False}


@operation("backup", "DescribeCopyJob")
def describe_copy_job(context: Context) -> Parameters:
    """API backup:DescribeCopyJob."""
    if context.params["CopyJobId"] not in _kept(context, "copies"):
        raise Refused(NOT_FOUND, "Cannot find Copy job with given ID")
    return {"CopyJob": _kept(context, "copies")[context.params["CopyJobId"]]}


@operation("backup", "ListRecoveryPointsByBackupVault")
def list_recovery_points(context: Context) -> Parameters:
    """API backup:ListRecoveryPointsByBackupVault; of its filters those by resource and by type."""
    wanted = {"ResourceArn": context.params.get("ByResourceArn"), "ResourceType": context.params.get("ByResourceType")}
    mine = points(context, vault(context).backup_vault_name).values()
    return {"RecoveryPoints": [one for one in mine if all(value in (None, one[member]) for member, value in wanted.items())]}


@operation("backup", "DescribeRecoveryPoint")
def describe_recovery_point(context: Context) -> Parameters:
    """API backup:DescribeRecoveryPoint."""
    found = points(context, vault(context).backup_vault_name).get(context.params["RecoveryPointArn"])
    if found is None:
        raise Refused(NOT_FOUND, "Cannot find recovery point.")
    return found


@operation("backup", "DeleteRecoveryPoint")
def delete_recovery_point(context: Context) -> None:
    """API backup:DeleteRecoveryPoint; gone at once, with the snapshot that it is."""
    target, arn = vault(context), context.params["RecoveryPointArn"]
    if points(context, target.backup_vault_name).pop(arn, None) is None:
        raise Refused(NOT_FOUND, "Cannot find recovery point.")
    context.backend("rds").database_snapshots.pop(arn.partition(":snapshot:")[2], None)
    target.num_of_recovery_points -= 1


# Restore testing ----------------------------------------------------------------------------------------------------------


def _test_plan(context: Context, name: str) -> Parameters:
    if name not in test_plans(context):
        raise Refused(NOT_FOUND, f"Restore testing plan {name} not found")
    return test_plans(context)[name]


def _test_arn(context: Context, name: str) -> str:
    return f"arn:aws:backup:{context.region}:{context.account}:restore-testing-plan:{name}-{uuid.uuid4()}"


@operation("backup", "CreateRestoreTestingPlan")
def create_restore_testing_plan(context: Context) -> Parameters:
    """API backup:CreateRestoreTestingPlan."""
    given = context.params["RestoreTestingPlan"]
    name = given["RestoreTestingPlanName"]
    if name in test_plans(context):
        raise Refused("AlreadyExistsException", f"Restore testing plan {name} already exists")
    made = {"CreationTime": context.now(), "RestoreTestingPlanArn": _test_arn(context, name), "RestoreTestingPlanName": name}
    test_plans(context)[name] = {"plan": {**_test_defaults(given), **made}, "selections": {}}
    context.backend().tag_resource(made["RestoreTestingPlanArn"], context.params.get("Tags") or {})
    return made


def _test_defaults(given: Parameters) -> Parameters:
    """What is not said is filled in (API backup:RestoreTestingPlanForCreate, RestoreTestingRecoveryPointSelection)."""
    chosen = {"SelectionWindowDays": 30, "ExcludeVaults": [], **given["RecoveryPointSelection"]}
    return {"StartWindowHours": 24, "ScheduleExpressionTimezone": "Etc/UTC", **given, "RecoveryPointSelection": chosen}


@operation("backup", "UpdateRestoreTestingPlan")
def update_restore_testing_plan(context: Context) -> Parameters:
    """API backup:UpdateRestoreTestingPlan: what is not named stays."""
    found = _test_plan(context, context.params["RestoreTestingPlanName"])["plan"]
    found |= _test_defaults({**found, **context.params["RestoreTestingPlan"]}) | {"LastUpdateTime": context.now()}
    return {
        "CreationTime": found["CreationTime"],
        "RestoreTestingPlanArn": found["RestoreTestingPlanArn"],
        "RestoreTestingPlanName": found["RestoreTestingPlanName"],
        "UpdateTime": found["LastUpdateTime"],
    }


@operation("backup", "GetRestoreTestingPlan")
def get_restore_testing_plan(context: Context) -> Parameters:
    """API backup:GetRestoreTestingPlan."""
    return {"RestoreTestingPlan": _test_plan(context, context.params["RestoreTestingPlanName"])["plan"]}


@operation("backup", "ListRestoreTestingPlans")
def list_restore_testing_plans(context: Context) -> Parameters:
    """API backup:ListRestoreTestingPlans: without what they take."""
    return {
        "RestoreTestingPlans": [{key: value for key, value in one["plan"].items() if key != "RecoveryPointSelection"} for one in test_plans(context).values()]
    }


@operation("backup", "DeleteRestoreTestingPlan")
def delete_restore_testing_plan(context: Context) -> None:
    """API backup:DeleteRestoreTestingPlan."""
    found = _test_plan(context, context.params["RestoreTestingPlanName"])["plan"]
    del test_plans(context)[found["RestoreTestingPlanName"]]
    context.backend().tagger.delete_all_tags_for_resource(found["RestoreTestingPlanArn"])


@operation("backup", "CreateRestoreTestingSelection")
def create_restore_testing_selection(context: Context) -> Parameters:
    """API backup:CreateRestoreTestingSelection."""
    found, given = _test_plan(context, context.params["RestoreTestingPlanName"]), context.params["RestoreTestingSelection"]
    name = given["RestoreTestingSelectionName"]
    if name in found["selections"]:
        raise Refused("AlreadyExistsException", f"Restore testing selection {name} already exists")
    plan_name = found["plan"]["RestoreTestingPlanName"]
    found["selections"][name] = {**given, "RestoreTestingPlanName": plan_name, "CreationTime": context.now()}
    return {
        "CreationTime": found["selections"][name]["CreationTime"],
        "RestoreTestingPlanArn": found["plan"]["RestoreTestingPlanArn"],
        "RestoreTestingPlanName": plan_name,
        "RestoreTestingSelectionName": name,
    }


def _test_selections(context: Context) -> dict[str, Parameters]:
    found = _test_plan(context, context.params["RestoreTestingPlanName"])["selections"]
    name = context.params["RestoreTestingSelectionName"]
    if name not in found:
        raise Refused(NOT_FOUND, f"Restore testing selection {name} not found")
    return found


@operation("backup", "GetRestoreTestingSelection")
def get_restore_testing_selection(context: Context) -> Parameters:
    """API backup:GetRestoreTestingSelection."""
    return {"RestoreTestingSelection": _test_selections(context)[context.params["RestoreTestingSelectionName"]]}


@operation("backup", "ListRestoreTestingSelections")
def list_restore_testing_selections(context: Context) -> Parameters:
    """API backup:ListRestoreTestingSelections: without ARNs, conditions and metadata."""
    shown = ("CreationTime", "IamRoleArn", "ProtectedResourceType", "RestoreTestingPlanName", "RestoreTestingSelectionName", "ValidationWindowHours")
    found = _test_plan(context, context.params["RestoreTestingPlanName"])["selections"].values()
    return {"RestoreTestingSelections": [{name: one[name] for name in shown if name in one} for one in found]}


@operation("backup", "DeleteRestoreTestingSelection")
def delete_restore_testing_selection(context: Context) -> None:
    """API backup:DeleteRestoreTestingSelection."""
    del _test_selections(context)[context.params["RestoreTestingSelectionName"]]


# --------------------------------------------------------------------------------------------------------------------------


def denies(document: str, action: str) -> bool:
    """Whether an access policy refuses everybody an action. Conditions count as met."""
    statements = json.loads(document)["Statement"] if document else []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        named = actions if isinstance(actions, list) else [actions]
        if statement["Effect"] == "Deny" and statement.get("Principal") in ("*", {"AWS": "*"}) and {action, "backup:*", "*"} & set(named):
            return True
    return False


def install() -> None:
    """The tagging API knows plans too; moto tells it of vaults only."""
    of_vaults = BackupBackend.iter_tagged_resources

    def iter_tagged_resources(self: BackupBackend) -> Iterator[TaggedResource]:
        yield from of_vaults(self)
        arns = [one.backup_plan_arn for one in self.plans.values()]
        arns += [one["plan"]["RestoreTestingPlanArn"] for one in self.__dict__.get("simulator_tests", {}).values()]
        for arn in arns:
            yield TaggedResource(arn=arn, tags=self.tagger.get_tag_dict_for_resource(arn), resource_type=f"backup:{arn.split(':')[5]}")

    BackupBackend.iter_tagged_resources = iter_tagged_resources

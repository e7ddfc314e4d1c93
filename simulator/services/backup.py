# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Backup: selections, access policies, restore testing, jobs on demand and recovery points, which moto lacks.

A job on demand is over at once, and its recovery point holds nothing. Plans run no jobs and nothing is copied or restored.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from moto.backup.models import BackupBackend
from moto.core.resource_tagging import TaggedResource

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


@shows("R-BKP-08")
@operation("backup", "StartBackupJob")
def start_backup_job(context: Context) -> Parameters:
    """A job on demand, over at once. A lock's limits make it fail (API backup:PutBackupVaultLockConfiguration)."""
    target, now, arn = vault(context), context.now(), context.params["ResourceArn"]
    kept = (context.params.get("Lifecycle") or {}).get("DeleteAfterDays")
    low, high = target.min_retention_days or 0, target.max_retention_days
    fits = not target.locked or ((kept is None or kept >= low) and (not high or (kept is not None and kept <= high)))
    job = {
        "BackupJobId": str(uuid.uuid4()),
        "BackupVaultName": target.backup_vault_name,
        "ResourceArn": arn,
        "IamRoleArn": context.params["IamRoleArn"],
        "CreationDate": now,
        "State": "COMPLETED" if fits else "FAILED",
        "StatusMessage": "" if fits else "The retention specified in the job is not within the range specified for the target Backup Vault.",
    }
    if fits:
        point = f"arn:aws:backup:{context.region}:{context.account}:recovery-point:{uuid.uuid4()}"
        job["RecoveryPointArn"] = point
        points(context, target.backup_vault_name)[point] = {
            "RecoveryPointArn": point,
            "BackupVaultName": target.backup_vault_name,
            "BackupVaultArn": target.backup_vault_arn,
            "ResourceArn": arn,
            "ResourceType": arn.split(":")[2].upper(),
            "IamRoleArn": context.params["IamRoleArn"],
            "Status": "COMPLETED",
            "CreationDate": now,
            "CompletionDate": now,
            "EncryptionKeyArn": target.encryption_key_arn,
            "Lifecycle": context.params.get("Lifecycle", {}),
        }
        target.num_of_recovery_points += 1
    _kept(context, "jobs")[job["BackupJobId"]] = job
    return {name: job[name] for name in ("BackupJobId", "RecoveryPointArn", "CreationDate") if name in job}


@operation("backup", "DescribeBackupJob")
def describe_backup_job(context: Context) -> Parameters:
    """API backup:DescribeBackupJob."""
    if context.params["BackupJobId"] not in _kept(context, "jobs"):
        raise Refused(NOT_FOUND, "Cannot find Backup job with given ID")
    return _kept(context, "jobs")[context.params["BackupJobId"]]


@operation("backup", "ListRecoveryPointsByBackupVault")
def list_recovery_points(context: Context) -> Parameters:
    """API backup:ListRecoveryPointsByBackupVault; of its filters only that by resource."""
    resource = context.params.get("ByResourceArn")
    mine = points(context, vault(context).backup_vault_name).values()
    return {"RecoveryPoints": [one for one in mine if resource in (None, one["ResourceArn"])]}


@operation("backup", "DeleteRecoveryPoint")
def delete_recovery_point(context: Context) -> None:
    """API backup:DeleteRecoveryPoint; gone at once."""
    target = vault(context)
    if points(context, target.backup_vault_name).pop(context.params["RecoveryPointArn"], None) is None:
        raise Refused(NOT_FOUND, "Cannot find recovery point.")
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

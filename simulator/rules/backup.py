# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of AWS Backup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.rules._documents import admits_service
from simulator.services.backup import access_policy, denies, points, selections, test_plans

PLANS = ["CreateBackupPlan", "UpdateBackupPlan"]
INVALID = "InvalidParameterValueException"


def _rules(context: Context) -> list[Parameters]:
    return context.params["BackupPlan"]["Rules"]


def _lifecycles(context: Context) -> Iterator[Parameters]:
    """Every lifecycle that a call names."""
    if "BackupPlan" not in context.params:
        yield context.params.get("Lifecycle") or {}
        return
    for one in _rules(context):
        yield one.get("Lifecycle") or {}
        yield from (copy.get("Lifecycle") or {} for copy in one.get("CopyActions", []))


@rule("R-BKP-02", service="backup", operations=[*PLANS, "StartBackupJob"], source="API backup:Lifecycle")
def cold_for_ninety_days(context: Context) -> None:
    """What goes cold stays so for 90 days at least."""
    for one in _lifecycles(context):
        cold, delete = one.get("MoveToColdStorageAfterDays"), one.get("DeleteAfterDays")
        if cold and cold > 0 and delete and 0 < delete < cold + 90:
            raise Refused(
                INVALID, "Error in some rules due to: Invalid lifecycle. DeleteAfterDays must be at least 90 days apart from MoveToColdStorageAfterDays."
            )


@rule("R-BKP-03", service="backup", operations=PLANS, source="API backup:BackupRule")
def an_hour_to_start(context: Context) -> None:
    """A job has an hour at least to begin."""
    for one in _rules(context):
        if one.get("StartWindowMinutes", 480) < 60:
            raise Refused(INVALID, f"Error in some rules due to: Invalid start window in {one['RuleName']}: it must be at least 60 minutes.")


@rule("R-BKP-04", service="backup", operations=PLANS, source="doc aws-backup/latest/devguide/delete-a-vault", certain=False)
def vaults_exist(context: Context) -> None:
    """Vaults that rules and copies go to must exist, those of other accounts apart."""
    for one in _rules(context):
        if one["TargetBackupVaultName"] not in context.backend().vaults:
            raise Refused(INVALID, f"Error in some rules due to: Backup vault {one['TargetBackupVaultName']} does not exist.")
        for copy in one.get("CopyActions", []):
            _, _, _, region, account, _, name = copy["DestinationBackupVaultArn"].split(":")
            if account == context.account and name not in context.backend(region=region).vaults:
                raise Refused(INVALID, f"Error in some rules due to: Backup vault {copy['DestinationBackupVaultArn']} does not exist.")


@rule("R-BKP-12", service="backup", operations=PLANS, source="doc aws-backup/latest/devguide/point-in-time-recovery", certain=False)
def continuous_is_short(context: Context) -> None:
    """Continuous backups are kept 1 to 35 days and never go cold."""
    for one in _rules(context):
        cycle = one.get("Lifecycle") or {}
        if one.get("EnableContinuousBackup") and (cycle.get("MoveToColdStorageAfterDays") or not 1 <= cycle.get("DeleteAfterDays", 0) <= 35):
            raise Refused(INVALID, "Error in some rules due to: Continuous backup retention must be between 1 and 35 days without transition to cold storage.")


@rule("R-BKP-06", service="backup", operations=["DeleteBackupPlan"], source="API backup:DeleteBackupPlan")
def selections_go_first(context: Context) -> None:
    """A plan goes when it selects nothing any more."""
    if selections(context, context.params["BackupPlanId"]):
        raise Refused("InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion")


@rule("R-BKP-10", service="backup", operations=["CreateBackupSelection"], source="terraform-provider-aws backup_selection; API backup:BackupSelection")
def role_lets_backup_in(context: Context) -> None:
    """The role of a selection must trust AWS Backup."""
    arn = context.params["BackupSelection"]["IamRoleArn"]
    role = next((role for role in context.backend("iam").roles.values() if role.arn == arn), None)
    if role is None or not admits_service(role.assume_role_policy_document, "backup.amazonaws.com"):
        raise Refused(INVALID, f"IAM Role {arn} cannot be assumed by AWS Backup")


@rule("R-BKP-07", service="backup", operations=["CreateRestoreTestingPlan"], source="API backup:CreateRestoreTestingPlan")
def names_of_restore_tests(context: Context) -> None:
    """Names have letters, digits and underscores."""
    _refuse_name(context.params["RestoreTestingPlan"]["RestoreTestingPlanName"])


@rule("R-BKP-07", service="backup", operations=["CreateRestoreTestingSelection"], source="API backup:CreateRestoreTestingSelection")
def restore_tests_select_soundly(context: Context) -> None:
    """Names have letters, digits and underscores; what was restored is kept for a week at most."""
    given = context.params["RestoreTestingSelection"]
    _refuse_name(given["RestoreTestingSelectionName"])
    if not 0 <= given.get("ValidationWindowHours", 0) <= 168:
        raise Refused(INVALID, "ValidationWindowHours must be between 0 and 168")
    if not given.get("ProtectedResourceArns") and not given.get("ProtectedResourceConditions"):
        raise Refused(INVALID, "ProtectedResourceArns or ProtectedResourceConditions must be given")


def _refuse_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,50}", name):
        raise Refused(INVALID, f"{name} must consist of 1 to 50 alphanumeric characters and underscores")


@rule("R-BKP-07", service="backup", operations=["DeleteRestoreTestingPlan"], source="API backup:DeleteRestoreTestingPlan")
def tests_selections_go_first(context: Context) -> None:
    """A restore testing plan goes when it selects nothing any more."""
    if test_plans(context).get(context.params["RestoreTestingPlanName"], {}).get("selections"):
        raise Refused("InvalidRequestException", "Restore testing selections must be deleted before the restore testing plan")


@rule("R-BKP-09", service="backup", operations=["DeleteBackupVault"], source="API backup:DeleteBackupVault; doc aws-backup/latest/devguide/delete-a-vault")
def only_empty_vaults_go(context: Context) -> None:
    """A vault goes when it is empty."""
    name = context.params["BackupVaultName"]
    if points(context, name):
        raise Refused("InvalidRequestException", f"Backup vault {name} cannot be deleted because it contains recovery points.")


@rule("R-BKP-13", service="backup", operations=["DeleteRecoveryPoint"], source="API backup:PutBackupVaultLockConfiguration", certain=False)
def locked_points_stay(context: Context) -> None:
    """Nobody deletes what is in a locked vault."""
    vault = context.backend().vaults.get(context.params["BackupVaultName"])
    if vault is not None and vault.locked:
        raise Refused("InvalidRequestException", "Recovery point cannot be deleted: the backup vault is locked.")


@rule("R-BKP-14", service="backup", operations=["DeleteRecoveryPoint"], source="doc aws-backup/latest/devguide/create-a-vault-access-policy")
def the_vaults_policy_counts(context: Context) -> None:
    """What the vault's policy refuses everybody, nobody may."""
    if denies(access_policy(context, context.params["BackupVaultName"]), "backup:DeleteRecoveryPoint"):
        raise Refused("AccessDeniedException", f"User {context.principal} is not authorized to perform: backup:DeleteRecoveryPoint with an explicit deny")

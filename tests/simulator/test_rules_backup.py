# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and gaps of AWS Backup, through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

ACCOUNT, REGION = "123456789012", "eu-west-1"
DATABASE = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:acme"
RULE: dict[str, Any] = {"RuleName": "daily", "TargetBackupVaultName": "acme", "Lifecycle": {"DeleteAfterDays": 35}}
POINTS = {"Algorithm": "LATEST_WITHIN_WINDOW", "RecoveryPointTypes": ["SNAPSHOT"], "IncludeVaults": ["*"]}
TESTED = {"RestoreTestingSelectionName": "database", "ProtectedResourceType": "RDS", "ProtectedResourceArns": ["*"]}


@pytest.fixture(scope="module")
def account() -> InProcess:
    """A vault here and one in another region, and who backs up."""
    simulator = InProcess()
    simulator.client("backup").create_backup_vault(BackupVaultName="acme", BackupVaultTags={"Project": "acme"})
    simulator.client("backup", "us-east-1").create_backup_vault(BackupVaultName="acme")
    for name, service in (("backup", "backup.amazonaws.com"), ("other", "ec2.amazonaws.com")):
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
        simulator.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return simulator


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def copy(name: str) -> dict[str, Any]:
    return {"CopyActions": [{"DestinationBackupVaultArn": f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:{name}"}]}


def refusal(call: Any, **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    "more",
    [
        {"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}},
        {"CopyActions": [{**copy("acme")["CopyActions"][0], "Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 90}}]},
        {"StartWindowMinutes": 59},
        {"TargetBackupVaultName": "nowhere"},
        copy("nowhere"),
        {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}},
        {"EnableContinuousBackup": True, "Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91}},
    ],
)
def test_a_plan_is_refused(account: InProcess, more: dict[str, Any]) -> None:
    backup = account.client("backup")
    assert refusal(backup.create_backup_plan, BackupPlan={"BackupPlanName": "refused", "Rules": [{**RULE, **more}]}) == "InvalidParameterValueException"
    assert backup.list_backup_plans()["BackupPlansList"] == []


def test_a_plan_and_what_it_selects(account: InProcess) -> None:
    backup = account.client("backup")
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "acme", "Rules": [{**RULE, **copy("acme")}]}, BackupPlanTags={"Project": "acme"})
    plan = {"BackupPlanId": made["BackupPlanId"]}
    wanted = {"SelectionName": "database", "IamRoleArn": role("backup"), "Resources": ["arn:aws:rds:*:*:db:*"]}
    assert refusal(backup.create_backup_selection, **plan, BackupSelection={**wanted, "IamRoleArn": role("other")}) == "InvalidParameterValueException"
    selection = {**plan, "SelectionId": backup.create_backup_selection(**plan, BackupSelection=wanted)["SelectionId"]}
    assert refusal(backup.create_backup_selection, **plan, BackupSelection=wanted) == "AlreadyExistsException"
    assert [one["SelectionName"] for one in backup.list_backup_selections(**plan)["BackupSelectionsList"]] == ["database"]
    assert backup.get_backup_selection(**selection)["BackupSelection"] == wanted
    backup.update_backup_plan(**plan, BackupPlan={"BackupPlanName": "acme", "Rules": [{**RULE, "RuleName": "nightly"}]})
    (rule,) = backup.get_backup_plan(**plan)["BackupPlan"]["Rules"]
    assert (rule["RuleName"], rule["StartWindowMinutes"], rule["ScheduleExpressionTimezone"]) == ("nightly", 480, "Etc/UTC")
    tagged = account.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["backup"], TagFilters=[{"Key": "Project", "Values": ["acme"]}])
    assert {one["ResourceARN"].split(":")[5] for one in tagged["ResourceTagMappingList"]} == {"backup-vault", "backup-plan"}
    assert refusal(backup.delete_backup_plan, **plan) == "InvalidRequestException"
    backup.delete_backup_selection(**selection)
    backup.delete_backup_plan(**plan)
    assert refusal(backup.get_backup_plan, **plan) == "ResourceNotFoundException"
    again = backup.create_backup_plan(BackupPlan={"BackupPlanName": "acme", "Rules": [RULE]})
    backup.delete_backup_plan(BackupPlanId=again["BackupPlanId"])


def test_recovery_points_are_protected(account: InProcess) -> None:
    backup = account.client("backup")
    vault = {"BackupVaultName": "guarded"}
    backup.create_backup_vault(**vault)
    assert refusal(backup.get_backup_vault_access_policy, **vault) == "ResourceNotFoundException"
    job = backup.start_backup_job(**vault, ResourceArn=DATABASE, IamRoleArn=role("backup"))
    assert backup.describe_backup_job(BackupJobId=job["BackupJobId"])["State"] == "COMPLETED"
    (point,) = backup.list_recovery_points_by_backup_vault(**vault)["RecoveryPoints"]
    assert (point["ResourceArn"], point["ResourceType"]) == (DATABASE, "RDS")
    target = {**vault, "RecoveryPointArn": point["RecoveryPointArn"]}
    assert refusal(backup.delete_backup_vault, **vault) == "InvalidRequestException"
    deny = {"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteRecoveryPoint"], "Resource": "*"}
    backup.put_backup_vault_access_policy(**vault, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    assert refusal(backup.delete_recovery_point, **target) == "AccessDeniedException"
    backup.delete_backup_vault_access_policy(**vault)
    backup.put_backup_vault_lock_configuration(**vault, MinRetentionDays=7)
    assert refusal(backup.delete_recovery_point, **target) == "InvalidRequestException"
    short = backup.start_backup_job(**vault, ResourceArn=DATABASE, IamRoleArn=role("backup"), Lifecycle={"DeleteAfterDays": 6})
    assert backup.describe_backup_job(BackupJobId=short["BackupJobId"])["State"] == "FAILED"
    backup.delete_backup_vault_lock_configuration(**vault)
    backup.delete_recovery_point(**target)
    backup.delete_backup_vault(**vault)
    assert refusal(backup.delete_backup_vault, **vault) == "ResourceNotFoundException"


def test_restore_testing(account: InProcess) -> None:
    backup = account.client("backup")
    plan = {"RestoreTestingPlanName": "acme", "ScheduleExpression": "cron(0 2 1 * ? *)", "RecoveryPointSelection": POINTS}
    create = backup.create_restore_testing_plan
    assert refusal(create, RestoreTestingPlan={**plan, "RestoreTestingPlanName": "acme-prod"}) == "InvalidParameterValueException"
    create(RestoreTestingPlan=plan, Tags={"Project": "acme"})
    assert refusal(create, RestoreTestingPlan=plan) == "AlreadyExistsException"
    name = {"RestoreTestingPlanName": "acme"}
    wanted = {**TESTED, "IamRoleArn": role("backup")}
    select = backup.create_restore_testing_selection
    assert refusal(select, **name, RestoreTestingSelection={**wanted, "ValidationWindowHours": 169}) == "InvalidParameterValueException"
    assert refusal(select, **name, RestoreTestingSelection={**wanted, "ProtectedResourceArns": []}) == "InvalidParameterValueException"
    select(**name, RestoreTestingSelection=wanted)
    assert [one["ProtectedResourceType"] for one in backup.list_restore_testing_selections(**name)["RestoreTestingSelections"]] == ["RDS"]
    shown = backup.get_restore_testing_selection(**name, RestoreTestingSelectionName="database")["RestoreTestingSelection"]
    assert shown["ProtectedResourceArns"] == ["*"]
    backup.update_restore_testing_plan(**name, RestoreTestingPlan={"ScheduleExpression": "cron(0 3 1 * ? *)"})
    found = backup.get_restore_testing_plan(**name)["RestoreTestingPlan"]
    assert (found["ScheduleExpression"], found["StartWindowHours"], found["RecoveryPointSelection"]["SelectionWindowDays"]) == ("cron(0 3 1 * ? *)", 24, 30)
    assert refusal(backup.delete_restore_testing_plan, **name) == "InvalidRequestException"
    backup.delete_restore_testing_selection(**name, RestoreTestingSelectionName="database")
    backup.delete_restore_testing_plan(**name)
    assert backup.list_restore_testing_plans()["RestoreTestingPlans"] == []

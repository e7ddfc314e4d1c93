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


def test_a_database_comes_back_from_a_recovery_point(account: InProcess) -> None:
    """In its own region under its own key; elsewhere from a copy, under the key of the vault there."""
    there = "us-east-1"
    keys = {region: account.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (REGION, there)}
    for region, network in ((REGION, "10.7"), (there, "10.8")):
        ec2 = account.client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock=f"{network}.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"{network}.{n}.0/24", AvailabilityZone=region + "ab"[n])["Subnet"]["SubnetId"] for n in (0, 1)]
        account.client("rds", region).create_db_subnet_group(DBSubnetGroupName="acme", DBSubnetGroupDescription="d", SubnetIds=subnets)
    database = {
        "DBInstanceIdentifier": "shop", "Engine": "mysql", "EngineVersion": "8.4", "DBInstanceClass": "db.m7g.large", "AllocatedStorage": 100,
        "StorageType": "gp3", "MasterUsername": "admin", "MasterUserPassword": "correct-horse-battery", "DBSubnetGroupName": "acme",
        "StorageEncrypted": True, "KmsKeyId": keys[REGION], "BackupRetentionPeriod": 7, "MultiAZ": True, "DeletionProtection": True,
    }  # fmt: skip
    rds = account.client("rds")
    rds.create_db_instance(**database)
    backup, source = account.client("backup"), {"ResourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop", "IamRoleArn": role("backup")}
    point = backup.start_backup_job(BackupVaultName="acme", **source)["RecoveryPointArn"]
    (taken,) = rds.describe_db_snapshots(SnapshotType="awsbackup")["DBSnapshots"]
    assert (taken["DBSnapshotArn"], taken["KmsKeyId"]) == (point, keys[REGION])
    assert taken["DBSnapshotIdentifier"].startswith("awsbackup:job-")
    assert refusal(rds.delete_db_snapshot, DBSnapshotIdentifier=taken["DBSnapshotIdentifier"]) == "InvalidDBSnapshotState"

    account.client("backup", there).create_backup_vault(BackupVaultName="keyed", EncryptionKeyArn=keys[there])
    destination = f"arn:aws:backup:{there}:{ACCOUNT}:backup-vault:keyed"
    copying = {"SourceBackupVaultName": "acme", "DestinationBackupVaultArn": destination, "IamRoleArn": role("backup")}
    assert refusal(backup.start_copy_job, RecoveryPointArn=point + "0", **copying) == "ResourceNotFoundException"
    job = backup.start_copy_job(RecoveryPointArn=point, **copying)["CopyJobId"]
    copied = backup.describe_copy_job(CopyJobId=job)["CopyJob"]["DestinationRecoveryPointArn"]
    far = account.client("rds", there)
    (copy_taken,) = far.describe_db_snapshots(SnapshotType="awsbackup")["DBSnapshots"]
    assert (copy_taken["DBSnapshotArn"], copy_taken["KmsKeyId"]) == (copied, keys[there])
    assert copy_taken["OriginalSnapshotCreateTime"] == taken["OriginalSnapshotCreateTime"]
    found = account.client("backup", there).list_recovery_points_by_backup_vault(BackupVaultName="keyed", ByResourceType="RDS")["RecoveryPoints"]
    assert [(one["RecoveryPointArn"], one["ResourceArn"]) for one in found] == [(copied, source["ResourceArn"])]
    assert account.client("backup", there).describe_recovery_point(BackupVaultName="keyed", RecoveryPointArn=copied)["Status"] == "COMPLETED"

    restore = {"DBInstanceIdentifier": "shop", "DBSnapshotIdentifier": copy_taken["DBSnapshotIdentifier"], "DBSubnetGroupName": "acme"}
    assert refusal(rds.restore_db_instance_from_db_snapshot, **restore) == "DBSnapshotNotFound"
    assert refusal(far.restore_db_instance_from_db_snapshot, **restore, AllocatedStorage=99) == "InvalidParameterValue"
    assert refusal(far.restore_db_instance_from_db_snapshot, **restore, DBName="shop") == "InvalidParameterCombination"
    far.restore_db_instance_from_db_snapshot(**restore, Tags=[{"Key": "Project", "Value": "acme"}])
    (shown,) = far.describe_db_instances()["DBInstances"]
    assert (shown["KmsKeyId"], shown["MultiAZ"], shown["DeletionProtection"], shown["MasterUsername"]) == (keys[there], False, False, "admin")
    assert (shown["DBInstanceArn"], shown["TagList"]) == (f"arn:aws:rds:{there}:{ACCOUNT}:db:shop", [{"Key": "Project", "Value": "acme"}])
    assert shown["DBParameterGroups"][0]["DBParameterGroupName"] == "default.mysql8.4"
    for region, vault, arn in ((REGION, "acme", point), (there, "keyed", copied)):
        account.client("backup", region).delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
        assert account.client("rds", region).describe_db_snapshots(SnapshotType="awsbackup")["DBSnapshots"] == []


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

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3: verify.py REGION PREFIX. Leaves a backup behind, which destroying has to be rid of."""

from __future__ import annotations

import json
import sys

import boto3

region, prefix = sys.argv[1:]
backup, iam = boto3.client("backup", region_name=region), boto3.client("iam", region_name=region)

(vault,) = backup.list_backup_vaults()["BackupVaultList"]
assert vault["BackupVaultName"] == prefix and vault["EncryptionKeyArn"].startswith(f"arn:aws:kms:{region}:"), vault
assert vault["Locked"] and (vault["MinRetentionDays"], vault["MaxRetentionDays"]) == (7, 36500) and "LockDate" not in vault, vault
(statement,) = json.loads(backup.get_backup_vault_access_policy(BackupVaultName=prefix)["Policy"])["Statement"]
assert statement["Effect"] == "Deny" and "backup:DeleteRecoveryPoint" in statement["Action"]

role = iam.get_role(RoleName=f"{prefix}-{region}-backup")["Role"]
assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "backup.amazonaws.com"}
attached = {one["PolicyName"] for one in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]}
assert {name.removeprefix("AWSBackupServiceRolePolicyFor") for name in attached} == {"Backup", "Restores", "S3Backup", "S3Restore"}

plans = {plan["BackupPlanName"]: plan["BackupPlanId"] for plan in backup.list_backup_plans()["BackupPlansList"]}
assert set(plans) == {f"{prefix}-database", f"{prefix}-objects"}
for name, pattern in (("database", "arn:aws:rds:*:*:db:*"), ("objects", "arn:aws:s3:::*")):
    plan = {"BackupPlanId": plans[f"{prefix}-{name}"]}
    (rule,) = backup.get_backup_plan(**plan)["BackupPlan"]["Rules"]
    # RDS keeps the way back to any point in time: AWS Backup would take its retention and window over.
    assert not rule["EnableContinuousBackup"] and rule["Lifecycle"] == {"DeleteAfterDays": 7} and rule["TargetBackupVaultName"] == prefix
    (found,) = backup.list_backup_selections(**plan)["BackupSelectionsList"]
    selection = backup.get_backup_selection(**plan, SelectionId=found["SelectionId"])["BackupSelection"]
    tags = {one["ConditionKey"].partition("/")[2]: one["ConditionValue"] for one in selection["Conditions"]["StringEquals"]}
    assert tags == {"Project": "groundswell", "Environment": "sandbox", "Cell": "sandbox-apse1", "DataClass": name}, tags
    assert (selection["Resources"], selection["IamRoleArn"]) == ([pattern], role["Arn"])

test = {"RestoreTestingPlanName": prefix.replace("-", "_")}
chosen = backup.get_restore_testing_plan(**test)["RestoreTestingPlan"]["RecoveryPointSelection"]
assert (chosen["IncludeVaults"], chosen["RecoveryPointTypes"]) == ([vault["BackupVaultArn"]], ["SNAPSHOT"])
(found,) = backup.list_restore_testing_selections(**test)["RestoreTestingSelections"]
restored = backup.get_restore_testing_selection(**test, RestoreTestingSelectionName=found["RestoreTestingSelectionName"])["RestoreTestingSelection"]
assert (restored["ProtectedResourceType"], restored["ProtectedResourceArns"]) == ("RDS", ["*"])
metadata = {"dbsubnetgroupname": prefix, "vpcsecuritygroupids": '["sg-0123456789abcdef0"]'}
assert {key.lower(): value for key, value in restored["RestoreMetadataOverrides"].items()} == metadata

database = f"arn:aws:rds:{region}:123456789012:db:{prefix}"
backup.start_backup_job(BackupVaultName=prefix, ResourceArn=database, IamRoleArn=role["Arn"], Lifecycle={"DeleteAfterDays": 7})
assert backup.describe_backup_vault(BackupVaultName=prefix)["NumberOfRecoveryPoints"] == 1

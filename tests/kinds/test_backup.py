# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults, plans and restore tests of AWS Backup: what is guarded, what takes the place of what cannot change, what goes with what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.backup import Plans, RestoreTestingPlans, Vaults
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import Roles
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from conftest import REGION

ACCOUNT = "123456789012"
DENY = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
VAULT: dict[str, Any] = {
    "name": "acme-dev", "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "lock": "none",
    "policy": {"Version": "2012-10-17", "Statement": [DENY]},
}  # fmt: skip
VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:acme-dev"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/acme-dev-backup"
TRUST = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"name": "acme-dev-backup", "trust_policy": json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})}
RULE: dict[str, Any] = {"name": "daily", "vault": "acme-dev", "schedule": "cron(0 20 ? * * *)", "delete_after_days": 35}
SELECTION: dict[str, Any] = {
    "name": "database",
    "role_arn": ROLE_ARN,
    "resource_arns": ["arn:aws:rds:*:*:db:*"],
    "tags": {"Project": "acme", "DataClass": "database"},
}
PLAN: dict[str, Any] = {"name": "acme-dev-database", "rules": [RULE], "selections": [SELECTION]}
TEST: dict[str, Any] = {
    "name": "acme_dev", "schedule": "cron(0 2 1 * ? *)", "vault_arns": [VAULT_ARN],
    "selections": [{"name": "database", "resource_type": "RDS", "role_arn": ROLE_ARN, "metadata": {"dbSubnetGroupName": "acme-dev"}, "validation_hours": 1}],
}  # fmt: skip


@pytest.fixture
def vault(keep):
    """A vault, and who backs up into it."""
    keep(Roles, [ROLE])
    keep(Vaults, [VAULT])


def back_up(simulator, **more):
    return simulator.client("backup").start_backup_job(BackupVaultName="acme-dev", ResourceArn="arn:aws:rds:r:1:db:acme", IamRoleArn=ROLE_ARN, **more)


def test_a_vault_with_all_its_guards_is_emptied_and_goes(keep, clear, simulator, vault):
    locked = {**VAULT, "lock": "governance", "lock_min_days": 7}
    assert [change.options for change in keep(Vaults, [locked]).changes] == [["lock", "lock_min_days"]]
    assert keep(Vaults, [locked]).changed is False
    for _ in range(3):
        back_up(simulator)
    with pytest.raises(Problem, match="holds data|AWS cannot change kms_key_arn"):
        keep(Vaults, [{**locked, "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/2"}])
    assert keep(Vaults, [], remove=("*",)).undeclared == ["acme-dev"]
    clear(Vaults)
    assert simulator.client("backup").list_backup_vaults()["BackupVaultList"] == []


def test_a_lock_is_put_on_changed_and_taken_back(keep, simulator, vault):
    def shown():
        (one,) = simulator.client("backup").list_backup_vaults()["BackupVaultList"]
        return one["Locked"], one.get("MinRetentionDays"), one.get("MaxRetentionDays"), "LockDate" in one

    final = {**VAULT, "lock": "compliance", "lock_min_days": 7, "lock_max_days": 90, "lock_grace_days": 3}
    with pytest.raises(Problem, match="lock_grace_days must be from 3"):
        keep(Vaults, [{**final, "lock_grace_days": 0}])
    with pytest.raises(Problem, match="is above lock_max_days"):
        keep(Vaults, [{**final, "lock_min_days": 91}])
    assert shown() == (False, None, None, False)
    keep(Vaults, [final])
    assert shown() == (True, 7, 90, True)
    assert keep(Vaults, [{**final, "lock_grace_days": 5}]).changed is False
    keep(Vaults, [{**VAULT, "lock": "governance"}])
    assert shown() == (True, None, None, False)
    keep(Vaults, [VAULT])
    assert shown() == (False, None, None, False)
    keep(Vaults, [{**VAULT, "policy": {}}])
    assert keep(Vaults, [{**VAULT, "policy": {}}]).changed is False


def test_what_a_plan_selects_is_replaced_where_it_differs(keep, clear, simulator, vault):
    backup = simulator.client("backup")
    first = keep(Plans, [PLAN]).resources["acme-dev-database"]
    assert keep(Plans, [PLAN]).changed is False
    other = {**SELECTION, "tags": {"Project": "acme", "DataClass": "objects"}}
    second = keep(Plans, [{**PLAN, "selections": [other, {**SELECTION, "name": "more"}]}]).resources["acme-dev-database"]
    assert (second.outputs["id"], set(second.outputs["selection_ids"])) == (first.outputs["id"], {"database", "more"})
    conditions = backup.get_backup_selection(BackupPlanId=first.outputs["id"], SelectionId=second.outputs["selection_ids"]["database"])
    assert {"ConditionKey": "aws:ResourceTag/DataClass", "ConditionValue": "objects"} in conditions["BackupSelection"]["Conditions"]["StringEquals"]
    longer = {**RULE, "delete_after_days": 120, "cold_after_days": 30, "copies": [{"vault_arn": VAULT_ARN, "delete_after_days": 14}]}
    assert [change.options for change in keep(Plans, [{**PLAN, "rules": [longer]}]).changes] == [["rules", "selections"]]
    assert keep(Plans, [{**PLAN, "rules": [longer]}]).changed is False
    assert keep(Plans, []).undeclared == ["acme-dev-database"]
    clear(Plans)
    assert backup.list_backup_plans()["BackupPlansList"] == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"delete_after_days": 100, "cold_after_days": 30}, r"delete_after_days \(100\) must be 90 above cold_after_days \(30\)"),
        ({"copies": [{"vault_arn": "v", "delete_after_days": 30, "cold_after_days": 7}]}, r"copy to v: delete_after_days \(30\) must be 90"),
        ({"continuous": True, "delete_after_days": 36}, "continuous backups are kept 1 to 35 days"),
        ({"start_window_minutes": 30}, "AWS takes 60 at least"),
        ({"start_window_minutes": 60, "completion_window_minutes": 60}, r"must be above start_window_minutes \(60\)"),
    ],
)
def test_a_rule_that_aws_would_refuse(keep, simulator, more, words):
    with pytest.raises(Problem, match=f"rule daily: .*{words}"):
        keep(Plans, [{**PLAN, "rules": [{**RULE, **more}]}])
    assert simulator.client("backup").list_backup_plans()["BackupPlansList"] == []


def test_restore_tests(keep, clear, simulator, vault):
    backup = simulator.client("backup")
    keep(RestoreTestingPlans, [TEST])
    assert keep(RestoreTestingPlans, [TEST]).changed is False
    shown = backup.get_restore_testing_selection(RestoreTestingPlanName="acme_dev", RestoreTestingSelectionName="database")["RestoreTestingSelection"]
    assert (shown["ProtectedResourceArns"], shown["RestoreMetadataOverrides"]) == (["*"], {"dbsubnetgroupname": "acme-dev"})
    changed = {**TEST, "schedule": "cron(0 3 1 * ? *)", "selections": [{**TEST["selections"][0], "validation_hours": 2}]}
    assert [change.options for change in keep(RestoreTestingPlans, [changed]).changes] == [["schedule", "selections"]]
    with pytest.raises(Problem, match="acme-dev must be 1 to 50 letters, digits and underscores"):
        keep(RestoreTestingPlans, [{**TEST, "name": "acme-dev"}])
    with pytest.raises(Problem, match="is kept for 169 hours"):
        keep(RestoreTestingPlans, [{**TEST, "selections": [{**TEST["selections"][0], "validation_hours": 169}]}])
    assert keep(RestoreTestingPlans, []).undeclared == ["acme_dev"]
    clear(RestoreTestingPlans)
    assert backup.list_restore_testing_plans()["RestoreTestingPlans"] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""A database as it was at a time, beside the one that there is, and then in its place."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.exchange import exchange
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsInstances
from ansible_collections.groundswell.aws.plugins.module_utils.recovery_points import find_recovery_point
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module
from test_databases import subnet_group

ACCOUNT = "123456789012"
ITEM = {
    "name": "acme-dev", "engine": "mysql", "engine_version": "8.4", "instance_class": "db.m7g.large", "allocated_storage": 20, "storage_type": "gp3",
    "master_username": "admin", "manage_master_user_password": True, "subnet_group": "acme-dev", "backup_retention_days": 7, "deletion_protection": True,
}  # fmt: skip
NAMES = {"name": "acme-dev", "restored": "acme-dev-restored", "kept_as": "acme-dev-replaced", "even_if_bad": False, "wait_timeout": 30}


def now(minutes: int = 0) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def restored(at: str, instance: str = "acme-dev") -> dict[str, Any]:
    return {
        "name": "acme-dev-restored", "engine": "mysql", "instance_class": "db.m7g.large", "subnet_group": "acme-dev", "deletion_protection": False,
        "restore_from": {"instance": instance, "time": at},
    }  # fmt: skip


@pytest.fixture
def database(keep: Any, simulator: Any) -> Any:
    """One that is ours, in the layer of databases."""
    subnet_group(simulator, REGION, "10.2", "acme-dev")
    keep(RdsInstances, [ITEM], layer="database")
    time.sleep(1.1)  # times are given in whole seconds
    return simulator.client("rds")


def backed_up(simulator: Any, database: str = "acme-dev", region: str = REGION) -> str:
    """A recovery point of the database, in a vault of its region."""
    backup = simulator.client("backup", region)
    source = f"arn:aws:rds:{region}:{ACCOUNT}:db:{database}"
    return str(backup.start_backup_job(BackupVaultName="acme-dev", ResourceArn=source, IamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/b")["RecoveryPointArn"])


@pytest.fixture
def vault(simulator: Any) -> Any:
    """One in each region, under keys of their own."""
    for region in (REGION, "us-east-1"):
        simulator.client("backup", region).create_backup_vault(BackupVaultName="acme-dev", EncryptionKeyArn=f"arn:aws:kms:{region}:{ACCOUNT}:key/vault")
    return simulator.client("backup")


def found(simulator: Any, wanted: str = "latest", source: str = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:acme-dev") -> dict[str, Any]:
    return find_recovery_point(Session(Module(simulator.endpoint)), "acme-dev", wanted, source)


def swap(simulator: Any, check_mode: bool = False, **more: Any) -> list[str]:
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    return [change["name"] for change in exchange(Session(module), {**NAMES, **more})]


def instances(rds: Any) -> dict[str, str]:
    """The identity of each, by its name."""
    return {one["DBInstanceIdentifier"]: one["DbiResourceId"] for one in rds.describe_db_instances()["DBInstances"]}


def test_beside_and_in_its_place(keep: Any, database: Any, simulator: Any) -> None:
    at = now()
    first = keep(RdsInstances, [restored(at)], layer="recovery")
    assert [change.action for change in first.changes] == ["create"]
    assert keep(RdsInstances, [restored(at)], layer="recovery").changes == []
    (call,) = [one for one in simulator.calls(mutating=True) if one["operation"] == "RestoreDBInstanceToPointInTime"]
    assert call["error"] is None
    (shown,) = database.describe_db_instances(DBInstanceIdentifier="acme-dev-restored")["DBInstances"]
    assert (shown["DeletionProtection"], shown["MultiAZ"], shown.get("MasterUserSecret")) == (False, False, None)

    before = instances(database)
    assert swap(simulator, check_mode=True) == ["acme-dev", "acme-dev-restored"]
    assert instances(database) == before
    assert swap(simulator) == ["acme-dev", "acme-dev-restored"]
    assert instances(database) == {"acme-dev": before["acme-dev-restored"], "acme-dev-replaced": before["acme-dev"]}
    assert swap(simulator) == []

    # It is ours in its place, and gets what it lacks; the other one is still there, and no longer declared.
    after = keep(RdsInstances, [ITEM], layer="database", apply_immediately=True)
    assert {change.action for change in after.changes} == {"update"}
    assert after.undeclared == ["acme-dev-replaced"]
    (shown,) = database.describe_db_instances(DBInstanceIdentifier="acme-dev")["DBInstances"]
    assert shown["DeletionProtection"]
    assert shown["MasterUserSecret"]["SecretArn"]


def test_ended_between_the_two(keep: Any, database: Any, simulator: Any) -> None:
    keep(RdsInstances, [restored(now())], layer="recovery")
    before = instances(database)
    database.modify_db_instance(DBInstanceIdentifier="acme-dev", NewDBInstanceIdentifier="acme-dev-replaced", ApplyImmediately=True)
    assert swap(simulator) == ["acme-dev-restored"]
    assert instances(database) == {"acme-dev": before["acme-dev-restored"], "acme-dev-replaced": before["acme-dev"]}
    assert keep(RdsInstances, [ITEM], layer="database", apply_immediately=True).undeclared == ["acme-dev-replaced"]


def test_whoever_has_the_name_has_all_that_goes_with_it(keep: Any, database: Any, simulator: Any) -> None:
    """Whoever ends a run after the change of names finds nothing left to do in the next one: so that change comes last, with each of the two."""
    keep(RdsInstances, [restored(now())], layer="recovery")
    before = len(simulator.calls(mutating=True))
    swap(simulator)
    calls = [call["operation"] for call in simulator.calls(mutating=True)[before:]]
    assert [index for index, call in enumerate(calls) if call == "ModifyDBInstance"] == [1, len(calls) - 1]
    tags = {}
    for one in database.describe_db_instances()["DBInstances"]:
        tags[one["DBInstanceIdentifier"]] = {tag["Key"]: tag["Value"] for tag in one["TagList"]}
    assert {name: (found["Name"], found["Layer"]) for name, found in tags.items()} == {
        "acme-dev": ("acme-dev", "database"), "acme-dev-replaced": ("acme-dev-replaced", "database"),
    }  # fmt: skip


def test_one_with_which_something_is_wrong(keep: Any, database: Any, simulator: Any) -> None:
    """It does not serve by mistake; what was found in it is not said of one that serves."""
    keep(RdsInstances, [restored(now())], layer="recovery")
    (found,) = database.describe_db_instances(DBInstanceIdentifier="acme-dev-restored")["DBInstances"]
    database.add_tags_to_resource(ResourceName=found["DBInstanceArn"], Tags=[{"Key": "Validation", "Value": "bad"}])
    before = len(simulator.calls(mutating=True))
    for check_mode in (True, False):
        with pytest.raises(Problem, match="acme-dev-restored was looked into, and something is wrong"):
            swap(simulator, check_mode)
    assert len(simulator.calls(mutating=True)) == before
    assert swap(simulator, even_if_bad=True) == ["acme-dev", "acme-dev-restored"]
    (serving,) = database.describe_db_instances(DBInstanceIdentifier="acme-dev")["DBInstances"]
    assert "Validation" not in {tag["Key"] for tag in serving["TagList"]}


def test_nothing_to_exchange(database: Any, simulator: Any) -> None:
    with pytest.raises(Problem, match="there is no database acme-dev-restored in eu-west-1"):
        swap(simulator)


@pytest.mark.parametrize(
    ("minutes", "instance", "said"),
    [(-60, "acme-dev", "can be restored to a time between"), (60, "acme-dev", "is still to come"), (0, "acme-gone", "has no automated backups")],
)
def test_what_backups_do_not_reach(keep: Any, database: Any, minutes: int, instance: str, said: str) -> None:
    before = instances(database)
    with pytest.raises(Problem, match=said):
        keep(RdsInstances, [restored(now(minutes), instance)], layer="recovery")
    assert instances(database) == before


def test_from_a_recovery_point(keep: Any, database: Any, vault: Any, simulator: Any) -> None:
    """The newest one; then that one, whatever is newer; with storage of its own, which may have grown."""
    assert found(simulator) == {}
    first = backed_up(simulator)
    time.sleep(1.1)
    point = backed_up(simulator)
    newest = found(simulator)
    assert (newest["arn"], newest["available"], newest["age_seconds"] < 60) == (point, True, True)
    assert found(simulator, first)["taken"] < newest["taken"]
    assert found(simulator, source=f"arn:aws:rds:us-east-1:{ACCOUNT}:db:acme-dev") == {}
    with pytest.raises(Problem, match="neither"):
        found(simulator, "newest")
    database.modify_db_instance(DBInstanceIdentifier="acme-dev", AllocatedStorage=60, ApplyImmediately=True)

    wanted = {**restored(""), "restore_from": {"recovery_point": point}, "allocated_storage": 10, "database_name": "site", "log_exports": ["error"]}
    made = keep(RdsInstances, [wanted], layer="recovery")
    assert [change.action for change in made.changes] == ["create"]
    assert made.resources["acme-dev-restored"].outputs["restored_from"] == point
    assert keep(RdsInstances, [{**wanted, "database_name": None}], layer="recovery").changes == []
    (shown,) = database.describe_db_instances(DBInstanceIdentifier="acme-dev-restored")["DBInstances"]
    assert (shown["AllocatedStorage"], shown["EnabledCloudwatchLogsExports"], shown["MasterUsername"]) == (20, ["error"], "admin")
    tags = {tag["Key"]: tag["Value"] for tag in shown["TagList"]}
    assert (tags["RestoredFrom"], tags["Layer"]) == (point, "recovery")

    # Another one under its name is not what was asked for.
    for other in ({"recovery_point": first}, {"instance": "acme-dev", "time": now()}):
        with pytest.raises(Problem, match="Remove it first"):
            keep(RdsInstances, [{**wanted, "restore_from": other}], layer="recovery")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"recovery_point": f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:job-gone"}, "no recovery point of a database that is available here"),
        ({"recovery_point": f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:awsbackup:job-far"}, "no recovery point of a database that is available here"),
        ({"recovery_point": "arn:aws:backup:x", "instance": "acme-dev", "time": "2026-05-04T03:02:00Z"}, "either instance and time, or recovery_point"),
        ({"instance": "acme-dev"}, "either instance and time, or recovery_point"),
    ],
)
def test_no_recovery_point(keep: Any, simulator: Any, source: dict[str, str], said: str) -> None:
    with pytest.raises(Problem, match=said):
        keep(RdsInstances, [{**restored(""), "restore_from": source}], layer="recovery")
    assert instances(simulator.client("rds")) == {}


def test_the_key_of_a_vault_is_as_good(keep: Any, database: Any) -> None:
    """What was restored from a copy has it, and nobody can change that."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/vault"
    with pytest.raises(Problem, match="AWS cannot change kms_key_arn"):
        keep(RdsInstances, [{**ITEM, "kms_key_arn": key}], layer="database")
    (shown,) = database.describe_db_instances()["DBInstances"]
    accepted = [shown.get("KmsKeyId")]
    assert keep(RdsInstances, [{**ITEM, "kms_key_arn": key}], layer="database", restored_kms_key_arns=accepted).changes == []

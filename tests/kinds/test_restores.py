# SPDX-License-Identifier: GPL-3.0-or-later
"""A database as it was at a time, beside the one that there is, and then in its place."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.exchange import exchange
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsInstances
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module
from test_databases import subnet_group

ITEM = {
    "name": "acme-dev", "engine": "mysql", "engine_version": "8.4", "instance_class": "db.m7g.large", "allocated_storage": 20, "storage_type": "gp3",
    "master_username": "admin", "manage_master_user_password": True, "subnet_group": "acme-dev", "backup_retention_days": 7, "deletion_protection": True,
}  # fmt: skip
NAMES = {"name": "acme-dev", "restored": "acme-dev-restored", "kept_as": "acme-dev-replaced", "wait_timeout": 30}


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


def swap(simulator: Any, check_mode: bool = False) -> list[str]:
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    return [change["name"] for change in exchange(Session(module), NAMES)]


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

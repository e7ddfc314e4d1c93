# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to vaults: what cannot be deleted is said, and what is being made or deleted is waited for."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import backup
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.backup import RestoreTestingPlans, Vaults
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Resource

from ..fakes import OURS, FakeSession, refusal


class Client:
    """A vault whose recovery points go through these states, one look after the other."""

    def __init__(self, *looks: list[str], final: bool = False) -> None:
        self.looks = list(looks)
        self.final = final
        self.calls: list[str] = []

    def get_paginator(self, operation: str) -> t.Any:
        points = [{"RecoveryPointArn": f"p{index}", "Status": state} for index, state in enumerate(self.looks.pop(0))]

        class Pages:
            def paginate(self, **_: t.Any) -> t.Any:
                return self

            def search(self, path: str) -> t.Any:
                return points

        return Pages()

    def __getattr__(self, operation: str) -> t.Callable[..., t.Any]:
        def call(**parameters: t.Any) -> None:
            self.calls.append(" ".join([operation, *([parameters["RecoveryPointArn"]] if "RecoveryPointArn" in parameters else [])]))
            if operation == "delete_backup_vault_lock_configuration" and self.final:
                raise refusal("InvalidRequestException")
            if operation == "delete_recovery_point" and parameters["RecoveryPointArn"] == "p1":
                raise refusal("InvalidResourceStateException")

        return call


def vaults(client: Client) -> Vaults:
    class Session(FakeSession):
        def client(self, *_: t.Any) -> Client:
            return client

    return Vaults(Session(), {}, OURS)


def vault(lock: str = "none") -> Resource:
    return Resource("acme-dev", {"lock": lock}, dict(OURS), {"arn": "a", "lock_date": "2026-05-04"})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup.time, "sleep", lambda seconds: None)


def test_a_point_that_is_being_made_is_deleted_when_it_can_be() -> None:
    client = Client(["COMPLETED", "CREATING", "DELETING"], ["COMPLETED"], [])
    vaults(client).delete(vault())
    assert client.calls == [
        "delete_backup_vault_access_policy",
        "delete_recovery_point p0",
        "delete_recovery_point p1",
        "delete_recovery_point p0",
        "delete_backup_vault",
    ]


def test_a_point_that_stays_keeps_its_vault() -> None:
    client = Client(*[["EXPIRED"]] * 40)
    with pytest.raises(Problem, match=r"1 recovery points are still there \(EXPIRED\)"):
        vaults(client).delete(vault())
    assert "delete_backup_vault" not in client.calls


def test_a_lock_that_nobody_can_take_away_is_no_riddle() -> None:
    client = Client(final=True)
    with pytest.raises(Problem, match="locked in compliance mode since 2026-05-04"):
        vaults(client).delete(vault("compliance"))
    assert client.calls[-1] == "delete_backup_vault_lock_configuration"


def test_names_without_hyphens_are_looked_for() -> None:
    """Restore testing plans have no others."""
    assert RestoreTestingPlans(FakeSession(), {}, {**OURS, "Project": "acme-shop"}).prefix == "acme_shop_dev"

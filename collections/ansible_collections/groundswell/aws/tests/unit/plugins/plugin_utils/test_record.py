# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.record import Record

CREATED = {"kind": "ec2_vpcs", "name": "acme-dev", "action": "create", "options": ["cidr"]}


@pytest.fixture
def record() -> Record:
    """A record in the middle of a layer."""
    found = Record()
    found.begin("Network")
    return found


def test_note_set_module(record: Record) -> None:
    """What a set module did, kept and left undeclared."""
    record.note(
        "dev", "Keep the VPC", "ec2_vpcs", {"changed": True, "changes": [CREATED], "resources": {"acme-dev": {}}, "undeclared": ["ec2_vpcs/old"], "waiting": []}
    )
    assert record.layer.changes == [{"cell": "dev", **CREATED}]
    assert record.layer.kept == 1
    assert record.undeclared == {"ec2_vpcs/old": "dev"}


def test_note_other_module(record: Record) -> None:
    """A module that keeps no set counts once, under its task's name."""
    record.note("dev", "Write it", "copy", {"changed": True})
    assert [(change["kind"], change["name"]) for change in record.layer.changes] == [("settings", "Write it")]


def test_note_loop(record: Record) -> None:
    """Each round of a loop counts."""
    record.note("dev", "Keep", "ec2_vpcs", {"changed": True, "results": [{"changes": [CREATED]}, {"changes": []}, {"changes": [CREATED]}]})
    assert len(record.layer.changes) == 2


def test_removed_is_no_longer_undeclared(record: Record) -> None:
    """What a consent removed is gone from the list, in the same answer and in a later one."""
    removed = {"kind": "ec2_vpcs", "name": "old", "action": "remove", "options": []}
    record.note("dev", "Keep", "ec2_vpcs", {"changes": [], "undeclared": ["ec2_vpcs/old"]})
    record.note("dev", "Keep", "ec2_vpcs", {"changes": [removed], "undeclared": ["ec2_vpcs/old"]})
    assert record.undeclared == {}


def test_waiting_ends_when_ready(record: Record) -> None:
    """What was submitted is forgotten when a later look finds it ready."""
    record.note("dev", "Submit", "rds_instances", {"changes": [], "undeclared": [], "waiting": ["rds_instances/acme-dev", "rds_instances/acme-two"]})
    record.note("dev", "Look", "resources_info", {"resources": {"rds_instances": {"acme-dev": {"ready": True}, "acme-two": {"ready": False}}}})
    assert record.waiting == {"rds_instances/acme-two": "dev"}


def test_values_are_not_kept(record: Record) -> None:
    """Names of options, never what they hold."""
    record.note(
        "dev",
        "Keep",
        "ec2_vpcs",
        {"changes": [CREATED], "undeclared": [], "resources": {"acme-dev": {"cidr": "10.0.0.0/16"}}, "diff": [{"after": "10.0.0.0/16"}]},
    )
    assert "10.0.0.0" not in str(record.as_dict())


def test_by_layer(record: Record) -> None:
    """Plays of one name are one layer."""
    record.end()
    record.begin("Network")
    record.note("dev", "Keep", "ec2_vpcs", {"changes": [CREATED], "undeclared": []})
    assert len(record.by_layer()["Network"]["changes"]) == 1


def test_foretold_once(record: Record) -> None:
    """Two layers that foresee the same are one thing to come; two that did it are two deeds."""
    for check, count in ((True, 1), (False, 3)):
        record.check = check
        for _ in range(2):
            record.note("dev", "Keep", "ec2_vpcs", {"changes": [CREATED], "undeclared": []})
        assert len(record.changes) == count

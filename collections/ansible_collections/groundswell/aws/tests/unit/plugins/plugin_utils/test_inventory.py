# SPDX-License-Identifier: GPL-3.0-or-later
"""Where variables stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.inventory import Encrypted, definitions


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory with variables in every kind of place."""
    here = tmp_path / "inventories" / "dev"
    (here / "host_vars").mkdir(parents=True)
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (here / "group_vars").symlink_to("../../group_vars")
    (here / "hosts.yml").write_text(
        "dev:\n  vars: {colour: blue}\n  hosts:\n    dev-1:\n      region: r1\n  children:\n    inner:\n      hosts: {dev-2: {region: r2}}\n"
    )
    (tmp_path / "group_vars" / "all" / "site.yml").write_text("---\n# why\ncolour: red\nkey: !vault |\n  abc\n")
    (tmp_path / "group_vars" / "dev.yml").write_text("size: 1\n")
    (here / "host_vars" / "dev-1.yml").write_text("size: 2\n")
    return here


def test_definitions(inventory: Path, tmp_path: Path) -> None:
    """File, line and scope, the weaker before the stronger."""
    found = definitions([inventory], tmp_path, ["all", "dev"], ["dev-1", "dev-2"])
    assert [(d.name, d.where, d.scope) for d in found if d.name == "size"] == [
        ("size", "group_vars/dev.yml:1", "dev"),
        ("size", "inventories/dev/host_vars/dev-1.yml:1", "dev-1"),
    ]
    assert [(d.value, d.scope) for d in found if d.name == "region"] == [("r1", "dev-1"), ("r2", "dev-2")]
    assert [(d.where, d.scope) for d in found if d.name == "colour"] == [("inventories/dev/hosts.yml:2", "dev"), ("group_vars/all/site.yml:3", "all")]


def test_encrypted_values_are_no_literals(inventory: Path, tmp_path: Path) -> None:
    """What stands under !vault is not judged as if it were written down."""
    found = definitions([inventory], tmp_path, ["all"], [])
    assert isinstance(next(d.value for d in found if d.name == "key"), Encrypted)

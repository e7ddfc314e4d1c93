# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories' variables: each has one home, all environments say the same things, only sizes differ."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted(path.parent.name for path in (ROOT / "group_vars").glob("*/account.yml"))
COMMON = sorted({path.name for path in (ROOT / "group_vars").iterdir() if path.is_dir()} - set(ENVIRONMENTS))


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text()) or {}


def homes(*groups: str) -> dict[str, list[str]]:
    """Variable -> the files that set it."""
    found: dict[str, list[str]] = {}
    for group in groups:
        for path in sorted((ROOT / "group_vars" / group).rglob("*.yml")):
            for name in load(path):
                found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_home(environment: str) -> None:
    """All, an environment, a part, a blueprint: a variable is set in one of them. But a region that stands by has sizes of its own, which go
    before those of its environment."""
    sizes = sorted(f"group_vars/{group}/sizes.yml" for group in (environment, "standby"))
    assert {name: files for name, files in homes(*COMMON, environment).items() if len(files) > 1 and sorted(files) != sizes} == {}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_sizes_of_a_standby_go_first(environment: str) -> None:
    """Whatever the environment is called: among groups of one depth Ansible goes by the alphabet."""
    standby = load(ROOT / "inventories" / environment / "hosts.yml")["standby"]
    assert not standby["hosts"] or standby["vars"]["ansible_group_priority"] > 1


def test_environments_set_the_same() -> None:
    """What one environment decides, every one decides: otherwise a default would make the difference."""
    accounts = {environment: set(load(ROOT / "group_vars" / environment / "account.yml")) for environment in ENVIRONMENTS}
    assert len({frozenset(names) for names in accounts.values()}) == 1, accounts


def test_sizes_are_known_inputs() -> None:
    """Sizes belong to roles, or to the site."""
    known = set()
    for spec in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        known |= {name for entry in load(spec)["argument_specs"].values() for name in entry.get("options") or {}}
    public = {name for name in homes(*COMMON, *ENVIRONMENTS) if not name.startswith(("__", "ansible_"))}
    assert sorted(public - known) == []


def test_every_strategy_is_decided() -> None:
    """Whatever depends on the strategy says something of each."""
    strategies = load(ROOT / "roles/preflight/meta/argument_specs.yml")["argument_specs"]["main"]["options"]["recovery_strategy"]["choices"]
    for path in ("group_vars/standby/sizes.yml", "group_vars/all/recovery.yml"):
        chosen = re.findall(r"\{\{ \{(.*?)\}\[recovery_strategy\] \}\}", (ROOT / path).read_text(), re.DOTALL)
        assert chosen, path
        for choice in chosen:
            assert re.findall(r"^\s+'(\w+)':", choice, re.MULTILINE) == strategies


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_inventory_links_group_vars(environment: str) -> None:
    """Without the link Ansible reads no group_vars, and says nothing."""
    inventory = ROOT / "inventories" / environment
    assert (inventory / "group_vars").is_symlink()
    assert (inventory / "group_vars").resolve() == ROOT / "group_vars"
    hosts = load(inventory / "hosts.yml")
    assert set(hosts[environment]["hosts"]) == {host for part in ("primary", "standby", "global") for host in hosts[part]["hosts"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_networks_differ(environment: str) -> None:
    """So that environments can be connected one day."""
    networks = {other: {load(ROOT / "group_vars" / other / "sizes.yml")["network_cidr"]} for other in ENVIRONMENTS}
    for other in ENVIRONMENTS:
        hosts = load(ROOT / "inventories" / other / "hosts.yml")[other]["hosts"].values()
        networks[other] |= {host["network_cidr"] for host in hosts if "network_cidr" in host}
    others = set().union(*(found for other, found in networks.items() if other != environment))
    assert not networks[environment] & others

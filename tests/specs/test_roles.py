# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles' interfaces: typed to the leaf, one home for defaults, one entry for each file that is included from outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
# Documents what belongs to no role: its options live in group_vars, not in defaults.
SITE = "preflight"
ENTRY_POINTS = {"main", "discover", "destroy", "await"}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def entries(role: str) -> dict[str, Any]:
    return load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]


def options(role: str) -> dict[str, dict[str, Any]]:
    """Every option of every entry point, as `main` describes it where it is one of main's."""
    return {name: option for entry in reversed(entries(role).values()) for name, option in (entry.get("options") or {}).items()}


def leaves(name: str, option: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """An option and all that are nested in it."""
    found = [(name, option)]
    for inner, suboption in (option.get("options") or {}).items():
        found += leaves(f"{name}.{inner}", suboption)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_options_are_typed_and_described(role: str) -> None:
    """A list says of what, a dict in a list says with which keys, everything says what it is for."""
    wrong = []
    for name, option in (leaf for top, spec in options(role).items() for leaf in leaves(top, spec)):
        if "type" not in option:
            wrong.append(f"{name} has no type")
        if not option.get("description"):
            wrong.append(f"{name} has no description")
        if option.get("type") == "list" and "elements" not in option:
            wrong.append(f"{name} does not say of what it is a list")
        if option.get("elements") == "dict" and not option.get("options"):
            wrong.append(f"{name} does not say what its entries consist of")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_defaults_have_one_home(role: str) -> None:
    """defaults/main.yml, and every optional input has one there, except what playbooks set for all roles."""
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml") or {}
    own = {name: option for name, option in options(role).items() if name.startswith(f"{role}_")}
    assert [name for name, option in own.items() if "default" in option] == []
    assert sorted(set(defaults) - set(own)) == [], "defaults without a spec"
    main = {name: option for name, option in entries(role)["main"].get("options", {}).items() if name in own}
    assert sorted(name for name, option in main.items() if option.get("required") and name in defaults) == [], "required, and yet with a default"
    optional = {name for name, option in main.items() if not option.get("required")}
    assert sorted(optional - set(defaults)) == [], "optional without a default"


@pytest.mark.parametrize("role", ROLES)
def test_names_carry_the_role(role: str) -> None:
    """An input says whose it is; only the site's own variables belong to all."""
    shared = {"destroy_data_consented", "destroy_keep_snapshots"}
    foreign = {name for name in options(role) if not name.startswith(f"{role}_")} - shared
    assert role == SITE or foreign == set()
    private = load(ROOT / "roles" / role / "vars" / "main.yml") or {}
    assert [name for name in private if not name.startswith(f"__{role}_")] == []


@pytest.mark.parametrize("role", ROLES)
def test_entry_points_are_files(role: str) -> None:
    """Each entry point of the spec is a file, and each file with a well-known name has a spec."""
    files = {path.stem for path in (ROOT / "roles" / role / "tasks").glob("*.yml")}
    assert set(entries(role)) <= files
    assert files & ENTRY_POINTS <= set(entries(role))


@pytest.mark.parametrize("role", ROLES)
def test_readme(role: str) -> None:
    """Each role says what it provides."""
    readme = ROOT / "roles" / role / "README.md"
    assert readme.exists()
    assert readme.read_text().startswith(f"# {role}\n")


@pytest.mark.parametrize("role", ROLES)
def test_role_reads_only_its_own(role: str) -> None:
    """No role reads another role's variables or outputs: playbooks hand them over as inputs."""
    others = [other for other in ROLES if other != role]
    pattern = re.compile(rf"(?<![\w.'-])(?:__)?({'|'.join(others)})_(outputs|\w+)\b(?=['\s|\]}}\[])")
    known = {name for other in others for name in options(other)} | {f"{other}_outputs" for other in others}
    mine = set(options(role))
    found = set()
    for path in sorted((ROOT / "roles" / role).rglob("*.yml")):
        if path.parent.name == "meta":
            continue
        for line in path.read_text().splitlines():
            code = line.split(" # ")[0]
            for expression in re.findall(r"{{.*?}}", code) + (re.findall(r"when:.*", code)):
                found |= {match[0] for match in pattern.finditer(expression) if match[0] in known - mine}
    assert found == set()


def test_the_modules_that_roles_use_take_the_connection() -> None:
    """The group `cell`, whose region and profile every layer sets, names each of them: a module that it does not name would ask another region."""
    runtime = load(ROOT / "collections/ansible_collections/groundswell/aws/meta/runtime.yml")
    named = {name for name in runtime["action_groups"]["cell"] if isinstance(name, str)}
    pattern = re.compile(r"^\s+(?:- )?((?:amazon|community)\.aws\.\w+):", re.MULTILINE)
    used = {name for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.yml") for name in pattern.findall(path.read_text())}
    assert {name for name in named if name.startswith(("amazon.", "community."))} == used

# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the variables that a run was given may be written down."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

_SECRET = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|private|key", re.IGNORECASE)
_LONGEST = 1000  # characters of a value


def told_inputs(given: t.Mapping[str, t.Any], role_paths: t.Iterable[Path]) -> dict[str, t.Any]:
    """Each variable by its name; its value where the argument spec of a role knows it and it cannot be a secret."""
    declared = _declared(set(given), role_paths) if given else {}
    return {str(name): _told(str(name), value, declared) for name, value in given.items()}


def _told(name: str, value: t.Any, declared: dict[str, dict[str, t.Any]]) -> t.Any:
    if name not in declared:
        return "(no role knows it: not kept)"
    if declared[name].get("no_log") or _SECRET.search(name) or _encrypted(value):
        return "(may be secret: not kept)"
    plain = _plain(value)
    return plain if len(str(plain)) <= _LONGEST else "(long: not kept)"


def _encrypted(value: t.Any) -> bool:
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString") or "$ANSIBLE_VAULT" in str(value)


def _plain(value: t.Any) -> t.Any:
    """Without what Ansible attaches to values."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _declared(names: set[str], role_paths: t.Iterable[Path]) -> dict[str, dict[str, t.Any]]:
    """The options of these names. A spec that does not contain a name is not read: there are dozens."""
    found: dict[str, dict[str, t.Any]] = {}
    for path in sorted(spec for roles in role_paths for spec in roles.glob("*/meta/argument_specs.yml")):
        text = path.read_text(encoding="utf-8")
        if not any(f" {name}:" in text for name in names - set(found)):
            continue
        for entry in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"].values():
            found |= {name: option for name, option in (entry.get("options") or {}).items() if name in names and name not in found}
    return found

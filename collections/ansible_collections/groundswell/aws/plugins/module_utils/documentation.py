# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's argument spec, read from its documentation, so that an option is described in one place."""

from __future__ import annotations

import typing as t

import yaml

_CARRIED_OVER = ("type", "elements", "choices", "required", "default", "aliases")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def argument_spec(documentation: str) -> dict[str, t.Any]:
    """The argument spec that the DOCUMENTATION text of a module describes."""
    return _options(yaml.load(documentation, Loader=_LOADER)["options"])  # nosec: the safe loader


def _options(documented: dict[str, t.Any]) -> dict[str, t.Any]:
    spec: dict[str, t.Any] = {}
    for name, option in documented.items():
        entry = {key: option[key] for key in _CARRIED_OVER if key in option}
        # Names such as `key_policy` or `secret_name` are no secrets: without this, Ansible guesses that they are.
        entry["no_log"] = False
        if "suboptions" in option:
            entry["options"] = _options(option["suboptions"])
        spec[name] = entry
    return spec

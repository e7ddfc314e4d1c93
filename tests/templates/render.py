# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a role's templates as Ansible would, from the role's defaults and variables and what a test adds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import yaml
from ansible.plugins.filter.core import FilterModule
from ansible.plugins.test.core import TestModule

ROLES = Path(__file__).parents[2] / "roles"


def _environment(role: str) -> jinja2.Environment:
    # No escaping: these are JSON and shell, not HTML. Block tags leave no empty lines, as in Ansible.
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLES / role / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters.update(FilterModule().filters())
    environment.tests.update(TestModule().tests())
    return environment


def _resolved(environment: jinja2.Environment, value: Any, known: dict[str, Any]) -> Any:
    """Expressions in variables, as far as they make text."""
    if isinstance(value, dict):
        return {key: _resolved(environment, inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(environment, inner, known) for inner in value]
    return environment.from_string(value).render(known) if isinstance(value, str) else value


def render(role: str, template: str, **inputs: Any) -> str:
    """The text of a template."""
    environment = _environment(role)
    known: dict[str, Any] = {}
    for source in ("defaults", "vars"):
        file = ROLES / role / source / "main.yml"
        known.update(yaml.safe_load(file.read_text()) if file.exists() else {})
    known.update(inputs)
    for name, value in list(known.items()):
        # Only what templates use; the rest may need filters and facts that are not at hand.
        if name in _used(environment, template):
            known[name] = _resolved(environment, value, known)
    return environment.get_template(template).render(known)


def _used(environment: jinja2.Environment, template: str) -> set[str]:
    """The variables of a template and of those it imports."""
    assert environment.loader is not None
    tree = environment.parse(environment.loader.get_source(environment, template)[0])
    names = set(jinja2.meta.find_undeclared_variables(tree))
    for other in jinja2.meta.find_referenced_templates(tree):
        names |= _used(environment, other or "")
    return names


def policy(role: str, template: str, **inputs: Any) -> list[dict[str, Any]]:
    """The statements of a policy document."""
    return json.loads(render(role, template, **inputs))["Statement"]

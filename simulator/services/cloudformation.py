# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFormation: a template with a type that moto would only pretend to create is refused before the stack exists."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import NULL_MODELS, resource_class_from_type
from moto.core.common_models import CloudFormationModel

from simulator.context import Context
from simulator.registry import Unimplemented, before

_parse_template = Stack.parse_template


def hollow_types(template: dict[str, Any]) -> list[str]:
    """The resource types of a template for which moto says CREATE_COMPLETE without creating anything."""
    types = {str(resource.get("Type")) for resource in (template.get("Resources") or {}).values()}
    return sorted(kind for kind in types if kind not in NULL_MODELS and not _created(kind))


def _created(kind: str) -> bool:
    model = resource_class_from_type(kind)
    creating = getattr(model, "create_from_cloudformation_json", None)
    return creating is not None and creating.__func__ is not CloudFormationModel.create_from_cloudformation_json.__func__


def _parse_solid(template: str) -> dict[str, Any]:
    parsed = _parse_template(template)
    hollow = hollow_types(parsed)
    if hollow:
        raise Unimplemented(f"CloudFormation does not create {', '.join(hollow)} here")
    return parsed


def install() -> None:
    """Every way to a stack leads through this method of moto's."""
    Stack.parse_template = staticmethod(_parse_solid)  # type: ignore[method-assign]


@before("cloudformation", "UpdateStack")
def refuse_before_the_stack_changes(context: Context) -> None:
    """moto keeps the new template before it parses it."""
    if "TemplateBody" in context.params:
        _parse_solid(context.params["TemplateBody"])

# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of this collection in two sentences: one that keeps a set, one that does steps. all_kinds.py has those that read and remove sets."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .denials import explained
from .documentation import argument_spec
from .reconcile import Change, Consent, Result, reconcile
from .resource import Item, Kind, Problem, Resource, Session

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

# Documented in the fragment groundswell.aws.ownership and groundswell.aws.resource_set.
OWNERSHIP_OPTIONS: dict[str, t.Any] = {
    "tags": {"type": "dict", "required": True},
    "layer": {"type": "str", "required": True},
}
SET_OPTIONS: dict[str, t.Any] = {
    **OWNERSHIP_OPTIONS,
    "remove": {"type": "list", "elements": "str", "default": []},
    "replace": {"type": "list", "elements": "str", "default": []},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
}


def names_for(kind: type[Kind], consents: list[str]) -> list[str]:
    """The names that consents of the form `module/name` give for this kind."""
    return [consent.partition("/")[2] for consent in consents if consent.partition("/")[0] in (kind.module, "*")]


def returned(resource: Resource) -> Item:
    """A resource as the modules return it."""
    return {**resource.state, **resource.outputs, "name": resource.name, "status": resource.status, "ready": resource.ready}


def _diff(kind: Kind, changes: list[Change]) -> list[dict[str, t.Any]]:
    return [
        {
            "before_header": f"{kind.module} {change.name}",
            "after_header": f"{kind.module} {change.name} ({change.action})",
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]


def answer_of(kind: Kind, result: Result) -> dict[str, t.Any]:
    return {
        "changed": result.changed,
        "resources": {name: returned(resource) for name, resource in result.resources.items()},
        "changes": [{"kind": kind.module, "name": c.name, "action": c.action, "options": c.options} for c in result.changes],
        "undeclared": [f"{kind.module}/{name}" for name in result.undeclared],
        "waiting": [f"{kind.module}/{name}" for name in result.waiting],
        "diff": _diff(kind, result.changes),
    }


def _unpredicted(kind: Kind, result: Result) -> list[str]:
    made = [change.name for change in result.changes if change.action in ("create", "replace")]
    return [words for words in (kind.unpredicted(result.resources[name].state) for name in made) if words]


def guarded(module: AnsibleAWSModule, work: t.Callable[[], dict[str, t.Any]]) -> t.NoReturn:
    """Run the work; say what went wrong in one sentence, with a traceback only where the fault is ours."""
    try:
        answer = work()
    except Problem as problem:
        module.fail_json(msg=str(problem))
    except botocore.exceptions.ClientError as error:
        module.fail_json(msg=f"{error.operation_name} was refused: {explained(error, lambda: module.client('sts'))}")
    except botocore.exceptions.BotoCoreError as error:
        module.fail_json(msg=f"AWS could not be asked: {error}")
    module.exit_json(**answer)


def run_steps(work: t.Callable[[Session, dict[str, t.Any]], list[Item]], documentation: str) -> t.NoReturn:
    """The whole of a module that does what is not done yet and returns what that was, or in check mode would be."""
    module = AnsibleAWSModule(argument_spec=argument_spec(documentation), supports_check_mode=True)

    def answer() -> dict[str, t.Any]:
        changes = work(Session(module), module.params)
        return {"changed": bool(changes), "changes": changes}

    guarded(module, answer)


def run_set(kind_class: type[Kind], documentation: str) -> t.NoReturn:
    """The whole of a module that keeps a set of one kind."""
    module = AnsibleAWSModule(argument_spec={**argument_spec(documentation), **SET_OPTIONS}, supports_check_mode=True)
    options = module.params

    def work() -> dict[str, t.Any]:
        kind = kind_class(Session(module), options, {**options["tags"], "Layer": options["layer"]})
        consent = Consent(remove=names_for(kind_class, options["remove"]), replace=names_for(kind_class, options["replace"]))
        result = reconcile(kind, options["items"], consent=consent, check_mode=module.check_mode, wait=options["wait"], timeout=options["wait_timeout"])
        for name in result.in_use:
            # Not module.warn: amazon.aws hands it on in a way that Ansible calls deprecated, in a line of its own.
            warn(f"{kind.noun} {name} is still in use, perhaps by what a later layer removes in this run: run again to remove it")
        return {**answer_of(kind, result), "unpredicted": _unpredicted(kind, result) if module.check_mode else []}

    guarded(module, work)

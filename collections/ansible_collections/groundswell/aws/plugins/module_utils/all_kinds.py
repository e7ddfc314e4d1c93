# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that read and remove sets of every kind. Apart from set_module.py because Ansible sends with a module what it imports: here, all kinds."""

from __future__ import annotations

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .documentation import argument_spec
from .reconcile import Consent, await_ready, find, reconcile
from .registry import kinds
from .resource import Item, Problem, Session
from .set_module import OWNERSHIP_OPTIONS, answer_of, guarded, returned


def run_info(documentation: str) -> t.NoReturn:
    """The whole of `resources_info`."""
    module = AnsibleAWSModule(argument_spec={**argument_spec(documentation), **OWNERSHIP_OPTIONS}, supports_check_mode=True)
    options = module.params

    def work() -> dict[str, t.Any]:
        known, session = kinds(), Session(module)
        tags = {**options["tags"], "Layer": options["layer"]}
        unknown = sorted(set(options["kinds"]) - set(known))
        if unknown:
            raise Problem(f"no such kind: {', '.join(unknown)} (there are {', '.join(sorted(known))})")

        def look(name: str) -> tuple[str, dict[str, Item]]:
            kind, names = known[name](session, {}, tags), options["kinds"][name] or []
            ours, _ = find(kind, names)
            if options["wait"] and not module.check_mode:
                ours = await_ready(kind, ours, (), ours, options["wait_timeout"])
            missing = {wanted: {**kind.placeholder(wanted), "name": wanted, "status": "absent", "ready": False} for wanted in names if wanted not in ours}
            found = {resource.name: returned(resource) for resource in ours.values()}
            return name, {key: {**value, "exists": key not in missing} for key, value in {**missing, **found}.items()}

        return {"changed": False, "resources": dict(session.each(look, options["kinds"]))}

    guarded(module, work)


def run_absent(documentation: str) -> t.NoReturn:
    """The whole of `resources_absent`."""
    module = AnsibleAWSModule(argument_spec={**argument_spec(documentation), **OWNERSHIP_OPTIONS}, supports_check_mode=True)
    options = module.params

    def work() -> dict[str, t.Any]:
        known, session = kinds(), Session(module)
        session.patient = True
        tags = {**options["tags"], "Layer": options["layer"]}
        unknown = sorted(set(options["kinds"]) - set(known))
        if unknown:
            raise Problem(f"no such kind: {', '.join(unknown)} (there are {', '.join(sorted(known))})")
        answers = []
        for name in options["kinds"]:
            kind = known[name](session, options["removal"] or {}, tags)
            if kind.holds_data and not options["data"]:
                kept = sorted(find(kind, ())[0])
                if kept:
                    raise Problem(f"{kind.noun} {', '.join(kept)} holds data: removing it needs the consent for data stores as well")
                continue
            result = reconcile(
                kind,
                [],
                consent=Consent(remove=["*"], data=True),
                check_mode=module.check_mode,
                wait=options["wait"],
                timeout=options["wait_timeout"],
            )
            answers.append(answer_of(kind, result))
        merged: dict[str, t.Any] = {key: [entry for answer in answers for entry in answer[key]] for key in ("changes", "diff")}
        return {"changed": any(answer["changed"] for answer in answers), **merged}

    guarded(module, work)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension points: what a service file registers and what a registered function receives.

    @rule       refuses a call that a real account would refuse, before anything changes
    @before     amends the parameters of a call before moto sees them
    @operation  carries out an operation that moto lacks (or has wrong) wholly
    @rescue     looks at an error of moto's and may answer instead, or refuse with another code
    @after      amends the answer of a call that succeeded
    @shows      says which known rules a hook makes visible without refusing anything

All names are botocore's: service "elbv2", operation "CreateLoadBalancer", members as in boto3.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Parameters = dict[str, Any]


class Refused(Exception):
    """An error as AWS answers it: code, message, and status (by default the one the service's model gives the code, else 400).

    `members` are further members of the error's shape, e.g. {"resourceType": "..."}.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class Unimplemented(Exception):
    """Neither moto nor the simulator carries out what was asked; answered 501 and recorded."""


@dataclass(frozen=True)
class Rule:
    """A documented rule of a real account that the simulator enforces."""

    id: str
    service: str
    operations: tuple[str, ...]
    source: str
    certain: bool
    check: Callable[[Any], None]


@dataclass
class Registry:
    """Everything that was registered, by (service, operation)."""

    rules: dict[tuple[str, str], list[Rule]] = field(default_factory=lambda: defaultdict(list))
    before: dict[tuple[str, str], list[Callable[[Any], None]]] = field(default_factory=lambda: defaultdict(list))
    operations: dict[tuple[str, str], Callable[[Any], Parameters | None]] = field(default_factory=dict)
    rescue: dict[tuple[str, str], list[Callable[[Any, Refused], Parameters | None]]] = field(default_factory=lambda: defaultdict(list))
    after: dict[tuple[str, str], list[Callable[[Any, Parameters], Parameters | None]]] = field(default_factory=lambda: defaultdict(list))
    resets: list[Callable[[], None]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def all_rules(self) -> list[Rule]:
        """Each rule once, in order of its id."""
        return sorted({rule.id + rule.service: rule for rules in self.rules.values() for rule in rules}.values(), key=lambda rule: rule.id)


REGISTRY = Registry()


Check = Callable[[Any], None]


def rule(rule_id: str, *, service: str, operations: list[str], source: str, certain: bool = True) -> Callable[[Check], Check]:
    """Register a rule. The function gets the Context and raises Refused(code, message) when the rule is broken.

    certain=False: the rule is documented, its error code is not; the answer's message then says so.
    """

    def register(check: Check) -> Check:
        entry = Rule(rule_id, service, tuple(operations), source, certain, check)
        for name in operations:
            REGISTRY.rules[service, name].append(entry)
        return check

    return register


def shows(*rule_ids: str) -> Callable:
    """Mark a hook or operation as what makes known rules visible that are no refusals: a state, a default, an answer."""

    def register(function: Callable) -> Callable:
        REGISTRY.shown.update(rule_ids)
        return function

    return register


def before(service: str, *operations: str) -> Callable:
    """Register a function that changes context.params in place before moto sees them."""

    def register(amend: Callable[[Any], None]) -> Callable[[Any], None]:
        for name in operations:
            REGISTRY.before[service, name].append(amend)
        return amend

    return register


def operation(service: str, *operations: str) -> Callable:
    """Register a function that carries out an operation in moto's place and returns the response as boto3 would show it."""

    def register(carry_out: Callable[[Any], Parameters | None]) -> Callable[[Any], Parameters | None]:
        for name in operations:
            if (service, name) in REGISTRY.operations:
                raise ValueError(f"{service}:{name} has two implementations")
            REGISTRY.operations[service, name] = carry_out
        return carry_out

    return register


def rescue(service: str, *operations: str) -> Callable:
    """Register a function that gets (context, Refused) when a call failed; it returns a response or None, or raises another Refused."""

    def register(mend: Callable[[Any, Refused], Parameters | None]) -> Callable:
        for name in operations:
            REGISTRY.rescue[service, name].append(mend)
        return mend

    return register


def after(service: str, *operations: str) -> Callable:
    """Register a function that gets (context, response) when the call succeeded; it changes the response in place or returns a new one."""

    def register(amend: Callable[[Any, Parameters], Parameters | None]) -> Callable:
        for name in operations:
            REGISTRY.after[service, name].append(amend)
        return amend

    return register


def on_reset(forget: Callable[[], None]) -> Callable[[], None]:
    """Register a function that empties state kept outside moto's backends; called by POST /_simulator/reset."""
    REGISTRY.resets.append(forget)
    return forget


@cache
def discover() -> None:
    """Import every file of simulator.rules and simulator.services, and run the install() of those that patch moto; once."""
    for package_name in ("simulator.services", "simulator.rules"):
        for module in _modules(package_name):
            install = getattr(module, "install", None)
            if install is not None:
                install()


def _modules(package_name: str) -> Iterator[Any]:
    package = importlib.import_module(package_name)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package_name}.{info.name}")

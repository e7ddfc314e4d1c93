# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policy statements: does one concern an action and resource, and are its conditions met?

What the simulator cannot judge (a condition key it has no value for, a resource it cannot name) speaks for the caller: it lets an
Allow pass and a Deny not apply. So a policy that is too narrow is found here, one that is too wide is not.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

# What every request brings along. The simulator speaks plain HTTP in the place of AWS's HTTPS.
ALWAYS = {"aws:securetransport": ["true"], "s3:tlsversion": ["1.3"]}


def allows(documents: Iterable[str], action: str, resources: list[str] | None, keys: dict[str, list[str]]) -> bool:
    """Whether the policies together allow an action: one allows it and none denies it. resources=None: cannot be named."""
    effects = {effect for document in documents for effect in effects_of(document, action, resources, keys)}
    return "Allow" in effects and "Deny" not in effects


def effects_of(document: str, action: str, resources: list[str] | None, keys: dict[str, list[str]]) -> set[str]:
    """The effects of the statements that concern a call."""
    statements = json.loads(document)["Statement"]
    return {
        statement["Effect"]
        for statement in (statements if isinstance(statements, list) else [statements])
        if _concerns(statement, action, resources) and conditions_met(statement, keys)
    }


def trusts(document: str, callers: set[str]) -> bool:
    """Whether a role's trust policy lets one of these AWS principals assume it."""
    statements = json.loads(document)["Statement"]
    effects = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        admitted = ["*"] if principal == "*" else _list(principal.get("AWS", []))
        named = _any_like(statement.get("Action", []), ["sts:assumerole"], fold=True)
        if named and ("*" in admitted or callers & set(admitted)) and conditions_met(statement, {}):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def federates(document: str, provider: str, keys: dict[str, list[str]]) -> bool:
    """Whether a role's trust policy lets the bearer of an identity provider's token assume it."""
    statements = json.loads(document)["Statement"]
    effects = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        named = _any_like(statement.get("Action", []), ["sts:assumerolewithwebidentity"], fold=True)
        asked = {key.lower(): [] for conditions in statement.get("Condition", {}).values() for key in conditions}  # what a token lacks is not met
        known = {**asked, **{key.lower(): values for key, values in keys.items()}}
        if named and provider in _list(statement.get("Principal", {}).get("Federated", [])) and conditions_met(statement, known):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def admits(document: str, service: str, action: str, resource: str, keys: dict[str, list[str]] | None = None) -> bool:
    """Whether a resource's policy lets an AWS service do something: "logging.s3.amazonaws.com" may "s3:PutObject" here."""
    statements = json.loads(document)["Statement"]
    effects = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal == "*" or service in _list(principal.get("Service", [])) or "*" in _list(principal.get("AWS", []))
        if named and _concerns(statement, action, [resource]) and conditions_met(statement, keys or {}):
            effects.add(statement["Effect"])
    return effects == {"Allow"}


def _concerns(statement: dict[str, Any], action: str, resources: list[str] | None) -> bool:
    named = _any_like(statement.get("NotAction") or statement.get("Action"), [action.lower()], fold=True)
    if named == ("NotAction" in statement):
        return False
    if "Resource" not in statement and "NotResource" not in statement:
        return True
    patterns = statement.get("NotResource") or statement.get("Resource")
    if resources is None:
        return statement["Effect"] == "Allow" or "*" in _list(patterns)
    return _any_like(patterns, resources) != ("NotResource" in statement)


def conditions_met(statement: dict[str, Any], keys: dict[str, list[str]]) -> bool:
    """Whether every condition of a statement is met; what cannot be judged counts as met in an Allow and as unmet in a Deny."""
    known = {**ALWAYS, **{name.lower(): values for name, values in keys.items()}}
    for operator, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            met = _condition(operator, [str(value) for value in _list(values)], known.get(key.lower()))
            if met is None:
                met = statement["Effect"] == "Allow"
            if not met:
                return False
    return True


def _condition(operator: str, wanted: list[str], actual: list[str] | None) -> bool | None:
    """One condition; None when there is nothing to judge it by."""
    name = re.sub(r"^ForA(?:ny|ll)Values:", "", operator)
    for_all = operator.startswith("ForAllValues:")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if actual is None:
        return True if if_exists or for_all else None
    if name == "Null":
        return wanted[0].lower() == "false"
    negated = "Not" in name
    compare = _comparison(name.replace("Not", ""))
    if compare is None:
        return None
    matches = [any(compare(value, pattern) for pattern in wanted) for value in actual]
    if negated:
        return not any(matches)
    return all(matches) if for_all else any(matches)


def _comparison(name: str) -> Callable[[str, str], bool] | None:
    if name in ("StringEquals", "ArnEquals"):
        return _like if name.startswith("Arn") else str.__eq__
    if name in ("StringLike", "ArnLike"):
        return _like
    if name in ("StringEqualsIgnoreCase", "Bool"):
        return lambda value, pattern: value.lower() == pattern.lower()
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _any_like(patterns: Any, values: list[str], fold: bool = False) -> bool:
    return any(_like(value, pattern.lower() if fold else pattern) for pattern in _list(patterns) for value in values)


def _like(value: str, pattern: str) -> bool:
    return bool(_compiled(pattern).match(value))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards are * and ?; brackets stand for themselves."""
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.DOTALL)


@cache
def install() -> None:
    """Let moto judge bucket policies, which it looks at even without IAM enforcement, by the conditions above.

    In moto an unmet condition turns any statement, an Allow too, into a denial; a bucket policy that demands TLS then denies all.
    """
    judge = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(self: Any, *arguments: Any, **keywords: Any) -> PermissionResult:
        statement = self._statement
        if "Condition" not in statement:
            return judge(self, *arguments, **keywords)
        if not conditions_met(statement, {}):
            return PermissionResult.NEUTRAL
        unconditional = {name: value for name, value in statement.items() if name != "Condition"}
        return judge(IAMPolicyStatement(unconditional), *arguments, **keywords)

    IAMPolicyStatement.is_action_permitted = is_action_permitted  # type: ignore[method-assign]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of IAM policies: which statements of a document concern a request, and are their conditions met?

Sources: UG iam/reference_policies_elements*.md, reference_policies_condition-*.md, reference_policies_variables.md.

A request is an action, a resource, and the values of condition keys. A key that a request is known not to have makes a condition false,
a negated one true, as AWS documents. A key whose value the simulator cannot tell (it is "unjudged") speaks for the caller: it lets an
Allow pass and a Deny not apply, and is announced.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

# What every request brings along. The simulator speaks plain HTTP in the place of AWS's HTTPS.
ALWAYS = {"aws:securetransport": ["true"], "s3:tlsversion": ["1.3"]}


@dataclass
class Facts:
    """What is known of a request: values by condition key in lower case, and of which other keys it cannot be told whether it has them."""

    values: Mapping[str, list[str]]
    cannot_tell: Callable[[str], bool] = lambda key: False
    unjudged: set[str] = field(default_factory=set)  # keys that were asked for and could not be told

    @classmethod
    def some(cls, keys: Mapping[str, list[str]]) -> Facts:
        """These are known, anything else is not."""
        return cls({**ALWAYS, **{name.lower(): values for name, values in keys.items()}}, lambda key: True)

    def get(self, key: str) -> list[str] | None:
        """The values of a key; None where the request has none."""
        return self.values.get(key.lower())

    def tells(self, key: str) -> bool:
        """Whether the request is known to have the key or not to have it."""
        name = key.lower()
        if name in self.values or not self.cannot_tell(name):
            return True
        self.unjudged.add(key)
        return False


class Unknown(Exception):
    """A policy variable that the request has no value for."""


class Statement:
    """One statement of a policy, taken apart once."""

    def __init__(self, raw: dict[str, Any], variables: bool) -> None:
        self.raw = raw
        self.allows = raw["Effect"] == "Allow"
        self.sid = raw.get("Sid", "")
        self._variables = variables
        self._actions = [_compiled(str(pattern).lower()) for pattern in as_list(raw.get("NotAction", raw.get("Action")))]
        self._resources = [str(pattern) for pattern in as_list(raw.get("NotResource", raw.get("Resource")))]
        self._conditions = [
            (operator, str(key), [_text(value) for value in as_list(wanted)])
            for operator, keys in (raw.get("Condition") or {}).items()
            for key, wanted in keys.items()
        ]

    @property
    def effect(self) -> str:
        """Allow or Deny."""
        return str(self.raw["Effect"])

    def names_action(self, action: str) -> bool:
        """Whether it is about this action."""
        name = action.lower()
        return any(pattern.match(name) for pattern in self._actions) != ("NotAction" in self.raw)

    def names_resource(self, resource: str | None, facts: Facts) -> bool:
        """Whether it is about this resource; None: it cannot be named, which speaks for the caller."""
        if not self._resources:
            return True  # trust policies and the like are about what they are attached to
        if resource is None:
            return self.allows or "*" in self._resources
        named = any(self._like(resource, pattern, facts) for pattern in self._resources)
        return named != ("NotResource" in self.raw)

    def met(self, facts: Facts) -> bool:
        """Whether all its conditions are met."""
        for operator, key, wanted in self._conditions:
            met = self._condition(operator, key, wanted, facts)
            if not (self.allows if met is None else met):
                return False
        return True

    def applies(self, resource: str | None, facts: Facts) -> bool:
        """Whether it decides a request for an action that it names."""
        return self.names_resource(resource, facts) and self.met(facts)

    def _like(self, value: str, pattern: str, facts: Facts) -> bool:
        if not self._variables or "${" not in pattern:
            return bool(_compiled(pattern).match(value))
        try:
            return bool(_compiled(_resolved(pattern, facts, self.allows)).match(value))
        except Unknown:
            return False

    def _condition(self, operator: str, key: str, wanted: list[str], facts: Facts) -> bool | None:
        """One condition; None when there is nothing to judge it by."""
        quantifier, _, name = operator.rpartition(":")
        if_exists = name.endswith("IfExists")
        name = name.removesuffix("IfExists")
        told = facts.tells(key)
        actual = facts.get(key)
        if name == "Null":
            return (wanted[0].lower() == "true") == (actual is None) if told else None
        if actual is None:
            # UG iam/reference_policies_condition-single-vs-multi-valued-context-keys.md, reference_policies_elements_condition_operators.md
            if if_exists or quantifier == "ForAllValues":
                return True
            if not told:
                return None
            return "Not" in name and quantifier != "ForAnyValue"
        compare = _COMPARISONS.get(name.replace("Not", "", 1))
        if compare is None:
            facts.unjudged.add(operator)
            return None
        if self._variables and name.startswith(("String", "Arn")):
            try:
                wanted = [_resolved(value, facts, self.allows) if "${" in value else value for value in wanted]
            except Unknown:
                return False
        found = [any(compare(value, pattern) for pattern in wanted) for value in actual]
        if "Not" in name:
            return any(not match for match in found) if quantifier == "ForAnyValue" else not any(found)
        return all(found) if quantifier == "ForAllValues" else any(found)


@lru_cache(maxsize=4096)
def parse(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document."""
    policy = json.loads(document)
    # Variables came with this version; in an older one ${...} stands for itself.
    return tuple(Statement(raw, policy.get("Version") == "2012-10-17") for raw in as_list(policy["Statement"]))


@lru_cache(maxsize=65536)
def about(document: str, action: str) -> tuple[Statement, ...]:
    """The statements of a document that name an action."""
    return tuple(statement for statement in parse(document) if statement.names_action(action))


def deciding(documents: Iterable[str], action: str, resource: str | None, facts: Facts) -> Iterator[Statement]:
    """The statements of several documents that decide a request."""
    for document in documents:
        for statement in about(document, action):
            if statement.applies(resource, facts):
                yield statement


def allows(documents: Iterable[str], action: str, resources: list[str] | None, keys: Mapping[str, list[str]]) -> bool:
    """Whether the policies together allow an action: one allows it and none denies it. resources=None: cannot be named."""
    effects = {effect for document in documents for effect in effects_of(document, action, resources, keys)}
    return "Allow" in effects and "Deny" not in effects


def effects_of(document: str, action: str, resources: list[str] | None, keys: Mapping[str, list[str]]) -> set[str]:
    """The effects of the statements that concern one of these resources; of some keys only is known what the request has."""
    facts = Facts.some(keys)
    return {statement.effect for resource in resources or [None] for statement in deciding([document], action, resource, facts)}


def trusts(document: str, callers: Collection[str]) -> bool:
    """Whether a role's trust policy lets one of these AWS principals assume it."""
    return _admitted(document, "sts:AssumeRole", "AWS", callers, Facts.some({}))


def federates(document: str, provider: str, keys: Mapping[str, list[str]]) -> bool:
    """Whether a role's trust policy lets the bearer of an identity provider's token assume it. What a token lacks is not met."""
    facts = Facts({**ALWAYS, **{name.lower(): values for name, values in keys.items()}})
    return _admitted(document, "sts:AssumeRoleWithWebIdentity", "Federated", [provider], facts)


def admits(document: str, service: str, action: str, resource: str, keys: Mapping[str, list[str]] | None = None) -> bool:
    """Whether a resource's policy lets an AWS service do something: "logging.s3.amazonaws.com" may "s3:PutObject" here."""
    return _admitted(document, action, "Service", [service], Facts.some(keys or {}), resource)


def _admitted(document: str, action: str, kind: str, callers: Collection[str], facts: Facts, resource: str | None = None) -> bool:
    effects = set()
    for statement in about(document, action):
        principal = statement.raw.get("Principal", {})
        anybody = principal == "*" or "*" in as_list(principal.get("AWS", [])) if kind != "Federated" else False
        named = anybody or (principal != "*" and any(name in callers for name in as_list(principal.get(kind, []))))
        if named and statement.applies(resource, facts):
            effects.add(statement.effect)
    return effects == {"Allow"}


def conditions_met(statement: dict[str, Any], keys: Mapping[str, list[str]]) -> bool:
    """Whether every condition of a statement is met; what cannot be judged counts as met in an Allow and as unmet in a Deny."""
    return Statement({"Action": [], **statement}, True).met(Facts.some(keys))


def as_list(value: Any) -> list[Any]:
    """A policy element, which may be one value or a list of them, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")


def _resolved(pattern: str, facts: Facts, unjudged_passes: bool) -> str:
    """A pattern with its policy variables replaced (UG iam/reference_policies_variables.md). What a variable brings has no wildcards."""

    def value(match: re.Match[str]) -> str:
        key, default = match[1].strip(), match[2]
        if key in ("*", "?", "$"):
            return _literal(key)
        if not facts.tells(key):
            if unjudged_passes:
                return "*"
            raise Unknown(key)
        values = facts.get(key)
        if values is None or len(values) != 1:  # a variable stands for one value
            if default is None:
                raise Unknown(key)
            return _literal(default)
        return _literal(values[0])

    return _VARIABLE.sub(value, pattern)


# A wildcard that stands for itself: IAM's patterns have no way to write one, so it is a character that no ARN and no tag has.
_ESCAPED = {"*": "\ue000", "?": "\ue001"}


def _literal(value: str) -> str:
    return value.replace("*", _ESCAPED["*"]).replace("?", _ESCAPED["?"])


def _plain(value: str) -> str:
    return value.replace(_ESCAPED["*"], "*").replace(_ESCAPED["?"], "?")


def like(value: str, pattern: str) -> bool:
    """Whether a value fits a pattern with IAM's wildcards, * and ?."""
    return bool(_compiled(pattern).match(value))


@lru_cache(maxsize=65536)
def _compiled(pattern: str) -> re.Pattern[str]:
    """IAM's wildcards are * and ?; brackets stand for themselves."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(_plain(part)) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts) + r"\Z", re.DOTALL)


def _arn_like(value: str, pattern: str) -> bool:
    """Each of the six parts of an ARN for itself: ArnEquals and ArnLike behave alike (UG iam/reference_policies_elements_condition_operators.md)."""
    values, patterns = value.split(":", 5), pattern.split(":", 5)
    return len(values) == len(patterns) and all(map(like, values, patterns))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    """A date in W3C's form of ISO 8601, or in seconds since the epoch."""
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _ordered(read: Callable[[str], float | None], holds: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, pattern: str) -> bool:
        ours, theirs = read(value), read(pattern)
        return ours is not None and theirs is not None and holds(ours, theirs)

    return compare


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda ours, theirs: ours == theirs,
    "LessThan": lambda ours, theirs: ours < theirs,
    "LessThanEquals": lambda ours, theirs: ours <= theirs,
    "GreaterThan": lambda ours, theirs: ours > theirs,
    "GreaterThanEquals": lambda ours, theirs: ours >= theirs,
}
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, pattern: value == _plain(pattern),
    "StringEqualsIgnoreCase": lambda value, pattern: value.lower() == _plain(pattern).lower(),
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, pattern: value.lower() == pattern.lower(),
    "BinaryEquals": str.__eq__,
    "IpAddress": _in_network,
    **{f"Numeric{name}": _ordered(_number, holds) for name, holds in _ORDERS.items()},
    **{f"Date{name}": _ordered(_moment, holds) for name, holds in _ORDERS.items()},
}

# Set while a call is carried out that was already judged by all its policies.
JUDGED: ContextVar[bool] = ContextVar("judged", default=False)


@cache
def install() -> None:
    """Let moto judge bucket policies, which it looks at even without IAM enforcement, by the conditions above.

    In moto an unmet condition turns any statement, an Allow too, into a denial, and a statement about one principal is about all;
    a bucket policy that demands TLS then denies all.
    """
    judge = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(self: Any, *arguments: Any, **keywords: Any) -> PermissionResult:
        statement = self._statement
        principal = statement.get("Principal")
        named = isinstance(principal, dict) and "*" not in as_list(principal.get("AWS"))
        if JUDGED.get() or named or not conditions_met(statement, {}):
            return PermissionResult.NEUTRAL
        unconditional = {name: value for name, value in statement.items() if name != "Condition"}
        return judge(IAMPolicyStatement(unconditional), *arguments, **keywords)

    IAMPolicyStatement.is_action_permitted = is_action_permitted  # type: ignore[method-assign]

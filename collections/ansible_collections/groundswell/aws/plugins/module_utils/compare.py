# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what is declared with what exists."""

from __future__ import annotations

import json
import typing as t


def without_unset(value: t.Any) -> t.Any:
    """The value without the options nobody set (None), at every depth."""
    if isinstance(value, dict):
        return {key: without_unset(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_unset(inner) for inner in value]
    return value


def agrees(wanted: t.Any, current: t.Any, ordered: bool = False) -> bool:
    """True where `current` already is what `wanted` asks for.

    Unset means leave alone, so of a dict only the keys of `wanted` count. Lists are compared without regard to order unless
    `ordered`, because AWS returns most of them in an order of its own.
    """
    if isinstance(wanted, dict):
        if not isinstance(current, dict):
            return False
        return all(agrees(inner, current.get(key), ordered) for key, inner in wanted.items() if inner is not None)
    if isinstance(wanted, list):
        if not isinstance(current, list) or len(wanted) != len(current):
            return False
        if ordered:
            return all(agrees(one, other, ordered) for one, other in zip(wanted, current, strict=True))
        left = list(current)
        for one in wanted:
            match = next((index for index, other in enumerate(left) if agrees(one, other)), None)
            if match is None:
                return False
            del left[match]
        return True
    if isinstance(wanted, (int, float)) and isinstance(current, (int, float)):
        return wanted == current
    return bool(wanted == current)


def _statements(document: dict[str, t.Any]) -> list[t.Any]:
    statements = document.get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _canonical(value: t.Any) -> t.Any:
    """Policy elements in one form: AWS turns one-element lists into strings and sorts as it likes."""
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        flat = sorted((_canonical(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
        return flat[0] if len(flat) == 1 else flat
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def canonical_policy(policy: t.Any) -> dict[str, t.Any]:
    """A policy document (dict or JSON text) in one form: those that say the same are equal."""
    document = json.loads(policy) if isinstance(policy, str) and policy else policy or {}
    statements = sorted((_canonical(statement) for statement in _statements(document)), key=lambda one: json.dumps(one, sort_keys=True))
    return {"Version": document.get("Version", "2012-10-17"), "Statement": statements}


def same_policy(one: t.Any, other: t.Any) -> bool:
    """True where two policy documents (dicts or JSON texts) say the same."""
    return bool(canonical_policy(one)["Statement"] == canonical_policy(other)["Statement"])


def tags_to_dict(tags: t.Iterable[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """AWS's list of tags as a dict."""
    return {tag[key]: tag.get(value, "") for tag in tags or ()}


def dict_to_tags(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """A dict as AWS's list of tags."""
    return [{key: name, value: text} for name, text in tags.items()]

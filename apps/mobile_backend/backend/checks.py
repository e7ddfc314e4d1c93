# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request may contain: every member is known, has its type, and keeps to its bounds."""

import json
import re
from collections.abc import Callable
from typing import Any

from .problems import Invalid, TooLarge

MOST_BYTES = 64 * 1024  # of a body; an item of DynamoDB has 400 KiB at most
Check = Callable[[Any], Any]

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def text(least: int, most: int) -> Check:
    """A text of so many characters, without control characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"has to be a text of {least} to {most} characters")
        if any(ord(character) < 32 and character not in "\n\t" for character in value):
            raise ValueError("has control characters")
        return value

    return check


def number(least: int, most: int) -> Check:
    """A whole number between two."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"has to be a whole number from {least} to {most}")
        return value

    return check


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"has to be one of {', '.join(choices)}")
        return str(value)

    return check


def matching(pattern: re.Pattern[str], words: str) -> Check:
    """A text of a form."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"has to be {words}")
        return value

    return check


identifier = matching(_ID, "8 to 64 letters, digits, - or _")
moment = matching(_TIME, "a time like 2026-01-31T12:00:00.000Z")


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("has to be true or false")
    return value


def several(check: Check, most: int) -> Check:
    """A list."""

    def checked(value: Any) -> list[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise ValueError(f"has to be a list of 1 to {most}")
        return [check(one) for one in value]

    return checked


def members(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with these members, and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("has to be an object")
        problems = [f"{name} is missing" for name in required if name not in value]
        problems += [f"{name} is not known" for name in value if name not in known]
        checked = {}
        for name in value.keys() & known.keys():
            try:
                checked[name] = known[name](value[name])
            except ValueError as problem:
                problems.append(f"{name} {problem}")
        if problems:
            raise ValueError("; ".join(sorted(problems)))
        return checked

    return check


def body(raw: str, check: Check) -> Any:
    """The body of a request."""
    if len(raw.encode()) > MOST_BYTES:
        raise TooLarge(f"a body has {MOST_BYTES} bytes at most")
    try:
        return check(json.loads(raw or "null", parse_constant=_refuse))
    except ValueError as problem:  # a JSONDecodeError is one
        words = "the body is no JSON" if isinstance(problem, json.JSONDecodeError) else str(problem)
        raise Invalid(words) from problem


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def parameter(parameters: dict[str, str], name: str, check: Check, otherwise: Any = None) -> Any:
    """A parameter of the query."""
    if name not in parameters:
        return otherwise
    try:
        return check(parameters[name])
    except ValueError as problem:
        raise Invalid(f"{name} {problem}") from problem

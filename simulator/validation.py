# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request against its service's own model: required members, enums, patterns, lengths and ranges, at any depth.

The client checks little of this (required members and a few minima), moto almost nothing, AWS all of it. A value that AWS
took up after this botocore was released is refused here too: better late than a typo that only AWS would find.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.core.model import Shape

from simulator.registry import Refused
from simulator.request import Call

# Where AWS itself is laxer than the model it publishes: (service, shape) -> (constraints left alone, why).
LAXER_THAN_MODEL: dict[tuple[str, str], tuple[frozenset[str], str]] = {
    ("cognito-idp", "DomainType"): (frozenset({"pattern", "max"}), "the pattern is that of a prefix; a domain of one's own has dots (rules/cognito_idp.py)"),
}

# (code for a bad value, code for a missing member) where the protocol's usual ones are not the service's.
CODES: dict[str, tuple[str, str]] = {
    "apigateway": ("BadRequestException", "BadRequestException"),
    "apigatewayv2": ("BadRequestException", "BadRequestException"),
    "backup": ("InvalidParameterValueException", "MissingParameterValueException"),
    "budgets": ("InvalidParameterException", "InvalidParameterException"),
    "cloudfront": ("InvalidArgument", "InvalidArgument"),
    "cloudwatch": ("ValidationError", "ValidationError"),
    "cognito-idp": ("InvalidParameterException", "InvalidParameterException"),
    "elasticache": ("InvalidParameterValue", "MissingParameter"),
    "guardduty": ("BadRequestException", "BadRequestException"),
    "logs": ("InvalidParameterException", "InvalidParameterException"),
    "rds": ("InvalidParameterValue", "MissingParameter"),
    "route53": ("InvalidInput", "InvalidInput"),
    "s3control": ("InvalidRequest", "InvalidRequest"),
    "sns": ("InvalidParameter", "InvalidParameter"),
    "sqs": ("InvalidParameterValue", "MissingParameter"),
}
CODES_BY_PROTOCOL: dict[str, tuple[str, str]] = {
    "ec2": ("InvalidParameterValue", "MissingParameter"),
    "query": ("ValidationError", "ValidationError"),
    "json": ("ValidationException", "ValidationException"),
    "rest-json": ("ValidationException", "ValidationException"),
    "rest-xml": ("InvalidRequest", "InvalidRequest"),
}

SHOWN = 64  # characters of an offending value that the message repeats


@dataclass(frozen=True)
class Problem:
    """One violated constraint: where, the value as the message shows it (None for a missing member), and the constraint in AWS's words."""

    path: str
    value: str | None
    constraint: str

    def __str__(self) -> str:
        value = "null" if self.value is None else f"'{self.value}'"
        return f"Value {value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def validate(call: Call) -> None:
    """Raise Refused, in the service's words, when the parameters violate the model."""
    assert call.operation is not None
    shape = call.operation.input_shape
    if shape is None:
        return
    problems = list(_check(call.service, shape, call.params, ""))
    if not problems:
        return
    missing = all(problem.value is None for problem in problems)
    plural = "error" if len(problems) == 1 else "errors"
    text = f"{len(problems)} validation {plural} detected: " + "; ".join(str(problem) for problem in problems)
    raise Refused(_code(call, problems[0], missing), text, 400)


def _code(call: Call, first: Problem, missing: bool) -> str:
    if call.service == "s3":
        # What stands in the body is checked against S3's XML schema, the rest argument by argument.
        return "MalformedXML" if "." in first.path else "InvalidArgument"
    bad_value, missing_member = CODES.get(call.service) or CODES_BY_PROTOCOL[call.protocol]
    return missing_member if missing else bad_value


def _check(service: str, shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    if value is None:
        return
    kind = shape.type_name
    lax = LAXER_THAN_MODEL.get((service, shape.name), (frozenset(), ""))[0]
    if kind == "structure":
        yield from _check_structure(service, shape, value, path, lax)
    elif kind == "list":
        yield from _size(shape, len(value), value, path, lax)
        for number, item in enumerate(value, 1):
            yield from _check(service, shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _size(shape, len(value), value, path, lax)
        for key, item in value.items():
            yield from _check(service, shape.key, key, f"{path}.key")
            yield from _check(service, shape.value, item, f"{path}.{key}")
    elif kind == "string":
        if isinstance(value, str):  # a JSON document travels as a string shape in a few headers
            yield from _check_string(shape, value, path, lax)
    elif kind == "blob":
        yield from _size(shape, len(value), "(binary)", path, lax)
    elif kind in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path, lax)


def _check_structure(service: str, shape: Any, value: Any, path: str, lax: frozenset[str]) -> Iterator[Problem]:
    if shape.is_document_type or not hasattr(value, "get"):
        return
    if "required" not in lax:
        for name in shape.required_members:
            if value.get(name) is None:
                yield Problem(_join(path, name), None, "Member must not be null")
    if shape.is_tagged_union and "union" not in lax and sum(item is not None for item in value.values()) != 1:
        yield Problem(path, "", f"Exactly one of {', '.join(shape.members)} must be set")
    for name, member in shape.members.items():
        yield from _check(service, member, value.get(name), _join(path, name))


def _check_string(shape: Any, value: str, path: str, lax: frozenset[str]) -> Iterator[Problem]:
    shown = _shown(shape, value)
    if shape.enum and "enum" not in lax and value not in shape.enum:
        yield Problem(path, shown, f"Member must satisfy enum value set: [{', '.join(sorted(shape.enum))}]")
    yield from _size(shape, len(value), shown, path, lax)
    pattern = shape.metadata.get("pattern")
    if pattern and "pattern" not in lax and not compiled(pattern).fullmatch(value):
        yield Problem(path, shown, f"Member must satisfy regular expression pattern: {pattern}")


def _size(shape: Shape, size: int, value: Any, path: str, lax: frozenset[str]) -> Iterator[Problem]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    shown = value if isinstance(value, str) else f"[{size} elements]"
    if low is not None and "min" not in lax and size < low:
        yield Problem(path, shown, f"Member must have length greater than or equal to {low}")
    if high is not None and "max" not in lax and size > high:
        yield Problem(path, shown, f"Member must have length less than or equal to {high}")


def _range(shape: Shape, value: float, path: str, lax: frozenset[str]) -> Iterator[Problem]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and "min" not in lax and value < low:
        yield Problem(path, str(value), f"Member must have value greater than or equal to {low}")
    if high is not None and "max" not in lax and value > high:
        yield Problem(path, str(value), f"Member must have value less than or equal to {high}")


def _join(path: str, name: str) -> str:
    """AWS writes paths in lower camel case: tags.1.member.key."""
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


def _shown(shape: Shape, value: str) -> str:
    if shape.metadata.get("sensitive"):
        return "***"
    return value if len(value) <= SHOWN else value[:SHOWN] + "..."


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern, which is one of Java's, as one of Python's. AWS matches the whole value."""
    flags = re.ASCII  # Java's \\w, \\d and \\s are ASCII
    if "(?i)" in pattern:
        pattern, flags = pattern.replace("(?i)", ""), flags | re.IGNORECASE
    # A pair of surrogates stands for the characters beyond the basic plane.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    pattern = re.sub(r"\\p\{(\w+)\}", lambda found: _property(found[1], _inside_brackets(pattern, found.start())), pattern)
    # Java reads the hyphen in [\\w-/] as itself, Python as a range.
    pattern = re.sub(r"(\\[wds])-(?!\])", r"\1\\-", pattern)
    return re.compile(pattern, flags)


def _inside_brackets(pattern: str, position: int) -> bool:
    before = re.sub(r"\\.", "", pattern[:position])
    return before.rfind("[") > before.rfind("]")


def _property(name: str, inside: bool) -> str:
    ranges = {"ASCII": r"\x00-\x7F", "Print": r"\x20-\x7E"}.get(name) or _category(name)
    return ranges if inside else f"[{ranges}]"


@cache
def _category(name: str) -> str:
    """The ranges of a Unicode category (L, Lu, Z, ...) as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08X}-\\U{high:08X}" for low, high in ranges)

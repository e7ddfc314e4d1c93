# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that would call themselves: what they may write to is what calls them, directly or by way of others."""

from __future__ import annotations

import collections.abc
import fnmatch
import re
import typing as t

# What makes a source call whoever reads it.
_WRITES = (
    "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete", "sqs:SendMessage",
)  # fmt: skip


def circles(functions: collections.abc.Iterable[dict[str, t.Any]]) -> list[str]:
    """Each way round, in words.

    :param functions: entries of functions_functions, also as they are written: ARNs may be templates, which are compared as texts.
    """
    functions = [one for one in functions if isinstance(one, dict)]
    called = {
        str(one.get("name")): [_place(trigger.get("source_arn")) for trigger in one.get("triggers") or [] if isinstance(trigger, dict)] for one in functions
    }
    after: dict[str, list[str]] = {}
    for one in functions:
        written = list(_written(one))
        after[str(one.get("name"))] = [
            name for name, sources in called.items() if any(source == place or fnmatch.fnmatchcase(source, place) for source in sources for place in written)
        ]
    found: dict[frozenset[str], list[str]] = {}
    for start in after:
        for way in _ways(start, start, after, ()):
            found.setdefault(frozenset(way), way)
    return [
        f"function {way[0]} would call itself: it may write to what calls it"
        if len(way) == 1
        else f"functions {' -> '.join([*way, way[0]])} would call each other for ever: each may write to what calls the next"
        for way in found.values()
    ]


def _ways(start: str, here: str, after: dict[str, list[str]], way: tuple[str, ...]) -> collections.abc.Iterator[list[str]]:
    for following in after[here]:
        if following == start:
            yield [*way, here]
        elif following not in way and following != here:
            yield from _ways(start, following, after, (*way, here))


def _written(function: dict[str, t.Any]) -> collections.abc.Iterator[str]:
    """What a function may write to, as patterns."""
    for statement in function.get("statements") or []:
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            continue
        actions, resources = ([one] if isinstance(one, str) else one or [] for one in (statement.get("Action"), statement.get("Resource")))
        if any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in actions for action in _WRITES):
            yield from (_place(resource) for resource in resources)


def _place(arn: t.Any) -> str:
    """A table or a queue: of a stream, the table; of a template, what it takes from another layer's outputs."""
    text = re.sub(r"\s+", "", str(arn)).replace("stream_arns", "arns")
    template = re.match(r"(\{\{.*?\}\})", text)
    return template[1] if template else text.partition("/stream/")[0].partition("/index/")[0]

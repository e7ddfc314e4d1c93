# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions that would call themselves are found, by ARNs and by what is written in their place."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.inventory import Definition
from ansible_collections.groundswell.aws.plugins.plugin_utils.site import Site
from ansible_collections.groundswell.aws.plugins.plugin_utils.site_rules import functions_call_nobody_in_a_circle
from ansible_collections.groundswell.aws.plugins.plugin_utils.triggers import circles

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/acme"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:"


def function(name: str, reads: str, writes: str, *actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions) or ["dynamodb:PutItem", "sqs:SendMessage"], "Resource": [writes]}
    return {"name": name, "statements": [statement], "triggers": [{"name": "source", "source_arn": reads}]}


@pytest.mark.parametrize(
    ("functions", "words"),
    [
        ([function("one", f"{TABLE}/stream/2026", TABLE)], "function one would call itself"),
        ([function("one", f"{TABLE}/stream/2026", "*", "dynamodb:*")], "function one would call itself"),
        ([function("one", "{{ tables_outputs['stream_arns']['app'] }}", "{{ tables_outputs['arns']['app'] }}")], "function one would call itself"),
        ([function("one", f"{QUEUE}a", f"{QUEUE}b"), function("two", f"{QUEUE}b", f"{QUEUE}a")], "functions one -> two -> one would call each other for ever"),
        ([function("one", f"{TABLE}/stream/2026", TABLE, "dynamodb:Query", "dynamodb:GetItem")], ""),
        ([function("one", f"{QUEUE}a", f"{QUEUE}b"), function("two", f"{QUEUE}b", f"{QUEUE}c")], ""),
        ([function("one", "{{ tables_outputs['stream_arns']['app'] }}", "{{ tables_outputs['arns']['other'] }}")], ""),
    ],
    ids=["itself", "by a pattern", "as written", "by way of another", "reads only", "a chain", "another table"],
)
def test_circles(functions: list[dict[str, Any]], words: str) -> None:
    found = circles(functions)
    assert len(found) == (1 if words else 0), found
    assert not words or words in found[0]


def test_preflight_says_where() -> None:
    written = Definition("functions_functions", [function("one", f"{TABLE}/stream/2026", TABLE)], "group_vars/mobile/functions.yml", 3, "mobile")
    site = Site([], [written], {}, {}, {}, True, [], datetime.date(2026, 1, 1))
    assert [str(problem) for problem in functions_call_nobody_in_a_circle(site)] == [
        "function one would call itself: it may write to what calls it (group_vars/mobile/functions.yml:3)"
    ]

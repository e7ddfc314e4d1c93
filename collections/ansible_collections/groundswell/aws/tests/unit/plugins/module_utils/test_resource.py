# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags by the hundred: what the tagging API knows, and what it does not know yet."""

from __future__ import annotations

import typing as t

from .fakes import OURS, FakeSession, Tool


class Tagging:
    """The tagging API, which lists these."""

    def __init__(self, listed: dict[str, dict[str, str]]) -> None:
        self.listed = listed
        self.asked: list[dict[str, t.Any]] = []

    def get_paginator(self, operation: str) -> Tagging:
        assert operation == "get_resources"
        return self

    def paginate(self, **parameters: t.Any) -> Tagging:
        self.asked.append(parameters)
        return self

    def search(self, path: str) -> list[dict[str, t.Any]]:
        assert path == "ResourceTagMappingList[]"
        return [{"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} for arn, tags in self.listed.items()]


def tool(tagging: Tagging) -> Tool:
    kind = Tool()
    kind.service = "shed"
    kind.session = FakeSession()
    kind.session.client = lambda service: tagging  # type: ignore[attr-defined]
    return kind


def test_what_the_tagging_api_lists_is_not_asked_for() -> None:
    tagging = Tagging({"arn:1": OURS, "arn:2": {**OURS, "Name": "saw"}, "arn:of-another-kind": OURS})
    asked: list[str] = []
    tags = tool(tagging).tags_by_arn(["arn:1", "arn:2"], lambda arn: asked.append(arn))
    assert not asked
    assert tags["arn:2"]["Name"] == "saw"
    assert tagging.asked[0]["TagFilters"] == [{"Key": key, "Values": [value]} for key, value in OURS.items() if key != "Layer"]


def test_what_is_too_new_for_it_is_asked_for() -> None:
    tags = tool(Tagging({"arn:1": OURS})).tags_by_arn(["arn:1", "arn:new", "arn:theirs"], {"arn:new": OURS, "arn:theirs": {}}.__getitem__)
    assert tags == {"arn:1": OURS, "arn:new": OURS, "arn:theirs": {}}


def test_what_has_just_gone_is_left_out() -> None:
    assert tool(Tagging({})).tags_by_arn(["arn:1", "arn:gone"], {"arn:1": OURS, "arn:gone": None}.__getitem__) == {"arn:1": OURS}


def test_one_is_asked_for_itself() -> None:
    tagging = Tagging({"arn:1": {**OURS, "Name": "old"}})
    assert tool(tagging).tags_by_arn(["arn:1"], lambda arn: OURS) == {"arn:1": OURS}
    assert not tagging.asked

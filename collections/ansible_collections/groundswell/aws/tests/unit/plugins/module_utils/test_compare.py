# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing what is declared with what exists."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.compare import agrees, same_policy, tags_to_dict, without_unset


@pytest.mark.parametrize(
    ("wanted", "current"),
    [
        ({"a": 1, "b": None}, {"a": 1, "b": 2, "c": 3}),
        ([1, 2], [2, 1]),
        ([{"a": 1}, {"a": 2}], [{"a": 2, "b": 0}, {"a": 1, "b": 0}]),
        (1, 1.0),
        ("x", "x"),
        ([], []),
    ],
)
def test_agreement(wanted, current):
    assert agrees(wanted, current)


@pytest.mark.parametrize(
    ("wanted", "current"),
    [({"a": 1}, {"a": 2}), ({"a": 1}, None), ([1], [1, 2]), ([1, 1], [1, 2]), ([1], None), ("x", "X"), ([], None), ({"a": []}, {"a": [1]})],
)
def test_disagreement(wanted, current):
    assert not agrees(wanted, current)


def test_order_counts_where_it_means_something():
    assert not agrees([1, 2], [2, 1], ordered=True)
    assert agrees([1, 2], [1, 2], ordered=True)


def test_policies_are_compared_by_what_they_say():
    one = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*", "Condition": {"Bool": {"x": True}}}],
    }
    other = '{"Statement": {"Condition": {"Bool": {"x": "true"}}, "Resource": ["*"], "Action": "s3:GetObject", "Effect": "Allow"}, "Version": "2012-10-17"}'
    assert same_policy(one, other)
    assert not same_policy(one, other.replace("s3:GetObject", "s3:PutObject"))
    assert not same_policy(one, None)


def test_unset_options_vanish_at_every_depth():
    assert without_unset({"a": None, "b": [{"c": None, "d": 0}]}) == {"b": [{"d": 0}]}


def test_tags_become_a_dict():
    assert tags_to_dict([{"Key": "a", "Value": "1"}, {"Key": "b"}]) == {"a": "1", "b": ""}
    assert tags_to_dict(None) == {}

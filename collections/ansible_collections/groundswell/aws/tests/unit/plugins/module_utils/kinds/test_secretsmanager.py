# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to generated secrets."""

from __future__ import annotations

import json
import string

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import secretsmanager

from ..fakes import OURS, FakeSession

USUAL = {"length": 40, "exclude_characters": None, "exclude_punctuation": False, "key": None, "template": None}


def test_a_value_has_its_length_and_no_excluded_character():
    item = {**USUAL, "length": 128, "exclude_characters": '@"/abc'}
    for _ in range(50):
        value = secretsmanager._document(item)
        assert len(value) == 128
        assert not set(value) & set('@"/abc')


def test_a_value_has_every_kind_of_character():
    for _ in range(50):
        value = secretsmanager._document({**USUAL, "length": 8})
        assert all(set(value) & set(kind) for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation))


def test_without_punctuation():
    assert secretsmanager._document({**USUAL, "length": 500, "exclude_punctuation": True}).isalnum()


def test_no_two_values_are_the_same():
    assert len({secretsmanager._document(USUAL) for _ in range(100)}) == 100


def test_a_document_with_the_value_in_it():
    document = json.loads(secretsmanager._document({**USUAL, "key": "password", "template": {"username": "admin"}}))
    assert sorted(document) == ["password", "username"]
    assert len(document["password"]) == 40


@pytest.mark.parametrize(
    ("name", "options", "problems"),
    [
        ("acme-prod-cache_auth", {}, 0),
        ("acme-prod-header", {}, 1),
        ("short", {"length": 7}, 1),
        ("none", {"exclude_characters": string.printable}, 1),
        ("member", {"template": {"username": "admin"}}, 1),
    ],
)
def test_what_cannot_work_is_refused_before_anything_happens(name, options, problems):
    kind = secretsmanager.Secrets(FakeSession(), {}, OURS)
    assert len(kind.refuse({name: {**USUAL, **options}})) == problems

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to IAM Identity Center's kinds."""

from __future__ import annotations

import json

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.identity_center import (
    AccountAssignments,
    DirectoryGroups,
    PermissionSets,
    duration,
    policy_of,
    seconds_of,
    statements_of,
)
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences

from ..fakes import OURS, FakeSession

LOOK = {"Sid": "Look", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
LEFT = {"Sid": "Leftexampleperson20260504T030201Z", "Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(("seconds", "text"), [(3600, "PT1H"), (5400, "PT1H30M"), (28800, "PT8H"), (3661, "PT1H1M1S")])
def test_length_of_sessions(seconds, text):
    assert duration(seconds) == text and seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["PT60M", "PT3600S", "PT3600.0S"])
def test_length_that_somebody_else_wrote(text):
    assert seconds_of(text) == 3600


def test_what_ends_sessions_is_no_part_of_what_is_declared():
    assert statements_of(policy_of([LOOK, LEFT])) == ([LOOK], [LEFT])
    assert statements_of("") == ([], []) and policy_of([]) == ""
    assert statements_of(json.dumps({"Statement": {**LOOK, "Sid": "Leftovers are no such thing"}}))[1] == []


def test_what_accounts_have_not_heard_of_is_a_difference():
    kind = PermissionSets(FakeSession(), {}, OURS)
    item = kind.normalise({"name": "acme-dev-web", "inline_policy": policy_of([LOOK])})
    state = {"inline_policy": kind.normalise({"inline_policy": policy_of([{**LOOK, "Action": ["s3:ListAllMyBuckets"]}])})["inline_policy"]}
    assert differences(kind, item, {**state, "provisioned": True}) == {}
    assert differences(kind, item, {**state, "provisioned": False}) == {"provisioned": True}


@pytest.mark.parametrize(
    ("name", "item", "words"),
    [
        ("a" * 33, {}, "the name has 33 characters, Identity Center takes 32"),
        ("a", {"session_seconds": 900}, "sessions last 3600 to 43200 seconds, not 900"),
        ("a", {"inline_policy": "x" * 10241}, "longer than 10240 characters"),
    ],
)
def test_refused(name, item, words):
    (problem,) = PermissionSets(FakeSession(), {}, OURS).refuse({name: item})
    assert words in problem


def test_names_of_assignments():
    kind = AccountAssignments(FakeSession(), {}, OURS)
    assert kind.refuse({"acme-dev-web/123456789012/acme-dev-job-web": {}}) == []
    assert len(kind.refuse({"acme-dev-web/acme-dev-job-web": {}, "acme-dev-web": {}})) == 2


def test_a_group_says_whose_it_is():
    assert DirectoryGroups(FakeSession(), {}, OURS).mark == "Project=acme Environment=dev Cell=dev-1 Layer=shed ManagedBy=groundswell"

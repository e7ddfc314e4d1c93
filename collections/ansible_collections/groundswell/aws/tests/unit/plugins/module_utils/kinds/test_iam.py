# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to IAM's kinds."""

from __future__ import annotations

import json

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import Groups, InstanceProfiles, Policies, Roles
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences

from ..fakes import OURS, FakeSession


def policy(actions, resource="*", effect="Allow"):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": resource}]}


@pytest.fixture
def roles():
    return Roles(FakeSession(), {}, OURS)


def declared(roles, **policies):
    item = {"name": "r", "inline_policies": [{"name": name, "policy": json.dumps(text)} for name, text in policies.items()]}
    return roles.normalise(item)


def test_policies_that_say_the_same_are_no_difference(roles):
    current = declared(roles, a=policy(["s3:GetObject", "s3:PutObject"]), b=policy("ec2:Describe*"))
    wanted = declared(roles, b=policy(["ec2:Describe*"]), a=policy(["s3:PutObject", "s3:GetObject"]))
    assert differences(roles, wanted, current) == {}


@pytest.mark.parametrize("other", [policy("s3:GetObject", "arn:aws:s3:::x"), policy("s3:GetObject", effect="Deny"), policy(["s3:GetObject", "s3:PutObject"])])
def test_policies_that_differ_are_seen(roles, other):
    current, wanted = declared(roles, a=policy("s3:GetObject")), declared(roles, a=other)
    assert list(differences(roles, wanted, current)) == ["inline_policies"]


def test_a_condition_taken_out_is_seen(roles):
    bare = policy("s3:GetObject")
    bound = policy("s3:GetObject")
    bound["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": True}}
    assert differences(roles, declared(roles, a=bare), declared(roles, a=bound))


def test_a_policy_no_longer_declared_is_seen(roles):
    current = declared(roles, a=policy("s3:GetObject"), b=policy("s3:PutObject"))
    assert differences(roles, declared(roles, a=policy("s3:GetObject")), current)


@pytest.mark.parametrize(("kind", "longest"), [(Roles, 64), (InstanceProfiles, 128), (Policies, 128), (Groups, 128)])
def test_names_that_are_too_long_are_refused_before_anything_happens(kind, longest):
    kind = kind(FakeSession(), {}, OURS)
    assert kind.refuse({"n" * longest: {}}) == []
    assert len(kind.refuse({"n" * (longest + 1): {}})) == 1


def test_groups_are_known_by_their_path():
    groups = Groups(FakeSession(), {}, OURS)
    assert groups.path == "/acme/dev/shed/"
    assert "path /acme/dev/shed/" in groups.hand_over("acme-dev-job-web")

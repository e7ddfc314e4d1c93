# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps people from getting in through IAM Identity Center is said in words, from whichever account it is looked at."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.center_readiness import look

from .fakes import refusal

MANAGEMENT, MEMBER, OTHER = "111111111111", "222222222222", "333333333333"
OPTIONS = {"account": MEMBER, "project": "acme", "permission_sets": ["acme-dev-web"], "groups": [], "external": False}


class Account(SimpleNamespace):
    """As much of an account as is asked."""

    region = "us-east-1"

    def client(self, service, region=""):
        return self

    def get_caller_identity(self):
        return {"Account": self.account, "Arn": f"arn:aws:sts::{self.account}:{self.who}"}

    def describe_organization(self):
        return {"Organization": {"MasterAccountId": MANAGEMENT}}

    def list_delegated_administrators(self, ServicePrincipal):
        if self.account not in (MANAGEMENT, *self.delegated):
            raise refusal("AccessDeniedException")
        return {"DelegatedAdministrators": [{"Id": one} for one in self.delegated]}

    def get_paginator(self, operation):
        found = [
            {"InstanceArn": f"arn:aws:sso:::instance/ssoins-{owner}", "IdentityStoreId": "d-1", "OwnerAccountId": owner, **self.state} for owner in self.owners
        ]
        return SimpleNamespace(paginate=lambda **_: [{"Instances": found}])

    def describe_instance(self, InstanceArn):
        return {} if self.enabled is None else {"PermissionSetsEnabled": self.enabled}


def seen(**more):
    options = {name: more.pop(name) for name in list(more) if name in OPTIONS and name != "account"}
    target = more.pop("target", MEMBER)
    defaults = {"account": MANAGEMENT, "owners": [MANAGEMENT], "delegated": [], "enabled": True, "state": {}, "who": "user/me"}
    return look(Account(**{**defaults, **more}), {**OPTIONS, "account": target, **options})


@pytest.mark.parametrize(
    "account",
    [{}, {"target": MANAGEMENT}, {"enabled": None}, {"account": OTHER, "delegated": [OTHER]}, {"owners": [OTHER, MANAGEMENT]}],
    ids=["management", "its own access", "an older one", "delegated", "beside one of an account"],
)
def test_ready(account):
    found = seen(**account)
    assert found["problems"] == [] and found["instance_arn"].endswith(MANAGEMENT) and found["portal"] == "https://d-1.awsapps.com/start"


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ({"owners": []}, f"sees no instance of IAM Identity Center: enable it for the organization, in the console of the management account {MANAGEMENT}"),
        (
            {"account": MEMBER, "owners": [MEMBER]},
            f"only an account instance of IAM Identity Center (arn:aws:sso:::instance/ssoins-{MEMBER}, of account {MEMBER})",
        ),
        ({"account": MEMBER}, f"managed from the management account {MANAGEMENT}, or from a delegated administrator's, and this is account {MEMBER}"),
        ({"account": OTHER, "delegated": [OTHER], "target": MANAGEMENT}, f"access to the management account {MANAGEMENT} is managed from there alone"),
        ({"enabled": False}, "has no permission sets: enable them, for good, with aws sso-admin update-instance"),
        ({"state": {"Status": "CREATE_IN_PROGRESS"}}, "Identity Center is CREATE_IN_PROGRESS"),
        ({"permission_sets": ["acme-development-department-break-glass"]}, "up to 32 characters, acme-development-department-break-glass has 39"),
    ],
)
def test_not_ready(account, words):
    (problem,) = seen(**account)["problems"]
    assert words in problem


@pytest.mark.parametrize("who", ["assumed-role/acme-dev-deployer-site/run", "assumed-role/acme-dev-ci-deploy/run"])
def test_deployers_are_asked_for_nothing(who):
    found = seen(who=who, owners=[])
    assert (found["administers"], found["problems"]) == (False, [])

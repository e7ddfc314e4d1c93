# SPDX-License-Identifier: GPL-3.0-or-later
"""What deployers may do, as it is written: no wider than it was seen to be needed, and as AWS takes it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "templates"))

from ansible_collections.groundswell.aws.plugins.filter.policy_documents import policy_documents
from deployers import ADMINISTRATORS, BREAK_GLASS, CATALOGUE, SETS, VARIABLES, inputs, sets_of
from render import render
from rollouts import ROOT

LOADER = importlib.machinery.SourceFileLoader("policies_tool", str(ROOT / "tools" / "policies"))
SPEC = importlib.util.spec_from_loader(LOADER.name, LOADER)
assert SPEC is not None
tool = importlib.util.module_from_spec(SPEC)
sys.modules[LOADER.name] = tool
LOADER.exec_module(tool)

# As long as they may be.
PROJECT, ENVIRONMENT = "p" * 20, "e" * 10
NAME = f"{PROJECT}-{ENVIRONMENT}"
INPUTS = inputs(PROJECT, ENVIRONMENT, "a-rather-long-name.of-a-shop.example")
BOUNDARY = {"iam:PermissionsBoundary": f"arn:aws:iam::123456789012:policy/{NAME}-boundary"}
# Actions that are about everything although AWS knows resources for them, and why.
EVERYTHING = {
    "cloudfront:ListTagsForResource": "of functions too, for which the reference knows no resource",
    "cloudfront:TagResource": "of functions too, for which the reference knows no resource",
    "cloudwatch:TagResource": "of dashboards too, for which the reference knows no resource",
    "cloudwatch:ListTagsForResource": "of dashboards too, for which the reference knows no resource",
}


@cache
def statements(playbook: str) -> list[dict[str, Any]]:
    return list(json.loads(render("deployer", f"{playbook}.json.j2", **INPUTS)))


PLAYBOOKS = [playbook for playbooks in SETS.values() for playbook in playbooks]


def test_they_are_what_the_tool_writes() -> None:
    """From what was seen and what modules can call: nothing was put in, or left out, by hand."""
    assert tool.main(["--check"]) == 0


def test_each_is_somebodys() -> None:
    assert set(PLAYBOOKS) == {path.name.removesuffix(".json.j2") for path in tool.written(tool.read())}
    assert {name for role in CATALOGUE for name in sets_of(role)} == set(SETS)


def test_each_playbook_is_run_by_somebody() -> None:
    """By one role, or by an administrator; and the page says by whom."""
    runs = [playbook for role in CATALOGUE.values() for playbook in role["runs"]]
    assert sorted([*runs, *ADMINISTRATORS, *BREAK_GLASS]) == sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"lock"} | {"site"})
    page = (ROOT / "docs" / "deployer.md").read_text()
    for name, role in CATALOGUE.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `<name>-deployer-{name}` |")]
        assert [playbook for playbook in role["runs"] if name != "site" and f"`{playbook}.yml`" not in row] == []
    assert [playbook for playbook in ADMINISTRATORS | BREAK_GLASS if f"`{playbook}.yml`" not in page] == []


@pytest.mark.parametrize("role", CATALOGUE)
def test_they_fit(role: str) -> None:
    """IAM's own quotas (UG iam/reference_iam-quotas): ten managed policies, of which none is longer than 6,144 characters."""
    found = [one for name in CATALOGUE[role]["sets"] for one in policy_documents([line for playbook in SETS[name] for line in statements(playbook)])]
    documents, rest = ([one for one in found if (len(one) < VARIABLES["__deployer_small"]) == small] for small in (False, True))
    assert 0 < len(documents) <= 10
    assert max(map(len, documents)) <= 6144
    own = [one for playbook in SETS.get(CATALOGUE[role].get("own", ""), []) for one in statements(playbook)]
    within = [*policy_documents(own, 9000), "".join(render("deployer", "limits.json.j2", **INPUTS).split())]
    assert len(within) <= 2 and sum(map(len, [*within, *rest])) <= 10240


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_everything_is_named_only_where_aws_knows_no_resources(playbook: str) -> None:
    """By the Service Authorization Reference."""
    wide = {action for one in statements(playbook) if "*" in one["Resource"] for action in one["Action"]}
    assert {action for action in wide if tool.about(action).types} - EVERYTHING.keys() == set()
    for one in statements(playbook):
        assert one["Resource"] == ["*"] or "*" not in one["Resource"], one["Sid"]
        assert not [action for action in one["Action"] if "*" in action]


def test_who_looks_changes_nothing() -> None:
    """And reads nothing that is kept, but the page that everybody sees and the header by which load balancers know CloudFront."""
    actions = {action for one in statements("look") for action in one["Action"]}
    assert {action for action in actions if not tool.is_looking(action)} == {"kms:Decrypt", "s3:GetObject", "secretsmanager:GetSecretValue"}
    kept = {arn for one in statements("look") for arn in one["Resource"] if {"s3:GetObject", "secretsmanager:GetSecretValue"} & set(one["Action"])}
    assert kept == {f"arn:aws:s3:::{NAME}-123456789012-*-fallback/*", f"arn:aws:secretsmanager:*:123456789012:secret:{NAME}-origin_header-*"}


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_roles_are_handed_to_services_by_name_and_made_within_the_boundary(playbook: str) -> None:
    for one in statements(playbook):
        if "iam:PassRole" in one["Action"]:
            assert one["Resource"] == [f"arn:aws:iam::123456789012:role/{NAME}-*"]
            assert one["Condition"]["StringEquals"]["iam:PassedToService"]
        if {"iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"} & set(one["Action"]):
            assert BOUNDARY.items() <= one["Condition"]["StringEquals"].items(), one["Sid"]


def test_what_identifiers_name_is_known_by_its_tags() -> None:
    """An instance, a key, a subnet of somebody else carries other tags."""
    for playbook in PLAYBOOKS:
        for one in statements(playbook):
            changing = [action for action in one["Action"] if not tool.is_looking(action)]
            made_up = [arn for arn in one["Resource"] if ":ec2:" in arn and arn.endswith("/*") and "image/" not in arn]
            if changing and made_up:
                assert any(key.startswith(("aws:ResourceTag", "aws:RequestTag")) for keys in one["Condition"].values() for key in keys), one["Sid"]

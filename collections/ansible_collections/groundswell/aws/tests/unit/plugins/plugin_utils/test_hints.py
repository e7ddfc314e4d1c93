# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints are found by the words of real messages."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.hints import Denial, denial_in, hint_for, remedy


@pytest.mark.parametrize(
    ("message", "means"),
    [
        ("An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired", "expired"),
        ("Unable to locate credentials", "there are none"),
        ('Could not connect to the endpoint URL: "http://127.0.0.1:9/"', "Nothing answers"),
        ("An error occurred (UnauthorizedOperation) when calling the DescribeVpcs operation", "may not do this"),
        ("VPC acme-dev exists and is not ours (its tags do not say so)", "already has this name"),
        ("An error occurred (VpcLimitExceeded) when calling the CreateVpc operation", "quota"),
        ("An error occurred (DependencyViolation) when calling the DeleteSubnet operation", "still uses it"),
        ("database instance not ready after 3600 s: acme-dev (creating)", "still at work"),
        ("'domain_name' is undefined", "not set"),
    ],
)
def test_hint_for(message: str, means: str) -> None:
    """The first that matches says what has happened."""
    hint = hint_for(message)
    assert hint is not None
    assert means in hint.means


def test_no_hint() -> None:
    """Better none than a wrong one."""
    assert hint_for("the moon is full") is None


ARN = "arn:aws:rds:eu-west-1:123456789012:db:acme-dev"
WHO = "An error occurred (AccessDenied) when calling the CreateDBInstance operation: User: arn:aws:sts::123456789012:assumed-role/acme-dev-deployer-site/person"


@pytest.mark.parametrize(
    ("message", "denial"),
    [
        (
            f"{WHO} is not authorized to perform: rds:CreateDBInstance on resource: {ARN} because no identity-based policy allows the action",
            Denial("rds:CreateDBInstance", ARN),
        ),
        (f'{WHO} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::acme" because no', Denial("s3:ListBucket", "arn:aws:s3:::acme")),
        (f"{WHO} is not authorized to perform: kms:CreateKey", Denial("kms:CreateKey")),
        (
            f"{WHO} is not authorized to perform: iam:CreateRole on resource: role acme with an explicit deny in a permissions boundary",
            Denial("iam:CreateRole", "role", "permissions boundary"),
        ),
        (
            f"{WHO} is not authorized to perform: iam:CreateRole with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/x",
            Denial("iam:CreateRole", "", "identity-based policy"),
        ),
        ("VPC acme-dev exists and is not ours", None),
    ],
)
def test_what_was_denied(message: str, denial: Denial | None) -> None:
    """As services say it."""
    assert denial_in(message) == denial


def test_remedy() -> None:
    """No permission helps where something denies it by name."""
    assert "roles/deployer/templates/database.json.j2" in remedy(Denial("rds:CreateDBInstance", ARN), "roles/deployer/templates/database.json.j2")
    assert remedy(Denial("rds:CreateDBInstance", ARN), "").endswith(f"rds:CreateDBInstance on {ARN}.")
    assert remedy(Denial("iam:CreateRole", "", "permissions boundary"), "a file").endswith("denies by name.")


def test_what_an_administrator_keeps() -> None:
    """Whether it is denied by name or allowed by nothing."""
    for by in ("", "permissions boundary"):
        said = remedy(Denial("cloudtrail:UpdateTrail", "", by), "", "playbooks/baseline.yml")
        assert said.endswith("so an administrator has to run playbooks/baseline.yml first.")

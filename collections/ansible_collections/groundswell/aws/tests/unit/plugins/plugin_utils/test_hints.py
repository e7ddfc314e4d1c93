# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints are found by the words of real messages."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.hints import hint_for


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

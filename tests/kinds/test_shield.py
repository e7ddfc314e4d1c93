# SPDX-License-Identifier: GPL-3.0-or-later
"""What Shield Advanced protects, where somebody has subscribed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.shield import Protections
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

ITEM = {"name": "acme-dev-zone", "resource_arn": "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"}


def test_nobody_subscribes_for_you(keep: Any, simulator: Any) -> None:
    with pytest.raises(Problem, match="no subscription of Shield Advanced, and this project makes none: it is for a year, and costs 3,000 USD a month"):
        keep(Protections, [ITEM])
    assert simulator.calls(mutating=True) == []


def test_what_is_protected(keep: Any, clear: Any, simulator: Any) -> None:
    client = simulator.client("shield", "us-east-1")
    client.create_subscription()
    assert [change.action for change in keep(Protections, [ITEM]).changes] == ["create"]
    assert keep(Protections, [ITEM]).changes == []
    assert [one["ResourceArn"] for one in client.list_protections()["Protections"]] == [ITEM["resource_arn"]]
    assert [change.name for change in clear(Protections).changes] == ["acme-dev-zone"]
    assert client.list_protections()["Protections"] == []

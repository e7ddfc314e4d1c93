# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the firewall that go by country and by path, and headers that make browsers careful."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import ResponseHeadersPolicies
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.wafv2 import WebAcls
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

COUNTRIES = {"name": "countries", "priority": 0, "countries": {"codes": ["SG", "AU"], "others": True}}
LOGIN = {"name": "rate-login", "priority": 1, "rate_limit": {"limit": 50, "path": "/Login"}}
ITEM = {"name": "acme-dev-alb", "rules": [COUNTRIES, LOGIN]}


def statements(simulator: Any) -> list[dict[str, Any]]:
    waf = simulator.client("wafv2")
    (acl,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    return [one["Statement"] for one in waf.get_web_acl(Name=acl["Name"], Scope="REGIONAL", Id=acl["Id"])["WebACL"]["Rules"]]


def test_rules_by_country_and_path(keep: Any, simulator: Any) -> None:
    assert [change.action for change in keep(WebAcls, [ITEM]).changes] == ["create"]
    assert keep(WebAcls, [ITEM]).changes == []
    countries, login = statements(simulator)
    assert countries == {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["AU", "SG"]}}}}
    match = login["RateBasedStatement"]["ScopeDownStatement"]["ByteMatchStatement"]
    assert (bytes(match["SearchString"]), match["PositionalConstraint"], match["FieldToMatch"]) == (b"/login", "STARTS_WITH", {"UriPath": {}})
    # Written otherwise, a path counts all the same.
    assert [one["Type"] for one in match["TextTransformations"]] == ["URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"]
    changed = {**ITEM, "rules": [{**COUNTRIES, "countries": {"codes": ["KP"], "others": False}}, LOGIN]}
    assert [change.options for change in keep(WebAcls, [changed]).changes] == [["rules"]]
    assert statements(simulator)[0] == {"GeoMatchStatement": {"CountryCodes": ["KP"]}}
    assert keep(WebAcls, [changed]).changes == []


def test_a_rule_that_says_two_things(keep: Any, simulator: Any) -> None:
    with pytest.raises(Problem, match="needs one of managed_group, rate_limit, ip_set_arn and countries"):
        keep(WebAcls, [{**ITEM, "rules": [{**COUNTRIES, "rate_limit": {"limit": 50}}]}])
    assert simulator.calls(mutating=True) == []


def test_headers_of_the_projects_own(keep: Any, simulator: Any) -> None:
    item = {"name": "acme-dev-security", "hsts_seconds": 60, "custom": [{"name": "Permissions-Policy", "value": "camera=()"}]}
    keep(ResponseHeadersPolicies, [item])
    assert keep(ResponseHeadersPolicies, [item]).changes == []
    client = simulator.client("cloudfront", "us-east-1")
    (policy,) = client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
    custom = policy["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
    assert custom == [{"Header": "Permissions-Policy", "Value": "camera=()", "Override": False}]
    changed = {**item, "custom": []}
    assert [change.options for change in keep(ResponseHeadersPolicies, [changed]).changes] == [["custom"]]

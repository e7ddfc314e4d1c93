# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to CloudFront's kinds."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import cloudfront
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import (
    CachePolicies,
    Distributions,
    OriginAccessControls,
    ResponseHeadersPolicies,
)
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Resource

from ..fakes import OURS, FakeSession, refusal

CANARY = "canary-4711"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin"


class Session(FakeSession):
    """Has one client, and Secrets Manager with one secret."""

    def __init__(self, client: t.Any = None) -> None:
        self._client = client
        self.asked: list[str | None] = []

    def client(self, service: str, not_yet: t.Any = (), region: str | None = None) -> t.Any:
        if service == "secretsmanager":
            self.asked.append(region)
            return types.SimpleNamespace(get_secret_value=lambda SecretId: {"SecretString": CANARY})
        return self._client


@pytest.fixture
def declared() -> dict[str, t.Any]:
    behavior = {"origin": "site", "methods": "all", "cache_policy_id": "p", "functions": [{"event": "viewer-request", "arn": "f"}]}
    return {
        "name": "acme-dev-site", "enabled": True, "aliases": ["acme.example"], "certificate_arn": "arn:c", "minimum_protocol": "TLSv1.2_2021",
        "http_version": "http2and3", "ipv6": True, "price_class": "PriceClass_200", "default_root_object": "", "web_acl_arn": "",
        "origins": [
            {"id": "site", "domain_name": "origin.acme.example", "path": None, "origin_access_control_id": None, "read_timeout": 40,
             "secret_headers": [{"name": "X-Verify", "secret_arn": SECRET}]},
            {"id": "assets", "domain_name": "assets.s3.amazonaws.com", "path": "/v1/", "origin_access_control_id": "E1",
             "read_timeout": None, "secret_headers": None},
        ],
        "origin_groups": [{"id": "pair", "first": "assets", "second": "site", "statuses": [503, 500]}],
        "default_behavior": behavior, "behaviors": [{"path": "/assets/*", **behavior, "origin": "assets", "methods": "read"}],
        "error_pages": [{"code": 503, "path": "/sorry.html", "response_code": None, "seconds": None}],
    }  # fmt: skip


def test_what_is_written_reads_as_it_was_declared(declared):
    kind = Distributions(Session(), {}, OURS)
    item = kind.normalise(declared)
    config = kind._laid_over({"Comment": "acme-dev-site", "Enabled": True}, {key: value for key, value in item.items() if value is not None})
    assert differences(kind, item, kind._state(config)) == {}
    assert config["Origins"]["Items"][0]["CustomHeaders"]["Items"] == [{"HeaderName": "X-Verify", "HeaderValue": CANARY}]


def test_a_secret_is_read_where_it_lives_and_never_shown(declared):
    session = Session()
    kind = Distributions(session, {}, OURS)
    item = kind.normalise(declared)
    config = kind._laid_over({"Comment": "x", "Enabled": True}, item)
    assert CANARY not in repr(kind._state(config)) + repr(item)
    assert session.asked == ["eu-west-1"]


def test_a_header_of_another_value_is_a_difference(declared):
    kind = Distributions(Session(), {}, OURS)
    item = kind.normalise(declared)
    config = kind._laid_over({"Comment": "x", "Enabled": True}, item)
    config["Origins"]["Items"][0]["CustomHeaders"]["Items"][0]["HeaderValue"] = "of yesterday"
    assert list(differences(kind, item, kind._state(config))) == ["origins"]
    assert "of yesterday" not in repr(kind._state(config))


def test_what_nobody_declared_stays(declared):
    kind = Distributions(Session(), {}, OURS)
    item = kind.normalise(declared)
    config = kind._laid_over({"Comment": "x", "Enabled": True}, item)
    config["Restrictions"] = {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["SG"]}}
    config["Origins"]["Items"][0]["OriginShield"] = {"Enabled": True, "OriginShieldRegion": "ap-southeast-1"}
    after = kind._laid_over(config, {"origins": item["origins"], "price_class": "PriceClass_All"})
    assert after["Restrictions"] == config["Restrictions"]
    assert after["Origins"]["Items"][0]["OriginShield"]["Enabled"]
    assert (config["PriceClass"], after["PriceClass"]) == ("PriceClass_200", "PriceClass_All")


def test_old_cache_settings_give_way_to_a_policy():
    present = {"TargetOriginId": "site", "ForwardedValues": {"QueryString": True}, "MinTTL": 0, "ViewerProtocolPolicy": "allow-all"}
    behavior = Distributions._behavior(present, {"origin": "site", "cache_policy_id": "p", "response_headers_policy_id": ""})
    assert not {"ForwardedValues", "MinTTL", "ResponseHeadersPolicyId"} & set(behavior)


def test_a_behavior_must_lead_somewhere(declared):
    declared["behaviors"][0]["origin"] = "elsewhere"
    declared["certificate_arn"] = None
    kind = Distributions(Session(), {}, OURS)
    problems = kind.refuse({"acme-dev-site": kind.normalise(declared)})
    assert len(problems) == 2 and "elsewhere" in problems[0] and "certificate_arn" in problems[1]


def test_a_pair_of_origins_is_read_from(declared):
    kind = Distributions(Session(), {}, OURS)
    declared["behaviors"][0]["origin"] = "pair"
    assert kind.refuse({"acme-dev-site": declared}) == []
    declared["default_behavior"] = {**declared["default_behavior"], "origin": "pair"}
    declared["origin_groups"][0]["second"] = "nobody"
    assert [problem.partition(": ")[2] for problem in kind.refuse({"acme-dev-site": declared})] == [
        "pair names nobody, which is no origin of it",
        "the default behavior lets all methods through, and only reading can be tried again at another origin",
    ]


def test_a_change_names_the_version_again_when_it_was_stale():
    kind = CachePolicies(Session(), {}, OURS)
    answers = [refusal("PreconditionFailed", 412), refusal("InvalidIfMatchVersion"), None]

    def change() -> None:
        answer = answers.pop(0)
        if answer:
            raise answer

    kind.versioned(change)
    assert not answers


def test_a_distribution_is_disabled_awaited_and_deleted(monkeypatch):
    calls: list[str] = []
    statuses = ["InProgress", "InProgress", "Deployed"]
    client = types.SimpleNamespace(
        get_distribution_config=lambda Id: {"ETag": f"v{len(calls)}", "DistributionConfig": {"Enabled": True}},
        update_distribution=lambda Id, IfMatch, DistributionConfig: calls.append(f"enabled={DistributionConfig['Enabled']} {IfMatch}"),
        get_distribution=lambda Id: {"Distribution": {"Status": statuses.pop(0)}},
        delete_distribution=lambda Id, IfMatch: calls.append(f"delete {IfMatch}"),
    )
    monkeypatch.setattr(cloudfront.time, "sleep", lambda seconds: None)
    kind = Distributions(Session(client), {}, OURS)
    kind.delete(Resource("acme-dev-site", {"enabled": True}, OURS, {"id": "E1"}))
    assert calls == ["enabled=False v0", "delete v1"]
    assert not statuses


def test_disabling_alone_is_a_step_of_its_own():
    calls: list[str] = []
    client = types.SimpleNamespace(
        get_distribution_config=lambda Id: {"ETag": "v", "DistributionConfig": {"Enabled": True}},
        update_distribution=lambda **parameters: calls.append("update"),
    )
    kind = Distributions(Session(client), {"disable_only": True}, OURS)
    kind.delete(Resource("acme-dev-site", {"enabled": True}, OURS, {"id": "E1"}))
    assert calls == ["update"]


def test_a_description_holds_the_tags():
    kind = OriginAccessControls(Session(), {}, OURS)
    assert kind.tags_from(kind.signature({**OURS, "Name": "x"})) == OURS
    assert kind.tags_from("somebody's own words") == {}
    with pytest.raises(Problem, match="128"):
        CachePolicies(Session(), {}, OURS).signature({**OURS, "Project": "p" * 100})


def test_policies_read_as_they_were_declared():
    cache = CachePolicies(Session(), {}, OURS)
    item = {"min_ttl": 0, "default_ttl": 0, "max_ttl": 60, "gzip": True, "brotli": True, "headers_behavior": "whitelist", "headers": ["B", "A"],
            "cookies_behavior": "all", "query_strings_behavior": "none"}  # fmt: skip
    assert differences(cache, item, cache.state(cache.config(item))) == {}
    headers = ResponseHeadersPolicies(Session(), {}, OURS)
    item = {"hsts_seconds": 5, "hsts_subdomains": True, "content_security_policy": "", "nosniff": True, "frame": "sameorigin",
            "referrer": "origin", "remove": ["Server"]}  # fmt: skip
    assert differences(headers, item, headers.state(headers.config(item))) == {}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to certificates, load balancers, web ACLs and DNS."""

from __future__ import annotations

import botocore.exceptions
import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import acm, elbv2, route53, wafv2
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences, find
from ansible_collections.groundswell.aws.plugins.module_utils.resource import owned

from ..fakes import OURS, FakeSession

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin"
ZONE = "Z0ABC"


class Region(FakeSession):
    region = "eu-west-1"
    partition = "aws"


class Secrets(Region):
    """A session whose Secrets Manager knows one secret."""

    def __init__(self, **values):
        self.values = values
        self.asked = 0

    def client(self, service, not_yet=(), region=None):
        assert (service, region) == ("secretsmanager", "eu-west-1")
        return self

    def get_secret_value(self, SecretId, VersionStage):
        self.asked += 1
        if VersionStage not in self.values:
            raise botocore.exceptions.ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.values[VersionStage]}


def balancers(session):
    rule = {"priority": 10, "conditions": [{"http_header": {"name": "X-Verify", "secret_arn": SECRET}}], "action": {"forward": "tg"}}
    listener = {"port": 443, "protocol": "HTTPS", "certificate_arn": "c", "default_action": {"fixed_response": {"status": 403}}, "rules": [rule]}
    item = {"name": "acme-dev-public", "scheme": "internet-facing", "subnet_ids": ["b", "a"], "security_group_ids": ["g"], "listeners": [listener]}
    kind = elbv2.LoadBalancers(session, {"items": [item]}, OURS)
    return kind, kind.normalise(item)


def header(*values):
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Verify", "Values": list(values)}}


# Load balancers


def test_a_header_is_compared_and_never_shown():
    session = Secrets(AWSCURRENT="new", AWSPREVIOUS="old")
    kind, item = balancers(session)
    declared = item["listeners"][0]["rules"][0]["conditions"][0]
    assert kind._condition(declared) == header("new", "old")
    assert kind._condition_state(header("new", "old")) == declared
    for stale in (("old",), ("new",), ("guess", "old")):
        state = kind._condition_state(header(*stale))
        assert state == {"http_header": {"name": "X-Verify", "secret_arn": ""}}
    assert session.asked == 3, "each value of a secret is fetched once"


def test_a_value_that_is_pending_is_taken_too():
    kind, item = balancers(Secrets(AWSCURRENT="old", AWSPENDING="new"))
    declared = item["listeners"][0]["rules"][0]["conditions"][0]
    assert kind._condition(declared) == header("old", "new")
    assert kind._condition_state(header("new", "old")) == declared


def test_a_secret_without_a_previous_value():
    kind, item = balancers(Secrets(AWSCURRENT="only"))
    assert kind._condition(item["listeners"][0]["rules"][0]["conditions"][0]) == header("only")


def test_actions_survive_the_way_to_aws_and_back():
    for action in (
        {"forward": "arn:tg"},
        {"redirect_to_https": True},
        {"fixed_response": {"status": 403, "content_type": "text/plain", "body": "Forbidden"}},
    ):
        assert elbv2._action_state([elbv2._action(action)]) == action


@pytest.mark.parametrize("name", ["internal-web", "-web", "web-", "a_b", "w" * 33])
def test_names_that_aws_would_refuse(name):
    kind, item = balancers(Region())
    assert kind.refuse({name: item})
    assert not kind.refuse({"acme-dev-public": item})


def test_https_without_certificate_is_refused():
    kind, item = balancers(Region())
    item["listeners"][0]["certificate_arn"] = None
    assert "certificate_arn" in kind.refuse({"acme-dev-public": item})[0]


def test_slow_start_goes_with_round_robin_only():
    kind = elbv2.TargetGroups(Region(), {}, OURS)
    item = {"name": "web", "slow_start": 60, "algorithm": "least_outstanding_requests"}
    assert "slow_start" in kind.refuse({"web": item})[0]
    assert not kind.refuse({"web": {**item, "slow_start": 0}})
    assert not kind.refuse({"web": {**item, "algorithm": "round_robin"}})


# Web ACLs


RULES = [
    {"name": "blocked", "priority": 10, "ip_set_arn": "arn:set"},
    {"name": "rate", "priority": 20, "rate_limit": {"limit": 2000, "window": 300, "forwarded_header": "X-Forwarded-For"}},
    {"name": "plain", "priority": 30, "action": "count", "rate_limit": {"limit": 2000}},
    {"name": "common", "priority": 40, "managed_group": {"vendor": "AWS", "name": "Common", "counted_rules": ["b", "a"]}},
    {"name": "sql", "priority": 50, "action": "count", "managed_group": {"name": "SQLi", "version": "Version_1.0", "vendor": "AWS"}},
]


def test_rules_survive_the_way_to_aws_and_back():
    kind = wafv2.WebAcls(Region(), {}, OURS)
    item = kind.normalise({"name": "a", "rules": RULES})
    state = {"scope": "REGIONAL", "rules": [wafv2._rule_state(wafv2._rule(rule)) for rule in item["rules"]]}
    assert differences(kind, item, state) == {}


def test_groups_have_override_actions_and_others_actions():
    kind = wafv2.WebAcls(Region(), {}, OURS)
    rules = {rule["name"]: wafv2._rule(rule) for rule in kind.normalise({"name": "a", "rules": RULES})["rules"]}
    assert rules["common"]["OverrideAction"] == {"None": {}}
    assert rules["sql"]["OverrideAction"] == {"Count": {}}
    assert rules["blocked"]["Action"] == {"Block": {}}
    assert not any("Action" in rule and "OverrideAction" in rule for rule in rules.values())


def test_what_our_options_cannot_say_is_a_difference():
    raw = {"Name": "rate", "Priority": 20, "Action": {"Block": {}}, "Statement": {"ByteMatchStatement": {}}}
    assert wafv2._rule_state(raw)["other"] == "ByteMatchStatement"


def test_the_edge_scope_elsewhere_is_refused():
    kind = wafv2.WebAcls(Region(), {}, OURS)
    assert "us-east-1" in kind.refuse({"a": kind.normalise({"name": "a", "scope": "CLOUDFRONT"})})[0]


# Certificates


def test_a_domain_and_its_wildcard_have_one_record():
    record = {"Name": "_x.acme.example.", "Type": "CNAME", "Value": "_y.acm-validations.aws."}
    raw = {"DomainValidationOptions": [{"DomainName": name, "ResourceRecord": record} for name in ("acme.example", "*.acme.example")]}
    assert acm._validation_records(raw) == [{"name": "_x.acme.example", "type": "CNAME", "value": "_y.acm-validations.aws"}]


class Acm(Region):
    """A session whose ACM holds certificates of one name, with a status each."""

    def __init__(self, *statuses):
        self.statuses = {f"arn:aws:acm:eu-west-1:123456789012:certificate/{number}": status for number, status in enumerate(statuses)}

    def client(self, service, not_yet=(), region=None):
        return self

    def get_paginator(self, operation):
        return self

    def paginate(self, Includes):
        assert "EC_prime256v1" in Includes["keyTypes"]
        return self

    def search(self, path):
        return [{"CertificateArn": arn} for arn in self.statuses]

    def list_tags_for_certificate(self, CertificateArn):
        return {"Tags": [{"Key": key, "Value": value} for key, value in {**OURS, "Name": "site"}.items()]}

    def describe_certificate(self, CertificateArn):
        status = self.statuses[CertificateArn]
        return {"Certificate": {"CertificateArn": CertificateArn, "DomainName": "acme.example", "KeyAlgorithm": "EC-prime256v1", "Status": status}}


def test_a_dead_certificate_does_not_stand_in_the_way():
    ours, _ = find(acm.Certificates(Acm("VALIDATION_TIMED_OUT", "ISSUED"), {}, OURS), ["site"])
    assert ours["site"].ready
    assert [name for name in ours if name != "site"] == ["site VALIDATION_TIMED_OUT 0"]
    ours, _ = find(acm.Certificates(Acm("VALIDATION_TIMED_OUT"), {}, OURS), ["site"])
    assert "site" not in ours, "so a new one is requested"


def test_the_algorithm_is_written_as_in_requests():
    ours, _ = find(acm.Certificates(Acm("ISSUED"), {}, OURS), ["site"])
    assert ours["site"].state["key_algorithm"] == "EC_prime256v1"


# Route 53


class Dns(Region):
    """A session whose Route 53 holds one zone."""

    def __init__(self, *records):
        self.records = list(records)
        self.batches = []

    def client(self, service, not_yet=(), region=None):
        return self

    class exceptions:
        class NoSuchHostedZone(Exception):
            pass

    def get_paginator(self, operation):
        return self

    def paginate(self, HostedZoneId):
        return self

    def search(self, path):
        return [dict(record) for record in self.records]

    def change_resource_record_sets(self, HostedZoneId, ChangeBatch):
        self.batches.append([(change["Action"], change["ResourceRecordSet"]["Name"], change["ResourceRecordSet"]["Type"]) for change in ChangeBatch["Changes"]])
        return {"ChangeInfo": {"Id": "/change/C1"}}


def address(name="www.acme.example", **more):
    return {"Name": name + ".", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}], **more}


def owner(name, tags=OURS):
    return {"Name": name + ".", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": route53._owner_value(tags)}]}


def records(*found, item=None):
    item = item or {"name": "www.acme.example A", "zone_id": ZONE, "values": ["192.0.2.1"], "ttl": 60}
    return route53.Records(Dns(*found), {"items": [item]}, OURS), item


def test_a_record_is_ours_by_the_text_beside_it():
    kind, item = records(address(), owner("_groundswell-a.www.acme.example"))
    ours, strangers = find(kind, [item["name"]])
    assert owned(ours[item["name"]].tags, OURS)
    assert differences(kind, item, ours[item["name"]].state) == {}
    assert not strangers


@pytest.mark.parametrize("beside", [[], [owner("_groundswell-a.www.acme.example", {**OURS, "Cell": "other"})], [owner("_groundswell-aaaa.www.acme.example")]])
def test_a_record_of_somebody_else_is_a_stranger(beside):
    kind, item = records(address(), *beside)
    ours, strangers = find(kind, [item["name"]])
    assert not ours
    assert list(strangers) == [item["name"]]
    assert "_groundswell-a.www.acme.example" in kind.hand_over(item["name"])


def test_a_record_and_its_owner_change_together():
    kind, item = records()
    kind.create(item["name"], item, OURS)
    assert kind.session.batches == [[("CREATE", "www.acme.example", "A"), ("UPSERT", "_groundswell-a.www.acme.example", "TXT")]]
    kind, item = records(address(), owner("_groundswell-a.www.acme.example"))
    kind.delete(find(kind, [item["name"]])[0][item["name"]])
    assert kind.session.batches == [[("DELETE", "www.acme.example", "A"), ("DELETE", "_groundswell-a.www.acme.example", "TXT")]]


@pytest.mark.parametrize(
    ("name", "companion"),
    [
        ("acme.example TXT", "_groundswell-txt.acme.example"),
        ("*.acme.example A", "_groundswell-a._any.acme.example"),
        ("origin.acme.example A primary", "_groundswell-a-primary.origin.acme.example"),
    ],
)
def test_where_the_owner_is_written(name, companion):
    assert route53._companion_name(name) == companion
    assert route53._REGISTRY.match(companion)


@pytest.mark.parametrize(
    "item",
    [
        {"name": "acme.example", "values": ["192.0.2.1"]},
        {"name": "acme.example SPF", "values": ["x"]},
        {"name": "acme.example A"},
        {"name": "acme.example A", "values": ["192.0.2.1"], "failover": "PRIMARY"},
        {"name": "ACME.example. A", "values": ["192.0.2.1"]},
    ],
)
def test_records_that_make_no_sense(item):
    kind, _ = records()
    assert kind.refuse({item["name"]: kind.normalise({**item, "zone_id": ZONE})})


def test_values_as_route53_holds_them():
    kind, _ = records()
    assert kind.normalise({"name": "a.example TXT", "values": ['v="1"']})["values"] == ['"v=\\"1\\""']
    assert kind.normalise({"name": "a.example CNAME", "values": ["B.Example."]})["values"] == ["b.example"]
    assert route53._plain("\\052.Acme.Example.") == "*.acme.example"


class Tagging(Region):
    """A session whose Route 53 has tags for no zone."""

    def client(self, service, not_yet=(), region=None):
        return self

    def list_tags_for_resources(self, ResourceType, ResourceIds):
        return {"ResourceTagSets": [{"ResourceId": one, "Tags": []} for one in ResourceIds]}


def test_what_a_killed_run_left_untagged_is_ours():
    kind = route53.Zones(Tagging(), {}, OURS)
    foreign = route53.Zones(Tagging(), {}, {**OURS, "Environment": "prod"})
    tags = kind.tags_of({"ours": kind.reference("acme.example"), "theirs": foreign.reference("acme.example"), "byhand": "2026-11-21"})
    assert owned(tags["ours"], OURS)
    assert not owned(tags["theirs"], OURS)
    assert not owned(tags["byhand"], OURS)


def test_a_caller_reference_is_new_each_time_and_short_enough():
    kind = route53.HealthChecks(Tagging(), {}, OURS)
    assert kind.reference("a") != kind.reference("a")
    assert len(kind.reference("a" * 200)) <= 64

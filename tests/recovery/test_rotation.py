# SPDX-License-Identifier: GPL-3.0-or-later
"""All secrets of a site with two regions, exchanged while it is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from accounts import secrets
from pairs import AWAY, HOME, NAME, Pair

DOCUMENT = f"{NAME}-rotate-secrets"
HEADER, APPLICATION, TOKEN = f"{NAME}-origin_header", f"{NAME}-database-application", f"{NAME}-cache_auth"


@pytest.fixture(scope="module")
def pair(two_regions: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_regions.copy(tmp_path_factory.mktemp("rotation")) as copy, copy.visited():
        yield copy


def taken(pair: Pair, region: str) -> list[str]:
    """The headers that the public load balancer of a region takes."""
    elb = pair.client("elbv2", region)
    (arn,) = [one["LoadBalancerArn"] for one in elb.describe_load_balancers()["LoadBalancers"] if one["Scheme"] == "internet-facing"]
    rules = [rule for one in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] for rule in elb.describe_rules(ListenerArn=one["ListenerArn"])["Rules"]]
    return [value for rule in rules for one in rule["Conditions"] if one["Field"] == "http-header" for value in one["HttpHeaderConfig"]["Values"]]


def sent(pair: Pair) -> list[str]:
    """What the edge sends."""
    client = pair.client("cloudfront", "us-east-1")
    numbers = [one["Id"] for one in client.list_distributions()["DistributionList"]["Items"] if one["Comment"].endswith("-site")]
    origins = client.get_distribution_config(Id=numbers[0])["DistributionConfig"]["Origins"]["Items"]
    return [header["HeaderValue"] for one in origins for header in one.get("CustomHeaders", {}).get("Items", [])]


def steps(pair: Pair) -> list[str]:
    """What servers were asked to do, in order, each once."""
    commands = [one for one in pair.simulator.door("command") if one["document"] == DOCUMENT]
    return list(dict.fromkeys(one["parameters"]["step"][0] for one in commands))


def stages(pair: Pair, name: str) -> list[str]:
    """Of a secret in the region that serves."""
    versions = pair.client("secretsmanager", HOME).list_secret_version_ids(SecretId=name)["Versions"]
    return [stage for one in versions for stage in one["VersionStages"]]


def order(calls: list[dict[str, Any]]) -> list[str]:
    """The operations that change who takes and who sends what."""
    watched = {"PutSecretValue", "UpdateSecretVersionStage", "ModifyRule", "UpdateDistribution", "ModifyReplicationGroup"}
    found = [call["operation"] for call in calls if call["operation"] in watched]
    return [one for one, before in zip(found, ["", *found], strict=False) if one != before]


@pytest.mark.long
def test_what_cannot_be_rotated(pair: Pair) -> None:
    run = pair.run("rotate_secrets", "-e", json.dumps({"rotate_only": ["databse"]}))
    assert run.code != 0
    assert "Got no match for: databse" in " ".join(run.output.split())
    assert run.mutating == []


@pytest.mark.long
def test_a_look(pair: Pair) -> None:
    run = pair.run("rotate_secrets", "--check").succeeded()
    assert run.mutating == []
    assert "cache_auth, origin_header" in " ".join(run.output.split()) or "origin_header, cache_auth" in " ".join(run.output.split())


def test_all_of_them(pair: Pair) -> None:
    """A server that cannot fetch stops it while both are still taken, and the next run goes on with the same values."""
    before = secrets(pair.simulator, HOME)
    assert taken(pair, HOME) == taken(pair, AWAY) == sent(pair) == [before[HEADER]]
    pair.simulator.door("command", {"document": DOCUMENT, "status": "Failed", "error": "the database cannot be asked"})
    ended = pair.run("rotate_secrets", "-vvv")
    assert ended.code != 0
    assert order(ended.calls) == [
        # The header, the master, and what servers log in with.
        "PutSecretValue", "ModifyRule", "UpdateSecretVersionStage", "UpdateDistribution", "UpdateSecretVersionStage", "ModifyRule",
        "PutSecretValue", "UpdateSecretVersionStage", "PutSecretValue", "ModifyReplicationGroup", "UpdateSecretVersionStage",
    ]  # fmt: skip
    middle = secrets(pair.simulator, HOME)
    assert [name for name in before if before[name] == middle[name]] == []
    assert all(set(stages(pair, name)) == {"AWSCURRENT", "AWSPREVIOUS"} for name in before if name in (APPLICATION, TOKEN))

    pair.simulator.door("command", {"document": DOCUMENT})
    run = pair.run("rotate_secrets", "-vvv", "-e", json.dumps({"rotate_only": ["database", "cache_auth"]})).succeeded()
    after = secrets(pair.simulator, HOME)
    assert after == middle
    assert order(run.calls) == ["ModifyReplicationGroup", "UpdateSecretVersionStage"]
    assert steps(pair) == ["refresh"]
    assert all(set(stages(pair, name)) == {"AWSCURRENT"} for name in before)
    # The users of the database took turns.
    assert [json.loads(one[APPLICATION])["username"] for one in (before, after)] == ["app_a", "app_b"]

    assert taken(pair, HOME) == taken(pair, AWAY) == sent(pair) == [after[HEADER]]
    told = json.dumps(pair.told("rotate_secrets"))
    for values in (before, after):
        for value in values.values():
            canaries = [json.loads(value)["password"]] if value.startswith("{") else [value]
            assert not [one for one in canaries if one in ended.output + run.output + told]

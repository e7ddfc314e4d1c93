# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets exchanged while they are used: both values are accepted before anybody sends the new one, and the old one until nobody sends it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.rotation import (
    accept_header,
    ages,
    living_values,
    rotate,
    schedule,
    send_header,
    set_token,
)
from botocore.exceptions import ClientError
from conftest import REGION, Module
from simulated import Simulated

NAME, HEADER = "acme-dev-origin_header", "X-Origin-Verify"
FIRST = "first-canary-4711-first-canary-4711"


def secret(simulator: Simulated, value: str = FIRST, **more: Any) -> str:
    """The ARN of a secret with one value."""
    return str(simulator.client("secretsmanager").create_secret(Name=NAME, SecretString=value, **more)["ARN"])


def session(simulator: Simulated, check_mode: bool = False) -> Session:
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    return Session(module)


def brought(simulator: Simulated, arn: str, state: str, **more: Any) -> list[Any]:
    return rotate(session(simulator), {"secret": arn, "state": state, "key": "password", "wait_timeout": 60, **more})


def value(simulator: Simulated, stage: str = "AWSCURRENT") -> str:
    """What the secret says, None where it has no such stage."""
    client = simulator.client("secretsmanager")
    try:
        return str(client.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return ""


def test_the_stages_of_a_secret(simulator: Simulated) -> None:
    """Each once, in their order; whoever asks for no stage gets the old value until the new one is promoted."""
    arn = secret(simulator)
    assert rotate(session(simulator, check_mode=True), {"secret": arn, "state": "prepared", "key": "password", "wait_timeout": 1})
    assert value(simulator, "AWSPENDING") == ""
    changes = brought(simulator, arn, "prepared")
    new = value(simulator, "AWSPENDING")
    assert new.isalnum()
    assert len(new) == len(FIRST)
    assert new not in json.dumps(changes)
    assert brought(simulator, arn, "prepared") == []
    assert (value(simulator), value(simulator, "AWSPENDING")) == (FIRST, new)
    with pytest.raises(Problem, match="nobody uses yet"):
        brought(simulator, arn, "retired")
    assert brought(simulator, arn, "promoted")
    assert (value(simulator), value(simulator, "AWSPREVIOUS"), value(simulator, "AWSPENDING")) == (new, FIRST, "")
    assert simulator.client("secretsmanager").get_secret_value(SecretId=NAME)["SecretString"] == new
    # Ended here and begun again: no third value comes while the first one is still accepted.
    assert brought(simulator, arn, "prepared") == []
    assert brought(simulator, arn, "promoted") == []
    assert brought(simulator, arn, "retired")
    assert (value(simulator), value(simulator, "AWSPREVIOUS")) == (new, "")
    assert brought(simulator, arn, "retired") == []


def test_users_who_take_turns(simulator: Simulated) -> None:
    arn = secret(simulator, json.dumps({"username": "app_a", "password": FIRST}))
    turns = {"users": ["app_a", "app_b"]}
    for user in ("app_b", "app_a"):
        before = json.loads(value(simulator))
        for state in ("prepared", "promoted", "retired"):
            assert brought(simulator, arn, state, **turns)
        assert json.loads(value(simulator))["username"] == user
        assert json.loads(value(simulator))["password"] != before["password"]
    with pytest.raises(Problem, match="names a user that is none of other, another, who take turns"):
        brought(simulator, arn, "prepared", users=["other", "another"])


ROTATES = """
import boto3
def handler(event, _):
    client, arn, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="rotated-by-itself", VersionStages=["AWSPENDING"])
    elif event["Step"] == "finishSecret":
        stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        (current,) = [version for version, names in stages.items() if "AWSCURRENT" in names]
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def test_a_schedule(simulator: Simulated) -> None:
    """Set once, with nothing rotated; Secrets Manager may call the function for this secret, and does when the time has come."""
    arn, client = secret(simulator, Tags=[{"Key": "Project", "Value": "acme"}]), simulator.client("secretsmanager")
    ours = {"tags": {"Project": "acme"}}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = simulator.client("iam").create_role(RoleName="rotates", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("app.py", ROTATES)
    function = simulator.client("lambda").create_function(
        FunctionName="rotates", Role=role, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": whole.getvalue()}, Timeout=30
    )["FunctionArn"]
    with pytest.raises(ClientError, match="cannot invoke the specified Lambda function"):
        client.rotate_secret(SecretId=arn, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30})
    wanted = {"secret": arn, "function_arn": function, "days": 30}
    assert schedule(session(simulator), {**wanted, "days": 0}) == []
    assert schedule(session(simulator, check_mode=True), wanted)
    assert schedule(session(simulator), wanted)
    assert schedule(session(simulator), wanted) == []
    assert value(simulator) == FIRST
    assert value(simulator, "AWSPENDING") == ""
    (age,) = ages(session(simulator), {**ours, "max_days": 90})
    assert (age["name"], age["days"], age["old"], age["every"]) == (NAME, 0, False, 30)
    assert ages(session(simulator), {**ours, "max_days": -1})[0]["old"]
    assert ages(session(simulator), {"tags": {"Project": "other"}, "max_days": 1}) == []
    client.rotate_secret(SecretId=arn)
    assert (value(simulator), value(simulator, "AWSPREVIOUS")) == ("rotated-by-itself", FIRST)
    # Somebody took the permission away: without it nothing would rotate, and nobody would say so.
    simulator.client("lambda").remove_permission(FunctionName="rotates", StatementId="secretsmanager")
    assert schedule(session(simulator), wanted)
    assert schedule(session(simulator), {**wanted, "days": 0})
    assert schedule(session(simulator), {**wanted, "days": 0}) == []
    assert not client.describe_secret(SecretId=arn).get("RotationEnabled")


def test_a_value_that_is_not_shown_yet_is_waited_for(simulator: Simulated) -> None:
    """A load balancer that did not see it would refuse what the edge sends next."""
    arn, shown = secret(simulator), []
    late = session(simulator)
    client = late.client("secretsmanager", region=REGION)
    read = client.get_secret_value

    def get(**asked: Any) -> Any:
        if asked["VersionStage"] == "AWSPENDING" and len(shown) < 2:
            shown.append(asked)
            raise client.exceptions.ResourceNotFoundException({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return read(**asked)

    client.get_secret_value = get
    waited: list[float] = []
    rotate(late, {"secret": arn, "state": "prepared", "key": "password", "wait_timeout": 60}, waited.append)
    assert (len(shown), len(waited)) == (2, 2)


def test_of_a_document_one_member_is_new(simulator: Simulated) -> None:
    arn = secret(simulator, json.dumps({"username": "admin", "password": FIRST}))
    brought(simulator, arn, "prepared")
    new = json.loads(value(simulator, "AWSPENDING"))
    assert new["username"] == "admin"
    assert new["password"] != FIRST
    assert len(new["password"]) == len(FIRST)
    with pytest.raises(Problem, match="a document without token"):
        rotate(session(simulator), {"secret": secret_without_token(simulator), "state": "prepared", "key": "token", "wait_timeout": 1})


def secret_without_token(simulator: Simulated) -> str:
    return str(simulator.client("secretsmanager").create_secret(Name="acme-dev-other", SecretString='{"a": "b"}')["ARN"])


@pytest.fixture
def balancer(simulator: Simulated) -> str:
    """The ARN of the rule of a load balancer that asks for the header, and for a path."""
    ec2, elb = simulator.client("ec2"), simulator.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    arn = elb.create_load_balancer(Name="acme-dev-public", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    refusal = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
    listener = elb.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=refusal)["Listeners"][0]["ListenerArn"]
    conditions = [
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": HEADER, "Values": [FIRST]}},
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a*"]}},
    ]
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    return str(elb.create_rule(ListenerArn=listener, Priority=10, Conditions=conditions, Actions=answer)["Rules"][0]["RuleArn"])


def conditions(simulator: Simulated, rule: str) -> dict[str, list[str]]:
    found = simulator.client("elbv2").describe_rules(RuleArns=[rule])["Rules"][0]["Conditions"]
    return {one["Field"]: one.get("HttpHeaderConfig", one.get("PathPatternConfig"))["Values"] for one in found}


def test_a_load_balancer_takes_both_and_then_one(simulator: Simulated, balancer: str) -> None:
    arn, waited = secret(simulator), []
    options = {"load_balancer": "acme-dev-public", "header": HEADER.lower(), "secret": arn, "settle_seconds": 60}
    assert accept_header(session(simulator), options, waited.append) == []
    brought(simulator, arn, "prepared")
    assert accept_header(session(simulator, check_mode=True), options, waited.append)
    assert conditions(simulator, balancer)["http-header"] == [FIRST]
    changes = accept_header(session(simulator), options, waited.append)
    both = conditions(simulator, balancer)
    assert sorted(both["http-header"]) == sorted([FIRST, value(simulator, "AWSPENDING")])
    assert both["path-pattern"] == ["/a*"]
    assert waited == [60]
    assert not [one for one in both["http-header"] if one in json.dumps(changes)]
    # To be promoted changes nothing for who accepts both.
    brought(simulator, arn, "promoted")
    assert accept_header(session(simulator), options, waited.append) == []
    brought(simulator, arn, "retired")
    accept_header(session(simulator), options, waited.append)
    assert conditions(simulator, balancer)["http-header"] == [value(simulator)]
    with pytest.raises(Problem, match="asks for the header X-Other"):
        accept_header(session(simulator), {**options, "header": "X-Other"}, waited.append)


def test_a_distribution_sends_the_current_value_everywhere(simulator: Simulated) -> None:
    """The value alone changes, and the wait is for all locations."""
    arn, client = secret(simulator), simulator.client("cloudfront", "us-east-1")
    origin = {
        "Id": "site", "DomainName": "origin.example.com", "OriginPath": "", "CustomHeaders": {
            "Quantity": 2, "Items": [{"HeaderName": HEADER, "HeaderValue": FIRST}, {"HeaderName": "X-Other", "HeaderValue": "kept"}]},
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }  # fmt: skip
    behavior = {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"}
    config = {
        "CallerReference": "a", "Comment": "acme-dev-site", "Enabled": True, "Origins": {"Quantity": 1, "Items": [origin]}, "DefaultCacheBehavior": behavior,
    }  # fmt: skip
    number = client.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    options = {"distribution": number, "header": HEADER, "secret": arn, "wait_timeout": 60}
    assert send_header(session(simulator), options) == []
    brought(simulator, arn, "prepared")
    assert send_header(session(simulator), options) == []
    brought(simulator, arn, "promoted")
    before = client.get_distribution_config(Id=number)["DistributionConfig"]
    assert send_header(session(simulator, check_mode=True), options)
    changes = send_header(session(simulator), options)
    after = client.get_distribution_config(Id=number)["DistributionConfig"]
    headers = {one["HeaderName"]: one for one in after["Origins"]["Items"][0]["CustomHeaders"]["Items"]}
    assert (headers[HEADER]["HeaderValue"], headers["X-Other"]["HeaderValue"]) == (value(simulator), "kept")
    assert value(simulator) not in json.dumps(changes)
    headers[HEADER]["HeaderValue"] = FIRST
    assert after == before
    with pytest.raises(Problem, match="sends no header X-Third"):
        send_header(session(simulator), {**options, "header": "X-Third"})


def test_a_cache_takes_both_tokens_and_then_one(simulator: Simulated) -> None:
    arn, client = secret(simulator), simulator.client("elasticache")
    client.create_replication_group(
        ReplicationGroupId="acme-dev", ReplicationGroupDescription="d", Engine="valkey", CacheNodeType="cache.t4g.micro",
        TransitEncryptionEnabled=True, AuthToken=FIRST, NumCacheClusters=1,
    )  # fmt: skip
    options = {"replication_group": "acme-dev", "secret": arn, "wait_timeout": 60}
    assert set_token(session(simulator), {**options, "state": "both"}) == []
    brought(simulator, arn, "prepared")
    changes = set_token(session(simulator), {**options, "state": "both"})
    assert value(simulator, "AWSPENDING") not in json.dumps(changes)
    with pytest.raises(ClientError, match="only allowed after ROTATE"):
        client.modify_replication_group(ReplicationGroupId="acme-dev", AuthToken="B" * 32, AuthTokenUpdateStrategy="SET")
    assert set_token(session(simulator), {**options, "state": "current"}) == []
    brought(simulator, arn, "promoted")
    assert set_token(session(simulator), {**options, "state": "both"}) == []
    assert set_token(session(simulator), {**options, "state": "current"})
    # The token that came first is known to the cache no more.
    with pytest.raises(ClientError, match="only allowed after ROTATE"):
        client.modify_replication_group(ReplicationGroupId="acme-dev", AuthToken=FIRST, AuthTokenUpdateStrategy="SET")
    client.modify_replication_group(ReplicationGroupId="acme-dev", AuthToken=value(simulator), AuthTokenUpdateStrategy="SET")
    assert len(living_values(session(simulator), arn)) == 2

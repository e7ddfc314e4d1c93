# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP APIs and who may invoke functions: made, changed, closed and removed, and nothing done twice."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import (
    ApiMappings,
    Apis,
    Authorizers,
    DomainNames,
    Integrations,
    Routes,
    Stages,
)
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_permissions import Permissions
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from certificates import certificate

REGION = "eu-west-1"
OURS = {"Project": "acme", "Environment": "dev", "Cell": "dev-1", "ManagedBy": "groundswell", "Layer": "functions"}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
API = {"name": "acme-dev-app", "cors": {"allow_origins": ["https://acme.test"], "allow_methods": ["GET"]}, "default_endpoint": True}
KINDS = (Apis, Authorizers, Integrations, Routes, Stages)


@pytest.fixture
def function(simulator: Any) -> str:
    role = simulator.client("iam").create_role(RoleName="acme", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("app.py", "")
    client = simulator.client("lambda")
    code = {"Code": {"ZipFile": whole.getvalue()}, "Runtime": "python3.13", "Handler": "app.handler"}
    # Of another layer than what asks it.
    client.create_function(FunctionName="acme-dev-api", Role=role, Tags=OURS, **code)
    client.publish_version(FunctionName="acme-dev-api")
    return str(client.create_alias(FunctionName="acme-dev-api", Name="live", FunctionVersion="1")["AliasArn"])


@pytest.fixture
def whole(simulator: Any, function: str) -> list[list[dict[str, Any]]]:
    """What is declared, by kind."""
    simulator.client("logs").create_log_group(logGroupName="/acme/dev/api")
    pool = simulator.client("cognito-idp").create_user_pool(PoolName="users")["UserPool"]["Id"]
    log = {"access_log_arn": f"arn:aws:logs:{REGION}:123456789012:log-group:/acme/dev/api", "access_log_format": '{"id": "$context.requestId"}'}
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
    limits = [{"route": "GET /items", "rate": 5, "burst": 10}]
    return [
        [dict(API)],
        [{"name": "acme-dev-app/users", "issuer": issuer, "audiences": ["a"], "identity_sources": ["$request.header.A"]}],
        [{"name": "acme-dev-app/api", "function_arn": function, "timeout_seconds": 10.0}],
        [
            {"name": "acme-dev-app/GET /items", "integration": "api", "authorizer": "users", "scopes": ["read"], "operation": "listItems"},
            {"name": "acme-dev-app/GET /health", "integration": "api", "authorizer": "", "scopes": []},
        ],
        [{"name": "acme-dev-app/$default", "rate_limit": 50.0, "burst_limit": 100, "route_limits": limits, "variables": {"colour": "blue"}, **log}],
    ]  # fmt: skip


def test_an_api_is_made_and_stays(simulator: Any, keep: Callable[..., Result], whole: list[list[dict[str, Any]]]) -> None:
    for kind, items in zip(KINDS, whole, strict=True):
        planned = keep(kind, items, check_mode=True)
        assert [change.action for change in planned.changes] == ["create"] * len(items)
    for kind, items in zip(KINDS, whole, strict=True):
        keep(kind, items)
    for kind, items in zip(KINDS, whole, strict=True):
        assert keep(kind, items).changed is False, kind
    apis, (found,) = simulator.client("apigatewayv2"), simulator.client("apigatewayv2").get_apis()["Items"]
    routes = {route["RouteKey"]: route for route in apis.get_routes(ApiId=found["ApiId"])["Items"]}
    assert routes["GET /items"]["AuthorizationType"] == "JWT" and routes["GET /items"]["AuthorizationScopes"] == ["read"]
    assert routes["GET /health"]["AuthorizationType"] == "NONE"
    (stage,) = apis.get_stages(ApiId=found["ApiId"])["Items"]
    assert stage["RouteSettings"]["GET /items"]["ThrottlingBurstLimit"] == 10 and stage["AutoDeploy"] is True and stage["Tags"]["Layer"] == "test"

    # What is declared otherwise is changed; a route that is declared no more is closed, the limits of another are lifted.
    bare = [{**API, "cors": {}, "default_endpoint": False}]
    assert keep(Apis, bare).changes[0].options == ["cors", "default_endpoint"] and keep(Apis, bare).changed is False
    changed = keep(Routes, [{**whole[3][0], "authorizer": "", "scopes": []}])
    assert [(change.name, change.action) for change in changed.changes] == [
        ("acme-dev-app/GET /items", "update"),
        ("acme-dev-app/GET /health", "remove"),
    ]
    stage_item = {**whole[4][0], "route_limits": [], "variables": {}, "access_log_arn": "", "rate_limit": 20.0}
    assert keep(Stages, [stage_item]).changed is True and keep(Stages, [stage_item]).changed is False
    (stage,) = apis.get_stages(ApiId=found["ApiId"])["Items"]
    assert stage["RouteSettings"] == stage["StageVariables"] == {} and "AccessLogSettings" not in stage

    # What a route names stays, and says so; with the API all goes.
    assert keep(Integrations, [], remove=("*",)).in_use == ["acme-dev-app/api"]
    for kind in reversed(KINDS):
        keep(kind, [], remove=("*",))
    assert apis.get_apis()["Items"] == []


def test_a_function_lets_in_what_is_declared(simulator: Any, keep: Callable[..., Result], function: str) -> None:
    item = {
        "name": "acme-dev-api:live/test-api",
        "principal": "apigateway.amazonaws.com",
        "action": "lambda:InvokeFunction",
        "source_arn": "arn:aws:execute-api:eu-west-1:123456789012:a/*",
    }
    client = simulator.client("lambda")
    client.add_permission(FunctionName="acme-dev-api", Qualifier="live", StatementId="other", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    assert keep(Permissions, [item]).changes[0].action == "create" and keep(Permissions, [item]).changed is False
    assert keep(Permissions, [{**item, "source_arn": "arn:aws:execute-api:eu-west-1:123456789012:b/*"}]).changes[0].action == "replace"
    statements = json.loads(client.get_policy(FunctionName="acme-dev-api", Qualifier="live")["Policy"])["Statement"]
    assert {one["Sid"]: one.get("Condition") for one in statements} == {
        "other": None,
        "test-api": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:eu-west-1:123456789012:b/*"}},
    }
    with pytest.raises(Problem, match="begin with test-"):
        keep(Permissions, [{**item, "name": "acme-dev-api:live/mine"}])
    assert keep(Permissions, [], remove=("*",)).changes[0].name == item["name"]
    statements = json.loads(client.get_policy(FunctionName="acme-dev-api", Qualifier="live")["Policy"])["Statement"]
    assert [one["Sid"] for one in statements] == ["other"]


def test_a_domain_leads_to_a_stage(simulator: Any, keep: Callable[..., Result]) -> None:
    acm, apis = simulator.client("acm"), simulator.client("apigatewayv2")
    one, other = (acm.import_certificate(Certificate=body, PrivateKey=key)["CertificateArn"] for body, key in (certificate("*.acme.test") for _ in range(2)))
    keep(Apis, [API])
    keep(Stages, [{"name": "acme-dev-app/$default"}])
    domain, mapping = {"name": "api.acme.test", "certificate_arn": one}, {"name": "api.acme.test/", "api": "acme-dev-app", "stage": "$default"}
    found = keep(DomainNames, [domain]).resources["api.acme.test"].outputs
    assert found["target"].endswith(f".execute-api.{REGION}.amazonaws.com") and found["zone_id"]
    assert keep(DomainNames, [domain]).changed is False
    assert keep(DomainNames, [{**domain, "certificate_arn": other}]).changes[0].options == ["certificate_arn"]
    assert keep(ApiMappings, [mapping]).changed is True and keep(ApiMappings, [mapping]).changed is False
    (made,) = apis.get_api_mappings(DomainName="api.acme.test")["Items"]
    assert (made["Stage"], made.get("ApiMappingKey", "")) == ("$default", "")
    for kind in (ApiMappings, DomainNames, Apis):
        keep(kind, [], remove=("*",))
    assert apis.get_domain_names()["Items"] == apis.get_apis()["Items"] == []


def test_what_cannot_be(keep: Callable[..., Result]) -> None:
    for kind, item, words in (
        (Apis, {"name": "acme-dev-app", "cors": {"allow_origins": ["*"], "allow_credentials": True}}, "every origin"),
        (Integrations, {"name": "acme-dev-app/api", "function_arn": "a", "timeout_seconds": 31.0}, "from 0.05 to 30"),
        (Routes, {"name": "acme-dev-app/GET /x", "integration": "api", "scopes": ["a"]}, "without an authorizer"),
        (Stages, {"name": "acme-dev-app/$default", "rate_limit": 5.0}, "go together"),
        (Stages, {"name": "acme-dev-app/$default", "access_log_arn": "a", "access_log_format": "b"}, "requestId"),
    ):
        with pytest.raises(Problem, match=words):
            keep(kind, [item])

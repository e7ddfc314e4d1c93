# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP APIs: what a real account refuses of them, and requests that travel: route, limits, token, the function's policy, the function, and back."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from certificates import certificate
from simulated import InProcess

from simulator import gateway
from simulator.answer import Answer
from simulator.request import Request

REGION, PASSWORD = "eu-west-1", "Correct-Horse-7"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
CODE = """
import time
def handler(event, context):
    do = (event.get("queryStringParameters") or {}).get("do", "")
    if do == "fail":
        raise ValueError("no luck")
    if do == "sleep":
        time.sleep(20)
    if do == "wrong":
        return {"statusCode": "well"}
    if do == "plain":
        return {"seen": True}
    if do == "cookies":
        return {"statusCode": 201, "body": "aGk=", "isBase64Encoded": True, "cookies": ["a=1", "b=2"], "headers": {"Access-Control-Allow-Origin": "nobody"}}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": __import__("json").dumps(event)}
"""


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return str(raised.value.response["Error"]["Code"])


class World:
    """A pool, a function under an alias, and an API that asks it."""

    def __init__(self, aws: InProcess) -> None:
        self.aws, self.core = aws, aws.core
        self.apis, self.functions, self.idp = (aws.client(service, REGION) for service in ("apigatewayv2", "lambda", "cognito-idp"))
        role = aws.client("iam").create_role(RoleName="acme", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("app.py", CODE)
        settings = {"Runtime": "python3.13", "Handler": "app.handler", "Timeout": 30}
        self.functions.create_function(FunctionName="acme", Role=role, Code={"ZipFile": whole.getvalue()}, **settings)
        self.functions.publish_version(FunctionName="acme")
        self.function = self.functions.create_alias(FunctionName="acme", Name="live", FunctionVersion="1")["AliasArn"]
        self.pool, self.client = self.new_pool()
        self.api = self.apis.create_api(Name="acme", ProtocolType="HTTP")["ApiId"]
        self.integration = self.apis.create_integration(
            ApiId=self.api, IntegrationType="AWS_PROXY", IntegrationUri=self.function, PayloadFormatVersion="2.0", TimeoutInMillis=30000
        )["IntegrationId"]
        self.authorizer = self.apis.create_authorizer(
            ApiId=self.api, Name="users", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": self.issuer(self.pool), "Audience": [self.client]},
        )["AuthorizerId"]  # fmt: skip
        self.apis.create_stage(ApiId=self.api, StageName="$default", AutoDeploy=True)

    def new_pool(self) -> tuple[str, str]:
        pool = self.idp.create_user_pool(PoolName="users")["UserPool"]["Id"]
        client = self.idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"])
        self.idp.create_group(UserPoolId=pool, GroupName="providers")
        self.idp.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
        self.idp.admin_set_user_password(UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True)
        self.idp.admin_add_user_to_group(UserPoolId=pool, Username="ann", GroupName="providers")
        return pool, client["UserPoolClient"]["ClientId"]

    def token(self, pool: str, client: str, kind: str = "AccessToken") -> str:
        given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
        answer = self.idp.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=given)
        return str(answer["AuthenticationResult"][kind])

    @staticmethod
    def issuer(pool: str) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"

    def route(self, key: str, jwt: bool = False, **more: Any) -> str:
        guarded = {"AuthorizationType": "JWT", "AuthorizerId": self.authorizer} if jwt else {}
        made = self.apis.create_route(ApiId=self.api, RouteKey=key, Target=f"integrations/{self.integration}", **guarded, **more)
        return str(made["RouteId"])

    def permit(self, source: str = "*/*", account: str = "123456789012") -> None:
        self.functions.add_permission(
            FunctionName="acme", Qualifier="live", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{account}:{self.api}/{source}",
        )  # fmt: skip

    def ask(self, path: str, method: str = "GET", body: bytes = b"", host: str = "", **headers: str) -> Answer:
        host = host or f"{self.api}.execute-api.{REGION}.amazonaws.com"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = gateway.answer(self.core, Request.from_primitives(method, f"http://{host}{path}", sent, body))
        assert answer is not None
        return answer

    def event(self, *args: Any, **more: Any) -> Any:
        answer = self.ask(*args, **more)
        assert answer.status == 200, answer
        return json.loads(answer.body)


@pytest.fixture
def world() -> World:
    return World(InProcess())


def said(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["message"]


def test_a_request_reaches_the_function_and_comes_back(world: World) -> None:
    world.permit()
    world.route("GET /items/{id}", jwt=True)
    world.route("POST /items")
    token = world.token(world.pool, world.client)
    event = world.event("/items/a%20b?one=1&two=2&one=3", authorization=f"Bearer {token}", cookie="x=1; y=2", user_agent="app/1")
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "GET /items/{id}", "/items/a b")
    assert event["rawQueryString"] == "one=1&two=2&one=3" and event["queryStringParameters"] == {"one": "1,3", "two": "2"}
    assert event["cookies"] == ["x=1", "y=2"] and "cookie" not in event["headers"] and event["headers"]["user-agent"] == "app/1"
    assert event["pathParameters"] == {"id": "a b"} and event["isBase64Encoded"] is False and "body" not in event
    context = event["requestContext"]
    assert context["http"] == {"method": "GET", "path": "/items/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "app/1"}
    assert (context["stage"], context["routeKey"], context["apiId"], context["domainPrefix"]) == ("$default", "GET /items/{id}", world.api, world.api)
    claims = context["authorizer"]["jwt"]
    assert claims["claims"]["cognito:groups"] == "[providers]" and claims["claims"]["client_id"] == world.client and claims["scopes"] is None
    assert all(isinstance(value, str) for value in claims["claims"].values())
    assert world.event("/items", "POST", b'{"a": 1}', content_type="application/json")["body"] == '{"a": 1}'
    sent = world.event("/items", "POST", b"\xff\x00", content_type="image/png")
    assert sent["isBase64Encoded"] is True and base64.b64decode(sent["body"]) == b"\xff\x00"
    plain = world.ask("/items?do=plain", "POST")
    assert (plain.status, plain.headers["content-type"], json.loads(plain.body)) == (200, "application/json", {"seen": True})
    cookies = world.ask("/items?do=cookies", "POST")
    assert (cookies.status, cookies.body, cookies.cookies) == (201, b"hi", ["a=1", "b=2"])


def test_tokens_are_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.permit()
    world.route("GET /mine", jwt=True)
    world.route("GET /scoped", jwt=True, AuthorizationScopes=["api/read"])
    access, identity = (world.token(world.pool, world.client, kind) for kind in ("AccessToken", "IdToken"))
    for good in (f"Bearer {access}", access, identity):
        assert world.ask("/mine", authorization=good).status == 200
    assert said(world.ask("/scoped", authorization=access)) == (403, "Forbidden")

    def error(authorization: str) -> str:
        answer = world.ask("/mine", authorization=authorization)
        assert said(answer) == (401, "Unauthorized")
        return answer.headers["www-authenticate"]

    assert world.ask("/mine").headers["www-authenticate"] == "Bearer" and said(world.ask("/mine")) == (401, "Unauthorized")
    header, payload, signature = access.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "somebody"}).encode()).rstrip(b"=").decode()
    none = base64.urlsafe_b64encode(b'{"alg": "none"}').rstrip(b"=").decode()
    assert "signature is invalid" in error(f"{header}.{changed}.{signature}")
    assert "signing method" in error(f"{none}.{payload}.")
    assert "malformed" in error("nonsense")
    assert "signature is invalid" in error(world.token(*world.new_pool()))  # another pool's
    other = world.idp.create_user_pool_client(UserPoolId=world.pool, ClientName="b", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"])
    assert "valid audience" in error(world.token(world.pool, other["UserPoolClient"]["ClientId"]))
    now = world.core.clock()
    monkeypatch.setattr(world.core, "clock", lambda: now + 3601)
    assert "expired" in error(access)
    monkeypatch.setattr(world.core, "clock", lambda: now - 600)
    assert "not valid yet" in error(access)


def test_only_whom_its_policy_lets_in(world: World) -> None:
    route = world.route("GET /open/{id}")
    assert said(world.ask("/open/1")) == (500, "Internal Server Error")
    world.permit("*/GET/other")
    assert world.ask("/open/1").status == 500
    assert refused(world.permit) == "ResourceConflictException"
    world.functions.remove_permission(FunctionName="acme", Qualifier="live", StatementId="api")
    world.permit("*/GET/open/{id}")
    assert world.ask("/open/1").status == 200
    # The policy is the alias's, whatever version it leads to.
    (statement,) = json.loads(world.functions.get_policy(FunctionName="acme", Qualifier="live")["Policy"])["Statement"]
    assert statement["Resource"] == world.function and statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert refused(world.functions.get_policy, FunctionName="acme") == "ResourceNotFoundException"
    world.apis.delete_route(ApiId=world.api, RouteId=route)
    assert said(world.ask("/open/1")) == (404, "Not Found")


def test_the_most_particular_route(world: World) -> None:
    world.permit()
    for key in ("GET /a/{id}", "ANY /a/b", "GET /a/{proxy+}", "ANY /{proxy+}", "POST /a/b"):
        world.route(key)

    def key(path: str, method: str = "GET") -> tuple[str, Any]:
        event = world.event(path, method)
        return event["routeKey"], event.get("pathParameters")

    assert key("/a/b") == ("ANY /a/b", None) and key("/a/b", "POST") == ("POST /a/b", None)
    assert key("/a/c") == ("GET /a/{id}", {"id": "c"}) and key("/a/c/d") == ("GET /a/{proxy+}", {"proxy": "c/d"})
    assert key("/b", "PUT") == ("ANY /{proxy+}", {"proxy": "b"})
    assert said(world.ask("/")) == (404, "Not Found")
    world.route("$default")
    assert key("/") == ("$default", None)


def test_what_goes_wrong_behind(world: World) -> None:
    world.permit()
    world.route("GET /x")
    assert said(world.ask("/x?do=fail")) == (500, "Internal Server Error")
    assert said(world.ask("/x?do=wrong")) == (500, "Internal Server Error")
    world.apis.update_integration(ApiId=world.api, IntegrationId=world.integration, TimeoutInMillis=1000)
    assert said(world.ask("/x?do=sleep")) == (503, "Service Unavailable")
    assert said(world.ask("/x", body=b"x" * (10 * 1024 * 1024 + 1))) == (413, "Request Entity Too Large")
    assert world.ask("/x", more="x" * 10240).status == 431


def test_throttles(world: World) -> None:
    world.permit()
    for key in ("GET /slow", "GET /usual", "GET /other"):
        world.route(key)
    limits = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    stage = {"ApiId": world.api, "StageName": "$default"}
    world.apis.update_stage(**stage, RouteSettings={"GET /slow": limits})
    assert [world.ask("/slow").status for _ in range(2)] == [200, 429] and said(world.ask("/slow")) == (429, "Too Many Requests")
    assert [world.ask("/usual").status for _ in range(2)] == [200, 200]
    assert refused(world.apis.update_stage, **stage, RouteSettings={"GET /none": limits}) == "NotFoundException"
    world.apis.delete_route_settings(**stage, RouteKey="GET /slow")
    assert world.ask("/slow").status == 200
    world.apis.update_stage(**stage, DefaultRouteSettings=limits)
    assert [world.ask("/other").status for _ in range(2)] == [200, 429]


def test_what_alarms_hear_of(world: World) -> None:
    """Errors of ours and refusals are metrics of the API; what is refused for being too much is counted from the log."""
    logs, watch = world.aws.client("logs", REGION), world.aws.client("cloudwatch", REGION)
    logs.create_log_group(logGroupName="acme")
    line = '{"id":"$context.requestId","status":"$context.status"}'
    log = {"DestinationArn": f"arn:aws:logs:{REGION}:123456789012:log-group:acme", "Format": line}
    limits = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    world.apis.update_stage(ApiId=world.api, StageName="$default", AccessLogSettings=log, DefaultRouteSettings=limits)
    for metric in ("Wrong", "Throttled"):  # the second replaces the first
        to = [{"metricName": metric, "metricNamespace": "Acme", "metricValue": "1"}]
        logs.put_metric_filter(logGroupName="acme", filterName="throttled", filterPattern='{ $.status = "429" }', metricTransformations=to)
    stage = [{"Name": "ApiId", "Value": world.api}, {"Name": "Stage", "Value": "$default"}]
    usual = {"EvaluationPeriods": 1, "Period": 60, "Statistic": "Sum", "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    watch.put_metric_alarm(AlarmName="errors", Namespace="AWS/ApiGateway", MetricName="5xx", Dimensions=stage, **usual)
    watch.put_metric_alarm(AlarmName="throttled", Namespace="Acme", MetricName="Throttled", **usual)
    world.route("GET /x")
    assert [world.ask("/x").status for _ in range(2)] == [500, 429]  # nobody let the API in
    assert {alarm["AlarmName"]: alarm["StateValue"] for alarm in watch.describe_alarms()["MetricAlarms"]} == {"errors": "ALARM", "throttled": "ALARM"}
    assert {metric["MetricName"] for metric in watch.list_metrics(Namespace="Acme")["Metrics"]} == {"Throttled"}


def test_browsers_are_told_who_may_read(world: World) -> None:
    world.permit()
    world.route("GET /x")
    cors = {"AllowOrigins": ["https://app.acme.test"], "AllowMethods": ["GET"], "AllowHeaders": ["authorization"], "MaxAge": 60}
    world.apis.update_api(ApiId=world.api, CorsConfiguration=cors)
    asked = world.ask("/x", "OPTIONS", origin="https://app.acme.test", access_control_request_method="GET")
    assert asked.status == 204 and asked.headers["access-control-allow-origin"] == "https://app.acme.test"
    assert (asked.headers["access-control-allow-methods"], asked.headers["access-control-max-age"]) == ("GET", "60")
    other = world.ask("/x", "OPTIONS", origin="https://evil.test", access_control_request_method="GET")
    assert other.status == 204 and not any(name.startswith("access-control") for name in other.headers)
    assert world.ask("/x?do=cookies", origin="https://app.acme.test").headers["access-control-allow-origin"] == "https://app.acme.test"
    wrong = {"AllowOrigins": ["*"], "AllowCredentials": True}
    assert refused(world.apis.update_api, ApiId=world.api, CorsConfiguration=wrong) == "BadRequestException"


def test_stages_and_their_log(world: World) -> None:
    world.permit()
    world.route("GET /x")
    logs = world.aws.client("logs", REGION)
    log = {
        "DestinationArn": f"arn:aws:logs:{REGION}:123456789012:log-group:acme",
        "Format": '{"id":"$context.requestId","agent":"$context.identity.userAgent"}',
    }
    stage = {"ApiId": world.api, "StageName": "beta", "AutoDeploy": True, "StageVariables": {"colour": "blue"}}
    assert refused(world.apis.create_stage, **stage, AccessLogSettings=log) == "BadRequestException"
    logs.create_log_group(logGroupName="acme")
    world.apis.create_stage(**stage, AccessLogSettings=log)
    assert refused(world.apis.create_stage, **stage) == "ConflictException"
    event = world.event("/beta/x", user_agent='say "hi"')
    assert event["rawPath"] == "/beta/x" and event["stageVariables"] == {"colour": "blue"} and event["requestContext"]["stage"] == "beta"
    (line,) = logs.filter_log_events(logGroupName="acme")["events"]
    assert json.loads(line["message"]) == {"id": event["requestContext"]["requestId"], "agent": 'say "hi"'}
    world.apis.update_stage(ApiId=world.api, StageName="beta", AutoDeploy=False)
    assert world.ask("/beta/x").status == 404  # what is not deployed does not answer
    world.apis.update_api(ApiId=world.api, DisableExecuteApiEndpoint=True)
    assert said(world.ask("/x")) == (404, "Not Found")


def test_a_domain_leads_to_stages(world: World) -> None:
    world.permit()
    world.route("GET /x")
    body, key = certificate("*.acme.test")
    here, there = (world.aws.client("acm", region).import_certificate(Certificate=body, PrivateKey=key)["CertificateArn"] for region in (REGION, "us-east-1"))

    def settings(arn: str, policy: str = "TLS_1_2") -> list[dict[str, str]]:
        return [{"CertificateArn": arn, "EndpointType": "REGIONAL", "SecurityPolicy": policy}]

    apis, name = world.apis, "api.acme.test"
    for domain, config in ((name, settings(there)), (name, settings(here, "TLS_1_0")), ("api.other.test", settings(here))):
        assert refused(apis.create_domain_name, DomainName=domain, DomainNameConfigurations=config) == "BadRequestException"
    made = apis.create_domain_name(DomainName=name, DomainNameConfigurations=settings(here))["DomainNameConfigurations"][0]
    assert (made["HostedZoneId"], made["DomainNameStatus"]) == ("ZLY8HYME6SFDD", "AVAILABLE") and made["ApiGatewayDomainName"].startswith("d-")
    assert refused(apis.create_domain_name, DomainName=name, DomainNameConfigurations=settings(here)) == "ConflictException"
    assert world.ask("/x", host=name).status == 404  # leads nowhere yet
    mapping = {"DomainName": name, "ApiId": world.api, "Stage": "$default"}
    assert refused(apis.create_api_mapping, **{**mapping, "Stage": "none"}) == "NotFoundException"
    apis.create_api_mapping(**mapping)
    assert refused(apis.create_api_mapping, **mapping) == "ConflictException"
    apis.create_api_mapping(**mapping, ApiMappingKey="v1")
    assert world.event("/x", host=name)["requestContext"]["domainName"] == name
    assert world.event("/v1/x", host=name)["rawPath"] == "/x"
    assert refused(apis.delete_api, ApiId=world.api) == "BadRequestException"
    apis.update_api(ApiId=world.api, DisableExecuteApiEndpoint=True)
    assert world.ask("/x").status == 404 and world.ask("/x", host=name).status == 200


def test_what_an_account_refuses(world: World) -> None:
    apis, api = world.apis, world.api
    jwt = {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"], "Name": "b"}
    unknown = {"Issuer": world.issuer("eu-west-1_Unknown00"), "Audience": ["x"]}
    assert refused(apis.create_authorizer, ApiId=api, **jwt, JwtConfiguration=unknown) == "BadRequestException"
    assert refused(apis.create_authorizer, ApiId=api, **jwt, JwtConfiguration={"Issuer": world.issuer(world.pool)}) == "BadRequestException"
    assert refused(apis.create_route, ApiId=api, RouteKey="GET x") == "BadRequestException"
    assert refused(apis.create_route, ApiId=api, RouteKey="GET /x", Target="integrations/none") == "BadRequestException"
    assert refused(apis.create_route, ApiId=api, RouteKey="GET /x", AuthorizationType="JWT", AuthorizerId="none") == "BadRequestException"
    world.route("GET /x", jwt=True)
    assert refused(world.route, key="GET /x") == "ConflictException"
    assert refused(apis.delete_integration, ApiId=api, IntegrationId=world.integration) == "ConflictException"
    assert refused(apis.delete_authorizer, ApiId=api, AuthorizerId=world.authorizer) == "ConflictException"
    proxy = {"ApiId": api, "IntegrationType": "AWS_PROXY"}
    assert refused(apis.create_integration, **proxy, IntegrationUri=world.function) == "BadRequestException"
    uri = {"IntegrationUri": world.function, "PayloadFormatVersion": "2.0"}
    assert refused(apis.create_integration, **proxy, **uri, TimeoutInMillis=31000) == "BadRequestException"
    assert refused(apis.get_api, ApiId="none") == "NotFoundException"
    for number in range(9):
        apis.create_stage(ApiId=api, StageName=f"s{number}")
    assert refused(apis.create_stage, ApiId=api, StageName="s9") == "BadRequestException"
    pages = apis.get_paginator("get_stages").paginate(ApiId=api, PaginationConfig={"PageSize": 4})
    assert [len(page["Items"]) for page in pages] == [4, 4, 2]

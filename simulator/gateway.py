# SPDX-License-Identifier: GPL-3.0-or-later
"""What an HTTP API of API Gateway answers to its callers, who come by host name: that of the API, or a domain of one's own.

Route, throttle, token, permission, function, in that order. The source is UG apigateway/http-api.md and its pages; what they leave open is marked "experience".
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.moto_api._internal import mock_random

from simulator.answer import Answer
from simulator.api import Simulator
from simulator.context import Context
from simulator.registry import Parameters, Refused, shows
from simulator.request import Call, Request
from simulator.services import lambda_permissions
from simulator.services._apis import ACCOUNT_BURST, ACCOUNT_RATE, APIS, BUCKETS, DOMAINS, Api
from simulator.services._cognito import POOLS, BadToken, read, seconds, signed_by

# UG apigateway/http-api-quotas.md.
MOST_BODY, MOST_HEAD = 10 * 1024 * 1024, 10240
# UG lambda/gettingstarted-limits.md: a call that somebody waits for.
MOST_PAYLOAD = 6_291_456
_TEXT = re.compile(r"(text/.*|application/(.*\+)?(json|xml)|application/javascript)(;.*)?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.:-]+)")


class Refusal(Exception):
    """An answer of the gateway's own: `error` is what the access log says of it."""

    def __init__(self, status: int, message: str, error: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.error, self.headers = status, message, error or message, headers or {}


@dataclass
class Asked:
    """A request on its way through an API."""

    simulator: Simulator
    http: Request
    api: Api
    stage: Parameters
    path: str  # as routes are looked up by: without the stage, without what the domain maps
    raw_path: str
    id: str
    now: datetime
    route: Parameters | None = None
    variables: dict[str, str] = field(default_factory=dict)  # of the path
    claims: Parameters = field(default_factory=dict)
    scopes: list[str] | None = None
    logged: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Without a port."""
        return self.http.host.partition(":")[0]

    @property
    def context(self) -> Context:
        """For calls of the gateway's own. It asks the address where the simulator is, not the one that it was asked by."""
        host, port = self.http.server or ("127.0.0.1", None)
        nobody = Request.from_primitives("POST", f"http://{host}:{port}/" if port else f"http://{host}/", {}, b"")
        return Context(self.simulator, Call(nobody, region=self.api.region), self.api.account, "apigateway.amazonaws.com")


def answer(simulator: Simulator, http: Request) -> Answer | None:
    """The answer to a request for an API; None where it is for somebody else."""
    host = http.host.partition(":")[0]
    with simulator.lock:
        reached = _by_own_host(host, http) or _by_domain(host, http)
        if reached is None:
            # Nobody has such a name: on AWS it cannot be resolved, and what is switched off says what an unknown stage says.
            return _message(404, "Not Found") if ".execute-api." in host or host in DOMAINS else None
        api, name, path, raw_path = reached
        now = datetime.fromtimestamp(simulator.clock(), UTC).replace(tzinfo=None)
        asked = Asked(simulator, http, api, api.stages[name], path, raw_path, base64.b64encode(mock_random.randbytes(11)).decode(), now)
    began = time.monotonic()
    try:
        found = _preflight(asked) or _through(asked)
    except Refusal as refusal:
        asked.logged["error.message"] = refusal.error
        found = _message(refusal.status, refusal.message)
        found.headers.update(refusal.headers)
    found.headers.update(_cors(asked))
    found.headers["apigw-requestid"] = asked.id
    milliseconds = int((time.monotonic() - began) * 1000)
    with simulator.lock:
        _measure(asked, found, milliseconds)
        _write_down(asked, found, milliseconds)
    return found


def _message(status: int, message: str) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps({"message": message}, separators=(",", ":")).encode())


# Which API --------------------------------------------------------------------------------------------------------------------


def _raw(http: Request) -> str:
    """The path as it was written."""
    return str(http.environ.get("RAW_URI", http.path)).partition("?")[0] or "/"


def _by_own_host(host: str, http: Request) -> tuple[Api, str, str, str] | None:
    """UG apigateway/http-api-stages.md: a stage's name is the beginning of the path, but for $default."""
    api = next((api for api in APIS.values() if api.host == host), None)
    if api is None or api.settings["DisableExecuteApiEndpoint"]:
        return None
    raw = _raw(http)
    first, rest = raw[1:].partition("/")[0], "/" + raw[1:].partition("/")[2]
    if unquote(first) in api.stages and first != "$default":
        return api, unquote(first), rest, raw
    return (api, "$default", raw, raw) if "$default" in api.stages else None


def _by_domain(host: str, http: Request) -> tuple[Api, str, str, str] | None:
    """UG apigateway/rest-api-mappings.md: the longest key that the path begins with. The event's rawPath does not have it."""
    domain = DOMAINS.get(host)
    raw = _raw(http)
    for mapping in sorted(domain.mappings.values() if domain else (), key=lambda one: -len(one["ApiMappingKey"])):
        key = mapping["ApiMappingKey"]
        if not key or raw == f"/{key}" or raw.startswith(f"/{key}/"):
            path = raw[len(key) + 1 :] if key else raw
            return APIS[mapping["ApiId"]], mapping["Stage"], path or "/", path or "/"
    return None


# On its way -------------------------------------------------------------------------------------------------------------------


@shows("R-AG2-19")
def _through(asked: Asked) -> Answer:
    head = len(asked.http.method) + len(str(asked.http.environ.get("RAW_URI", ""))) + sum(len(name) + len(value) for name, value in asked.http.headers.items())
    if head > MOST_HEAD:
        raise Refusal(431, "Request Header Fields Too Large")
    if len(asked.http.get_data()) > MOST_BODY:
        raise Refusal(413, "Request Entity Too Large")
    with asked.simulator.lock:
        asked.route, asked.variables = _route(asked)
        _throttle(asked)
        _authorize(asked)
        integration = asked.api.integrations[asked.route["Target"].removeprefix("integrations/")]
        arn = _function_of(asked, integration)
        event = json.dumps(_event(asked)).encode()
    return _answered(_invoke(asked, arn, event, integration["TimeoutInMillis"] / 1000))


@shows("R-AG2-20")
def _route(asked: Asked) -> tuple[Parameters, dict[str, str]]:
    """UG apigateway/http-api-develop-routes.md: a full match, then a greedy path, then $default; and a method before ANY."""
    parts = asked.path.strip("/").split("/") if asked.path.strip("/") else []
    found = []
    for route in asked.api.routes.values() if asked.stage["AutoDeploy"] else ():
        method, _, pattern = route["RouteKey"].partition(" ")
        if method not in (asked.http.method, "ANY"):
            continue
        matched = _matched(pattern, parts)
        if matched is not None:
            greedy, variables = pattern.endswith("+}"), [one for one in pattern.split("/") if one.startswith("{")]
            found.append(((greedy, -len(pattern.split("/")) if greedy else 0, len(variables), method == "ANY"), route, matched))
    if found:
        _, route, matched = min(found, key=lambda one: one[0])
        return route, matched
    default = asked.api.route("$default") if asked.stage["AutoDeploy"] else None
    if default is None:
        raise Refusal(404, "Not Found")
    return default, {}


def _matched(pattern: str, parts: list[str]) -> dict[str, str] | None:
    wanted, variables = [one for one in pattern.strip("/").split("/") if one], {}
    for index, one in enumerate(wanted):
        if one.endswith("+}") and len(parts) > index:
            return {**variables, one[1:-2]: unquote("/".join(parts[index:]))}
        if index >= len(parts):
            return None
        if one.startswith("{"):
            variables[one[1:-1]] = unquote(parts[index])
        elif unquote(parts[index]) != one:
            return None
    return variables if len(wanted) == len(parts) else None


@shows("R-AG2-21")
def _throttle(asked: Asked) -> None:
    """UG apigateway/http-api-throttling.md: a bucket of tokens for the account, and one for each route that is limited; a request takes one of each."""
    assert asked.route is not None
    key, limits = asked.route["RouteKey"], asked.stage["DefaultRouteSettings"]
    limits = {**limits, **asked.stage["RouteSettings"].get(key, {})}
    buckets: list[tuple[tuple[str, ...], float, float]] = [((asked.api.account, asked.api.region), ACCOUNT_RATE, ACCOUNT_BURST)]
    if "ThrottlingRateLimit" in limits or "ThrottlingBurstLimit" in limits:
        rate, burst = limits.get("ThrottlingRateLimit", ACCOUNT_RATE), limits.get("ThrottlingBurstLimit", ACCOUNT_BURST)
        buckets.append(((asked.api.id, asked.stage["StageName"], key), rate, burst))
    now, left = asked.simulator.clock(), {}
    for name, rate, burst in buckets:
        tokens, since = BUCKETS.get(name, (float(burst), now))
        left[name] = min(float(burst), tokens + max(0.0, now - since) * rate) - 1
        if left[name] < 0:
            raise Refusal(429, "Too Many Requests")
    BUCKETS.update({name: (tokens, now) for name, tokens in left.items()})


# Who asks ---------------------------------------------------------------------------------------------------------------------


@shows("R-AG2-22")
def _authorize(asked: Asked) -> None:
    """UG apigateway/http-api-jwt-authorizer.md, the steps in their order; http-api-troubleshooting-jwt.md has the header."""
    assert asked.route is not None
    if asked.route["AuthorizationType"] != "JWT":
        return
    wanted = asked.route.get("AuthorizationScopes") or []
    try:
        claims = _claims(asked, asked.api.authorizers[asked.route["AuthorizerId"]])
    except BadToken as problem:
        said = f'Bearer scope="{" ".join(wanted)}" error="invalid_token" error_description="{problem}"' if str(problem) else "Bearer"
        asked.logged["authorizer.error"] = str(problem)
        raise Refusal(401, "Unauthorized", headers={"www-authenticate": said}) from None
    held = str(claims.get("scope") or claims.get("scp") or "").split()
    if wanted and not set(wanted) & set(held):
        said = f'Bearer scope="{" ".join(wanted)}" error="insufficient_scope" error_description="the token does not have the required scopes"'
        raise Refusal(403, "Forbidden", headers={"www-authenticate": said})
    asked.claims, asked.scopes = claims, [one for one in wanted if one in held] or None


def _claims(asked: Asked, authorizer: Parameters) -> Parameters:
    """What a token says, where it is to be believed."""
    given = ""
    for source in authorizer["IdentitySource"]:
        kind, _, name = source.removeprefix("$request.").partition(".")
        given = given or str((asked.http.headers if kind == "header" else asked.http.args).get(name, ""))
    token = given[7:].strip() if given[:7].lower() == "bearer " else given.strip()
    if not token:
        raise BadToken("")
    try:
        header, claims = read(token)
    except BadToken:
        raise BadToken("the token is malformed") from None
    settings = authorizer["JwtConfiguration"]
    pool = POOLS.get(settings["Issuer"].rpartition("/")[2])
    if not str(header.get("alg", "")).startswith("RS"):
        raise BadToken("signing method is invalid")
    if pool is None or not signed_by(pool, token):
        raise BadToken("signature is invalid")
    if claims.get("iss") != settings["Issuer"]:
        raise BadToken("claim issuer is invalid")
    audience = claims.get("aud", claims.get("client_id"))
    if not set(audience if isinstance(audience, list) else [audience]) & set(settings["Audience"]):
        raise BadToken("the token does not have a valid audience")
    now = seconds(asked.now)
    if not isinstance(claims.get("exp"), int | float) or claims["exp"] <= now:
        raise BadToken("the token has expired")
    # The clocks of two machines differ by a second.
    if claims.get("nbf", now) > now + 1 or claims.get("iat", now) > now + 1:
        raise BadToken("the token is not valid yet")
    return claims


# The function -----------------------------------------------------------------------------------------------------------------


@shows("R-AG2-18")
def _function_of(asked: Asked, integration: Parameters) -> str:
    """The function behind a route, if its policy lets the API invoke it. Its callers hear nothing of the reason: the access log does."""
    assert asked.route is not None
    uri = str(integration["IntegrationUri"])
    arn = re.sub(r"^arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(.*)/invocations$", r"\1", uri)
    for name, value in asked.stage["StageVariables"].items():
        arn = arn.replace(f"${{stageVariables.{name}}}", value)
    # UG apigateway/arn-format-reference.md: a route is named by method and path as declared, $default by itself.
    source = f"{asked.api.execution_arn}/{asked.stage['StageName']}/{asked.route['RouteKey'].replace(' /', '/')}"
    if not lambda_permissions.admits(arn, "apigateway.amazonaws.com", source):
        raise Refusal(
            500, "Internal Server Error", "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration."
        )
    return arn


@shows("R-AG2-23")
def _event(asked: Asked) -> Parameters:
    """UG apigateway/http-api-develop-integrations-lambda.md, format 2.0."""
    assert asked.route is not None
    http, api = asked.http, asked.api
    headers = {name.lower(): value for name, value in http.headers.items()}
    cookies = [one.strip() for one in headers.pop("cookie", "").split(";") if one.strip()]
    source = str(http.remote_addr or "127.0.0.1")
    headers |= {"x-forwarded-for": ", ".join(filter(None, [headers.get("x-forwarded-for"), source])), "x-forwarded-port": "443", "x-forwarded-proto": "https"}
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(asked.simulator.clock()):08x}-{mock_random.getrandbits(96):024x}")
    query: dict[str, str] = {}
    raw_query = http.query_string.decode("latin-1")
    for name, value in parse_qsl(raw_query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    body = http.get_data()
    # Which bodies are no text is not written down; experience: all but text, JSON, XML and JavaScript.
    encoded = bool(body) and not _TEXT.fullmatch(headers.get("content-type", ""))
    text = base64.b64encode(body).decode() if encoded else body.decode(errors="replace")
    authorizer = {"authorizer": {"jwt": {"claims": _texts(asked.claims), "scopes": asked.scopes}}} if asked.claims else {}
    event: Parameters = {
        "version": "2.0",
        "routeKey": asked.route["RouteKey"],
        "rawPath": unquote(asked.raw_path),
        "rawQueryString": raw_query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": query} if query else {}),
        "requestContext": {
            "accountId": api.account,
            "apiId": api.id,
            **authorizer,
            "domainName": asked.host,
            "domainPrefix": asked.host.partition(".")[0],
            "http": {
                "method": http.method,
                "path": unquote(asked.raw_path),
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": asked.id,
            "routeKey": asked.route["RouteKey"],
            "stage": asked.stage["StageName"],
            "time": asked.now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(asked.simulator.clock() * 1000),
        },
        **({"pathParameters": asked.variables} if asked.variables else {}),
        **({"stageVariables": dict(asked.stage["StageVariables"])} if asked.stage["StageVariables"] else {}),
        **({"body": text} if body else {}),
        "isBase64Encoded": encoded,
    }
    return event


def _texts(claims: Parameters) -> dict[str, str]:
    """Experience: claims reach the function as texts, a list as [one two]."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return f"[{' '.join(map(text, value))}]"
        return json.dumps(value) if isinstance(value, bool | dict) or value is None else str(value)

    return {name: text(value) for name, value in claims.items()}


@shows("R-AG2-24")
def _invoke(asked: Asked, arn: str, event: bytes, patience: float) -> tuple[bytes, bool]:
    """What the function said, and whether it failed. Whoever is late goes on without anybody who waits."""
    if len(event) > MOST_PAYLOAD:
        raise Refusal(413, "Request Entity Too Large")
    began = time.monotonic()

    def call() -> Parameters:
        with asked.simulator.lock:
            return asked.context.call("Invoke", {"FunctionName": arn, "Payload": event}, service="lambda")

    pool = ThreadPoolExecutor(1)
    try:
        found = pool.submit(call).result(patience)
    except TooLate:
        raise Refusal(503, "Service Unavailable", "Endpoint request timed out") from None
    except Refused as refused:
        # Experience: a function that may not run more often is unavailable, anything else an error of ours.
        status, message = (503, "Service Unavailable") if refused.code == "TooManyRequestsException" else (500, "Internal Server Error")
        raise Refusal(status, message, refused.message) from None
    finally:
        pool.shutdown(wait=False)
        asked.logged["integrationLatency"] = int((time.monotonic() - began) * 1000)
    payload = found["Payload"]
    return (payload.read() if hasattr(payload, "read") else payload), "FunctionError" in found


@shows("R-AG2-25")
def _answered(came: tuple[bytes, bool]) -> Answer:
    """UG apigateway/http-api-develop-integrations-lambda.md: a response of format 2.0, or what is taken for one."""
    payload, failed = came
    if failed:
        raise Refusal(500, "Internal Server Error", "The Lambda function returned an error.")
    said = json.loads(payload)
    if not isinstance(said, dict) or "statusCode" not in said:
        return Answer(200, {"content-type": "application/json"}, payload)
    body, headers = said.get("body") or "", said.get("headers") or {}
    status = said["statusCode"]
    wrong = isinstance(status, bool) or not str(status).isdigit() or not 100 <= int(status) <= 599
    wrong = wrong or not isinstance(body, str) or not isinstance(headers, dict) or any(isinstance(value, dict | list) for value in headers.values())
    if wrong:
        raise Refusal(500, "Internal Server Error", "The response from the Lambda function doesn't match the format that API Gateway expects.")
    content = base64.b64decode(body) if said.get("isBase64Encoded") else body.encode()
    shown = {name.lower(): json.dumps(value) if isinstance(value, bool) else str(value) for name, value in headers.items()}
    return Answer(int(status), {"content-type": "text/plain; charset=utf-8", **shown}, content, [str(one) for one in said.get("cookies") or []])


# Around it --------------------------------------------------------------------------------------------------------------------


def _allowed(asked: Asked) -> str:
    """The origin that a browser is told it may read the answer from."""
    settings, origin = asked.api.settings.get("CorsConfiguration") or {}, asked.http.headers.get("Origin", "")
    for one in settings.get("AllowOrigins", []) if origin else ():
        if one == "*" or one == origin or (one in ("http://*", "https://*") and origin.startswith(one[:-1])):
            return "*" if one == "*" else origin
    return ""


@shows("R-AG2-26")
def _preflight(asked: Asked) -> Answer | None:
    """UG apigateway/http-api-cors.md: the gateway answers by itself, whatever routes there are."""
    if asked.http.method != "OPTIONS" or not asked.api.settings.get("CorsConfiguration") or "Access-Control-Request-Method" not in asked.http.headers:
        return None
    settings = asked.api.settings["CorsConfiguration"]
    if not _allowed(asked):
        return Answer(204)
    headers = {
        "access-control-allow-methods": ",".join(settings.get("AllowMethods", [])),
        "access-control-allow-headers": ",".join(settings.get("AllowHeaders", [])),
        "access-control-max-age": str(settings.get("MaxAge", 0)),
    }
    return Answer(204, {name: value for name, value in headers.items() if value})


def _cors(asked: Asked) -> dict[str, str]:
    """What is added to every answer; what the function says of it does not count."""
    settings, origin = asked.api.settings.get("CorsConfiguration") or {}, _allowed(asked)
    if not origin:
        return {}
    more = {"access-control-expose-headers": ",".join(settings.get("ExposeHeaders", []))}
    more |= {"access-control-allow-credentials": "true"} if settings.get("AllowCredentials") else {}
    return {"access-control-allow-origin": origin, **{name: value for name, value in more.items() if value}}


def _told(asked: Asked, found: Answer, milliseconds: int) -> dict[str, Any]:
    """UG apigateway/http-api-logging-variables.md."""
    http = asked.http
    return {
        "accountId": asked.api.account,
        "apiId": asked.api.id,
        "domainName": asked.host,
        "httpMethod": http.method,
        "identity.sourceIp": http.remote_addr or "127.0.0.1",
        "identity.userAgent": http.headers.get("User-Agent", "-"),
        "path": asked.raw_path,
        "protocol": "HTTP/1.1",
        "requestId": asked.id,
        "requestTime": asked.now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": seconds(asked.now),
        "responseLatency": milliseconds,
        "responseLength": len(found.body),
        "routeKey": asked.route["RouteKey"] if asked.route else "-",
        "stage": asked.stage["StageName"],
        "status": found.status,
        "integrationErrorMessage": asked.logged.get("error.message", "-") if found.status >= 500 else "-",
        **{f"authorizer.claims.{name}": value for name, value in _texts(asked.claims).items()},
        **asked.logged,
    }


@shows("R-AG2-27")
def _write_down(asked: Asked, found: Answer, milliseconds: int) -> None:
    """UG apigateway/http-api-logging.md: a line for each request, where the stage says so and the group is there."""
    settings = asked.stage.get("AccessLogSettings")
    if not settings:
        return
    told = _told(asked, found, milliseconds)
    # What is put into a text in JSON must not end it.
    line = _VARIABLE.sub(lambda variable: json.dumps(str(told.get(variable[1], "-")))[1:-1], settings["Format"])
    group = settings["DestinationArn"].split(":log-group:")[1].partition(":")[0]
    stream, context = f"{asked.api.id}-{asked.stage['StageName'].strip('$')}", asked.context
    with suppress(Refused):
        for operation, more in _log_calls(asked, group, stream, line):
            context.call(operation, {"logGroupName": group, "logStreamName": stream, **more}, service="logs")


@shows("R-AG2-29")
def _measure(asked: Asked, found: Answer, milliseconds: int) -> None:
    """UG apigateway/http-api-metrics.md: of the API, and of its stage. At once, where AWS takes a minute."""
    measured = [
        ("Count", 1.0, "Count"), ("4xx", float(400 <= found.status < 500), "Count"), ("5xx", float(found.status >= 500), "Count"),
        ("Latency", float(milliseconds), "Milliseconds"), ("DataProcessed", float(len(found.body)), "Bytes"),
    ]  # fmt: skip
    if "integrationLatency" in asked.logged:
        measured.append(("IntegrationLatency", float(asked.logged["integrationLatency"]), "Milliseconds"))
    api = [{"Name": "ApiId", "Value": asked.api.id}]
    data = [
        {"MetricName": metric, "Value": value, "Unit": unit, "Timestamp": asked.now, "Dimensions": dimensions}
        for dimensions in (api, [*api, {"Name": "Stage", "Value": asked.stage["StageName"]}])
        for metric, value, unit in measured
    ]
    asked.context.backend("cloudwatch").put_metric_data("AWS/ApiGateway", data)


def _log_calls(asked: Asked, group: str, stream: str, line: str) -> Iterator[tuple[str, Parameters]]:
    held = asked.context.backend("logs").groups.get(group)
    if held is None:
        return
    if stream not in held.streams:
        yield "CreateLogStream", {}
    yield "PutLogEvents", {"logEvents": [{"timestamp": int(asked.simulator.clock() * 1000), "message": line}]}

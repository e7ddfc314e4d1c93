# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, asked by HTTP as devices ask it: verify.py REGION PREFIX. Somebody signs up and in, and the back end answers."""

from __future__ import annotations

import base64
import http.client
import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from srp import sign_in

region, prefix = sys.argv[1:]
endpoint = os.environ["AWS_ENDPOINT_URL"]
apis, logs, idp, functions = (boto3.client(service, region_name=region) for service in ("apigatewayv2", "logs", "cognito-idp", "lambda"))

(api,) = apis.get_apis()["Items"]
assert (api["Name"], api["DisableExecuteApiEndpoint"], api["IpAddressType"]) == (f"{prefix}-api", False, "dualstack") and "CorsConfiguration" not in api
routes = {route["RouteKey"]: route for route in apis.get_routes(ApiId=api["ApiId"])["Items"]}
assert len(routes) == 11 and {key for key, route in routes.items() if route["AuthorizationType"] == "NONE"} == {"GET /health"}
(stage,) = apis.get_stages(ApiId=api["ApiId"])["Items"]
assert (stage["StageName"], stage["AutoDeploy"], stage["DefaultRouteSettings"]["ThrottlingBurstLimit"]) == ("$default", True, 200)
assert {key: limit["ThrottlingBurstLimit"] for key, limit in stage["RouteSettings"].items()} == {
    "POST /devices": 40, "POST /messages": 40, "POST /events": 1,
}  # fmt: skip
(statement,) = json.loads(functions.get_policy(FunctionName=f"{prefix}-api", Qualifier="live")["Policy"])["Statement"]
assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == f"arn:aws:execute-api:{region}:123456789012:{api['ApiId']}/*/*"

alarms = {
    alarm["AlarmName"].removeprefix(f"{prefix}-api-"): alarm for alarm in boto3.client("cloudwatch", region_name=region).describe_alarms()["MetricAlarms"]
}
assert {name: alarm["MetricName"] for name, alarm in alarms.items()} == {
    "errors": "5xx", "refused": "4xx", "latency": "Latency", "throttled": "ApiThrottled",
}  # fmt: skip
assert {one["Name"]: one["Value"] for one in alarms["latency"]["Dimensions"]} == {"ApiId": api["ApiId"], "Stage": "$default"}
(counted,) = logs.describe_metric_filters(filterNamePrefix=prefix)["metricFilters"]
assert counted["metricTransformations"][0]["metricName"] == "ApiThrottled"


def ask(route: str, token: str = "", body: Any = None, query: str = "") -> tuple[int, Any]:
    """What a device sends: to the API's host name, which leads to the simulator here."""
    method, path = route.split()
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60)
    headers = {"Host": urlsplit(api["ApiEndpoint"]).netloc, "Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    connection.request(method, path + query, body if isinstance(body, bytes) or body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def signed_in(pool: str, client: str, mail: str) -> str:
    """Sign up, confirm with the code that came by e-mail, sign in."""
    idp.sign_up(ClientId=client, Username=mail, Password="Correct-Horse-7")
    with urllib.request.urlopen(f"{endpoint}/_simulator/messages", timeout=10) as sent:
        code = json.load(sent)[-1]["code"]
    idp.confirm_sign_up(ClientId=client, Username=mail, ConfirmationCode=code)
    return str(sign_in(idp, pool, client, mail, "Correct-Horse-7")["AuthenticationResult"]["AccessToken"])


(pool,) = (one["Id"] for one in idp.list_user_pools(MaxResults=60)["UserPools"])
(client,) = (one["ClientId"] for one in idp.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"])
token = signed_in(pool, client, "ann@acme.test")

# Somebody's day.
assert ask("GET /health") == (200, {"health": "well"})
assert ask("PUT /profile", token, {"name": "Ann", "version": 0})[1]["version"] == 1
assert ask("POST /items", token, {"id": "item-0001", "title": "Seen from the train"})[0] == 201
status, told = ask("GET /changes", token, query="?since=2020-01-01T00:00:00.000Z")
assert status == 200 and sorted(one["kind"] for one in told["changes"]) == ["item", "profile"], told
assert ask("DELETE /items/item-0001", token)[1]["deleted"] is True

# Who is not let in, and what is too much.
other = idp.create_user_pool(PoolName="elsewhere", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
theirs = idp.create_user_pool_client(UserPoolId=other, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
stranger = signed_in(other, theirs["UserPoolClient"]["ClientId"], "bob@acme.test")
head, payload, signature = token.split(".")
claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
forged = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "somebody-else"}).encode()).rstrip(b"=").decode()
for bad in ("", "nonsense", stranger, f"{head}.{forged}.{signature}"):
    assert ask("GET /profile", bad) == (401, {"message": "Unauthorized"})
assert ask("GET /nothing", token) == (404, {"message": "Not Found"})
assert ask("POST /items", token, b"x" * (10 * 1024 * 1024 + 1)) == (413, {"message": "Request Entity Too Large"})
assert ask("POST /items", token, {"id": "item-0002", "title": "x", "text": "x" * 65536})[0] == 413  # by the back end
assert ask("POST /messages", token, {"to": "somebody-else", "title": "x"})[0] == 403
assert [ask("POST /events", token, {"events": []})[0] for _ in range(2)] == [400, 429]

lines = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=f"/{prefix.replace('-', '/')}/api")["events"]]
assert {line["status"] for line in lines} == {"200", "201", "400", "401", "403", "404", "413", "429"}, lines
assert {line["user"] for line in lines if line["status"] == "200" and line["route"] != "GET /health"} == {claims["sub"]}
assert not any(token[:40] in json.dumps(line) for line in lines)

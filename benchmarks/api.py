# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the API of the mobile back end, through the simulator: what the gateway answers alone, and what a function does.

The simulator starts a process for each call, so each start is a cold one; Lambda keeps what it has started. What a call takes when it has been started is told
by the function's own log, as on AWS.
"""

from __future__ import annotations

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.groundswell.aws.plugins.module_utils import packages  # noqa: E402

SOURCE = ROOT / "apps" / "mobile_backend"
PASSWORD = "Correct-Horse-7"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
KEYS = {"pk": "HASH", "sk": "RANGE"}
_REPORT = re.compile(r"^REPORT .*?\tDuration: ([\d.]+) ms.*?Memory Size: .*?Max Memory Used: (\d+) MB\tInit Duration: ([\d.]+) ms")
Client = Callable[[str], Any]


def package(builds: Path) -> dict[str, Any]:
    """Of the back end, for the runtime that the role declares."""
    return packages.build(SOURCE, "python3.13", "arm64", builds)


def made(client: Client, archive: Path) -> tuple[str, str]:
    """Table, function, users and the API with two routes. Host name and a token."""
    client("dynamodb").create_table(
        TableName="bench",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
    )
    role = client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions, apis, users = client("lambda"), client("apigatewayv2"), client("cognito-idp")
    code = {"Code": {"ZipFile": archive.read_bytes()}, "Runtime": "python3.13", "Handler": "backend.api.handler"}
    functions.create_function(FunctionName="bench", Role=role, MemorySize=512, Timeout=20, Environment={"Variables": {"TABLE_NAME": "bench"}}, **code)
    functions.publish_version(FunctionName="bench")
    alias = functions.create_alias(FunctionName="bench", Name="live", FunctionVersion="1")["AliasArn"]
    pool = users.create_user_pool(PoolName="bench")["UserPool"]["Id"]
    app = users.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
    users.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True)
    signed_in = users.admin_initiate_auth(
        UserPoolId=pool, ClientId=app, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD}
    )
    api = apis.create_api(Name="bench", ProtocolType="HTTP")
    own = {"ApiId": api["ApiId"]}
    region, account = alias.split(":")[3:5]
    functions.add_permission(
        FunctionName="bench", Qualifier="live", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{region}:{account}:{api['ApiId']}/*/*",
    )  # fmt: skip
    integration = apis.create_integration(**own, IntegrationType="AWS_PROXY", IntegrationUri=alias, PayloadFormatVersion="2.0")["IntegrationId"]
    authorizer = apis.create_authorizer(
        **own, Name="users", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool}", "Audience": [app]},
    )["AuthorizerId"]  # fmt: skip
    apis.create_route(**own, RouteKey="GET /health", Target=f"integrations/{integration}")
    apis.create_route(**own, RouteKey="GET /profile", Target=f"integrations/{integration}", AuthorizationType="JWT", AuthorizerId=authorizer)
    apis.create_stage(**own, StageName="$default", AutoDeploy=True)
    return str(urlsplit(api["ApiEndpoint"]).netloc), str(signed_in["AuthenticationResult"]["AccessToken"])


def asked(endpoint: str, host: str, path: str, token: str, wanted: int, times: int) -> dict[str, Any]:
    """Milliseconds of requests one after the other on one connection. Another answer than is wanted ends it."""
    connection, taken = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60), []
    for _ in range(times):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Host": host, "Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != wanted:
            sys.exit(f"{path} answered {answer.status} {body!r}, not {wanted}")
    return {"median, ms": round(statistics.median(taken), 1), "slowest, ms": round(max(taken), 1), "requests": times}


def reports(logs: Any) -> dict[str, Any]:
    """What the function's log says of its starts and calls."""
    lines = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/bench")["events"]]
    found = [tuple(map(float, match.groups())) for match in map(_REPORT.match, lines) if match]
    calls, memory, starts = zip(*found, strict=True)
    return {"start (imports), ms": round(statistics.median(starts), 1), "call, ms": round(statistics.median(calls), 1), "most memory, MB": int(max(memory))}


def import_milliseconds(times: int = 5) -> float:
    """Of what Lambda loads before the first call, in new interpreters; the median."""
    program = "import time; t = time.perf_counter(); import backend.api; print((time.perf_counter() - t) * 1000)"
    taken = [float(subprocess.check_output([sys.executable, "-c", program], cwd=SOURCE, text=True)) for _ in range(times)]
    return round(statistics.median(taken), 1)

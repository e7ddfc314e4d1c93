# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions really run: the version that was asked for, with its time, memory, environment and role; and what a real account refuses."""

from __future__ import annotations

import base64
import concurrent.futures
import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
CODE = """
import os, time
def handler(event, context):
    print("asked", event.get("do"))
    if event.get("do") == "fail":
        raise ValueError("no luck")
    if event.get("do") == "sleep":
        time.sleep(30)
    if event.get("do") == "fill":
        held = b"x" * (300 * 1024 * 1024)
    if event.get("do") == "exit":
        os._exit(3)
    if event.get("do") == "who":
        import boto3
        return boto3.client("sts").get_caller_identity()["Arn"]
    return {"said": "VERSION", "greeting": os.environ["GREETING"], "version": context.function_version}
"""


def packed(said: str, code: str = CODE) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("app.py", code.replace("VERSION", said))
    return whole.getvalue()


@pytest.fixture
def role(simulator: Simulated) -> str:
    return simulator.client("iam").create_role(RoleName="acme-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]


@pytest.fixture
def lambda_(simulator: Simulated, role: str) -> Any:
    client = simulator.client("lambda")
    client.create_function(
        FunctionName="acme", Role=role, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": packed("one")}, Timeout=60, MemorySize=256,
        Environment={"Variables": {"GREETING": "hello"}},
    )  # fmt: skip
    return client


def invoke(client: Any, qualifier: str = "", **event: Any) -> tuple[Any, dict[str, Any]]:
    more = {"Qualifier": qualifier} if qualifier else {}
    answer = client.invoke(FunctionName="acme", Payload=json.dumps(event), LogType="Tail", **more)
    return json.load(answer["Payload"]), answer


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"]


def test_versions_aliases_and_weights(lambda_: Any) -> None:
    assert invoke(lambda_)[0] == {"said": "one", "greeting": "hello", "version": "$LATEST"}
    assert lambda_.publish_version(FunctionName="acme")["Version"] == "1"
    assert lambda_.publish_version(FunctionName="acme")["Version"] == "1"  # nothing has changed
    lambda_.create_alias(FunctionName="acme", Name="live", FunctionVersion="1")
    assert refused(lambda_.create_alias, FunctionName="acme", Name="live", FunctionVersion="1") == "ResourceConflictException"
    lambda_.update_function_code(FunctionName="acme", ZipFile=packed("two"))
    assert [invoke(lambda_, qualifier)[0]["said"] for qualifier in ("", "live", "1")] == ["two", "one", "one"]
    assert lambda_.publish_version(FunctionName="acme")["Version"] == "2"
    lambda_.update_alias(FunctionName="acme", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert invoke(lambda_, "live")[1]["ExecutedVersion"] == "2"
    for weights in ({"2": 1.5}, {"$LATEST": 0.5}, {"1": 0.1, "2": 0.1}):
        wrong = {"AdditionalVersionWeights": weights}
        code = refused(lambda_.update_alias, FunctionName="acme", Name="live", FunctionVersion="1", RoutingConfig=wrong)
        assert code in ("InvalidParameterValueException", "ValidationException")  # the second by the model
    assert refused(lambda_.delete_function, FunctionName="acme", Qualifier="2") == "ResourceConflictException"
    assert refused(lambda_.invoke, FunctionName="acme", Qualifier="nobody") == "ResourceNotFoundException"


def test_what_goes_wrong_is_told_as_aws_tells_it(simulator: Simulated, lambda_: Any) -> None:
    failed, answer = invoke(lambda_, do="fail")
    assert (answer["FunctionError"], failed["errorType"], failed["errorMessage"]) == ("Unhandled", "ValueError", "no luck")
    assert "REPORT RequestId" in base64.b64decode(answer["LogResult"]).decode()
    lambda_.update_function_configuration(FunctionName="acme", Timeout=1)
    late, _ = invoke(lambda_, do="sleep")
    assert late["errorType"] == "Sandbox.Timedout" and "Task timed out after 1.00 seconds" in late["errorMessage"]
    lambda_.update_function_configuration(FunctionName="acme", Timeout=60)
    assert invoke(lambda_, do="fill")[0]["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in invoke(lambda_, do="exit")[0]["errorMessage"]
    lambda_.update_function_configuration(FunctionName="acme", Handler="nowhere.handler")
    assert invoke(lambda_)[0]["errorType"] == "Runtime.ImportModuleError"
    logs = simulator.client("logs")
    lines = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/acme")["events"]]
    assert "asked fail" in lines and sum(line.startswith("REPORT") for line in lines) == 5


def test_it_calls_with_its_role(lambda_: Any) -> None:
    assert invoke(lambda_, do="who")[0] == "arn:aws:sts::123456789012:assumed-role/acme-function/acme"


def test_concurrency(lambda_: Any) -> None:
    assert refused(lambda_.put_function_concurrency, FunctionName="acme", ReservedConcurrentExecutions=901) == "InvalidParameterValueException"
    lambda_.put_function_concurrency(FunctionName="acme", ReservedConcurrentExecutions=0)
    assert refused(lambda_.invoke, FunctionName="acme") == "TooManyRequestsException"
    lambda_.put_function_concurrency(FunctionName="acme", ReservedConcurrentExecutions=1)
    lambda_.update_function_configuration(FunctionName="acme", Timeout=3)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = [pool.submit(invoke, lambda_, do="sleep") for _ in range(2)]
        errors = [call.exception() for call in both]
    assert sorted(type(error).__name__ for error in errors) == ["NoneType", "TooManyRequestsException"]


def test_what_a_real_account_refuses(simulator: Simulated, lambda_: Any, role: str) -> None:
    good = {"FunctionName": "other", "Role": role, "Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": packed("one")}}
    for change in (
        {"Runtime": "python3.7"},
        {"Handler": None},
        {"MemorySize": 64},
        {"Timeout": 901},
        {"Code": {"ZipFile": b"no zip"}},
        {"Environment": {"Variables": {"AWS_REGION": "x"}}},
        {"Environment": {"Variables": {"LONG": "x" * 4100}}},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}},
        {"Role": "arn:aws:iam::123456789012:role/nobody"},
    ):
        params = {name: value for name, value in {**good, **change}.items() if value is not None}
        assert refused(lambda_.create_function, **params) in ("InvalidParameterValueException", "ValidationException"), change
    trust = json.dumps({**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "ec2.amazonaws.com"}}]})
    other = simulator.client("iam").create_role(RoleName="for-servers", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert refused(lambda_.create_function, **{**good, "Role": other}) == "InvalidParameterValueException"
    provisioned = {"FunctionName": "acme", "ProvisionedConcurrentExecutions": 1}
    assert refused(lambda_.put_provisioned_concurrency_config, **provisioned, Qualifier="$LATEST") == "InvalidParameterValueException"


def test_a_function_takes_its_time() -> None:
    simulated = InProcess(latency="aws")
    now = 1_800_000_000.0
    simulated.core.clock = lambda: now  # type: ignore[method-assign]
    simulated.core.lifecycles._clock = simulated.core.clock
    role = simulated.client("iam").create_role(RoleName="acme-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client = simulated.client("lambda")
    function = {"FunctionName": "acme", "Role": role, "Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": packed("one")}}
    assert refused(client.create_function, **function) == "InvalidParameterValueException"  # nobody has heard of the role yet
    now += 11
    assert client.create_function(**function)["State"] == "Pending"
    assert refused(client.invoke, FunctionName="acme") == "ResourceConflictException"
    assert refused(client.publish_version, FunctionName="acme") == "ResourceConflictException"
    now += 6
    assert client.update_function_configuration(FunctionName="acme", Timeout=5)["LastUpdateStatus"] == "InProgress"
    assert refused(client.update_function_code, FunctionName="acme", ZipFile=packed("two")) == "ResourceConflictException"
    now += 4
    assert client.get_function_configuration(FunctionName="acme")["LastUpdateStatus"] == "Successful"
    assert client.publish_version(FunctionName="acme")["Version"] == "1"

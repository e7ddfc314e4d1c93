# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: functions really run. The code of the version that was asked for, in a process of its own, with its environment, memory, timeout and its role's
credentials; what it prints goes to CloudWatch Logs.

moto's own ways are Docker, or an echo of what it is sent. Only runtimes of Python run here, on the Python that the simulator runs on, and each call starts a
new process: every start is a cold one.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, after, before, on_reset, operation, rescue, shows
from simulator.services import _lambda_later as later
from simulator.services._afterwards import lasts, still
from simulator.services._played_databases import keep_logins, logins

# Seconds on AWS.
CREATE = 5.0  # experience: 1 to 10 s without a VPC
CREATE_IN_VPC = 90.0  # UG lambda/configuration-vpc.md: minutes for the first interface of a subnet and group
UPDATE = 3.0  # experience
PROVISION = 60.0  # experience: one to two minutes
RUNNER = Path(__file__).with_name("_lambda_runner.py")
TAIL = 4096  # bytes of the log that an answer has (API lambda:Invoke, LogType)
# What UpdateFunctionConfiguration changes and moto does not keep, by the members of a configuration.
KEPT = ("TracingConfig", "DeadLetterConfig", "LoggingConfig", "EphemeralStorage", "KMSKeyArn", "SnapStart")
# What makes a version another one.
TOLD = ("CodeSha256", "Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "Layers", "Architectures", "Environment", "VpcConfig", *KEPT)

_running: Counter[tuple[str, str, str]] = Counter()


@on_reset
def _forget() -> None:
    _running.clear()


def plain_name(name: str) -> str:
    """A function's name, of whatever form it was given in."""
    return name.partition(":function:")[2].partition(":")[0] or name.partition(":")[0]


def function_of(context: Context, name: str | None = None) -> Any:
    """moto's $LATEST of a function, None where there is none."""
    known = context.backend("lambda")._lambdas._functions
    entry = known.get(plain_name(name or context.params["FunctionName"]))
    return entry["latest"] if entry else None


def versions_of(context: Context, name: str) -> list[Any]:
    """The published versions."""
    return context.backend("lambda")._lambdas._functions[plain_name(name)]["versions"]


def aliases_of(context: Context, name: str) -> dict[str, Any]:
    """The aliases."""
    return context.backend("lambda")._lambdas._get_function_aliases(plain_name(name))


def extra(function: Any) -> Parameters:
    """What moto does not keep of a version."""
    return function.__dict__.setdefault("simulator_extra", {})


def configuration(function: Any) -> Parameters:
    """A version's configuration as AWS shows it."""
    shown = {**function.get_configuration(), **{member: value for member, value in extra(function).items() if value}}
    return {member: value for member, value in shown.items() if value is not None}


# Making and changing ------------------------------------------------------------------------------------------------------


@before("lambda", "CreateFunction", "UpdateFunctionConfiguration")
def note_what_moto_drops(context: Context) -> None:
    """Sent away whole, kept beside it."""
    context.wire.noted = {member: context.params[member] for member in KEPT if member in context.params}  # type: ignore[attr-defined]


@after("lambda", "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode")
def keep_what_moto_drops(context: Context, response: Parameters) -> Parameters:
    """API lambda:FunctionConfiguration."""
    function = function_of(context)
    if context.operation == "UpdateFunctionCode":
        if context.params.get("Architectures"):
            function.architectures = context.params["Architectures"]
    else:
        extra(function).update(context.wire.noted)  # type: ignore[attr-defined]
    name = function.function_name
    if context.operation == "CreateFunction":
        extra(function).setdefault("LoggingConfig", {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"})
        inside = bool((context.params.get("VpcConfig") or {}).get("SubnetIds"))
        lasts(context, f"pending/{name}", CREATE_IN_VPC if inside else CREATE)
    else:
        lasts(context, f"updating/{name}", UPDATE)
    return _shown(context, function)


@shows("R-LAM-03")
@after("lambda", "GetFunctionConfiguration", "GetFunction", "ListFunctions", "ListVersionsByFunction")
def show_states(context: Context, response: Parameters) -> Parameters:
    """Pending and InProgress, and what moto does not keep."""
    if "Functions" in response or "Versions" in response:
        member = "Functions" if "Functions" in response else "Versions"
        return {**response, member: [_shown(context, found(context, one["FunctionName"], one["Version"])) for one in response[member]]}
    function = found(context, context.params["FunctionName"], context.params.get("Qualifier"))
    return {**response, "Configuration": _shown(context, function)} if "Configuration" in response else _shown(context, function)


def _shown(context: Context, function: Any) -> Parameters:
    shown = configuration(function)
    if shown["Version"] == "$LATEST":
        if still(context, f"pending/{function.function_name}"):
            shown |= {"State": "Pending", "StateReasonCode": "Creating", "StateReason": "The function is being created."}
        shown["LastUpdateStatus"] = "InProgress" if still(context, f"updating/{function.function_name}") else "Successful"
    return shown


@shows("R-LAM-16")
@operation("lambda", "PublishVersion")
def publish_version(context: Context) -> Parameters:
    """The next number, unless nothing has changed since the last; a number is never used twice (API lambda:PublishVersion)."""
    function, params = _existing(context), context.params
    if params.get("CodeSha256") not in (None, function.code_sha_256):
        raise Refused("InvalidParameterValueException", f"CodeSHA256 ({params['CodeSha256']}) is different from current CodeSHA256 in $LATEST")
    versions, latest = versions_of(context, params["FunctionName"]), configuration(function)
    if versions and all(configuration(versions[-1]).get(member) == latest.get(member) for member in TOLD):
        return _shown(context, versions[-1])
    published = copy.copy(function)
    published.__dict__["simulator_extra"] = copy.deepcopy(extra(function))
    number = function.__dict__["simulator_published"] = function.__dict__.get("simulator_published", 0) + 1
    published.set_version(number)
    if params.get("Description"):
        published.description = params["Description"]
    versions.append(published)
    context.backend()._lambdas._arns[published.function_arn] = published
    return _shown(context, published)


@rescue("lambda", "CreateAlias")
def alias_exists(context: Context, refused: Refused) -> None:
    """moto says ConflictException, which Lambda has not."""
    if refused.code == "ConflictException":
        raise Refused("ResourceConflictException", refused.message, 409)


# Provisioned concurrency --------------------------------------------------------------------------------------------------


def _provisioned(context: Context) -> dict[str, int]:
    function = _existing(context)
    return function.__dict__.setdefault("simulator_provisioned", {})


def _provision_shown(context: Context, qualifier: str, wanted: int) -> Parameters:
    ready = not still(context, f"provision/{plain_name(context.params['FunctionName'])}/{qualifier}")
    return {
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AvailableProvisionedConcurrentExecutions": wanted if ready else 0,
        "AllocatedProvisionedConcurrentExecutions": wanted if ready else 0,
        "Status": "READY" if ready else "IN_PROGRESS",
    }


@operation("lambda", "PutProvisionedConcurrencyConfig")
def put_provisioned(context: Context) -> Parameters:
    """API lambda:PutProvisionedConcurrencyConfig."""
    qualifier, wanted = context.params["Qualifier"], context.params["ProvisionedConcurrentExecutions"]
    _provisioned(context)[qualifier] = wanted
    lasts(context, f"provision/{plain_name(context.params['FunctionName'])}/{qualifier}", PROVISION)
    return _provision_shown(context, qualifier, wanted)


@operation("lambda", "GetProvisionedConcurrencyConfig")
def get_provisioned(context: Context) -> Parameters:
    """API lambda:GetProvisionedConcurrencyConfig."""
    qualifier = context.params["Qualifier"]
    if qualifier not in _provisioned(context):
        raise Refused("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", 404)
    return _provision_shown(context, qualifier, _provisioned(context)[qualifier])


@operation("lambda", "DeleteProvisionedConcurrencyConfig")
def delete_provisioned(context: Context) -> None:
    """API lambda:DeleteProvisionedConcurrencyConfig."""
    _provisioned(context).pop(context.params["Qualifier"], None)


# Running ------------------------------------------------------------------------------------------------------------------


@dataclass
class Ran:
    """What became of a call: the answer, whether it is an error, and what was printed."""

    payload: bytes
    failed: bool
    output: str
    seconds: float
    init_seconds: float
    megabytes: int
    databases: Parameters


def _existing(context: Context) -> Any:
    function = function_of(context)
    if function is None:
        raise _unknown(context, context.params["FunctionName"])
    return function


def _unknown(context: Context, name: str, qualifier: str | None = None) -> Refused:
    arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{plain_name(name)}" + (f":{qualifier}" if qualifier else "")
    return Refused("ResourceNotFoundException", f"Function not found: {arn}", 404)


def found(context: Context, name: str, qualifier: str | None) -> Any:
    """The version that a qualifier names: a number, an alias by its weights, or nothing."""
    function = function_of(context, name)
    if function is None:
        raise _unknown(context, name, qualifier)
    qualifier = qualifier or name.rpartition(":function:")[2].partition(":")[2]
    if not qualifier or qualifier == "$LATEST":
        return function
    alias = aliases_of(context, name).get(qualifier)
    number = _drawn(alias) if alias else qualifier
    if number == "$LATEST":
        return function
    for version in versions_of(context, name):
        if str(version.version) == number:
            return version
    raise _unknown(context, name, qualifier)


def _drawn(alias: Any) -> str:
    """The version that one call through an alias gets."""
    lot = random.random()
    for version, weight in ((alias.routing_config or {}).get("AdditionalVersionWeights") or {}).items():
        if lot < weight:
            return str(version)
        lot -= weight
    return str(alias.function_version)


@contextmanager
def _counted(context: Context, function: Any) -> Iterator[None]:
    """One of those that run at a time, of which there may be a largest number (API lambda:Invoke, TooManyRequestsException)."""
    key, latest = (context.account, context.region, function.function_name), function_of(context, function.function_name)
    most = latest.reserved_concurrency
    if most is not None and _running[key] >= int(most):
        raise Refused("TooManyRequestsException", "Rate Exceeded.", 429, Reason="ReservedFunctionConcurrentInvocationLimitExceeded", Type="User")
    _running[key] += 1
    try:
        yield
    finally:
        _running[key] -= 1


@operation("lambda", "Invoke")
def invoke(context: Context) -> Parameters:
    """API lambda:Invoke."""
    params = context.params
    function = found(context, params["FunctionName"], params.get("Qualifier"))
    kind = params.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    payload = _payload(params.get("Payload"))
    if kind == "Event":
        later.put_off(context, params["FunctionName"], params.get("Qualifier"), payload)
        return {"StatusCode": 202, "Payload": b""}
    version, ran, tail = perform(context, params["FunctionName"], params.get("Qualifier"), payload, function)
    shown = {"ExecutedVersion": version}
    if ran.failed:
        shown["FunctionError"] = "Unhandled"
    if params.get("LogType") == "Tail":
        shown["LogResult"] = base64.b64encode(tail.encode()[-TAIL:]).decode()
    return {"StatusCode": 200, "Payload": ran.payload, **shown}


def perform(context: Context, name: str, qualifier: str | None, payload: bytes, function: Any = None, request_id: str = "") -> tuple[str, Ran, str]:
    """A call that somebody waits for: the version that ran, what came of it, and its log. Raises Refused where it does not run."""
    function = function or found(context, name, qualifier)
    if not str(function.run_time).startswith("python"):
        raise Unimplemented(f"only functions of Python run here, and this one is of {function.run_time}")
    with _counted(context, function):
        request_id = request_id or str(mock_random.uuid4())
        keys = context.call("AssumeRole", {"RoleArn": function.role, "RoleSessionName": function.function_name}, service="sts")["Credentials"]
        arn = name if ":function:" in name else f"{function.function_arn.rpartition(':function:')[0]}:function:{name}"
        surroundings = _surroundings(context, function, keys)
        databases = logins(context) if function.vpc_config else {}
        # What it asks of AWS meanwhile is answered.
        with context.simulator.unlocked():
            ran = _run(function, payload, surroundings, request_id, arn, databases)
        keep_logins(context, databases, ran.databases)
    tail = _log(context, function, request_id, ran)
    _measure(context, function, _resource(name, qualifier), ran)
    return str(function.version), ran, tail


def _resource(name: str, qualifier: str | None) -> str:
    """What was called, as metrics name it: a function, or a version or alias of it."""
    qualifier = qualifier or name.rpartition(":function:")[2].partition(":")[2]
    return f"{plain_name(name)}:{qualifier}" if qualifier else plain_name(name)


@shows("R-LAM-37")
def _measure(context: Context, function: Any, resource: str, ran: Ran) -> None:
    """What CloudWatch is told of a call (UG lambda/monitoring-metrics-types.md): of the function, of what was called, and of an alias by the version that
    answered. At once, where AWS takes a minute or more.
    """
    name, version = function.function_name, str(function.version)
    kinds = [{"FunctionName": name}, {"FunctionName": name, "Resource": resource}]
    if resource.partition(":")[2] in aliases_of(context, name):
        kinds.append({"FunctionName": name, "Resource": resource, "ExecutedVersion": version})
    measured = [("Invocations", 1.0, "Count"), ("Errors", float(ran.failed), "Count"), ("Duration", ran.seconds * 1000, "Milliseconds")]
    data = [
        {"MetricName": metric, "Value": value, "Unit": unit, "Timestamp": context.now(), "Dimensions": [{"Name": key, "Value": of[key]} for key in of]}
        for of in kinds
        for metric, value, unit in measured
    ]
    context.backend("cloudwatch").put_metric_data("AWS/Lambda", data)


def _payload(raw: Any) -> bytes:
    body = raw.read() if hasattr(raw, "read") else raw or b"{}"
    body = body.encode() if isinstance(body, str) else body
    try:
        json.loads(body)
    except ValueError as problem:
        raise Refused("InvalidRequestContentException", f"Could not parse request body into json: {problem}") from problem
    return body


def _surroundings(context: Context, function: Any, keys: Parameters) -> dict[str, str]:
    """UG lambda/configuration-envvars.md: what the runtime sets, and what the function was given."""
    return {
        **{name: str(value) for name, value in function.environment_vars.items()},
        "AWS_REGION": context.region,
        "AWS_DEFAULT_REGION": context.region,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_ENDPOINT_URL": f"http://{context.wire.request.host}",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": extra(function)["LoggingConfig"]["LogGroup"],
        "_HANDLER": function.handler,
        "TZ": ":UTC",
        "PATH": os.defpath,
    }


def _run(function: Any, payload: bytes, surroundings: dict[str, str], request_id: str, arn: str, databases: Parameters) -> Ran:
    """Unpack, start, wait, at most as long as the function may take."""
    with tempfile.TemporaryDirectory(prefix="simulated-lambda-") as directory:
        place = Path(directory)
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(place / "task")
        about = {"handler": function.handler, "task": str(place / "task"), "request_id": request_id, "arn": arn, "seconds": int(function.timeout),
                 "answer": str(place / "answer"), "event": payload.decode(), "databases": databases}  # fmt: skip
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-I", str(RUNNER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=surroundings, cwd=place / "task"
        )  # fmt: skip
        late = False
        try:
            # Its start is no part of its time, up to ten seconds (UG lambda/lambda-runtime-environment.md).
            output, _ = process.communicate(json.dumps(about).encode(), timeout=int(function.timeout) + 10)
        except subprocess.TimeoutExpired:
            late = True
            process.send_signal(signal.SIGKILL)
            output, _ = process.communicate()
        told = json.loads((place / "answer").read_text()) if (place / "answer").exists() else {}
    return _judged(function, told, late, output.decode(errors="replace"), time.monotonic() - began, request_id, process.returncode)


def _judged(function: Any, told: Parameters, late: bool, output: str, seconds: float, request_id: str, code: int | None) -> Ran:
    """The answer as AWS shapes it (UG lambda/python-exceptions.md, troubleshooting-invocation.md)."""
    init, megabytes = told.get("init_seconds", 0.0), told.get("megabytes", 0)
    seconds = told.get("seconds", seconds)
    error: Parameters | None = told.get("error")
    if late or told.get("late"):
        seconds = float(function.timeout)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        error = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: Task timed out after {function.timeout:.2f} seconds"}
        output += f"{stamp}.000Z {request_id} Task timed out after {function.timeout:.2f} seconds\n"
    elif megabytes > int(function.memory_size):
        error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"}
        megabytes = int(function.memory_size)
    elif error is None and "answer" not in told:
        error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: exit status {code}"}
    if error is None and len(told["answer"].encode()) > 6_291_556:
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}
    payload = json.dumps(error) if error else told["answer"]
    return Ran(payload.encode(), error is not None, output, seconds, init, megabytes, told.get("databases", {}))


def _log(context: Context, function: Any, request_id: str, ran: Ran) -> str:
    """START, what was printed, END and REPORT, in the function's log group, which Lambda makes where it is not there (UG lambda/monitoring-cloudwatchlogs)."""
    milliseconds = ran.seconds * 1000
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {int(milliseconds) + 1} ms\t"
        f"Memory Size: {function.memory_size} MB\tMax Memory Used: {ran.megabytes} MB\tInit Duration: {ran.init_seconds * 1000:.2f} ms"
    )
    lines = [f"START RequestId: {request_id} Version: {function.version}", *ran.output.splitlines(), f"END RequestId: {request_id}", report]
    group = extra(function)["LoggingConfig"]["LogGroup"]
    stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{function.version}]{uuid.uuid4().hex}"
    backend = context.backend("logs")
    if group not in backend.groups:
        context.call("CreateLogGroup", {"logGroupName": group}, service="logs")
    context.call("CreateLogStream", {"logGroupName": group, "logStreamName": stream}, service="logs")
    now = int(context.simulator.clock() * 1000)
    events = [{"timestamp": now, "message": line or " "} for line in lines]
    context.call("PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": events}, service="logs")
    return "\n".join(lines)


def sha256(code: bytes) -> str:
    """A package's digest as Lambda tells it."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def unpacked_size(code: bytes) -> int:
    """Bytes of what is in a package. Raises BadZipFile for what is none."""
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        return sum(entry.file_size for entry in archive.infolist())

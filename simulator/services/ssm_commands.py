# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Command: servers that can be reached, and commands that end. No server runs here, so a door says what a command prints.

A server can be reached while it runs, if its instance profile lets it register (UG systems-manager/setup-instance-permissions.md). Whether it has a way to
the service, nobody looks.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from simulator import control, policies
from simulator.access import document_of
from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, after, on_reset, operation, shows

REGISTERS = "ssm:UpdateInstanceInformation"
# Seconds on AWS: nothing documents them. Threads on eventual consistency speak of half a second to one (boto3#2701), people of seconds until an agent begins.
UNKNOWN, PENDING, RUNNING = 1.0, 2.0, 5.0
OUTPUT, ERRORS = 24_000, 8_000  # characters that are shown (API ssm:GetCommandInvocation)
# Documents of AWS that are run by name. What they say is not known here, nor are their parameters.
OF_AWS = {name: SimpleNamespace(name=name, document_type="Command", content_json={}) for name in ("AWS-RunShellScript", "AWS-UpdateSSMAgent")}
ENDS = {"Success": ("Success", 0), "Failed": ("Failed", 1), "TimedOut": ("Execution Timed Out", -1)}


@dataclass
class Told:
    """What commands of a document do.

    :param output: what they print.
    :param error: what they say of errors.
    :param status: how they end.
    """

    output: str = ""
    error: str = ""
    status: str = "Success"


@dataclass
class Command:
    """One that was sent, and what came of it, by server."""

    id: str
    params: Parameters
    sent: float
    told: Told
    instances: list[str] = field(default_factory=list)
    cancelled: bool = False


_told: dict[str, Told] = {}
_silent: set[str] = set()  # servers, by id or * for all, whose agent does not run
_sent: dict[str, Command] = {}


@on_reset
def forget() -> None:
    """An empty account has sent nothing."""
    _told.clear()
    _silent.clear()
    _sent.clear()


def document(context: Context, name: str) -> Any:
    """A document of this region, or AWS's, as moto keeps it; None where there is none."""
    name = name.rpartition("/")[2]
    versions = context.backend("ssm")._documents.get(name)
    return versions.get_default_version() if versions else OF_AWS.get(name)


def online(context: Context) -> list[str]:
    """Servers whose agents can be reached, the oldest first."""
    found = []
    for reservation in context.call("DescribeInstances", {}, service="ec2")["Reservations"]:
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] == "running" and not {instance["InstanceId"], "*"} & _silent and _registers(context, instance):
                found.append(instance["InstanceId"])
    return found


def _registers(context: Context, instance: Parameters) -> bool:
    arn = instance.get("IamInstanceProfile", {}).get("Arn", "")
    iam = context.backend("iam")
    roles = [role for profile in iam.instance_profiles.values() if profile.arn == arn for role in profile.roles]
    return any(policies.allows([*map(document_of, _policies(role))], REGISTERS, ["*"], {}) for role in roles)


def _policies(role: Any) -> list[Any]:
    return [*role.policies.values(), *role.managed_policies.values()]


@operation("ssm", "DescribeInstanceInformation")
@shows("R-SSM-14")
def describe_instance_information(context: Context) -> Parameters:
    """Those that have registered, by id and by whether they can be reached."""
    if "InstanceInformationFilterList" in context.params:
        raise Unimplemented("InstanceInformationFilterList, which AWS calls a legacy method")
    shown = online(context)
    for one in context.params.get("Filters", []):
        if one["Key"] == "InstanceIds":
            shown = [instance for instance in shown if instance in one["Values"]]
        elif one["Key"] == "PingStatus":
            shown = shown if "Online" in one["Values"] else []
        else:
            raise Unimplemented(f"the filter {one['Key']}")
    known = {"PingStatus": "Online", "PlatformType": "Linux", "ResourceType": "EC2Instance", "AgentVersion": "3.3.3050.0"}
    return {"InstanceInformationList": [{"InstanceId": instance, **known} for instance in shown]}


@operation("ssm", "SendCommand")
def send_command(context: Context) -> Parameters:
    """To servers that are named."""
    if not context.params.get("InstanceIds"):
        raise Unimplemented("commands to targets")
    name = context.params["DocumentName"].rpartition("/")[2]
    sent = Command(str(uuid.uuid4()), context.params, context.simulator.clock(), _told.get(name, Told()), context.params["InstanceIds"])
    _sent[sent.id] = sent
    seconds = context.params.get("TimeoutSeconds", 3600)
    shown = {key: context.params[key] for key in ("DocumentName", "InstanceIds", "Parameters", "Comment", "TimeoutSeconds") if key in context.params}
    times = {"RequestedDateTime": context.now(), "ExpiresAfter": context.now() + timedelta(seconds=seconds)}
    return {"Command": {"CommandId": sent.id, **shown, **times, "Status": "Pending", "StatusDetails": "Pending", "TargetCount": len(sent.instances)}}


def _named(context: Context) -> Command:
    if context.params["CommandId"] not in _sent:
        raise Refused("InvalidCommandId", "")
    return _sent[context.params["CommandId"]]


@operation("ssm", "GetCommandInvocation")
@shows("R-SSM-16")
def get_command_invocation(context: Context) -> Parameters:
    """In the course of time: not known yet, pending, running, over. Without --latency it is over at once."""
    lifecycles, passed = context.simulator.lifecycles, None
    # A reader that has not heard of the command does not know its id either, and says the same (boto3#2701).
    sent = _sent.get(context.params["CommandId"])
    if sent is not None:
        passed = context.simulator.clock() - sent.sent
    if sent is None or passed is None or context.params["InstanceId"] not in sent.instances or passed < lifecycles.scaled(UNKNOWN):
        raise Refused("InvocationDoesNotExist", "")
    about = {
        "CommandId": sent.id, "InstanceId": context.params["InstanceId"], "DocumentName": sent.params["DocumentName"],
        "Comment": sent.params.get("Comment", ""), "StandardOutputContent": "", "StandardErrorContent": "", "ExecutionStartDateTime": "", "ResponseCode": -1,
    }  # fmt: skip
    if sent.cancelled:
        return {**about, "Status": "Cancelled", "StatusDetails": "Cancelled"}
    if passed < lifecycles.scaled(UNKNOWN + PENDING):
        return {**about, "Status": "Pending", "StatusDetails": "Pending"}
    about["ExecutionStartDateTime"] = datetime.fromtimestamp(sent.sent + lifecycles.scaled(UNKNOWN + PENDING), UTC).isoformat()
    if passed < lifecycles.scaled(UNKNOWN + PENDING + RUNNING):
        return {**about, "Status": "InProgress", "StatusDetails": "InProgress"}
    details, code = ENDS[sent.told.status]
    printed = {"StandardOutputContent": sent.told.output[:OUTPUT], "StandardErrorContent": sent.told.error[:ERRORS]}
    return {**about, **printed, "Status": sent.told.status, "StatusDetails": details, "ResponseCode": code}


@operation("ssm", "CancelCommand")
def cancel_command(context: Context) -> None:
    """What has not ended does not go on."""
    _named(context).cancelled = True


@after("ssm", "ListDocuments")
def only_those_with_the_tags(context: Context, response: Parameters) -> None:
    """Keys may be tags (API ssm:DocumentKeyValuesFilter), which moto takes for nothing."""
    for one in context.params.get("Filters", []):
        if one["Key"].startswith("tag:"):
            key = one["Key"].removeprefix("tag:")
            response["DocumentIdentifiers"] = [
                found for found in response.get("DocumentIdentifiers", [])
                if any(tag["Key"] == key and tag["Value"] in one["Values"] for tag in found.get("Tags", []))
            ]  # fmt: skip


@control.door("POST", "command")
def say_what_comes_of_it(simulator: Any, request: Any) -> dict[str, Any]:
    """{"document": D, "output": TEXT, "error": TEXT, "status": "Success"|"Failed"|"TimedOut"}: what commands of a document do from now on."""
    wanted = control.body(request, "document")
    name = str(wanted.pop("document"))
    try:
        told = Told(**wanted)
    except TypeError as problem:
        raise Refused("BadRequest", f"a command has output, error, status: {problem}") from problem
    if told.status not in ENDS:
        raise Refused("BadRequest", f"a command ends as {', '.join(ENDS)}")
    with simulator.lock:
        _told[name] = told
    return {"document": name, "status": told.status}


@control.door("GET", "command")
def say_what_was_sent(simulator: Any, _: Any) -> list[dict[str, Any]]:
    """Every command, the oldest first: [{"document", "instances", "parameters"}]."""
    with simulator.lock:
        return [{"document": one.params["DocumentName"], "instances": one.instances, "parameters": one.params.get("Parameters", {})} for one in _sent.values()]


@control.door("POST", "agent")
def say_whether_it_runs(simulator: Any, request: Any) -> dict[str, Any]:
    """{"instance": ID or "*", "online": true|false}: whether Systems Manager can reach a server from now on."""
    wanted = control.body(request, "instance", "online")
    with simulator.lock:
        (_silent.discard if wanted["online"] else _silent.add)(str(wanted["instance"]))
        return {"silent": sorted(_silent)}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Command: who can be reached, what is refused, and the states that a command goes through until it shows what was printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

from simulator import control
from simulator.request import Request

NAME = "acme-look"
IMAGE = "ami-03cf127a"  # moto has it
CONTENT = {
    "schemaVersion": "2.2",
    "description": "d",
    "parameters": {
        "address": {"type": "String", "allowedPattern": "^[a-z.]+$"},
        "depth": {"type": "String", "default": "1", "allowedValues": ["1", "2"]},
    },
    "mainSteps": [{"action": "aws:runShellScript", "name": "look", "inputs": {"runCommand": ["ls"]}}],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:UpdateInstanceInformation", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def door(simulator: InProcess, name: str, **body: Any) -> int:
    request = Request.from_primitives("POST", f"http://127.0.0.1/_simulator/{name}", {}, json.dumps(body).encode())
    return control.answer(simulator.core, request).status


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[InProcess, Any]:
    """A simulator that takes its time, and what lets time pass."""
    simulator = InProcess(latency="aws")
    began = simulator.core.clock()
    passed = [0.0]
    monkeypatch.setattr(simulator.core, "clock", lambda: began + passed[0])
    simulator.core.lifecycles._clock = simulator.core.clock
    return simulator, lambda seconds: passed.__setitem__(0, passed[0] + seconds)


def profile(simulator: InProcess) -> InProcess:
    """A role with which servers may register."""
    iam = simulator.client("iam")
    iam.create_role(RoleName="servers", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="servers", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    iam.create_instance_profile(InstanceProfileName="servers")
    iam.add_role_to_instance_profile(InstanceProfileName="servers", RoleName="servers")
    return simulator


def server(simulator: InProcess, **options: Any) -> str:
    launched = simulator.client("ec2").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.micro", **options)
    return str(launched["Instances"][0]["InstanceId"])


WITH_PROFILE = {"IamInstanceProfile": {"Name": "servers"}}


def test_who_can_be_reached() -> None:
    """Servers that run, whose role may register, and whose agent does."""
    simulator = profile(InProcess())
    ssm, ec2 = simulator.client("ssm"), simulator.client("ec2")
    with_role, without = server(simulator, **WITH_PROFILE), server(simulator)

    def reached(**filters: list[str]) -> list[str]:
        found = ssm.describe_instance_information(Filters=[{"Key": key, "Values": values} for key, values in filters.items()])
        return [one["InstanceId"] for one in found["InstanceInformationList"]]

    assert reached() == reached(PingStatus=["Online"]) == reached(InstanceIds=[with_role, without]) == [with_role]
    assert reached(InstanceIds=[without]) == reached(PingStatus=["ConnectionLost"]) == []
    command = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}}
    assert refused(ssm.send_command, InstanceIds=[without], **command) == "InvalidInstanceId"
    assert door(simulator, "agent", instance="*", online=False) == 200
    assert reached() == []
    assert refused(ssm.send_command, InstanceIds=[with_role], **command) == "InvalidInstanceId"
    door(simulator, "agent", instance="*", online=True)
    ssm.send_command(InstanceIds=[with_role], **command)
    ec2.stop_instances(InstanceIds=[with_role])
    assert reached() == []


def test_what_is_refused() -> None:
    simulator = profile(InProcess())
    ssm, instance = simulator.client("ssm"), server(simulator, **WITH_PROFILE)
    assert refused(ssm.send_command, InstanceIds=[instance], DocumentName=NAME) == "InvalidDocument"
    ssm.create_document(Name=NAME, Content=json.dumps(CONTENT), DocumentType="Command")
    for parameters in ({}, {"address": ["a.b"], "other": ["x"]}, {"address": ["a; rm"]}, {"address": ["a.b"], "depth": ["3"]}):
        assert refused(ssm.send_command, InstanceIds=[instance], DocumentName=NAME, Parameters=parameters) == "InvalidParameters"
    ssm.send_command(InstanceIds=[instance], DocumentName=NAME, Parameters={"address": ["a.b"]})
    automation = {"schemaVersion": "0.3", "mainSteps": [{"name": "sleep", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]}
    ssm.create_document(Name="acme-automation", Content=json.dumps(automation), DocumentType="Automation")
    assert refused(ssm.send_command, InstanceIds=[instance], DocumentName="acme-automation") == "InvalidDocument"
    update = {"Name": NAME, "DocumentVersion": "$LATEST", "DocumentFormat": "JSON"}
    assert refused(ssm.update_document, Content=json.dumps(CONTENT, indent=2), **update) == "DuplicateDocumentContent"
    ssm.update_document(Content=json.dumps({**CONTENT, "description": "e"}), **update)


def test_documents_are_found_by_their_tags() -> None:
    ssm = InProcess().client("ssm")
    for name, project in (("acme-one", "acme"), ("other-one", "other")):
        ssm.create_document(Name=name, Content=json.dumps(CONTENT), DocumentType="Command", Tags=[{"Key": "Project", "Value": project}])
    found = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}, {"Key": "tag:Project", "Values": ["acme"]}])
    assert [one["Name"] for one in found["DocumentIdentifiers"]] == ["acme-one"]


def test_the_course_of_a_command(slow: tuple[InProcess, Any]) -> None:
    """Whoever asks at once is told that there is none; what it prints is seen when it has ended, and not all of it."""
    simulator, wait = slow
    profile(simulator)
    wait(600)
    instance = server(simulator, **WITH_PROFILE)
    wait(600)
    ssm = simulator.client("ssm")
    door(simulator, "command", document="AWS-RunShellScript", output="o" * 30_000, error="e" * 9_000, status="Failed")
    command = ssm.send_command(InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": ["false"]})["Command"]
    assert command["Status"] == "Pending"
    about = {"CommandId": command["CommandId"], "InstanceId": instance}
    assert refused(ssm.get_command_invocation, **about) == "InvocationDoesNotExist"
    seen = []
    for _ in range(20):
        wait(0.5)
        try:
            found = ssm.get_command_invocation(**about)
        except ClientError:
            continue
        if found["Status"] not in seen:
            seen.append(found["Status"])
        if found["Status"] != "Failed":
            assert (found["StandardOutputContent"], found["ResponseCode"]) == ("", -1)
    assert seen == ["Pending", "InProgress", "Failed"]
    assert (len(found["StandardOutputContent"]), len(found["StandardErrorContent"]), found["ResponseCode"]) == (24_000, 8_000, 1)
    assert refused(ssm.get_command_invocation, CommandId=command["CommandId"], InstanceId="i-00000000000000000") == "InvocationDoesNotExist"
    ssm.cancel_command(CommandId=command["CommandId"])
    assert ssm.get_command_invocation(**about)["Status"] == "Cancelled"
    assert refused(ssm.cancel_command, CommandId="00000000-0000-0000-0000-000000000000") == "InvalidCommandId"


@pytest.mark.parametrize("body", [{"document": "d", "status": "Lost"}, {"document": "d", "prints": "x"}, {"output": "x"}])
def test_a_door_that_is_misused(body: dict[str, str]) -> None:
    assert door(InProcess(), "command", **body) == 400

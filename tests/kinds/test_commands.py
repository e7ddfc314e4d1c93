# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents, and commands of them that are run on a server and waited for."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.command import run
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ssm import Documents
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from botocore.exceptions import ClientError
from conftest import Module
from simulated import Simulated

STEP = {"action": "aws:runShellScript", "name": "look", "inputs": {"runCommand": ["look {{ address }}"]}}
CONTENT = {"schemaVersion": "2.2", "description": "d", "parameters": {"address": {"type": "String"}}, "mainSteps": [STEP]}
OPTIONS = {"document": "AWS-RunShellScript", "parameters": {}, "comment": "", "start_timeout": 60, "wait_timeout": 60}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def content(simulator: Any, name: str = "acme-look") -> dict[str, Any]:
    """What would be run."""
    return dict(json.loads(simulator.client("ssm").get_document(Name=name)["Content"]))


def test_a_document_and_what_becomes_of_it(keep: Any, clear: Any, simulator: Any) -> None:
    """A change is run from then on; order counts, spaces do not; what others have made is left alone."""
    other = {"schemaVersion": "2.2", "description": "other", "mainSteps": [STEP]}
    simulator.client("ssm").create_document(Name="acme-other", Content=json.dumps(other), DocumentType="Command")
    item = {"name": "acme-look", "content": CONTENT}
    assert [change.action for change in keep(Documents, [item], check_mode=True).changes] == ["create"]
    first = keep(Documents, [item])
    assert [change.action for change in first.changes] == ["create"]
    assert first.resources["acme-look"].outputs["arn"] == "arn:aws:ssm:eu-west-1:123456789012:document/acme-look"
    assert keep(Documents, [item]).changes == []
    changed = {**item, "content": {**CONTENT, "mainSteps": [STEP, {**STEP, "name": "again"}]}}
    assert [change.options for change in keep(Documents, [changed]).changes] == [["content"]]
    assert content(simulator) == changed["content"]
    turned = {**item, "content": {**CONTENT, "mainSteps": [{**STEP, "name": "again"}, STEP]}}
    assert [change.action for change in keep(Documents, [turned]).changes] == ["update"]
    assert keep(Documents, [turned]).changes == []
    assert [change.name for change in clear(Documents).changes] == ["acme-look"]
    found = simulator.client("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    assert [one["Name"] for one in found] == ["acme-other"]


def test_a_change_that_was_ended_half_way(keep: Any, simulator: Any) -> None:
    """The version is there, and not what is run: the next run goes on with it."""
    keep(Documents, [{"name": "acme-look", "content": CONTENT}])
    changed = {**CONTENT, "description": "e"}
    update = {"Name": "acme-look", "DocumentVersion": "$LATEST", "DocumentFormat": "JSON"}
    simulator.client("ssm").update_document(Content=json.dumps(changed), **update)
    assert content(simulator) == CONTENT
    assert [change.options for change in keep(Documents, [{"name": "acme-look", "content": changed}]).changes] == [["content"]]
    assert content(simulator) == changed


def servers(simulator: Simulated, count: int) -> list[str]:
    iam = simulator.client("iam")
    iam.create_role(RoleName="servers", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="servers", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    iam.create_instance_profile(InstanceProfileName="servers")
    iam.add_role_to_instance_profile(InstanceProfileName="servers", RoleName="servers")
    launch = {"ImageId": "ami-03cf127a", "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "servers"}}
    until = time.monotonic() + 30
    while True:
        try:
            launched = simulator.client("ec2").run_instances(MinCount=count, MaxCount=count, **launch)
            return [one["InstanceId"] for one in launched["Instances"]]
        except simulator.client("ec2").exceptions.ClientError as error:
            # The profile is news still.
            assert "iamInstanceProfile" in str(error) and time.monotonic() < until, error
            time.sleep(0.1)


def command(simulator: Any, instances: list[str], check_mode: bool = False, **more: Any) -> dict[str, Any]:
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    return run(Session(module), {**OPTIONS, "instances": instances, **more}, sleep=lambda _: time.sleep(0.05))


def test_what_a_server_prints(simulator: Any) -> None:
    """The first that can be reached; that it fails, or that none can be reached, is for whoever asked."""
    first, second = servers(simulator, 2)
    simulator.door("command", {"document": "AWS-RunShellScript", "output": "well"})
    assert command(simulator, [first, second], check_mode=True)["status"] == "Pending"
    assert not [call for call in simulator.calls() if call["operation"] == "SendCommand"]
    found = command(simulator, [first, second])
    assert (found["instance"], found["status"], found["output"]) == (first, "Success", "well")
    simulator.door("agent", {"instance": first, "online": False})
    simulator.door("command", {"document": "AWS-RunShellScript", "error": "no such file", "status": "Failed"})
    found = command(simulator, [first, second])
    assert (found["instance"], found["status"], found["said"], found["details"]) == (second, "Failed", "no such file", "Failed")
    simulator.door("agent", {"instance": "*", "online": False})
    assert command(simulator, [first, second])["status"] == command(simulator, [])["status"] == "Unreachable"


class Slow:
    """Systems Manager as it is in the first seconds: whoever asks at once is told that there is no such command."""

    check_mode = False

    def __init__(self, *statuses: str) -> None:
        self.statuses, self.cancelled = list(statuses), []

    def client(self, *_: Any) -> Any:
        return self

    def get_paginator(self, _: str) -> Any:
        pages = SimpleNamespace(search=lambda _: [{"InstanceId": "i-1"}])
        return SimpleNamespace(paginate=lambda **_: pages)

    def send_command(self, **_: Any) -> dict[str, Any]:
        return {"Command": {"CommandId": "c-1"}}

    def get_command_invocation(self, **_: Any) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == "InvocationDoesNotExist":
            raise ClientError({"Error": {"Code": status, "Message": ""}}, "GetCommandInvocation")
        return {"Status": status, "StatusDetails": status, "StandardOutputContent": "well" if status == "Success" else ""}

    def cancel_command(self, **parameters: Any) -> None:
        self.cancelled.append(parameters)


def test_with_the_delays_of_aws() -> None:
    """Nothing is known of a command at first, and it takes its time; one that takes too long is cancelled."""
    patient = {**OPTIONS, "instances": ["i-1"]}
    slow: Any = Slow("InvocationDoesNotExist", "InvocationDoesNotExist", "Pending", "InProgress", "Success")
    assert run(slow, patient, sleep=lambda _: None)["output"] == "well"
    late: Any = Slow("InvocationDoesNotExist", "InProgress")
    with pytest.raises(Problem, match="AWS-RunShellScript has not ended on i-1 after 0 seconds .*command c-1.*cancelled"):
        run(late, {**patient, "wait_timeout": 0}, sleep=lambda _: None)
    assert late.cancelled == [{"CommandId": "c-1", "InstanceIds": ["i-1"]}]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes: what a platform's application needs, what endpoints are, and what a device is delivered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

KEY = "-----BEGIN PRIVATE KEY-----\nx"  # pragma: allowlist secret
FIREBASE = {"type": "service_account", "project_id": "acme", "client_email": "push@acme.example", "private_key": KEY}
APPLE = {
    "PlatformCredential": KEY, "PlatformPrincipal": "KEY1234567", "ApplePlatformTeamID": "TEAM123456",
    "ApplePlatformBundleID": "example.acme.app",
}  # fmt: skip


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return f"{raised.value.response['Error']['Code']}: {raised.value.response['Error']['Message']}"


def test_credentials_are_looked_at(simulator: Simulated) -> None:
    create = simulator.client("sns").create_platform_application
    for platform, attributes in (
        ("FOO", {"PlatformCredential": "x"}),
        ("GCM", {"PlatformCredential": "AAAA-a-legacy-key"}),
        ("GCM", {"PlatformCredential": json.dumps({**FIREBASE, "type": "authorized_user"})}),
        ("APNS", {name: value for name, value in APPLE.items() if name != "ApplePlatformTeamID"}),
        ("APNS", {**APPLE, "PlatformCredential": "x"}),
        ("APNS", {**APPLE, "SuccessFeedbackSampleRate": "101"}),
    ):
        assert refused(create, Name="app", Platform=platform, Attributes=attributes).startswith("InvalidParameter"), (platform, attributes)
    arn = create(Name="app", Platform="APNS", Attributes=APPLE)["PlatformApplicationArn"]
    shown = simulator.client("sns").get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
    assert shown == {"Enabled": "true", "ApplePlatformTeamID": "TEAM123456", "ApplePlatformBundleID": "example.acme.app"}


def test_a_device_is_delivered_what_is_for_its_platform(simulator: Simulated) -> None:
    sns = simulator.client("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    queue = simulator.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:failures")
    arn = sns.create_platform_application(
        Name="app", Platform="GCM", Attributes={"PlatformCredential": json.dumps(FIREBASE), "EventDeliveryFailure": topic}
    )["PlatformApplicationArn"]  # fmt: skip
    device = {"PlatformApplicationArn": arn, "Token": "token-1", "CustomUserData": "anna"}
    endpoint = sns.create_platform_endpoint(**device)["EndpointArn"]
    assert sns.create_platform_endpoint(**device)["EndpointArn"] == endpoint
    assert f"Endpoint {endpoint} already exists with the same Token" in refused(sns.create_platform_endpoint, **{**device, "CustomUserData": "ben"})
    message = {"default": "hello", "GCM": json.dumps({"fcmV1Message": {"message": {"data": {"changes": "1"}}}})}
    sns.publish(TargetArn=endpoint, MessageStructure="json", Message=json.dumps(message))
    sns.publish(TargetArn=endpoint, Message="hello")
    assert [one["payload"] for one in simulator.door("pushes?token=token-1")] == [
        {"fcmV1Message": {"message": {"data": {"changes": "1"}}}}, {"notification": {"body": "hello"}},
    ]  # fmt: skip
    for wrong in ("hello", json.dumps({"GCM": "{}"}), json.dumps({"default": "x", "GCM": "no json"})):
        assert refused(sns.publish, TargetArn=endpoint, MessageStructure="json", Message=wrong).startswith("InvalidParameter")
    # The app is removed from the device: that push is lost, and the next one refused.
    simulator.door("push-token", {"token": "token-1", "valid": False})
    sns.publish(TargetArn=endpoint, Message="lost")
    assert sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]["Enabled"] == "false"
    assert refused(sns.publish, TargetArn=endpoint, Message="refused").startswith("EndpointDisabled")
    told = json.loads(simulator.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert json.loads(told["Message"])["EndpointArn"] == endpoint and len(simulator.door("pushes")) == 2
    # A token of its own brings it back.
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Token": "token-2", "Enabled": "true"})
    sns.publish(TargetArn=endpoint, Message="again")
    assert simulator.door("pushes?token=token-2")[0]["payload"] == {"notification": {"body": "again"}}
    sns.delete_platform_application(PlatformApplicationArn=arn)
    sns.delete_platform_application(PlatformApplicationArn=arn)

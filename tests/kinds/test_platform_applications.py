# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells devices: credentials come from Secrets Manager, are given again when they are new, and are seen nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sns_push import PlatformApplications
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

KEY = "-----BEGIN PRIVATE KEY-----\nnobodys"  # pragma: allowlist secret
FIREBASE = {"type": "service_account", "project_id": "acme", "client_email": "push@acme.example", "private_key": KEY}
APPLE = {"signing_key": KEY, "key_id": "KEY1234567"}
FCM = {"name": "acme-dev-fcm", "platform": "GCM", "secret_name": "acme-dev-push-fcm", "success_percent": 10}
APNS = {"name": "acme-dev-apns", "platform": "APNS", "secret_name": "acme-dev-push-apns", "team_id": "TEAM123456", "bundle_id": "example.acme.app"}


def reads(simulator: Any) -> int:
    return sum(call["operation"] == "GetSecretValue" for call in simulator.door("journal"))


def test_applications(simulator: Any, keep: Callable[..., Result], clear: Callable[..., Result]) -> None:
    secrets, sns = simulator.client("secretsmanager"), simulator.client("sns")
    with pytest.raises(Problem, match="the secret acme-dev-push-fcm is not there, or is empty. Fill it: aws secretsmanager create-secret --region eu-west-1"):
        keep(PlatformApplications, [FCM, APNS])
    secrets.create_secret(Name=FCM["secret_name"], SecretString=json.dumps(FIREBASE))
    secrets.create_secret(Name=APNS["secret_name"], SecretString=json.dumps(APPLE))
    assert {change.action for change in keep(PlatformApplications, [FCM, APNS], check_mode=True).changes} == {"create"} and reads(simulator) == 0
    made = keep(PlatformApplications, [FCM, APNS])
    assert reads(simulator) == 2 and "nobodys" not in repr(made)
    assert keep(PlatformApplications, [FCM, APNS]).changed is False and reads(simulator) == 2
    # New credentials are noticed without being read, and given once.
    secrets.put_secret_value(SecretId=APNS["secret_name"], SecretString=json.dumps({**APPLE, "key_id": "KEY7654321"}))
    planned = keep(PlatformApplications, [FCM, APNS], check_mode=True)
    assert [(change.name, change.options) for change in planned.changes] == [("acme-dev-apns", ["credential"])] and reads(simulator) == 2
    result = keep(PlatformApplications, [FCM, APNS])
    assert result.changed and reads(simulator) == 3 and "nobodys" not in repr(result) and keep(PlatformApplications, [FCM, APNS]).changed is False
    topic = sns.create_topic(Name="acme-dev-failures")["TopicArn"]
    assert keep(PlatformApplications, [{**FCM, "success_percent": 100, "failure_topic_arn": topic}, APNS]).changes[0].options == [
        "failure_topic_arn", "success_percent",
    ]  # fmt: skip
    arn = result.resources["acme-dev-fcm"].outputs["arn"]
    assert sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]["SuccessFeedbackSampleRate"] == "100"
    # With it go the endpoints of all devices.
    assert keep(PlatformApplications, [], remove=("*",)).undeclared == ["acme-dev-apns", "acme-dev-fcm"]
    clear(PlatformApplications)
    assert sns.list_platform_applications()["PlatformApplications"] == []


def test_bad_input(simulator: Any, keep: Callable[..., Result]) -> None:
    secrets = simulator.client("secretsmanager")
    secrets.create_secret(Name=FCM["secret_name"], SecretString="AAAA-a-legacy-key-that-is-nobodys-business")
    secrets.create_secret(Name=APNS["secret_name"], SecretString=json.dumps(APPLE))
    for item, words in (
        ({**APNS, "team_id": ""}, "Apple's need team_id and bundle_id"),
        ({**FCM, "bundle_id": "x"}, "are Apple's"),
        ({**FCM, "name": "fcm"}, "has to begin with acme-dev-"),
        ({**FCM, "success_percent": 101}, "a share from 0 to 100"),
        (FCM, "the secret acme-dev-push-fcm does not hold the JSON of a service account of Firebase$"),
    ):
        with pytest.raises(Problem, match=words):
            keep(PlatformApplications, [item])
    assert simulator.client("sns").list_platform_applications()["PlatformApplications"] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Queues, and what has functions read them and the streams of tables: as declared, and what happens then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import packages
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_events import EventSourceMappings
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_functions import Functions
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sqs import Queues
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "dynamodb:*"], "Resource": "*"}]}
CODE = "def handler(event, context):\n    raise ValueError('no luck')\n"
LETTERS = {"name": "acme-dev-letters", "visibility_timeout_seconds": 30, "retention_seconds": 1209600, "kms_key": "", "delay_seconds": 0}


@pytest.fixture
def function(simulator: Any, keep: Callable[..., Result], tmp_path: Path) -> dict[str, Any]:
    iam = simulator.client("iam")
    role = iam.create_role(RoleName="acme-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="acme-function", PolicyName="may", PolicyDocument=json.dumps(MAY))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(CODE)
    built = packages.build(tmp_path / "app", "python3.13", "arm64", tmp_path / "builds")
    item = {
        "name": "acme-dev-changes", "role_arn": role, "runtime": "python3.13", "handler": "app.handler", "timeout_seconds": 20, "alias": "live",
        "package": built["path"], "code_sha256": built["code_sha256"],
    }  # fmt: skip
    return {**item, "arn": keep(Functions, [item]).resources["acme-dev-changes"].outputs["alias_arn"]}


def settled(simulator: Any) -> None:
    for _ in range(400):
        if simulator.door("events") == {"asynchronous": [], "sources": []}:
            return
        time.sleep(0.05)
    raise AssertionError("something is not done")


def test_queues(simulator: Any, keep: Callable[..., Result], clear: Callable[..., Result]) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}],
    }
    jobs = {"name": "acme-dev-jobs", "visibility_timeout_seconds": 60, "max_receive_count": 3, "policy": policy}
    assert keep(Queues, [LETTERS], check_mode=True).changes[0].action == "create"
    arn = keep(Queues, [LETTERS]).resources["acme-dev-letters"].outputs["arn"]
    both = [{**jobs, "dead_letter_arn": arn}, LETTERS]
    keep(Queues, both)
    assert keep(Queues, both).changed is False
    client = simulator.client("sqs")
    url = client.get_queue_url(QueueName="acme-dev-jobs")["QueueUrl"]
    shown = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(shown["RedrivePolicy"]) == {"deadLetterTargetArn": arn, "maxReceiveCount": 3} and client.list_queue_tags(QueueUrl=url)["Tags"]["Project"]
    both[0] |= {"max_receive_count": 5, "visibility_timeout_seconds": 90}
    assert keep(Queues, both).changes[0].options == ["max_receive_count", "visibility_timeout_seconds"]
    assert keep(Queues, both).changed is False
    keep(Queues, [{"name": "acme-dev-jobs", "dead_letter_arn": "", "max_receive_count": 0}, LETTERS])
    assert "RedrivePolicy" not in client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    # What is in a queue goes with it, so a consent names it.
    assert keep(Queues, [], remove=("*",)).undeclared == ["acme-dev-jobs", "acme-dev-letters"]
    clear(Queues)
    assert "QueueUrls" not in client.list_queues()


def test_streams_and_queues_invoke(simulator: Any, keep: Callable[..., Result], clear: Callable[..., Result], function: dict[str, Any]) -> None:
    letters = keep(Queues, [LETTERS]).resources["acme-dev-letters"].outputs
    dynamodb = simulator.client("dynamodb")
    stream = dynamodb.create_table(
        TableName="acme", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]  # fmt: skip
    item = {
        "name": "acme-dev-changes-app", "function_arn": function["arn"], "source_arn": stream, "starting_position": "latest", "batch_size": 10,
        "window_seconds": 0, "bisect": True, "report_failures": True, "maximum_retry_attempts": 0, "maximum_record_age_seconds": 3600, "enabled": True,
        "failure_destination_arn": letters["arn"], "filters": [{"eventName": ["INSERT"]}],
    }  # fmt: skip
    assert keep(EventSourceMappings, [item], check_mode=True).changes[0].action == "create"
    keep(EventSourceMappings, [item])
    assert keep(EventSourceMappings, [item]).changed is False
    dynamodb.put_item(TableName="acme", Item={"pk": {"S": "one"}})
    settled(simulator)
    sqs = simulator.client("sqs")
    told = json.loads(sqs.receive_message(QueueUrl=letters["url"])["Messages"][0]["Body"])
    assert told["requestContext"]["functionArn"] == function["arn"] and told["DDBStreamBatchInfo"]["streamArn"] == stream
    changed = {**item, "maximum_retry_attempts": 3, "filters": [], "bisect": False, "failure_destination_arn": "", "report_failures": False}
    assert keep(EventSourceMappings, [changed]).changes[0].options == [
        "bisect", "failure_destination_arn", "filters", "maximum_retry_attempts", "report_failures",
    ]  # fmt: skip
    assert keep(EventSourceMappings, [changed]).changed is False
    # Another source is another mapping; nothing is lost that a consent would have to name.
    other = dynamodb.create_table(
        TableName="other", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]["LatestStreamArn"]  # fmt: skip
    assert keep(EventSourceMappings, [{**changed, "source_arn": other}]).changes[0].action == "replace"
    keep(EventSourceMappings, [])
    clear(EventSourceMappings)
    assert simulator.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []


def test_events_that_fail_for_good(simulator: Any, keep: Callable[..., Result], function: dict[str, Any]) -> None:
    letters = keep(Queues, [LETTERS]).resources["acme-dev-letters"].outputs
    item = {name: value for name, value in function.items() if name != "arn"}
    wanted = {**item, "maximum_retry_attempts": 1, "maximum_event_age_seconds": 3600, "failure_destination_arn": letters["arn"], "canary_percent": 50,
              "canary_seconds": 60}  # fmt: skip
    result = keep(Functions, [wanted])
    # No part of a version, so nothing is tried on a share of the calls.
    assert result.changes[0].options == ["failure_destination_arn", "maximum_event_age_seconds", "maximum_retry_attempts"]
    assert result.resources["acme-dev-changes"].outputs["version"] == "1" and keep(Functions, [wanted]).changed is False
    client = simulator.client("lambda")
    client.invoke(FunctionName="acme-dev-changes", Qualifier="live", InvocationType="Event", Payload=b'{"greeting": "hello"}')
    settled(simulator)
    told = json.loads(simulator.client("sqs").receive_message(QueueUrl=letters["url"])["Messages"][0]["Body"])
    assert told["requestPayload"] == {"greeting": "hello"} and told["requestContext"]["approximateInvokeCount"] == 2
    keep(Functions, [{**wanted, "failure_destination_arn": ""}])
    shown = client.get_function_event_invoke_config(FunctionName="acme-dev-changes", Qualifier="live")
    assert shown["MaximumRetryAttempts"] == 1 and not shown["DestinationConfig"].get("OnFailure", {}).get("Destination")


def test_bad_input_is_refused_first(simulator: Any, keep: Callable[..., Result], function: dict[str, Any]) -> None:
    queue = "arn:aws:sqs:eu-west-1:123456789012:jobs"
    stream = "arn:aws:dynamodb:eu-west-1:123456789012:table/acme/stream/2026"
    before = simulator.calls(mutating=True)
    for kind, item, words in (
        (Queues, {"delay_seconds": 901}, "delay_seconds is 901, SQS takes 0 to 900"),
        (Queues, {"dead_letter_arn": queue}, "dead_letter_arn and max_receive_count go together"),
        (Queues, {"dead_letter_arn": queue.replace("jobs", "acme-dev-x"), "max_receive_count": 3}, "is its own dead letter queue"),
        (EventSourceMappings, {"source_arn": stream}, "starting_position says from where on"),
        (EventSourceMappings, {"source_arn": queue, "bisect": True}, "bisect is of streams"),
        (EventSourceMappings, {"source_arn": queue, "batch_size": 100}, "more than 10 messages at a time need window_seconds"),
        (EventSourceMappings, {"source_arn": stream, "starting_position": "latest", "maximum_concurrency": 5}, "maximum_concurrency is of queues"),
    ):
        with pytest.raises(Problem, match=words):
            keep(kind, [{"name": "acme-dev-x", "function_arn": function["arn"], **item}])
    assert simulator.calls(mutating=True) == before

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, asked as devices ask it: verify.py REGION PREFIX. The function itself answers, from the table."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import boto3

region, prefix = sys.argv[1:]
client, logs, iam = (boto3.client(service, region_name=region) for service in ("lambda", "logs", "iam"))
name, group = f"{prefix}-api", f"/{prefix.replace('-', '/')}/functions/api"

held = client.get_function_configuration(FunctionName=name, Qualifier="live")
assert (held["Version"], held["Architectures"], held["TracingConfig"]) == ("1", ["arm64"], {"Mode": "Active"}), held
assert held["LoggingConfig"]["LogGroup"] == group and held["CodeSize"] < 5_000_000

found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
assert [one["logGroupName"] for one in found] == [group] and found[0]["retentionInDays"] == 7, found

role = iam.get_role(RoleName=held["Role"].rpartition("/")[2])["Role"]
policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="function")["PolicyDocument"]
assert {action for one in policy["Statement"] for action in one["Action"] if action.startswith("dynamodb:")} == {
    "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query",
}, policy  # fmt: skip


def ask(route: str, body: Any = None, sub: str = "anna-0001", **more: Any) -> tuple[int, Any]:
    event = {"routeKey": route, "body": json.dumps(body), "requestContext": {"authorizer": {"jwt": {"claims": {"sub": sub}}}}, **more}
    answer = client.invoke(FunctionName=f"{name}:live", Payload=json.dumps(event))
    said = json.load(answer["Payload"])
    assert "FunctionError" not in answer and answer["ExecutedVersion"] == "1", said
    return said["statusCode"], json.loads(said["body"])


assert ask("PUT /profile", {"name": "Anna", "version": 0})[1]["version"] == 1
assert ask("POST /items", {"id": "item-0001", "title": "Seen from the train"})[0] == 201
status, told = ask("GET /changes")
assert status == 200 and sorted(one["kind"] for one in told["changes"]) == ["item", "profile"], told
assert ask("GET /items", sub="somebody-else")[1]["items"] == []
assert ask("POST /items", {"id": "x"})[0] == 400

lines = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
answered = [json.loads(line) for line in lines if line.startswith("{")]
assert [one["status"] for one in answered] == [200, 201, 200, 200, 400] and all(one["request_id"] for one in answered), lines
assert sum(line.startswith("REPORT") for line in lines) == 5

# What was written calls the other function by itself; what fails there for good has a place to go.
(mapping,) = client.list_event_source_mappings(FunctionName=f"{prefix}-changes:live")["EventSourceMappings"]
queue = boto3.client("sqs", region_name=region).get_queue_url(QueueName=f"{prefix}-dead-letters")["QueueUrl"]
letters = mapping["DestinationConfig"]["OnFailure"]["Destination"]
assert (letters.rpartition(":")[2], mapping["State"], mapping["BatchSize"]) == (queue.rpartition("/")[2], "Enabled", 100), mapping
asked = client.get_function_event_invoke_config(FunctionName=f"{prefix}-changes", Qualifier="live")
assert asked["DestinationConfig"]["OnFailure"]["Destination"] == letters, asked
told = 0
for _ in range(200):
    events = logs.filter_log_events(logGroupName=group.replace("/api", "/changes"))["events"]
    told = sum(json.loads(event["message"])["events"] for event in events if event["message"].startswith("{"))
    if told == 2:
        break
    time.sleep(0.1)
assert told == 2, events

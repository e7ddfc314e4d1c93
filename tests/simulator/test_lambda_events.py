# SPDX-License-Identifier: GPL-3.0-or-later
"""What invokes functions without anybody who waits: events, streams and queues; what is tried again, what is given up, and where that goes."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "dynamodb:*"], "Resource": "*"}]}
# Says what it was asked; fails where it is told to.
CODE = """
def handler(event, context):
    print("asked", context.function_version, event)
    if event.get("do") == "fail":
        raise ValueError("no luck")
    failures = []
    for record in event.get("Records", []):
        if "dynamodb" in record:
            said, identifier = record["dynamodb"]["Keys"]["pk"]["S"], record["dynamodb"]["SequenceNumber"]
        else:
            said, identifier = record["body"], record["messageId"]
        print("record", said)
        if said.startswith("poison"):
            raise ValueError(said)
        if said.startswith("later"):
            failures.append({"itemIdentifier": identifier})
    return {"batchItemFailures": failures}
"""
ROUNDS = 400  # looks at what is not done, a twentieth of a second apart


class World:
    """A function, a queue for what is given up, and a table."""

    def __init__(self, aws: Any, done: Callable[[], bool]) -> None:
        self.aws, self._done = aws, done
        self.lambda_, self.sqs, self.dynamodb, self.iam = (aws.client(service) for service in ("lambda", "sqs", "dynamodb", "iam"))
        self.role = self.iam.create_role(RoleName="acme-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        self.iam.put_role_policy(RoleName="acme-function", PolicyName="may", PolicyDocument=json.dumps(MAY))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", CODE)
        self.lambda_.create_function(
            FunctionName="acme", Role=self.role, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": packed.getvalue()}, Timeout=20
        )  # fmt: skip
        self.letters, self.letters_arn = self.queue("letters")

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def table(self) -> str:
        keys = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = self.dynamodb.create_table(TableName="acme", BillingMode="PAY_PER_REQUEST", StreamSpecification=stream, **keys)
        return str(made["TableDescription"]["LatestStreamArn"])

    def write(self, *keys: str) -> None:
        for key in keys:
            self.dynamodb.put_item(TableName="acme", Item={"pk": {"S": key}})

    def settled(self) -> None:
        for _ in range(ROUNDS):
            if self._done():
                return
            time.sleep(0.05)
        raise AssertionError("something is not done")

    def lines(self, beginning: str) -> list[str]:
        events = self.aws.client("logs").filter_log_events(logGroupName="/aws/lambda/acme")["events"]
        return [event["message"].removeprefix(beginning) for event in events if event["message"].startswith(beginning)]

    def given_up(self) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=self.letters, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", [])
        for one in found:
            self.sqs.delete_message(QueueUrl=self.letters, ReceiptHandle=one["ReceiptHandle"])
        return found


@pytest.fixture
def world(simulator: Simulated) -> World:
    return World(simulator, lambda: simulator.door("events") == {"asynchronous": [], "sources": []})


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return f"{raised.value.response['Error']['Code']}: {raised.value.response['Error']['Message']}"


def test_events_that_nobody_waits_for(world: World) -> None:
    client = world.lambda_
    answer = client.invoke(FunctionName="acme", InvocationType="Event", Payload=json.dumps({"do": "well"}))
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    world.settled()
    assert len(world.lines("asked ")) == 1
    # Three times in all, then to the dead letters: the event itself.
    client.update_function_configuration(FunctionName="acme", DeadLetterConfig={"TargetArn": world.letters_arn})
    client.invoke(FunctionName="acme", InvocationType="Event", Payload=json.dumps({"do": "fail"}))
    world.settled()
    assert len(world.lines("asked ")) == 4
    (letter,) = world.given_up()
    assert json.loads(letter["Body"]) == {"do": "fail"} and letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no luck"
    # An alias's own: no retry, and a destination that is told what became of it.
    client.update_function_configuration(FunctionName="acme", DeadLetterConfig={"TargetArn": ""})
    client.publish_version(FunctionName="acme")
    client.create_alias(FunctionName="acme", Name="live", FunctionVersion="1")
    destination = {"OnFailure": {"Destination": world.letters_arn}}
    client.put_function_event_invoke_config(FunctionName="acme", Qualifier="live", MaximumRetryAttempts=0, DestinationConfig=destination)
    assert refused(client.get_function_event_invoke_config, FunctionName="acme").startswith("ResourceNotFoundException")
    client.invoke(FunctionName="acme", Qualifier="live", InvocationType="Event", Payload=json.dumps({"do": "fail"}))
    world.settled()
    assert len(world.lines("asked ")) == 5
    told = json.loads(world.given_up()[0]["Body"])
    assert told["requestContext"]["condition"] == "RetriesExhausted" and told["requestContext"]["approximateInvokeCount"] == 1
    assert (told["requestPayload"], told["responseContext"]["executedVersion"], told["responsePayload"]["errorType"]) == ({"do": "fail"}, "1", "ValueError")


def test_a_stream_is_read_in_order(world: World) -> None:
    arn = world.table()
    world.write("before")
    mapped = world.lambda_.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="acme", StartingPosition="LATEST", BatchSize=10, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": world.letters_arn}}, FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]}, MaximumBatchingWindowInSeconds=0,
    )  # fmt: skip
    world.write("first")
    world.settled()
    assert world.lines("record ") == ["first"]  # what was there before is not read
    world.dynamodb.delete_item(TableName="acme", Key={"pk": {"S": "first"}})
    world.lambda_.update_event_source_mapping(UUID=mapped["UUID"], Enabled=False)
    world.write("one", "two", "poison", "three", "four")
    assert world.lines("record ") == ["first"]  # switched off, and nothing is lost
    world.lambda_.update_event_source_mapping(UUID=mapped["UUID"], Enabled=True)
    world.settled()
    # The batch is cut until the one that fails is alone; that is tried twice and given up, and what is behind it goes on.
    assert world.lines("record ").count("poison") >= 3 and {"one", "two", "three", "four"} <= set(world.lines("record "))
    assert world.lines("record ")[-1] == "four"
    (told,) = (json.loads(one["Body"]) for one in world.given_up())
    info = told["DDBStreamBatchInfo"]
    assert (told["requestContext"]["condition"], info["batchSize"], info["streamArn"]) == ("RetryAttemptsExhausted", 1, arn)
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    # Told which failed, only those from there on are told again.
    before = len(world.lines("record "))
    world.lambda_.update_event_source_mapping(UUID=mapped["UUID"], BisectBatchOnFunctionError=False, Enabled=False)
    world.write("fine", "later", "behind")
    world.lambda_.update_event_source_mapping(UUID=mapped["UUID"], Enabled=True)
    world.settled()
    assert world.lines("record ")[before:] == ["fine", "later", "behind", "later", "behind"]
    assert json.loads(world.given_up()[0]["Body"])["DDBStreamBatchInfo"]["batchSize"] == 2
    world.lambda_.delete_event_source_mapping(UUID=mapped["UUID"])
    assert world.lambda_.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_queue_is_emptied(world: World) -> None:
    url, arn = world.queue("jobs", VisibilityTimeout="30", RedrivePolicy=json.dumps({"deadLetterTargetArn": world.letters_arn, "maxReceiveCount": "2"}))
    world.sqs.send_message(QueueUrl=url, MessageBody="early")
    mapped = world.lambda_.create_event_source_mapping(EventSourceArn=arn, FunctionName="acme", FunctionResponseTypes=["ReportBatchItemFailures"])
    world.settled()
    assert world.lines("record ") == ["early"]
    world.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": body, "MessageBody": body} for body in ("fine", "later")])
    world.settled()
    assert world.lines("record ").count("fine") == 1 and world.lines("record ").count("later") == 2
    assert [one["Body"] for one in world.given_up()] == ["later"]
    # A function that fails has done nothing of its batch.
    world.sqs.send_message(QueueUrl=url, MessageBody="poison")
    world.settled()
    assert world.lines("record ").count("poison") == 2 and [one["Body"] for one in world.given_up()] == ["poison"]
    shown = world.lambda_.get_event_source_mapping(UUID=mapped["UUID"])
    assert (shown["State"], shown["BatchSize"], shown["FunctionArn"].rpartition(":")[2]) == ("Enabled", 10, "acme")
    # Mappings stay when their function goes.
    world.lambda_.delete_function(FunctionName="acme")
    assert [one["UUID"] for one in world.lambda_.list_event_source_mappings()["EventSourceMappings"]] == [mapped["UUID"]]


def test_what_a_real_account_refuses(world: World) -> None:
    create, stream = world.lambda_.create_event_source_mapping, world.table()
    _, short = world.queue("short", VisibilityTimeout="10")
    _, good = world.queue("good", VisibilityTimeout="30")
    for params, words in (
        ({"EventSourceArn": short}, "Queue visibility timeout: 10 seconds is less than Function timeout: 20 seconds"),
        ({"EventSourceArn": good, "BatchSize": 100}, "greater than 0 if maximum batch size"),
        ({"EventSourceArn": good, "MaximumRetryAttempts": 1}, "Unsupported parameter"),
        ({"EventSourceArn": good + "x"}, "does not exist"),
        ({"EventSourceArn": stream}, "startingPosition"),
        ({"EventSourceArn": stream + "x", "StartingPosition": "LATEST"}, "Stream not found"),
        ({"EventSourceArn": stream, "StartingPosition": "LATEST", "DestinationConfig": {"OnFailure": {"Destination": good + "x"}}}, "does not exist"),
    ):
        assert words in refused(create, FunctionName="acme", **params), params
    create(EventSourceArn=good, FunctionName="acme")
    assert refused(create, EventSourceArn=good, FunctionName="acme").startswith("ResourceConflictException")
    world.iam.delete_role_policy(RoleName="acme-function", PolicyName="may")
    assert "Cannot access stream" in refused(create, EventSourceArn=stream, FunctionName="acme", StartingPosition="LATEST")
    letters = {"DeadLetterConfig": {"TargetArn": world.letters_arn}}
    assert "permissions to call SendMessage on SQS" in refused(world.lambda_.update_function_configuration, FunctionName="acme", **letters)
    destination = {"OnFailure": {"Destination": world.letters_arn}}
    assert "SendMessage" in refused(world.lambda_.put_function_event_invoke_config, FunctionName="acme", DestinationConfig=destination)


def test_it_takes_its_time() -> None:
    simulated = InProcess(latency="aws")
    now = 1_800_000_000.0
    simulated.core.clock = lambda: now  # type: ignore[method-assign]
    simulated.core.lifecycles._clock = simulated.core.clock
    simulated.core.lifecycles.scale = None
    from simulator.services import _lambda_later as later

    tried: list[int] = []
    world = World(simulated, lambda: not later.events or (len(tried) != later.events[0].tries and bool(later.events[0].tries)))
    simulated.core.lifecycles.scale = 1.0
    world.lambda_.invoke(FunctionName="acme", InvocationType="Event", Payload=json.dumps({"do": "fail"}))
    for pause in (60, 120):
        world.settled()
        assert later.events[0].due - now == pause
        tried.append(pause)
        now += pause
    world.settled()
    assert not later.events
    mapped = world.lambda_.create_event_source_mapping(EventSourceArn=world.queue("jobs")[1], FunctionName="acme")
    assert mapped["State"] == "Creating"
    assert refused(world.lambda_.delete_event_source_mapping, UUID=mapped["UUID"]).startswith("ResourceInUseException")
    now += 11
    assert world.lambda_.get_event_source_mapping(UUID=mapped["UUID"])["State"] == "Enabled"

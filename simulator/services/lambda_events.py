# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: events that invoke functions without anybody who waits: asynchronous invocations, streams of tables, queues; with retries, and what becomes of those
that fail for good.

moto invokes by itself, at once, within the call that changes the table, and forgets what fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import unix_time, unix_time_millis
from moto.dynamodb.models.table import StreamShard
from moto.events.models import EventPattern
from moto.moto_api._internal import mock_random
from moto.sqs.models import Queue

from simulator import moto_bridge
from simulator.api import Simulator
from simulator.context import Context
from simulator.control import door
from simulator.registry import Parameters, Refused, Unimplemented, on_reset, operation, shows
from simulator.request import Request
from simulator.services import _lambda_later as later
from simulator.services._afterwards import lasts, still
from simulator.services.lambda_ import Ran, extra, found, function_of, perform, plain_name

RETRIES, AGE = 2, 21600  # of an asynchronous invocation, where nobody says (UG lambda/invocation-async-error-handling.md)
PAUSES = (60.0, 120.0)  # seconds before its first and its second retry
MAPPING = 10.0  # seconds on AWS until a mapping is as asked for; experience
NO_END = -1  # streams: until the records expire
DEFAULTS: Parameters = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}
OF_STREAMS: Parameters = {
    "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "MaximumRetryAttempts": NO_END, "MaximumRecordAgeInSeconds": NO_END,
    "BisectBatchOnFunctionError": False, "ParallelizationFactor": 1, "TumblingWindowInSeconds": 0,
}  # fmt: skip
SETTINGS = (
    *OF_STREAMS, "DestinationConfig", "FilterCriteria", "FunctionResponseTypes", "ScalingConfig", "KMSKeyArn",
)  # fmt: skip


@dataclass
class Batch:
    """Records of a stream that were read and are not done, by their places in it."""

    records: list[int]
    tries: int = 0
    due: float = 0.0


@dataclass
class Mapping:
    """What leads from a source to a function."""

    account: str
    region: str
    told: Parameters
    name: str
    qualifier: str | None
    tags: dict[str, str]
    position: int = 0  # of the next record that nobody has read
    batches: list[Batch] = field(default_factory=list)
    gathering: float | None = None  # since when a batch waits to be full

    @property
    def source(self) -> str:
        return str(self.told["EventSourceArn"])

    @property
    def of_stream(self) -> bool:
        return ":dynamodb:" in self.source

    @property
    def reports(self) -> bool:
        return "ReportBatchItemFailures" in (self.told.get("FunctionResponseTypes") or [])


_mappings: dict[str, Mapping] = {}
_simulators: list[Simulator] = []  # the one that has mappings


@on_reset
def _forget() -> None:
    _mappings.clear()


def install() -> None:
    """Know when there is something to read. moto's own mappings, which invoke by themselves, are never made."""
    add, add_message = StreamShard.add, Queue.add_message

    def added(self: StreamShard, *items: Any) -> None:
        add(self, *items)
        _arrived()

    def message_added(self: Queue, message: Any) -> None:
        add_message(self, message)
        _arrived()

    StreamShard.add, Queue.add_message = added, message_added  # type: ignore[method-assign]


def _arrived() -> None:
    if _mappings:
        later.resume(_simulators[0])


# Asynchronous invocations -------------------------------------------------------------------------------------------------


def _configurations(context: Context) -> dict[str, Parameters]:
    function = function_of(context)
    if function is None:
        raise Refused("ResourceNotFoundException", f"The function {plain_name(context.params['FunctionName'])} doesn't exist.", 404)
    return function.__dict__.setdefault("simulator_asynchronous", {})


def _qualifier(context: Context) -> str:
    return context.params.get("Qualifier") or context.params["FunctionName"].rpartition(":function:")[2].partition(":")[2] or "$LATEST"


@operation("lambda", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
def configure(context: Context) -> Parameters:
    """API lambda:PutFunctionEventInvokeConfig: what is not named is as if it had never been; of an update, as it was."""
    held, qualifier = _configurations(context), _qualifier(context)
    if context.operation == "UpdateFunctionEventInvokeConfig" and qualifier not in held:
        raise _unconfigured(context, qualifier)
    before = held.get(qualifier, {}) if context.operation == "UpdateFunctionEventInvokeConfig" else {}
    told = {name: context.params[name] for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig") if name in context.params}
    held[qualifier] = {**before, **told, "LastModified": context.now(), "FunctionArn": _arn(context, context.params["FunctionName"], qualifier)}
    return held[qualifier]


@operation("lambda", "GetFunctionEventInvokeConfig")
def configuration(context: Context) -> Parameters:
    """API lambda:GetFunctionEventInvokeConfig."""
    qualifier = _qualifier(context)
    if qualifier not in _configurations(context):
        raise _unconfigured(context, qualifier)
    return _configurations(context)[qualifier]


@operation("lambda", "ListFunctionEventInvokeConfigs")
def configurations(context: Context) -> Parameters:
    """API lambda:ListFunctionEventInvokeConfigs."""
    return {"FunctionEventInvokeConfigs": list(_configurations(context).values())}


@operation("lambda", "DeleteFunctionEventInvokeConfig")
def unconfigure(context: Context) -> None:
    """API lambda:DeleteFunctionEventInvokeConfig."""
    if _configurations(context).pop(_qualifier(context), None) is None:
        raise _unconfigured(context, _qualifier(context))


def _unconfigured(context: Context, qualifier: str) -> Refused:
    arn = _arn(context, context.params["FunctionName"], qualifier)
    return Refused("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", 404)


def _arn(context: Context, name: str, qualifier: str | None) -> str:
    return f"arn:aws:lambda:{context.region}:{context.account}:function:{plain_name(name)}" + (f":{qualifier}" if qualifier else "")


@shows("R-LAM-38")
def _invoke_one(simulator: Simulator) -> float | None:
    """The event that is due. One that fails is tried again after one minute and two; one for which there is no room, with longer and longer pauses, as
    long as it is not too old (UG lambda/invocation-async-error-handling.md). What is given up goes to its destination and to the dead letter queue.
    """
    now = simulator.clock()
    event = min(later.events, key=lambda one: one.due, default=None)
    if event is None:
        return None
    if event.due > now:
        return event.due - now
    context = later.context_of(simulator, event.account, event.region)
    function = function_of(context, event.name)
    if function is None:
        later.events.remove(event)
        return 0
    chosen = function.__dict__.get("simulator_asynchronous", {}).get(event.qualifier or "$LATEST", {})
    too_old = now - event.born > simulator.lifecycles.scaled(float(chosen.get("MaximumEventAgeInSeconds", AGE))) if simulator.lifecycles.scale else False
    ran: Ran | None = None
    version = ""
    if not too_old:
        try:
            if still(context, f"pending/{event.name}"):
                raise Refused("ResourceConflictException", "Pending")
            version, ran, _ = perform(context, event.name, event.qualifier, event.payload, request_id=event.request_id)
        except (Refused, Unimplemented) as refused:
            if isinstance(refused, Unimplemented) or refused.code == "ResourceNotFoundException":
                later.events.remove(event)
                return 0
            event.held_up += 1
            event.due = simulator.clock() + max(simulator.lifecycles.scaled(min(300.0, 2.0**event.held_up)), later.LOOK_AGAIN)
            return 0
        event.tries += 1
    if event not in later.events:  # another account meanwhile
        return 0
    if ran is not None and ran.failed and event.tries <= int(chosen.get("MaximumRetryAttempts", RETRIES)):
        event.due = simulator.clock() + simulator.lifecycles.scaled(PAUSES[min(event.tries, len(PAUSES)) - 1])
        return 0
    later.events.remove(event)
    _settle_event(context, event, chosen, version, ran, function)
    return 0


def _settle_event(context: Context, event: later.Event, chosen: Parameters, version: str, ran: Ran | None, function: Any) -> None:
    """Tell whoever is to know (UG lambda/invocation-async-retain-records.md, UG lambda/invocation-async-retain-records.md#invocation-dlq)."""
    failed = ran is None or ran.failed
    destinations = chosen.get("DestinationConfig") or {}
    destination = (destinations.get("OnFailure" if failed else "OnSuccess") or {}).get("Destination")
    if destination:
        condition = "Success" if not failed else "EventAgeExceeded" if ran is None else "RetriesExhausted"
        record = {
            **_record(context, event.request_id, _arn(context, event.name, event.qualifier or "$LATEST"), condition, event.tries, version, ran),
            "requestPayload": json.loads(event.payload),
        }
        if ran is not None:
            record["responsePayload"] = json.loads(ran.payload)
        _send(context, destination, json.dumps(record))
    letters = (extra(function).get("DeadLetterConfig") or {}).get("TargetArn")
    if failed and letters:
        message = json.loads(ran.payload).get("errorMessage", "") if ran else "Event age exceeded"
        told = {"RequestID": event.request_id, "ErrorCode": "200", "ErrorMessage": message[:1024] or "none"}
        _send(context, letters, event.payload.decode(), told)


def _record(context: Context, request_id: str, arn: str, condition: str, tries: int, version: str, ran: Ran | None) -> Parameters:
    record: Parameters = {
        "version": "1.0",
        "timestamp": _stamp(context),
        "requestContext": {"requestId": request_id, "functionArn": arn, "condition": condition, "approximateInvokeCount": tries},
    }
    if ran is not None:
        record["responseContext"] = {"statusCode": 200, "executedVersion": version, **({"functionError": "Unhandled"} if ran.failed else {})}
    return record


def _stamp(context: Context) -> str:
    return context.now().isoformat(timespec="milliseconds") + "Z"


def _send(context: Context, arn: str, body: str, attributes: dict[str, str] | None = None) -> None:
    """To a queue, a topic or a function. What is no more there loses it, as on AWS."""
    kind, name = arn.split(":")[2], arn.split(":")[-1]
    typed = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
    try:
        if kind == "sqs":
            url = f"http://{context.simulator.host}/{arn.split(':')[4]}/{name}"
            context.call("SendMessage", {"QueueUrl": url, "MessageBody": body, "MessageAttributes": typed}, service="sqs")
        elif kind == "sns":
            context.call("Publish", {"TopicArn": arn, "Message": body, "MessageAttributes": typed}, service="sns")
        elif kind == "lambda":
            later.put_off(context, arn, None, body.encode())
    except Refused:
        pass


# Mappings -----------------------------------------------------------------------------------------------------------------


def mappings_of(context: Context) -> list[Mapping]:
    """Those of an account and region."""
    return [one for one in _mappings.values() if (one.account, one.region) == (context.account, context.region)]


def mapping_of(context: Context) -> Mapping:
    """The one that a call names."""
    one = _mappings.get(context.params["UUID"])
    if one is None or (one.account, one.region) != (context.account, context.region):
        raise Refused("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return one


def _shown(context: Context, mapping: Mapping) -> Parameters:
    told = {key: value for key, value in mapping.told.items() if value not in (None, "")}
    uuid = told["UUID"]
    for phase in ("Creating", "Updating", "Enabling", "Disabling"):
        if still(context, f"{phase}/{uuid}"):
            told["State"] = phase
    return told


@operation("lambda", "CreateEventSourceMapping")
def create_mapping(context: Context) -> Parameters:
    """API lambda:CreateEventSourceMapping."""
    params, uuid = context.params, str(mock_random.uuid4())
    name = params["FunctionName"]
    qualifier = name.rpartition(":function:")[2].partition(":")[2] or (name.partition(":")[2] if name.count(":") == 1 else "") or None
    found(context, name, qualifier)
    told: Parameters = {
        "UUID": uuid, "EventSourceArn": params["EventSourceArn"], "FunctionArn": _arn(context, name, qualifier), "LastModified": context.now(),
        "EventSourceMappingArn": f"arn:aws:lambda:{context.region}:{context.account}:event-source-mapping:{uuid}",
        "State": "Enabled" if params.get("Enabled", True) else "Disabled", "StateTransitionReason": "USER_INITIATED",
        "LastProcessingResult": "No records processed",
        **(OF_STREAMS if ":dynamodb:" in params["EventSourceArn"] else DEFAULTS), **{key: params[key] for key in SETTINGS if key in params},
    }  # fmt: skip
    if params.get("StartingPosition"):
        told["StartingPosition"] = params["StartingPosition"]
    mapping = Mapping(context.account, context.region, told, plain_name(name), qualifier, dict(params.get("Tags") or {}))
    if mapping.of_stream and params["StartingPosition"] == "LATEST":
        mapping.position = len(_shard(context, mapping).items)
    _mappings[uuid] = mapping
    _simulators[:] = [context.simulator]
    lasts(context, f"Creating/{uuid}", MAPPING)
    later.resume(context.simulator)
    return _shown(context, mapping)


@operation("lambda", "GetEventSourceMapping")
def get_mapping(context: Context) -> Parameters:
    """API lambda:GetEventSourceMapping."""
    return _shown(context, mapping_of(context))


@operation("lambda", "ListEventSourceMappings")
def list_mappings(context: Context) -> Parameters:
    """API lambda:ListEventSourceMappings; by function, those of the function or of the alias that is named."""
    params, shown = context.params, []
    for one in mappings_of(context):
        wanted = params.get("FunctionName")
        if wanted and wanted not in (one.name, one.told["FunctionArn"]) and wanted != one.told["FunctionArn"].rpartition(":function:")[2]:
            continue
        if params.get("EventSourceArn", one.source) == one.source:
            shown.append(_shown(context, one))
    return {"EventSourceMappings": shown}


@operation("lambda", "UpdateEventSourceMapping")
def update_mapping(context: Context) -> Parameters:
    """API lambda:UpdateEventSourceMapping."""
    mapping, params = mapping_of(context), context.params
    if params.get("FunctionName"):
        name = params["FunctionName"]
        qualifier = name.rpartition(":function:")[2].partition(":")[2] or None
        found(context, name, qualifier)
        mapping.name, mapping.qualifier = plain_name(name), qualifier
        mapping.told["FunctionArn"] = _arn(context, name, qualifier)
    mapping.told |= {key: params[key] for key in SETTINGS if key in params}
    phase = "Updating"
    if "Enabled" in params:
        state = "Enabled" if params["Enabled"] else "Disabled"
        if state != mapping.told["State"]:
            phase = "Enabling" if params["Enabled"] else "Disabling"
        mapping.told["State"] = state
    mapping.told["LastModified"] = context.now()
    lasts(context, f"{phase}/{params['UUID']}", MAPPING)
    later.resume(context.simulator)
    return _shown(context, mapping)


@operation("lambda", "DeleteEventSourceMapping")
def delete_mapping(context: Context) -> Parameters:
    """API lambda:DeleteEventSourceMapping."""
    mapping = mapping_of(context)
    del _mappings[context.params["UUID"]]
    return {**_shown(context, mapping), "State": "Deleting"}


@operation("lambda", "TagResource")
def tag(context: Context) -> None:
    """moto tags functions only."""
    _tags(context).update(context.params["Tags"])


@operation("lambda", "UntagResource")
def untag(context: Context) -> None:
    """As TagResource."""
    for key in context.params["TagKeys"]:
        _tags(context).pop(key, None)


@operation("lambda", "ListTags")
def tags(context: Context) -> Parameters:
    """As TagResource."""
    return {"Tags": dict(_tags(context))}


def _tags(context: Context) -> dict[str, str]:
    arn = context.params["Resource"]
    mapping = _mappings.get(arn.rpartition(":event-source-mapping:")[2]) if ":event-source-mapping:" in arn else None
    if mapping is not None:
        return mapping.tags
    function = function_of(context, arn) if ":function:" in arn else None
    if function is None:
        raise Refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
    return function.tags


# Reading sources ----------------------------------------------------------------------------------------------------------


def _read_one(simulator: Simulator) -> float | None:
    """One batch of one source. The others have their turn next."""
    pauses = []
    for mapping in sorted(_mappings.values(), key=lambda one: one.told["LastModified"]):
        context = later.context_of(simulator, mapping.account, mapping.region)
        if _shown(context, mapping)["State"] != "Enabled":
            if _has_more(context, mapping):
                pauses.append(later.LOOK_AGAIN)
            continue
        pauses.append(_read_stream(context, mapping) if mapping.of_stream else _read_queue(context, mapping))
    known = [pause for pause in pauses if pause is not None]
    return min(known) if known else None


def _has_more(context: Context, mapping: Mapping) -> bool:
    """Whether a source has what is not done."""
    if mapping.of_stream:
        shard = _shard(context, mapping)
        return bool(mapping.batches or (shard and mapping.position < len(shard.items)))
    queue = _queue(context, mapping.source)
    return bool(queue and queue._messages)


def _matches(mapping: Mapping, record: Parameters) -> bool:
    """UG lambda/invocation-eventfiltering.md: one of the filters. Of a message the body, where it is JSON."""
    filters = (mapping.told.get("FilterCriteria") or {}).get("Filters") or []
    if not filters:
        return True
    seen = dict(record)
    if "body" in seen:
        try:
            seen["body"] = json.loads(seen["body"])
        except ValueError:
            pass
    return any(EventPattern(None, json.loads(one.get("Pattern") or "{}")).matches_event(seen) for one in filters)  # type: ignore[arg-type]


@shows("R-LAM-31")
def _call(context: Context, mapping: Mapping, records: list[Parameters]) -> tuple[str, Ran] | None:
    """What came of a batch; None where there was no room for it, or it cannot run: a mapping stays when its function goes."""
    try:
        if still(context, f"pending/{mapping.name}"):
            return None
        version, ran, _ = perform(context, mapping.name, mapping.qualifier, json.dumps({"Records": records}).encode())
    except (Refused, Unimplemented):
        return None
    mapping.told["LastProcessingResult"] = "PROBLEM: Function call failed" if ran.failed else "OK"
    return version, ran


def _failed(mapping: Mapping, ran: Ran, known: Iterable[str]) -> set[str] | None:
    """Which of a batch failed; None for all of it (UG lambda/services-ddb-batchfailurereporting.md, UG lambda/services-sqs-errorhandling.md)."""
    if ran.failed:
        return None
    if not mapping.reports:
        return set()
    answer = json.loads(ran.payload)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set()
    told = {one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures}
    return None if told - set(known) else told


def _shard(context: Context, mapping: Mapping) -> Any:
    """moto's stream of a table; None where the table or that stream of it is gone."""
    table = context.backend("dynamodb").tables.get(mapping.source.partition(":table/")[2].partition("/")[0])
    return table.stream_shard if table is not None and table.latest_stream_label == mapping.source.rpartition("/")[2] else None


def _image(shard: Any, mapping: Mapping, index: int) -> Parameters:
    """A record as a function gets it."""
    record = shard.items[index].to_json()
    change = {**record["dynamodb"], "ApproximateCreationDateTime": unix_time(record["dynamodb"]["ApproximateCreationDateTime"])}
    return {**record, "dynamodb": change, "awsRegion": mapping.region, "eventVersion": "1.1", "eventSourceARN": mapping.source}


@shows("R-LAM-39")
def _read_stream(context: Context, mapping: Mapping) -> float | None:
    """The next batch of a stream, in order: while one fails, those behind it wait."""
    simulator, told = context.simulator, mapping.told
    shard, now = _shard(context, mapping), simulator.clock()
    if shard is None:
        mapping.batches.clear()
        return None
    if not mapping.batches:
        pause = _gather(context, mapping, shard, now)
        if pause != 0:
            return pause
    if not mapping.batches:
        return 0
    batch = mapping.batches[0]
    if batch.due > now:
        return batch.due - now
    records = [_image(shard, mapping, index) for index in batch.records]
    oldest = told["MaximumRecordAgeInSeconds"]
    if oldest != NO_END and simulator.lifecycles.scale:
        born = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
        aged = [one for one, when in zip(batch.records, born, strict=True) if now - when > simulator.lifecycles.scaled(oldest)]
        if aged:
            _discard(context, mapping, shard, Batch(aged, batch.tries), "RecordAgeExpired", "", None)
            batch.records = [one for one in batch.records if one not in aged]
            if not batch.records:
                mapping.batches.remove(batch)
            return 0
    came = _call(context, mapping, records)
    if batch not in mapping.batches:
        return 0
    if came is None:
        batch.due = simulator.clock() + max(simulator.lifecycles.scaled(1.0), later.LOOK_AGAIN)
        return 0
    version, ran = came
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = _failed(mapping, ran, numbers)
    if failed == set():
        mapping.batches.remove(batch)
        return 0
    # From the first that failed on; what is behind it is told again, done or not.
    begin = 0 if failed is None else min(numbers.index(one) for one in failed)  # type: ignore[type-var]
    batch.records = batch.records[begin:]
    if told["BisectBatchOnFunctionError"] and len(batch.records) > 1:
        half = len(batch.records) // 2
        mapping.batches[0:1] = [Batch(batch.records[:half], batch.tries), Batch(batch.records[half:], batch.tries)]
        return 0
    batch.tries += 1
    if told["MaximumRetryAttempts"] != NO_END and batch.tries > told["MaximumRetryAttempts"]:
        mapping.batches.remove(batch)
        _discard(context, mapping, shard, batch, "RetryAttemptsExhausted", version, ran)
        return 0
    pause = min(60.0, 2.0**batch.tries)
    # Without an end a batch is not tried as fast as the machine can.
    batch.due = simulator.clock() + (pause if told["MaximumRetryAttempts"] == NO_END else simulator.lifecycles.scaled(pause))
    return 0


def _gather(context: Context, mapping: Mapping, shard: Any, now: float) -> float | None:
    """Read what fits into a batch, when it is full or its window has ended: 0 then, else how long that takes, None for nothing to read."""
    told = mapping.told
    chosen, index = [], mapping.position
    while index < len(shard.items) and len(chosen) < told["BatchSize"]:
        if _matches(mapping, _image(shard, mapping, index)):
            chosen.append(index)
        index += 1
    if not chosen:
        mapping.position = index
        return None
    mapping.gathering = mapping.gathering if mapping.gathering is not None else now
    left = mapping.gathering + context.simulator.lifecycles.scaled(told["MaximumBatchingWindowInSeconds"]) - now
    if left > 0 and len(chosen) < told["BatchSize"]:
        return left
    mapping.gathering, mapping.position = None, index
    mapping.batches.append(Batch(chosen))
    return 0


def _discard(context: Context, mapping: Mapping, shard: Any, batch: Batch, condition: str, version: str, ran: Ran | None) -> None:
    """UG lambda/services-dynamodb-errors.md: not the records, but where they are, for as long as the stream has them."""
    destination = ((mapping.told.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not destination:
        return
    first, last = (_image(shard, mapping, index)["dynamodb"] for index in (batch.records[0], batch.records[-1]))
    arrived = [datetime.fromtimestamp(one["ApproximateCreationDateTime"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for one in (first, last)]
    record = {
        **_record(context, str(mock_random.uuid4()), mapping.told["FunctionArn"], condition, batch.tries, version, ran),
        "DDBStreamBatchInfo": {
            "shardId": shard.id, "startSequenceNumber": first["SequenceNumber"], "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": arrived[0], "approximateArrivalOfLastRecord": arrived[1],
            "batchSize": len(batch.records), "streamArn": mapping.source,
        },
    }  # fmt: skip
    _send(context, destination, json.dumps(record))


def _queue(context: Context, arn: str) -> Any:
    return context.backend("sqs", region=arn.split(":")[3]).queues.get(arn.split(":")[-1])


@shows("R-LAM-40")
def _read_queue(context: Context, mapping: Mapping) -> float | None:
    """What is visible in a queue, as one batch. What is done is deleted; what failed is seen again when the queue's visibility timeout is over, until it
    has been received too often, when the queue's redrive policy takes it (UG lambda/services-sqs-errorhandling.md).
    """
    queue, told, simulator = _queue(context, mapping.source), mapping.told, context.simulator
    if queue is None or not queue._messages:
        mapping.gathering = None
        return None
    visible = [message for message in queue.messages if message.visible]
    if not visible:
        mapping.gathering = None
        return max(min(max(message.visible_at, message.delayed_until) for message in queue._messages) - unix_time_millis(), 10.0) / 1000
    now = simulator.clock()
    mapping.gathering = mapping.gathering if mapping.gathering is not None else now
    left = mapping.gathering + simulator.lifecycles.scaled(told["MaximumBatchingWindowInSeconds"]) - now
    if left > 0 and len(visible) < told["BatchSize"]:
        return left
    mapping.gathering = None
    backend = moto_bridge.backend("sqs", mapping.region, mapping.account)
    received = backend.receive_message(queue.name, told["BatchSize"], 0, queue.visibility_timeout, ["All"])
    if not received:
        return 0 if queue._messages else None
    records = {message.id: _message(mapping, message) for message in received}
    wanted = {identifier: record for identifier, record in records.items() if _matches(mapping, record)}
    done = set(records) - set(wanted)
    held_up = False
    if wanted:
        came = _call(context, mapping, list(wanted.values()))
        held_up = came is None
        failed = set(wanted) if came is None else _failed(mapping, came[1], wanted)
        done |= set() if failed is None else set(wanted) - failed
    for message in received:
        if message.id in done:
            queue.delete_message(message.receipt_handle)
    # What nothing takes from the queue is not tried as fast as the machine can.
    pause = max(simulator.lifecycles.scaled(float(queue.visibility_timeout)), 0 if queue.redrive_policy and not held_up else later.LOOK_AGAIN)
    for message in queue._messages:
        if message.id in set(wanted) - done:
            message.visible_at = unix_time_millis() + pause * 1000
    return 0


def _message(mapping: Mapping, message: Any) -> Parameters:
    """UG lambda/with-sqs.md."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    given = {
        key: {"stringValue": value.get("StringValue"), "stringListValues": [], "binaryListValues": [], "dataType": value.get("DataType")}
        for key, value in message.message_attributes.items()
    }
    return {
        "messageId": message.id, "receiptHandle": message.receipt_handle, "body": message.body, "attributes": attributes, "messageAttributes": given,
        "md5OfBody": message.body_md5, "eventSource": "aws:sqs", "eventSourceARN": mapping.source, "awsRegion": mapping.region,
    }  # fmt: skip


later.STEPS[:] = [_invoke_one, _read_one]


@door("GET", "events")
def outstanding(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Events that nobody waits for and that are not done: asynchronous invocations, and mappings whose source has something left."""
    with simulator.lock:
        busy = [
            {"function": one.name, "source": one.source} for one in _mappings.values() if _has_more(later.context_of(simulator, one.account, one.region), one)
        ]
        return {"asynchronous": later.waiting(), "sources": busy}

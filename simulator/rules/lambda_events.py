# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of what invokes functions: event source mappings, dead letters, destinations."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services._afterwards import still
from simulator.services.lambda_ import function_of
from simulator.services.lambda_events import Mapping, mapping_of, mappings_of

MAPPED = ["CreateEventSourceMapping", "UpdateEventSourceMapping"]
READS_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
READS_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
OF_STREAMS_ONLY = (
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "StartingPosition",
    "DestinationConfig",
)


def _wrong(message: str) -> Refused:
    return Refused("InvalidParameterValueException", message)


def _may(context: Context, role_arn: str, action: str) -> bool:
    """Whether a policy of a role has a statement that allows an action, on whatever."""
    role = next((one for one in context.backend("iam").roles.values() if one.arn == role_arn), None)
    documents: list[Any] = [] if role is None else [*role.policies.values(), *(policy.document for policy in role.managed_policies.values())]
    for document in documents:
        statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = statement.get("Action", [])
            patterns = [actions] if isinstance(actions, str) else actions
            if statement["Effect"] == "Allow" and any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns):
                return True
    return False


def _source(context: Context) -> str:
    if context.operation == "CreateEventSourceMapping":
        return str(context.params["EventSourceArn"])
    return mapping_of(context).source


def _function(context: Context) -> Any:
    """The function that is mapped to; None where there is none."""
    held: Mapping | None = mapping_of(context) if context.operation == "UpdateEventSourceMapping" else None
    return function_of(context, context.params.get("FunctionName") or (held.name if held else None))


def _queue(context: Context, arn: str) -> Any:
    return context.backend("sqs", region=arn.split(":")[3]).queues.get(arn.split(":")[-1])


@rule("R-LAM-41", service="lambda", operations=["CreateEventSourceMapping"], source="unsourced", certain=False)
def source_that_is_there(context: Context) -> None:
    """The queue or the stream exists. Others are not simulated."""
    arn = context.params.get("EventSourceArn") or ""
    kind = arn.split(":")[2] if arn.count(":") > 4 else ""
    if kind == "sqs" and _queue(context, arn) is None:
        code = "AWS.SimpleQueueService.NonExistentQueue"
        raise _wrong(f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: The specified queue does not exist.")
    if kind == "dynamodb":
        table = context.backend("dynamodb").tables.get(arn.partition(":table/")[2].partition("/")[0])
        if table is None or table.latest_stream_label != arn.rpartition("/")[2]:
            raise _wrong(f"Stream not found: {arn}")
    if kind not in ("sqs", "dynamodb"):
        raise _wrong(f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn {arn}")


@rule("R-LAM-23", service="lambda", operations=MAPPED, source="UG lambda/services-sqs-configure.md")
def visible_again_when_it_is_over(context: Context) -> None:
    """A message stays invisible for as long as the function may take."""
    arn, function = _source(context), _function(context)
    queue = _queue(context, arn) if ":sqs:" in arn else None
    if queue is not None and function is not None and queue.visibility_timeout < function.timeout:
        raise _wrong(f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: {function.timeout} seconds")


@rule(
    "R-LAM-24",
    service="lambda",
    operations=["CreateEventSourceMapping"],
    source="UG lambda/services-ddb.md, UG lambda/services-sqs-configure.md",
    certain=False,
)
def role_reads_the_source(context: Context) -> None:
    """The function's role may read what it is to read, before it is mapped."""
    arn, function = _source(context), _function(context)
    if function is None:
        return
    if ":sqs:" in arn:
        for action in READS_QUEUE:
            if not _may(context, function.role, action):
                raise _wrong(f"The provided execution role does not have permissions to call {action.partition(':')[2]} on SQS")
    elif not all(_may(context, function.role, action) for action in READS_STREAM):
        raise _wrong(
            f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on "
            "your stream in IAM."
        )


@rule("R-LAM-25", service="lambda", operations=["CreateEventSourceMapping"], source="unsourced", certain=False)
def one_mapping_of_each_kind(context: Context) -> None:
    """A source leads to a function once."""
    for one in mappings_of(context):
        if one.source == context.params["EventSourceArn"] and function_of(context) is function_of(context, one.name):
            raise Refused(
                "ResourceConflictException",
                f'The event source arn ("{one.source}") and function ("{one.name}") provided mapping already exists. Please update or delete the existing '
                f"mapping with UUID {one.told['UUID']}",
                409,
            )


@rule("R-LAM-26", service="lambda", operations=["CreateEventSourceMapping"], source="API lambda:CreateEventSourceMapping, StartingPosition")
def streams_begin_somewhere(context: Context) -> None:
    """Of a stream it is said from where on."""
    if ":dynamodb:" in context.params["EventSourceArn"] and not context.params.get("StartingPosition"):
        raise _wrong("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")


@rule("R-LAM-27", service="lambda", operations=MAPPED, source="API lambda:CreateEventSourceMapping, BatchSize")
def batches_that_can_be(context: Context) -> None:
    """More than ten messages need a window; a FIFO queue gives ten at most, and knows no window."""
    arn, params = _source(context), context.params
    if ":sqs:" not in arn:
        return
    held = mapping_of(context).told if context.operation == "UpdateEventSourceMapping" else {}
    size = params.get("BatchSize", held.get("BatchSize", 10))
    window = params.get("MaximumBatchingWindowInSeconds", held.get("MaximumBatchingWindowInSeconds", 0))
    if arn.endswith(".fifo") and (size > 10 or window):
        raise _wrong("Batch size must be 10 or less, and MaximumBatchingWindowInSeconds 0, for FIFO queues")
    if size > 10 and window < 1:
        raise _wrong("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    foreign = [name for name in OF_STREAMS_ONLY if name in params]
    if foreign:
        raise _wrong(f"Unsupported parameter for event source type SQS: {', '.join(foreign)}")


@rule("R-LAM-28", service="lambda", operations=["UpdateEventSourceMapping", "DeleteEventSourceMapping"], source="API lambda:UpdateEventSourceMapping")
def mapping_that_is_settled(context: Context) -> None:
    """While a mapping is being made or changed it is not changed further."""
    uuid = context.params["UUID"]
    if any(still(context, f"{phase}/{uuid}") for phase in ("Creating", "Updating", "Enabling", "Disabling")):
        raise Refused("ResourceInUseException", f"Cannot {context.operation[:6].lower()} the event source mapping because it is in use.")


@rule("R-LAM-29", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="UG lambda/invocation-async-retain-records.md")
def letters_that_arrive(context: Context) -> None:
    """Events that failed for good go to a standard queue or a topic that the role may write to."""
    arn = (context.params.get("DeadLetterConfig") or {}).get("TargetArn")
    if not arn:
        return
    function = function_of(context) if context.operation != "CreateFunction" else None
    _writable(context, context.params.get("Role") or (function.role if function else ""), arn)


@rule(
    "R-LAM-30",
    service="lambda",
    operations=["PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig", *MAPPED],
    source="UG lambda/invocation-async-retain-records.md",
)
def destinations_that_can_be_written_to(context: Context) -> None:
    """The role of a function may write to its destinations."""
    function = _function(context) if context.operation in MAPPED else function_of(context)
    for one in (context.params.get("DestinationConfig") or {}).values():
        if function is not None and one.get("Destination"):
            _writable(context, function.role, one["Destination"])


def _writable(context: Context, role: str, arn: str) -> None:
    kind = arn.split(":")[2] if arn.count(":") > 4 else ""
    action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}.get(kind)
    if action is None or arn.endswith(".fifo"):
        raise _wrong(f"The destination ARN {arn} is invalid.")
    if (kind == "sqs" and _queue(context, arn) is None) or (kind == "sns" and arn not in context.backend("sns", region=arn.split(":")[3]).topics):
        raise _wrong(f"The destination {arn} does not exist.")
    if not _may(context, role, action):
        raise _wrong(f"The provided execution role does not have permissions to call {action.partition(':')[2]} on {kind.upper()}")

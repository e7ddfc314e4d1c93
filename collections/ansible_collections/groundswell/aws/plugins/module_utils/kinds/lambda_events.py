# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: event source mappings, which have functions read streams and queues."""

from __future__ import annotations

import json
import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import PROPAGATION, tolerated

_GONE = "ResourceNotFoundException"
_MEMBERS = {
    "function_arn": "FunctionArn", "source_arn": "EventSourceArn", "batch_size": "BatchSize", "window_seconds": "MaximumBatchingWindowInSeconds",
    "bisect": "BisectBatchOnFunctionError", "maximum_retry_attempts": "MaximumRetryAttempts", "maximum_record_age_seconds": "MaximumRecordAgeInSeconds",
}  # fmt: skip
# What AWS knows of streams and not of queues.
_OF_STREAMS = ("bisect", "maximum_retry_attempts", "maximum_record_age_seconds", "failure_destination_arn", "starting_position")
_REPORT = "ReportBatchItemFailures"


class EventSourceMappings(Kind):
    """A mapping. AWS gives it a number only; what we call it is its tag Name. Its place in a stream goes with it, so it is made anew only where the source is
    another one."""

    module, service, noun = "lambda_event_source_mappings", "lambda", "event source mapping"
    fixed = ("source_arn",)
    disposable = True
    unreported = ("starting_position",)
    not_yet = (
        # News of what a role may do spreads for some seconds.
        (r"InvalidParameterValueException", r"(?i)cannot be assumed|does not have permission|ensure the role can|cannot access stream", PROPAGATION),
        (r"ResourceInUseException", r".*", 300.0),
    )

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = {one["EventSourceMappingArn"]: one for one in self.pages("list_event_source_mappings", "EventSourceMappings")}
        tags = self.tags_by_arn(list(listed), self._tags)
        return [self._look(one, tags[arn]) for arn, one in listed.items() if tags.get(arn, {}).get("Name") and one["State"] != "Deleting"]

    def _tags(self, arn: str) -> dict[str, str] | None:
        with tolerated(_GONE):
            return t.cast(dict[str, str], self.client.list_tags(Resource=arn).get("Tags", {}))
        return None

    @staticmethod
    def _look(one: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        state = {
            **{option: one.get(member) for option, member in _MEMBERS.items()},
            "enabled": one["State"] not in ("Disabled", "Disabling"),
            "filters": [json.loads(each["Pattern"]) for each in (one.get("FilterCriteria") or {}).get("Filters") or []],
            "report_failures": _REPORT in (one.get("FunctionResponseTypes") or []),
            "failure_destination_arn": ((one.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""),
            "maximum_concurrency": (one.get("ScalingConfig") or {}).get("MaximumConcurrency", 0),
        }
        outputs = {"id": one["UUID"], "arn": one["EventSourceMappingArn"]}
        return Resource(tags["Name"], state, tags, outputs, one["State"], one["State"] in ("Enabled", "Disabled"))

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "arn": f"arn:{self.session.partition}:lambda:{self.session.region}:{'0' * 12}:event-source-mapping:{PLACEHOLDER}"}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if not item["source_arn"]:
                problems.append(f"event source mapping {name}: source_arn is empty. A table has a stream where its entry says which")
            stream = ":sqs:" not in item["source_arn"]
            if stream and not item.get("starting_position"):
                problems.append(f"event source mapping {name}: of a stream, starting_position says from where on")
            foreign = [option for option in _OF_STREAMS if item.get(option) not in (None, "")]
            if not stream and foreign:
                problems.append(f"event source mapping {name}: {', '.join(foreign)} is of streams; a queue has its redrive policy for that")
            if stream and item.get("maximum_concurrency"):
                problems.append(f"event source mapping {name}: maximum_concurrency is of queues")
            if not stream and (item.get("batch_size") or 10) > 10 and not item.get("window_seconds"):
                problems.append(f"event source mapping {name}: more than 10 messages at a time need window_seconds of at least 1")
        return problems

    @staticmethod
    def _request(item: Item) -> Item:
        request: Item = {member: item[option] for option, member in _MEMBERS.items() if item.get(option) is not None and not option.endswith("_arn")}
        request["FunctionName"] = item["function_arn"]
        if item.get("enabled") is not None:
            request["Enabled"] = item["enabled"]
        if item.get("filters") is not None:
            request["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(each)} for each in item["filters"]]}
        if item.get("report_failures") is not None:
            request["FunctionResponseTypes"] = [_REPORT] if item["report_failures"] else []
        if item.get("failure_destination_arn") is not None and ":sqs:" not in item["source_arn"]:
            destination = item["failure_destination_arn"]
            request["DestinationConfig"] = {"OnFailure": {"Destination": destination} if destination else {}}
        if item.get("maximum_concurrency") is not None and ":sqs:" in item["source_arn"]:
            request["ScalingConfig"] = {"MaximumConcurrency": item["maximum_concurrency"]} if item["maximum_concurrency"] else {}
        return request

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        request = {member: value for member, value in self._request(item).items() if value not in ([], {}, {"OnFailure": {}}, {"Filters": []})}
        starting = {"StartingPosition": item["starting_position"].upper()} if item.get("starting_position") else {}
        self.client.create_event_source_mapping(EventSourceArn=item["source_arn"], Tags=tags, **starting, **request)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_event_source_mapping(UUID=resource.outputs["id"], **self._request(item))

    def delete(self, resource: Resource) -> None:
        with tolerated(_GONE):
            self.client.delete_event_source_mapping(UUID=resource.outputs["id"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(Resource=resource.outputs["arn"], Tags=tags)

# SPDX-License-Identifier: GPL-3.0-or-later
"""SQS: queues, with what takes the messages that nobody can do anything with."""

from __future__ import annotations

import json
import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import tolerated

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
# Options of an item -> attributes of a queue, whole numbers in words there.
_NUMBERS = {
    "visibility_timeout_seconds": "VisibilityTimeout", "retention_seconds": "MessageRetentionPeriod", "delay_seconds": "DelaySeconds",
    "receive_wait_seconds": "ReceiveMessageWaitTimeSeconds",
}  # fmt: skip
_BOUNDS = {"visibility_timeout_seconds": (0, 43200), "retention_seconds": (60, 1209600), "delay_seconds": (0, 900), "receive_wait_seconds": (0, 20)}


class Queues(Kind):
    """A queue. Its name is the end of its URL."""

    module, service, noun = "sqs_queues", "sqs", "queue"
    policies = ("policy",)
    holds_data = True
    # A name is free again a minute after its queue was deleted (API sqs:DeleteQueue).
    not_yet = ((r"QueueDeletedRecently", r".*", 90.0),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        urls = self.pages("list_queues", "QueueUrls", QueueNamePrefix=self.prefix)
        for name in names:
            if not name.startswith(self.prefix):
                with tolerated(*_GONE):
                    urls.append(self.client.get_queue_url(QueueName=name)["QueueUrl"])
        return [resource for resource in self.session.each(self._look, urls) if resource]

    def _look(self, url: str) -> Resource | None:
        with tolerated(*_GONE):
            attributes = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            tags = self.client.list_queue_tags(QueueUrl=url).get("Tags", {})
            redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
            state = {
                **{option: int(attributes[attribute]) for option, attribute in _NUMBERS.items()},
                "kms_key": attributes.get("KmsMasterKeyId", ""),
                "policy": json.loads(attributes.get("Policy") or "{}"),
                "dead_letter_arn": redrive.get("deadLetterTargetArn", ""),
                "max_receive_count": int(redrive.get("maxReceiveCount", 0)),
            }
            return Resource(url.rpartition("/")[2], state, tags, {"arn": attributes["QueueArn"], "url": url})
        return None

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:{self.session.partition}:sqs:{self.session.region}:{'0' * 12}:{PLACEHOLDER}-{name}", "url": ""}

    def normalise(self, item: Item) -> Item:
        policy = item.get("policy")
        return {**item, "policy": json.loads(policy) if isinstance(policy, str) else policy}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            for option, (least, most) in _BOUNDS.items():
                if item.get(option) is not None and not least <= item[option] <= most:
                    problems.append(f"queue {name}: {option} is {item[option]}, SQS takes {least} to {most}")
            if bool(item.get("dead_letter_arn")) != bool(item.get("max_receive_count")):
                problems.append(f"queue {name}: dead_letter_arn and max_receive_count go together")
            if item.get("dead_letter_arn", "") and item["dead_letter_arn"].endswith(f":{name}"):
                problems.append(f"queue {name}: is its own dead letter queue, so what fails goes round for ever")
        return problems

    def stage(self, item: Item) -> int:
        """Where letters go has to be there first."""
        return 1 if item.get("dead_letter_arn") else 0

    @staticmethod
    def _attributes(item: Item) -> dict[str, str]:
        attributes = {attribute: str(item[option]) for option, attribute in _NUMBERS.items() if item.get(option) is not None}
        if item.get("kms_key") is not None:
            # Without a key of ours by SQS's own, never plain.
            attributes |= {"KmsMasterKeyId": item["kms_key"]} if item["kms_key"] else {"SqsManagedSseEnabled": "true"}
        if item.get("policy") is not None:
            attributes["Policy"] = json.dumps(item["policy"]) if item["policy"] else ""
        if item.get("dead_letter_arn") is not None:
            redrive = {"deadLetterTargetArn": item["dead_letter_arn"], "maxReceiveCount": item["max_receive_count"]}
            attributes["RedrivePolicy"] = json.dumps(redrive) if item["dead_letter_arn"] else ""
        return attributes

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        attributes = {attribute: value for attribute, value in self._attributes(item).items() if value}
        self.client.create_queue(QueueName=name, Attributes=attributes, tags=tags)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        wanted = {**changes, **({"dead_letter_arn": item.get("dead_letter_arn")} if "max_receive_count" in changes else {})}
        attributes = self._attributes({**wanted, "max_receive_count": item.get("max_receive_count")})
        if attributes.get("SqsManagedSseEnabled"):
            attributes["KmsMasterKeyId"] = ""
        self.client.set_queue_attributes(QueueUrl=resource.outputs["url"], Attributes=attributes)

    def delete(self, resource: Resource) -> None:
        with tolerated(*_GONE):
            self.client.delete_queue(QueueUrl=resource.outputs["url"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_queue(QueueUrl=resource.outputs["url"], Tags=tags)

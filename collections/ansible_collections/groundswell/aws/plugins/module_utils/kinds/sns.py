# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: topics with their subscriptions."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_UNCONFIRMED = "PendingConfirmation"
_ATTRIBUTES = {"kms_key": "KmsMasterKeyId", "policy": "Policy", "display_name": "DisplayName"}


class Topics(Kind):
    """A topic's name is the end of its ARN. Subscriptions by e-mail wait for the reader's consent, so they count as there when asked for."""

    module, service, noun = "sns_topics", "sns", "topic"
    policies = ("policy",)
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        arns = [topic["TopicArn"] for topic in self.pages("list_topics", "Topics")]
        wanted = [arn for arn in arns if (name := arn.rpartition(":")[2]).startswith(self.prefix) or name in names]
        return [resource for resource in self.session.each(self._look, wanted) if resource]

    def _look(self, arn: str) -> Resource | None:
        try:
            attributes = self.client.get_topic_attributes(TopicArn=arn)["Attributes"]
            tags = tags_to_dict(self.client.list_tags_for_resource(ResourceArn=arn)["Tags"])
            subscriptions = self.pages("list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)
        except botocore.exceptions.ClientError as error:
            if error_code(error) in ("NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"):
                return None
            raise
        state = {
            "kms_key": attributes.get("KmsMasterKeyId", ""),
            "display_name": attributes.get("DisplayName", ""),
            "policy": json.loads(attributes["Policy"]) if attributes.get("Policy") else {},
            "subscriptions": [{"protocol": one["Protocol"], "endpoint": one["Endpoint"]} for one in subscriptions],
        }
        outputs = {
            "arn": arn,
            "unconfirmed": sorted(one["Endpoint"] for one in subscriptions if one["SubscriptionArn"] == _UNCONFIRMED),
            "subscription_arns": {one["Endpoint"]: one["SubscriptionArn"] for one in subscriptions},
        }
        return Resource(arn.rpartition(":")[2], state, tags, outputs)

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:sns:{self.session.region}:{'0' * 12}:{PLACEHOLDER}", "unconfirmed": [], "subscription_arns": {}}

    def normalise(self, item: Item) -> Item:
        policy = item.get("policy")
        return {**item, "policy": json.loads(policy) if isinstance(policy, str) else policy}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # Encrypted and closed from the first moment; subscriptions follow in `update`.
        attributes = {attribute: self._text(item[option]) for option, attribute in _ATTRIBUTES.items() if item.get(option) not in (None, "", {})}
        self.client.create_topic(Name=name, Attributes=attributes, Tags=dict_to_tags(tags))

    @staticmethod
    def _text(value: t.Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        arn = resource.outputs["arn"]
        for option, attribute in _ATTRIBUTES.items():
            if option in changes:
                self.client.set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=self._text(changes[option]))
        if "subscriptions" in changes:
            present = resource.state["subscriptions"]
            for one in changes["subscriptions"]:
                if one not in present:
                    self.client.subscribe(TopicArn=arn, Protocol=one["protocol"], Endpoint=one["endpoint"], ReturnSubscriptionArn=True)
            for one in present:
                subscription = resource.outputs["subscription_arns"][one["endpoint"]]
                # What nobody confirmed has no ARN to remove it by; SNS forgets it after two days.
                if one not in changes["subscriptions"] and subscription.startswith("arn:"):
                    self.client.unsubscribe(SubscriptionArn=subscription)

    def delete(self, resource: Resource) -> None:
        self.client.delete_topic(TopicArn=resource.outputs["arn"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=dict_to_tags(tags))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost Explorer: monitors that learn what an account usually costs, and subscriptions to what they find unusual."""

from __future__ import annotations

import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing


class CostExplorerKind(Kind):
    """What both have in common. Cost Explorer has no paginators for them."""

    service = "ce"

    def listing(self, operation: str, result: str) -> list[dict[str, t.Any]]:
        """Everything that an operation lists."""
        found, token = [], ""
        while True:
            page = getattr(self.client, operation)(**({"NextPageToken": token} if token else {}))
            found += page[result]
            token = page.get("NextPageToken", "")
            if not token:
                return found

    def resource_tags(self, arn: str) -> dict[str, str]:
        """The tags of a monitor or subscription."""
        return tags_to_dict(self.client.list_tags_for_resource(ResourceArn=arn)["ResourceTags"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], ResourceTags=dict_to_tags(tags))

    def gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone."""
        try:
            operation(**parameters)
        except botocore.exceptions.ClientError as error:
            if not error_code(error).startswith("Unknown"):
                raise


class AnomalyMonitors(CostExplorerKind):
    """An account has room for one monitor over all services, and AWS makes it itself in many new accounts.

    So where ours is declared and another one is there already, that one stands in for it: its ARN is what others get, and it is
    neither tagged nor changed nor removed.
    """

    module, noun = "ce_anomaly_monitors", "cost anomaly monitor"
    fixed = ("dimension", "tag_key", "tag_values")

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._tagged: set[str] = set()  # declared ones that watch a tag: of those an account may have many

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        monitors = self.listing("get_anomaly_monitors", "AnomalyMonitors")
        mine = [one for one in monitors if one["MonitorName"].startswith(self.prefix) or one["MonitorName"] in names]
        found = self.session.each(self._look, mine)
        other = next((one["MonitorArn"] for one in monitors if one.get("MonitorDimension") == "SERVICE" and one not in mine), None)
        missing = [name for name in names if other and name not in self._tagged and name not in {one.name for one in found}]
        return [*found, *(Resource(name, {"dimension": "service"}, dict(self.tags), {"arn": other}, status="another's") for name in missing)]

    def normalise(self, item: Item) -> Item:
        if item.get("tag_key"):
            self._tagged.add(item["name"])
            return item
        return {**item, "dimension": item.get("dimension") or "service"}

    def _look(self, monitor: dict[str, t.Any]) -> Resource:
        tags = (monitor.get("MonitorSpecification") or {}).get("Tags") or {}
        state = {
            "dimension": monitor.get("MonitorDimension", "").lower(),
            "tag_key": tags.get("Key", ""),
            "tag_values": sorted(tags.get("Values", [])),
        }
        return Resource(monitor["MonitorName"], state, self.resource_tags(monitor["MonitorArn"]), {"arn": monitor["MonitorArn"]})

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:ce::{'0' * 12}:anomalymonitor/{PLACEHOLDER}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        monitor: dict[str, t.Any] = {"MonitorName": name}
        if item.get("tag_key"):
            monitor |= {"MonitorType": "CUSTOM", "MonitorSpecification": {"Tags": {"Key": item["tag_key"], "Values": item["tag_values"]}}}
        else:
            monitor |= {"MonitorType": "DIMENSIONAL", "MonitorDimension": item["dimension"].upper()}
        self.client.create_anomaly_monitor(AnomalyMonitor=monitor, ResourceTags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_anomaly_monitor, MonitorArn=resource.outputs["arn"])


class AnomalySubscriptions(CostExplorerKind):
    module, noun = "ce_anomaly_subscriptions", "cost anomaly subscription"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = self.listing("get_anomaly_subscriptions", "AnomalySubscriptions")
        return self.session.each(self._look, [one for one in found if one["SubscriptionName"].startswith(self.prefix) or one["SubscriptionName"] in names])

    def _look(self, subscription: dict[str, t.Any]) -> Resource:
        impact = (subscription.get("ThresholdExpression") or {}).get("Dimensions") or {}
        state = {
            "monitor_arns": sorted(subscription["MonitorArnList"]),
            "frequency": subscription["Frequency"].lower(),
            "least_impact": float((impact.get("Values") or ["0"])[0]),
            "emails": sorted(one["Address"] for one in subscription["Subscribers"] if one["Type"] == "EMAIL"),
            "topic_arns": sorted(one["Address"] for one in subscription["Subscribers"] if one["Type"] == "SNS"),
        }
        arn = subscription["SubscriptionArn"]
        return Resource(subscription["SubscriptionName"], state, self.resource_tags(arn), {"arn": arn})

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:ce::{'0' * 12}:anomalysubscription/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        return {
            **item,
            "least_impact": float(item["least_impact"]),
            "emails": sorted(item.get("emails") or []),
            "topic_arns": sorted(item.get("topic_arns") or []),
        }

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"cost anomaly subscription {name}: e-mail comes daily or weekly, a topic is told immediately; declare one subscription for each"
            for name, item in items.items()
            if (item["frequency"] == "immediate") != bool(item["topic_arns"]) or (item["frequency"] == "immediate" and item["emails"])
        ]

    @staticmethod
    def _members(item: Item) -> dict[str, t.Any]:
        subscribers = [{"Type": "EMAIL", "Address": address} for address in item["emails"]]
        subscribers += [{"Type": "SNS", "Address": arn} for arn in item["topic_arns"]]
        return {
            "MonitorArnList": item["monitor_arns"],
            "Subscribers": subscribers,
            "Frequency": item["frequency"].upper(),
            "ThresholdExpression": {
                "Dimensions": {
                    "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                    "Values": [f"{item['least_impact']:g}"],
                }
            },
        }

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_anomaly_subscription(AnomalySubscription={"SubscriptionName": name, **self._members(item)}, ResourceTags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_anomaly_subscription(SubscriptionArn=resource.outputs["arn"], **self._members({**resource.state, **changes}))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_anomaly_subscription, SubscriptionArn=resource.outputs["arn"])

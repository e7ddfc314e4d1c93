# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Budgets: cost budgets that call before and after the money is spent. One set for the whole account, whatever the region."""

from __future__ import annotations

import decimal
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_KEY = ("type", "threshold")  # what tells two notifications of a budget apart


class Budgets(Kind):
    module, service, noun = "budgets_budgets", "budgets", "budget"
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        try:
            budgets = self.pages("describe_budgets", "Budgets", AccountId=self.session.account)
        except botocore.exceptions.ClientError as error:
            # An account without any budget may answer so.
            if error_code(error) != "NotFoundException":
                raise
            budgets = []
        wanted = [one for one in budgets if one["BudgetName"].startswith(self.prefix) or one["BudgetName"] in names]
        return [found for found in self.session.each(self._look, wanted) if found]

    def _arn(self, name: str) -> str:
        return f"arn:{self.session.partition}:budgets::{self.session.account}:budget/{name}"

    def _look(self, budget: dict[str, t.Any]) -> Resource | None:
        """The budget with its notifications and tags; None if another cell removed it since it was listed."""
        try:
            return self._detail(budget)
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "NotFoundException":
                raise
            return None

    def _detail(self, budget: dict[str, t.Any]) -> Resource:
        name = budget["BudgetName"]
        limit = budget.get("BudgetLimit") or {}
        state = {
            "amount": self._amount(limit.get("Amount", "0")),
            "currency": limit.get("Unit", "USD"),
            "period": budget["TimeUnit"].lower(),
            "tag_filters": self._filters(budget.get("CostFilters") or {}),
            "notifications": self._notifications(name),
        }
        tags = tags_to_dict(self.client.list_tags_for_resource(ResourceARN=self._arn(name)).get("ResourceTags"))
        return Resource(name, state, tags, {"arn": self._arn(name)})

    @staticmethod
    def _amount(value: t.Any) -> float:
        return float(decimal.Decimal(str(value)))

    @staticmethod
    def _filters(filters: dict[str, list[str]]) -> dict[str, str]:
        """`TagKeyValue: [user:Environment$prod]` as a dict."""
        pairs = [value.removeprefix("user:").partition("$") for value in filters.get("TagKeyValue", [])]
        return {key: value for key, _, value in pairs}

    def _notifications(self, name: str) -> list[Item]:
        account = self.session.account
        found = self.pages("describe_notifications_for_budget", "Notifications", AccountId=account, BudgetName=name)

        def look(notification: dict[str, t.Any]) -> Item:
            members = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
            key = {member: notification[member] for member in members if member in notification}
            subscribers = self.pages("describe_subscribers_for_notification", "Subscribers", AccountId=account, BudgetName=name, Notification=key)
            return {
                "type": notification["NotificationType"].lower(),
                "threshold": float(notification["Threshold"]),
                "emails": sorted(one["Address"] for one in subscribers if one["SubscriptionType"] == "EMAIL"),
                "topic_arn": next((one["Address"] for one in subscribers if one["SubscriptionType"] == "SNS"), ""),
            }

        return [look(one) for one in found]

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:budgets::{'0' * 12}:budget/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        notifications = item.get("notifications")
        return {
            **item,
            "amount": self._amount(item["amount"]),
            "currency": item.get("currency") or "USD",
            "period": item.get("period") or "monthly",
            "notifications": notifications
            and [
                {**one, "threshold": float(one["threshold"]), "emails": sorted(one.get("emails") or []), "topic_arn": one.get("topic_arn") or ""}
                for one in notifications
            ],
        }

    def _budget(self, name: str, item: Item) -> dict[str, t.Any]:
        filters = [f"user:{key}${value}" for key, value in (item.get("tag_filters") or {}).items()]
        return {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": item["period"].upper(),
            "BudgetLimit": {"Amount": f"{item['amount']:g}" if item["amount"] < 1e6 else str(item["amount"]), "Unit": item["currency"]},
            **({"CostFilters": {"TagKeyValue": filters}} if filters else {}),
        }

    @staticmethod
    def _notification(one: Item) -> dict[str, t.Any]:
        return {
            "NotificationType": one["type"].upper(),
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": one["threshold"],
            "ThresholdType": "PERCENTAGE",
        }

    @staticmethod
    def _subscribers(one: Item) -> list[dict[str, str]]:
        subscribers = [{"SubscriptionType": "EMAIL", "Address": address} for address in one["emails"]]
        return subscribers + ([{"SubscriptionType": "SNS", "Address": one["topic_arn"]}] if one["topic_arn"] else [])

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_budget(AccountId=self.session.account, Budget=self._budget(name, item), ResourceTags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        target = {"AccountId": self.session.account, "BudgetName": resource.name}
        if set(changes) - {"notifications"}:
            self.client.update_budget(AccountId=self.session.account, NewBudget=self._budget(resource.name, {**resource.state, **changes}))
        if "notifications" in changes:
            present = {tuple(one[key] for key in _KEY): one for one in resource.state["notifications"]}
            wanted = {tuple(one[key] for key in _KEY): one for one in changes["notifications"]}
            # A notification whose subscribers changed is made anew: that is two calls instead of one for each subscriber.
            for key, one in present.items():
                if wanted.get(key) != one:
                    self._gone(self.client.delete_notification, **target, Notification=self._notification(one))
            for key, one in wanted.items():
                if present.get(key) != one:
                    self.client.create_notification(**target, Notification=self._notification(one), Subscribers=self._subscribers(one))

    def _gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        try:
            operation(**parameters)
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "NotFoundException":
                raise

    def delete(self, resource: Resource) -> None:
        self._gone(self.client.delete_budget, AccountId=self.session.account, BudgetName=resource.name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], ResourceTags=dict_to_tags(tags))

# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Budgets: changes, subscribers and tags, which moto lacks."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation

_KEY = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")


def _budget(context: Context, name: str) -> Any:
    found = context.backend().budgets[context.params.get("AccountId", context.account)].get(name)
    if found is None:
        raise Refused("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return found


def same(one: Parameters, other: Parameters) -> bool:
    """Whether two notifications are the same one; a percentage is the default (API budgets:Notification)."""
    filled = ({"ThresholdType": "PERCENTAGE", **notification} for notification in (one, other))
    first, second = ([notification.get(member) for member in _KEY] for notification in filled)
    return first == second


def notification(context: Context) -> Any:
    """The notification that a call names."""
    budget = _budget(context, context.params["BudgetName"])
    for found in budget.notifications:
        if same(found.details, context.params["Notification"]):
            return found
    raise Refused("NotFoundException", "Unable to get notification - the notification doesn't exist.")


@operation("budgets", "UpdateBudget")
def update_budget(context: Context) -> None:
    """API budgets:UpdateBudget: the budget is replaced, its notifications stay."""
    given = context.params["NewBudget"]
    budget = _budget(context, given["BudgetName"])
    kept = {name: budget.budget[name] for name in ("TimePeriod",) if name in budget.budget}
    budget.budget = {**kept, **given, "LastUpdatedTime": context.now().timestamp()}


@operation("budgets", "DeleteNotification")
def delete_notification(context: Context) -> None:
    """moto deletes only what is written exactly alike, and never says that there is none."""
    _budget(context, context.params["BudgetName"]).notifications.remove(notification(context))


@before("budgets", "DescribeNotificationsForBudget")
def only_of_a_budget_that_is_there(context: Context) -> None:
    """API budgets:DescribeNotificationsForBudget, NotFoundException."""
    _budget(context, context.params["BudgetName"])


@operation("budgets", "DescribeSubscribersForNotification")
def describe_subscribers(context: Context) -> Parameters:
    """API budgets:DescribeSubscribersForNotification."""
    return {"Subscribers": list(notification(context).subscribers)}


@operation("budgets", "CreateSubscriber")
def create_subscriber(context: Context) -> None:
    """API budgets:CreateSubscriber."""
    subscribers = notification(context).subscribers
    if context.params["Subscriber"] in subscribers:
        raise Refused("DuplicateRecordException", "Error creating subscriber: the subscriber exists already.")
    subscribers.append(context.params["Subscriber"])


@operation("budgets", "DeleteSubscriber")
def delete_subscriber(context: Context) -> None:
    """API budgets:DeleteSubscriber."""
    subscribers = notification(context).subscribers
    if context.params["Subscriber"] not in subscribers:
        raise Refused("NotFoundException", "Unable to delete subscriber - the subscriber doesn't exist.")
    subscribers.remove(context.params["Subscriber"])


def _tags(context: Context) -> dict[str, dict[str, str]]:
    return context.backend().__dict__.setdefault("simulator_tags", {})


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:budgets::{context.account}:budget/{name}"


@after("budgets", "CreateBudget")
def tag_the_budget(context: Context, response: Parameters) -> None:
    """ResourceTags (API budgets:CreateBudget)."""
    tags = {tag["Key"]: tag["Value"] for tag in context.params.get("ResourceTags", [])}
    _tags(context)[_arn(context, context.params["Budget"]["BudgetName"])] = tags


@before("budgets", "DeleteBudget")
def forget_the_tags(context: Context) -> None:
    """Tags go with their budget."""
    _tags(context).pop(_arn(context, context.params["BudgetName"]), None)


@operation("budgets", "ListTagsForResource")
def list_tags(context: Context) -> Parameters:
    """API budgets:ListTagsForResource."""
    _budget(context, context.params["ResourceARN"].rpartition("budget/")[2])
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in _tags(context).get(context.params["ResourceARN"], {}).items()]}


@operation("budgets", "TagResource")
def tag_resource(context: Context) -> None:
    """API budgets:TagResource."""
    _budget(context, context.params["ResourceARN"].rpartition("budget/")[2])
    tags = {tag["Key"]: tag["Value"] for tag in context.params["ResourceTags"]}
    _tags(context).setdefault(context.params["ResourceARN"], {}).update(tags)

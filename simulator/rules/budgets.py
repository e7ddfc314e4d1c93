# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of AWS Budgets."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.rules._documents import admits_service

WITH_SUBSCRIBERS = ["CreateBudget", "CreateNotification"]


def _notifications(context: Context) -> Iterator[list[Parameters]]:
    if "Subscribers" in context.params:
        yield context.params["Subscribers"]
    for one in context.params.get("NotificationsWithSubscribers", []):
        yield one["Subscribers"]


@rule("R-BUD-01", service="budgets", operations=WITH_SUBSCRIBERS, source="API budgets shape Subscribers")
def few_subscribers(context: Context) -> None:
    """A notification has at most ten e-mail addresses and one topic."""
    for subscribers in _notifications(context):
        topics = [one for one in subscribers if one["SubscriptionType"] == "SNS"]
        if len(topics) > 1 or len(subscribers) - len(topics) > 10:
            raise Refused("CreationLimitExceededException", "A notification takes at most ten e-mail subscribers and one SNS subscriber.")


@rule("R-SNS-06", service="budgets", operations=WITH_SUBSCRIBERS, source="unsourced", certain=False)
def topic_admits_budgets(context: Context) -> None:
    """A topic that AWS Budgets shall tell must exist and admit budgets.amazonaws.com."""
    for subscribers in _notifications(context):
        for arn in (one["Address"] for one in subscribers if one["SubscriptionType"] == "SNS"):
            topic = context.backend("sns", region=arn.split(":")[3]).topics.get(arn)
            if topic is None or not admits_service(topic.policy, "budgets.amazonaws.com"):
                raise Refused("InvalidParameterException", f"Please grant AWS Budgets the permission to publish to your topic {arn}.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: subscriptions that wait for somebody's consent."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation, shows

# Whoever is behind these has to agree first (API sns:Subscribe).
ASKED = ("email", "email-json", "http", "https")
WAITING = "PendingConfirmation"


def _waiting(context: Context) -> set[str]:
    """ARNs of subscriptions that nobody confirmed."""
    return context.backend().__dict__.setdefault("simulator_unconfirmed", set())


@shows("R-SNS-02")
@after("sns", "Subscribe")
def wait_for_consent(context: Context, response: Parameters) -> None:
    """Without ReturnSubscriptionArn the answer is "pending confirmation" where somebody has to agree."""
    subscription = context.backend().subscriptions[response["SubscriptionArn"]]
    if context.params["Protocol"] not in ASKED or subscription.__dict__.get("simulator_confirmed"):
        return
    _waiting(context).add(subscription.arn)
    subscription.attributes["PendingConfirmation"] = "true"
    if not context.params.get("ReturnSubscriptionArn"):
        response["SubscriptionArn"] = "pending confirmation"


@after("sns", "ListSubscriptions", "ListSubscriptionsByTopic")
def show_the_unconfirmed(context: Context, response: Parameters) -> None:
    """A subscription that nobody confirmed has no ARN yet in lists."""
    for shown in response["Subscriptions"]:
        if shown["SubscriptionArn"] in _waiting(context):
            shown["SubscriptionArn"] = WAITING


@operation("sns", "ConfirmSubscription")
def confirm_subscription(context: Context) -> Parameters:
    """The token of the letter is not simulated: any token confirms whoever of the topic still waits."""
    topic = context.params["TopicArn"]
    if topic not in context.backend().topics:
        raise Refused("NotFound", "Topic does not exist")
    found = [one for one in context.backend().subscriptions.values() if one.topic.arn == topic and one.arn in _waiting(context)]
    if not found:
        raise Refused("InvalidParameter", "Invalid token")
    for one in found:
        one.__dict__["simulator_confirmed"] = True
        one.attributes["PendingConfirmation"] = "false"
        _waiting(context).discard(one.arn)
    return {"SubscriptionArn": found[0].arn}

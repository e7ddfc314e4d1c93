# SPDX-License-Identifier: GPL-3.0-or-later
"""Shield Advanced: without a subscription there is nothing to list and nothing to protect with, which moto does not mind."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, before, operation


@operation("shield", "GetSubscriptionState")
def get_subscription_state(context: Context) -> Parameters:
    """API shield:GetSubscriptionState."""
    return {"SubscriptionState": "ACTIVE" if context.backend().subscription is not None else "INACTIVE"}


@before("shield", "CreateProtection", "ListProtections")
def needs_a_subscription(context: Context) -> None:
    """API shield:CreateProtection, ListProtections: ResourceNotFoundException. That they say so without a subscription is how we read it."""
    if context.backend().subscription is None:
        raise Refused("ResourceNotFoundException", "The subscription does not exist.")

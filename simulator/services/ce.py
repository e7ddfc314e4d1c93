# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost Explorer: cost anomaly monitors and subscriptions, which moto lacks."""

from __future__ import annotations

import copy

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation

MISSING = {"Monitor": "UnknownMonitorException", "Subscription": "UnknownSubscriptionException"}


def store(context: Context, kind: str) -> dict[str, Parameters]:
    """Monitors or subscriptions of the account, by ARN."""
    return context.backend("ce").__dict__.setdefault(f"simulator_{kind}", {})


def _found(context: Context, kind: str) -> Parameters:
    entry = store(context, kind).get(context.params[f"{kind}Arn"])
    if entry is None:
        raise Refused(MISSING[kind], f"The cost anomaly {kind.lower()} does not exist for the account.")
    return entry


def _create(context: Context, kind: str) -> Parameters:
    arn = f"arn:aws:ce::{context.account}:anomaly{kind.lower()}/{mock_random.uuid4()}"
    made = {**copy.deepcopy(context.params[f"Anomaly{kind}"]), f"{kind}Arn": arn}
    made |= {"AccountId": context.account} if kind == "Subscription" else {"CreationDate": context.now().date().isoformat()}
    store(context, kind)[arn] = made
    context.backend().tagger.tag_resource(arn, context.params.get("ResourceTags", []))
    return {f"{kind}Arn": arn}


def _get(context: Context, kind: str) -> Parameters:
    wanted = context.params.get(f"{kind}ArnList")
    monitor = context.params.get("MonitorArn")
    rows = [
        copy.deepcopy(one)
        for arn, one in store(context, kind).items()
        if (not wanted or arn in wanted) and (not monitor or monitor in one.get("MonitorArnList", ()))
    ]
    return {f"Anomaly{kind}s": rows}


def _delete(context: Context, kind: str) -> None:
    _found(context, kind)
    context.backend().tagger.delete_all_tags_for_resource(context.params[f"{kind}Arn"])
    del store(context, kind)[context.params[f"{kind}Arn"]]


@operation("ce", "CreateAnomalyMonitor")
def create_anomaly_monitor(context: Context) -> Parameters:
    """API ce:CreateAnomalyMonitor."""
    return _create(context, "Monitor")


@operation("ce", "GetAnomalyMonitors")
def get_anomaly_monitors(context: Context) -> Parameters:
    """API ce:GetAnomalyMonitors."""
    return _get(context, "Monitor")


@operation("ce", "UpdateAnomalyMonitor")
def update_anomaly_monitor(context: Context) -> Parameters:
    """API ce:UpdateAnomalyMonitor: the name alone can change."""
    entry = _found(context, "Monitor")
    entry["MonitorName"] = context.params.get("MonitorName", entry["MonitorName"])
    return {"MonitorArn": entry["MonitorArn"]}


@operation("ce", "DeleteAnomalyMonitor")
def delete_anomaly_monitor(context: Context) -> None:
    """API ce:DeleteAnomalyMonitor. Subscriptions forget the monitor."""
    _delete(context, "Monitor")
    for one in store(context, "Subscription").values():
        one["MonitorArnList"] = [arn for arn in one["MonitorArnList"] if arn != context.params["MonitorArn"]]


@operation("ce", "CreateAnomalySubscription")
def create_anomaly_subscription(context: Context) -> Parameters:
    """API ce:CreateAnomalySubscription."""
    return _create(context, "Subscription")


@operation("ce", "GetAnomalySubscriptions")
def get_anomaly_subscriptions(context: Context) -> Parameters:
    """API ce:GetAnomalySubscriptions."""
    return _get(context, "Subscription")


@operation("ce", "UpdateAnomalySubscription")
def update_anomaly_subscription(context: Context) -> Parameters:
    """API ce:UpdateAnomalySubscription: what is given replaces what was."""
    entry = _found(context, "Subscription")
    members = ("Threshold", "Frequency", "MonitorArnList", "Subscribers", "SubscriptionName", "ThresholdExpression")
    entry |= {member: copy.deepcopy(context.params[member]) for member in members if member in context.params}
    return {"SubscriptionArn": entry["SubscriptionArn"]}


@operation("ce", "DeleteAnomalySubscription")
def delete_anomaly_subscription(context: Context) -> None:
    """API ce:DeleteAnomalySubscription."""
    _delete(context, "Subscription")

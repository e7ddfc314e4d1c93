# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling's instance refresh: replaces the instances of a group in batches, pauses at checkpoints, looks at alarms, rolls back.

A refresh goes on whenever the group is brought up to the present. What AWS documents of its statuses, limits and errors is kept; the
wording of StatusReason is partly ours, because AWS documents few of them.
"""

from __future__ import annotations

import copy
import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, after, operation, shows
from simulator.services._servers import behaviour
from simulator.services.autoscaling import STEPS, Group, Member, enter, group_of, leave, living, note_activity, resolved, settle, take, takes
from simulator.services.ec2_compute import version_of

# Real seconds on AWS.
REFRESH_START = 5  # experience: it is Pending for a moment
TROUBLE = 3600  # errors while replacing are retried for one hour (UG autoscaling/instance-refresh-rollback.md); blocked instances are waited for as long
LONGEST = 14 * 86400  # UG autoscaling/asg-instance-refresh.md

ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
_NEEDED = ("InstanceRefresh", "Launch", "Terminate")  # processes that a refresh is made of


@dataclass
class Refresh:
    """One refresh, and how far it is.

    :param desired: the desired configuration as the group will have it; empty where none was given.
    :param old: ids of instances that it still has to replace.
    :param total: how many there were.
    :param batch: those of them that are being replaced now, and leave when their successors are ready.
    :param known: ids of the successors that have been seen.
    """

    id: str
    began: float
    started: datetime
    preferences: Parameters
    desired: Parameters
    old: set[str]
    warm_old: set[str]
    total: int
    status: str = "Pending"
    reason: str = ""
    batch: set[str] = field(default_factory=set)
    busy: bool = False
    known: set[str] = field(default_factory=set)
    passed: int = 0  # the highest checkpoint that has been passed, in percent
    paused_until: float = 0.0
    trouble_since: float = 0.0
    blocked_since: float = 0.0
    baking_since: float = 0.0
    ended: datetime | None = None
    rollback: Parameters = field(default_factory=dict)
    percent: int = 0


def active(group: Group) -> Refresh | None:
    """The refresh that is in progress."""
    newest = group.refreshes[0] if group.refreshes else None
    return newest if newest and newest.status in ACTIVE else None


# In the course of time --------------------------------------------------------------------------------------------------------


@shows("R-ASG-24")
def go_on(context: Context, group: Group) -> None:
    """One step of the refresh that is in progress."""
    refresh = active(group)
    if refresh is None:
        return
    now = context.simulator.clock()
    if refresh.status == "Pending":
        if now - refresh.began >= takes(context, REFRESH_START):
            refresh.status = "InProgress"
            _send_off_standbys(context, group, refresh)
        return
    if refresh.status in ("InProgress", "Baking"):
        alarm = _red(context, refresh)
        if alarm:
            _give_up(context, group, refresh, f"The CloudWatch alarm {alarm} is in the ALARM state.")
            return
        if context.simulator.lifecycles.enabled and now - refresh.began >= takes(context, LONGEST):
            _give_up(context, group, refresh, "The instance refresh took longer than 14 days.")
            return
    suspended = [process for process in _NEEDED if process in group.suspended]
    if suspended:
        refresh.reason = f"Waiting for suspended processes to be resumed: {', '.join(suspended)}"
    elif refresh.status == "Baking":
        if now - refresh.baking_since >= takes(context, refresh.preferences.get("BakeTime", 0)):
            _succeed(context, group, refresh)
    else:
        _replace(context, group, refresh)


STEPS.append(go_on)


def _red(context: Context, refresh: Refresh) -> str:
    """The first of its alarms that is in ALARM."""
    names = refresh.preferences.get("AlarmSpecification", {}).get("Alarms", [])
    if not names:
        return ""
    shown = context.call("DescribeAlarms", {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, service="cloudwatch")
    return next((alarm["AlarmName"] for alarm in shown["MetricAlarms"] + shown["CompositeAlarms"] if alarm["StateValue"] == "ALARM"), "")


def _send_off_standbys(context: Context, group: Group, refresh: Refresh) -> None:
    if refresh.preferences["StandbyInstances"] == "Terminate":
        for member in [one for one in group.members.values() if one.state == "Standby"]:
            _terminate(context, group, member)


def _replace(context: Context, group: Group, refresh: Refresh) -> None:
    """A batch: begin it, or see whether it is through."""
    now, members = context.simulator.clock(), living(group)
    left = [member for member in members if member.id in refresh.old]
    new = [member for member in members if member.id not in refresh.old]
    unready = [member for member in new if not _ready(context, group, refresh, member)]
    refresh.percent = _percent(refresh, len(left))
    if refresh.busy:
        if not unready and len(members) >= group.desired + group.surge:
            for member in left:
                if member.id in refresh.batch:
                    _terminate(context, group, member)
            refresh.batch, refresh.busy, refresh.trouble_since, group.surge = set(), False, 0.0, 0
            return
        _watch(context, group, refresh, new, unready)
        return
    if refresh.status == "Cancelling":
        _end(context, group, refresh, "Cancelled", "Cancelled due to user request.")
        return
    if refresh.warm_old and _renew_warm_pool(context, group, refresh):
        return
    blocked = [member for member in left if member.protected and refresh.preferences["ScaleInProtectedInstances"] != "Refresh"]
    free = [member for member in left if member not in blocked]
    if not free:
        waiting = _waited_for(group, refresh, blocked)
        if waiting:
            refresh.blocked_since = refresh.blocked_since or now
            refresh.reason = f"Waiting for instances that are in Standby or protected from scale in. For example: {waiting[0]}."
            if now - refresh.blocked_since >= takes(context, TROUBLE):
                _give_up(context, group, refresh, f"Instances were in Standby or protected from scale in for one hour. For example: {waiting[0]}.")
        elif not unready and len(members) >= group.desired:
            _finish(context, group, refresh)
        return
    if refresh.status == "InProgress" and _paused(context, group, refresh, len(left)):
        return
    _begin_batch(context, group, refresh, free, len(left))


def _ready(context: Context, group: Group, refresh: Refresh, member: Member) -> bool:
    """In service, healthy and warmed up."""
    default = group.params.get("DefaultInstanceWarmup")
    warmup = refresh.preferences.get("InstanceWarmup", group.params["HealthCheckGracePeriod"] if default in (None, -1) else default)
    spent = context.simulator.clock() - member.in_service_since
    return member.state == "InService" and member.healthy and spent >= takes(context, warmup) and behaviour(member.image).healthy


def _percent(refresh: Refresh, left: int) -> int:
    done = math.floor(100 * (refresh.total - left) / refresh.total) if refresh.total else 100
    # It "gradually goes back down to zero during a rollback" (API autoscaling:InstanceRefresh).
    return math.ceil(refresh.rollback["PercentageCompleteOnRollback"] * (100 - done) / 100) if refresh.rollback else done


def _watch(context: Context, group: Group, refresh: Refresh, new: list[Member], unready: list[Member]) -> None:
    """While successors come up: say what is waited for; after an hour of errors give up."""
    now, present = context.simulator.clock(), {member.id for member in new}
    lost = refresh.known - present
    refresh.known = present
    if lost or group.launch_after > now:
        refresh.trouble_since = refresh.trouble_since or now
    warming = [member for member in unready if member.state == "InService" and member.healthy]
    if warming:
        refresh.reason = f"Waiting for instances to warm up before continuing. For example: {warming[0].id} is warming up."
    elif unready:
        refresh.reason = f"Waiting for remaining instances to be available. For example: {unready[0].id} is in the state {unready[0].state}."
    if refresh.trouble_since and now - refresh.trouble_since >= takes(context, TROUBLE):
        newest = next((one for one in group.activities if one["StatusCode"] == "Failed" or "out of service" in one["Cause"]), None)
        why = (newest.get("StatusMessage") or newest["Cause"]) if newest else ""
        _give_up(context, group, refresh, f"Replacements failed to become healthy for one hour. {why}".strip())


def _renew_warm_pool(context: Context, group: Group, refresh: Refresh) -> bool:
    """Replace what waits in the warm pool; True while that goes on."""
    waiting = [member for member in group.members.values() if member.warm and not member.state.startswith("Terminating")]
    outdated = [member for member in waiting if member.id in refresh.warm_old]
    for member in outdated:
        enter(context, group, member, "Terminating:Proceed")
    if not outdated and all(member.state == "Warmed:Stopped" for member in waiting):
        refresh.warm_old = set()
    refresh.reason = "Waiting for the instances in the warm pool"
    return bool(refresh.warm_old)


def _waited_for(group: Group, refresh: Refresh, blocked: list[Member]) -> list[str]:
    """Ids of instances that the refresh waits for because somebody keeps them from being replaced."""
    # Those in Standby were launched before: a rollback has nothing to do with them.
    standing_by = [member.id for member in group.members.values() if member.state == "Standby" and not refresh.rollback]
    return (standing_by if refresh.preferences["StandbyInstances"] == "Wait" else []) + [
        member.id for member in blocked if refresh.preferences["ScaleInProtectedInstances"] == "Wait"
    ]


def _new_share(group: Group, left: int) -> int:
    """Percentage of the group that is new."""
    return math.floor(100 * max(0, group.desired - left) / max(1, group.desired))


def _paused(context: Context, group: Group, refresh: Refresh, left: int) -> bool:
    """At a checkpoint: wait. A checkpoint that a later one is passed together with is skipped."""
    now, share = context.simulator.clock(), _new_share(group, left)
    reached = [one for one in refresh.preferences.get("CheckpointPercentages", []) if refresh.passed < one <= share and one < 100]
    if reached:
        refresh.passed = reached[-1]
        delay = refresh.preferences.get("CheckpointDelay", 3600)
        refresh.paused_until = now + takes(context, delay)
        refresh.reason = f"Checkpoint {refresh.passed}% reached. Waiting {delay} seconds before continuing."
    return now < refresh.paused_until


def _begin_batch(context: Context, group: Group, refresh: Refresh, free: list[Member], left: int) -> None:
    out, surge = _pace(group, refresh)
    size = min(len(free), out + surge)
    ahead = [one for one in refresh.preferences.get("CheckpointPercentages", []) if one > _new_share(group, left)]
    if ahead and refresh.status == "InProgress":
        size = min(size, max(1, math.ceil(group.desired * ahead[0] / 100) - (group.desired - left)))
    # The oldest first; what leaves now, and what waits for its successor.
    chosen = sorted(free, key=lambda member: (member.in_service_since, member.id))[:size]
    now_out = max(0, size - surge)
    for member in chosen[:now_out]:
        _terminate(context, group, member)
    group.surge = size - now_out
    refresh.batch, refresh.busy = {member.id for member in chosen[now_out:]}, True
    refresh.known = {member.id for member in living(group) if member.id not in refresh.old}


def _pace(group: Group, refresh: Refresh) -> tuple[int, int]:
    """How many instances may be missing, and how many more there may be (API autoscaling:RefreshPreferences)."""
    policy, wanted = group.params.get("InstanceMaintenancePolicy") or {}, max(1, group.desired)
    least = refresh.preferences.get("MinHealthyPercentage", policy.get("MinHealthyPercentage", 90))
    most = refresh.preferences.get("MaxHealthyPercentage", policy.get("MaxHealthyPercentage"))
    out = wanted - math.ceil(wanted * least / 100)
    surge = math.floor(wanted * most / 100) - wanted if most is not None else 0
    if out + surge:
        return out, surge
    # Impossible to keep to both: a new one is launched first if a maximum was set, else one is terminated.
    return (0, 1) if most is not None else (1, 0)


def _terminate(context: Context, group: Group, member: Member) -> None:
    note_activity(
        group, context, f"Terminating EC2 instance: {member.id}", "InProgress", "an instance was taken out of service in response to an instance refresh"
    )
    if member.state in ("InService", "Standby"):
        leave(context, group, member)
    else:
        enter(context, group, member, "Terminating:Proceed")


# How it ends ------------------------------------------------------------------------------------------------------------------


def _finish(context: Context, group: Group, refresh: Refresh) -> None:
    """Everything is replaced."""
    if refresh.status == "RollbackInProgress":
        _end(context, group, refresh, "RollbackSuccessful", refresh.rollback["RollbackReason"])
        refresh.percent = 0
    elif refresh.preferences.get("BakeTime"):
        refresh.status, refresh.baking_since, refresh.percent = "Baking", context.simulator.clock(), 100
        refresh.reason = f"Waiting {refresh.preferences['BakeTime']} seconds before the instance refresh is complete."
    else:
        _succeed(context, group, refresh)


@shows("R-ASG-22")
def _succeed(context: Context, group: Group, refresh: Refresh) -> None:
    """Only now the group gets the desired configuration; until then, what it had is what a rollback returns to."""
    if refresh.desired:
        take(context, group.params, refresh.desired)
    refresh.percent = 100
    _end(context, group, refresh, "Successful", "")


def _give_up(context: Context, group: Group, refresh: Refresh, why: str) -> None:
    if refresh.status == "RollbackInProgress":
        _end(context, group, refresh, "RollbackFailed", why)
    elif refresh.status == "Cancelling":
        _end(context, group, refresh, "Cancelled", "Cancelled due to user request.")
    elif refresh.preferences.get("AutoRollback"):
        _roll_back(context, group, refresh, f"Auto rollback. {why}")
    else:
        _end(context, group, refresh, "Failed", why)


def _roll_back(context: Context, group: Group, refresh: Refresh, why: str) -> None:
    """Replace what the refresh has launched by what the group launched before."""
    refresh.rollback = {
        "RollbackReason": why,
        "RollbackStartTime": context.now(),
        "PercentageCompleteOnRollback": refresh.percent,
        "InstancesToUpdateOnRollback": sum(member.id in refresh.old for member in living(group)),
    }
    launched = {member.id for member in group.members.values() if not member.warm} - refresh.old
    group.desired_configuration, group.surge = {}, 0
    before = resolved(context, group.specification)
    refresh.warm_old = {member.id for member in group.members.values() if member.warm and member.template != before}
    refresh.status, refresh.reason, refresh.old = "RollbackInProgress", why, launched
    refresh.batch, refresh.busy, refresh.trouble_since, refresh.blocked_since = set(), False, 0.0, 0.0
    for member in living(group):
        # Those that do not serve yet are missed by nobody.
        if member.id in launched and not _ready(context, group, refresh, member):
            _terminate(context, group, member)
    # As many as are missing are launched anew, and are the first batch.
    refresh.busy = len(living(group)) < group.desired
    refresh.total = len([member for member in living(group) if member.id in launched])


def _end(context: Context, group: Group, refresh: Refresh, status: str, why: str) -> None:
    refresh.status, refresh.reason, refresh.ended = status, why, context.now()
    refresh.batch, refresh.busy = set(), False
    group.desired_configuration, group.surge = {}, 0


# Operations -------------------------------------------------------------------------------------------------------------------


@operation("autoscaling", "StartInstanceRefresh")
def start_instance_refresh(context: Context) -> Parameters:
    """API autoscaling:StartInstanceRefresh."""
    group, params = group_of(context), context.params
    if params.get("Strategy", "Rolling") != "Rolling":
        raise Unimplemented("a refresh that replaces root volumes")
    desired: Parameters = copy.deepcopy(group.params)
    if params.get("DesiredConfiguration"):
        take(context, desired, copy.deepcopy(params["DesiredConfiguration"]))
    desired = {name: desired[name] for name in ("LaunchTemplate", "MixedInstancesPolicy") if name in desired}
    preferences = {"SkipMatching": False, "AutoRollback": False, "ScaleInProtectedInstances": "Wait", "StandbyInstances": "Wait"}
    preferences |= params.get("Preferences", {})
    scratch = Group(group.name, group.arn, group.created, group.params, desired_configuration=desired)
    template = resolved(context, scratch.specification)
    mixed = desired.get("MixedInstancesPolicy")
    types = [one["InstanceType"] for one in mixed["LaunchTemplate"].get("Overrides", [])] if mixed else []
    types = types or [version_of(context, scratch.specification).data.get("InstanceType")]

    def matches(member: Member) -> bool:
        return bool(preferences["SkipMatching"]) and member.template == template and member.instance_type in types

    old = {member.id for member in living(group) if not matches(member)}
    if preferences["ScaleInProtectedInstances"] == "Ignore":
        old -= {member.id for member in living(group) if member.protected}
    warm_old = {member.id for member in group.members.values() if member.warm and not matches(member)}
    refresh = Refresh(
        str(uuid.uuid4()),
        context.simulator.clock(),
        context.now(),
        preferences,
        desired if params.get("DesiredConfiguration") else {},
        old,
        warm_old,
        len(old),
    )
    group.refreshes.insert(0, refresh)
    group.desired_configuration = desired
    settle(context)
    return {"InstanceRefreshId": refresh.id}


@operation("autoscaling", "CancelInstanceRefresh")
def cancel_instance_refresh(context: Context) -> Parameters:
    """API autoscaling:CancelInstanceRefresh. What was replaced stays replaced."""
    refresh = _in_progress(context)
    refresh.status, refresh.reason = "Cancelling", "Cancelled due to user request."
    if not context.params.get("WaitForTransitioningInstances", True):
        _end(context, group_of(context), refresh, "Cancelled", refresh.reason)
    settle(context)
    return {"InstanceRefreshId": refresh.id}


@operation("autoscaling", "RollbackInstanceRefresh")
def rollback_instance_refresh(context: Context) -> Parameters:
    """API autoscaling:RollbackInstanceRefresh."""
    refresh = _in_progress(context)
    if refresh.status == "RollbackInProgress":
        raise Refused("ActiveInstanceRefreshNotFound", "The instance refresh is being rolled back already")
    _roll_back(context, group_of(context), refresh, "Manual rollback. The user asked for it.")
    settle(context)
    return {"InstanceRefreshId": refresh.id}


def _in_progress(context: Context) -> Refresh:
    group = group_of(context)
    refresh = active(group)
    if refresh is None:
        raise Refused("ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}")
    return refresh


@operation("autoscaling", "DescribeInstanceRefreshes")
def describe_instance_refreshes(context: Context) -> Parameters:
    """API autoscaling:DescribeInstanceRefreshes, newest first."""
    group, wanted = group_of(context), context.params.get("InstanceRefreshIds")
    found = [refresh for refresh in group.refreshes if not wanted or refresh.id in wanted]
    return {"InstanceRefreshes": [_shown(group, refresh) for refresh in found[: context.params.get("MaxRecords", 50)]]}


def _shown(group: Group, refresh: Refresh) -> Parameters:
    over = refresh.status not in ACTIVE
    left = 0 if refresh.status == "Successful" else sum(member.id in refresh.old for member in living(group))
    shown: dict[str, Any] = {
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": group.name,
        "Status": refresh.status,
        "Strategy": "Rolling",
        "StartTime": refresh.started,
        "PercentageComplete": refresh.percent,
        # In a rollback those "that were not yet updated", which need no replacement.
        "InstancesToUpdate": refresh.rollback["InstancesToUpdateOnRollback"] if refresh.rollback else left,
        "Preferences": refresh.preferences,
    }
    if refresh.reason:
        shown["StatusReason"] = refresh.reason
    if refresh.ended:
        shown["EndTime"] = refresh.ended
    if refresh.desired:
        shown["DesiredConfiguration"] = refresh.desired
    if refresh.rollback:
        shown["RollbackDetails"] = refresh.rollback
    if group.warm_pool is not None:
        shown["ProgressDetails"] = {
            "LivePoolProgress": {"PercentageComplete": refresh.percent, "InstancesToUpdate": left},
            "WarmPoolProgress": {
                "PercentageComplete": 100 if over or not refresh.warm_old else 0,
                "InstancesToUpdate": 0 if over else len(refresh.warm_old & set(group.members)),
            },
        }
    return shown


# What the load balancer sees --------------------------------------------------------------------------------------------------


@after("elbv2", "DescribeTargetHealth")
def unhealthy_by_image(context: Context, response: Parameters) -> None:
    """Servers of an image that does not answer the health check."""
    for target in _used(response["TargetHealthDescriptions"]):
        instance = context.backend("ec2").get_instance_by_id(target["Target"]["Id"])
        if instance is not None and not behaviour(instance.image_id).healthy:
            target["TargetHealth"] = {
                "State": "unhealthy",
                "Reason": "Target.FailedHealthChecks",
                "Description": "Health checks failed",
            }


def _used(targets: Iterable[Parameters]) -> list[Parameters]:
    return [target for target in targets if target["TargetHealth"]["State"] in ("healthy", "initial")]

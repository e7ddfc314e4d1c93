# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes: start or join one, look at it, and say what came of it. Nothing here waits."""

from __future__ import annotations

import collections
import datetime
import json
import re
import time
import typing as t

from .resource import Item, Problem, Session
from .retries import error_code, lost_answer, pause

ACTIVE = frozenset(["Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"])
_OUTCOMES = {"Successful": "successful", "RollbackSuccessful": "rolled_back", "Cancelled": "cancelled"}  # else: failed
_TRIES = 6
_SAID_ACTIVITIES = 3
_IDS = re.compile(r"\b(i-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:]+Z)")

# Option of the module -> member of Preferences.
PREFERENCES = {
    "min_healthy_percentage": "MinHealthyPercentage",
    "max_healthy_percentage": "MaxHealthyPercentage",
    "instance_warmup": "InstanceWarmup",
    "checkpoint_percentages": "CheckpointPercentages",
    "checkpoint_delay": "CheckpointDelay",
    "skip_matching": "SkipMatching",
    "auto_rollback": "AutoRollback",
    "scale_in_protected_instances": "ScaleInProtectedInstances",
    "standby_instances": "StandbyInstances",
    "bake_time": "BakeTime",
}


def specification(configuration: Item) -> Item:
    """The launch template of a group, of a mixed instances policy, or of a desired configuration."""
    mixed = configuration.get("MixedInstancesPolicy")
    return t.cast(Item, mixed["LaunchTemplate"]["LaunchTemplateSpecification"] if mixed else configuration.get("LaunchTemplate") or {})


def version(configuration: Item) -> int | None:
    """The number of the version that is launched; None where it is no number."""
    said = str(specification(configuration).get("Version", ""))
    return int(said) if said.isdigit() else None


def desired_configuration(group: Item, number: int) -> Item:
    """What the group launches from, but for the version."""
    mixed = group.get("MixedInstancesPolicy")
    if not mixed:
        named = {key: value for key, value in group["LaunchTemplate"].items() if key == "LaunchTemplateId"}
        return {"LaunchTemplate": {**named, "Version": str(number)}}
    template = mixed["LaunchTemplate"]
    changed = {"LaunchTemplateId": template["LaunchTemplateSpecification"]["LaunchTemplateId"], "Version": str(number)}
    return {"MixedInstancesPolicy": {**mixed, "LaunchTemplate": {**template, "LaunchTemplateSpecification": changed}}}


class NotStarted(Problem):
    """AWS, or what is in progress, does not allow the refresh."""


class Refreshes:
    """The refreshes of one group."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self._session = session
        self._client = session.client("autoscaling", (("ResourceContention", "", 120.0), ("ScalingActivityInProgress", "", 120.0)))

    # Reading ----------------------------------------------------------------------------------------------------------

    def group(self) -> Item:
        """The group as it is."""
        found = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]
        if not found:
            raise Problem(f"there is no Auto Scaling group {self.name}")
        return t.cast(Item, found[0])

    def newest(self) -> Item | None:
        """The refresh that was started last."""
        found = self._client.describe_instance_refreshes(AutoScalingGroupName=self.name, MaxRecords=1)["InstanceRefreshes"]
        return t.cast("Item | None", found[0] if found else None)

    def one(self, refresh: str) -> Item:
        """A refresh by its id."""
        found = self._client.describe_instance_refreshes(AutoScalingGroupName=self.name, InstanceRefreshIds=[refresh])["InstanceRefreshes"]
        if not found:
            raise Problem(f"Auto Scaling group {self.name} has no instance refresh {refresh}")
        return t.cast(Item, found[0])

    def instances(self, group: Item) -> list[Item]:
        """The group's instances and those of its warm pool that stay."""
        found = list(group["Instances"])
        if group.get("WarmPoolConfiguration"):
            pages = self._client.get_paginator("describe_warm_pool").paginate(AutoScalingGroupName=self.name)
            found += [one for page in pages for one in page["Instances"]]
        return [one for one in found if "Terminat" not in one["LifecycleState"]]

    # Doing ------------------------------------------------------------------------------------------------------------

    def start(self, number: int, options: Item, since: datetime.datetime | None) -> tuple[Item | None, bool]:
        """(the refresh that brings the version in, whether it was there already); None where there is nothing to replace.

        :param since: a refresh to the version that was started at or after this time is this one, even if it is over.
        """
        for attempt in range(_TRIES):
            group, newest = self.group(), self.newest()
            if newest and newest["Status"] in ACTIVE:
                self._refuse_another(group, newest, number)
                return newest, True
            if self.done(group, number):
                return None, False
            if since and newest and version(newest.get("DesiredConfiguration") or {}) == number and newest["StartTime"] >= since:
                return newest, True
            if self._session.check_mode:
                return None, False
            try:
                refresh = self._client.start_instance_refresh(
                    AutoScalingGroupName=self.name,
                    Strategy="Rolling",
                    DesiredConfiguration=desired_configuration(group, number),
                    Preferences=self._preferences(options),
                )["InstanceRefreshId"]
                return self.one(refresh), False
            except Exception as error:
                # Whether it was started although the answer was lost, the next look tells.
                if attempt == _TRIES - 1 or not (lost_answer(error) or error_code(error) == "InstanceRefreshInProgress"):
                    if not error_code(error) or lost_answer(error):
                        raise
                    raise NotStarted(f"StartInstanceRefresh was refused: {error}") from error
                time.sleep(pause(attempt))
        return None, False

    def roll_back(self) -> Item | None:
        """Let AWS return to what the group has; None where no refresh is in progress."""
        return self._stop(self._client.rollback_instance_refresh, "RollbackInProgress")

    def cancel(self) -> Item | None:
        """Let AWS stop where it is; None where no refresh is in progress."""
        return self._stop(self._client.cancel_instance_refresh, "Cancelling")

    def _stop(self, operation: t.Callable[..., Item], status: str) -> Item | None:
        for attempt in range(_TRIES):
            newest = self.newest()
            if newest is None or newest["Status"] not in ACTIVE:
                return None
            if newest["Status"] == status or self._session.check_mode:
                return newest
            try:
                return self.one(operation(AutoScalingGroupName=self.name)["InstanceRefreshId"])
            except Exception as error:
                if attempt == _TRIES - 1 or not (lost_answer(error) or error_code(error) == "ActiveInstanceRefreshNotFound"):
                    raise
                time.sleep(pause(attempt))
        return None

    def _preferences(self, options: Item) -> Item:
        preferences = {member: options[option] for option, member in PREFERENCES.items() if options.get(option) not in (None, [])}
        if not preferences.get("CheckpointPercentages"):
            preferences.pop("CheckpointDelay", None)
        if options.get("alarms"):
            preferences["AlarmSpecification"] = {"Alarms": options["alarms"]}
        return preferences

    def _refuse_another(self, group: Item, refresh: Item, number: int) -> None:
        """What is in progress must lead to the version: by bringing it in, or by rolling back to it."""
        rolling = refresh["Status"] == "RollbackInProgress"
        leads_to = version(group) if rolling else version(refresh.get("DesiredConfiguration") or {})
        tried = rolling and version(refresh.get("DesiredConfiguration") or {}) == number
        if leads_to != number and not tried:
            raise NotStarted(another(self.name, refresh) + f", not to version {number}")

    # Judging ----------------------------------------------------------------------------------------------------------

    def outdated(self, group: Item, number: int) -> list[str]:
        """Ids of the instances that are on another version of the group's template, or on another template."""
        template = specification(group).get("LaunchTemplateId")
        wanted = {"LaunchTemplateId": template, "Version": str(number)}
        return [
            one["InstanceId"]
            for one in self.instances(group)
            if {key: (one.get("LaunchTemplate") or {}).get(key) for key in wanted} != wanted and one["LifecycleState"] != "Standby"
        ]

    def done(self, group: Item, number: int) -> bool:
        """Whether the group and all its instances are on the version."""
        return version(group) == number and not self.outdated(group, number)

    def outcome(self, group: Item, refresh: Item | None, number: int) -> str:
        """What came of it: in_progress, nothing_to_do, successful, rolled_back, cancelled or failed."""
        if refresh is None:
            return "nothing_to_do"
        if refresh["Status"] in ACTIVE:
            return "in_progress"
        if refresh["Status"] == "RollbackSuccessful" and version(group) == number:
            # To return is what was wanted.
            return "successful"
        return _OUTCOMES.get(refresh["Status"], "failed")

    def alarms(self, refresh: Item) -> list[Item]:
        """The alarms of a refresh that were in ALARM since it began: they may be quiet again when its servers are gone."""
        names = refresh.get("Preferences", {}).get("AlarmSpecification", {}).get("Alarms", [])
        if not names:
            return []
        cloudwatch = self._session.client("cloudwatch")
        shown = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        red = {one["AlarmName"]: one.get("StateReason", "") for one in shown["MetricAlarms"] + shown["CompositeAlarms"] if one["StateValue"] == "ALARM"}
        for name in [name for name in names if name not in red]:
            changes = cloudwatch.describe_alarm_history(
                AlarmName=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"], HistoryItemType="StateUpdate", StartDate=refresh["StartTime"], MaxRecords=50
            )["AlarmHistoryItems"]
            states = [json.loads(one["HistoryData"])["newState"] for one in changes if one.get("HistoryData")]
            reasons = [state.get("stateReason", "") for state in states if state["stateValue"] == "ALARM"]
            red |= {name: reasons[0]} if reasons else {}
        return [{"name": name, "reason": red[name]} for name in names if name in red]

    def activities(self, refresh: Item, but: str = "") -> list[str]:
        """What went wrong with instances since it began, in AWS's words, each once, and not what was said already."""
        pages = self._client.describe_scaling_activities(AutoScalingGroupName=self.name, MaxRecords=50)["Activities"]
        said = [
            one.get("StatusMessage") or one["Cause"]
            for one in pages
            if one["StartTime"] >= refresh["StartTime"] and (one["StatusCode"] in ("Failed", "Cancelled") or "health check" in one.get("Cause", ""))
        ]
        # The same for one instance after the other, but for its id.
        different = {_IDS.sub("", words): words for words in said}
        return [words for bare, words in different.items() if bare not in _IDS.sub("", but)][:_SAID_ACTIVITIES]


def another(name: str, refresh: Item) -> str:
    """A refresh that is in the way, and what to do about it."""
    number = version(refresh.get("DesiredConfiguration") or {})
    return (
        f"instance refresh {refresh['InstanceRefreshId']} of {name} is in progress since {refresh['StartTime']:%Y-%m-%d %H:%M} UTC "
        f"({refresh['Status']}, {refresh.get('PercentageComplete', 0)} %): it leads to {f'version {number}' if number else 'what the group has'}"
    )


def counted(instances: list[Item]) -> dict[str, dict[str, int]]:
    """By version, how many instances serve, wait in the warm pool, or neither yet."""
    found: dict[str, dict[str, int]] = {}
    for one in instances:
        state, healthy = one["LifecycleState"], one["HealthStatus"].lower() == "healthy"
        kind = "in service" if state == "InService" and healthy else "unhealthy" if not healthy else "warmed" if state.startswith("Warmed") else "coming"
        kind = "in standby" if state == "Standby" else kind
        number = (one.get("LaunchTemplate") or {}).get("Version", "none")
        found.setdefault(number, collections.Counter())[kind] += 1
    return {number: dict(kinds) for number, kinds in sorted(found.items())}


def shown(refresh: Item | None) -> Item:
    """A refresh as the module returns it."""
    if refresh is None:
        return {}
    rollback = refresh.get("RollbackDetails") or {}
    return {
        "id": refresh["InstanceRefreshId"],
        "status": refresh["Status"],
        "status_reason": refresh.get("StatusReason", ""),
        "start_time": _iso(refresh.get("StartTime")),
        "end_time": _iso(refresh.get("EndTime")),
        "percentage_complete": refresh.get("PercentageComplete", 0),
        "instances_to_update": refresh.get("InstancesToUpdate", 0),
        "launch_template_version": version(refresh.get("DesiredConfiguration") or {}),
        "rollback_reason": rollback.get("RollbackReason", ""),
    }


def _iso(moment: datetime.datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""

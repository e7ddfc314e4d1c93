# SPDX-License-Identifier: GPL-3.0-or-later
"""Lead an alias of a function to a new version: a share of the calls first, then all of them or, where an alarm goes red, none.

Nothing is remembered: the alias's routing says what has which share, its description since when. So a run that was killed is carried on by the next.
"""

from __future__ import annotations

import datetime
import re
import time
import typing as t

from .compare import dict_to_tags
from .resource import Item, Problem
from .retries import tolerated

_SINCE = re.compile(r"since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


class Canary:
    """One function whose alias is to lead to a new version.

    :param function: client of Lambda.
    :param cloudwatch: client of CloudWatch.
    :param item: the declared function: its `alias` and what begins with `canary_`.
    :param tags: what the alarm carries.
    """

    def __init__(self, function: t.Any, cloudwatch: t.Any, item: Item, tags: dict[str, str]) -> None:
        self._lambda, self._cloudwatch = function, cloudwatch
        self._tags = tags
        self._name, self._alias = item["name"], item["alias"]
        self._percent, self._seconds = item["canary_percent"], item.get("canary_seconds") or 0
        self._errors, self._alarms = item.get("canary_errors") or 1, item.get("canary_alarms") or []
        self.alarm = f"{item['name']}-canary"

    def shift(self, version: str) -> str:
        """Wait until all calls get the version. Returns how it went, in words.

        :raises Problem: where they get the version before again, or somebody else leads the alias.
        """
        found = self._lambda.get_alias(FunctionName=self._name, Name=self._alias)
        before, since = found["FunctionVersion"], self._since(found)
        if since is None or list(_weights(found)) != [version]:
            since = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
            self._watch(version)
            found = self._lead(before, {version: self._percent / 100}, f"Canary: version {version} since {since.strftime(_STAMP)}")
        weights = _weights(found)
        while True:
            left = self._seconds - (datetime.datetime.now(datetime.UTC) - since).total_seconds()
            red = self._red(since, past=left <= 0)
            if red or left <= 0:
                break
            time.sleep(min(15.0, max(0.25, self._seconds / 40), left))
            found = self._lambda.get_alias(FunctionName=self._name, Name=self._alias)
            if (found["FunctionVersion"], _weights(found)) != (before, weights):
                raise Problem(
                    f"somebody else has moved the alias {self._alias} while version {version} was being tried: it leads to version {found['FunctionVersion']}"
                    f"{f', with {_weights(found)} beside it' if _weights(found) else ''}. Nothing was done about that; run again to try the version again"
                )
        calls, errors = (self._sum(metric, version, since) for metric in ("Invocations", "Errors"))
        share = f"version {version} had {_percent(weights[version])} of {self._alias} since {since.strftime(_STAMP)}: {calls} calls, {errors} of them failed"
        if red:
            self._lead(before, {}, "")
            self.forget()
            raise Problem(
                f"the new version was taken back, {self._alias} leads to version {before} alone again. {share}; {'; '.join(red)}. "
                "What is declared is that version still: mend it, or the next run tries it again"
            )
        self._lead(version, {}, "")
        self.forget()
        return share if calls else f"{share}. Nobody called, so nothing is proved"

    def forget(self) -> None:
        """Remove the alarm, whose version is no canary any more."""
        with tolerated("ResourceNotFound", "ResourceNotFoundException"):
            self._cloudwatch.delete_alarms(AlarmNames=[self.alarm])

    def _lead(self, version: str, weights: dict[str, float], description: str) -> dict[str, t.Any]:
        routing = {"AdditionalVersionWeights": weights}
        return t.cast(
            dict[str, t.Any],
            self._lambda.update_alias(FunctionName=self._name, Name=self._alias, FunctionVersion=version, RoutingConfig=routing, Description=description),
        )

    @staticmethod
    def _since(alias: dict[str, t.Any]) -> datetime.datetime | None:
        """When what the alias tries was begun to be tried; None where it tries nothing, or nobody wrote that down."""
        found = _SINCE.search(alias.get("Description") or "")
        return datetime.datetime.strptime(found[1], _STAMP).replace(tzinfo=datetime.UTC) if found else None

    def _dimensions(self, version: str) -> list[dict[str, str]]:
        """Those of calls that came by the alias and got the version."""
        values = {"FunctionName": self._name, "Resource": f"{self._name}:{self._alias}", "ExecutedVersion": version}
        return [{"Name": name, "Value": value} for name, value in values.items()]

    def _watch(self, version: str) -> None:
        """An alarm of the version's own errors. Made anew: one that is put again keeps its state."""
        self.forget()
        self._cloudwatch.put_metric_alarm(
            AlarmName=self.alarm,
            AlarmDescription=f"Errors of version {version}, which is being tried",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=self._dimensions(version),
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=self._errors,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            Tags=dict_to_tags({**self._tags, "Name": self.alarm}),
        )

    def _red(self, since: datetime.datetime, past: bool) -> list[str]:
        """The alarms that are red, in words; also those that have been since then, and are quiet again."""
        shown = self._cloudwatch.describe_alarms(AlarmNames=[self.alarm, *self._alarms], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        alarms = [*shown.get("MetricAlarms", []), *shown.get("CompositeAlarms", [])]
        red = [f"alarm {one['AlarmName']} is red ({one.get('StateReason') or 'without a reason'})" for one in alarms if one["StateValue"] == "ALARM"]
        if red or not past:
            return red
        for name in (self.alarm, *self._alarms):
            told = self._cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate", StartDate=since)["AlarmHistoryItems"]
            red += [f"alarm {name} was red meanwhile ({one['HistorySummary']}, {one['Timestamp']})" for one in told if "to ALARM" in one["HistorySummary"]][:1]
        return red

    def _sum(self, metric: str, version: str, since: datetime.datetime) -> int:
        """How many CloudWatch knows of, which is a minute or two late. Periods of a canary that took days are longer, for there may be 1440 in an answer."""
        now = datetime.datetime.now(datetime.UTC)
        period = 60 * (1 + int((now - since).total_seconds() // 60 // 1000))
        found = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=self._dimensions(version),
            StartTime=since.replace(second=0),
            EndTime=now + datetime.timedelta(minutes=1),
            Period=period,
            Statistics=["Sum"],
        )
        return round(sum(point["Sum"] for point in found["Datapoints"]))


def _weights(alias: dict[str, t.Any]) -> dict[str, float]:
    """What an alias leads to beside its version, and which share of the calls it gets."""
    return dict((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


def _percent(weight: float) -> str:
    return f"{weight * 100:g} %"

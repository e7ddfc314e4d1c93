# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch: alarms, alarms over alarms, dashboards."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_ACTIONS = {"alarm_actions": "AlarmActions", "ok_actions": "OKActions", "insufficient_data_actions": "InsufficientDataActions"}


class CloudWatchKind(Kind):
    """What they have in common: a put replaces the whole, tags go by ARN."""

    service = "cloudwatch"

    def resource_tags(self, arn: str) -> dict[str, str] | None:
        """The tags of a resource; None where it has just gone."""
        try:
            return tags_to_dict(self.client.list_tags_for_resource(ResourceARN=arn)["Tags"])
        except botocore.exceptions.ClientError as error:
            if "NotFound" in error_code(error):
                return None
            raise

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.put(resource.name, {**resource.state, **{option: value for option, value in item.items() if value is not None}}, {})

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.put(name, item, {"Tags": dict_to_tags(tags)})

    def put(self, name: str, state: Item, extra: dict[str, t.Any]) -> None:
        """Send the whole."""
        raise NotImplementedError


class AlarmKind(CloudWatchKind):
    """Alarms of either type. An update of an alarm replaces everything, so what no option names is sent back as it was."""

    type = ""  # "MetricAlarm"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = self.pages("describe_alarms", f"{self.type}s", AlarmNamePrefix=self.prefix, AlarmTypes=[self.type])
        others = [name for name in names if not name.startswith(self.prefix)]
        if others:
            found += self.pages("describe_alarms", f"{self.type}s", AlarmNames=others, AlarmTypes=[self.type])
        tags = self.tags_by_arn([alarm["AlarmArn"] for alarm in found], self.resource_tags)
        return [self._look(alarm, tags[alarm["AlarmArn"]]) for alarm in found if alarm["AlarmArn"] in tags]

    def _look(self, alarm: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        state = {option: sorted(alarm.get(member, [])) for option, member in _ACTIONS.items()}
        state |= {"description": alarm.get("AlarmDescription", ""), "actions_enabled": alarm.get("ActionsEnabled", True), **self.state(alarm)}
        return Resource(alarm["AlarmName"], state, tags, {"arn": alarm["AlarmArn"], "alarm_state": alarm.get("StateValue", "")})

    def state(self, alarm: dict[str, t.Any]) -> Item:
        """What is peculiar to the type."""
        raise NotImplementedError

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:cloudwatch:{self.session.region}:{'0' * 12}:alarm:{PLACEHOLDER}", "alarm_state": ""}

    def common(self, name: str, state: Item) -> dict[str, t.Any]:
        """Parameters of both put operations."""
        parameters = {"AlarmName": name, "AlarmDescription": state.get("description") or ""}
        parameters["ActionsEnabled"] = state["actions_enabled"] if state.get("actions_enabled") is not None else True
        return {**parameters, **{member: state.get(option) or [] for option, member in _ACTIONS.items()}}

    def delete(self, resource: Resource) -> None:
        try:
            self.client.delete_alarms(AlarmNames=[resource.name])
        except botocore.exceptions.ClientError as error:
            if error_code(error) not in ("ResourceNotFound", "ResourceNotFoundException"):
                raise


class Alarms(AlarmKind):
    module, noun, type = "cloudwatch_alarms", "alarm", "MetricAlarm"

    # Option and member of what is sent and shown alike.
    _MEMBERS = {
        "namespace": "Namespace",
        "metric": "MetricName",
        "period": "Period",
        "evaluation_periods": "EvaluationPeriods",
        "datapoints_to_alarm": "DatapointsToAlarm",
        "threshold": "Threshold",
        "comparison": "ComparisonOperator",
        "unit": "Unit",
    }

    def state(self, alarm: dict[str, t.Any]) -> Item:
        state: Item = {option: alarm.get(member) for option, member in self._MEMBERS.items()}
        state["statistic"] = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        state["dimensions"] = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", [])}
        state["missing_data"] = alarm.get("TreatMissingData") or "missing"
        state["metrics"] = [self._query(one) for one in alarm.get("Metrics", [])]
        return state

    @staticmethod
    def _query(query: dict[str, t.Any]) -> Item:
        stat = query.get("MetricStat") or {}
        metric = stat.get("Metric") or {}
        return {
            "id": query["Id"],
            "expression": query.get("Expression"),
            "label": query.get("Label"),
            "return_data": query.get("ReturnData", True),
            "namespace": metric.get("Namespace"),
            "metric": metric.get("MetricName"),
            "dimensions": {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])} if metric else None,
            "period": stat.get("Period") or query.get("Period"),
            "statistic": stat.get("Stat"),
        }

    def normalise(self, item: Item) -> Item:
        filled = {**item, "missing_data": item.get("missing_data") or "missing", "metrics": item.get("metrics") or []}
        if filled.get("threshold") is not None:
            filled["threshold"] = float(filled["threshold"])
        if filled.get("dimensions") is not None:
            filled["dimensions"] = {name: str(value) for name, value in filled["dimensions"].items()}
        filled["metrics"] = [{**one, "return_data": bool(one.get("return_data"))} for one in filled["metrics"]]
        return filled

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if bool(item["metrics"]) == bool(item.get("metric")):
                problems.append(f"alarm {name}: takes either metric or metrics")
            elif item.get("metric") and not (item.get("namespace") and item.get("statistic") and item.get("period")):
                problems.append(f"alarm {name}: metric needs namespace, statistic and period beside it")
        return problems

    def put(self, name: str, state: Item, extra: dict[str, t.Any]) -> None:
        parameters = {**self.common(name, state), "TreatMissingData": state["missing_data"], **extra}
        metrics = state.get("metrics") or []
        alone = ("namespace", "metric", "period", "unit")
        for option, member in self._MEMBERS.items():
            if state.get(option) is not None and not (metrics and option in alone):
                parameters[member] = state[option]
        if metrics:
            parameters["Metrics"] = [self._sent(one) for one in metrics]
        else:
            parameters["Dimensions"] = self._dimensions(state.get("dimensions"))
            plain = state["statistic"] in ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
            parameters["Statistic" if plain else "ExtendedStatistic"] = state["statistic"]
        self.client.put_metric_alarm(**parameters)

    @staticmethod
    def _dimensions(dimensions: dict[str, str] | None) -> list[dict[str, str]]:
        return [{"Name": name, "Value": value} for name, value in (dimensions or {}).items()]

    def _sent(self, query: Item) -> dict[str, t.Any]:
        sent: dict[str, t.Any] = {"Id": query["id"], "ReturnData": query["return_data"]}
        if query.get("label"):
            sent["Label"] = query["label"]
        if query.get("expression"):
            return {**sent, "Expression": query["expression"], **({"Period": query["period"]} if query.get("period") else {})}
        metric = {"Namespace": query["namespace"], "MetricName": query["metric"], "Dimensions": self._dimensions(query.get("dimensions"))}
        return {**sent, "MetricStat": {"Metric": metric, "Period": query["period"], "Stat": query["statistic"]}}


class CompositeAlarms(AlarmKind):
    module, noun, type = "cloudwatch_composite_alarms", "composite alarm", "CompositeAlarm"
    # The alarms that a rule names were made a moment ago.
    not_yet = ((r"ValidationError", r"not exist|not found|could not", 30.0),)

    def state(self, alarm: dict[str, t.Any]) -> Item:
        return {"rule": alarm["AlarmRule"]}

    def normalise(self, item: Item) -> Item:
        return {**item, "rule": " ".join(item["rule"].split())}

    def put(self, name: str, state: Item, extra: dict[str, t.Any]) -> None:
        self.client.put_composite_alarm(**self.common(name, state), AlarmRule=state["rule"], **extra)


class Dashboards(CloudWatchKind):
    module, noun = "cloudwatch_dashboards", "dashboard"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = [entry["DashboardName"] for entry in self.pages("list_dashboards", "DashboardEntries", DashboardNamePrefix=self.prefix)]
        return [one for one in self.session.each(self._look, sorted({*listed, *names})) if one]

    def _look(self, name: str) -> Resource | None:
        try:
            dashboard = self.client.get_dashboard(DashboardName=name)
        except botocore.exceptions.ClientError as error:
            if error_code(error) in ("ResourceNotFound", "DashboardNotFoundError"):
                return None
            raise
        arn = dashboard["DashboardArn"]
        return Resource(name, {"body": json.loads(dashboard["DashboardBody"])}, self.resource_tags(arn) or {}, {"arn": arn})

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:cloudwatch::{'0' * 12}:dashboard/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        body = item["body"]
        return {**item, "body": json.loads(body) if isinstance(body, str) else body}

    def put(self, name: str, state: Item, extra: dict[str, t.Any]) -> None:
        answer = self.client.put_dashboard(DashboardName=name, DashboardBody=json.dumps(state["body"]), **extra)
        # AWS stores a body it only half understands and says so in the answer.
        problems = [f"{one.get('DataPath', '')}: {one.get('Message', '')}" for one in answer.get("DashboardValidationMessages", [])]
        if problems:
            raise Problem(f"dashboard {name}: {'; '.join(problems)}")

    def delete(self, resource: Resource) -> None:
        try:
            self.client.delete_dashboards(DashboardNames=[resource.name])
        except botocore.exceptions.ClientError as error:
            if error_code(error) not in ("ResourceNotFound", "DashboardNotFoundError"):
                raise

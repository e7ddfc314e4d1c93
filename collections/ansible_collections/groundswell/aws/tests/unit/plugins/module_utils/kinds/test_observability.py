# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to alarms, topics, log deliveries, budgets and cost anomaly monitors."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.budgets import Budgets
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudwatch import Alarms
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cost_explorer import AnomalyMonitors, AnomalySubscriptions
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.logs import Deliveries, LogGroups
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.s3_objects import Objects
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sns import Topics
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Resource

from ..fakes import OURS, FakeSession, refusal


class Session(FakeSession):
    """Has one client and a known account."""

    account, region, partition = "123456789012", "eu-west-1", "aws"

    def __init__(self, client: t.Any = None) -> None:
        self._client = client

    def client(self, service: str, not_yet: t.Any = (), region: str | None = None) -> t.Any:
        return self._client


class Recorder:
    """A client that remembers what was asked of it, in order."""

    def __init__(self, **answers: t.Any) -> None:
        self.calls: list[tuple[str, dict[str, t.Any]]] = []
        self.answers = answers

    def __getattr__(self, operation: str) -> t.Callable[..., t.Any]:
        def call(**parameters: t.Any) -> t.Any:
            self.calls.append((operation, parameters))
            answer = self.answers.get(operation, {})
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


MATH = {
    "name": "a", "evaluation_periods": 3, "threshold": 5, "comparison": "GreaterThanThreshold",
    "metrics": [
        {"id": "rate", "expression": "errors / requests * 100", "label": "percent", "return_data": True},
        {"id": "errors", "namespace": "AWS/X", "metric": "E", "dimensions": {"D": "1"}, "period": 60, "statistic": "Sum"},
        {"id": "requests", "namespace": "AWS/X", "metric": "R", "dimensions": {"D": "1"}, "period": 60, "statistic": "Sum"},
    ],
}  # fmt: skip
PLAIN = {
    "name": "a", "namespace": "AWS/X", "metric": "M", "dimensions": {"D": 1}, "statistic": "p99", "period": 60, "evaluation_periods": 3,
    "threshold": 5, "comparison": "GreaterThanThreshold",
}  # fmt: skip


@pytest.mark.parametrize("declared", [MATH, PLAIN])
def test_an_alarm_reads_as_it_was_declared(declared):
    client = Recorder()
    kind = Alarms(Session(client), {}, OURS)
    item = kind.normalise(declared)
    kind.create("a", item, OURS)
    ((_, sent),) = client.calls
    assert differences(kind, {key: value for key, value in item.items() if key != "name"}, {**kind.state(sent)}) == {}
    assert ("ExtendedStatistic" in sent) == (declared is PLAIN)


def test_an_update_sends_back_what_nobody_declared():
    client = Recorder()
    kind = Alarms(Session(client), {}, OURS)
    item = kind.normalise(PLAIN)
    state = {**item, "description": "somebody wrote this", "actions_enabled": False, "alarm_actions": ["arn:x"], "unit": None}
    kind.update(Resource("a", state), {**item, "threshold": 6.0}, {"threshold": 6.0})
    ((_, sent),) = client.calls
    assert (sent["AlarmDescription"], sent["ActionsEnabled"], sent["AlarmActions"], sent["Threshold"]) == ("somebody wrote this", False, ["arn:x"], 6.0)
    assert "Tags" not in sent


def test_an_alarm_watches_one_thing():
    kind = Alarms(Session(), {}, OURS)
    both = kind.normalise({**PLAIN, "metrics": MATH["metrics"]})
    without = kind.normalise({**PLAIN, "period": None})
    assert len(kind.refuse({"a": both, "b": without, "c": kind.normalise(PLAIN), "d": kind.normalise(MATH)})) == 2


def test_subscriptions_come_and_go_one_by_one():
    client = Recorder()
    kind = Topics(Session(client), {}, OURS)
    present = [{"protocol": "email", "endpoint": "old@x"}, {"protocol": "email", "endpoint": "waiting@x"}, {"protocol": "email", "endpoint": "stays@x"}]
    outputs = {"arn": "arn:t", "subscription_arns": {"old@x": "arn:t:1", "waiting@x": "PendingConfirmation", "stays@x": "arn:t:2"}}
    wanted = [{"protocol": "email", "endpoint": "stays@x"}, {"protocol": "email", "endpoint": "new@x"}]
    kind.update(Resource("t", {"subscriptions": present}, {}, outputs), {}, {"subscriptions": wanted})
    assert [(name, parameters.get("Endpoint") or parameters.get("SubscriptionArn")) for name, parameters in client.calls] == [
        ("subscribe", "new@x"), ("unsubscribe", "arn:t:1"),
    ]  # fmt: skip


DELIVERY = {"name": "d", "resource_arn": "arn:r", "log_type": "ACCESS_LOGS", "destination_arn": "arn:aws:s3:::b", "path": "{yyyy}", "fields": ["time", "date"]}


def test_a_delivery_left_half_made_is_finished():
    client = Recorder(put_delivery_destination=[refusal("ConflictException"), {"deliveryDestination": {"arn": "arn:d"}}])
    kind = Deliveries(Session(client), {}, OURS)
    item = kind.normalise(DELIVERY)
    found = Resource("d", {"complete": False, "resource_arn": "arn:r", "log_type": "ACCESS_LOGS"}, OURS, {"arn": "arn:s", "delivery_id": ""})
    changes = differences(kind, item, found.state)
    assert not set(changes) & set(kind.fixed)
    kind.update(found, item, changes)
    assert [name for name, _ in client.calls] == ["put_delivery_destination", "put_delivery_destination", "create_delivery"]
    assert client.calls[-1][1]["recordFields"] == ["date", "time"]


def test_a_notification_with_other_subscribers_is_made_anew():
    client = Recorder()
    kind = Budgets(Session(client), {}, OURS)
    item = kind.normalise(
        {
            "name": "b",
            "amount": 10,
            "notifications": [
                {"type": "actual", "threshold": 80, "emails": ["new@x"], "topic_arn": None},
                {"type": "forecasted", "threshold": 100, "emails": ["a@x"]},
            ],
        }
    )
    state = {**item, "notifications": [{"type": "actual", "threshold": 80.0, "emails": ["old@x"], "topic_arn": ""}, item["notifications"][1]]}
    changes = differences(kind, item, state)
    kind.update(Resource("b", state), item, changes)
    assert [name for name, _ in client.calls] == ["delete_notification", "create_notification"]
    assert client.calls[1][1]["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "new@x"}]


@pytest.mark.parametrize(("amount", "sent"), [(10, "10"), (99.5, "99.5"), (2500000.0, "2500000.0")])
def test_amounts_are_written_out(amount, sent):
    kind = Budgets(Session(), {}, OURS)
    assert kind._budget("b", kind.normalise({"name": "b", "amount": amount, "notifications": None}))["BudgetLimit"]["Amount"] == sent


def monitors(*entries: dict[str, t.Any]) -> AnomalyMonitors:
    client = types.SimpleNamespace(
        get_anomaly_monitors=lambda **_: {"AnomalyMonitors": list(entries)},
        list_tags_for_resource=lambda ResourceArn: {"ResourceTags": []},
    )
    return AnomalyMonitors(Session(client), {}, OURS)


def test_the_accounts_own_monitor_stands_in_for_ours():
    kind = monitors({"MonitorName": "Default-Services-Monitor", "MonitorArn": "arn:m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"})
    item = kind.normalise({"name": "acme-dev-services", "dimension": None})
    (found,) = kind.describe(["acme-dev-services"])
    assert found.outputs == {"arn": "arn:m"}
    assert differences(kind, item, found.state) == {}
    assert list(kind.describe([])) == []  # and so is never found undeclared, or removed


def test_nothing_stands_in_for_a_monitor_of_a_tag():
    kind = monitors({"MonitorName": "Default-Services-Monitor", "MonitorArn": "arn:m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"})
    kind.normalise({"name": "acme-dev-tagged", "tag_key": "Environment", "tag_values": ["dev"]})
    assert list(kind.describe(["acme-dev-tagged"])) == []


def test_letters_are_daily_and_topics_are_told_at_once():
    kind = AnomalySubscriptions(Session(), {}, OURS)
    item = {"name": "s", "monitor_arns": ["arn:m"], "least_impact": 5}
    good = kind.normalise({**item, "frequency": "daily", "emails": ["a@x"]})
    bad = kind.normalise({**item, "frequency": "immediate", "emails": ["a@x"]})
    assert [text.partition(":")[0] for text in kind.refuse({"good": good, "bad": bad})] == ["cost anomaly subscription bad"]


def test_an_object_is_compared_by_its_hash():
    kind = Objects(Session(), {"bucket": "b", "prefix": "p/"}, OURS)
    item = kind.normalise({"name": "p/a", "content": "text"})
    assert "text" not in item.values()
    assert item["sha256"] == "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"  # pragma: allowlist secret
    assert kind.refuse({"p/a": item}) == []
    assert len(kind.refuse({"elsewhere": item})) == 1


def test_log_groups_of_ours_are_found_without_their_names():
    asked: list[dict[str, str]] = []

    class Pages:
        def paginate(self, **search: str) -> t.Any:
            asked.append(search)
            return types.SimpleNamespace(search=lambda path: iter([]))

    kind = LogGroups(Session(types.SimpleNamespace(get_paginator=lambda operation: Pages())), {}, OURS)
    assert list(kind.describe(["/aws/rds/instance/x/error", "/acme/dev/web", f"/aws/rds/instance/{kind.prefix}-db/error"])) == []
    # By a part, for AWS prescribes how the names of the firewall's and the database's groups begin.
    assert asked == [{"logGroupNamePattern": "/acme/dev/"}, {"logGroupNamePattern": kind.prefix}, {"logGroupNamePrefix": "/aws/rds/instance/x/error"}]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What leads visitors to one region or another: records that are made ahead of time, and switches that no record is edited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudwatch import Alarms
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.route53 import HealthChecks, Records, Zones
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.switch import MINUTES, throw
from botocore.exceptions import ReadTimeoutError
from conftest import REGION, Module

ALARM = {
    "name": "acme-dev-taken-over", "namespace": "Acme/dev/recovery", "metric": "TakenOver", "statistic": "Minimum", "period": 60, "evaluation_periods": 1,
    "threshold": 0, "comparison": "GreaterThanThreshold", "missing_data": "ignore",
}  # fmt: skip
FOLLOWS = {"type": "CLOUDWATCH_METRIC", "alarm_name": ALARM["name"], "alarm_region": REGION}
CHECKS = [
    # Before those that it adds up: the order of the declaration says nothing.
    {"name": "may-serve", "type": "CALCULATED", "children": ["site", "not-taken-over"]},
    {"name": "site", "type": "HTTPS", "domain_name": "www.acme.example"},
    {"name": "not-taken-over", **FOLLOWS},
    {"name": "taken-over", "inverted": True, **FOLLOWS},
]


def thrown(simulator: Any, thrown: bool, check_mode: bool = False, **more: Any) -> list[str]:
    """The alarms that were turned."""
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    options = {"alarms": [ALARM["name"]], "thrown": thrown, "wait": True, "wait_timeout": 10, **more}
    return [change["name"] for change in throw(Session(module), options)]


def test_checks_that_add_up_others(simulator: Any, keep: Callable[..., Result]) -> None:
    keep(Alarms, [ALARM])
    made = keep(HealthChecks, CHECKS)
    assert [change.action for change in made.changes] == ["create"] * 4
    ids = {name: resource.outputs["id"] for name, resource in made.resources.items()}
    route53 = simulator.client("route53")

    def configured() -> Any:
        return route53.get_health_check(HealthCheckId=ids["may-serve"])["HealthCheck"]["HealthCheckConfig"]

    assert (set(configured()["ChildHealthChecks"]), configured()["HealthThreshold"]) == ({ids["site"], ids["not-taken-over"]}, 2)
    assert keep(HealthChecks, CHECKS).changes == []
    fewer = [{**CHECKS[0], "children": ["site"]}, *CHECKS[1:]]
    assert [(change.name, change.options) for change in keep(HealthChecks, fewer).changes] == [("may-serve", ["children", "threshold"])]
    assert (configured()["ChildHealthChecks"], configured()["HealthThreshold"]) == ([ids["site"]], 1)
    for children in (["elsewhere"], ["may-serve"]):
        with pytest.raises(Problem, match=f"{children[0]} is no check of this set that could be added up"):
            keep(HealthChecks, [{**CHECKS[0], "children": children}, *CHECKS[1:]])


def test_a_switch(simulator: Any, keep: Callable[..., Result]) -> None:
    """Once and no more, and nothing but CloudWatch is asked."""
    with pytest.raises(Problem, match="there is no alarm acme-dev-taken-over in eu-west-1"):
        thrown(simulator, True)
    assert thrown(simulator, False) == []
    keep(Alarms, [ALARM])
    before = len(simulator.calls())
    assert thrown(simulator, False) == []
    assert thrown(simulator, True, check_mode=True) == [ALARM["name"]]
    assert [call for call in simulator.calls()[before:] if call["mutating"]] == []
    assert thrown(simulator, True) == [ALARM["name"]]
    assert thrown(simulator, True) == []
    assert {call["service"] for call in simulator.calls()[before:]} == {"cloudwatch"}
    # No holds at once, whatever was said of these minutes before; yes waits for the end of those of which no was said.
    assert thrown(simulator, False) == [ALARM["name"]]
    assert thrown(simulator, False) == []
    with pytest.raises(Problem, match="has not turned acme-dev-taken-over after 0 seconds"):
        thrown(simulator, True, wait_timeout=0)
    data = simulator.client("cloudwatch").get_metric_statistics(
        Namespace=ALARM["namespace"], MetricName=ALARM["metric"], StartTime="2020-01-01T00:00:00Z", EndTime="2100-01-01T00:00:00Z", Period=60,
        Statistics=["Minimum"],
    )["Datapoints"]  # fmt: skip
    assert len(data) >= MINUTES


def test_aliases_within_the_zone(simulator: Any, keep: Callable[..., Result]) -> None:
    """Whatever the order of the declaration: an alias after its target, the second of a pair after the first."""
    (zone,) = keep(Zones, [{"name": "acme.example"}]).resources.values()
    zone_id = zone.outputs["id"]
    inside = {"dns_name": "regions.acme.example", "zone_id": zone_id, "evaluate_target_health": True}
    records = [
        {"name": "origin.acme.example A first", "failover": "PRIMARY", "alias": inside},
        {"name": "regions.acme.example A second", "failover": "SECONDARY", "values": ["192.0.2.2"]},
        {"name": "regions.acme.example A first", "failover": "PRIMARY", "values": ["192.0.2.1"]},
    ]
    items = [{**record, "zone_id": zone_id} for record in records]
    keep(Records, items)
    assert keep(Records, items).changes == []
    # Nobody waited for a target that was not there yet.
    assert {call["error"] for call in simulator.calls(mutating=True)} == {None}


def test_another_routing_policy(simulator: Any, keep: Callable[..., Result]) -> None:
    """All records of the name change over in one batch, and back: there is no moment in which it leads to a part of them."""
    (zone,) = keep(Zones, [{"name": "acme.example"}]).resources.values()
    zone_id = zone.outputs["id"]
    inside = {"dns_name": "regions.acme.example", "zone_id": zone_id, "evaluate_target_health": True}
    origin = {"name": "origin.acme.example A first", "failover": "PRIMARY", "alias": inside}
    pair = [
        {"name": "regions.acme.example A first", "failover": "PRIMARY", "values": ["192.0.2.1"]},
        {"name": "regions.acme.example A second", "failover": "SECONDARY", "values": ["192.0.2.2"]},
    ]
    near = [
        {"name": "regions.acme.example A eu-west-1", "region": "eu-west-1", "values": ["192.0.2.1"]},
        {"name": "regions.acme.example A us-east-1", "region": "us-east-1", "values": ["192.0.2.2"]},
    ]

    def kept(*records: dict[str, Any], **more: Any) -> Result:
        return keep(Records, [{**record, "zone_id": zone_id} for record in records], **more)

    simple = [{"name": "regions.acme.example A", "values": ["192.0.2.1"]}]
    kept(origin, *pair)
    for before, after in ((pair, near), (near, pair), (pair, simple), (simple, near), (near, simple), (simple, pair)):
        foretold = kept(origin, *after, check_mode=True)
        assert sorted(change.action for change in foretold.changes) == ["create"] * len(after) + ["remove"] * len(before)
        seen = len(simulator.calls(mutating=True))
        made = kept(origin, *after)
        assert [(change.name, change.action) for change in made.changes] == [(change.name, change.action) for change in foretold.changes]
        assert made.undeclared == []
        assert [call["operation"] for call in simulator.calls(mutating=True)[seen:]] == ["ChangeResourceRecordSets"]
        shown = simulator.client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
        identifiers = {one.get("SetIdentifier") for one in shown if one["Name"].startswith("regions")}
        assert identifiers == {(record["name"].split(" ")[2:] or [None])[0] for record in after}
        # Whose the others were is gone with them.
        assert sum(one["Type"] == "TXT" for one in shown) == 1 + len(after)
        assert kept(origin, *after).changes == []
    # One of the same policy that is declared no more stays until somebody says that it goes.
    assert kept(origin, pair[0]).undeclared == [pair[1]["name"]]
    for wrong, said in (
        ({**near[0], "failover": "PRIMARY"}, "give either failover or region"),
        ({**near[0], "name": "regions.acme.example A"}, "a latency record needs a set identifier"),
    ):
        with pytest.raises(Problem, match=said):
            kept(wrong)


def test_a_lost_answer_to_a_change_of_policy(simulator: Any, keep: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done is seen, and neither done again nor missed."""
    (zone,) = keep(Zones, [{"name": "acme.example"}]).resources.values()
    pair = [
        {"name": f"www.acme.example A {one.lower()}", "zone_id": zone.outputs["id"], "failover": one, "values": ["192.0.2.1"]}
        for one in ("PRIMARY", "SECONDARY")
    ]
    near = [{"name": f"www.acme.example A {one}", "zone_id": zone.outputs["id"], "region": one, "values": ["192.0.2.1"]} for one in ("eu-west-1", "us-east-1")]
    keep(Records, pair)
    change, lost = Records._change, [True]

    def losing(self: Records, *arguments: Any) -> None:
        change(self, *arguments)
        if lost:
            lost.pop()
            raise ReadTimeoutError(endpoint_url="https://route53.amazonaws.com")

    monkeypatch.setattr(Records, "_change", losing)
    assert keep(Records, near).undeclared == []
    assert lost == []
    shown = simulator.client("route53").list_resource_record_sets(HostedZoneId=zone.outputs["id"])["ResourceRecordSets"]
    assert {one["SetIdentifier"] for one in shown if one["Type"] == "A"} == {"eu-west-1", "us-east-1"}
    assert keep(Records, near).changes == []

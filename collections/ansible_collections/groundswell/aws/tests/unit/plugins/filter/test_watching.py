# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that make alarms and dashboards of catalogues."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundswell.aws.plugins.filter.alarms import alarms, degrading
from ansible_collections.groundswell.aws.plugins.filter.dashboard import dashboard

SPACES = {"database": "AWS/RDS", "fleet": "AWS/AutoScaling"}
SUBJECTS = [
    {"kind": "database", "name": "one", "dimensions": {"D": "1"}},
    {"kind": "database", "name": "two", "dimensions": {"D": "2"}, "region": "us-east-1"},
    {"kind": "fleet", "name": "", "dimensions": {"G": "g"}, "min_size": 2},
]
CPU = {"name": "cpu", "watches": "database", "metric": "CPUUtilization", "statistic": "Average", "above": 80, "degrades": True}
SERVERS = {"name": "servers", "watches": "fleet", "metric": "M", "statistic": "Minimum", "below": "min_size", "missing": "breaching"}


def made(*catalogue):
    return {item["name"]: item for item in alarms(list(catalogue), SUBJECTS, "p", SPACES, "arn:t")}


def test_every_resource_of_the_kind_gets_the_alarm():
    found = made(CPU, SERVERS)
    assert sorted(found) == ["p-one-cpu", "p-servers", "p-two-cpu"]
    assert found["p-two-cpu"]["dimensions"] == {"D": "2"}
    assert found["p-one-cpu"]["comparison"] == "GreaterThanThreshold"


def test_those_that_degrade_the_site_call_nobody_themselves():
    found = made(CPU, SERVERS)
    assert found["p-one-cpu"]["alarm_actions"] == found["p-one-cpu"]["ok_actions"] == []
    assert found["p-servers"]["alarm_actions"] == ["arn:t"]
    assert degrading([CPU, SERVERS], SUBJECTS, "p") == ["p-one-cpu", "p-two-cpu"]


def test_a_threshold_can_be_the_resources_own():
    assert made(SERVERS)["p-servers"]["threshold"] == 2
    assert made({**SERVERS, "below": "desired_capacity"}) == {}
    assert made({**CPU, "above": "80.5"})["p-one-cpu"]["threshold"] == 80.5


@pytest.mark.parametrize("sides", [{}, {"above": 1, "below": 2}])
def test_an_alarm_has_one_side(sides):
    with pytest.raises(AnsibleFilterError, match="above or below"):
        made({**{key: value for key, value in CPU.items() if key != "above"}, **sides})


ROWS = [
    {"title": "Data", "graphs": [{"title": f"g{number}", "watches": "database", "metrics": [{"metric": "M", "statistic": "p99"}]} for number in range(5)]},
    {"title": "Nothing", "graphs": [{"title": "x", "watches": "cache", "metrics": [{"metric": "M", "statistic": "Sum"}]}]},
    {"title": "Servers", "graphs": [{"title": "y", "watches": "fleet", "metrics": [{"metric": "M", "statistic": "Sum"}]}]},
]


def test_widgets_fit_and_do_not_overlap():
    widgets = dashboard(ROWS, SUBJECTS, SPACES, "eu-west-1", ["arn:a"] * 9)["widgets"]
    cells = [(x, y) for one in widgets for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert [one["properties"]["markdown"] for one in widgets if one["type"] == "text"] == ["## Data", "## Servers"]


def test_a_graph_shows_every_resource_where_it_is():
    first = next(one for one in dashboard(ROWS, SUBJECTS, SPACES, "eu-west-1")["widgets"] if one["type"] == "metric")
    assert first["properties"]["region"] == "eu-west-1"
    assert first["properties"]["metrics"] == [
        ["AWS/RDS", "M", "D", "1", {"stat": "p99", "label": "one"}],
        ["AWS/RDS", "M", "D", "2", {"stat": "p99", "label": "two", "region": "us-east-1"}],
    ]

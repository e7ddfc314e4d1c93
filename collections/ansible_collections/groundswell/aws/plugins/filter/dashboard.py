# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The body of a dashboard, from rows of graphs about kinds of resources."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: dashboard
short_description: The body of a CloudWatch dashboard, from rows of graphs about kinds of resources
version_added: 0.1.0
description:
  - Lays rows of graphs under each other. A graph shows its metrics for every resource of its kind.
  - Graphs without a resource are left out, and so are rows without a graph.
options:
  _input:
    description:
      - The rows, each with C(title) and C(graphs). A graph has C(title), C(watches) (a kind), and C(metrics), each with C(metric) and C(statistic).
    type: list
    elements: dict
    required: true
  subjects:
    description: The resources, each with C(kind), C(name), C(dimensions), and C(region) where it is another than the dashboard's.
    type: list
    elements: dict
    required: true
  namespaces:
    description: Namespace of the metrics, by kind.
    type: dict
    required: true
  region:
    description: Region of the metrics.
    type: str
    required: true
  alarm_arns:
    description: ARNs of alarms whose states are shown at the top, at most a hundred.
    type: list
    elements: str
    default: []
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
body: "{{ rows | groundswell.aws.dashboard(subjects, {'database': 'AWS/RDS'}, 'eu-west-1') }}"
"""

RETURN = r"""
_value:
  description: The body.
  type: dict
"""

_COLUMNS = 24
_GRAPH_HEIGHT = 6
_TITLE_HEIGHT = 1


def dashboard(
    rows: list[dict[str, t.Any]],
    subjects: list[dict[str, t.Any]],
    namespaces: dict[str, str],
    region: str,
    alarm_arns: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """The body: alarms at the top, then each row under its title."""
    widgets: list[dict[str, t.Any]] = []
    y = 0
    if alarm_arns:
        # The widget grows with what is in it, eight alarms to a line.
        height = 1 + (len(alarm_arns) + 7) // 8
        widgets.append(_at(0, y, _COLUMNS, height, "alarm", {"title": "Alarms", "alarms": list(alarm_arns)[:100]}))
        y += height
    for row in rows:
        graphs = [(graph, mine) for graph in row["graphs"] if (mine := [one for one in subjects if one["kind"] == graph["watches"]])]
        if not graphs:
            continue
        widgets.append(_at(0, y, _COLUMNS, _TITLE_HEIGHT, "text", {"markdown": f"## {row['title']}", "background": "transparent"}))
        y += _TITLE_HEIGHT
        width = max(6, _COLUMNS // min(len(graphs), 4))
        for number, (graph, mine) in enumerate(graphs):
            line, column = divmod(number, _COLUMNS // width)
            properties = _graph(graph, mine, namespaces[graph["watches"]], region)
            widgets.append(_at(column * width, y + line * _GRAPH_HEIGHT, width, _GRAPH_HEIGHT, "metric", properties))
        y += _GRAPH_HEIGHT * -(-len(graphs) // (_COLUMNS // width))
    return {"widgets": widgets}


def _at(x: int, y: int, width: int, height: int, kind: str, properties: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}


def _graph(graph: dict[str, t.Any], subjects: list[dict[str, t.Any]], namespace: str, region: str) -> dict[str, t.Any]:
    lines: list[list[t.Any]] = []
    for one in graph["metrics"]:
        for subject in subjects:
            # Several metrics of one resource are told apart by their names, one metric of several by the resources'.
            label = one["metric"] if len(subjects) == 1 else subject["name"]
            if len(subjects) > 1 and len(graph["metrics"]) > 1:
                label = f"{subject['name']} {one['metric']}"
            dimensions = [text for pair in subject["dimensions"].items() for text in pair]
            elsewhere = {"region": subject["region"]} if subject.get("region") else {}
            lines.append([namespace, one["metric"], *dimensions, {"stat": one["statistic"], "label": label, **elsewhere}])
    return {
        "title": graph["title"],
        "view": "timeSeries",
        "stacked": False,
        "region": region,
        "period": 60,
        "metrics": lines,
        "yAxis": {"left": {"min": 0}},
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"dashboard": dashboard}

# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alarms on every resource that a catalogue of alarms is about."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: alarms
short_description: Alarms on every resource that a catalogue of alarms is about
version_added: 0.1.0
description:
  - A catalogue says once what is alarming about a kind of resource. This makes an alarm of it for every resource of that kind.
  - The names of the alarms are made of the prefix, the name of the resource (if it has one) and the name in the catalogue.
options:
  _input:
    description:
      - The catalogue. Each entry has C(name), C(watches) (a kind), C(metric), C(statistic), either C(above) or C(below) with the
        threshold, and may have C(period), C(periods), C(datapoints), C(missing), C(description) and C(degrades).
      - A threshold that is a text names an attribute of the resource. A resource that lacks it gets no such alarm.
    type: list
    elements: dict
    required: true
  subjects:
    description: The resources, each with C(kind), C(name), C(dimensions) and what thresholds ask for.
    type: list
    elements: dict
    required: true
  prefix:
    description: What names begin with.
    type: str
    required: true
  namespaces:
    description: Namespace of the metrics, by kind.
    type: dict
    required: true
  topic_arn:
    description: ARN of the topic that is told.
    type: str
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
items: "{{ [{'name': 'cpu', 'watches': 'database', 'metric': 'CPUUtilization', 'statistic': 'Average', 'above': 80}]
           | groundswell.aws.alarms(
               [{'kind': 'database', 'name': 'main', 'dimensions': {'DBInstanceIdentifier': 'acme-prod'}}],
               prefix='acme-prod', namespaces={'database': 'AWS/RDS'}, topic_arn='arn:aws:sns:eu-west-1:123456789012:acme-prod-alarms') }}"
"""

RETURN = r"""
_value:
  description: Items for M(groundswell.aws.cloudwatch_alarms). Those that degrade the site call nobody, the composite alarm over them does.
  type: list
  elements: dict
"""

_COMPARISONS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


def alarms(
    catalogue: list[dict[str, t.Any]], subjects: list[dict[str, t.Any]], prefix: str, namespaces: dict[str, str], topic_arn: str
) -> list[dict[str, t.Any]]:
    """One item per entry and resource of its kind."""
    return [
        _alarm(entry, subject, threshold, prefix, namespaces[entry["watches"]], topic_arn)
        for entry in catalogue
        for subject in subjects
        if subject["kind"] == entry["watches"] and (threshold := _threshold(entry, subject)) is not None
    ]


def degrading(catalogue: list[dict[str, t.Any]], subjects: list[dict[str, t.Any]], prefix: str) -> list[str]:
    """The names of the alarms that say that visitors suffer."""
    return [
        alarm_name(prefix, subject, entry)
        for entry in catalogue
        for subject in subjects
        if entry.get("degrades") and subject["kind"] == entry["watches"] and _threshold(entry, subject) is not None
    ]


def alarm_name(prefix: str, subject: dict[str, t.Any], entry: dict[str, t.Any]) -> str:
    """What an alarm is called."""
    return "-".join(part for part in (prefix, subject.get("name"), entry["name"]) if part)


def _side(entry: dict[str, t.Any]) -> str:
    sides = [side for side in _COMPARISONS if entry.get(side) is not None]
    if len(sides) != 1:
        raise AnsibleFilterError(f"alarm {entry.get('name')}: needs either above or below")
    return sides[0]


def _threshold(entry: dict[str, t.Any], subject: dict[str, t.Any]) -> float | None:
    value = entry[_side(entry)]
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        value = subject.get(value)
    return None if value is None else float(value)


def _alarm(entry: dict[str, t.Any], subject: dict[str, t.Any], threshold: float, prefix: str, namespace: str, topic_arn: str) -> dict[str, t.Any]:
    told = [] if entry.get("degrades") else [topic_arn]
    item = {
        "name": alarm_name(prefix, subject, entry),
        "description": entry.get("description", ""),
        "namespace": namespace,
        "metric": entry["metric"],
        "dimensions": subject["dimensions"],
        "statistic": entry["statistic"],
        "period": int(entry.get("period", 60)),
        "evaluation_periods": int(entry.get("periods", 5)),
        "threshold": threshold,
        "comparison": _COMPARISONS[_side(entry)],
        "missing_data": entry.get("missing", "notBreaching"),
        "alarm_actions": told,
        "ok_actions": told,
        "insufficient_data_actions": [],
    }
    if entry.get("datapoints"):
        item["datapoints_to_alarm"] = int(entry["datapoints"])
    return item


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"alarms": alarms}

# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of runs, for people."""

from __future__ import annotations

import json
import textwrap
import typing as t

from ansible_collections.groundswell.aws.plugins.plugin_utils.words import noun, span, told

DOCUMENTATION = r"""
name: run_words
short_description: Records of runs, for people
version_added: 0.1.0
description:
  - A line for each run; of one run alone, all that its record says.
options:
  _input:
    description: Records, as M(groundswell.aws.runs_info) returns them.
    type: list
    elements: dict
    required: true
  whole:
    description: Whether to tell all that is known. The input is one record then.
    type: bool
    default: false
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
text: "{{ found['runs'] | groundswell.aws.run_words }}"
"""

RETURN = r"""
_value:
  description: Lines of text.
  type: str
"""

_HEADINGS = ("run", "who", "playbook", "result", "took", "what")
_LONGEST = 100  # characters of what was done, in a table


def run_words(records: list[dict[str, t.Any]], whole: bool = False) -> str:
    """A table, or the story of one."""
    return "\n".join(story(records[0]) if whole else table(records))


def table(records: list[dict[str, t.Any]]) -> list[str]:
    """A line for each."""
    rows = [_HEADINGS, *((record["run"], _person(record), _what(record), record["result"], span(record["seconds"]), _did(record)) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in rows]


def _person(record: dict[str, t.Any]) -> str:
    """`assumed-role/deployer/example.person` of an ARN."""
    return str(record["who"]).rpartition(":")[2] or f"{record['user']}@{record['host']}"


def _what(record: dict[str, t.Any]) -> str:
    return f"{record['playbook']}{' (' + ','.join(record['tags']) + ')' if record.get('tags') not in (None, [], ['all'], ('all',)) else ''}"


def _changes(record: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [change for layer in record["layers"] for change in layer["changes"]]


def _did(record: dict[str, t.Any]) -> str:
    failures = [failure for layer in record["layers"] for failure in layer["failures"]]
    done = "; ".join([*(f"failed at: {failure['task']}" for failure in failures[:1]), *filter(None, [told(_changes(record), planned=False)])])
    return textwrap.shorten(done, _LONGEST, placeholder=" ...")


def _named(change: dict[str, t.Any]) -> str:
    # Of what is no kind of resource, the name is that of a task.
    return change["name"] if change["kind"] == "settings" else f"{noun(change['kind'], 1)} {change['name']}"


def _options(change: dict[str, t.Any]) -> str:
    return f": {', '.join(change['options'])}" if change["action"] == "update" and change["options"] else ""


def story(record: dict[str, t.Any]) -> list[str]:
    """All that a record says."""
    lines = [
        f"{record['playbook']} on {record['environment']}: {record['result']}",
        f"  run        {record['run']}",
        f"  who        {record['who']} ({record['user']}@{record['host']})",
        f"  when       {record['started']} to {record['ended'] or '?'} ({span(record['seconds'])})",
    ]
    for name in ("commit", "pipeline", "inventory", "limit", "tags", "skip_tags"):
        value = record.get(name)
        if value and value not in (["all"], ("all",)):
            lines.append(f"  {name.replace('_', ' '):<10} {', '.join(value) if isinstance(value, list | tuple) else value}")
    lines += [f"  -e         {name}={json.dumps(value)}" for name, value in record["variables"].items()]
    lines += [f"  lock       {name.replace('_', ' ')}: {value}" for name, value in record["lock"].items()]
    lines.append(f"  with       {', '.join(f'{name} {version}' for name, version in record['versions'].items())}")
    for layer in record["layers"]:
        lines.append(f"{layer['name']} ({span(layer['seconds'])})")
        lines += [f"  {change['action']:<8} {_named(change)}, {change['cell']}{_options(change)}" for change in layer["changes"]]
        lines += [f"  failed   {failure['task']}, {failure['cell']}: {failure['message']}" for failure in layer["failures"]]
    for name, runbook in record["runbooks"].items():
        lines.append(f"runbook {name}: {runbook.get('verdict', '')}")
    return lines


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"run_words": run_words}

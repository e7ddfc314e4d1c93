# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the rows that were acknowledged are lost, after another database took over."""

from __future__ import annotations

import datetime
import typing as t

DOCUMENTATION = r"""
name: lost_rows
short_description: Which of the rows that were acknowledged are lost, after another database took over
version_added: 0.1.0
description:
  - Holds markers that were written one after the other against what stands in the database that serves now.
  - A copy that applies writes in their order has all of them up to some number, and none after it. Where rows are missing below that number, they are
    counted, not named.
options:
  _input:
    description: The markers as RV(ignore:markers.jsonl) of a runbook has them, each with its C(id), with C(at), in seconds since the epoch, and with
      C(region), which is null where nobody acknowledged it.
    type: list
    elements: dict
    required: true
  until:
    description: A time of ISO 8601 with its zone. Later markers do not count, because the other database acknowledged them. Empty counts all.
    type: str
    default: ""
  rows:
    description: How many of the markers up to RV(_value.last) stand in the database. Without it, only what was acknowledged is told.
    type: int
  newest:
    description: The highest number among them; 0 where there is none.
    type: int
    default: 0
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# {'acknowledged': 3, 'last': 4, 'lost': 1, 'missing': 0, 'seconds': 2.0}
rows: >-
  {{ [{'id': 1, 'at': 10.0, 'region': 'site'}, {'id': 2, 'at': 11.0, 'region': 'site'}, {'id': 3, 'at': 12.0, 'region': none},
      {'id': 4, 'at': 13.0, 'region': 'site'}] | groundswell.aws.lost_rows(rows=2, newest=2) }}
"""

RETURN = r"""
_value:
  description:
    - C(acknowledged), how many writes were, and C(last), the number of the last one of them, 0 where there is none.
    - With O(rows), C(lost), how many of them came after O(newest); C(missing), how many more are not there; and C(seconds), from the newest one that is
      there to the last that was acknowledged, null where none is there.
  type: dict
"""


def lost_rows(written: list[dict[str, t.Any]], until: str = "", rows: int | None = None, newest: int = 0) -> dict[str, t.Any]:
    """See DOCUMENTATION."""
    end = datetime.datetime.fromisoformat(until).timestamp() if until else float("inf")
    acknowledged = sorted((one for one in written if one["region"] and one["at"] < end), key=lambda one: one["id"])
    found: dict[str, t.Any] = {"acknowledged": len(acknowledged), "last": acknowledged[-1]["id"] if acknowledged else 0}
    if rows is None:
        return found
    kept = [one for one in acknowledged if one["id"] <= newest]
    lost = len(acknowledged) - len(kept)
    seconds = round(acknowledged[-1]["at"] - kept[-1]["at"], 1) if kept else None if lost else 0.0
    # What nobody acknowledged may stand there all the same, and hide that another one does not.
    return {**found, "lost": lost, "missing": max(len(kept) - rows, 0), "seconds": seconds}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"lost_rows": lost_rows}

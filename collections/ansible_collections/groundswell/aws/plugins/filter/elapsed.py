# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Seconds between two times of a record."""

from __future__ import annotations

import datetime
import typing as t

DOCUMENTATION = r"""
name: elapsed
short_description: Seconds between two times of a record
version_added: 0.1.0
description:
  - Tells how many seconds have passed since another time.
options:
  _input:
    description: A time of ISO 8601 with its zone, such as the steps of a runbook have.
    type: str
    required: true
  since:
    description: The time before.
    type: str
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
seconds: "{{ '2026-05-04T03:02:01.500000Z' | groundswell.aws.elapsed('2026-05-04T03:02:00.000000Z') }}"
"""

RETURN = r"""
_value:
  description: Seconds, less than 0 where the other time was later.
  type: float
"""


def elapsed(at: str, since: str) -> float:
    """Seconds from `since` to `at`."""
    return (datetime.datetime.fromisoformat(at) - datetime.datetime.fromisoformat(since)).total_seconds()


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"elapsed": elapsed}

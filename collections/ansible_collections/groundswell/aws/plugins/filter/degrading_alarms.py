# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alarms of a catalogue that say that visitors suffer."""

from __future__ import annotations

import typing as t

from ansible_collections.groundswell.aws.plugins.filter.alarms import degrading

DOCUMENTATION = r"""
name: degrading_alarms
short_description: The alarms of a catalogue that say that visitors suffer
version_added: 0.1.0
description:
  - The names of those alarms that P(groundswell.aws.alarms#filter) makes of entries with C(degrades).
options:
  _input:
    description: The catalogue.
    type: list
    elements: dict
    required: true
  subjects:
    description: The resources.
    type: list
    elements: dict
    required: true
  prefix:
    description: What names begin with.
    type: str
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
rule: >-
  {{ catalogue | groundswell.aws.degrading_alarms(subjects, 'acme-prod')
     | map('regex_replace', '^', 'ALARM("') | map('regex_replace', '$', '")') | join(' OR ') }}
"""

RETURN = r"""
_value:
  description: Names.
  type: list
  elements: str
"""


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"degrading_alarms": degrading}

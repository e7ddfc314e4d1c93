# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions that would call themselves."""

from __future__ import annotations

import typing as t

from ansible_collections.groundswell.aws.plugins.plugin_utils.triggers import circles

DOCUMENTATION = r"""
name: circular_triggers
short_description: Functions that would call themselves
version_added: 0.1.0
description:
  - A function that may write to what calls it, directly or by way of others, may go on for ever, at somebody's cost.
options:
  _input:
    description: The functions, each with C(name), C(statements) of its role, and C(triggers), each with its C(source_arn).
    type: list
    elements: dict
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
problems: "{{ functions_functions | groundswell.aws.circular_triggers }}"
"""

RETURN = r"""
_value:
  description: Each way round, in words. Empty where there is none.
  type: list
  elements: str
"""


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"circular_triggers": circles}

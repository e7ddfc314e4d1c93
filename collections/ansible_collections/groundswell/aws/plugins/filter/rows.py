# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Items for a set module, from a list of names and columns of values."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: rows
short_description: Items for a set module, from names and columns
version_added: 0.1.0
description:
  - Makes one dict per name. A column that is a list gives each row its own value, anything else is the same for all.
options:
  _input:
    description: Names.
    type: list
    elements: str
    required: true
  key:
    description: What the column of names is called.
    type: str
    default: name
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# [{'name': 'nat-a', 'subnet_id': 'subnet-1', 'wait': true}, {'name': 'nat-b', 'subnet_id': 'subnet-2', 'wait': true}]
items: "{{ ['nat-a', 'nat-b'] | groundswell.aws.rows(subnet_id=['subnet-1', 'subnet-2'], wait=true) }}"
"""

RETURN = r"""
_value:
  description: The rows.
  type: list
  elements: dict
"""


def rows(names: t.Iterable[str], key: str = "name", **columns: t.Any) -> list[dict[str, t.Any]]:
    """One dict per name. Raises AnsibleFilterError where a column has another length than the names."""
    names = list(names)
    columns = {column: list(value) if isinstance(value, (list, tuple)) or hasattr(value, "__next__") else value for column, value in columns.items()}
    for column, value in columns.items():
        if isinstance(value, list) and len(value) != len(names):
            raise AnsibleFilterError(f"column {column} has {len(value)} values for {len(names)} names")
    return [
        {key: name, **{column: value[index] if isinstance(value, list) else value for column, value in columns.items()}} for index, name in enumerate(names)
    ]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"rows": rows}

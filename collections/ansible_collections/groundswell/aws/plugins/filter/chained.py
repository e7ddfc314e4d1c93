# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups that name each other by short names."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: chained
short_description: Security groups that name each other by short names
version_added: 0.1.0
description:
  - Puts the prefix before the names of groups, in their own names and where a rule's peer is one of them.
options:
  _input:
    description: Groups, each with C(name), C(description), C(ingress) and C(egress).
    type: list
    elements: dict
    required: true
  prefix:
    description: What AWS's names begin with.
    type: str
    required: true
  vpc_id:
    description: The VPC the groups are in.
    type: str
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
items: "{{ [{'name': 'web', 'description': 'Web', 'ingress': [{'from_port': 80, 'peer': 'alb'}], 'egress': []},
            {'name': 'alb', 'description': 'ALB', 'ingress': [], 'egress': []}] | groundswell.aws.chained('acme-prod', 'vpc-0abc') }}"
"""

RETURN = r"""
_value:
  description: Items for M(groundswell.aws.ec2_security_groups).
  type: list
  elements: dict
"""


def chained(groups: list[dict[str, t.Any]], prefix: str, vpc_id: str) -> list[dict[str, t.Any]]:
    """The groups with full names."""
    names = {group["name"]: f"{prefix}-{group['name']}" for group in groups}

    def rules(group: dict[str, t.Any], side: str) -> list[dict[str, t.Any]]:
        return [{**rule, "peer": names.get(rule["peer"], rule["peer"])} for rule in group.get(side) or []]

    return [{**group, "name": names[group["name"]], "vpc_id": vpc_id, "ingress": rules(group, "ingress"), "egress": rules(group, "egress")} for group in groups]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"chained": chained}

# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Divide a VPC's block into subnets."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: subnet_plan
short_description: Divide a VPC's block into subnets
version_added: 0.1.0
description:
  - The upper half of the VPC goes to the app subnets, a quarter each to the public and the data subnets, with room for four zones,
    so that a zone can be added later without moving anything.
options:
  _input:
    description: IPv4 block of the VPC, from /16 to /23 (a load balancer wants /27 subnets at least).
    type: str
    required: true
  zones:
    description: One to four Availability Zones.
    type: list
    elements: str
    required: true
  name:
    description: What the subnets' names begin with.
    type: str
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# {'public': [{'name': 'acme-public-a', 'zone': 'eu-west-1a', 'cidr': '10.0.128.0/20', 'ipv6_number': 0}, ...], 'app': [...], 'data': [...]}
plan: "{{ '10.0.0.0/16' | groundswell.aws.subnet_plan(['eu-west-1a', 'eu-west-1b'], 'acme') }}"
"""

RETURN = r"""
_value:
  description: Subnets by tier (C(public), C(app), C(data)), each with name, zone, cidr and ipv6_number.
  type: dict
"""

MOST_ZONES = 4
# Prefix lengths.
LARGEST_VPC = 16
SMALLEST_VPC = 23


def subnet_plan(cidr: str, zones: list[str], name: str) -> dict[str, list[dict[str, t.Any]]]:
    """Subnets by tier. Raises AnsibleFilterError where the block or the zones cannot be used."""
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise AnsibleFilterError(f"{cidr!r} is not an IPv4 block: {error}") from error
    if not LARGEST_VPC <= block.prefixlen <= SMALLEST_VPC:
        raise AnsibleFilterError(f"{cidr} is not between /{LARGEST_VPC} and /{SMALLEST_VPC}: smaller leaves no room for a load balancer, larger is no VPC")
    if not 1 <= len(zones) <= MOST_ZONES:
        raise AnsibleFilterError(f"{len(zones)} zones, but a plan holds one to {MOST_ZONES}")
    lower, upper = block.subnets(1)
    public, data = upper.subnets(1)
    tiers = {"public": list(public.subnets(2)), "app": list(lower.subnets(2)), "data": list(data.subnets(2))}
    return {
        tier: [
            {"name": f"{name}-{tier}-{zone[-1]}", "zone": zone, "cidr": str(blocks[index]), "ipv6_number": MOST_ZONES * rank + index}
            for index, zone in enumerate(zones)
        ]
        for rank, (tier, blocks) in enumerate(tiers.items())
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"subnet_plan": subnet_plan}

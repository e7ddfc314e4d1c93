# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Elastic Load Balancing v2."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-ELB-01", service="elbv2", operations=["CreateLoadBalancer"], source="API elbv2:CreateLoadBalancer", certain=True)
def needs_two_zones(context: Context) -> None:
    """An Application Load Balancer needs subnets in two Availability Zones."""
    if context.params.get("Type", "application") != "application":
        return
    wanted = context.params.get("Subnets") or [mapping.get("SubnetId") for mapping in context.params.get("SubnetMappings", [])]
    ec2 = context.backend("ec2")
    zones = {ec2.get_subnet(subnet).availability_zone for subnet in wanted}
    if len(zones) < 2:
        raise Refused("ValidationError", "At least two subnets in two different Availability Zones must be specified")

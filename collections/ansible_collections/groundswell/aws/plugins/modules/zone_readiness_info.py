#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look whether a site can do without an Availability Zone."""

DOCUMENTATION = r"""
module: zone_readiness_info
short_description: Look whether a site can do without an Availability Zone
version_added: 0.1.0
description:
  - Tells what a site has in a zone, what can be and what is turned away from it (M(groundswell.aws.arc_zonal_shifts)), and whether there are enough healthy
    servers elsewhere for the requests of now. Everything that speaks against it is said at once. Reads only.
options:
  zone:
    description:
      - Id (C(use1-az1)) or name (C(us-east-1a)) of the zone.
    type: str
    required: true
  zones:
    description:
      - Names of the zones that the site is in.
    type: list
    elements: str
    required: true
  balancer_arns:
    description:
      - Load balancers that can be turned away.
    type: list
    elements: str
    required: true
  tiers:
    description:
      - Groups of servers.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Short name.
        type: str
        required: true
      group:
        description: Name of the Auto Scaling group.
        type: str
        required: true
      group_arn:
        description: Its ARN.
        type: str
        required: true
      target_group_arn:
        description: ARN of its target group.
        type: str
        required: true
      balancer:
        description: The load balancer before it as CloudWatch knows it, C(app/name/id).
        type: str
        required: true
      requests_target:
        description: Requests a minute that one server is meant to answer. 0 asks for one server, whatever there is to answer.
        type: float
        required: true
  database:
    description:
      - Identifier of the RDS instance that writes. Empty for none.
    type: str
    default: ""
  move_database:
    description:
      - Whether it is going to leave the zone too.
    type: bool
    default: false
  cache:
    description:
      - Id of the replication group. Empty for none.
    type: str
    default: ""
  nat_gateways:
    description:
      - Ids of the NAT gateways.
    type: list
    elements: str
    default: []
  short:
    description:
      - Whether fewer servers will do than it takes for the requests of now. At least one of each tier it takes in any case.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look whether the site can do without a zone
  groundswell.aws.zone_readiness_info:
    region: eu-west-1
    zone: euw1-az2
    zones: [eu-west-1a, eu-west-1b, eu-west-1c]
    balancer_arns:
      - arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/acme-prod/0a1b2c3d4e5f6a7b
    tiers: []
    database: acme-prod
"""

RETURN = r"""
id:
  description: Id of the zone. Empty where the site is not in it.
  returned: always
  type: str
  sample: euw1-az2
name:
  description: What the zone is called in this account.
  returned: always
  type: str
  sample: eu-west-1b
resources:
  description: ARNs of what can be turned away from it.
  returned: always
  type: list
  elements: str
away:
  description: What somebody has turned away from it, by ARN, each with its C(name), C(until) when, and whether it is C(applied).
  returned: always
  type: dict
tiers:
  description: Servers in service C(inside) of the zone, healthy ones C(elsewhere), C(requests) a minute and the servers C(needed) for them.
  returned: always
  type: list
  elements: dict
database:
  description: Whether the one that writes is C(inside), its C(zone) and its C(standby_zone).
  returned: always
  type: dict
summary:
  description: All of it in words, by what it is called.
  returned: always
  type: dict
problems:
  description: What speaks against it.
  returned: always
  type: list
  elements: str
notes:
  description: What stays in the zone, and other things worth knowing.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded
from ansible_collections.groundswell.aws.plugins.module_utils.zones import Zone


def main() -> None:
    """Look."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: Zone(Session(module), module.params).look())


if __name__ == "__main__":
    main()

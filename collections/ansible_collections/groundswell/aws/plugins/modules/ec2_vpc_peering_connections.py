#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep VPC peering connections between regions as declared"""

DOCUMENTATION = r"""
module: ec2_vpc_peering_connections
short_description: Keep VPC peering connections between regions as declared
version_added: 0.1.0
description:
  - Keeps connections between VPCs in two regions of the account, each seen from one side. The region that asks declares one, the region that accepts
    the other, in this order; both sides carry tags, because tags of a connection stay in the region in which they were put.
  - Ready means that traffic can pass, or that it is the other region's turn to accept. Routes and rules are kept elsewhere.
options:
  items:
    description:
      - The connections to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true
      vpc_id:
        description: VPC of this region. Cannot change.
        type: str
        required: true
      peer_vpc_id:
        description: VPC of the other region. Cannot change.
        type: str
        required: true
      peer_region:
        description: The other region. Cannot change.
        type: str
        required: true
      accept:
        description: Whether the other region asks for the connection, and this one accepts. Cannot change.
        type: bool
        default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - groundswell.aws.ownership
  - groundswell.aws.resource_set
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Ask for a connection to the other region
  groundswell.aws.ec2_vpc_peering_connections:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - {name: acme-prod, vpc_id: vpc-0abc, peer_vpc_id: vpc-0def, peer_region: us-east-1}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the connection.
      type: str
      returned: always
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
undeclared:
  description: Resources that carry our tags and are not declared, as C(module/name).
  returned: always
  type: list
  elements: str
waiting:
  description: Declared resources that are not ready yet, as C(module/name). Empty with O(wait=true).
  returned: always
  type: list
  elements: str
"""

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import VpcPeeringConnections
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(VpcPeeringConnections, DOCUMENTATION)

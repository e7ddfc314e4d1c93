#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep network ACLs as declared"""

DOCUMENTATION = r"""
module: ec2_network_acls
short_description: Keep network ACLs as declared
version_added: 0.1.0
description:
  - Keeps lists, their entries and the subnets they guard. They are stateless, answers need a rule of their own.
options:
  items:
    description:
      - The network ACLs to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true

      vpc_id:
        description: Id of the VPC.
        type: str
        required: true

      subnet_ids:
        description: Every subnet the list guards. One taken out gets the VPC's default list.
        type: list
        elements: str

      ingress:
        description: Every ingress entry below number 32767.
        type: list
        elements: dict
        suboptions:
          number:
            description: Order of the entry, from 1 to 32766; the lowest that matches decides.
            type: int
            required: true
          action:
            description: What happens to the traffic.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: Protocol; C(all) takes no ports.
            type: str
            choices: [tcp, udp, all]
            default: tcp
          from_port:
            description: First port.
            type: int
          to_port:
            description: Last port.
            type: int
          cidr:
            description: IPv4 or IPv6 block of the other side.
            type: str
            required: true

      egress:
        description: Every egress entry below number 32767.
        type: list
        elements: dict
        suboptions:
          number:
            description: Order of the entry, from 1 to 32766; the lowest that matches decides.
            type: int
            required: true
          action:
            description: What happens to the traffic.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: Protocol; C(all) takes no ports.
            type: str
            choices: [tcp, udp, all]
            default: tcp
          from_port:
            description: First port.
            type: int
          to_port:
            description: Last port.
            type: int
          cidr:
            description: IPv4 or IPv6 block of the other side.
            type: str
            required: true
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
- name: Keep the data subnets to the VPC
  groundswell.aws.ec2_network_acls:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - name: acme-prod-data
        vpc_id: vpc-0abc
        subnet_ids: [subnet-0abc]
        ingress: [{number: 100, protocol: all, cidr: 10.40.0.0/16}]
        egress: [{number: 100, protocol: all, cidr: 10.40.0.0/16}]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the list.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import NetworkAcls
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(NetworkAcls, DOCUMENTATION)

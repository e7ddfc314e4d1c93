#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep security groups and their rules as declared"""

DOCUMENTATION = r"""
module: ec2_security_groups
short_description: Keep security groups and their rules as declared
version_added: 0.1.0
description:
  - Keeps groups with all of their rules. Rules may name other groups of the same task.
options:
  items:
    description:
      - The security groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Group name, unique in its VPC. Cannot change.
        type: str
        required: true
      description:
        description: Description. Letters, digits, spaces and C(._-:/()#,@[]+=&;{}!$*). Cannot change.
        type: str
        required: true

      vpc_id:
        description: Id of the VPC.
        type: str
        required: true

      ingress:
        description: Every ingress rule. Others are taken out. An empty list takes out all.
        type: list
        elements: dict
        suboptions:
          protocol:
            description: Protocol; C(all) covers all of them and takes no ports.
            type: str
            choices: [tcp, udp, icmp, icmpv6, all]
            default: tcp
          from_port:
            description: First port.
            type: int
          to_port:
            description: Last port; O(items[].ingress[].from_port) if not given.
            type: int
          peer:
            description: Source of the traffic - an IPv4 or IPv6 block, a prefix list (C(pl-...)), a group's id, or the name of a group of this set.
            type: str
            required: true
          description:
            description: What the rule is for.
            type: str

      egress:
        description: Every egress rule. Others are taken out. An empty list takes out all.
        type: list
        elements: dict
        suboptions:
          protocol:
            description: Protocol; C(all) covers all of them and takes no ports.
            type: str
            choices: [tcp, udp, icmp, icmpv6, all]
            default: tcp
          from_port:
            description: First port.
            type: int
          to_port:
            description: Last port; O(items[].egress[].from_port) if not given.
            type: int
          peer:
            description: Destination of the traffic - an IPv4 or IPv6 block, a prefix list (C(pl-...)), a group's id, or the name of a group of this set.
            type: str
            required: true
          description:
            description: What the rule is for.
            type: str
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
- name: Chain the tiers
  groundswell.aws.ec2_security_groups:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - name: acme-prod-alb
        description: Public load balancer
        vpc_id: vpc-0abc
        ingress:
          - {from_port: 443, peer: 0.0.0.0/0, description: HTTPS from anywhere}
        egress:
          - {from_port: 80, peer: acme-prod-web}
      - name: acme-prod-web
        description: Web servers
        vpc_id: vpc-0abc
        ingress:
          - {from_port: 80, peer: acme-prod-alb}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the group.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import SecurityGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(SecurityGroups, DOCUMENTATION)

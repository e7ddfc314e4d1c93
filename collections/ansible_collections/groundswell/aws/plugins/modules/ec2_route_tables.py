#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep route tables as declared"""

DOCUMENTATION = r"""
module: ec2_route_tables
short_description: Keep route tables as declared
version_added: 0.1.0
description:
  - Keeps tables, their routes and their associations. The local route and those of gateway endpoints are left to AWS.
options:
  items:
    description:
      - The route tables to keep.
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

      routes:
        description: Every route of the table. Others are taken out.
        type: list
        elements: dict
        suboptions:
          destination:
            description: IPv4 or IPv6 block.
            type: str
            required: true
          target:
            description: Id of an internet gateway, NAT gateway, egress-only internet gateway or peering connection.
            type: str
            required: true
      subnet_ids:
        description: Every subnet that uses the table.
        type: list
        elements: str
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
- name: Keep the public route table
  groundswell.aws.ec2_route_tables:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - name: acme-prod-public
        vpc_id: vpc-0abc
        routes:
          - {destination: 0.0.0.0/0, target: igw-0abc}
        subnet_ids: [subnet-0abc]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the table.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import RouteTables
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RouteTables, DOCUMENTATION)

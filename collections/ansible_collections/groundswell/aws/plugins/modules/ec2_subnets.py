#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep subnets as declared"""

DOCUMENTATION = r"""
module: ec2_subnets
short_description: Keep subnets as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the subnets that carry our tags.
options:
  items:
    description:
      - The subnets to keep.
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

      cidr:
        description: IPv4 block inside the VPC's, from /16 to /28. Cannot change.
        type: str
        required: true
      zone:
        description: Availability Zone, such as C(ap-southeast-1a). Cannot change.
        type: str
        required: true
      public_addresses:
        description: Whether instances launched here get a public address.
        type: bool
      ipv6_number:
        description: Which /64 of the VPC's IPv6 block the subnet has, from 0 to 255. Without, it has none.
        type: int
      ipv6_addresses:
        description: Whether instances launched here get an IPv6 address.
        type: bool
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
- name: Keep the subnets
  groundswell.aws.ec2_subnets:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - {name: acme-prod-app-a, vpc_id: vpc-0abc, cidr: 10.40.16.0/20, zone: eu-west-1a}
      - {name: acme-prod-app-b, vpc_id: vpc-0abc, cidr: 10.40.32.0/20, zone: eu-west-1b}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the subnet.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import Subnets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Subnets, DOCUMENTATION)

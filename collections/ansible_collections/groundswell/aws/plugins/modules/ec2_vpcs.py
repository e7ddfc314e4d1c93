#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep VPCs as declared"""

DOCUMENTATION = r"""
module: ec2_vpcs
short_description: Keep VPCs as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the VPCs that carry our tags.
options:
  items:
    description:
      - The VPCs to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true

      cidr:
        description: IPv4 block, from /16 to /28. Cannot change.
        type: str
        required: true
      ipv6:
        description: Whether the VPC has a /56 of Amazon's IPv6 addresses. Can be switched on later, not off.
        type: bool
      dns_support:
        description: Whether the VPC's resolver answers.
        type: bool
      dns_hostnames:
        description: Whether instances get DNS names. Interface endpoints with private names need it.
        type: bool
      default_security_group_emptied:
        description: Whether the group of whatever names none lets nothing in or out. Its rules do not come back when this is V(false).
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
- name: Keep the VPC
  groundswell.aws.ec2_vpcs:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - name: acme-prod
        cidr: 10.40.0.0/16
        dns_support: true
        dns_hostnames: true
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the VPC.
      type: str
      returned: always

    ipv6_cidr:
      description: IPv6 block, empty without one.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import Vpcs
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Vpcs, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep NAT gateways as declared"""

DOCUMENTATION = r"""
module: ec2_nat_gateways
short_description: Keep NAT gateways as declared
version_added: 0.1.0
description:
  - Creates and removes the public NAT gateways that carry our tags.
options:
  items:
    description:
      - The NAT gateways to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true

      subnet_id:
        description: Public subnet the gateway stands in. Cannot change.
        type: str
        required: true
      allocation_id:
        description: Allocation id of its elastic IP. Cannot change.
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
- name: Submit the NAT gateways, to be waited for when something needs them
  groundswell.aws.ec2_nat_gateways:
    tags: "{{ resource_tags }}"
    layer: network
    wait: false
    items:
      - {name: acme-prod-a, subnet_id: subnet-0abc, allocation_id: eipalloc-0abc}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the gateway.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import NatGateways
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(NatGateways, DOCUMENTATION)

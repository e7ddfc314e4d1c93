#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep elastic IP addresses as declared"""

DOCUMENTATION = r"""
module: ec2_elastic_ips
short_description: Keep elastic IP addresses as declared
version_added: 0.1.0
description:
  - Allocates and releases the elastic IPs that carry our tags.
options:
  items:
    description:
      - The addresses to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
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
- name: Keep the addresses of the NAT gateways
  groundswell.aws.ec2_elastic_ips:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - name: acme-prod-nat-a
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the allocation.
      type: str
      returned: always

    public_ip:
      description: The address.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import ElasticIps
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticIps, DOCUMENTATION)

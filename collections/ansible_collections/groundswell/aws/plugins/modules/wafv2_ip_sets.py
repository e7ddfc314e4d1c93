#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep IP sets of AWS WAF as declared"""

DOCUMENTATION = r"""
module: wafv2_ip_sets
short_description: Keep IP sets of AWS WAF as declared
version_added: 0.1.0
description:
  - Keeps lists of addresses that rules of web ACLs refer to.
options:
  items:
    description:
      - The IP sets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its scope.
        type: str
        required: true
      scope:
        description: What it is for. C(CLOUDFRONT) exists in us-east-1 only. Cannot change.
        type: str
        choices: [REGIONAL, CLOUDFRONT]
        default: REGIONAL
      description:
        description: Description.
        type: str
      ip_version:
        description: Address family; C(IPV4) if not given. Cannot change.
        type: str
        choices: [IPV4, IPV6]
      addresses:
        description: Every block, such as C(192.0.2.0/24) or C(192.0.2.1/32). Others are taken out.
        type: list
        elements: str
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
- name: Keep the addresses that are always let in
  groundswell.aws.wafv2_ip_sets:
    tags: "{{ resource_tags }}"
    layer: load_balancers
    items:
      - name: acme-prod-offices
        addresses: [192.0.2.0/24]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN.
      type: str
      returned: always

    id:
      description: Id.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.wafv2 import IpSets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(IpSets, DOCUMENTATION)

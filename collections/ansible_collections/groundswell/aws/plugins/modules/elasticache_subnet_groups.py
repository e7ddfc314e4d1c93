#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep cache subnet groups as declared"""

DOCUMENTATION = r"""
module: elasticache_subnet_groups
short_description: Keep cache subnet groups as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the cache subnet groups that carry our tags.
options:
  items:
    description:
      - The subnet groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group, in lower case.
        type: str
        required: true
      description:
        description: What it is for; the name if not given.
        type: str
      subnet_ids:
        description: Ids of its subnets.
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
- name: Say where caches stand
  groundswell.aws.elasticache_subnet_groups:
    tags: "{{ resource_tags }}"
    layer: cache
    items:
      - {name: acme-prod, subnet_ids: [subnet-0abc, subnet-0def]}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Identifier of the group, the same as its name.
      type: str
      returned: always
    arn:
      description: ARN.
      type: str
      returned: always
    vpc_id:
      description: Id of the VPC.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheSubnetGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheSubnetGroups, DOCUMENTATION)

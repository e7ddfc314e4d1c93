#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep cache parameter groups as declared"""

DOCUMENTATION = r"""
module: elasticache_parameter_groups
short_description: Keep cache parameter groups as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the cache parameter groups that carry our tags, with their parameters.
options:
  items:
    description:
      - The cache parameter groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group, in lower case.
        type: str
        required: true
      family:
        description: Family, which must fit the engine and its major version, such as C(valkey8). Cannot change.
        type: str
        required: true
      description:
        description: What it is for; the name if not given. Cannot change.
        type: str
      parameters:
        description:
          - Every parameter that differs from the default, by name.
          - One that is no longer here goes back to its default.
        type: dict
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
- name: Evict the least used keys when memory runs out
  groundswell.aws.elasticache_parameter_groups:
    tags: "{{ resource_tags }}"
    layer: cache
    items:
      - {name: acme-prod-valkey8, family: valkey8, parameters: {maxmemory-policy: allkeys-lfu}}
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheParameterGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheParameterGroups, DOCUMENTATION)

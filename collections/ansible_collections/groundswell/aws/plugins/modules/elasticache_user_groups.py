#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep groups of users of caches as declared"""

DOCUMENTATION = r"""
module: elasticache_user_groups
short_description: Keep groups of users of caches as declared
version_added: 0.1.0
description:
  - Keeps groups of users. A replication group that names one admits its members, and asks for no AUTH token.
options:
  items:
    description:
      - The groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Id of the group, in lower case.
        type: str
        required: true
      engine:
        description: Engine of the caches. With C(redis), one of the users is named C(default).
        type: str
        choices: [valkey, redis]
        required: true
      user_ids:
        description: Ids of the users.
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
- name: Say who may use the cache
  groundswell.aws.elasticache_user_groups:
    tags: "{{ resource_tags }}"
    layer: cache
    items:
      - {name: acme-prod, engine: valkey, user_ids: [acme-prod]}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id, the same as its name.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheUserGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheUserGroups, DOCUMENTATION)

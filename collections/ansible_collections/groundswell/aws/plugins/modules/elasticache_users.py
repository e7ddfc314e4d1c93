#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep users of caches as declared"""

DOCUMENTATION = r"""
module: elasticache_users
short_description: Keep users of caches as declared
version_added: 0.1.0
description:
  - Keeps users who log in to Valkey or Redis OSS by IAM. Whoever may C(elasticache:Connect) to both the cache and the user signs a token that is
    good for fifteen minutes; there is no password.
  - A cache admits users by their group, see M(groundswell.aws.elasticache_user_groups).
options:
  items:
    description:
      - The users to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Id and name of the user, in lower case, letters, digits and hyphens, a letter first.
        type: str
        required: true
      engine:
        description: Engine of the caches.
        type: str
        choices: [valkey, redis]
        required: true
      access:
        description: What the user may do, as an access string such as C(on ~* +@all) or C(on ~app:* -@all +@read).
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
- name: Keep the user that servers log in as
  groundswell.aws.elasticache_users:
    tags: "{{ resource_tags }}"
    layer: cache
    items:
      - {name: acme-prod, engine: valkey, access: "on ~* +@all"}
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheUsers
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheUsers, DOCUMENTATION)

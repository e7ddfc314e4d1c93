#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let a cache take a new AUTH token beside the old one, or alone"""

DOCUMENTATION = r"""
module: elasticache_auth_token
short_description: Let a cache take a new AUTH token beside the old one, or alone
version_added: 0.1.0
description:
  - Hands the token in a secret to a cache, and waits until the cache goes by it. Connections that there are go on.
  - What is to be done follows from the secret's stages (M(groundswell.aws.secretsmanager_rotation)). No token is returned or shown in a difference.
options:
  replication_group:
    description:
      - Id of the replication group.
    type: str
    required: true
  secret:
    description:
      - Name or ARN of the secret that holds the token alone.
    type: str
    required: true
  state:
    description:
      - V(both) takes the pending token beside the one before it.
      - V(current) takes the current token and no other, once it has been promoted.
    type: str
    required: true
    choices: [both, current]
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Let clients come with either token
  groundswell.aws.elasticache_auth_token:
    region: eu-west-1
    replication_group: acme-prod
    secret: acme-prod-cache_auth
    state: both
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.rotation import set_token
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(set_token, DOCUMENTATION)

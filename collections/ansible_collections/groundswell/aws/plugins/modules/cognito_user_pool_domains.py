#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep domains of user pools as declared"""

DOCUMENTATION = r"""
module: cognito_user_pool_domains
short_description: Keep domains of user pools as declared
version_added: 0.1.0
description:
  - Keeps the names under which the sign-in pages and token endpoints of our user pools are found.
  - A prefix is taken by one pool of a region the world over. One that a pool of this account has is refused before anything is done; one of
    another account only Cognito knows.
options:
  items:
    description:
      - The domains to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: A prefix of Cognito's own domain, or a domain of your own, which has dots. Its parent has to have an address.
        type: str
        required: true
      user_pool:
        description: Name of the user pool. Cannot change.
        type: str
        required: true
      certificate_arn:
        description: ARN of an issued certificate in us-east-1, for a domain of your own.
        type: str
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
- name: Keep the domain
  groundswell.aws.cognito_user_pool_domains:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod
        user_pool: acme-prod-users
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    host:
      description: Name under which it is found.
      type: str
      returned: always
    cloudfront_domain_name:
      description: What a domain of your own has to be an alias of.
      type: str
      returned: always
    user_pool_id:
      description: Id of the pool.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import Domains
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Domains, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep resource servers of user pools as declared"""

DOCUMENTATION = r"""
module: cognito_resource_servers
short_description: Keep resource servers of user pools as declared
version_added: 0.1.0
description:
  - Keeps what tokens of our user pools are for, and the scopes of it.
options:
  items:
    description:
      - The resource servers to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user pool, a slash, and the identifier.
        type: str
        required: true
      title:
        description: What it is called in Cognito's console. The identifier, if not given.
        type: str
      scopes:
        description: Its scopes.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the scope.
            type: str
            required: true
          description:
            description: What it allows.
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
- name: Keep the scopes of the API
  groundswell.aws.cognito_resource_servers:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users/api
        scopes: [{name: read, description: Read}]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: The identifier.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import ResourceServers
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ResourceServers, DOCUMENTATION)

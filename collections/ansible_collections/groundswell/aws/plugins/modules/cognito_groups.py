#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep groups of user pools as declared"""

DOCUMENTATION = r"""
module: cognito_groups
short_description: Keep groups of user pools as declared
version_added: 0.1.0
description:
  - Keeps groups of our user pools. Who is in one is not looked at, and lost with it, so a group is removed only where its removal is allowed
    by name.
options:
  items:
    description:
      - The groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user pool, a slash, and the name of the group.
        type: str
        required: true
      description:
        description: Who belongs into it.
        type: str
      role_arn:
        description: Role that an identity pool may give to who is in it.
        type: str
      precedence:
        description: Which group's role is preferred where somebody is in several, that of the lowest number.
        type: int
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
- name: Keep the group of providers
  groundswell.aws.cognito_groups:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users/providers
        precedence: 10
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Name of the group in its pool.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import Groups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Groups, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep managed policies of IAM as declared"""

DOCUMENTATION = r"""
module: iam_policies
short_description: Keep managed policies of IAM as declared
version_added: 0.1.0
description:
  - Keeps the account's own managed policies, such as permissions boundaries. A change makes a new version the default one; of the older ones IAM keeps four.
options:
  items:
    description:
      - The policies to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the policy, up to 128 characters. Unique in the account.
        type: str
        required: true
      description:
        description: What the policy is for. AWS cannot change it.
        type: str
      policy:
        description: The policy document, up to 6144 characters without white space.
        type: json
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
- name: Keep the limit of what roles can be given
  groundswell.aws.iam_policies:
    tags: "{{ resource_tags }}"
    layer: access
    items:
      - name: acme-prod-boundary
        policy: "{{ lookup('ansible.builtin.template', 'boundary.json.j2') }}"
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the policy.
      type: str
      returned: always
    id:
      description: Unique id of the policy. One that is made again has another.
      type: str
      returned: always
    limited:
      description: How many roles and users have the policy as their permissions boundary.
      type: int
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import Policies
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Policies, DOCUMENTATION)

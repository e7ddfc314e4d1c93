#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep IAM groups as declared"""

DOCUMENTATION = r"""
module: iam_groups
short_description: Keep IAM groups as declared
version_added: 0.1.0
description:
  - Keeps groups with their policies. Who is a member is not looked at.
  - IAM groups carry no tags. Those are ours whose path is C(/Project/Environment/Layer/), as in O(tags) and O(layer).
options:
  items:
    description:
      - The groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group, up to 128 characters. Unique in the account.
        type: str
        required: true
      inline_policies:
        description: All policies that are part of the group, together up to 5120 characters. Those of other names are removed.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          policy:
            description: The policy document.
            type: json
            required: true
      managed_policy_arns:
        description: ARNs of all managed policies attached to the group, up to 10. Others are detached.
        type: list
        elements: str
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
- name: Keep the group of those who look after the network
  groundswell.aws.iam_groups:
    tags: "{{ resource_tags }}"
    layer: access
    items:
      - name: acme-prod-job-network
        inline_policies:
          - {name: member, policy: "{{ lookup('ansible.builtin.template', 'member.json.j2') }}"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group.
      type: str
      returned: always
    id:
      description: Unique id of the group. One that is made again has another.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import Groups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Groups, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep IAM roles as declared"""

DOCUMENTATION = r"""
module: iam_roles
short_description: Keep IAM roles as declared
version_added: 0.1.0
description:
  - Keeps roles with their trust policy, inline and managed policies and permissions boundary.
  - IAM has no region. The names of roles that belong to one should say which.
options:
  items:
    description:
      - The roles to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the role, up to 64 characters. Unique in the account.
        type: str
        required: true

      description:
        description: What the role is for.
        type: str
      trust_policy:
        description: Who may assume the role, as a policy document.
        type: json
        required: true
      inline_policies:
        description: All policies that are part of the role, together up to 10240 characters. Those of other names are removed.
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
        description: ARNs of all managed policies attached to the role, up to 10. Others are detached.
        type: list
        elements: str
      permissions_boundary:
        description: ARN of the managed policy that limits what the role's policies can give. An empty string takes the limit away.
        type: str
      max_session_seconds:
        description: Longest session somebody may ask for, from 3600 to 43200.
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
- name: Keep the role of the web servers
  groundswell.aws.iam_roles:
    tags: "{{ resource_tags }}"
    layer: fleets
    items:
      - name: acme-prod-eu-west-1-web
        trust_policy: "{{ lookup('ansible.builtin.template', 'trust.json.j2') }}"
        inline_policies:
          - {name: web, policy: "{{ lookup('ansible.builtin.template', 'web.json.j2') }}"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the role.
      type: str
      returned: always
    id:
      description: Unique id of the role. A role that is made again has another one.
      type: str
      returned: always
    instance_profiles:
      description: Names of the instance profiles that hold the role.
      type: list
      elements: str
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import Roles
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Roles, DOCUMENTATION)

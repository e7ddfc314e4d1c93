#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep permission sets of IAM Identity Center as declared"""

DOCUMENTATION = r"""
module: sso_permission_sets
short_description: Keep permission sets of IAM Identity Center as declared
version_added: 0.1.0
description:
  - Keeps permission sets of the organization's instance of IAM Identity Center, which is found, and brings accounts that have one up to date.
  - Statements that end somebody's sessions, as M(groundswell.aws.identity_center_person_absent) writes them, stay where they are.
options:
  items:
    description:
      - The permission sets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the permission set, up to 32 characters. Unique in the instance.
        type: str
        required: true
      description:
        description: What it is for, up to 700 characters.
        type: str
      session_seconds:
        description: How long sessions last, 3600 to 43200 seconds.
        type: int
      relay_state:
        description: Page of the console that sessions begin with.
        type: str
      managed_policy_arns:
        description: ARNs of all of AWS's own policies in it, up to 20 with O(items[].customer_managed_policies). Others are detached.
        type: list
        elements: str
      customer_managed_policies:
        description: Names of all policies in it that each account has to have, with the path where that is not C(/). Others are detached.
        type: list
        elements: str
      inline_policy:
        description: Its own policy, up to 10240 characters that are no white space. Empty for none.
        type: json
      permissions_boundary:
        description: ARN of a policy of AWS's, or the name of one that each account has to have, which limits the roles. Empty for none.
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
- name: Keep what those may do who look after the network
  groundswell.aws.sso_permission_sets:
    tags: "{{ resource_tags }}"
    layer: access
    items:
      - name: acme-prod-network
        session_seconds: 28800
        managed_policy_arns: [arn:aws:iam::aws:policy/job-function/ViewOnlyAccess]
        permissions_boundary: acme-prod-boundary
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the permission set.
      type: str
      returned: always
    ended:
      description: Statements that end the sessions of people.
      type: list
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.identity_center import PermissionSets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(PermissionSets, DOCUMENTATION)

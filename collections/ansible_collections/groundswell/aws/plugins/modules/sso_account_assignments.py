#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep who has which permission set in which account as declared"""

DOCUMENTATION = r"""
module: sso_account_assignments
short_description: Keep who has which permission set in which account as declared
version_added: 0.1.0
description:
  - Gives groups of IAM Identity Center permission sets in accounts, and waits until they have them.
  - Assignments carry no tags. Those are ours whose permission set is.
options:
  items:
    description:
      - The assignments to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Permission set, account and group, with slashes between them.
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
- name: Let those look after the network who are in its group
  groundswell.aws.sso_account_assignments:
    tags: "{{ resource_tags }}"
    layer: access
    items:
      - name: acme-prod-network/123456789012/acme-prod-job-network
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: The same as the name.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.identity_center import AccountAssignments
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(AccountAssignments, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See to it that service-linked roles exist"""

DOCUMENTATION = r"""
module: iam_service_linked_roles
short_description: See to it that service-linked roles exist
version_added: 0.1.0
description:
  - Makes the roles that AWS services keep for themselves, where the account does not have them yet.
  - They belong to the account, not to us, carry no tags of ours, and are never removed, not even by C(resources_absent).
options:
  items:
    description:
      - The roles to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The service's principal, such as C(autoscaling.amazonaws.com).
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
- name: See to it that EC2 Auto Scaling has its role
  groundswell.aws.iam_service_linked_roles:
    tags: "{{ resource_tags }}"
    layer: keys
    items:
      - name: autoscaling.amazonaws.com
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import ServiceLinkedRoles
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ServiceLinkedRoles, DOCUMENTATION)

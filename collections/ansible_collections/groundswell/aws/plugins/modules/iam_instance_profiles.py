#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep IAM instance profiles as declared"""

DOCUMENTATION = r"""
module: iam_instance_profiles
short_description: Keep IAM instance profiles as declared
version_added: 0.1.0
description:
  - Keeps instance profiles, each with its one role.
  - EC2 may need some seconds, rarely minutes, until it knows a new one.
options:
  items:
    description:
      - The instance profiles to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the profile, up to 128 characters. Unique in the account.
        type: str
        required: true

      role:
        description: Name of the role that instances get.
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
- name: Keep the instance profile of the web servers
  groundswell.aws.iam_instance_profiles:
    tags: "{{ resource_tags }}"
    layer: fleets
    items:
      - {name: acme-prod-eu-west-1-web, role: acme-prod-eu-west-1-web}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the profile.
      type: str
      returned: always
    id:
      description: Unique id of the profile.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import InstanceProfiles
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(InstanceProfiles, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep log groups as declared"""

DOCUMENTATION = r"""
module: logs_groups
short_description: Keep log groups as declared
version_added: 0.1.0
description:
  - Holds data - a group is removed only by its name, with what is in it.
options:
  items:
    description:
      - The log groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its region.
        type: str
        required: true

      retention_days:
        description: Days that entries are kept. 0 keeps them for ever.
        type: int
        choices: [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
      kms_key_arn:
        description: ARN of the key that encrypts entries. Its policy must admit CloudWatch Logs. Empty for AWS's own.
        type: str
      log_class:
        description: What can be done with entries. Cannot change.
        type: str
        choices: [standard, infrequent_access]
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
- name: Keep the log groups
  groundswell.aws.logs_groups:
    tags: "{{ resource_tags }}"
    layer: observability
    items:
      - {name: /acme/prod/web/access, retention_days: 30, kms_key_arn: "arn:aws:kms:eu-west-1:123456789012:key/0abc"}
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.logs import LogGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(LogGroups, DOCUMENTATION)

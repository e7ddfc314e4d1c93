#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep managed rules of AWS Config as declared"""

DOCUMENTATION = r"""
module: config_rules
short_description: Keep managed rules of AWS Config as declared
version_added: 0.1.0
description:
  - A managed rule is one that AWS has written. It judges what the region's recorder has recorded, which has to exist.
options:
  items:
    description:
      - The rules to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      identifier:
        description: AWS's name of the rule, such as C(ROOT_ACCOUNT_MFA_ENABLED).
        type: str
        required: true
      description:
        description: What it is for.
        type: str
      parameters:
        description: Parameters of the rule.
        type: dict
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
- name: Keep a rule
  groundswell.aws.config_rules:
    tags: "{{ resource_tags }}"
    layer: region_baseline
    items:
      - {name: acme-prod-root-mfa, identifier: ROOT_ACCOUNT_MFA_ENABLED}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.config import ConfigRules
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ConfigRules, DOCUMENTATION)

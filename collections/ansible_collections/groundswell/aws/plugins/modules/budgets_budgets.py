#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep cost budgets as declared"""

DOCUMENTATION = r"""
module: budgets_budgets
short_description: Keep cost budgets as declared
version_added: 0.1.0
description:
  - A budget belongs to the account and has no region.
options:
  items:
    description:
      - The budgets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account.
        type: str
        required: true

      amount:
        description: How much may be spent in a period.
        type: float
        required: true
      currency:
        description: Currency. C(USD) if not given.
        type: str
      period:
        description: What is summed up. C(monthly) if not given.
        type: str
        choices: [daily, monthly, quarterly, annually]
      tag_filters:
        description: Only what carries these tags counts. They must be activated as cost allocation tags. All of the account counts if not given.
        type: dict
      notifications:
        description: When somebody is told. At most five.
        type: list
        elements: dict
        suboptions:
          type:
            description: Whether what was spent counts, or what will have been spent at the end of the period.
            type: str
            required: true
            choices: [actual, forecasted]
          threshold:
            description: Percent of the amount.
            type: float
            required: true
          emails:
            description: Addresses, at most ten.
            type: list
            elements: str
          topic_arn:
            description: ARN of a topic that admits AWS Budgets.
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
- name: Keep the budget
  groundswell.aws.budgets_budgets:
    tags: "{{ resource_tags }}"
    layer: budgets
    items:
      - name: acme-prod
        amount: 1200
        notifications:
          - {type: actual, threshold: 80, emails: [platform@acme.example]}
          - {type: forecasted, threshold: 100, emails: [platform@acme.example]}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the budget.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.budgets import Budgets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Budgets, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep cost anomaly subscriptions as declared"""

DOCUMENTATION = r"""
module: ce_anomaly_subscriptions
short_description: Keep cost anomaly subscriptions as declared
version_added: 0.1.0
description:
  - A subscription tells people about costs that are unusual.
options:
  items:
    description:
      - The subscriptions to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name.
        type: str
        required: true

      monitor_arns:
        description: ARNs of the monitors.
        type: list
        elements: str
        required: true
      frequency:
        description: How often. E-mail comes daily or weekly, a topic is told immediately.
        type: str
        required: true
        choices: [daily, weekly, immediate]
      least_impact:
        description: How much more than usual it must cost, in the account's currency.
        type: float
        required: true
      emails:
        description: Addresses.
        type: list
        elements: str
      topic_arns:
        description: ARNs of topics.
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
- name: Tell people about unusual costs
  groundswell.aws.ce_anomaly_subscriptions:
    tags: "{{ resource_tags }}"
    layer: budgets
    items:
      - name: acme-prod-services
        monitor_arns: [arn:aws:ce::123456789012:anomalymonitor/0abc]
        frequency: daily
        least_impact: 20
        emails: [platform@acme.example]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the subscription.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cost_explorer import AnomalySubscriptions
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(AnomalySubscriptions, DOCUMENTATION)

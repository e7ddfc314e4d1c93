#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep CloudWatch composite alarms as declared"""

DOCUMENTATION = r"""
module: cloudwatch_composite_alarms
short_description: Keep CloudWatch composite alarms as declared
version_added: 0.1.0
description:
  - A composite alarm goes off by what other alarms say.
options:
  items:
    description:
      - The composite alarms to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its region.
        type: str
        required: true

      description:
        description: What it means and what to do.
        type: str
      actions_enabled:
        description: Whether it calls anybody.
        type: bool
      alarm_actions:
        description: ARNs of what is told when it goes off, at most five.
        type: list
        elements: str
      ok_actions:
        description: ARNs of what is told when all is well again.
        type: list
        elements: str
      insufficient_data_actions:
        description: ARNs of what is told when data is lacking.
        type: list
        elements: str

      rule:
        description: Expression over alarms that exist, such as C(ALARM("a") OR ALARM("b")).
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
- name: One alarm that says the site suffers
  groundswell.aws.cloudwatch_composite_alarms:
    tags: "{{ resource_tags }}"
    layer: observability
    items:
      - name: acme-prod-site-degraded
        rule: ALARM("acme-prod-latency") OR ALARM("acme-prod-errors")
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the alarm.
      type: str
      returned: always
    alarm_state:
      description: C(OK), C(ALARM) or C(INSUFFICIENT_DATA).
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudwatch import CompositeAlarms
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(CompositeAlarms, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep CloudWatch alarms as declared"""

DOCUMENTATION = r"""
module: cloudwatch_alarms
short_description: Keep CloudWatch alarms as declared
version_added: 0.1.0
description:
  - An alarm watches one metric, or an expression over several.
options:
  items:
    description:
      - The alarms to keep.
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

      namespace:
        description: Namespace of the metric, such as C(AWS/RDS).
        type: str
      metric:
        description: Name of the metric.
        type: str
      dimensions:
        description: Which one of them, by dimension.
        type: dict
      period:
        description: Seconds that a value covers - 10, 20, 30 or a multiple of 60.
        type: int
      statistic:
        description: C(Average), C(Minimum), C(Maximum), C(Sum), C(SampleCount), or a percentile such as C(p99).
        type: str

      unit:
        description: Unit of the values that count. All of them if not given.
        type: str
      metrics:
        description: Metrics and expressions, instead of O(items[].metric). One of them returns its data.
        type: list
        elements: dict
        suboptions:
          id:
            description: What expressions call it. Begins with a small letter.
            type: str
            required: true
          expression:
            description: Expression over others.
            type: str
          label:
            description: What people call it.
            type: str
          return_data:
            description: Whether this is what the alarm watches.
            type: bool
          namespace:
            description: Namespace of the metric, such as C(AWS/RDS).
            type: str
          metric:
            description: Name of the metric.
            type: str
          dimensions:
            description: Which one of them, by dimension.
            type: dict
          period:
            description: Seconds that a value covers - 10, 20, 30 or a multiple of 60.
            type: int
          statistic:
            description: C(Average), C(Minimum), C(Maximum), C(Sum), C(SampleCount), or a percentile such as C(p99).
            type: str
      evaluation_periods:
        description: How many of the latest periods are looked at.
        type: int
        required: true
      datapoints_to_alarm:
        description: How many of them must be beyond the threshold. All if not given.
        type: int
      threshold:
        description: The value beyond which it goes off.
        type: float
      comparison:
        description: How a value is beyond the threshold.
        type: str
        required: true
        choices: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]
      missing_data:
        description: What periods without data count as. C(missing) if not given.
        type: str
        choices: [missing, breaching, notBreaching, ignore]
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
- name: Keep the alarms
  groundswell.aws.cloudwatch_alarms:
    tags: "{{ resource_tags }}"
    layer: observability
    items:
      - name: acme-prod-database-cpu
        namespace: AWS/RDS
        metric: CPUUtilization
        dimensions: {DBInstanceIdentifier: acme-prod}
        statistic: Average
        period: 300
        evaluation_periods: 3
        threshold: 80
        comparison: GreaterThanThreshold
        alarm_actions: [arn:aws:sns:eu-west-1:123456789012:acme-prod-alarms]
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudwatch import Alarms
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Alarms, DOCUMENTATION)

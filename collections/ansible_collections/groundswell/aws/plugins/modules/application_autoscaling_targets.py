#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep scalable targets and their policies as declared"""

DOCUMENTATION = r"""
module: application_autoscaling_targets
short_description: Keep scalable targets and their policies as declared
version_added: 0.1.0
description:
  - Registers what Application Auto Scaling may scale, with its bounds and its target-tracking policies.
options:
  items:
    description:
      - The scalable targets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Resource id, such as C(cluster:acme-prod). Of a table or an index of DynamoDB, which is scaled by two dimensions, followed by the last
            word of the dimension, such as C(table/acme-prod-app:ReadCapacityUnits) or C(table/acme-prod-app/index/by-date:WriteCapacityUnits).
        type: str
        required: true
      namespace:
        description: Service that the resource belongs to. Cannot change.
        type: str
        required: true
        choices: [rds, dynamodb]
      dimension:
        description: What is scaled, such as C(rds:cluster:ReadReplicaCount). Cannot change.
        type: str
        required: true
      min_capacity:
        description: Least number.
        type: int
        required: true
      max_capacity:
        description: Most.
        type: int
        required: true
      policies:
        description: Every target-tracking policy of it. Others are removed.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the policy.
            type: str
            required: true
          metric:
            description: Predefined metric, such as C(RDSReaderAverageCPUUtilization).
            type: str
            required: true
          target_value:
            description: Value to hold.
            type: float
            required: true
          scale_in_cooldown:
            description: Seconds between two removals.
            type: int
          scale_out_cooldown:
            description: Seconds between two additions.
            type: int
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
- name: Let the number of readers follow the load
  groundswell.aws.application_autoscaling_targets:
    tags: "{{ resource_tags }}"
    layer: database
    items:
      - name: cluster:acme-prod
        namespace: rds
        dimension: rds:cluster:ReadReplicaCount
        min_capacity: 1
        max_capacity: 4
        policies:
          - {name: acme-prod-reader-cpu, metric: RDSReaderAverageCPUUtilization, target_value: 60}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Resource id.
      type: str
      returned: always
    arn:
      description: ARN.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.application_autoscaling import ApplicationAutoscalingTargets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ApplicationAutoscalingTargets, DOCUMENTATION)

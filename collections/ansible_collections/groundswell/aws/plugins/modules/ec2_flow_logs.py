#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep VPC flow logs as declared"""

DOCUMENTATION = r"""
module: ec2_flow_logs
short_description: Keep VPC flow logs as declared
version_added: 0.1.0
description:
  - Keeps flow logs of VPCs that are delivered to S3.
options:
  items:
    description:
      - The flow logs to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true

      vpc_id:
        description: Id of the VPC.
        type: str
        required: true

      destination_arn:
        description: ARN of the bucket, with a prefix if wanted. Its policy must admit C(delivery.logs.amazonaws.com). Cannot change.
        type: str
        required: true
      traffic:
        description: Which traffic is logged. Cannot change.
        type: str
        choices: [all, accept, reject]
        default: all
      aggregation_seconds:
        description: Seconds that one record covers. Cannot change.
        type: int
        choices: [60, 600]
        default: 600
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
- name: Log the traffic of the VPC
  groundswell.aws.ec2_flow_logs:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - {name: acme-prod, vpc_id: vpc-0abc, destination_arn: "arn:aws:s3:::acme-prod-logs/flow"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the flow log.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import FlowLogs
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(FlowLogs, DOCUMENTATION)

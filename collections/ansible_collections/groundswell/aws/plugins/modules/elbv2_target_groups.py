#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep target groups as declared"""

DOCUMENTATION = r"""
module: elbv2_target_groups
short_description: Keep target groups as declared
version_added: 0.1.0
description:
  - Keeps the groups and their health checks. Who is registered in them is the business of Auto Scaling.
options:
  items:
    description:
      - The target groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the region, at most 32 letters, digits and hyphens.
        type: str
        required: true
      vpc_id:
        description: Id of the VPC. Cannot change.
        type: str
        required: true
      protocol:
        description: Protocol between load balancer and targets. Cannot change.
        type: str
        choices: [HTTP, HTTPS]
        required: true
      port:
        description: Port of the targets. Cannot change.
        type: int
        required: true
      target_type:
        description: What is registered. Cannot change.
        type: str
        choices: [instance, ip]
      health_check:
        description: How a target proves that it works.
        type: dict
        suboptions:
          protocol:
            description: Protocol.
            type: str
            choices: [HTTP, HTTPS]
          port:
            description: Port; C(traffic-port) for that of the targets.
            type: str
          path:
            description: Path that is asked for.
            type: str
          interval:
            description: Seconds between checks, 5 to 300.
            type: int
          timeout:
            description: Seconds until a check has failed, shorter than the interval.
            type: int
          healthy_threshold:
            description: Checks in a row that make a target healthy.
            type: int
          unhealthy_threshold:
            description: Failed checks in a row that make a target unhealthy.
            type: int
          matcher:
            description: Status codes of success, such as C(200) or C(200-299).
            type: str
      deregistration_delay:
        description: Seconds that a leaving target may finish its requests in, 0 to 3600.
        type: int
      slow_start:
        description: >-
          Seconds in which a new target gets its share gradually, 30 to 900, or 0 for at once. Goes with O(items[].algorithm=round_robin)
          only.
        type: int
      algorithm:
        description: Who gets the next request.
        type: str
        choices: [round_robin, least_outstanding_requests, weighted_random]
      stickiness:
        description: Whether a client stays with its target.
        type: bool
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
- name: Keep the target group of the web servers
  groundswell.aws.elbv2_target_groups:
    tags: "{{ resource_tags }}"
    layer: load_balancers
    items:
      - name: acme-prod-web
        vpc_id: vpc-0abc
        protocol: HTTP
        port: 80
        health_check: {path: /health, interval: 10, timeout: 5}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN.
      type: str
      returned: always

    arn_suffix:
      description: How CloudWatch names the group, C(targetgroup/name/id).
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elbv2 import TargetGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(TargetGroups, DOCUMENTATION)

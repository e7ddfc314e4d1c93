#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep Auto Scaling groups as declared"""

DOCUMENTATION = r"""
module: autoscaling_groups
short_description: Keep Auto Scaling groups as declared
version_added: 0.1.0
description:
  - Keeps groups with their scaling policies, schedules, lifecycle hooks and warm pool, which are options of the group.
  - A list that is set is kept as it is declared, what is not in it is removed. A list that is not set is left alone.
  - The desired capacity is set when the group is made and belongs to the autoscaler afterwards; a size that a schedule sets belongs to
    the schedule.
  - A group is ready when as many instances serve as are desired.
options:
  items:
    description:
      - The groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the region.
        type: str
        required: true
      launch_template:
        description: Name of the launch template.
        type: str
        required: true
      launch_template_version:
        description:
          - Number of the version that new instances are launched from. Without, a new group takes the newest one and keeps it, so that
            taking up another one remains a decision. Instances that run are never touched.
        type: int
      instance_types:
        description: >-
          Types that will do, the preferred one first. One type without Spot is a plain group with the template's own type, several are
          a mixed instances policy.
        type: list
        elements: str
      on_demand_base:
        description: Instances that are On-Demand in any case, with several types or Spot.
        type: int
      on_demand_percentage:
        description: Percentage of On-Demand among the others; the rest is Spot. 100 for no Spot.
        type: int
      spot_allocation_strategy:
        description: How Spot pools are chosen.
        type: str
        choices: [price-capacity-optimized, capacity-optimized, lowest-price]
      capacity_rebalance:
        description: Whether a Spot instance that is likely to be taken away is replaced before that.
        type: bool
      zonal_shift:
        description:
          - Whether the group can be told to launch nothing in an Availability Zone (M(groundswell.aws.arc_zonal_shifts)), and whether unhealthy instances
            that are in that zone are replaced meanwhile, by others elsewhere.
        type: str
        choices: ["off", ignore_unhealthy, replace_unhealthy]
      subnet_ids:
        description: Ids of subnets, in different zones.
        type: list
        elements: str
        required: true
      min_size:
        description: Fewest instances.
        type: int
        required: true
      max_size:
        description: Most instances.
        type: int
        required: true
      initial_capacity:
        description: Instances to start with; C(min_size) if not given. Of no effect on a group that exists.
        type: int
      target_group_arns:
        description: ARNs of the target groups that instances are registered in.
        type: list
        elements: str
      health_check:
        description: Whether an instance that the load balancer finds unhealthy is replaced too.
        type: str
        choices: [ec2, elb]
      health_check_grace_period:
        description: Seconds after entering service in which a failed health check counts for nothing.
        type: int
      default_instance_warmup:
        description: Seconds until a new instance's metrics count.
        type: int
      max_instance_lifetime:
        description: Seconds after which an instance is replaced, at least a day; 0 for never.
        type: int
      min_healthy_percentage:
        description: Capacity in percent that stays in service while instances are replaced.
        type: int
      max_healthy_percentage:
        description: Capacity in percent that a replacement may go up to; above 100 launches before it terminates.
        type: int
      termination_policies:
        description: Who goes first when the group shrinks.
        type: list
        elements: str
      metrics:
        description: Whether the group's own metrics are collected, every minute.
        type: bool
      instance_tags:
        description: Tags for the group that its instances get too. Tags are only added or corrected.
        type: dict
      hooks:
        description: Lifecycle hooks.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          transition:
            description: When instances wait for it.
            type: str
            choices: [launching, terminating]
            required: true
          heartbeat_timeout:
            description: Seconds to wait, 30 to 7200.
            type: int
          default_result:
            description: What happens when nobody completes it in time.
            type: str
            choices: [CONTINUE, ABANDON]
      target_tracking:
        description: Policies that keep a metric at its target.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          metric:
            description: What is kept at the target.
            type: str
            choices: [ASGAverageCPUUtilization, ALBRequestCountPerTarget, ASGAverageNetworkIn, ASGAverageNetworkOut]
            required: true
          resource_label:
            description: >-
              Load balancer and target group that requests are counted at, as C(app/name/id/targetgroup/name/id).
              The target group must be attached to the load balancer.
            type: str
          target:
            description: The target.
            type: float
            required: true
          disable_scale_in:
            description: Whether it only ever adds instances.
            type: bool
      predictive:
        description: Policies that forecast from the last days.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          metric_pair:
            description: Metrics that are forecast.
            type: str
            choices: [ASGCPUUtilization, ALBRequestCount, ASGNetworkIn, ASGNetworkOut]
            required: true
          resource_label:
            description: As in O(items[].target_tracking[].resource_label).
            type: str
          target:
            description: The target.
            type: float
            required: true
          mode:
            description: Whether the forecast is only shown or also acted on.
            type: str
            choices: [forecast_only, forecast_and_scale]
          scheduling_buffer:
            description: Seconds by which instances are launched ahead of the forecast need.
            type: int
      schedules:
        description: Changes of size at set times. What they set is theirs, and no longer compared.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          recurrence:
            description: Five-field cron expression.
            type: str
            required: true
          time_zone:
            description: Time zone of the recurrence, such as C(Asia/Singapore); UTC if not given.
            type: str
          min_size:
            description: Fewest instances from then on.
            type: int
          max_size:
            description: Most instances from then on.
            type: int
          desired_capacity:
            description: Instances then.
            type: int
      warm_pool:
        description: Instances that have booted and wait. Not with several types or Spot. An empty dict removes it.
        type: dict
        suboptions:
          min_size:
            description: Fewest instances in it.
            type: int
          max_prepared_capacity:
            description: Most instances in service and in the pool together.
            type: int
          state:
            description: State they wait in.
            type: str
            choices: [stopped, running, hibernated]
          reuse_on_scale_in:
            description: Whether instances go back into it when the group shrinks.
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
- name: Keep the group of web servers
  groundswell.aws.autoscaling_groups:
    tags: "{{ resource_tags }}"
    layer: fleets
    wait: false
    items:
      - name: acme-prod-web
        launch_template: acme-prod-web
        subnet_ids: [subnet-0a, subnet-0b, subnet-0c]
        min_size: 3
        max_size: 12
        health_check: elb
        health_check_grace_period: 300
        target_tracking:
          - {name: cpu, metric: ASGAverageCPUUtilization, target: 50}
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
    version:
      description: Version of the launch template that new instances are launched from.
      type: int
      returned: always
    desired_capacity:
      description: Instances that are desired now.
      type: int
      returned: always
    instances:
      description: Instances, each with C(id), C(zone), C(state), C(healthy) and the C(version) of the template it was launched from.
      returned: always
      type: list
      elements: dict
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.autoscaling import Groups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Groups, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep health checks of Route 53 as declared"""

DOCUMENTATION = r"""
module: route53_health_checks
short_description: Keep health checks of Route 53 as declared
version_added: 0.1.0
description:
  - Keeps health checks that records refer to. Route 53 takes over the settings of an alarm when the check is made or changed,
    not when the alarm changes.
options:
  items:
    description:
      - The health checks to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true
      type:
        description:
          - C(CLOUDWATCH_METRIC) follows an alarm, C(CALCULATED) adds up other checks, the others ask from the internet. Cannot change.
          - Route 53 goes by the data of the alarm's metric, not by the alarm's state.
        type: str
        choices: [CLOUDWATCH_METRIC, CALCULATED, HTTPS, HTTP]
        required: true
      alarm_name:
        description: Name of the alarm to follow.
        type: str
      alarm_region:
        description: Region of the alarm.
        type: str
      without_data:
        description: What the check says while the alarm has no data.
        type: str
        choices: [Healthy, Unhealthy, LastKnownStatus]
      domain_name:
        description: Domain name to ask.
        type: str
      port:
        description: Port to ask.
        type: int
      path:
        description: Path to ask for.
        type: str
      interval:
        description: Seconds between requests of one checker. Cannot change.
        type: int
        choices: [10, 30]
      failure_threshold:
        description: Checks in a row until the status changes, 1 to 10.
        type: int
      children:
        description: Names of the checks of O(items) that are added up. None of them may be C(CALCULATED).
        type: list
        elements: str
      threshold:
        description: How many of O(items[].children) have to be healthy. By default all.
        type: int
      inverted:
        description: Whether healthy counts as unhealthy and the other way round.
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
- name: Keep the health check of the site
  groundswell.aws.route53_health_checks:
    tags: "{{ resource_tags }}"
    layer: dns
    items:
      - name: acme-prod-site
        type: CLOUDWATCH_METRIC
        alarm_name: acme-prod-site-unhealthy
        alarm_region: eu-west-1
        without_data: Healthy
      - name: acme-prod-given-up
        type: CLOUDWATCH_METRIC
        alarm_name: acme-prod-given-up
        alarm_region: us-east-1
      - name: acme-prod-may-serve
        type: CALCULATED
        children: [acme-prod-site, acme-prod-given-up]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id, for records.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.route53 import HealthChecks
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(HealthChecks, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn alarms by which Route 53 leads visitors to one region or another."""

DOCUMENTATION = r"""
module: recovery_switch
short_description: Turn alarms by which Route 53 leads visitors to one region or another
version_added: 0.1.0
description:
  - Puts data into the metrics of alarms, which are alarms of ours on metrics of ours. Health checks of Route 53 follow these data
    (M(groundswell.aws.route53_health_checks)), so visitors are led elsewhere without a record, or anything else of Route 53, being edited.
  - Asks CloudWatch in one region and nothing else.
  - The alarms must go by the least value of each minute, and keep their state when data are missing.
options:
  alarms:
    description:
      - Names of the alarms.
    type: list
    elements: str
    required: true
  thrown:
    description:
      - Whether the alarms are to be in C(ALARM). One that has never had data is taken for one that is not.
    type: bool
    required: true
  wait:
    description:
      - Whether to wait until CloudWatch shows it, which takes it a minute or two. Route 53 goes by the same data and not by what CloudWatch shows.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 900
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Lead visitors here
  groundswell.aws.recovery_switch:
    region: us-east-1
    alarms: [acme-prod-taken-over]
    thrown: true
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps
from ansible_collections.groundswell.aws.plugins.module_utils.switch import throw

if __name__ == "__main__":
    run_steps(throw, DOCUMENTATION)

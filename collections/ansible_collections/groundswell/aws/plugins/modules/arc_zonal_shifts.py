#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn load balancers and Auto Scaling groups away from an Availability Zone for a time."""

DOCUMENTATION = r"""
module: arc_zonal_shifts
short_description: Turn load balancers and Auto Scaling groups away from an Availability Zone for a time
version_added: 0.1.0
description:
  - Starts, extends or cancels a zonal shift of Application Recovery Controller on each of the resources. Load balancers send nothing new into the zone
    then, groups launch nothing there. It ends by itself.
  - All of them are looked at before the first is touched. Run again, it does what is not done yet; a shift that goes on is left alone without O(extend).
  - Shifts that AWS started by itself, as a practice or because it sees a zone in trouble, are left alone.
options:
  resources:
    description:
      - ARNs of load balancers and Auto Scaling groups that have zonal shift enabled.
    type: list
    elements: str
    required: true
  zone:
    description:
      - Id of the zone, such as C(use1-az1). The name of a zone means another one in each account.
    type: str
    required: true
  state:
    description:
      - V(present) turns them away, V(absent) back.
    type: str
    choices: [present, absent]
    default: present
  hours:
    description:
      - Hours until the shift ends by itself, from now. A sixtieth to 72.
    type: float
    default: 12
  extend:
    description:
      - Whether a shift that goes on gets O(hours) from now on.
    type: bool
    default: false
  comment:
    description:
      - Why, at most 128 characters.
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Move visitors away from a zone for three hours
  groundswell.aws.arc_zonal_shifts:
    region: eu-west-1
    resources:
      - arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/acme-prod/0a1b2c3d4e5f6a7b
    zone: euw1-az2
    hours: 3
    comment: errors of one zone

- name: Let them come back
  groundswell.aws.arc_zonal_shifts:
    region: eu-west-1
    resources:
      - arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/acme-prod/0a1b2c3d4e5f6a7b
    zone: euw1-az2
    state: absent
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps
from ansible_collections.groundswell.aws.plugins.module_utils.zones import shift

if __name__ == "__main__":
    run_steps(shift, DOCUMENTATION)

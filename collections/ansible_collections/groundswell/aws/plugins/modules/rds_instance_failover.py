#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let the standby of a database serve, away from an Availability Zone."""

DOCUMENTATION = r"""
module: rds_instance_failover
short_description: Let the standby of a database serve, away from an Availability Zone
version_added: 0.1.0
description:
  - Reboots a Multi-AZ instance with failover if the one that serves is in the zone, and waits until RDS says that it is not. It does not answer for a
    minute or two.
  - RDS shows the old zone for some minutes after a failover. One that its events tell of is waited for and not done again.
options:
  name:
    description:
      - Identifier of the instance.
    type: str
    required: true
  zone:
    description:
      - Name of the zone, such as C(eu-west-1a).
    type: str
    required: true
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 1200
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Let the database write elsewhere
  groundswell.aws.rds_instance_failover:
    region: eu-west-1
    name: acme-prod
    zone: eu-west-1a
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps
from ansible_collections.groundswell.aws.plugins.module_utils.zones import fail_over

if __name__ == "__main__":
    run_steps(fail_over, DOCUMENTATION)

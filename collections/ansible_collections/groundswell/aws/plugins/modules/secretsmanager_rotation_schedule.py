#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let Secrets Manager rotate a secret every some days, or no more"""

DOCUMENTATION = r"""
module: secretsmanager_rotation_schedule
short_description: Let Secrets Manager rotate a secret every some days, or no more
version_added: 0.1.0
description:
  - Secrets Manager calls the function when the time has come, which it is allowed to here. Nothing is rotated by this module.
  - As AWS does when a schedule is set, the function is asked once to try the value that there is.
options:
  secret:
    description:
      - Name or ARN of the secret, in its primary region.
    type: str
    required: true
  function_arn:
    description:
      - ARN of the function that rotates it.
    type: str
    required: true
  days:
    description:
      - Days between two rotations, up to 1000. V(0) for none, which ends a schedule.
    type: int
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Rotate the application's password every month
  groundswell.aws.secretsmanager_rotation_schedule:
    region: eu-west-1
    secret: acme-prod-database-application
    function_arn: arn:aws:lambda:eu-west-1:123456789012:function:acme-prod-database-users
    days: 30
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.rotation import schedule
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(schedule, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exchange the value of a secret for a new one, stage by stage"""

DOCUMENTATION = r"""
module: secretsmanager_rotation
short_description: Exchange the value of a secret for a new one, stage by stage
version_added: 0.1.0
description:
  - A secret's new value is pending before it is current, and the one before it is previous until it is retired, so that whoever
    accepts a secret can accept both.
  - The new value is made in place, of letters and digits, as long as the one before. No value is returned or shown in a difference.
  - A rotation that was ended is gone on with. Replicas are waited for.
options:
  secret:
    description:
      - Name or ARN of the secret, in its primary region.
    type: str
    required: true
  state:
    description:
      - V(prepared) makes a new value, which nobody reads by default, unless one is on its way already.
      - V(promoted) makes it the current one, and that one the previous one.
      - V(retired) gives the previous one up.
    type: str
    required: true
    choices: [prepared, promoted, retired]
  key:
    description:
      - Which member is exchanged where the secret is a JSON document. The rest stays.
    type: str
    default: password
  users:
    description:
      - The two users who take turns, where the secret is a JSON document with a C(username). The new value is the other one's.
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 300
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Make a new value
  groundswell.aws.secretsmanager_rotation:
    region: eu-west-1
    secret: acme-prod-origin_header
    state: prepared
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.rotation import rotate
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(rotate, DOCUMENTATION)

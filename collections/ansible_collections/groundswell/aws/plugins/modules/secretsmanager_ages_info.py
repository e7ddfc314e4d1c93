#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read how old the values of secrets are"""

DOCUMENTATION = r"""
module: secretsmanager_ages_info
short_description: Read how old the values of secrets are
version_added: 0.1.0
description:
  - Of each secret that has the tags, when its current value was made, by whomever. Replicas are left out; no value is read.
options:
  tags:
    description:
      - Tags that the secrets have.
    type: dict
    required: true
  max_days:
    description:
      - Days after which a value is old.
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
- name: Look how old the secrets are
  groundswell.aws.secretsmanager_ages_info:
    region: eu-west-1
    tags: {Project: acme, Environment: prod}
    max_days: 90
"""

RETURN = r"""
secrets:
  description: The secrets, the oldest value first.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the secret.
      type: str
      returned: always
    made:
      description: When its current value was made, in UTC.
      type: str
      returned: always
    days:
      description: How many days ago that was.
      type: int
      returned: always
    old:
      description: Whether that is longer ago than it should be.
      type: bool
      returned: always
    every:
      description: Days after which Secrets Manager rotates it by itself. 0 where it does not.
      type: int
      returned: always
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.rotation import ages
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

if __name__ == "__main__":
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: {"changed": False, "secrets": ages(Session(module), module.params)})

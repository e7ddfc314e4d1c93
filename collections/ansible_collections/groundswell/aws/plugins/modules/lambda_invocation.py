#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Call a function of Lambda and wait for its answer"""

DOCUMENTATION = r"""
module: lambda_invocation
short_description: Call a function of Lambda and wait for its answer
version_added: 0.1.0
description:
  - Calls a function and waits, for less than a minute, until it has answered. What its answer says about C(changed) is what this module says.
  - A function that fails is an error, in the function's own words.
  - In check mode nothing is called. A function that is not there yet would change something; of one that is there nothing is known.
options:
  function:
    description:
      - Name or ARN of the function, with a version or an alias behind a colon.
    type: str
    required: true
  payload:
    description:
      - What it is called with. Nothing secret.
    type: dict
    default: {}
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Keep the users of the database
  groundswell.aws.lambda_invocation:
    region: eu-west-1
    function: acme-prod-database-users:live
    payload: {step: ensure}
"""

RETURN = r"""
answer:
  description: What the function has answered. Empty in check mode.
  returned: always
  type: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.invocation import invoke
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

if __name__ == "__main__":
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: invoke(Session(module), module.params))

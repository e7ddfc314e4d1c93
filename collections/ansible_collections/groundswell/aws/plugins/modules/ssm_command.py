#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a document on one of several servers"""

DOCUMENTATION = r"""
module: ssm_command
short_description: Run a document on one of several servers
version_added: 0.1.0
description:
  - Sends a command through Systems Manager to the first of the servers that it can reach now, waits until it has ended there, and returns what it has printed.
  - That no server can be reached, or that the command fails there, is not an error of this module. It is for whoever asked to say what follows from that.
  - Run again, it runs again. What it prints stays with Systems Manager for thirty days, so nothing secret belongs there.
options:
  document:
    description:
      - Name of the document.
    type: str
    required: true
  parameters:
    description:
      - Its parameters.
    type: dict
    default: {}
  instances:
    description:
      - Ids of the servers, the first choice first.
    type: list
    elements: str
    required: true
  comment:
    description:
      - What it is for, in a hundred characters.
    type: str
    default: ""
  start_timeout:
    description:
      - Seconds after which a command that has not begun does not begin any more.
    type: int
    default: 120
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 3600
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Ask a server how full its disk is
  groundswell.aws.ssm_command:
    region: eu-west-1
    document: acme-prod-disk
    instances: [i-0123456789abcdef0, i-0fedcba9876543210]
  register: disk
"""

RETURN = r"""
instance:
  description: Id of the server that ran it, or in check mode would. Empty where none can be reached.
  returned: always
  type: str
status:
  description: How it ended, in the words of AWS, V(Success) or V(Failed) for example. V(Unreachable) where no server can be reached, V(Pending) in check mode.
  returned: always
  type: str
details:
  description: The same in more detail.
  returned: where it ran
  type: str
output:
  description: The first 24,000 characters that it has printed.
  returned: always
  type: str
said:
  description: The first 8,000 characters of what it has said of errors.
  returned: always
  type: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.command import run
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

if __name__ == "__main__":
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: {"changed": False, **run(Session(module), module.params)})

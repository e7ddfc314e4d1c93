#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look whether a person has access still, through IAM Identity Center"""

DOCUMENTATION = r"""
module: identity_center_person_trace_info
short_description: Look whether a person has access still, through IAM Identity Center
version_added: 0.1.0
description:
  - Looks through other doors than M(groundswell.aws.identity_center_person_absent), at the members of every group and at who has what in every account.
    Reads only.
options:
  name:
    description: Name of the person's user, up to 64 characters.
    type: str
    required: true
  user_id:
    description: Id that the user had. Empty where there was none.
    type: str
    default: ""
  external:
    description: Whether users and memberships come from an identity provider.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look whether somebody has access still
  groundswell.aws.identity_center_person_trace_info:
    name: example.person
"""

RETURN = r"""
exists:
  description: Whether there is a user of that name.
  returned: always
  type: bool
access:
  description: What lets the person in, in words. Empty is the proof.
  returned: always
  type: list
  elements: str
left:
  description: What names the person still and lets nobody in.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.center_people import trace
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: trace(Session(module), module.params))


if __name__ == "__main__":
    main()

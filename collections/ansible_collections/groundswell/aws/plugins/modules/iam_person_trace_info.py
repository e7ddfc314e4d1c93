#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look whether a person has access still"""

DOCUMENTATION = r"""
module: iam_person_trace_info
short_description: Look whether a person has access still
version_added: 0.1.0
description:
  - Looks through other doors than M(groundswell.aws.iam_person_absent), at what IAM tells of the account as a whole, at its credential report, and at
    what it simulates. Reads only.
options:
  name:
    description: Name of the person's user, up to 64 characters.
    type: str
    required: true
  contact:
    description: Where the person was reached, to find topics that still tell it something.
    type: str
    default: ""
  project:
    description: What the names of the roles of jobs begin with.
    type: str
    required: true
  path:
    description: Path of the users that stand for people.
    type: str
    default: /people/
  regions:
    description: Regions whose topics are looked at.
    type: list
    elements: str
    default: []
  center_user:
    description: Id of the person's user in Identity Center, whose sessions in the roles of its permission sets have to be ended too. Empty for none.
    type: str
    default: ""
  center_since:
    description: The time since when, as O(since).
    type: str
    default: ""
  since:
    description: Time of ISO 8601 with its zone, since when all sessions have to be ended. Empty where there were none.
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
- name: Look whether somebody has access still
  groundswell.aws.iam_person_trace_info:
    name: example.person
    project: acme
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
unsure:
  description: What cannot be told now, and why.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.people import trace
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: trace(Session(module), module.params))


if __name__ == "__main__":
    main()

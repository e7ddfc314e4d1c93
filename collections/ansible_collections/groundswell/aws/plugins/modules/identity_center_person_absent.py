#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take all access from a person, in IAM Identity Center"""

DOCUMENTATION = r"""
module: identity_center_person_absent
short_description: Take all access from a person, in IAM Identity Center
version_added: 0.1.0
description:
  - Ends the person's sessions in the roles of all jobs, then removes memberships, assignments and the user.
  - Refuses to offboard the last one who can break the glass, whoever runs it, and users that were not made here.
  - What was interrupted is finished by the next run. A user who is not there is no error.
options:
  name:
    description: Name of the person's user, up to 64 characters.
    type: str
    required: true
  project:
    description: What the names of the groups and permission sets of jobs begin with, in all environments.
    type: str
    required: true
  mark:
    description: What the type of a user says that was made here.
    type: str
    default: groundswell
  external:
    description: Whether users and memberships come from an identity provider.
    type: bool
    default: false
  keep:
    description: Whether the user stays, without anything that lets somebody in, for the record.
    type: bool
    default: false
  foreign:
    description: Whether a user may be removed that M(groundswell.aws.identity_center_person) has not made.
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
- name: Offboard somebody
  groundswell.aws.identity_center_person_absent:
    name: example.person
    project: acme
"""

RETURN = r"""
was:
  description: Id of the user, empty where there was none.
  returned: always
  type: str
contact:
  description: Where the person was reached.
  returned: always
  type: str
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.center_people import offboard
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: offboard(Session(module), module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List who has access through IAM Identity Center, and what nobody has declared"""

DOCUMENTATION = r"""
module: identity_center_people_info
short_description: List who has access through IAM Identity Center, and what nobody has declared
version_added: 0.1.0
description:
  - Every user of the directory with its jobs, and who has access to an account by permission sets that are no jobs. Reads only.
options:
  prefix:
    description: What the names of the jobs' groups begin with.
    type: str
    required: true
  project:
    description: What the names of the jobs of all environments begin with.
    type: str
    required: true
  account:
    description: The account.
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
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: List who has access
  groundswell.aws.identity_center_people_info:
    prefix: acme-prod
    project: acme
    account: "123456789012"
"""

RETURN = r"""
people:
  description: Each with C(name), C(contact), C(jobs), C(offboarded) and C(problems).
  returned: always
  type: list
  elements: dict
undeclared:
  description: Who has which permission set in the account without being a job of ours, in words.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.center_people import review
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: review(Session(module), module.params))


if __name__ == "__main__":
    main()

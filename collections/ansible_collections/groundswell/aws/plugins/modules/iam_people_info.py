#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List who has access, and what is wrong with it"""

DOCUMENTATION = r"""
module: iam_people_info
short_description: List who has access, and what is wrong with it
version_added: 0.1.0
description:
  - Every IAM user of the account with its jobs, keys, second factors, and what should be different. Reads only.
options:
  prefix:
    description: What the names of the jobs' groups begin with.
    type: str
    required: true
  path:
    description: Path of the users that stand for people.
    type: str
    default: /people/
  key_days:
    description: Days after which an access key is too old.
    type: int
    default: 90
  unused_days:
    description: Days without use after which a key or a password is one too many.
    type: int
    default: 45
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: List who has access
  groundswell.aws.iam_people_info:
    prefix: acme-prod
"""

RETURN = r"""
people:
  description:
    - Each with C(name), C(contact), C(since), C(offboarded), C(jobs), C(devices), C(password), C(access_keys) (each with C(id), C(active), C(age_days),
      C(unused_days)) and C(problems).
  returned: always
  type: list
  elements: dict
root:
  description: What should be different about the account's root user.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.people import review
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: review(Session(module), module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Give a person the jobs that are asked for"""

DOCUMENTATION = r"""
module: iam_person
short_description: Give a person the jobs that are asked for
version_added: 0.1.0
description:
  - Makes an IAM user for a person, puts it into the groups of its jobs and out of the groups of other jobs of the environment, ends its sessions in
    their roles, and gives it a first password, which has to be changed at the first sign-in.
  - The password goes into a file and nowhere else. It is never returned.
  - Whatever is wrong with what is asked for is reported at once, before anything is touched.
options:
  name:
    description: Name of the person's user, up to 64 characters.
    type: str
    required: true
  contact:
    description: Where the person can be reached. Required for somebody new; another one than that of the user of this name is refused.
    type: str
    default: ""
  jobs:
    description: The person's jobs.
    type: list
    elements: str
    required: true
  known_jobs:
    description: Jobs that there are.
    type: list
    elements: str
    required: true
  prefix:
    description: What the names of the groups begin with, before C(-job-) and the job.
    type: str
    required: true
  path:
    description: Path of the users that stand for people.
    type: str
    default: /people/
  tags:
    description: Tags that say that a user was made here.
    type: dict
    default: {ManagedBy: groundswell, Layer: people}
  password_file:
    description: Where a first password is written to, on the machine that the module runs on, readable for its owner only.
    type: str
    required: true
  reset_password:
    description: Whether the password is set anew where there is one.
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
- name: Onboard somebody
  groundswell.aws.iam_person:
    name: example.person
    contact: example.person@example.org
    jobs: [web, developer]
    known_jobs: [network, web, app, database, developer]
    prefix: acme-prod
    password_file: build/access/prod-example.person
"""

RETURN = r"""
arn:
  description: ARN of the user.
  returned: always
  type: str
password_file:
  description: The file that a password was written to; empty where none was made.
  returned: always
  type: str
devices:
  description: How many second factors the person had.
  returned: always
  type: int
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.people import onboard
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: onboard(Session(module), module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Give a person the jobs that are asked for, in IAM Identity Center"""

DOCUMENTATION = r"""
module: identity_center_person
short_description: Give a person the jobs that are asked for, in IAM Identity Center
version_added: 0.1.0
description:
  - Makes a user of the directory for a person, puts it into the groups of its jobs and out of the groups of other jobs of the environment, and ends its
    sessions in what those were for.
  - Identity Center sends the first password itself, where that is switched on; there is none here.
  - Whatever is wrong with what is asked for is reported at once, before anything is touched.
options:
  name:
    description: Name of the person's user, up to 64 characters.
    type: str
    required: true
  contact:
    description: E-mail address of the person. Required for somebody new; another one than that of the user of this name is refused.
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
- name: Onboard somebody
  groundswell.aws.identity_center_person:
    name: example.person
    contact: example.person@example.org
    jobs: [web, developer]
    known_jobs: [network, web, app, database, developer]
    prefix: acme-prod
"""

RETURN = r"""
user_id:
  description: Id of the user; empty in check mode for somebody new.
  returned: always
  type: str
portal:
  description: Where people sign in.
  returned: always
  type: str
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.center_people import onboard
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: onboard(Session(module), module.params))


if __name__ == "__main__":
    main()

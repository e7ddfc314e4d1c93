#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look whether people can get in through IAM Identity Center"""

DOCUMENTATION = r"""
module: identity_center_readiness_info
short_description: Look whether people can get in through IAM Identity Center
version_added: 0.1.0
description:
  - Finds the organization's instance, whatever its region, and fails with everything that keeps permission sets from being kept there. Reads only.
options:
  account:
    description: The account that people are to work in.
    type: str
    required: true
  project:
    description: What the names of roles of deployers and of CI begin with, who are not asked.
    type: str
    required: true
  permission_sets:
    description: Names of the permission sets.
    type: list
    elements: str
    default: []
  groups:
    description: Names of the groups, which an identity provider has to have sent where O(external=true).
    type: list
    elements: str
    default: []
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
- name: Look whether people can get in through Identity Center
  groundswell.aws.identity_center_readiness_info:
    account: "123456789012"
    project: acme
    permission_sets: [acme-prod-web, acme-prod-break-glass]
"""

RETURN = r"""
administers:
  description: Whether who runs this may change who may do what; deployers may not.
  returned: always
  type: bool
caller:
  description: ARN of the caller.
  returned: always
  type: str
instance_arn:
  description: The instance.
  returned: always
  type: str
identity_store_id:
  description: Its directory.
  returned: always
  type: str
region:
  description: Region of the instance.
  returned: always
  type: str
portal:
  description: Where people sign in.
  returned: always
  type: str
problems:
  description: What would make the run fail.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.center_readiness import look
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """All that is wrong at once."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)

    def answer() -> dict[str, object]:
        found = look(Session(module), module.params)
        if found["problems"]:
            module.fail_json(msg="people cannot get in through IAM Identity Center; nothing was changed: " + "; ".join(found["problems"]), **found)
        return {"changed": False, **found}

    guarded(module, answer)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find out which images an account and region uses"""

DOCUMENTATION = r"""
module: ec2_image_uses_info
short_description: Find out which images an account and region uses
version_added: 0.1.0
description:
  - Looks at every launch template version, launch configuration, instance and image parameter of the account and region, whoever they belong to.
  - What an instance refresh would return to is a launch template version, so it is among them.
options:
  rollback_depth:
    description: How many values before the present one of an image parameter count as in use, for going back.
    type: int
    default: 2
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: See which images are in use here
  groundswell.aws.ec2_image_uses_info:
  register: here  # here['look']
"""

RETURN = r"""
look:
  description: What was found, in the form that M(groundswell.aws.ec2_images_retention) takes.
  returned: always
  type: dict
  contains:
    account:
      description: The account.
      returned: always
      type: str
    region:
      description: The region.
      returned: always
      type: str
    uses:
      description: Why an image is in use, by its id.
      returned: always
      type: dict
      sample: {"ami-0123456789abcdef0": ["parameter /acme/prod/images/web", "instance i-0123456789abcdef0"]}
    unseen:
      description: What could not be looked at, and why.
      returned: always
      type: list
      elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.image_uses import Uses
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def look(session: Session, options: Item) -> Item:
    """The whole answer."""
    uses = Uses(session, options["rollback_depth"])
    found = uses.find()
    return {"changed": False, "look": {"account": session.account, "region": session.region, "uses": found, "unseen": uses.unseen}}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: look(Session(module), module.params))


if __name__ == "__main__":
    main()

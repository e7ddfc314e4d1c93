#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove what bakes that were killed have left"""

DOCUMENTATION = r"""
module: bake_leftovers_absent
short_description: Remove what bakes that were killed have left
version_added: 0.1.0
description:
  - Snapshots that nobody finished writing, builder instances with their security groups, and images that AWS gave up on.
  - Only what carries the tags given, and whose tag C(Expires) lies in the past. A snapshot that belongs to an image is never touched.
options:
  tags:
    description: Tags of what is looked at.
    type: dict
    required: true
  regions:
    description: Regions to look in.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says what would be removed.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Tidy up after bakes that were killed
  groundswell.aws.bake_leftovers_absent:
    tags: {Project: acme, ManagedBy: groundswell, Layer: images}
    regions: [ap-southeast-1, us-east-1]
"""

RETURN = r"""
leftovers:
  description: What was, or in check mode would be, removed, each with C(kind), C(id), C(name), C(region), C(run), C(why) and C(gib).
  returned: always
  type: list
  elements: dict
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.bake_leftovers import Janitor
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def work(session: Session, options: Item) -> Item:
    """Look everywhere, then remove."""
    tags = {key: str(value) for key, value in options["tags"].items()}

    def tidy(region: str) -> list[Item]:
        janitor = Janitor(session, tags, region)
        leftovers = janitor.find()
        if not session.check_mode:
            janitor.remove(leftovers)
        return leftovers

    leftovers = [one for found in session.each(tidy, options["regions"]) for one in found]
    changes = [{"kind": f"ec2_{one['kind']}", "name": one["name"], "action": "remove", "options": []} for one in leftovers]
    return {"changed": bool(leftovers), "leftovers": leftovers, "changes": changes}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: work(Session(module), module.params))


if __name__ == "__main__":
    main()

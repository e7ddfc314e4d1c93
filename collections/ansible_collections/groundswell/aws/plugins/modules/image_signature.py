#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sign a published image and its papers."""

DOCUMENTATION = r"""
module: image_signature
short_description: Sign a published image and its papers
version_added: 0.1.0
description:
  - Signs one statement with a key of KMS, the image's name, its id in every region, and the SHA-256 of its manifest, bill of materials and
    test results, as they lie in the bucket. Puts it beside them, as C(signature.json).
  - An image that is signed already gets a new signature only for regions that were added. Papers that are not those that were signed
    are an error.
options:
  project:
    description: What images are called, and so bucket and key, C(<project>-images-<account>-<region>) and C(alias/<project>-image-signing).
    type: str
    required: true
  name:
    description: Name of the image.
    type: str
    required: true
  images:
    description: Id of the image by region.
    type: dict
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Sign the image
  groundswell.aws.image_signature:
    project: acme
    name: acme-web-arm64-20260101-120000-0f0f0f0f
    images:
      eu-west-1: ami-0123456789abcdef0
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.image_papers import Papers
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def sign(session: Session, options: Item) -> Item:
    """The whole answer."""
    name = options["name"]
    changed = Papers(session, options["project"], session.region).sign(name, options["images"])
    return {"changed": changed, "changes": [{"kind": "image_signature", "name": name, "action": "create", "options": []}] if changed else []}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: sign(Session(module), module.params))


if __name__ == "__main__":
    main()

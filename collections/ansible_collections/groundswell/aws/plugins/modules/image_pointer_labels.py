#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Label the versions of a parameter that points at an image."""

DOCUMENTATION = r"""
module: image_pointer_labels
short_description: Label the versions of a parameter that points at an image
version_added: 0.1.0
description:
  - Parameter Store keeps every image that a parameter has pointed at. The label C(in-service) is put on the version with the image that
    the servers run, and C(previous) on the one with the image that they ran before, so that it can be gone back to.
  - Going back to the image before leaves C(previous) where it is. The image that was left is not gone back to.
options:
  name:
    description:
      - Name of the parameter.
    type: str
    required: true
  image_id:
    description:
      - Id of the image that the servers run. If the parameter never pointed at it, nothing is labelled.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Note what the servers run
  groundswell.aws.image_pointer_labels:
    name: /acme/prod/images/web
    image_id: ami-0123456789abcdef0
"""

RETURN = r"""
labels:
  description: The labels that were, or in check mode would be, moved.
  returned: always
  type: list
  elements: str
image_id:
  description: Id of the image that the parameter names.
  returned: always
  type: str
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.deployment import settle_labels
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Move what has to be moved."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    name = module.params["name"]

    def work() -> dict:
        labels, image = settle_labels(Session(module), name, module.params["image_id"])
        changes = [{"kind": "ssm_parameters", "name": name, "action": "update", "options": ["labels"]}] if labels else []
        return {"changed": bool(labels), "labels": labels, "image_id": image, "changes": changes}

    guarded(module, work)


if __name__ == "__main__":
    main()

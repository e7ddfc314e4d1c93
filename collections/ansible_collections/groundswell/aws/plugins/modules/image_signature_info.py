#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See whether images are those that were published and signed."""

DOCUMENTATION = r"""
module: image_signature_info
short_description: See whether images are those that were published and signed
version_added: 0.1.0
description:
  - Reads the papers of images, and compares them with what M(groundswell.aws.image_signature) has signed. KMS verifies the signature, with the
    key of the account that an image belongs to. Reads only.
options:
  project:
    description: What images are called, and so bucket and key.
    type: str
    required: true
  home:
    description: Region that images are made in. An image whose tags the caller can see says so itself.
    type: str
    required: true
  image_ids:
    description: Ids of the images.
    type: list
    elements: str
    required: true
  required:
    description: Whether to fail for an image that is not what was signed.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: See whether it is the image that was tested
  groundswell.aws.image_signature_info:
    project: acme
    home: eu-west-1
    image_ids: [ami-0123456789abcdef0]
  register: image
"""

RETURN = r"""
manifests:
  description: The manifest of each image by its id. Empty where something is wrong.
  returned: success
  type: dict
problems:
  description: What is wrong with any of them.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.image_papers import Papers
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def look(session: Session, options: Item) -> Item:
    """The whole answer."""
    papers = Papers(session, options["project"], options["home"])
    images = session.client("ec2").describe_images(ImageIds=options["image_ids"])["Images"] if options["image_ids"] else []
    judged = dict(zip((image["ImageId"] for image in images), session.each(papers.judge, images), strict=True))
    problems = [f"{image}: {words}" for image, (_, wrong) in judged.items() for words in wrong]
    return {"changed": False, "manifests": {image: manifest for image, (manifest, _) in judged.items()}, "problems": problems}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)

    def work() -> Item:
        answer = look(Session(module), module.params)
        if answer["problems"] and module.params["required"]:
            module.fail_json(msg="not what was published: " + "; ".join(answer["problems"]), **answer)
        return answer

    guarded(module, work)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring objects back to what they were at a time."""

DOCUMENTATION = r"""
module: s3_objects_restored
short_description: Bring objects back to what they were at a time
version_added: 0.1.0
description:
  - Looks through the versions of a bucket. What was there at O(at) and is gone or different now, becomes again what it was, as a new version on
    top. Nothing is removed, also no delete marker, because its removal would not be replicated (UG s3/delete-marker-replication).
  - What has come into being since then stays.
  - What lies in an archive class is retrieved first, which takes hours. The module asks for that and does not wait; run again later, it goes on.
  - Run again, it finds nothing left to do, because contents are compared.
options:
  bucket:
    description:
      - Name of the bucket. It must keep versions.
    type: str
    required: true
  prefix:
    description:
      - Only objects whose keys begin so.
    type: str
    default: ""
  at:
    description:
      - The time, in the format of ISO 8601 with its zone. S3 keeps times in whole seconds.
    type: str
    required: true
  most:
    description:
      - Refuse to begin where more objects than these would be restored.
    type: int
    default: 10000
  retrieval_tier:
    description:
      - How fast, and at what price, archived objects are retrieved. C(Expedited) is not for the class C(DEEP_ARCHIVE).
    type: str
    choices: [Expedited, Standard, Bulk]
    default: Standard
  retrieval_days:
    description:
      - Days that S3 keeps the readable copy of an archived object beside it.
    type: int
    default: 3
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Undo what a faulty release did to the pictures
  groundswell.aws.s3_objects_restored:
    region: eu-west-1
    bucket: acme-prod-eu-west-1-uploads
    prefix: media/
    at: "2026-05-04T03:02:00Z"
"""

RETURN = r"""
restored:
  description: How many objects were, or in check mode would be, brought back now.
  returned: always
  type: int
bytes:
  description: Their size.
  returned: always
  type: int
retrieving:
  description: How many have to be retrieved from an archive first.
  returned: always
  type: int
hours:
  description: How long that takes at most, from when it was asked for.
  returned: always
  type: float
unchanged:
  description: How many objects are what they were.
  returned: always
  type: int
later:
  description: How many have come into being since.
  returned: always
  type: int
first_keys:
  description: The first keys of what is, or would be, restored.
  returned: always
  type: list
  elements: str
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.object_versions import restore
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: restore(Session(module), module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep origin access controls as declared"""

DOCUMENTATION = r"""
module: cloudfront_origin_access_controls
short_description: Keep origin access controls as declared
version_added: 0.1.0
description:
  - An origin access control signs CloudFront's requests to a bucket, so that the bucket can stay closed to everybody else.
  - CloudFront keeps no tags for these, so the description holds the ownership in the words of the tags.
options:
  items:
    description:
      - The origin access controls to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account.
        type: str
        required: true

      origin_type:
        description: What kind of origin it signs for. C(s3) if not given.
        type: str
        choices: [s3, mediastore, mediapackagev2, lambda]
      signing:
        description: Whether requests are signed. C(always) if not given.
        type: str
        choices: [always, never, no-override]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - groundswell.aws.ownership
  - groundswell.aws.resource_set
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Let CloudFront alone read the bucket
  groundswell.aws.cloudfront_origin_access_controls:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - {name: acme-prod-buckets}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the control.
      type: str
      returned: always
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
undeclared:
  description: Resources that carry our tags and are not declared, as C(module/name).
  returned: always
  type: list
  elements: str
waiting:
  description: Declared resources that are not ready yet, as C(module/name). Empty with O(wait=true).
  returned: always
  type: list
  elements: str
"""

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import OriginAccessControls
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(OriginAccessControls, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep trails of CloudTrail as declared"""

DOCUMENTATION = r"""
module: cloudtrail_trails
short_description: Keep trails of CloudTrail as declared
version_added: 0.1.0
description:
  - A trail writes down who has called which API, in one region or in all. It is kept in its home region, which is the module's.
  - What it has written stays in its bucket when it is removed.
options:
  items:
    description:
      - The trails to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 3 to 128 letters, digits, periods, underscores and hyphens.
        type: str
        required: true
      bucket:
        description: Bucket that it writes to. Its policy must admit C(cloudtrail.amazonaws.com), which CloudTrail tries out.
        type: str
        required: true
      prefix:
        description: What the keys of its objects begin with.
        type: str
      multi_region:
        description: Whether it covers all regions.
        type: bool
      global_events:
        description: Whether it covers what has no region, such as IAM.
        type: bool
      validation:
        description: Whether digests show that nobody has changed the files.
        type: bool
      kms_key_arn:
        description: ARN of the key that encrypts the files. Its policy must admit CloudTrail, and its region be the bucket's.
        type: str
      log_group_arn:
        description: ARN of the log group that gets the events too, where filters count them.
        type: str
      log_role_arn:
        description: ARN of the role that writes there. Goes with O(items[].log_group_arn).
        type: str
      data_events:
        description: ARNs such as C(arn:aws:s3:::bucket/), about whose objects each request is written down too. Paid for by event. Empty for none.
        type: list
        elements: str
      logging:
        description: Whether it writes.
        type: bool
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
- name: Keep the account's trail
  groundswell.aws.cloudtrail_trails:
    tags: "{{ resource_tags }}"
    layer: account_baseline
    items:
      - {name: acme-prod, bucket: acme-prod-audit, multi_region: true, validation: true, logging: true}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the trail.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudtrail import Trails
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Trails, DOCUMENTATION)

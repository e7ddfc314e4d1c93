#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep deliveries of AWS's own logs as declared"""

DOCUMENTATION = r"""
module: logs_deliveries
short_description: Keep deliveries of AWS's own logs as declared
version_added: 0.1.0
description:
  - Hands over what services such as CloudFront log, to a bucket, a log group or a stream.
  - One delivery is three things to AWS (a source, a destination and what ties them); they are kept under one name.
  - What AWS cannot change of a delivery makes it anew, without a consent, because it holds nothing. What is logged in between is not delivered.
options:
  items:
    description:
      - The deliveries to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the source and of the destination, unique in the region.
        type: str
        required: true

      resource_arn:
        description: ARN of what logs.
        type: str
        required: true
      log_type:
        description: What it logs, such as C(ACCESS_LOGS).
        type: str
        required: true
      destination_arn:
        description: ARN of the bucket, with a prefix behind a slash where wanted, the log group or the stream. Cannot change.
        type: str
        required: true
      output_format:
        description: Format of entries. C(json) if not given. Cannot change.
        type: str
        choices: [json, plain, w3c, raw, parquet]
      fields:
        description: What is written of each request. All that AWS writes by itself if not given.
        type: list
        elements: str
      path:
        description: How names of objects in a bucket are made, such as C({DistributionId}/{yyyy}/{MM}/{dd}).
        type: str
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
- name: Keep the edge's access logs
  groundswell.aws.logs_deliveries:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - name: acme-prod-site
        resource_arn: arn:aws:cloudfront::123456789012:distribution/E0ABC
        log_type: ACCESS_LOGS
        destination_arn: arn:aws:s3:::acme-prod-logs/cloudfront
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the source.
      type: str
      returned: always
    delivery_id:
      description: Id of the delivery.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.logs import Deliveries
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Deliveries, DOCUMENTATION)

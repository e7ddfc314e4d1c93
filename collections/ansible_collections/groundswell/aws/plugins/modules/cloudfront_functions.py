#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep CloudFront functions as declared"""

DOCUMENTATION = r"""
module: cloudfront_functions
short_description: Keep CloudFront functions as declared
version_added: 0.1.0
description:
  - A function runs at the edge for every request of a visitor. Changed code is published at once.
options:
  items:
    description:
      - The functions to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account.
        type: str
        required: true

      code:
        description: JavaScript, at most 10 KB.
        type: str
        required: true
      runtime:
        description: Which JavaScript. C(cloudfront-js-2.0) if not given.
        type: str
        choices: [cloudfront-js-1.0, cloudfront-js-2.0]
      description:
        description: What the function does.
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
- name: Tell the origin which name the visitor used
  groundswell.aws.cloudfront_functions:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - {name: acme-prod-request, code: "{{ lookup('file', 'request.js') }}"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the function.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import Functions
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Functions, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what Shield Advanced protects"""

DOCUMENTATION = r"""
module: shield_protections
short_description: Keep what Shield Advanced protects
version_added: 0.1.0
description:
  - Keeps protections of distributions, load balancers and hosted zones. The account must have subscribed to Shield Advanced, which this module does not do.
options:
  items:
    description:
      - The protections to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the protection.
        type: str
        required: true
      resource_arn:
        description: ARN of what is protected. Cannot change.
        type: str
        required: true
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
- name: Protect the distribution
  groundswell.aws.shield_protections:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - {name: acme-prod-site, resource_arn: "arn:aws:cloudfront::123456789012:distribution/E2QWRUHAPOMQZL"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the protection.
      type: str
      returned: always
    arn:
      description: Its ARN.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.shield import Protections
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Protections, DOCUMENTATION)

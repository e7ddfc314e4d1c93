#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep public hosted zones of Route 53 as declared"""

DOCUMENTATION = r"""
module: route53_zones
short_description: Keep public hosted zones of Route 53 as declared
version_added: 0.1.0
description:
  - Keeps zones, not what is in them, which is M(groundswell.aws.route53_records).
  - A zone counts as holding data, for others keep records in it too. It is removed only by name, and never while it holds
    records other than its own two.
  - A zone that was deleted and made again has other name servers, so the parent domain must then be told.
options:
  items:
    description:
      - The hosted zones to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Domain, without a final dot.
        type: str
        required: true
      comment:
        description: Comment.
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
- name: Keep the zone
  groundswell.aws.route53_zones:
    tags: "{{ resource_tags }}"
    layer: domain
    items:
      - name: acme.example
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the zone.
      type: str
      returned: always
    name_servers:
      description: Name servers that the parent domain must delegate to.
      type: list
      elements: str
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.route53 import Zones
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Zones, DOCUMENTATION)

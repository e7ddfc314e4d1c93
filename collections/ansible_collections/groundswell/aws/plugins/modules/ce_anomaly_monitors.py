#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep cost anomaly monitors as declared"""

DOCUMENTATION = r"""
module: ce_anomaly_monitors
short_description: Keep cost anomaly monitors as declared
version_added: 0.1.0
description:
  - A monitor learns what an account usually costs.
  - An account has room for one monitor over all services. Where another one is there already it stands in for ours -
    its ARN is returned, and it is left as it is.
options:
  items:
    description:
      - The monitors to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name.
        type: str
        required: true

      dimension:
        description: What is watched one by one. C(service) if O(items[].tag_key) is not given.
        type: str
        choices: [service]
      tag_key:
        description: Watch what carries this cost allocation tag instead. Cannot change.
        type: str
      tag_values:
        description: Values of the tag. Cannot change.
        type: list
        elements: str
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
- name: Watch what every service costs
  groundswell.aws.ce_anomaly_monitors:
    tags: "{{ resource_tags }}"
    layer: budgets
    items:
      - {name: acme-prod-services}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the monitor.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cost_explorer import AnomalyMonitors
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(AnomalyMonitors, DOCUMENTATION)

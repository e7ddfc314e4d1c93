#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep CloudWatch dashboards as declared"""

DOCUMENTATION = r"""
module: cloudwatch_dashboards
short_description: Keep CloudWatch dashboards as declared
version_added: 0.1.0
description:
  - A body that CloudWatch does not fully understand fails the task, with what CloudWatch says about it.
options:
  items:
    description:
      - The dashboards to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, letters, digits, - and _.
        type: str
        required: true

      body:
        description: Body of the dashboard, as AWS documents it.
        type: dict
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
- name: Keep the dashboard
  groundswell.aws.cloudwatch_dashboards:
    tags: "{{ resource_tags }}"
    layer: observability
    items:
      - name: acme-prod
        body:
          widgets:
            - {type: text, x: 0, y: 0, width: 24, height: 2, properties: {markdown: "# acme"}}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the dashboard.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudwatch import Dashboards
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Dashboards, DOCUMENTATION)

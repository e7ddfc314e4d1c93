#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep rules of EventBridge as declared"""

DOCUMENTATION = r"""
module: events_rules
short_description: Keep rules of EventBridge as declared
version_added: 0.1.0
description:
  - A rule of the default bus hands events that match a pattern to its targets.
options:
  items:
    description:
      - The rules to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      description:
        description: What it is for.
        type: str
      pattern:
        description: Which events it is about.
        type: json
        required: true
      enabled:
        description: Whether it works.
        type: bool
      targets:
        description: Who is told, at most five.
        type: list
        elements: dict
        suboptions:
          arn:
            description: ARN of the target. Its own policy must admit C(events.amazonaws.com).
            type: str
            required: true
          fields:
            description: Parts of the event by the names that O(items[].targets[].text) has for them, such as C($.detail.title).
            type: dict
          text:
            description: What the target is told in place of the event, with C(<name>) for each part.
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
- name: Call people about findings
  groundswell.aws.events_rules:
    tags: "{{ resource_tags }}"
    layer: region_baseline
    items:
      - name: acme-prod-findings
        pattern: {source: [aws.guardduty], detail: {severity: [{numeric: [">=", 7]}]}}
        targets:
          - {arn: "arn:aws:sns:eu-west-1:123456789012:acme-prod-alarms", fields: {title: $.detail.title}, text: "GuardDuty: <title>"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the rule.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.events import Rules
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Rules, DOCUMENTATION)

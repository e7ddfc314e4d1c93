#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep metric filters of log groups as declared"""

DOCUMENTATION = r"""
module: logs_metric_filters
short_description: Keep metric filters of log groups as declared
version_added: 0.1.0
description:
  - A metric filter counts lines of a log group that match a pattern.
  - Filters have no tags. Those of log groups below C(/<Project>/<Environment>/) that carry our tags are ours, if their names begin with project and
    environment.
options:
  items:
    description:
      - The filters to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name.
        type: str
        required: true
      log_group:
        description: The log group.
        type: str
        required: true
      pattern:
        description: Which lines count.
        type: str
        required: true
      namespace:
        description: Namespace of the metric.
        type: str
        required: true
      metric:
        description: Name of the metric. It has data while lines match, and none otherwise.
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
- name: Count what the root user does
  groundswell.aws.logs_metric_filters:
    tags: "{{ resource_tags }}"
    layer: account_baseline
    items:
      - name: acme-prod-root-use
        log_group: /acme/prod/trail
        pattern: '{ $.userIdentity.type = "Root" }'
        namespace: Acme/Account
        metric: root-use
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Name of the filter.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.logs import MetricFilters
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(MetricFilters, DOCUMENTATION)

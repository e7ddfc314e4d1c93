#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep stages of HTTP APIs as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_stages
short_description: Keep stages of HTTP APIs as declared
version_added: 0.1.0
description:
  - Keeps stages of our HTTP APIs. What changes in an API is deployed to them at once.
options:
  items:
    description:
      - The stages to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the API, a slash, and the name of the stage. V($default) adds nothing to addresses.
        type: str
        required: true
      rate_limit:
        description: Requests a second that a route takes in the long run.
        type: float
      burst_limit:
        description: Requests that a route takes at once.
        type: int
      detailed_metrics:
        description: Whether there are metrics of each route, which are paid for.
        type: bool
      route_limits:
        description: Routes that take more or less. What is not named takes as much as the others.
        type: list
        elements: dict
        suboptions:
          route:
            description: Key of a route that exists.
            type: str
            required: true
          rate:
            description: As O(items[].rate_limit).
            type: float
            required: true
          burst:
            description: As O(items[].burst_limit).
            type: int
            required: true
      access_log_arn:
        description: ARN of a log group that gets a line for each request. Empty for none.
        type: str
      access_log_format:
        description: That line, with variables of API Gateway, among them C($context.requestId). 3072 characters at most.
        type: str
      variables:
        description: Variables of the stage, which functions get with each request. These are all there are. Never a secret.
        type: dict
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
- name: Keep where the API is reached
  groundswell.aws.apigatewayv2_stages:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-app/$default
        rate_limit: 100
        burst_limit: 200
        route_limits: [{route: POST /events, rate: 20, burst: 40}]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id that AWS gives it.
      type: str
      returned: always
    api_id:
      description: Id of its API.
      type: str
      returned: always
    deployment:
      description: What came of the last deployment, in the words of AWS.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import Stages
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Stages, DOCUMENTATION)

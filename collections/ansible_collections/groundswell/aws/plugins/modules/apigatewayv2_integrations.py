#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep integrations of HTTP APIs as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_integrations
short_description: Keep integrations of HTTP APIs as declared
version_added: 0.1.0
description:
  - Keeps integrations of our HTTP APIs with functions of Lambda, which get requests as events of format 2.0.
  - AWS gives an integration no name, so its description is that. That the API may invoke the function says
    M(groundswell.aws.lambda_permissions).
options:
  items:
    description:
      - The integrations to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the API, a slash, and the name of the integration.
        type: str
        required: true
      function_arn:
        description: ARN of the function, with its alias.
        type: str
        required: true
      timeout_seconds:
        description: How long callers wait for it, from 0.05 to 30 seconds.
        type: float
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
- name: Keep what answers
  groundswell.aws.apigatewayv2_integrations:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-app/api
        function_arn: arn:aws:lambda:eu-west-1:123456789012:function:acme-prod-api:live
        timeout_seconds: 10
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import Integrations
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Integrations, DOCUMENTATION)

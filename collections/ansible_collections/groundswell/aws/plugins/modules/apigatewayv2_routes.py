#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep routes of HTTP APIs as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_routes
short_description: Keep routes of HTTP APIs as declared
version_added: 0.1.0
description:
  - Keeps routes of our HTTP APIs. A route of an API that is declared here and has that route no more is removed without asking,
    because a route is a door, and holds nothing.
options:
  items:
    description:
      - The routes to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the API, a slash, and the key of the route, as C(acme-prod-app/GET /items/{id}) or C(acme-prod-app/$default).
        type: str
        required: true
      integration:
        description: Name of the integration that answers.
        type: str
        required: true
      authorizer:
        description: Name of the authorizer that asks for a token. Empty for none.
        type: str
      scopes:
        description: Scopes of which the token has one.
        type: list
        elements: str
      operation:
        description: Name of the operation.
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
- name: Keep the routes
  groundswell.aws.apigatewayv2_routes:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-app/GET /items/{id}
        integration: api
        authorizer: users
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import Routes
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Routes, DOCUMENTATION)

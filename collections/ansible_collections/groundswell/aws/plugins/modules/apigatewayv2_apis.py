#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep HTTP APIs of API Gateway as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_apis
short_description: Keep HTTP APIs of API Gateway as declared
version_added: 0.1.0
description:
  - Keeps HTTP APIs. What they consist of is kept by M(groundswell.aws.apigatewayv2_authorizers),
    M(groundswell.aws.apigatewayv2_integrations), M(groundswell.aws.apigatewayv2_routes) and M(groundswell.aws.apigatewayv2_stages).
  - Names are not unique on AWS. Here one that carries our tags is known by its name.
options:
  items:
    description:
      - The APIs to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the API, without a slash.
        type: str
        required: true
      description:
        description: What it is for.
        type: str
      default_endpoint:
        description: Whether it answers at the address that AWS gives it. Without, only a domain of your own leads there.
        type: bool
      ip_address_type:
        description: Who can reach that address.
        type: str
        choices: [ipv4, dualstack]
      cors:
        description: What browsers are told of who may read answers. An empty one for nothing.
        type: dict
        suboptions:
          allow_origins:
            description: Origins of pages that may.
            type: list
            elements: str
          allow_methods:
            description: Methods that they may use.
            type: list
            elements: str
          allow_headers:
            description: Headers that they may send.
            type: list
            elements: str
          expose_headers:
            description: Headers of an answer that they may read.
            type: list
            elements: str
          max_age_seconds:
            description: For how long a browser keeps this.
            type: int
          allow_credentials:
            description: Whether cookies go along.
            type: bool
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
- name: Keep the API
  groundswell.aws.apigatewayv2_apis:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-app
        cors: {allow_origins: [https://app.acme.example], allow_methods: [GET], allow_headers: [authorization]}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the API.
      type: str
      returned: always
    arn:
      description: ARN of the API.
      type: str
      returned: always
    host:
      description: Host name that AWS gives it.
      type: str
      returned: always
    endpoint:
      description: Its address.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import Apis
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Apis, DOCUMENTATION)

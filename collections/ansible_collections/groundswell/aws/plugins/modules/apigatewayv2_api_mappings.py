#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what domains of HTTP APIs lead to as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_api_mappings
short_description: Keep what domains of HTTP APIs lead to as declared
version_added: 0.1.0
description:
  - Keeps which path of a domain of ours leads to which stage of an HTTP API of ours.
options:
  items:
    description:
      - The mappings to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The domain, a slash, and the path, as C(api.acme.example/v1). Nothing behind the slash for all that is left.
        type: str
        required: true
      api:
        description: Name of the API.
        type: str
        required: true
      stage:
        description: Name of its stage.
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
- name: Keep what the domain leads to
  groundswell.aws.apigatewayv2_api_mappings:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - {name: api.acme.example/, api: acme-prod-app, stage: $default}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the mapping.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import ApiMappings
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ApiMappings, DOCUMENTATION)

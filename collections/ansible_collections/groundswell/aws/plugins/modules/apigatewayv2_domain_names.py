#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep domains of HTTP APIs as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_domain_names
short_description: Keep domains of HTTP APIs as declared
version_added: 0.1.0
description:
  - Keeps domains of your own for HTTP APIs, with TLS 1.2. What they lead to is kept by M(groundswell.aws.apigatewayv2_api_mappings).
options:
  items:
    description:
      - The domains to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The domain.
        type: str
        required: true
      certificate_arn:
        description: ARN of a certificate of the same region that is issued and names the domain.
        type: str
        required: true
      ip_address_type:
        description: Who can reach it.
        type: str
        choices: [ipv4, dualstack]
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
- name: Keep the domain
  groundswell.aws.apigatewayv2_domain_names:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: api.acme.example
        certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the domain.
      type: str
      returned: always
    target:
      description: Host name that a record of the domain is an alias of.
      type: str
      returned: always
    zone_id:
      description: Hosted zone of that host name.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import DomainNames
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(DomainNames, DOCUMENTATION)

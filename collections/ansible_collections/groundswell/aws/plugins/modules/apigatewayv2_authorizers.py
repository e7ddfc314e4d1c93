#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep authorizers of HTTP APIs as declared"""

DOCUMENTATION = r"""
module: apigatewayv2_authorizers
short_description: Keep authorizers of HTTP APIs as declared
version_added: 0.1.0
description:
  - Keeps authorizers of tokens (JWT) of our HTTP APIs. A route names one to ask for a token that is signed by the issuer, for one of
    the audiences, and good now.
options:
  items:
    description:
      - The authorizers to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the API, a slash, and the name of the authorizer.
        type: str
        required: true
      issuer:
        description: Who signs the tokens, as an address under which its discovery document is.
        type: str
        required: true
      audiences:
        description: Whom tokens are for, such as ids of app clients. C(aud) of a token is looked at, and C(client_id) where there is none.
        type: list
        elements: str
        required: true
      identity_sources:
        description: Where in a request the token is.
        type: list
        elements: str
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
- name: Keep who may call
  groundswell.aws.apigatewayv2_authorizers:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-app/users
        issuer: https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123
        audiences: [1example23456789]
        identity_sources: [$request.header.Authorization]
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.apigatewayv2 import Authorizers
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Authorizers, DOCUMENTATION)

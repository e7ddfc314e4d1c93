#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep who else in AWS may invoke functions as declared"""

DOCUMENTATION = r"""
module: lambda_permissions
short_description: Keep who else in AWS may invoke functions as declared
version_added: 0.1.0
description:
  - Keeps statements of the policies of functions that are ours, in whatever layer, by their aliases. An alias has a policy of its
    own, which stays when it is led to another version.
  - A statement is known for ours by its id, which is the name of the layer, or begins with that and a hyphen. What changes is made
    anew.
options:
  items:
    description:
      - The statements to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the function, a colon, the alias, a slash, and the id of the statement.
        type: str
        required: true
      principal:
        description: Who may, such as V(apigateway.amazonaws.com).
        type: str
        required: true
      action:
        description: What.
        type: str
        default: lambda:InvokeFunction
      source_arn:
        description: For what of its own, as an ARN that may have wildcards.
        type: str
      source_account:
        description: Of which account that is, where the ARN does not say it.
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
- name: Let the API in
  groundswell.aws.lambda_permissions:
    tags: "{{ resource_tags }}"
    layer: api
    items:
      - name: acme-prod-api:live/api
        principal: apigateway.amazonaws.com
        source_arn: arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/*
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_permissions import Permissions
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Permissions, DOCUMENTATION)

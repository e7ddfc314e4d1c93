#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See to it that identity providers exist"""

DOCUMENTATION = r"""
module: iam_oidc_providers
short_description: See to it that the account believes issuers of OpenID Connect tokens
version_added: 0.1.0
description:
  - Makes OpenID Connect providers where the account does not have them yet, and adds audiences to those that it has.
  - An account has one for each issuer, whoever trusts it, so they are not ours alone. They carry no tags of ours, and are never removed,
    not even by C(resources_absent). A provider lets nobody in, the trust policies of roles do.
options:
  items:
    description:
      - The providers to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The issuer's URL without C(https://), such as C(token.actions.githubusercontent.com).
        type: str
        required: true
      audiences:
        description: Who tokens may be for. Those that others have added stay.
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
- name: Believe GitHub's tokens
  groundswell.aws.iam_oidc_providers:
    tags: "{{ resource_tags }}"
    layer: ci_access
    items:
      - name: token.actions.githubusercontent.com
        audiences: [sts.amazonaws.com]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the provider.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import OpenIdConnectProviders
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(OpenIdConnectProviders, DOCUMENTATION)

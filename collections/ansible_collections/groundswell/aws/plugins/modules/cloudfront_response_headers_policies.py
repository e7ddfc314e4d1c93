#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep response headers policies as declared"""

DOCUMENTATION = r"""
module: cloudfront_response_headers_policies
short_description: Keep response headers policies as declared
version_added: 0.1.0
description:
  - A response headers policy adds headers that make browsers careful, and takes out such as tell too much.
  - CloudFront keeps no tags for these, so the description holds the ownership in the words of the tags.
options:
  items:
    description:
      - The response headers policies to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account.
        type: str
        required: true

      hsts_seconds:
        description: Seconds that browsers shall come by HTTPS alone. 0 sends no such header.
        type: int
      hsts_subdomains:
        description: Whether that holds for all names below the domain.
        type: bool
      content_security_policy:
        description: Content security policy, where the origin sends none. Empty sends none.
        type: str
      nosniff:
        description: Whether browsers are told not to guess types.
        type: bool
      frame:
        description: Who may show the pages in a frame, where the origin does not say.
        type: str
        choices: ["", deny, sameorigin]
      referrer:
        description: What browsers tell other sites about where they come from, where the origin does not say. Empty says nothing.
        type: str
      custom:
        description: Further headers, where the origin sends none of the name. Others are removed.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the header.
            type: str
            required: true
          value:
            description: Its value.
            type: str
            required: true
      remove:
        description: Headers of the origin that visitors do not see.
        type: list
        elements: str
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
- name: Make browsers careful
  groundswell.aws.cloudfront_response_headers_policies:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - name: acme-prod-security
        hsts_seconds: 31536000
        nosniff: true
        frame: sameorigin
        referrer: strict-origin-when-cross-origin
        remove: [X-Powered-By]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the policy.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import ResponseHeadersPolicies
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ResponseHeadersPolicies, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep origin request policies as declared"""

DOCUMENTATION = r"""
module: cloudfront_origin_request_policies
short_description: Keep origin request policies as declared
version_added: 0.1.0
description:
  - An origin request policy says what reaches the origin beyond what makes two requests the same.
  - CloudFront keeps no tags for these, so the description holds the ownership in the words of the tags.
options:
  items:
    description:
      - The origin request policies to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account.
        type: str
        required: true

      headers_behavior:
        description: Which headers count. C(none) if not given.
        type: str
        choices: [none, whitelist, allViewer, allViewerAndWhitelistCloudFront, allExcept]
      headers:
        description: Headers that O(items[].headers_behavior) speaks of.
        type: list
        elements: str
      cookies_behavior:
        description: Which cookies count. C(none) if not given.
        type: str
        choices: [none, whitelist, allExcept, all]
      cookies:
        description: Cookies that O(items[].cookies_behavior) speaks of.
        type: list
        elements: str
      query_strings_behavior:
        description: Which query strings count. C(none) if not given.
        type: str
        choices: [none, whitelist, allExcept, all]
      query_strings:
        description: Query strings that O(items[].query_strings_behavior) speaks of.
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
- name: Hand everything but the host on
  groundswell.aws.cloudfront_origin_request_policies:
    tags: "{{ resource_tags }}"
    layer: edge
    items:
      - name: acme-prod-dynamic
        headers_behavior: allExcept
        headers: [Host]
        cookies_behavior: all
        query_strings_behavior: all
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import OriginRequestPolicies
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(OriginRequestPolicies, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep CloudFront distributions as declared"""

DOCUMENTATION = r"""
module: cloudfront_distributions
short_description: Keep CloudFront distributions as declared
version_added: 0.1.0
description:
  - Settings that no option names stay as they are.
  - Takes minutes until a change is everywhere. Removal disables the distribution, waits for that, and deletes it.
  - The comment of a distribution is its name.
  - Values of secret headers are read from Secrets Manager and go to CloudFront only. What this module returns names the secret.
options:
  items:
    description:
      - The distributions to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the comment and the tag C(Name).
        type: str
        required: true

      enabled:
        description: Whether it answers visitors.
        type: bool
      aliases:
        description: Domain names that visitors use.
        type: list
        elements: str
      certificate_arn:
        description: ARN of a certificate in us-east-1 that covers all O(items[].aliases).
        type: str
      minimum_protocol:
        description: Least TLS of visitors, such as C(TLSv1.2_2021).
        type: str
      http_version:
        description: Newest HTTP offered.
        type: str
        choices: [http1.1, http2, http3, http2and3]
      ipv6:
        description: Whether it answers over IPv6.
        type: bool
      price_class:
        description: From which edge locations it answers.
        type: str
        choices: [PriceClass_100, PriceClass_200, PriceClass_All]
      default_root_object:
        description: What C(/) stands for, without a leading slash.
        type: str
      web_acl_arn:
        description: ARN of a web ACL of scope CLOUDFRONT. Empty for none.
        type: str
      origins:
        description: Where answers come from.
        type: list
        elements: dict
        suboptions:
          id:
            description: What behaviors call it.
            type: str
            required: true
          domain_name:
            description: Where it is. Reached over HTTPS with TLS 1.2.
            type: str
            required: true
          path:
            description: What is put before every path.
            type: str
          origin_access_control_id:
            description: Id of the control that signs requests to a bucket. With it the origin is a bucket.
            type: str
          read_timeout:
            description: Seconds that an origin which is no bucket may take to answer.
            type: int
          secret_headers:
            description: Headers by which the origin knows CloudFront.
            type: list
            elements: dict
            suboptions:
              name:
                description: Name of the header.
                type: str
                required: true
              secret_arn:
                description: ARN of the secret that holds the value, in any region.
                type: str
                required: true
      origin_groups:
        description:
          - Pairs of origins. What the first does not answer, or answers with one of these statuses, CloudFront asks of the second, if the request
            is one to read.
        type: list
        elements: dict
        suboptions:
          id:
            description: What behaviors call it.
            type: str
            required: true
          first:
            description: Id of the origin that is asked first.
            type: str
            required: true
          second:
            description: Id of the origin that is asked then.
            type: str
            required: true
          statuses:
            description: HTTP statuses of the first that make CloudFront ask the second.
            type: list
            elements: int
            choices: [403, 404, 416, 429, 500, 502, 503, 504]
            default: [500, 502, 503, 504]
      default_behavior:
        description: What happens to requests that no path of O(items[].behaviors) matches.
        type: dict
        suboptions:
          origin:
            description: Id of the origin, or of the origin group.
            type: str
            required: true
          viewer_protocol:
            description: What becomes of plain HTTP. C(redirect-to-https) if not given.
            type: str
            choices: [redirect-to-https, https-only, allow-all]
          methods:
            description: Which methods are let through. C(read) are GET and HEAD, C(read_options) OPTIONS as well.
            type: str
            choices: [read, read_options, all]
          compress:
            description: Whether CloudFront compresses.
            type: bool
          cache_policy_id:
            description: Id of the cache policy, ours or AWS's own.
            type: str
            required: true
          origin_request_policy_id:
            description: Id of the origin request policy. Empty for none.
            type: str
          response_headers_policy_id:
            description: Id of the response headers policy. Empty for none.
            type: str
          functions:
            description: Functions that look at requests or answers, at most one for each event.
            type: list
            elements: dict
            suboptions:
              event:
                description: When it runs.
                type: str
                required: true
                choices: [viewer-request, viewer-response]
              arn:
                description: ARN of the function.
                type: str
                required: true
      behaviors:
        description: What happens to requests by path. The first that matches decides.
        type: list
        elements: dict
        suboptions:
          path:
            description: Path, with C(*) and C(?), such as C(/assets/*).
            type: str
            required: true
          origin:
            description: Id of the origin, or of the origin group.
            type: str
            required: true
          viewer_protocol:
            description: What becomes of plain HTTP. C(redirect-to-https) if not given.
            type: str
            choices: [redirect-to-https, https-only, allow-all]
          methods:
            description: Which methods are let through. C(read) are GET and HEAD, C(read_options) OPTIONS as well.
            type: str
            choices: [read, read_options, all]
          compress:
            description: Whether CloudFront compresses.
            type: bool
          cache_policy_id:
            description: Id of the cache policy, ours or AWS's own.
            type: str
            required: true
          origin_request_policy_id:
            description: Id of the origin request policy. Empty for none.
            type: str
          response_headers_policy_id:
            description: Id of the response headers policy. Empty for none.
            type: str
          functions:
            description: Functions that look at requests or answers, at most one for each event.
            type: list
            elements: dict
            suboptions:
              event:
                description: When it runs.
                type: str
                required: true
                choices: [viewer-request, viewer-response]
              arn:
                description: ARN of the function.
                type: str
                required: true
      error_pages:
        description: What visitors see instead of errors of the origin.
        type: list
        elements: dict
        suboptions:
          code:
            description: Status of the origin's answer.
            type: int
            required: true
          path:
            description: Path of the page.
            type: str
            required: true
          response_code:
            description: Status that visitors get. The origin's if not given.
            type: int
          seconds:
            description: Seconds until the origin is asked again.
            type: int
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
- name: Keep the distribution, and go on while it spreads
  groundswell.aws.cloudfront_distributions:
    tags: "{{ resource_tags }}"
    layer: edge
    wait: false
    items:
      - name: acme-prod-site
        aliases: [acme.example, www.acme.example]
        certificate_arn: arn:aws:acm:us-east-1:123456789012:certificate/0abc
        origins:
          - id: site
            domain_name: origin.acme.example
            secret_headers:
              - {name: X-Origin-Verify, secret_arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-prod-origin-0abc"}
        default_behavior: {origin: site, methods: all, cache_policy_id: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the distribution.
      type: str
      returned: always
    arn:
      description: ARN of the distribution.
      type: str
      returned: always
    domain_name:
      description: CloudFront's own name for it, which aliases point at.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cloudfront import Distributions
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Distributions, DOCUMENTATION)

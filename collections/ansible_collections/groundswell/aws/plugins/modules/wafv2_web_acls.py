#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep web ACLs of AWS WAF as declared"""

DOCUMENTATION = r"""
module: wafv2_web_acls
short_description: Keep web ACLs of AWS WAF as declared
version_added: 0.1.0
description:
  - Keeps a web ACL with all of its rules, its log and, in the scope C(REGIONAL), the load balancers it protects.
  - Settings of a web ACL that have no option here are left as they are.
options:
  items:
    description:
      - The web ACLs to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its scope.
        type: str
        required: true
      scope:
        description: What it is for. C(CLOUDFRONT) exists in us-east-1 only. Cannot change.
        type: str
        choices: [REGIONAL, CLOUDFRONT]
        default: REGIONAL
      description:
        description: Description.
        type: str
      default_action:
        description: What becomes of requests that no rule decides about; C(allow) if not given.
        type: str
        choices: [allow, block]
      rules:
        description: Every rule. Others are removed. Each has one of C(managed_group), C(rate_limit), C(ip_set_arn) and C(countries).
        type: list
        elements: dict
        suboptions:
          name:
            description: Name, unique in the web ACL; also the name of its metric.
            type: str
            required: true
          priority:
            description: Priority, unique in the web ACL; the lowest comes first.
            type: int
            required: true
          action:
            description:
              - What becomes of a request that matches.
              - For a managed group, C(group) leaves it to the group's rules, which is the default, and C(count) only counts.
              - For others the default is C(block).
            type: str
            choices: [group, allow, block, count, captcha, challenge]
          managed_group:
            description: Rules that AWS or a vendor keeps.
            type: dict
            suboptions:
              vendor:
                description: Vendor; C(AWS) if not given.
                type: str
              name:
                description: Name of the group, such as C(AWSManagedRulesCommonRuleSet).
                type: str
                required: true
              version:
                description: Version; the default version, which moves, if not given.
                type: str
              counted_rules:
                description: Rules of the group that shall only count.
                type: list
                elements: str
          rate_limit:
            description: Matches addresses that ask too often.
            type: dict
            suboptions:
              limit:
                description: Requests of one address in a window, at least 10.
                type: int
                required: true
              window:
                description: Seconds of the window.
                type: int
                choices: [60, 120, 300, 600]
              forwarded_header:
                description: >-
                  Header that carries the client's address where something stands before the load balancer, such as C(X-Forwarded-For).
                type: str
              path:
                description: What the paths begin with that count, in small letters, such as C(/login). All count, if not given.
                type: str
          countries:
            description: Matches visitors by the country of their address.
            type: dict
            suboptions:
              codes:
                description: The countries, by two letters each (ISO 3166), 1 to 50.
                type: list
                elements: str
                required: true
              others:
                description: Whether it matches all other countries instead.
                type: bool
                default: false
          ip_set_arn:
            description: Matches the addresses of an IP set.
            type: str
      log_destination_arn:
        description: ARN of a log group, bucket or delivery stream whose name begins with C(aws-waf-logs-); empty to log nothing.
        type: str
      redacted_headers:
        description: Headers whose values do not go into the log.
        type: list
        elements: str
      resource_arns:
        description: Load balancers that it protects. Others are taken off.
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
- name: Keep the web ACL of the load balancer
  groundswell.aws.wafv2_web_acls:
    tags: "{{ resource_tags }}"
    layer: load_balancers
    items:
      - name: acme-prod-alb
        rules:
          - name: common
            priority: 10
            managed_group: {name: AWSManagedRulesCommonRuleSet}
          - name: rate
            priority: 20
            rate_limit: {limit: 2000}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN.
      type: str
      returned: always

    id:
      description: Id.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.wafv2 import WebAcls
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(WebAcls, DOCUMENTATION)

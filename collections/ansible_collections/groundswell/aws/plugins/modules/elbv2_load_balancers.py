#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep Application Load Balancers, their listeners and rules as declared"""

DOCUMENTATION = r"""
module: elbv2_load_balancers
short_description: Keep Application Load Balancers, their listeners and rules as declared
version_added: 0.1.0
description:
  - Keeps a load balancer with all of its listeners, and each listener with all of its rules. What is on it and not declared is
    taken off.
  - A listener is known by its port, a rule by its priority.
  - Removing one switches off its deletion protection first, since whoever consented to the removal named it.
options:
  items:
    description:
      - The load balancers to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the region, at most 32 letters, digits and hyphens.
        type: str
        required: true
      scheme:
        description: Whether it has public addresses. Cannot change.
        type: str
        choices: [internet-facing, internal]
        required: true
      ip_address_type:
        description: Address families it answers on.
        type: str
        choices: [ipv4, dualstack]
      subnet_ids:
        description: Subnets, one in each of at least two Availability Zones.
        type: list
        elements: str
        required: true
      security_group_ids:
        description: Security groups.
        type: list
        elements: str
        required: true
      deletion_protection:
        description: Whether AWS refuses to delete it.
        type: bool
      drop_invalid_headers:
        description: Whether headers whose names are not valid are dropped instead of passed on.
        type: bool
      http2:
        description: Whether HTTP/2 is offered to clients.
        type: bool
      preserve_host_header:
        description: Whether targets get the Host header as the client wrote it, with its port.
        type: bool
      desync_mitigation:
        description: How requests are dealt with that proxies and servers may understand differently.
        type: str
        choices: [monitor, defensive, strictest]
      idle_timeout:
        description: Seconds after which an idle connection is closed, 1 to 4000.
        type: int
      client_keep_alive:
        description: Seconds that a client's connection may last, 60 to 604800.
        type: int
      zonal_shift:
        description: Whether it can be told to turn away from an Availability Zone (M(groundswell.aws.arc_zonal_shifts)).
        type: bool
      access_logs:
        description: Where the log of requests goes. The bucket's policy must admit the load balancers of the region.
        type: dict
        suboptions:
          bucket:
            description: Name of a bucket in the same region, encrypted with keys of S3's own; empty to log nothing.
            type: str
            required: true
          prefix:
            description: Prefix of the keys.
            type: str
      connection_logs:
        description: Where the log of connections goes. The bucket's policy must admit the load balancers of the region.
        type: dict
        suboptions:
          bucket:
            description: Name of a bucket in the same region, encrypted with keys of S3's own; empty to log nothing.
            type: str
            required: true
          prefix:
            description: Prefix of the keys.
            type: str
      listeners:
        description: Every listener. Others are removed.
        type: list
        elements: dict
        suboptions:
          port:
            description: Port, which the listener is known by.
            type: int
            required: true
          protocol:
            description: Protocol.
            type: str
            choices: [HTTP, HTTPS]
            required: true
          ssl_policy:
            description: Name of the policy that says which protocols and ciphers are offered. For HTTPS.
            type: str
          certificate_arn:
            description: Certificate, from the region of the load balancer. Needed for HTTPS.
            type: str
          default_action:
            description: What becomes of requests that no rule takes. One of the suboptions.
            type: dict
            required: true
            suboptions:
              forward:
                description: ARN of the target group that gets the request.
                type: str
              fixed_response:
                description: Answer of the load balancer itself.
                type: dict
                suboptions:
                  status:
                    description: HTTP status, 2xx, 4xx or 5xx.
                    type: int
                    required: true
                  content_type:
                    description: Media type of the body; C(text/plain) if not given.
                    type: str
                  body:
                    description: Text, at most 1024 characters.
                    type: str
              redirect_to_https:
                description: Sends the client to the same address over HTTPS, for good (301).
                type: bool
          rules:
            description: Every rule. Others are removed.
            type: list
            elements: dict
            suboptions:
              priority:
                description: Priority, 1 to 50000; the lowest that matches is taken.
                type: int
                required: true
              conditions:
                description: What a request must match, all of them. Each has one of the suboptions.
                type: list
                elements: dict
                required: true
                suboptions:
                  http_header:
                    description: A header that carries a secret. The value is read in place and never returned.
                    type: dict
                    suboptions:
                      name:
                        description: Name of the header.
                        type: str
                        required: true
                      secret_arn:
                        description: Secret whose current value, or the one before it, the header must have.
                        type: str
                        required: true
                  host_header:
                    description: Names of the host, C(*) and C(?) allowed.
                    type: list
                    elements: str
                  path_pattern:
                    description: Paths, C(*) and C(?) allowed.
                    type: list
                    elements: str
                  source_ip:
                    description: Blocks of addresses.
                    type: list
                    elements: str
              action:
                description: What becomes of the request. One of the suboptions.
                type: dict
                required: true
                suboptions:
                  forward:
                    description: ARN of the target group that gets the request.
                    type: str
                  fixed_response:
                    description: Answer of the load balancer itself.
                    type: dict
                    suboptions:
                      status:
                        description: HTTP status, 2xx, 4xx or 5xx.
                        type: int
                        required: true
                      content_type:
                        description: Media type of the body; C(text/plain) if not given.
                        type: str
                      body:
                        description: Text, at most 1024 characters.
                        type: str
                  redirect_to_https:
                    description: Sends the client to the same address over HTTPS, for good (301).
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
- name: Keep the public load balancer
  groundswell.aws.elbv2_load_balancers:
    tags: "{{ resource_tags }}"
    layer: load_balancers
    wait: false
    items:
      - name: acme-prod-public
        scheme: internet-facing
        subnet_ids: [subnet-0a, subnet-0b]
        security_group_ids: [sg-0a]
        deletion_protection: true
        listeners:
          - {port: 80, protocol: HTTP, default_action: {redirect_to_https: true}}
          - port: 443
            protocol: HTTPS
            ssl_policy: ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09
            certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/0a
            default_action: {fixed_response: {status: 403}}
            rules:
              - priority: 10
                conditions:
                  - http_header: {name: X-Origin-Verify, secret_arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin"}
                action: {forward: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/acme-prod-web/0a"}
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

    arn_suffix:
      description: How CloudWatch names it, C(app/name/id).
      type: str
      returned: always
    dns_name:
      description: DNS name, for alias records.
      type: str
      returned: always
    zone_id:
      description: Hosted zone of that name, for alias records.
      type: str
      returned: always
    listener_arns:
      description: ARNs of the listeners by port.
      type: dict
      returned: always
    rule_arns:
      description: ARNs of the rules by port and priority, C(443/10).
      type: dict
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elbv2 import LoadBalancers
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(LoadBalancers, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep VPC endpoints as declared"""

DOCUMENTATION = r"""
module: ec2_vpc_endpoints
short_description: Keep VPC endpoints as declared
version_added: 0.1.0
description:
  - Keeps gateway and interface endpoints.
options:
  items:
    description:
      - The endpoints to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true

      vpc_id:
        description: Id of the VPC.
        type: str
        required: true

      service:
        description: Short name of the service, such as C(s3) or C(ecr.dkr). Cannot change.
        type: str
        required: true
      type:
        description: Kind of endpoint. Cannot change.
        type: str
        choices: [gateway, interface]
        required: true
      route_table_ids:
        description: Tables that a gateway endpoint adds its routes to.
        type: list
        elements: str
      subnet_ids:
        description: Subnets of an interface endpoint, one per Availability Zone.
        type: list
        elements: str
      security_group_ids:
        description: Groups of an interface endpoint. They must admit port 443 from its users.
        type: list
        elements: str
      private_dns:
        description: Whether the service's usual name resolves to the endpoint inside the VPC.
        type: bool
      policy:
        description: Endpoint policy document, as JSON.
        type: json
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
- name: Reach S3 without a NAT gateway
  groundswell.aws.ec2_vpc_endpoints:
    tags: "{{ resource_tags }}"
    layer: network
    items:
      - {name: acme-prod-s3, vpc_id: vpc-0abc, service: s3, type: gateway, route_table_ids: [rtb-0abc]}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the endpoint.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_network import VpcEndpoints
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(VpcEndpoints, DOCUMENTATION)

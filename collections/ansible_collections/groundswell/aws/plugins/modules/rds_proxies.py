#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep RDS proxies as declared"""

DOCUMENTATION = r"""
module: rds_proxies
short_description: Keep RDS proxies as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the RDS proxies that carry our tags, with the one target each leads to.
  - Ready means that every target answers. The target must be available.
options:
  items:
    description:
      - The proxies to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, in lower case.
        type: str
        required: true
      engine_family:
        description: Protocol. Cannot change.
        type: str
        choices: [mysql]
        default: mysql
      secret_arns:
        description: Secrets with C(username) and C(password) that the proxy opens connections with.
        type: list
        elements: str
        required: true
      role_arn:
        description: Role that may read them, trusted by C(rds.amazonaws.com).
        type: str
        required: true
      subnet_ids:
        description: Ids of its subnets, in two Availability Zones at least. Cannot change.
        type: list
        elements: str
        required: true
      security_group_ids:
        description: Ids of its security groups.
        type: list
        elements: str
        required: true
      require_tls:
        description: Whether clients must use TLS.
        type: bool
        default: true
      idle_client_timeout:
        description: Seconds after which a silent client is let go.
        type: int
      target_instance:
        description: Identifier of the instance behind it.
        type: str
      target_cluster:
        description: Identifier of the cluster behind it.
        type: str
      max_connections_percent:
        description: Share of the database's connections that the proxy may open.
        type: int
      connection_borrow_timeout:
        description: Seconds that a client waits for a connection when all are in use.
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
- name: Keep the proxy
  groundswell.aws.rds_proxies:
    tags: "{{ resource_tags }}"
    layer: database
    items:
      - name: acme-prod
        secret_arns: ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-prod"]
        role_arn: arn:aws:iam::123456789012:role/acme-prod-proxy
        subnet_ids: [subnet-0abc, subnet-0def]
        security_group_ids: [sg-0abc]
        target_instance: acme-prod
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Identifier of the proxy, the same as its name.
      type: str
      returned: always
    arn:
      description: ARN.
      type: str
      returned: always
    address:
      description: Host name.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsProxies
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RdsProxies, DOCUMENTATION)

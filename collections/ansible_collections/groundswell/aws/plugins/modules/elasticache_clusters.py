#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep Memcached clusters as declared"""

DOCUMENTATION = r"""
module: elasticache_clusters
short_description: Keep Memcached clusters as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the Memcached clusters that carry our tags.
options:
  items:
    description:
      - The clusters to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Id, in lower case, 50 characters at most.
        type: str
        required: true
      engine:
        description: Engine. Cannot change.
        type: str
        choices: [memcached]
        default: memcached
      engine_version:
        description: Version, such as C(1.6.22). Patches that AWS installs are left alone.
        type: str
      node_type:
        description: Node type. Cannot change.
        type: str
        required: true
      nodes:
        description: How many, 40 at most. More than one are spread over the Availability Zones.
        type: int
        required: true
      subnet_group:
        description: Subnet group. Cannot change.
        type: str
      security_group_ids:
        description: Ids of its security groups.
        type: list
        elements: str
      parameter_group:
        description: Parameter group.
        type: str
      port:
        description: Port. Cannot change.
        type: int
      transit_encryption:
        description: Whether clients must use TLS. Cannot change.
        type: bool
      maintenance_window:
        description: Weekly window, in UTC, such as C(sun:18:30-sun:19:30).
        type: str
      auto_minor_version_upgrade:
        description: Whether AWS installs minor versions in the maintenance window.
        type: bool
  apply_immediately:
    description: Whether changes that interrupt or slow the service happen now. Without, they wait for the maintenance window.
    type: bool
    default: false
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
- name: Submit the cache
  groundswell.aws.elasticache_clusters:
    tags: "{{ resource_tags }}"
    layer: cache
    wait: false
    items:
      - name: acme-prod
        engine_version: 1.6.22
        node_type: cache.t4g.small
        nodes: 2
        transit_encryption: true
        subnet_group: acme-prod
        security_group_ids: [sg-0abc]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Identifier of the cluster, the same as its name.
      type: str
      returned: always
    arn:
      description: ARN.
      type: str
      returned: always
    address:
      description: Host name that tells clients of the nodes.
      type: str
      returned: always
    node_ids:
      description: Ids of its nodes.
      type: list
      returned: always
      elements: str
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheClusters
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheClusters, DOCUMENTATION)

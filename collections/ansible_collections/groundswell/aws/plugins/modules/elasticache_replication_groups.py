#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep replication groups as declared"""

DOCUMENTATION = r"""
module: elasticache_replication_groups
short_description: Keep replication groups as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the Valkey replication groups of one shard that carry our tags.
options:
  items:
    description:
      - The replication groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Id, in lower case, 40 characters at most.
        type: str
        required: true
      description:
        description: What it is for; the name if not given.
        type: str
      engine:
        description: Engine.
        type: str
        choices: [valkey, redis]
        default: valkey
      engine_version:
        description: Version, such as C(8.2). Patches that AWS installs are left alone.
        type: str
      node_type:
        description: Node type.
        type: str
        required: true
      nodes:
        description: How many, the primary among them, 6 at most.
        type: int
        required: true
      automatic_failover:
        description: Whether a replica takes the primary's place. Needs two nodes.
        type: bool
      multi_az:
        description: Whether the nodes stand in different Availability Zones. Needs O(items[].automatic_failover).
        type: bool
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
        description: Whether clients must use TLS.
        type: bool
      at_rest_encryption:
        description: Whether what is stored is encrypted. Cannot change.
        type: bool
      kms_key_arn:
        description: Key that encrypts the storage. Cannot change.
        type: str
      auth_token_secret_arn:
        description:
          - A secret of ours, a text or a JSON document of one value.
          - The module reads it and hands it to ElastiCache as AUTH token.
          - Its value is never returned.
          - To rotate, change the secret and then the token by hand.
        type: str
      user_group_ids:
        description: User groups with their own authentication, such as IAM's. Excludes O(items[].auth_token_secret_arn).
        type: list
        elements: str
      snapshot_retention_days:
        description: Days that daily snapshots are kept; 0 for none.
        type: int
      snapshot_window:
        description: Daily window for snapshots, in UTC.
        type: str
      maintenance_window:
        description: Weekly window, in UTC, such as C(sun:18:30-sun:19:30).
        type: str
      auto_minor_version_upgrade:
        description: Whether AWS installs minor versions in the maintenance window.
        type: bool
      log_groups:
        description: CloudWatch log groups by type of log, C(slow-log) and C(engine-log).
        type: dict
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
  groundswell.aws.elasticache_replication_groups:
    tags: "{{ resource_tags }}"
    layer: cache
    wait: false
    items:
      - name: acme-prod
        engine_version: "8.2"
        node_type: cache.m7g.large
        nodes: 3
        automatic_failover: true
        multi_az: true
        transit_encryption: true
        at_rest_encryption: true
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
      description: Identifier of the group, the same as its name.
      type: str
      returned: always
    arn:
      description: ARN.
      type: str
      returned: always
    address:
      description: Host name of the primary.
      type: str
      returned: always
    reader_address:
      description: Host name that leads to the replicas.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.elasticache import ElasticacheReplicationGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(ElasticacheReplicationGroups, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep Aurora clusters as declared"""

DOCUMENTATION = r"""
module: rds_clusters
short_description: Keep Aurora clusters as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the Aurora clusters that carry our tags. Their members are kept by M(groundswell.aws.rds_cluster_instances).
  - Holds data - an undeclared cluster is removed only when it is named, and leaves a final snapshot.
options:
  items:
    description:
      - The clusters to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Identifier, in lower case.
        type: str
        required: true
      engine:
        description: Engine. Cannot change.
        type: str
        required: true
        choices: [aurora-mysql]
      engine_version:
        description: Version, such as C(8.4) or C(8.4.9). AWS's own minor upgrades past it are left alone.
        type: str
      allow_major_version_upgrade:
        description: Whether a change of O(items[].engine_version) may be a major upgrade, which cannot be undone.
        type: bool
      engine_lifecycle_support:
        description: Whether AWS may enrol it in paid Extended Support when its version is past its time. Cannot change.
        type: str
        choices: [open-source-rds-extended-support, open-source-rds-extended-support-disabled]
      storage_type:
        description: How I/O is charged - V(aurora) by request, V(aurora-iopt1) by size.
        type: str
        choices: [aurora, aurora-iopt1]
      serverless_min_capacity:
        description: Least capacity units of members of class C(db.serverless).
        type: float
      serverless_max_capacity:
        description: Most capacity units of members of class C(db.serverless).
        type: float
      database_name:
        description: Database made with it. Cannot change.
        type: str
      master_username:
        description: Name of the master user. Cannot change.
        type: str
      manage_master_user_password:
        description:
          - Whether RDS makes the master password, keeps it in Secrets Manager and rotates it.
          - Not possible for the source of MySQL read replicas.
        type: bool
      master_secret_kms_key_arn:
        description: Key that encrypts the secret that RDS makes.
        type: str
      master_secret_arn:
        description:
          - A secret of ours, a JSON document with C(password).
          - The module reads it and hands it to RDS when there is a password to set.
          - Its value is never returned.
        type: str
      subnet_group:
        description: Subnet group. Cannot change.
        type: str
      security_group_ids:
        description: Ids of its security groups.
        type: list
        elements: str
      parameter_group:
        description: Cluster parameter group.
        type: str
      kms_key_arn:
        description: Key that encrypts the storage. Cannot change.
        type: str
      backup_retention_days:
        description: Days that automated backups are kept, up to 35. Any point in that time can be restored.
        type: int
      backup_window:
        description: Daily window for backups, in UTC, such as C(17:00-18:00).
        type: str
      maintenance_window:
        description: Weekly window, in UTC, such as C(sun:18:30-sun:19:30). It must not meet the backup window.
        type: str
      deletion_protection:
        description: Whether AWS refuses to delete it. A removal that was consented to lifts it first.
        type: bool
      performance_insights:
        description: Whether Database Insights measures the load. Not supported by micro and small burstable classes.
        type: bool
      performance_insights_kms_key_arn:
        description: Key that encrypts the measurements.
        type: str
      performance_insights_retention_days:
        description: Days they are kept - 7, a multiple of 31, or 731.
        type: int
      database_insights_mode:
        description: Mode of Database Insights. V(advanced) needs O(items[].performance_insights) and a retention of 465 days.
        type: str
        choices: [standard, advanced]
      log_exports:
        description: Logs that go to CloudWatch Logs.
        type: list
        elements: str
        choices: [audit, error, general, iam-db-auth-error, slowquery]
      copy_tags_to_snapshot:
        description: Whether snapshots get its tags.
        type: bool
  apply_immediately:
    description: Whether changes that interrupt or slow the service happen now. Without, they wait for the maintenance window.
    type: bool
    default: false
  final_snapshot:
    description: Whether a snapshot named after the resource and the time is made before it is removed.
    type: bool
    default: true
  keep_automated_backups:
    description: Whether automated backups stay until they expire when their source is removed. Otherwise they go with it.
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
- name: Submit the cluster
  groundswell.aws.rds_clusters:
    tags: "{{ resource_tags }}"
    layer: database
    wait: false
    items:
      - name: acme-prod
        engine: aurora-mysql
        engine_version: 8.4.7
        master_username: admin
        manage_master_user_password: true
        subnet_group: acme-prod
        security_group_ids: [sg-0abc]
        kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/0abc
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
      description: Host name of the writer.
      type: str
      returned: always
    reader_address:
      description: Host name that leads to the readers in turn.
      type: str
      returned: always
    port:
      description: Port.
      type: int
      returned: always
    secret_arn:
      description: ARN of the secret that RDS made; empty where it made none.
      type: str
      returned: always
    members:
      description: Identifiers of its instances, the autoscaler's among them.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsClusters
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RdsClusters, DOCUMENTATION)

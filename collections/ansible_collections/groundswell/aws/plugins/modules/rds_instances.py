#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep database instances as declared"""

DOCUMENTATION = r"""
module: rds_instances
short_description: Keep database instances as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the database instances that carry our tags and stand for themselves.
  - Members of clusters and read replicas are kept by M(groundswell.aws.rds_cluster_instances) and M(groundswell.aws.rds_read_replicas).
  - Holds data - an undeclared instance is removed only when it is named, and leaves a final snapshot.
options:
  items:
    description:
      - The instances to keep.
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
        choices: [mysql, aurora-mysql]
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
      instance_class:
        description: Instance class.
        type: str
        required: true
      allocated_storage:
        description: GiB. Never shrinks; what storage autoscaling added is left alone.
        type: int
      max_allocated_storage:
        description: GiB that storage autoscaling may grow to.
        type: int
      storage_type:
        description: Type of storage.
        type: str
        choices: [gp3, io2]
      iops:
        description: I/O operations a second. Not for MySQL on gp3 below 400 GiB, which has 3,000.
        type: int
      storage_throughput:
        description: MiB a second, for gp3 from 400 GiB.
        type: int
      multi_az:
        description: Whether a standby in another Availability Zone takes over.
        type: bool
      zone:
        description: Availability Zone; AWS chooses if not given. Cannot change.
        type: str
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
      publicly_accessible:
        description: Whether it has a public address.
        type: bool
      parameter_group:
        description: Parameter group.
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
      monitoring_interval:
        description: Seconds between measurements of Enhanced Monitoring; 0 for none.
        type: int
        choices: [0, 1, 5, 10, 15, 30, 60]
      monitoring_role_arn:
        description: Role that delivers them, trusted by C(monitoring.rds.amazonaws.com).
        type: str
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
      auto_minor_version_upgrade:
        description: Whether AWS installs minor versions in the maintenance window.
        type: bool
      ca_certificate:
        description: Certificate authority of its TLS certificate.
        type: str
      restore_from:
        description:
          - Make it from the automated backups of another instance, as that one was at a time, or from a recovery point of AWS Backup. Counts when it is made
            and never again; its tag C(RestoredFrom) says from what it was.
          - It has the other one's engine, version, users and passwords, and the key of what it is restored from. Of the options given here those count that
            RDS takes with a restore; the others are changed by the next run.
        type: dict
        suboptions:
          instance:
            description: Identifier of the other instance. Goes with C(time).
            type: str
          time:
            description: The time, in the format of ISO 8601 with its zone. It must be one that the backups reach, at least five minutes ago.
            type: str
          recovery_point:
            description: ARN of a recovery point of an instance of RDS, in a vault of this region. Goes alone.
            type: str
  restored_kms_key_arns:
    description:
      - Keys that an instance may have instead of its C(kms_key_arn), which nobody can change. A recovery point that came from another region is
        under the key of its vault, and so is what was restored from it.
    type: list
    elements: str
    default: []
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
- name: Submit the database
  groundswell.aws.rds_instances:
    tags: "{{ resource_tags }}"
    layer: database
    wait: false
    items:
      - name: acme-prod
        engine: mysql
        engine_version: "8.4"
        instance_class: db.m7g.large
        allocated_storage: 400
        storage_type: gp3
        multi_az: true
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
      description: Identifier of the instance, the same as its name.
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
    port:
      description: Port.
      type: int
      returned: always
    restored_from:
      description: What it was restored from; empty where it was not.
      type: str
      returned: always
    reboot_pending:
      description: Whether static parameters wait for a reboot.
      type: bool
      returned: always
    secret_arn:
      description: ARN of the secret that RDS made; empty where it made none.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsInstances
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RdsInstances, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep read replicas as declared"""

DOCUMENTATION = r"""
module: rds_read_replicas
short_description: Keep read replicas as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the read replicas of this region that carry our tags. The source must be available and keep backups.
  - A replica has its source's parameter group, storage encryption and subnet group; one whose source is in another region has its own.
  - A replica that was promoted is none any more, and becomes one that is declared with M(groundswell.aws.rds_instances).
options:
  items:
    description:
      - The replicas to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Identifier, in lower case.
        type: str
        required: true
      replica_of:
        description: Identifier of the source, or its ARN where that is in another region. Cannot change.
        type: str
        required: true
      instance_class:
        description: Instance class.
        type: str
        required: true
      subnet_group:
        description: Subnet group of a replica whose source is in another region. Cannot change.
        type: str
      parameter_group:
        description: Parameter group of a replica whose source is in another region. The engine's default one, if not given.
        type: str
      kms_key_arn:
        description: Key of this region. A replica of an encrypted source in another region needs one. Cannot change.
        type: str
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
      security_group_ids:
        description: Ids of its security groups.
        type: list
        elements: str
      publicly_accessible:
        description: Whether it has a public address.
        type: bool
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
- name: Keep a replica for reports
  groundswell.aws.rds_read_replicas:
    tags: "{{ resource_tags }}"
    layer: database
    items:
      - {name: acme-prod-replica-1, replica_of: acme-prod, instance_class: db.m7g.large, security_group_ids: [sg-0abc]}

- name: Keep a copy in another region
  groundswell.aws.rds_read_replicas:
    region: us-east-1
    tags: "{{ resource_tags }}"
    layer: database
    items:
      - name: acme-prod
        replica_of: arn:aws:rds:eu-west-1:123456789012:db:acme-prod
        instance_class: db.m7g.large
        subnet_group: acme-prod
        parameter_group: acme-prod-mysql84
        kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
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
    reboot_pending:
      description: Whether static parameters wait for a reboot.
      type: bool
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsReadReplicas
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RdsReadReplicas, DOCUMENTATION)

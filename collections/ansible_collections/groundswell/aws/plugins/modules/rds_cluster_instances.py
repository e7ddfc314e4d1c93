#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep members of Aurora clusters as declared"""

DOCUMENTATION = r"""
module: rds_cluster_instances
short_description: Keep members of Aurora clusters as declared
version_added: 0.1.0
description:
  - Creates, changes and removes the instances of Aurora clusters that carry our tags.
  - Readers that autoscaling added, named C(application-autoscaling-...), are the autoscaler's - never reported, never removed.
options:
  items:
    description:
      - The members to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Identifier, in lower case.
        type: str
        required: true
      cluster:
        description: Identifier of the cluster. Cannot change.
        type: str
        required: true
      engine:
        description: Engine. Cannot change.
        type: str
        required: true
        choices: [mysql, aurora-mysql]
      instance_class:
        description: Instance class.
        type: str
        required: true
      zone:
        description: Availability Zone; AWS chooses if not given. Cannot change.
        type: str
      promotion_tier:
        description: Order of promotion to writer, 0 first.
        type: int
      parameter_group:
        description: Parameter group.
        type: str
      publicly_accessible:
        description: Whether it has a public address.
        type: bool
      maintenance_window:
        description: Weekly window, in UTC, such as C(sun:18:30-sun:19:30).
        type: str
      monitoring_interval:
        description: Seconds between measurements of Enhanced Monitoring; 0 for none.
        type: int
        choices: [0, 1, 5, 10, 15, 30, 60]
      monitoring_role_arn:
        description: Role that delivers them, trusted by C(monitoring.rds.amazonaws.com).
        type: str
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
- name: Keep a writer and a reader
  groundswell.aws.rds_cluster_instances:
    tags: "{{ resource_tags }}"
    layer: database
    wait: false
    items:
      - {name: acme-prod-1, cluster: acme-prod, engine: aurora-mysql, instance_class: db.r7g.large, promotion_tier: 0}
      - {name: acme-prod-2, cluster: acme-prod, engine: aurora-mysql, instance_class: db.r7g.large, promotion_tier: 1}
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.rds import RdsClusterInstances
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RdsClusterInstances, DOCUMENTATION)

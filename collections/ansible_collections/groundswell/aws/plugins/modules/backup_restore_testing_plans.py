#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep plans that test restores as declared"""

DOCUMENTATION = r"""
module: backup_restore_testing_plans
short_description: Keep plans that test restores as declared
version_added: 0.1.0
description:
  - AWS Backup restores recovery points by such a plan, says whether it could and how long it took, and throws away what it made.
  - What is restored is paid for while it is there.
options:
  items:
    description:
      - The plans to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 1 to 50 letters, digits and underscores.
        type: str
        required: true
      schedule:
        description: When, as an expression of AWS such as C(cron(0 2 1 * ? *)).
        type: str
        required: true
      timezone:
        description: Time zone of the schedule. UTC if not given.
        type: str
      start_window_hours:
        description: Hours within which a restore has to begin, 1 to 168. 24 if not given.
        type: int
      algorithm:
        description: Which recovery point of each resource is taken. The latest if not given.
        type: str
        choices: [latest, random]
      recovery_point_types:
        description: Of which sort they may be. Snapshots if not given.
        type: list
        elements: str
        choices: [snapshot, continuous]
      vault_arns:
        description: ARNs of the vaults that they are taken from.
        type: list
        elements: str
        required: true
      window_days:
        description: How old they may be at most, 1 to 365. 30 if not given.
        type: int
      selections:
        description: What is restored. Others are removed.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name, 1 to 50 letters, digits and underscores.
            type: str
            required: true
          resource_type:
            description: What it is, as AWS Backup calls it, such as C(RDS).
            type: str
            required: true
          role_arn:
            description: ARN of the role that AWS Backup takes on.
            type: str
            required: true
          resource_arns:
            description: ARNs of what was backed up. All that has recovery points in the vaults if not given.
            type: list
            elements: str
          metadata:
            description: What is otherwise than AWS would restore it, such as the subnet group of a database. Names are the same in upper and lower case.
            type: dict
          validation_hours:
            description: Hours that what was restored is kept for whoever wants to look at it, 0 to 168.
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
- name: Restore the newest backup once a month
  groundswell.aws.backup_restore_testing_plans:
    tags: "{{ resource_tags }}"
    layer: backup
    items:
      - name: acme_prod
        schedule: cron(0 2 1 * ? *)
        vault_arns: [arn:aws:backup:eu-west-1:123456789012:backup-vault:acme-prod]
        selections:
          - name: database
            resource_type: RDS
            role_arn: arn:aws:iam::123456789012:role/acme-prod-backup
            metadata: {dbSubnetGroupName: acme-prod}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the plan.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.backup import RestoreTestingPlans
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RestoreTestingPlans, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep plans of AWS Backup, with what they select, as declared"""

DOCUMENTATION = r"""
module: backup_plans
short_description: Keep plans of AWS Backup, with what they select, as declared
version_added: 0.1.0
description:
  - A plan says when something is backed up and for how long that is kept, its selections say what, and as which role AWS Backup does it.
  - Removing a plan removes no recovery point.
options:
  items:
    description:
      - The plans to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 1 to 50 letters, digits, hyphens, underscores and dots.
        type: str
        required: true
      rules:
        description: When, where to and for how long. Others are removed.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          vault:
            description: Name of the vault.
            type: str
            required: true
          schedule:
            description: When, as an expression of AWS such as C(cron(0 20 ? * * *)).
            type: str
            required: true
          timezone:
            description: Time zone of the schedule. UTC if not given.
            type: str
          start_window_minutes:
            description: Minutes within which a job has to begin, 60 at least. 480 if not given.
            type: int
          completion_window_minutes:
            description: Minutes within which it has to end. 10080 if not given.
            type: int
          continuous:
            description: Whether any point in time can be gone back to, for as many days as it is kept, which are 35 at most.
            type: bool
          delete_after_days:
            description: Days after which a recovery point is deleted. V(0) keeps it.
            type: int
          cold_after_days:
            description: Days after which it moves to cold storage, where AWS has one for it. V(0) for never. It is deleted 90 days later at the earliest.
            type: int
          copies:
            description: Vaults that get a copy.
            type: list
            elements: dict
            suboptions:
              vault_arn:
                description: ARN of the vault, in another region or account.
                type: str
                required: true
              delete_after_days:
                description: As for the original.
                type: int
              cold_after_days:
                description: As for the original.
                type: int
      selections:
        description: What is backed up. Others are removed.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name.
            type: str
            required: true
          role_arn:
            description: ARN of the role that AWS Backup takes on.
            type: str
            required: true
          resource_arns:
            description:
              - ARNs, which may end with an asterisk, or patterns for all of a type, such as C(arn:aws:rds:*:*:db:*).
              - What names its type is backed up whatever the region's settings say about types (API backup:UpdateRegionSettings).
            type: list
            elements: str
          tags:
            description: Tags of which what is selected has to carry all.
            type: dict
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
- name: Back databases up every night
  groundswell.aws.backup_plans:
    tags: "{{ resource_tags }}"
    layer: backup
    items:
      - name: acme-prod-database
        rules:
          - {name: nightly, vault: acme-prod, schedule: "cron(0 20 ? * * *)", delete_after_days: 35}
        selections:
          - name: database
            role_arn: arn:aws:iam::123456789012:role/acme-prod-backup
            resource_arns: ["arn:aws:rds:*:*:db:*"]
            tags: {Project: acme, Environment: prod}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the plan.
      type: str
      returned: always
    arn:
      description: ARN of the plan.
      type: str
      returned: always
    selection_ids:
      description: Ids of its selections by name.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.backup import Plans
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Plans, DOCUMENTATION)

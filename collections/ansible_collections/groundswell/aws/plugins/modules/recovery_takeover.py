#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the region that stood by the one that serves."""

DOCUMENTATION = r"""
module: recovery_takeover
short_description: Make the region that stood by the one that serves
version_added: 0.1.0
description:
  - Promotes the copy of the database, lets the replicas of secrets stand alone and belong to this cell, and leaves a parameter by which every later
    run knows which cell serves (the inventory plugin P(groundswell.aws.serving#inventory)).
  - Asks nothing of the other region, which may be gone. What its database had not sent yet is lost.
  - The promotion is begun and not waited for. Run again, it does what is not done yet.
options:
  database:
    description:
      - Identifier of the copy of the database. Empty where there is none that had to be promoted.
    type: str
    required: true
  backup_retention_days:
    description:
      - Days that RDS keeps the automated backups of the database from now on. A copy has none.
    type: int
    default: 7
  secrets:
    description:
      - Names of the secrets that are replicas of the other region's.
    type: list
    elements: str
    default: []
  parameter:
    description:
      - Name of the parameter that says which cell serves.
    type: str
    required: true
  lost:
    description:
      - Names of the cells that no run works on until they are told to follow.
    type: list
    elements: str
    default: []
  tags:
    description:
      - Tags of the cell that takes over, with its name as C(Cell).
    type: dict
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Take over from a region that is lost
  groundswell.aws.recovery_takeover:
    region: us-east-1
    database: acme-prod
    secrets: [acme-prod-database-credentials, acme-prod-origin_header]
    parameter: /acme/prod/recovery/serving
    lost: [prod-euw1]
    tags: {Project: acme, Environment: prod, Cell: prod-use1, ManagedBy: groundswell}
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps
from ansible_collections.groundswell.aws.plugins.module_utils.takeover import take_over

if __name__ == "__main__":
    run_steps(take_over, DOCUMENTATION)

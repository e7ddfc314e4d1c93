#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let a region that was lost follow the one that serves."""

DOCUMENTATION = r"""
module: recovery_reunion
short_description: Let a region that was lost follow the one that serves
version_added: 0.1.0
description:
  - Replicates secrets to the region that was lost, in place of those that it has of these names, and says to every later run that it follows (the
    inventory plugin P(groundswell.aws.serving#inventory)), in both regions.
  - Is called in the region that serves. The database of the region that was lost must be gone, or it could not get a copy again.
  - Run again, it does what is not done yet.
options:
  secrets:
    description:
      - Names of the secrets that the regions share.
    type: list
    elements: str
    default: []
  follower_region:
    description:
      - The region that was lost.
    type: str
    required: true
  follower_key_arn:
    description:
      - KMS key in that region for the replicas of the secrets.
    type: str
    required: true
  parameter:
    description:
      - Name of the parameter that says which cell serves.
    type: str
    required: true
  tags:
    description:
      - Tags of the cell that serves, with its name as C(Cell).
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
- name: Let the region that was lost follow
  groundswell.aws.recovery_reunion:
    region: us-east-1
    secrets: [acme-prod-database-credentials, acme-prod-origin_header]
    follower_region: eu-west-1
    follower_key_arn: arn:aws:kms:eu-west-1:123456789012:alias/acme-prod-secrets
    parameter: /acme/prod/recovery/serving
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
from ansible_collections.groundswell.aws.plugins.module_utils.takeover import reunite

if __name__ == "__main__":
    run_steps(reunite, DOCUMENTATION)

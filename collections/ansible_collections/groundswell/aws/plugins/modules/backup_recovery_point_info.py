#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find a recovery point of a database, and of when its data are."""

DOCUMENTATION = r"""
module: backup_recovery_point_info
short_description: Find a recovery point of a database, and of when its data are
version_added: 0.1.0
description:
  - Reads a vault of AWS Backup, in this region. Of RDS, recovery points are snapshots of RDS, which know of when their data are; a copy from another region is
    younger than its data.
  - One that is still being made, or was stopped half-way, is none.
options:
  vault:
    description:
      - Name of the vault.
    type: str
    required: true
  recovery_point:
    description:
      - Its ARN, or V(latest) for the newest of O(source_arn).
    type: str
    default: latest
  source_arn:
    description:
      - ARN of the database instance that the latest one is a backup of, in whichever region that is or was.
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look what the newest backup from the other region is
  groundswell.aws.backup_recovery_point_info:
    region: us-east-1
    vault: acme-prod
    source_arn: arn:aws:rds:eu-west-1:123456789012:db:acme-prod
"""

RETURN = r"""
recovery_point:
  description: The recovery point; empty where there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      returned: where there is one
      type: str
    source_arn:
      description: ARN of the database instance that it is a backup of.
      returned: where there is one
      type: str
    kms_key_arn:
      description: The key that it is encrypted with, and that a database restored from it will be.
      returned: where there is one
      type: str
    available:
      description: Whether RDS has it ready.
      returned: where there is one
      type: bool
    taken:
      description: Of when its data are, in UTC.
      returned: where there is one
      type: str
    age_seconds:
      description: How long ago that is. What was written since is not in it.
      returned: where there is one
      type: int
  sample:
    arn: arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:copyjob-2d6fa2a1-0b8c-4a3b-9a0e-0f2b6c1f7a10
    source_arn: arn:aws:rds:eu-west-1:123456789012:db:acme-prod
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    available: true
    taken: "2026-05-04T21:07:12Z"
    age_seconds: 21345
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.recovery_points import find_recovery_point
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Read."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    options = module.params
    guarded(module, lambda: {"recovery_point": find_recovery_point(Session(module), options["vault"], options["recovery_point"], options["source_arn"])})


if __name__ == "__main__":
    main()

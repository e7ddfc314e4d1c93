#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep vaults of AWS Backup as declared"""

DOCUMENTATION = r"""
module: backup_vaults
short_description: Keep vaults of AWS Backup as declared
version_added: 0.1.0
description:
  - Recovery points lie in a vault. Removing a vault deletes those that are in it, which needs the vault's name.
  - A lock in compliance mode can be taken away for O(items[].lock_grace_days) after it was put on. From then on nobody can, not even AWS, and what
    is in the vault is paid for until it expires.
options:
  items:
    description:
      - The vaults to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its region. 2 to 50 letters, digits, hyphens and underscores.
        type: str
        required: true

      kms_key_arn:
        description: ARN of the key that encrypts what is in it. Cannot change.
        type: str
      policy:
        description: Who may not do what with recovery points. C({}) for no policy.
        type: dict
      lock:
        description: Whether recovery points can be deleted before their time. C(governance) until somebody takes the lock away, C(compliance) never.
        type: str
        choices: [none, governance, compliance]
      lock_min_days:
        description: Days that what comes in has to be kept at least. V(0) for any. What is to be kept for less is refused by the vault.
        type: int
      lock_max_days:
        description: Days that what comes in may be kept at most. V(0) for any.
        type: int
      lock_grace_days:
        description: Days in which a compliance lock can still be taken away, from 3 to 36500. Counts when the lock is put on.
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
- name: Keep a vault
  groundswell.aws.backup_vaults:
    tags: "{{ resource_tags }}"
    layer: backup
    items:
      - name: acme-prod
        kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/0abc
        lock: governance
        lock_min_days: 7
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the vault.
      type: str
      returned: always
    recovery_points:
      description: How many there are.
      type: int
      returned: always
    lock_date:
      description: From when on a compliance lock cannot be taken away. Empty without one.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.backup import Vaults
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Vaults, DOCUMENTATION)

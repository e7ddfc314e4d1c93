#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep KMS keys as declared"""

DOCUMENTATION = r"""
module: kms_keys
short_description: Keep KMS keys as declared
version_added: 0.1.0
description:
  - Keeps customer-managed keys, symmetric ones and pairs that sign, each under one alias by which it is found.
  - Removing a key schedules its deletion. A key of ours that waits for it is taken up again when its name is declared again,
    so that what it encrypted can be read.
options:
  items:
    description:
      - The keys to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the key. Its alias is C(alias/) and the name.
        type: str
        required: true

      description:
        description: What the key is for.
        type: str
      policy:
        description: The key policy. It must leave the account able to change it.
        type: json
        required: true
      rotation_days:
        description: Days after which AWS gives the key new material, from 90 to 2560. V(0) never does.
        type: int
      multi_region:
        description: Whether the key can have replicas in other regions. Cannot change.
        type: bool
      key_spec:
        description: What sort of key it is, such as V(ECC_NIST_P256), symmetric if not given. Only symmetric keys rotate. Cannot change.
        type: str
      key_usage:
        description: What it is for, to encrypt if not given. Cannot change.
        type: str
        choices: [ENCRYPT_DECRYPT, SIGN_VERIFY]
      enabled:
        description: Whether the key can be used.
        type: bool
        default: true
  deletion_window_days:
    description:
      - Days from a key's removal until it is deleted, from 7 to 30.
    type: int
    default: 30
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
- name: Keep the key of the database
  groundswell.aws.kms_keys:
    tags: "{{ resource_tags }}"
    layer: keys
    items:
      - name: acme-prod-database
        policy: "{{ lookup('ansible.builtin.template', 'database.json.j2') }}"
        rotation_days: 365
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the key.
      type: str
      returned: always
    id:
      description: Id of the key.
      type: str
      returned: always
    alias:
      description: Alias of the key.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.kms import Keys
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Keys, DOCUMENTATION)

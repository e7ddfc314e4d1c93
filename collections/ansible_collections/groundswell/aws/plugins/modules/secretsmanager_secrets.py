#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep generated secrets"""

DOCUMENTATION = r"""
module: secretsmanager_secrets
short_description: Keep generated secrets
version_added: 0.1.0
description:
  - Keeps secrets whose values are generated in place, when a secret is made. No value is read, returned, shown in a difference, or overwritten.
  - The value of a secret that is in several regions is the same in all of them.
  - A secret of ours that waits for its deletion is restored with its value when it is declared again.
options:
  items:
    description:
      - The secrets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the secret. Must not end in a hyphen and six characters, as ARNs of secrets do.
        type: str
        required: true

      description:
        description: What the secret is for.
        type: str
      kms_key_arn:
        description: ARN of the KMS key that encrypts the secret. AWS's own, if not given.
        type: str
      length:
        description: Length of the generated value, from 8 to 4096.
        type: int
        default: 40
      exclude_characters:
        description: Characters that whoever uses the value does not take.
        type: str
      exclude_punctuation:
        description: Whether the value is made of letters and digits only.
        type: bool
        default: false
      key:
        description: Makes the secret a JSON document with the value under this key.
        type: str
      template:
        description: Further members of the JSON document, such as a user name.
        type: dict
      replicas:
        description:
          - Other regions that Secrets Manager keeps the secret in, under the same name, and in step with this one. None, if the list is empty.
          - A replica is removed with its primary. In a region where another secret has the name, replication fails.
        type: list
        elements: dict
        suboptions:
          region:
            description: The other region.
            type: str
            required: true
          kms_key_arn:
            description: Key of that region, by its ARN or that of an alias. AWS's own, if not given.
            type: str
            default: ""
  recovery_days:
    description:
      - Days from a secret's removal until it is deleted, from 7 to 30. V(0) deletes at once and for good.
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
- name: Keep the token of the cache
  groundswell.aws.secretsmanager_secrets:
    tags: "{{ resource_tags }}"
    layer: secrets
    items:
      - name: acme-prod-cache_auth
        length: 64
        exclude_characters: '@"/'
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the secret. That of a replica differs in the region alone.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.secretsmanager import Secrets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Secrets, DOCUMENTATION)

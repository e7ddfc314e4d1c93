#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what an account has once as declared"""

DOCUMENTATION = r"""
module: account_settings
short_description: Keep what an account has once as declared
version_added: 0.1.0
description:
  - Keeps settings that belong to the whole account, where it matters not which region is asked. Unset ones are left alone.
  - All environments of an account live by them, so one environment keeps them, the first that declares them, and a parameter of the account says which.
    For every other environment they are as declared, whatever they are.
  - They are never removed. C(resources_absent) only takes away the parameter that says who keeps them.
options:
  items:
    description:
      - One item, for the account.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The account's id, twelve digits.
        type: str
        required: true
      password_policy:
        description: What IAM asks of users' passwords.
        type: dict
        suboptions:
          minimum_length:
            description: Characters, from 6 to 128.
            type: int
          require_symbols:
            description: Whether one has to be neither letter nor digit.
            type: bool
          require_numbers:
            description: Whether one has to be a digit.
            type: bool
          require_uppercase:
            description: Whether one has to be a capital letter.
            type: bool
          require_lowercase:
            description: Whether one has to be a small letter.
            type: bool
          users_may_change:
            description: Whether users may change their own.
            type: bool
          max_age_days:
            description: Days after which one has to be changed, up to 1095. V(0) never.
            type: int
          reuse_prevention:
            description: How many former ones may not be used again, up to 24. V(0) for none.
            type: int
          hard_expiry:
            description: Whether a user whose password is too old has to ask somebody.
            type: bool
      s3_public_access_block:
        description: Whether no bucket of the account can be public, whatever it says itself.
        type: bool
      alternate_contacts:
        description: Whom AWS writes to, beside the root user's address. Those of other types are left alone.
        type: list
        elements: dict
        suboptions:
          type:
            description: About what.
            type: str
            required: true
            choices: [security, operations, billing]
          name:
            description: Name, up to 64 characters.
            type: str
            required: true
          title:
            description: What they are there, up to 50 characters.
            type: str
            required: true
          email:
            description: Address.
            type: str
            required: true
          phone:
            description: Telephone number, with digits, spaces, parentheses, plus and minus signs.
            type: str
            required: true
  keeper_region:
    description:
      - Region of the parameter C(/<Project>/account/baseline), which says which environment keeps the settings of the account.
    type: str
    default: us-east-1
  take_over:
    description:
      - Whether this environment keeps them from now on, although another one does.
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
- name: Keep the account's settings
  groundswell.aws.account_settings:
    tags: "{{ resource_tags }}"
    layer: account_baseline
    items:
      - name: "123456789012"
        s3_public_access_block: true
        password_policy: {minimum_length: 14, reuse_prevention: 24}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    kept_by:
      description: The environment that keeps them. Another one than C(tags.Environment) where nothing was done for that reason.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.settings import AccountSettings
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(AccountSettings, DOCUMENTATION)

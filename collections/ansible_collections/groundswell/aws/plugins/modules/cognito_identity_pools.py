#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep identity pools as declared"""

DOCUMENTATION = r"""
module: cognito_identity_pools
short_description: Keep identity pools as declared
version_added: 0.1.0
description:
  - Keeps what a login is worth in AWS, which is the roles that people get credentials of. An update sends what there is with what is declared
    laid over it.
  - Credentials of the enhanced flow last an hour. With an identity pool its identities go, by which people find their own files, so it is
    removed only where its removal is allowed by name.
options:
  items:
    description:
      - The identity pools to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the pool.
        type: str
        required: true
      allow_unauthenticated:
        description: Whether guests get an identity.
        type: bool
      allow_classic_flow:
        description: Whether people may exchange a token of the pool for credentials themselves, for as long as a role allows.
        type: bool
      user_pool_clients:
        description: Whose logins it takes.
        type: list
        elements: dict
        suboptions:
          provider:
            description: Name of the user pool as a provider.
            type: str
            required: true
          client_id:
            description: Id of its client.
            type: str
            required: true
          server_side_token_check:
            description: Whether who has signed out, or was disabled, is asked of the user pool each time.
            type: bool
            default: true
      authenticated_role_arn:
        description: Role of who is logged in.
        type: str
      unauthenticated_role_arn:
        description: Role of guests.
        type: str
      role_mappings:
        description: How the role of a login is told otherwise.
        type: list
        elements: dict
        suboptions:
          provider:
            description: Name of the user pool as a provider, a colon, and the id of the client.
            type: str
            required: true
          type:
            description: From the groups in the token, or by rules.
            type: str
            required: true
            choices: [Token, Rules]
          ambiguous:
            description: What happens where that tells no role.
            type: str
            choices: [AuthenticatedRole, Deny]
            default: AuthenticatedRole
          rules:
            description: Rules, of which the first that fits counts.
            type: list
            elements: dict
            default: []
            suboptions:
              claim:
                description: Claim of the token.
                type: str
                required: true
              match:
                description: How it is compared.
                type: str
                required: true
                choices: [Equals, Contains, StartsWith, NotEqual]
              value:
                description: What it is compared with.
                type: str
                required: true
              role_arn:
                description: Role where it fits.
                type: str
                required: true
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
- name: Keep the identity pool
  groundswell.aws.cognito_identity_pools:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users
        allow_unauthenticated: false
        user_pool_clients:
          - provider: cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI
            client_id: 1example23456789
        authenticated_role_arn: arn:aws:iam::123456789012:role/acme-prod-person
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the pool.
      type: str
      returned: always
    arn:
      description: ARN of the pool.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import IdentityPools
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(IdentityPools, DOCUMENTATION)

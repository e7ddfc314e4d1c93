#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep app clients of user pools as declared"""

DOCUMENTATION = r"""
module: cognito_user_pool_clients
short_description: Keep app clients of user pools as declared
version_added: 0.1.0
description:
  - Keeps app clients of our user pools. An update sends what there is with what is declared laid over it, because Cognito sets whatever an
    update leaves out back to its default.
  - A secret is made by Cognito and never returned, shown or compared. Whoever needs it asks C(cognito-idp:DescribeUserPoolClient) where it is
    used.
options:
  items:
    description:
      - The app clients to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user pool, a slash, and the name of the client.
        type: str
        required: true
      generate_secret:
        description:
          - Whether it has a secret, which servers can keep and apps cannot. Cannot change; a client made anew has another id, which
            everybody who uses it has to be told.
        type: bool
      auth_flows:
        description: How people may sign in through Cognito's API, such as V(ALLOW_USER_SRP_AUTH).
        type: list
        elements: str
      oauth_flows:
        description: How tokens are got through the pages of the domain. C(code) with PKCE for people, C(client_credentials) for servers.
        type: list
        elements: str
        choices: [code, implicit, client_credentials]
      scopes:
        description: Scopes that it may ask for, those of resource servers as C(identifier/scope).
        type: list
        elements: str
      callback_urls:
        description: Where people are sent after they signed in. HTTPS, an app's own scheme, or HTTP to this machine.
        type: list
        elements: str
      logout_urls:
        description: Where people are sent after they signed out.
        type: list
        elements: str
      default_redirect_url:
        description: The one of O(items[].callback_urls) that is taken where none is asked for.
        type: str
      identity_providers:
        description: Who may say who somebody is, V(COGNITO) for the pool itself.
        type: list
        elements: str
      access_token_minutes:
        description: Minutes that an access token is valid, from 5 to 1440.
        type: int
      id_token_minutes:
        description: Minutes that an ID token is valid, from 5 to 1440.
        type: int
      refresh_token_days:
        description: Days that a refresh token is valid, from 1 to 3650.
        type: int
      session_minutes:
        description: Minutes that a sign-in may take, from 3 to 15.
        type: int
      revocation:
        description: Whether refresh tokens can be revoked.
        type: bool
      prevent_user_existence_errors:
        description: Whether an error does not tell if there is such a user.
        type: bool
      read_attributes:
        description: Attributes that it may read. All, if not given.
        type: list
        elements: str
      write_attributes:
        description: Attributes that it may write. All that can be written, if not given.
        type: list
        elements: str
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
- name: Keep the client of the app
  groundswell.aws.cognito_user_pool_clients:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users/app
        auth_flows: [ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
        oauth_flows: [code]
        scopes: [openid, email]
        callback_urls: [acme://signed-in]
        identity_providers: [COGNITO]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the client.
      type: str
      returned: always
    user_pool_id:
      description: Id of its pool.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import Clients
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Clients, DOCUMENTATION)

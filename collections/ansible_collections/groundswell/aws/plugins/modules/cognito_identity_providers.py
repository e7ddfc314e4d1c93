#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep identity providers of user pools as declared"""

DOCUMENTATION = r"""
module: cognito_identity_providers
short_description: Keep identity providers of user pools as declared
version_added: 0.1.0
description:
  - Keeps who else may say who somebody is, such as Google, Apple, Facebook, Amazon, OpenID Connect and SAML.
  - A provider's secret is read from Secrets Manager inside the module when it is handed on; it is never an option, returned, shown or
    compared. A tag of the user pool says which version of it Cognito was given, so that a new version is handed on too.
options:
  items:
    description:
      - The identity providers to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the user pool, a slash, and the name of the provider, which for all but OIDC and SAML is its type.
        type: str
        required: true
      type:
        description: What it is. Cannot change.
        type: str
        required: true
        choices: [Google, Facebook, LoginWithAmazon, SignInWithApple, OIDC, SAML]
      client_id:
        description: What the provider knows the pool by.
        type: str
      secret_name:
        description: Name of the secret in Secrets Manager, which is the client secret, for Apple the private key.
        type: str
      secret_key:
        description: Member of the secret, where that is a JSON document.
        type: str
      scopes:
        description: What is asked of the provider.
        type: list
        elements: str
      team_id:
        description: Apple's team.
        type: str
      key_id:
        description: Id of Apple's key.
        type: str
      issuer:
        description: Issuer of an OpenID Connect provider.
        type: str
      metadata_url:
        description: Where the metadata of a SAML provider is.
        type: str
      metadata:
        description: The metadata of a SAML provider itself.
        type: str
      attribute_mapping:
        description: Attributes of the pool, each with what the provider calls it.
        type: dict
      identifiers:
        description: Domains of e-mail addresses by which people find the provider.
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
- name: Let people come in by Google
  groundswell.aws.cognito_identity_providers:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users/Google
        type: Google
        client_id: 1234.apps.googleusercontent.com
        secret_name: acme-prod/google
        scopes: [openid, email, profile]
        attribute_mapping: {email: email, username: sub}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Name of the provider in its pool.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import IdentityProviders
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(IdentityProviders, DOCUMENTATION)

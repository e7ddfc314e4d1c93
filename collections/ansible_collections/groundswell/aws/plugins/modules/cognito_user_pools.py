#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep user pools as declared"""

DOCUMENTATION = r"""
module: cognito_user_pools
short_description: Keep user pools as declared
version_added: 0.1.0
description:
  - Keeps user pools of Cognito, how people are named, sign up, prove themselves and get back in. An update sends what there is with what is
    declared laid over it, because Cognito sets whatever an update leaves out back to its default.
  - A pool holds users. It is never replaced, and removed only where its removal is allowed by name; deletion protection is switched off then.
  - The second factor is an authenticator (TOTP). Messages by SMS are not offered.
options:
  items:
    description:
      - The user pools to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the pool. Cognito would take one twice, this module does not.
        type: str
        required: true
      tier:
        description:
          - Feature plan, which is what a pool costs. Each active user a month beyond those that are free costs about USD 0.0055 (V(LITE)),
            0.015 (V(ESSENTIALS)) or 0.02 (V(PLUS), of which none are free).
        type: str
        required: true
        choices: [LITE, ESSENTIALS, PLUS]
      username_attributes:
        description: What people sign in with in place of a user name. Cannot change.
        type: list
        elements: str
        choices: [email, phone_number]
      alias_attributes:
        description: What people may sign in with beside a user name. Cannot change.
        type: list
        elements: str
        choices: [email, phone_number, preferred_username]
      case_sensitive:
        description: Whether Ann and ann are two people. Cannot change.
        type: bool
      required_attributes:
        description: Standard attributes that everybody has to have. Cannot change.
        type: list
        elements: str
      custom_attributes:
        description:
          - Attributes of your own. More can be added; none can be changed or removed, and one that is declared no more stays.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name, without C(custom:), 20 characters at most.
            type: str
            required: true
          type:
            description: What it holds.
            type: str
            choices: [String, Number, DateTime, Boolean]
            default: String
          mutable:
            description: Whether it can be changed once it is set.
            type: bool
            default: true
          min:
            description: Least length of a String, or value of a Number.
            type: int
          max:
            description: Greatest length of a String, or value of a Number.
            type: int
      auto_verified:
        description: Addresses that are verified by a code when people sign up.
        type: list
        elements: str
        choices: [email, phone_number]
      verify_before_update:
        description: Addresses that are changed only when the new one is verified.
        type: list
        elements: str
        choices: [email, phone_number]
      self_sign_up:
        description: Whether people may sign up by themselves.
        type: bool
      password_minimum_length:
        description: Least number of characters, from 6 to 99.
        type: int
      password_uppercase:
        description: Whether a password needs an upper case letter.
        type: bool
      password_lowercase:
        description: Whether a password needs a lower case letter.
        type: bool
      password_numbers:
        description: Whether a password needs a digit.
        type: bool
      password_symbols:
        description: Whether a password needs a special character.
        type: bool
      password_history:
        description: How many of their last passwords people may not use again, from 0 to 24. Needs the plan ESSENTIALS.
        type: int
      temporary_password_days:
        description: Days that a password given by an administrator is good for.
        type: int
      mfa:
        description: Whether people can, or must, have an authenticator as second factor.
        type: str
        choices: ["OFF", OPTIONAL, "ON"]
      recovery:
        description: How people get back in who forgot their password, the preferred way first.
        type: list
        elements: str
        choices: [verified_email, verified_phone_number, admin_only]
      deletion_protection:
        description: Whether the pool cannot be deleted.
        type: bool
      threat_protection:
        description: Whether sign-ins are looked at, and acted upon (V(ENFORCED)). Needs the plan PLUS.
        type: str
        choices: ["OFF", AUDIT, ENFORCED]
      compromised_credentials:
        description: What happens where a password is known to have leaked. Needs the plan PLUS.
        type: str
        choices: [BLOCK, NO_ACTION]
      risk_low:
        description: What happens at a sign-in of low risk. Needs the plan PLUS.
        type: str
        choices: [BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED, NO_ACTION]
      risk_medium:
        description: What happens at a sign-in of medium risk. Needs the plan PLUS.
        type: str
        choices: [BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED, NO_ACTION]
      risk_high:
        description: What happens at a sign-in of high risk. Needs the plan PLUS.
        type: str
        choices: [BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED, NO_ACTION]
      email_identity_arn:
        description:
          - ARN of the identity of SES that e-mails are sent from. If empty, Cognito sends them itself, at most 50 a day in an account.
        type: str
      email_from:
        description: Sender, such as C(Acme <hello@acme.com>). Needs O(items[].email_identity_arn).
        type: str
      email_reply_to:
        description: Where answers go.
        type: str
      email_configuration_set:
        description: Configuration set of SES. Needs O(items[].email_identity_arn).
        type: str
      verification_subject:
        description: Subject of the e-mail with the code.
        type: str
      verification_message:
        description: Text of the e-mail with the code, which takes the place of C({####}).
        type: str
      triggers:
        description:
          - Functions that Cognito calls, by their ARNs, such as C(pre_sign_up), C(post_confirmation), C(pre_authentication),
            C(post_authentication), C(custom_message), C(pre_token_generation), C(user_migration), C(define_auth_challenge),
            C(create_auth_challenge), C(verify_auth_challenge). Those that are not named are taken away. The functions have to let C(cognito-
            idp.amazonaws.com) call them.
        type: dict
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
- name: Keep the users
  groundswell.aws.cognito_user_pools:
    tags: "{{ resource_tags }}"
    layer: identity
    items:
      - name: acme-prod-users
        tier: ESSENTIALS
        username_attributes: [email]
        case_sensitive: false
        auto_verified: [email]
        password_minimum_length: 12
        mfa: OPTIONAL
        recovery: [verified_email]
        deletion_protection: true
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
    provider:
      description: Its name as an identity provider.
      type: str
      returned: always
    issuer:
      description: Issuer of its tokens.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import UserPools
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(UserPools, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a plan of users and their ways in against itself and the account."""

DOCUMENTATION = r"""
module: cognito_readiness_info
short_description: Hold a plan of users and their ways in against itself and the account
version_added: 0.1.0
description:
  - Finds what cannot work of a user pool, its app clients, identity providers, scopes, groups and domain, and what the account lacks for it. Fails with
    all of it at once, before anything is changed. Reads only, and no value of a secret.
options:
  plan:
    description:
      - What is going to be there.
    type: dict
    required: true
    suboptions:
      user_pool:
        description: The pool, in the options of M(groundswell.aws.cognito_user_pools).
        type: dict
        required: true
      clients:
        description: App clients, in the options of M(groundswell.aws.cognito_user_pool_clients), by their own names.
        type: list
        elements: dict
        default: []
      providers:
        description: Identity providers, in the options of M(groundswell.aws.cognito_identity_providers), by their own names.
        type: list
        elements: dict
        default: []
      resource_servers:
        description: Resource servers, in the options of M(groundswell.aws.cognito_resource_servers), by their identifiers.
        type: list
        elements: dict
        default: []
      groups:
        description: Groups, in the options of M(groundswell.aws.cognito_groups), by their own names.
        type: list
        elements: dict
        default: []
      domain:
        description: The domain, a prefix or one of your own. Empty for none.
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
- name: Look before anything is touched
  groundswell.aws.cognito_readiness_info:
    plan:
      user_pool: {name: acme-prod-users, tier: ESSENTIALS}
      clients: [{name: app, oauth_flows: [code], scopes: [openid], callback_urls: ["acme://signed-in"]}]
      domain: acme-prod
"""

RETURN = r"""
problems:
  description: What would make the run fail.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.identity_plan import account_problems, plan_problems
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Both, and all of it."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    session, plan = Session(module), module.params["plan"]

    def look() -> dict[str, object]:
        problems = list(dict.fromkeys([*plan_problems(plan), *account_problems(session.client, session.region, plan)]))
        if problems:
            module.fail_json(msg="identity cannot be kept as declared; nothing was changed: " + "; ".join(problems), problems=problems)
        return {"changed": False, "problems": []}

    guarded(module, look)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep SNS platform applications as declared"""

DOCUMENTATION = r"""
module: sns_platform_applications
short_description: Keep SNS platform applications as declared
version_added: 0.1.0
description:
  - Platform applications tell devices something, by Firebase Cloud Messaging (HTTP v1) or Apple's Push Notification service (tokens).
  - Their credentials are read from Secrets Manager when they are given to SNS, which shows them to nobody again. The version of the secret that was given
    carries the staging label C(given-to-<name>), so that a new version of the secret is noticed without being read.
  - SNS takes no tags for them, so what begins with the project's and the environment's name is taken for the environment's own.
options:
  items:
    description:
      - The applications to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, which begins with the project's and the environment's.
        type: str
        required: true
      platform:
        description: Where devices are told. V(GCM) is Firebase, V(APNS_SANDBOX) is Apple's for apps under development.
        type: str
        required: true
        choices: [GCM, APNS, APNS_SANDBOX]
      secret_name:
        description:
          - Name or ARN of the secret with the credentials, of the same region. It has to be there and to hold something.
          - For Firebase the JSON of a service account, as it is downloaded. For Apple JSON with C(signing_key), the text of the .p8 file, and C(key_id).
        type: str
        required: true
      team_id:
        description: The team's identifier at Apple.
        type: str
      bundle_id:
        description: The app's identifier at Apple.
        type: str
      success_role_arn:
        description: ARN of the role by which SNS logs what was delivered. An empty string for no log.
        type: str
      failure_role_arn:
        description: ARN of the role by which SNS logs what was not delivered. An empty string for no log.
        type: str
      success_percent:
        description: Share of what was delivered that is logged, from 0 to 100.
        type: int
      failure_topic_arn:
        description: ARN of the topic that is told of each endpoint that cannot be told any more. An empty string for none.
        type: str
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
- name: Keep what tells devices
  groundswell.aws.sns_platform_applications:
    tags: "{{ resource_tags }}"
    layer: push
    items:
      - name: acme-prod-fcm
        platform: GCM
        secret_name: acme-prod-push-fcm
      - name: acme-prod-apns
        platform: APNS
        secret_name: acme-prod-push-apns
        team_id: ABCDE12345
        bundle_id: example.acme.app
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the application.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sns_push import PlatformApplications
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(PlatformApplications, DOCUMENTATION)

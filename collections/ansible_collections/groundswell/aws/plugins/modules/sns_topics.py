#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep SNS topics and their subscriptions as declared"""

DOCUMENTATION = r"""
module: sns_topics
short_description: Keep SNS topics and their subscriptions as declared
version_added: 0.1.0
description:
  - Whoever is subscribed by e-mail gets a letter and has to confirm. Until then nothing reaches them.
options:
  items:
    description:
      - The topics to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in its region.
        type: str
        required: true

      kms_key:
        description: Id or ARN of the key that encrypts messages. Its policy must admit who publishes.
        type: str
      display_name:
        description: What stands as the sender of e-mail.
        type: str
      policy:
        description: Who may publish and subscribe.
        type: dict
      subscriptions:
        description: Everybody who is told. Others are unsubscribed.
        type: list
        elements: dict
        suboptions:
          protocol:
            description: How they are told.
            type: str
            required: true
            choices: [email, email-json, sms, sqs, lambda, https, http, firehose]
          endpoint:
            description: Where they are told - an address, a number, an ARN or a URL.
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
- name: Keep the topic that calls people
  groundswell.aws.sns_topics:
    tags: "{{ resource_tags }}"
    layer: observability
    items:
      - name: acme-prod-alarms
        kms_key: arn:aws:kms:eu-west-1:123456789012:key/0abc
        subscriptions:
          - {protocol: email, endpoint: platform@acme.example}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the topic.
      type: str
      returned: always
    unconfirmed:
      description: Endpoints that have not confirmed yet.
      type: list
      elements: str
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sns import Topics
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Topics, DOCUMENTATION)

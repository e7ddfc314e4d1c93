#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep SQS queues as declared"""

DOCUMENTATION = r"""
module: sqs_queues
short_description: Keep SQS queues as declared
version_added: 0.1.0
description:
  - Standard queues, with the queue that gets what could not be done. Messages are lost with their queue, so it holds data.
options:
  items:
    description:
      - The queues to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 80 characters at most, unique in its region.
        type: str
        required: true
      visibility_timeout_seconds:
        description:
          - For how long a message that somebody received is not shown to others, from 0 to 43200 seconds.
          - At least as long as the function that reads it may take.
        type: int
      retention_seconds:
        description: Seconds that a message is kept, from 60 to 1209600.
        type: int
      delay_seconds:
        description: Seconds until a new message is shown, from 0 to 900.
        type: int
      receive_wait_seconds:
        description: Seconds that whoever asks waits for a message, from 0 to 20.
        type: int
      kms_key:
        description: Id or ARN of the key that encrypts messages. An empty string for SQS's own.
        type: str
      policy:
        description: Who may send and receive beside those whose own policies allow it. Empty for nobody.
        type: dict
      dead_letter_arn:
        description: ARN of the queue that gets what was received O(items[].max_receive_count) times and not deleted. An empty string for none.
        type: str
      max_receive_count:
        description: How often a message is tried, from 1 to 1000.
        type: int
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
- name: Keep the queue of what failed for good
  groundswell.aws.sqs_queues:
    tags: "{{ resource_tags }}"
    layer: functions
    items:
      - name: acme-prod-dead-letters
        retention_seconds: 1209600
        kms_key: ""
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the queue.
      type: str
      returned: always
    url:
      description: URL of the queue.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.sqs import Queues
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Queues, DOCUMENTATION)

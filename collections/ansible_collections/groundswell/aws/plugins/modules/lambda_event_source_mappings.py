#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep event source mappings of Lambda as declared"""

DOCUMENTATION = r"""
module: lambda_event_source_mappings
short_description: Keep event source mappings of Lambda as declared
version_added: 0.1.0
description:
  - Mappings have a function read the stream of a table, in order, or a queue.
  - AWS has no names for them; what they are called here is their tag C(Name).
options:
  items:
    description:
      - The mappings to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What it is called.
        type: str
        required: true
      function_arn:
        description: ARN of the function that is called, or better of its alias. Its role has to be allowed to read the source.
        type: str
        required: true
      source_arn:
        description: ARN of the stream of a DynamoDB table, or of a queue. With another one the mapping is made anew.
        type: str
        required: true
      starting_position:
        description:
          - Of a stream, from where on it is read when the mapping is made.
          - V(latest), what comes from then on; V(trim_horizon), all that is still there.
        type: str
        choices: [latest, trim_horizon]
      batch_size:
        description: How many at a time at most.
        type: int
      window_seconds:
        description: For how long a batch is gathered, from 0 to 300.
        type: int
      filters:
        description: Patterns, of which a record has to match one to be told, as EventBridge has them. Others count as done. Empty for all.
        type: list
        elements: dict
      report_failures:
        description: Whether the function answers which of a batch failed (C(ReportBatchItemFailures)), so that the others count as done.
        type: bool
      bisect:
        description: Of a stream, whether a batch that failed is cut in two, until the one that fails is alone.
        type: bool
      maximum_retry_attempts:
        description: Of a stream, how often a batch is tried again. V(-1) as long as the stream has it, which may hold up all behind it for a day.
        type: int
      maximum_record_age_seconds:
        description: Of a stream, how old a record may be to be tried. V(-1) for any age.
        type: int
      failure_destination_arn:
        description: Of a stream, ARN of a queue or topic that is told where a batch lies that was given up. An empty string for none.
        type: str
      maximum_concurrency:
        description: Of a queue, how many calls at a time at most, from 2 to 1000. 0 for no limit of its own.
        type: int
      enabled:
        description: Whether it reads. Nothing is lost meanwhile that the source keeps.
        type: bool
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
- name: Have the function told of what changes in the table
  groundswell.aws.lambda_event_source_mappings:
    tags: "{{ resource_tags }}"
    layer: functions
    items:
      - name: acme-prod-changes-app
        function_arn: arn:aws:lambda:eu-west-1:123456789012:function:acme-prod-changes:live
        source_arn: arn:aws:dynamodb:eu-west-1:123456789012:table/acme-prod-app/stream/2026-01-01T00:00:00.000
        starting_position: latest
        batch_size: 100
        bisect: true
        maximum_retry_attempts: 5
        report_failures: true
        failure_destination_arn: arn:aws:sqs:eu-west-1:123456789012:acme-prod-dead-letters
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: AWS's identifier of the mapping.
      type: str
      returned: always
    arn:
      description: ARN of the mapping.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_events import EventSourceMappings
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(EventSourceMappings, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep Lambda functions as declared"""

DOCUMENTATION = r"""
module: lambda_functions
short_description: Keep Lambda functions as declared
version_added: 0.1.0
description:
  - Functions of zip packages, with settings, concurrency, and an alias that leads to a published version of exactly what is declared.
  - Code is known by its SHA-256, as Lambda tells it. A change of code or settings becomes a new version, and the alias is moved there, at once or by a
    canary, where O(items[].canary_percent) of the calls get it first. The module waits for that, also with O(wait=false), and fails where the version
    was taken back.
options:
  items:
    description:
      - The functions to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 64 characters at most.
        type: str
        required: true
      package:
        description: The zip file on this machine. It is sent when the function is made and when O(items[].code_sha256) is not that of the function.
        type: path
        required: true
      code_sha256:
        description: Digest of the package, in Base64.
        type: str
        required: true
      role_arn:
        description: ARN of the execution role.
        type: str
        required: true
      runtime:
        description: Runtime, such as V(python3.13).
        type: str
        required: true
      handler:
        description: What is called, such as V(backend.api.handler).
        type: str
        required: true
      description:
        description: What the function does.
        type: str
      architecture:
        description: Processor.
        type: str
        choices: [arm64, x86_64]
      memory_mb:
        description: Memory, from 128 to 10240 MB. Processor time comes with it.
        type: int
      timeout_seconds:
        description: Seconds that a call may take, from 1 to 900.
        type: int
      environment:
        description: Every variable of the environment. Others are removed. Never a secret, which anybody who may look at the function would see.
        type: dict
      kms_key_arn:
        description: ARN of the key for the environment and the package. An empty string for the one that Lambda has for everybody.
        type: str
      layer_arns:
        description: Layers, by version, at most five; a later one covers an earlier.
        type: list
        elements: str
      tracing:
        description: Whether X-Ray traces calls.
        type: bool
      dead_letter_arn:
        description: ARN of a queue or topic that gets events that failed for good. An empty string for none.
        type: str
      log_group:
        description: Log group. Its retention and key are somebody else's to keep.
        type: str
      subnet_ids:
        description: Subnets of two Availability Zones at least, for what is reached in a network only. An empty list for no network.
        type: list
        elements: str
      security_group_ids:
        description: Security groups there.
        type: list
        elements: str
      reserved_concurrency:
        description: How many run at a time at most, and for how many there is always room. V(-1) for no reservation, V(0) for none at all.
        type: int
      alias:
        description: Alias that leads to the version of what is declared.
        type: str
      provisioned_concurrency:
        description: How many of the alias are always started, and paid for. 0 for none.
        type: int
      maximum_retry_attempts:
        description: How often an event is tried again that the alias was called with and nobody waits for, from 0 to 2.
        type: int
      maximum_event_age_seconds:
        description: How old such an event may get before it is given up, from 60 to 21600 seconds.
        type: int
      failure_destination_arn:
        description: ARN of the queue, topic or function that gets such events with what went wrong, when they are given up. An empty string for none.
        type: str
      canary_percent:
        description:
          - Share of the alias's calls that a new version gets first, from 1 to 99. 0 for none. The first version has nobody to share with.
          - Errors of the version are watched by an alarm of that time, called like the function with C(-canary).
        type: int
      canary_seconds:
        description: For how long, in seconds. CloudWatch hears of errors a minute or two late.
        type: int
      canary_errors:
        description: From how many failed calls in a minute on it is taken back. 1 where nothing is said.
        type: int
      canary_alarms:
        description: Names of further alarms that take it back when they go red. They have to be there, and not be red.
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
- name: Keep what answers the API
  groundswell.aws.lambda_functions:
    tags: "{{ resource_tags }}"
    layer: functions
    items:
      - name: acme-prod-api
        package: "{{ package['path'] }}"
        code_sha256: "{{ package['code_sha256'] }}"
        role_arn: arn:aws:iam::123456789012:role/acme-prod-api
        runtime: python3.13
        handler: backend.api.handler
        architecture: arm64
        memory_mb: 256
        timeout_seconds: 10
        alias: live
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the function, which is whatever was changed last.
      type: str
      returned: always
    alias_arn:
      description: ARN of the alias, which is what others call. Empty without one.
      type: str
      returned: always
    version:
      description: Version that the alias leads to.
      type: str
      returned: always
    canary:
      description: How a new version was tried, or in check mode would be. Empty where none was.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_functions import Functions
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Functions, DOCUMENTATION)

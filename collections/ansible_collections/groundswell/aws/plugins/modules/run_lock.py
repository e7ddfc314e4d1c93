#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take the lock of an environment for this run."""

DOCUMENTATION = r"""
module: run_lock
short_description: Take the lock of an environment for this run
version_added: 0.1.0
description:
  - An object in S3, written on the condition that there is none (C(If-None-Match)). So of two runs at the same time one is refused, and told who has it.
  - The callback P(groundswell.aws.run_record#callback) renews it until the run has ended, writes the run's record and releases it. Without that callback the
    module fails.
  - One that nobody has renewed for O(expires) seconds is taken over, on the condition that it is still as it was seen. How long that is S3 says, not the
    clocks of those who run.
  - Makes the bucket where there is none, with versions, and closed to the public. What else it is to be is a matter of M(groundswell.aws.s3_buckets).
  - In check mode it looks who has the lock, and warns.
options:
  environment:
    description:
      - What is locked, for messages.
    type: str
    required: true
  bucket:
    description:
      - Bucket for the lock and the records.
    type: str
    required: true
  account:
    description:
      - The account that it has to be of, and that the caller has to be of.
    type: str
    required: true
  tags:
    description:
      - Tags of the bucket, where it has to be made.
    type: dict
    required: true
  run:
    description:
      - Name of the run, which the callback has given it. Empty where there is no such callback.
    type: str
    required: true
  playbook:
    description:
      - What is run, for others who look at the lock.
    type: str
    default: ''
  expires:
    description:
      - Seconds after which a lock that is not renewed may be taken by others. It is renewed five times as often.
    type: int
    default: 900
  wait:
    description:
      - Seconds to wait for somebody else's lock.
    type: int
    default: 0
  consent:
    description:
      - Name of the run whose lock is taken over though it has not expired.
    type: str
    default: ''
  required:
    description:
      - Whether to fail where the region of the lock does not answer. Otherwise the run goes on without it, which its record says.
    type: bool
    default: true
  create:
    description:
      - Whether to make the bucket where there is none. Otherwise the run goes on without the lock then; there is nobody else who would have it.
    type: bool
    default: true
  python:
    description:
      - The Python that renews the lock and writes the record, with boto3.
    type: str
    required: true
  directory:
    description:
      - Where a record is kept that S3 does not take.
    type: path
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Take the lock
  groundswell.aws.run_lock:
    region: us-east-1
    environment: dev
    bucket: acme-dev-123456789012-us-east-1-runs
    account: "123456789012"
    tags: {Project: acme, Environment: dev, Cell: dev-global, Layer: run, ManagedBy: groundswell}
    run: "{{ lookup('ansible.builtin.env', 'GROUNDSWELL_RUN') }}"
    python: "{{ ansible_playbook_python }}"
    directory: build/runs
"""

RETURN = r"""
caller:
  description: ARN of the caller. Empty in check mode.
  returned: always
  type: str
holder:
  description: Who has the lock, in words. Empty where it is nobody else.
  returned: always
  type: str
told:
  description: What the record says about the lock, C(taken_over) and C(without), where there is anything to be said.
  returned: always
  type: dict
changes:
  description: The bucket, where it had to be made, with C(cell), C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
place:
  description: Where the lock is, for whoever renews it.
  returned: always
  type: dict
lock:
  description: What the lock says.
  returned: always
  type: dict
etag:
  description: ETag of the lock. Empty where the run goes on without.
  returned: always
  type: str
"""

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.run_taking import look, take
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

if __name__ == "__main__":
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)

    def work():
        """In check mode only look."""
        answer = look(module) if module.check_mode else take(module)
        for words in answer.pop("warnings"):
            warn(words)  # not module.warn, see module_utils/set_module.py
        return {"changed": bool(answer["changes"]), **answer}

    guarded(module, work)

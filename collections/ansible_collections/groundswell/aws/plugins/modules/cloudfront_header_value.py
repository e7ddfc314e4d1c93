#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let a distribution send a secret's current value"""

DOCUMENTATION = r"""
module: cloudfront_header_value
short_description: Let a distribution send a secret's current value
version_added: 0.1.0
description:
  - Puts the current value of a secret into a header that a distribution sends to its origins already, and waits until the distribution is deployed everywhere.
  - Nothing else of the distribution changes. No value is returned or shown in a difference.
options:
  distribution:
    description:
      - Id of the distribution.
    type: str
    required: true
  header:
    description:
      - Name of the header.
    type: str
    required: true
  secret:
    description:
      - ARN of the secret. It is read in the region that the ARN names.
    type: str
    required: true
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Let the edge send the new value
  groundswell.aws.cloudfront_header_value:
    region: us-east-1
    distribution: E2QWRUHAPOMQZL
    header: X-Origin-Verify
    secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-prod-origin_header-AbCdEf
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.rotation import send_header
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(send_header, DOCUMENTATION)

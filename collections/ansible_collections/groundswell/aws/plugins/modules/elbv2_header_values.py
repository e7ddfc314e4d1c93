#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let listener rules take each value that a secret has now"""

DOCUMENTATION = r"""
module: elbv2_header_values
short_description: Let listener rules take each value that a secret has now
version_added: 0.1.0
description:
  - Finds the rules of a load balancer that ask for a header, and lets them compare it with the current, the pending and the previous value of a secret,
    as far as it has them.
  - Nothing else of the rules changes. No value is returned or shown in a difference.
options:
  load_balancer:
    description:
      - Name of the load balancer.
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
  settle_seconds:
    description:
      - Seconds to wait after a change, until all nodes of the load balancer go by it. AWS does not tell.
    type: int
    default: 60
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Let the load balancer take the new value too
  groundswell.aws.elbv2_header_values:
    region: eu-west-1
    load_balancer: acme-prod-public
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

from ansible_collections.groundswell.aws.plugins.module_utils.rotation import accept_header
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(accept_header, DOCUMENTATION)

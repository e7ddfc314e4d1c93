#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Let one database instance take the name, and so the address, of another."""

DOCUMENTATION = r"""
module: rds_instances_exchange
short_description: Let one database instance take the name, and so the address, of another
version_added: 0.1.0
description:
  - The address of an instance follows from its name. So whoever has the name is who the application talks to, from its next connection on.
  - The instance that had the name is kept under another one, with all its data. Its read replicas go on following it.
  - Run again, it does what is not done yet.
options:
  name:
    description:
      - The name.
    type: str
    required: true
  restored:
    description:
      - Identifier of the instance that takes it. It gets the tag C(Layer) of the other one too, by which it is ours in its place.
    type: str
    required: true
  kept_as:
    description:
      - Name of the other one from then on.
    type: str
    required: true
  even_if_bad:
    description:
      - Whether O(restored) may take the name although its tag C(Validation) is V(bad). The tag is taken off when it has the name.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most for both.
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
- name: Let the restored database serve
  groundswell.aws.rds_instances_exchange:
    region: eu-west-1
    name: acme-prod
    restored: acme-prod-restored
    kept_as: acme-prod-replaced
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.exchange import exchange
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_steps

if __name__ == "__main__":
    run_steps(exchange, DOCUMENTATION)

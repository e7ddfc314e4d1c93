#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what we have of several kinds."""

DOCUMENTATION = r"""
module: resources_info
short_description: Read what we have of several kinds
version_added: 0.1.0
description:
  - Finds everything of the given kinds that carries our tags, all kinds at once.
  - A name that is asked for and does not exist comes back with C(exists=false) and well-formed placeholders, so that what is
    made from the answer is well formed in check mode and on an account that is only half built. The set modules refuse placeholders
    outside check mode.
options:
  kinds:
    description:
      - Names that must be in the answer, by kind. A kind is named like its module. An empty list asks for whatever there is.
    type: dict
    required: true
  wait:
    description:
      - Whether to wait until all of them that exist are ready to use. How a layer that submitted something slow waits for it later.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most for each kind.
    type: int
    default: 3600
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - groundswell.aws.ownership
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Read the network
  groundswell.aws.resources_info:
    tags: "{{ resource_tags }}"
    layer: network
    kinds:
      ec2_vpcs: [acme-prod]
      ec2_subnets: [acme-prod-app-a, acme-prod-app-b]
"""

RETURN = r"""
resources:
  description: The resources, by kind and name.
  returned: always
  type: dict
  sample: {"ec2_vpcs": {"acme-prod": {"id": "vpc-0abc", "exists": true, "cidr": "10.40.0.0/16"}}}
"""

from ansible_collections.groundswell.aws.plugins.module_utils.all_kinds import run_info

if __name__ == "__main__":
    run_info(DOCUMENTATION)

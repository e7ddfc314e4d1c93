#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove everything we have of several kinds."""

DOCUMENTATION = r"""
module: resources_absent
short_description: Remove everything we have of several kinds
version_added: 0.1.0
description:
  - Removes everything of the given kinds that carries our tags, kind after kind in the order given.
  - Asks no questions except for kinds that hold data. Whoever calls it has made sure that it is wanted.
options:
  kinds:
    description:
      - Kinds to remove, in order. A kind is named like its module.
    type: list
    elements: str
    required: true
  data:
    description:
      - Whether kinds that hold data may go too. Without, such a kind fails the task while there is one of it.
    type: bool
    default: false
  removal:
    description:
      - How to remove, in the words of the kinds' own module options, such as C(final_snapshot).
    type: dict
  wait:
    description:
      - Whether to wait until each kind is gone before the next one is tried.
    type: bool
    default: true
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
- name: Remove the network
  groundswell.aws.resources_absent:
    tags: "{{ resource_tags }}"
    layer: network
    kinds: [ec2_nat_gateways, ec2_elastic_ips, ec2_subnets, ec2_vpcs]
"""

RETURN = r"""
changes:
  description: What was, or in check mode would be, removed.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.groundswell.aws.plugins.module_utils.all_kinds import run_absent

if __name__ == "__main__":
    run_absent(DOCUMENTATION)

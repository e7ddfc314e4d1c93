#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep groups of IAM Identity Center as declared"""

DOCUMENTATION = r"""
module: identitystore_groups
short_description: Keep groups of IAM Identity Center as declared
version_added: 0.1.0
description:
  - Keeps groups of the directory of the organization's instance of IAM Identity Center, which is found. Who is a member is not looked at.
  - They carry no tags. Those are ours whose description names the tags and the layer, as in O(tags) and O(layer).
options:
  items:
    description:
      - The groups to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the group, up to 1024 characters. Unique in the directory.
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
- name: Keep the group of those who look after the network
  groundswell.aws.identitystore_groups:
    tags: "{{ resource_tags }}"
    layer: access
    items:
      - name: acme-prod-job-network
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the group. One that is made again has another.
      type: str
      returned: always
    external:
      description: Whether an identity provider has sent it.
      type: bool
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.identity_center import DirectoryGroups
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(DirectoryGroups, DOCUMENTATION)

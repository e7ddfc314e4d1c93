#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep small objects of a bucket as declared"""

DOCUMENTATION = r"""
module: s3_objects
short_description: Keep small objects of a bucket as declared
version_added: 0.1.0
description:
  - For what a role carries with it, such as a page; not for what users store.
  - Everything under O(prefix) that carries our tags is declared or undeclared.
options:
  items:
    description:
      - The objects to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Key.
        type: str
        required: true

      content:
        description: Text. Compared by its hash. Either this or O(items[].src).
        type: str
      src:
        description: File that the content is in, on the machine where the module runs.
        type: path
      content_type:
        description: Type. C(text/html; charset=utf-8) if not given.
        type: str
      cache_control:
        description: How long others may keep it, as the header says it.
        type: str
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  prefix:
    description: What keys begin with. The whole bucket if not given.
    type: str
    default: ""
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
- name: Keep the fallback page
  groundswell.aws.s3_objects:
    tags: "{{ resource_tags }}"
    layer: edge
    bucket: acme-prod-fallback
    prefix: _fallback/
    items:
      - {name: _fallback/index.html, content: "{{ lookup('file', 'index.html') }}"}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    key:
      description: Key.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.s3_objects import Objects
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Objects, DOCUMENTATION)

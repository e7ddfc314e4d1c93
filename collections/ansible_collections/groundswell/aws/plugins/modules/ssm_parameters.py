#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep parameters in Parameter Store"""

DOCUMENTATION = r"""
module: ssm_parameters
short_description: Keep parameters in Parameter Store
version_added: 0.1.0
description:
  - Keeps parameters that hold no secrets. Values appear in differences and answers.
options:
  items:
    description:
      - The parameters to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Full name of the parameter, such as C(/acme/prod/database/port).
        type: str
        required: true

      value:
        description: The value.
        type: str
        required: true
      keep_value:
        description: Whether the value is only the first one. Others change it from then on, and it is left alone.
        type: bool
        default: false
      type:
        description: Type of the value. Cannot change.
        type: str
        choices: [String, StringList]
        default: String
      data_type:
        description: V(aws:ec2:image) lets AWS check that the value is the id of an image that the account may use. Cannot change.
        type: str
        choices: [text, "aws:ec2:image"]
      description:
        description: What the parameter is for.
        type: str
      tier:
        description: V(Advanced) takes values over 4 KiB, and costs. There is no way back.
        type: str
        choices: [Standard, Advanced]
      allowed_pattern:
        description: Regular expression that every value must match.
        type: str
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
- name: Publish the address of the database
  groundswell.aws.ssm_parameters:
    tags: "{{ resource_tags }}"
    layer: application_config
    items:
      - {name: /acme/prod/database/writer-address, value: db.example.org}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the parameter.
      type: str
      returned: always
    value:
      description: The value it has.
      type: str
      returned: always
    version:
      description: How often the value was set.
      type: int
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ssm import Parameters
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Parameters, DOCUMENTATION)

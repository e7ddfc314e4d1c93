#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep documents by which commands and sessions are run"""

DOCUMENTATION = r"""
module: ssm_documents
short_description: Keep documents by which commands and sessions are run
version_added: 0.1.0
description:
  - Keeps documents of the types C(Command), for EC2 instances, and C(Session). Who may run one of ours may run what it says and nothing else.
options:
  items:
    description:
      - The documents to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the document. C(aws), C(amazon) and C(amzn) are AWS's own beginnings.
        type: str
        required: true
      type:
        description: What it is for. Cannot change.
        type: str
        choices: [command, session]
        default: command
      content:
        description: >-
          The document, of schema version 2.2 for commands and 1.0 for sessions. A change makes a new version, which becomes the default one.
        type: dict
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
- name: Let servers say how full their disk is
  groundswell.aws.ssm_documents:
    tags: "{{ resource_tags }}"
    layer: fleets
    items:
      - name: acme-prod-disk
        content:
          schemaVersion: "2.2"
          description: How full the disk is
          mainSteps: [{action: "aws:runShellScript", name: disk, inputs: {runCommand: [df]}}]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the document.
      type: str
      returned: always
    version:
      description: The version that is run.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ssm import Documents
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Documents, DOCUMENTATION)

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pack a directory for Lambda"""

DOCUMENTATION = r"""
module: lambda_package
short_description: Pack a directory for Lambda
version_added: 0.1.0
description:
  - Packs what is in a directory, and what its C(requirements.txt) names, for functions of Python. The same sources give the same bytes, on whatever machine.
  - Every requirement is pinned with its hashes. They are installed as wheels for the runtime and the architecture of the functions.
  - Touches nothing but O(builds), in check mode too, and so never changes anything.
options:
  source:
    description: Directory with the sources, and a C(requirements.txt) where something is needed that the runtime has not.
    type: path
    required: true
  runtime:
    description: Runtime, such as C(python3.13).
    type: str
    required: true
  architecture:
    description: Processor of the functions.
    type: str
    choices: [arm64, x86_64]
    required: true
  builds:
    description: Directory that packages are kept in.
    type: path
    required: true
  beside:
    description: Files from elsewhere that belong into the package, by their paths in it.
    type: dict
    default: {}
  distributions:
    description: Distributions of Python alone that this machine's Python has, and the package takes from there, so that nothing is fetched.
    type: list
    elements: str
    default: []
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Pack the back end
  groundswell.aws.lambda_package:
    source: apps/mobile_backend
    runtime: python3.13
    architecture: arm64
    builds: build/functions
"""

RETURN = r"""
path:
  description: The package.
  returned: always
  type: str
code_sha256:
  description: Its digest as Lambda tells it.
  returned: always
  type: str
size:
  description: Bytes.
  returned: always
  type: int
"""

import pathlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.packages import build
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem


def main() -> None:
    """Pack."""
    module = AnsibleModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    options = module.params
    try:
        built = build(
            pathlib.Path(options["source"]), options["runtime"], options["architecture"], pathlib.Path(options["builds"]),
            beside=options["beside"], distributions=options["distributions"],
        )  # fmt: skip
    except Problem as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=False, **built)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the inventory. The work is done on the controller, in the action plugin of the same name."""

DOCUMENTATION = r"""
module: validate_inventory
short_description: Judge the inventory before anything asks AWS
version_added: 0.1.0
description:
  - Looks at the variables of all cells of the inventory and fails with everything that is wrong with them, each with file and line.
  - Variables are known from the argument specs of the roles beside the calling role. Their files are found below C(group_vars) and
    C(host_vars) of the inventory's directory.
  - Runs on the controller, asks nothing of AWS, and takes its turn in the first cell of a play only.
options:
  lifecycle:
    description:
      - When versions end. Each with C(what), C(variable), C(versions) (a regular expression), C(ends), C(replacement), C(source), and
        C(when) with the values other variables must have.
    type: list
    elements: dict
    default: []
  site_role:
    description:
      - The role whose argument spec documents the variables that belong to no role. Its required ones the user has to set.
    type: str
    default: preflight
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look at the inventory
  groundswell.aws.validate_inventory:
    lifecycle:
      - what: RDS for MySQL 8.0
        variable: database_engine_version
        versions: "8\\.0"
        ends: "2026-07-31"
        replacement: "8.4"
        source: AWS
"""

RETURN = r"""
problems:
  description: What is wrong, each with the place to change.
  returned: always
  type: list
  elements: str
"""

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One digest of everything that goes into an image."""

DOCUMENTATION = r"""
module: image_digest
short_description: One digest of everything that goes into an image
version_added: 0.1.0
description:
  - Hashes files and values, each under a name, and all of them together. Two images of the same digest were made from the same things.
  - Told what an earlier image was made from, says by name what is different now.
  - Changes nothing.
options:
  files:
    description:
      - By name, files and directories. Of a directory every file counts, with its path in it and whether it can be executed;
        byte code and README files do not.
    type: dict
    default: {}
  values:
    description: By name, any value.
    type: dict
    default: {}
  previous:
    description: RV(inputs) of an earlier image; empty if there is none.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Changes nothing anyway.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Find out what the image is made from
  groundswell.aws.image_digest:
    files:
      application: [apps/php]
      roles: [roles/server_base, roles/web_server]
    values:
      packages: "{{ packages }}"
  register: made_from
"""

RETURN = r"""
digest:
  description: SHA-256 of all inputs.
  returned: success
  type: str
inputs:
  description: SHA-256 of each input, by name.
  returned: success
  type: dict
different:
  description: Names of the inputs that O(previous) has otherwise or not at all, and of those that only it has.
  returned: success
  type: list
  elements: str
"""

import hashlib
import json
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec

_UNIMPORTANT = ("__pycache__", "README.md", ".git")


class Missing(Exception):
    """One of the inputs is not there."""


def lines_of(path: Path, name: str) -> t.Iterator[str]:
    """What a file or a directory consists of, always in the same order."""
    if path.is_symlink():
        yield f"link {name} {path.readlink()}"
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in _UNIMPORTANT:
                yield from lines_of(child, f"{name}/{child.name}")
    else:
        executable = "x" if path.stat().st_mode & 0o100 else "-"
        yield f"file {name} {executable} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def of_files(paths: list[str]) -> str:
    """One digest of files and directories; where on this machine they are does not matter."""
    for path in paths:
        if not Path(path).exists():
            raise Missing(path)
    # A name that leads elsewhere stands for what it leads to; links inside are content.
    found = [Path(path).resolve() for path in paths]
    return of_value([line for path in found for line in lines_of(path, path.name)])


def of_value(value: t.Any) -> str:
    """One digest of a value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    try:
        inputs = {name: of_files(paths) for name, paths in module.params["files"].items()}
    except Missing as missing:
        module.fail_json(msg=f"what the image is made from is missing: {missing}")
    inputs |= {name: of_value(value) for name, value in module.params["values"].items()}
    previous = module.params["previous"]
    different = sorted(name for name in inputs.keys() | previous.keys() if inputs.get(name) != previous.get(name))
    module.exit_json(changed=False, digest=of_value(inputs), inputs=inputs, different=different)


if __name__ == "__main__":
    main()

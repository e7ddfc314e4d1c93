#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Add the Python packages of a root file system to its bill of materials."""

DOCUMENTATION = r"""
module: spdx_python_packages
short_description: Add the Python packages of a root file system to its bill of materials
version_added: 0.1.0
description:
  - Tools that read the records of dpkg know nothing of what was installed from wheels. This one reads the records that wheels leave,
    and adds each package to a document in SPDX 2.3 as JSON, as a part of what the document describes.
  - Packages that are in the document already stay as they are.
options:
  path:
    description: The document.
    type: path
    required: true
  root:
    description: The root file system.
    type: path
    required: true
  directories:
    description: Directories in it to look through. Those of Debian's own packages do not belong here.
    type: list
    elements: str
    default: [/opt, /srv, /usr/local/lib]
attributes:
  check_mode:
    description: Says what would be added.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Add what was installed from wheels
  groundswell.aws.spdx_python_packages:
    path: /srv/images/web/sbom.spdx.json
    root: /srv/images/web/root
"""

RETURN = r"""
packages:
  description: All that were found, as name==version.
  returned: success
  type: list
  elements: str
"""

import importlib.metadata
import json
import os
import re
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec

_NOTHING = "NOASSERTION"
# What SPDX takes for a licence without looking it up: identifiers, exceptions and references, put together.
_EXPRESSION = re.compile(r"[A-Za-z0-9.+\-() ]+")


def found(root: Path, directories: list[str]) -> dict[str, importlib.metadata.Distribution]:
    """Name, as package indexes spell it, and version -> the package's own record."""
    places = set()
    for directory in directories:
        # Links are not followed: what they lead to lies somewhere itself.
        for folder, names, _files in os.walk(root / directory.lstrip("/")):
            if any(name.endswith(".dist-info") for name in names):
                places.add(folder)
    packages = {}
    for one in importlib.metadata.distributions(path=sorted(places)):
        name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
        packages[f"{name}=={one.version}"] = one
    return dict(sorted(packages.items()))


def described(package: str, record: importlib.metadata.Distribution) -> dict[str, t.Any]:
    """A package in SPDX."""
    name, version = package.split("==")
    expression = record.metadata.get("License-Expression") or ""
    return {
        "SPDXID": "SPDXRef-python-" + re.sub(r"[^A-Za-z0-9.]+", "-", f"{name}-{version}"),
        "name": name,
        "versionInfo": version,
        "summary": record.metadata.get("Summary") or name,
        "supplier": _NOTHING,
        "downloadLocation": _NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": _NOTHING,
        "licenseDeclared": expression if _EXPRESSION.fullmatch(expression) else _NOTHING,
        "copyrightText": _NOTHING,
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:pypi/{name}@{version}"}],
    }


def add(document: dict[str, t.Any], packages: dict[str, importlib.metadata.Distribution]) -> bool:
    """Whether there was anything to add."""
    whole = next(one["relatedSpdxElement"] for one in document["relationships"] if one["relationshipType"] == "DESCRIBES")
    there = {package["SPDXID"] for package in document["packages"]}
    new = [package for package in (described(name, record) for name, record in packages.items()) if package["SPDXID"] not in there]
    document["packages"] += new
    document["relationships"] += [{"spdxElementId": package["SPDXID"], "relationshipType": "PACKAGE_OF", "relatedSpdxElement": whole} for package in new]
    return bool(new)


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    path = Path(module.params["path"])
    packages = found(Path(module.params["root"]), module.params["directories"])
    document = json.loads(path.read_text(encoding="utf-8"))
    changed = add(document, packages)
    if changed and not module.check_mode:
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    module.exit_json(changed=changed, packages=list(packages))


if __name__ == "__main__":
    main()

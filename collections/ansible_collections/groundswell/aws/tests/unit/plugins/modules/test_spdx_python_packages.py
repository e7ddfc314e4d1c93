# SPDX-License-Identifier: GPL-3.0-or-later
"""Bills of materials that know what was installed from wheels."""

from __future__ import annotations

import copy
from pathlib import Path

from ansible_collections.groundswell.aws.plugins.modules.spdx_python_packages import add, described, found

DOCUMENT = {
    "packages": [{"SPDXID": "SPDXRef-system", "name": "system"}],
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-system"}],
}


def install(root: Path, place: str, name: str, version: str, *lines: str) -> None:
    record = root / place / f"{name.replace('-', '_')}-{version}.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines]) + "\n")


def test_what_wheels_left(tmp_path: Path) -> None:
    """Wherever it lies, once; not what Debian installed, and not beyond the root file system."""
    install(tmp_path, "opt/releases/0f", "Flask", "3.1.3", "License-Expression: BSD-3-Clause")
    install(tmp_path, "srv/application/vendor", "zope.interface", "7.0")
    install(tmp_path, "usr/lib/python3/dist-packages", "certifi", "2025.1")
    (tmp_path / "opt/application").symlink_to("releases/0f")
    packages = found(tmp_path, ["/opt", "/srv", "/nowhere"])
    assert list(packages) == ["flask==3.1.3", "zope-interface==7.0"]
    flask, zope = (described(name, record) for name, record in packages.items())
    assert (flask["licenseDeclared"], zope["licenseDeclared"]) == ("BSD-3-Clause", "NOASSERTION")
    assert zope["externalRefs"][0]["referenceLocator"] == "pkg:pypi/zope-interface@7.0"
    assert zope["SPDXID"] == "SPDXRef-python-zope-interface-7.0"


def test_each_is_a_part_of_the_whole(tmp_path: Path) -> None:
    """And is added once."""
    install(tmp_path, "opt", "six", "1.17.0")
    document = copy.deepcopy(DOCUMENT)
    assert add(document, found(tmp_path, ["/opt"])) is True
    assert [package["name"] for package in document["packages"]] == ["system", "six"]
    assert document["relationships"][1:] == [
        {"spdxElementId": "SPDXRef-python-six-1.17.0", "relationshipType": "PACKAGE_OF", "relatedSpdxElement": "SPDXRef-system"}
    ]
    assert add(document, found(tmp_path, ["/opt"])) is False

#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where this machine finds Debian's packages, and what is on offer there for a release."""

DOCUMENTATION = r"""
module: package_archive_info
short_description: Where this machine finds Debian's packages, and what is on offer there for a release
version_added: 0.1.0
description:
  - Reads the machine's own apt sources and puts another release in the place of its own, with the updates and the security archive that it has.
  - Asks each archive for its Release file, whose checksums of the package indexes say whether anything is new.
  - Changes nothing. That the archive is genuine is for apt to verify, when packages are installed.
options:
  release:
    description: Code name of the Debian release wanted.
    type: str
    required: true
  architecture:
    description: Debian's name of the architecture.
    type: str
    required: true
  mirror:
    description:
      - URL of a Debian archive, for machines whose own sources name none. The security archive is expected under the same URL followed by C(-security).
      - Empty means the machine's own sources.
    type: str
    default: ""
  timeout:
    description: Seconds to wait for an archive.
    type: int
    default: 20
  root:
    description: Where the machine's files are.
    type: path
    default: /
attributes:
  check_mode:
    description: Changes nothing anyway.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Find the packages of Debian 13
  groundswell.aws.package_archive_info:
    release: trixie
    architecture: amd64
  register: archive
"""

RETURN = r"""
sources:
  description: Apt sources for the release, in deb822 format.
  returned: success
  type: str
indexes:
  description: By suite, SHA-256 of its package index.
  returned: success
  type: dict
"""

import re
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec

_COMPONENT = "main"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Missing(Exception):
    """There is no archive, or it does not answer."""


def paragraphs(text: str) -> list[dict[str, str]]:
    """What a deb822 file consists of."""
    found = []
    for block in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = re.findall(r"(?m)^([\w-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", block)
        if fields:
            found.append({name.lower(): " ".join(value.split()) for name, value in fields})
    return found


def entries(root: Path) -> list[tuple[str, str]]:
    """URL and suite of every binary archive that apt uses."""
    apt = root / "etc/apt"
    found = []
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        for paragraph in paragraphs(path.read_text()):
            if "deb" in paragraph.get("types", "").split() and paragraph.get("enabled", "yes") != "no":
                found += [(uri, suite) for uri in paragraph.get("uris", "").split() for suite in paragraph.get("suites", "").split()]
    for path in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        if path.exists():
            found += re.findall(r"(?m)^deb[ \t]+(?:\[[^\]]*\][ \t]+)?(\S+)[ \t]+(\S+)", path.read_text())
    return found


def suites(root: Path, release: str, mirror: str) -> dict[str, str]:
    """Suite of the wanted release -> URL of its archive."""
    if mirror:
        mirror = mirror.rstrip("/")
        return {release: mirror, f"{release}-updates": mirror, f"{release}-security": f"{mirror}-security"}
    about = dict(re.findall(r'(?m)^(\w+)="?([^"\n]*)"?', (root / "etc/os-release").read_text()))
    own = about.get("VERSION_CODENAME", "")
    found: dict[str, str] = {}
    if about.get("ID") == "debian" and own:
        for url, suite in entries(root):
            if suite in (own, f"{own}-updates", f"{own}-security"):
                found.setdefault(release + suite.removeprefix(own), url.rstrip("/"))
    if release not in found:
        raise Missing("this machine's apt sources name no Debian archive: say where one is, with the variable image_build_mirror")
    return found


def index(url: str, suite: str, architecture: str, timeout: int) -> str:
    """Checksum of a suite's list of packages."""
    address = f"{url}/dists/{suite}/Release"
    try:
        release = open_url(address, timeout=timeout).read().decode()
    except (OSError, ValueError) as error:
        raise Missing(f"the package archive does not answer: {address}: {getattr(error, 'reason', error)}") from error
    checksum = re.search(rf"(?m)^ ([0-9a-f]{{64}})\s+\d+ {_COMPONENT}/binary-{re.escape(architecture)}/Packages$", release)
    if not checksum:
        raise Missing(f"{address} offers no packages for {architecture}")
    return checksum[1]


def source(url: str, suite: str) -> str:
    """An entry for apt."""
    return f"Types: deb\nURIs: {url}\nSuites: {suite}\nComponents: {_COMPONENT}\nSigned-By: {_KEYRING}\n"


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    wanted: dict[str, t.Any] = module.params
    try:
        found = suites(Path(wanted["root"]), wanted["release"], wanted["mirror"])
        indexes = {suite: index(url, suite, wanted["architecture"], wanted["timeout"]) for suite, url in sorted(found.items())}
    except Missing as missing:
        module.fail_json(msg=str(missing))
    module.exit_json(changed=False, sources="\n".join(source(url, suite) for suite, url in sorted(found.items())), indexes=indexes)


if __name__ == "__main__":
    main()

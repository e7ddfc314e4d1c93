# SPDX-License-Identifier: GPL-3.0-or-later
"""Which archive a machine's own apt sources lead to for another release, and what its Release file says."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundswell.aws.plugins.modules.package_archive_info import Missing, index, suites

DEB822 = """\
# ours
Types: deb
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.test/debian-security/
Suites: bookworm-security
Components: main

Types: deb
URIs: https://vendor.test/apt
Suites: nodistro
Components: main
"""
LINES = """\
# deb http://off.test/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.test/debian bookworm main contrib
deb-src http://sources.test/debian bookworm main
deb http://mirror.test/debian-security bookworm-security main
"""
RELEASE = """\
Suite: stable
Codename: trixie
SHA256:
 {main}  9000 main/binary-amd64/Packages
 {other}  8000 main/binary-amd64/Packages.xz
 {other}  9000 contrib/binary-amd64/Packages
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A Debian 12 without sources."""
    (tmp_path / "etc/apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    return tmp_path


def test_sources_in_paragraphs(machine: Path) -> None:
    """Release, updates and security archive, and nobody else's."""
    (machine / "etc/apt/sources.list.d/debian.sources").write_text(DEB822)
    assert suites(machine, "trixie", "") == {
        "trixie": "http://mirror.test/debian",
        "trixie-updates": "http://mirror.test/debian",
        "trixie-security": "http://mirror.test/debian-security",
    }


def test_sources_in_lines(machine: Path) -> None:
    """The older format; what is commented out, or for sources, does not count."""
    (machine / "etc/apt/sources.list").write_text(LINES)
    assert suites(machine, "trixie", "") == {"trixie": "http://mirror.test/debian", "trixie-security": "http://mirror.test/debian-security"}


def test_disabled_source(machine: Path) -> None:
    """Enabled: no."""
    (machine / "etc/apt/sources.list.d/debian.sources").write_text(DEB822.replace("Types: deb\n", "Types: deb\nEnabled: no\n", 1))
    with pytest.raises(Missing):
        suites(machine, "trixie", "")


def test_other_system_needs_a_mirror(machine: Path) -> None:
    """Ubuntu's archive has no Debian in it."""
    (machine / "etc/os-release").write_text("ID=ubuntu\nVERSION_CODENAME=noble\n")
    with pytest.raises(Missing, match="image_build_mirror"):
        suites(machine, "trixie", "")
    assert suites(machine, "trixie", "http://given.test/debian/")["trixie-security"] == "http://given.test/debian-security"


def archive(path: Path, text: str) -> str:
    """An archive on disk, as a URL."""
    (path / "dists/trixie").mkdir(parents=True)
    (path / "dists/trixie/Release").write_text(text)
    return path.as_uri()


def test_index_is_that_of_the_architecture(tmp_path: Path) -> None:
    """The uncompressed list of packages of component main."""
    url = archive(tmp_path, RELEASE.format(main="a" * 64, other="b" * 64))
    assert index(url, "trixie", "amd64", 5) == "a" * 64
    with pytest.raises(Missing, match="no packages for arm64"):
        index(url, "trixie", "arm64", 5)


def test_archive_that_does_not_answer(tmp_path: Path) -> None:
    """The address and the reason are said."""
    with pytest.raises(Missing, match=r"does not answer: file://.*/dists/trixie/Release: .*No such file"):
        index(tmp_path.as_uri(), "trixie", "amd64", 5)

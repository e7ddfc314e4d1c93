# SPDX-License-Identifier: GPL-3.0-or-later
"""What no disk is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundswell.aws.plugins.modules.disk_image import Unfit, check, held_mib


def elf(machine: int) -> bytes:
    """The beginning of a program."""
    return b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0" + machine.to_bytes(2, "little")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The least that can be booted."""
    for path in ("usr/lib/shim/shimx64.efi.signed", "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "boot/grub/grub.cfg"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sh").write_bytes(elf(62))
    return tmp_path


def test_fit(root: Path) -> None:
    """Nothing to object."""
    check(root, "x86_64", 1024)


def test_wrong_architecture(root: Path) -> None:
    """Programs for another processor."""
    (root / "bin/sh").write_bytes(elf(183))
    with pytest.raises(Unfit, match="holds programs for arm64, not for x86_64"):
        check(root, "x86_64", 1024)


def test_disk_too_small(root: Path) -> None:
    """Says how large it must be. A hole counts as what it may be filled with."""
    with (root / "large").open("wb") as file:
        file.truncate(2000 * 1024 * 1024)
    with pytest.raises(Unfit, match="holds 2001 MiB, which takes a disk of 3 GiB: 1 GiB are too small"):
        check(root, "x86_64", 1024)
    check(root, "x86_64", 3 * 1024)


def test_no_boot_loader(root: Path) -> None:
    """Names the file."""
    (root / "usr/lib/shim/shimx64.efi.signed").unlink()
    with pytest.raises(Unfit, match="it has no /usr/lib/shim/shimx64"):
        check(root, "x86_64", 1024)


def test_no_root_file_system(tmp_path: Path) -> None:
    """A folder of something else."""
    with pytest.raises(Unfit, match="no root file system"):
        check(tmp_path, "x86_64", 1024)


def test_hard_links_count_once(tmp_path: Path) -> None:
    """As the file system keeps them."""
    (tmp_path / "one").write_bytes(b"x" * 3 * 1024 * 1024)
    for number in range(5):
        (tmp_path / f"link{number}").hardlink_to(tmp_path / "one")
    assert held_mib(tmp_path) == 3

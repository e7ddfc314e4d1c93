#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a root file system to a disk that boots by UEFI."""

DOCUMENTATION = r"""
module: disk_image
short_description: Write a root file system to a disk that boots by UEFI
version_added: 0.1.0
description:
  - Makes a raw disk of two partitions, the EFI system partition and, last so that it can grow, the root file system with a directory's content.
  - Loop devices, mounts and partition support of the kernel are not needed, only the right to read the directory.
  - The loader is shim and GRUB as the distribution has signed them, found in the directory itself; it starts what
    C(/boot/grub/grub.cfg) on the root file system says.
  - Space without content takes none in the file. An existing file is replaced when the new one is complete.
options:
  path:
    description: File to write.
    type: path
    required: true
  root:
    description: Directory that becomes the root file system.
    type: path
    required: true
  size:
    description: Size of the disk in GiB.
    type: int
    required: true
  architecture:
    description: Architecture of the programs in the root file system.
    type: str
    choices: [x86_64, arm64]
    required: true
  label:
    description: Label of the root file system, by which the loader and the kernel find it.
    type: str
    default: rootfs
requirements:
  - sgdisk, mkfs.vfat, mmd and mcopy, mkfs.ext4
attributes:
  check_mode:
    description: Does nothing then, and says that it would.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Write the disk
  groundswell.aws.disk_image:
    path: build/disk.raw
    root: build/root
    size: 4
    architecture: x86_64
"""

RETURN = r"""
size:
  description: Size of the disk in bytes.
  returned: success
  type: int
allocated:
  description: Bytes that the file takes here.
  returned: success
  type: int
sha256:
  description: Checksum of the whole disk.
  returned: success
  type: str
"""

import hashlib
import os
import subprocess
import tempfile
import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec

_MIB = 1024 * 1024
_ESP_MIB = 64
_END_MIB = 1  # of the disk, for the second partition table
# Share of the file system that its own tables and journal take, and that must stay free for a server to start.
_RESERVE = 1.15
_FREE_MIB = 256
_ROOT_TYPE = {"x86_64": "8304", "arm64": "8305"}
# Firmware starts the first; shim starts the second; both lie in the root file system, signed.
_LOADER = {
    "x86_64": {"BOOTX64.EFI": "usr/lib/shim/shimx64.efi.signed", "grubx64.efi": "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"},
    "arm64": {"BOOTAA64.EFI": "usr/lib/shim/shimaa64.efi.signed", "grubaa64.efi": "usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed"},
}
# ELF machine numbers, by which a root file system of another architecture is known.
_MACHINE = {"x86_64": 62, "arm64": 183}


class Unfit(Exception):
    """No disk can be made of this."""


def check(root: Path, architecture: str, size_mib: int) -> None:
    """Refuse before anything is written."""
    program = (root / "bin" / "sh").resolve() if (root / "bin" / "sh").exists() else root / "bin" / "sh"
    try:
        head = program.read_bytes()[:20]
    except OSError as error:
        raise Unfit(f"{root} is no root file system: it has no /bin/sh") from error
    machine = int.from_bytes(head[18:20], "little")
    if machine != _MACHINE[architecture]:
        names = {number: name for name, number in _MACHINE.items()}
        raise Unfit(f"{root} holds programs for {names.get(machine, f'ELF machine {machine}')}, not for {architecture}")
    for path in [*_LOADER[architecture].values(), "boot/grub/grub.cfg"]:
        if not (root / path).exists():
            raise Unfit(f"{root} cannot be booted: it has no /{path}")
    held = held_mib(root)
    needed = int(held * _RESERVE) + _FREE_MIB + _ESP_MIB + _END_MIB + 1
    if needed > size_mib:
        raise Unfit(f"the root file system holds {held} MiB, which takes a disk of {-(-needed // 1024)} GiB: {size_mib // 1024} GiB are too small")


def held_mib(root: Path) -> int:
    """Space that the files take, rounded up to blocks as the file system will."""
    seen = set()
    blocks = 0
    for directory, directories, files in os.walk(root):
        for name in directories + files:
            about = os.lstat(os.path.join(directory, name))  # noqa: PTH118  (a hundred thousand of them)
            if about.st_nlink == 1 or about.st_ino not in seen:
                blocks += -(-about.st_size // 4096)
                seen.add(about.st_ino)
    return -(-blocks * 4096 // _MIB)


def run(*command: t.Any, stdin: str | None = None) -> None:
    """A command that must succeed."""
    words = [str(word) for word in command]
    try:
        subprocess.run(words, check=True, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError as error:
        raise Unfit(f"{words[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise Unfit(f"{' '.join(words)} failed: {error.stdout.strip()}") from error


def write(disk: Path, root: Path, size_mib: int, architecture: str, label: str) -> None:
    """The whole disk."""
    with disk.open("wb") as file:
        file.truncate(size_mib * _MIB)
    root_begins = 1 + _ESP_MIB
    root_mib = size_mib - root_begins - _END_MIB
    run(
        "sgdisk",
        *("--new", f"15:1M:+{_ESP_MIB}M", "--typecode", "15:ef00"),
        *("--new", f"1:{root_begins}M:+{root_mib}M", "--typecode", f"1:{_ROOT_TYPE[architecture]}"),
        disk,
    )
    with tempfile.NamedTemporaryFile(dir=disk.parent, prefix="esp-") as esp:
        esp.truncate(_ESP_MIB * _MIB)
        run("mkfs.vfat", "-F", "32", "-n", "ESP", esp.name)
        run("mmd", "-i", esp.name, "::/EFI", "::/EFI/BOOT", "::/EFI/debian")
        for name, path in _LOADER[architecture].items():
            run("mcopy", "-i", esp.name, root / path, f"::/EFI/BOOT/{name}")
        # Where GRUB as Debian signs it looks first.
        config = f"search --no-floppy --label {label} --set=root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"
        run("mcopy", "-i", esp.name, "-", "::/EFI/debian/grub.cfg", stdin=config)
        with disk.open("r+b") as file:
            file.seek(_MIB)
            copy_content(Path(esp.name), file)
    # Nothing is discarded, for the earlier partition lies in the same file; all else is zero already.
    options = f"offset={root_begins * _MIB},nodiscard,lazy_itable_init=1,assume_storage_prezeroed=1"
    run("mkfs.ext4", "-q", "-F", "-L", label, "-d", root, "-E", options, disk, f"{root_mib}M")


def copy_content(path: Path, target: t.BinaryIO) -> None:
    """Blocks that are not all zero."""
    with path.open("rb") as source:
        while block := source.read(_MIB):
            if block.count(0) == len(block):
                target.seek(len(block), os.SEEK_CUR)
            else:
                target.write(block)


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    path, root = Path(module.params["path"]), Path(module.params["root"])
    size_mib = module.params["size"] * 1024
    new = path.with_suffix(".new")
    try:
        check(root, module.params["architecture"], size_mib)
        if module.check_mode:
            module.exit_json(changed=True)
        write(new, root, size_mib, module.params["architecture"], module.params["label"])
    except Unfit as problem:
        new.unlink(missing_ok=True)
        module.fail_json(msg=str(problem))
    new.replace(path)
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    about = path.stat()
    module.exit_json(changed=True, size=about.st_size, allocated=about.st_blocks * 512, sha256=checksum)


if __name__ == "__main__":
    main()

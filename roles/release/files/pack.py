#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packs a directory: pack.py <directory> <where to> <pattern of names that stay behind> ...

Says the digest of names, modes and contents, by which the archive and the directory inside it are called. Owners and times do not count.
"""

import fnmatch
import hashlib
import os
import sys
import tarfile
from pathlib import Path


def chosen(source, excludes):
    """Files and links in an order that is always the same."""
    for folder, names, files in os.walk(source):
        here = Path(folder)
        keep = [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in excludes)]
        names[:] = sorted(name for name in keep if not (here / name).is_symlink())
        links = [name for name in keep if (here / name).is_symlink()]
        for name in sorted(files + links):
            if not any(fnmatch.fnmatch(name, pattern) for pattern in excludes):
                yield here / name


def digest(source, paths):
    total = hashlib.sha256()
    for path in paths:
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        runs = not path.is_symlink() and bool(path.stat().st_mode & 0o100)
        total.update(f"{path.relative_to(source).as_posix()}\0{path.is_symlink()}\0{runs}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:16]


def main(source, target, *excludes):
    root = Path(source)
    paths = list(chosen(root, excludes)) if root.is_dir() else []
    if not paths:
        sys.exit(f"there is no application in {source}")
    name = digest(root, paths)
    archive = Path(target) / f"{name}.tar.gz"
    if not archive.exists():

        def plain(member):
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mode = 0o755 if member.mode & 0o100 else 0o644
            return member

        archive.parent.mkdir(parents=True, exist_ok=True)
        new = archive.with_suffix(f".{os.getpid()}")
        with tarfile.open(new, "w:gz") as packed:
            for path in paths:
                packed.add(path, f"{name}/{path.relative_to(root).as_posix()}", recursive=False, filter=plain)
        new.replace(archive)
    print(name)


if __name__ == "__main__":
    main(*sys.argv[1:])

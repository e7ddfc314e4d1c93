# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of functions: the same bytes from the same sources, on whatever machine.

Files are sorted, their times and permissions are one and the same, and nothing is compressed: what comes out of a compressor depends on its version, and
a package that differs is a new version of each function.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t
import zipfile

from .resource import Problem

PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
MOST_DIRECT = 50 * 1024 * 1024  # bytes that Lambda takes directly
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = re.compile(r"(^|/)(__pycache__|bin|tests?/__pycache__)(/|$)|\.pyc$|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$")
_SOURCES_ONLY = re.compile(r"(^|/)(README\.md|requirements\.txt|openapi\.yml)$")


def sources(directory: pathlib.Path) -> dict[str, bytes]:
    """The files of a directory that belong into a package, by their paths in it."""
    if not directory.is_dir():
        raise Problem(f"there is no directory {directory}")
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    named = {path.relative_to(directory).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in named.items() if not _LEFT_OUT.search(name) and not _SOURCES_ONLY.search(name)}


def requirements(text: str, where: str) -> list[str]:
    """The requirements of a file, each of them with its hashes.

    :raises Problem: for one that is not pinned, or has none.
    """
    lines = [line.split(" #")[0].strip() for line in text.replace("\\\n", " ").splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    loose = [line.split()[0] for line in wanted if not line.startswith("-") and ("==" not in line or "--hash=" not in line)]
    if loose:
        raise Problem(f"{where}: {', '.join(loose)} has to be pinned with == and its hashes, so that a package made again is the same")
    return wanted


def install(file: pathlib.Path, runtime: str, architecture: str, target: pathlib.Path, more: t.Sequence[str] = ()) -> None:
    """What the requirements name, as wheels for the runtime and the architecture of the functions, wherever this runs."""
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--require-hashes", "--no-deps",
        "--only-binary=:all:", "--platform", PLATFORMS[architecture], "--implementation", "cp", "--python-version", runtime.removeprefix("python"),
        "--target", str(target), "--requirement", str(file), *more,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Problem(f"{file}: pip could not install for {runtime} on {architecture}: {ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else ''}")


def pack(files: dict[str, bytes], target: pathlib.Path) -> None:
    """Write the package, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".zip", delete=False) as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                archive.writestr(entry, files[name])
        pathlib.Path(whole.name).replace(target)


def digest(path: pathlib.Path) -> str:
    """As Lambda tells it: CodeSha256."""
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def distribution(name: str) -> dict[str, bytes]:
    """The files of a distribution that this Python has, by their paths in a package.

    :raises Problem: for one that is not there, or is not of Python alone: that would be for this machine's processor.
    """
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise Problem(f"{name} is not installed for {sys.executable}: pip install --requirement requirements.txt") from None
    paths = [path for path in found.files or [] if not _LEFT_OUT.search(path.as_posix()) and ".." not in path.parts]
    if any(path.suffix in (".so", ".pyd", ".dylib") for path in paths):
        raise Problem(f"{name} is not of Python alone: pin it with its hashes in the requirements.txt of the source")
    return {path.as_posix(): pathlib.Path(str(path.locate())).read_bytes() for path in paths}


def build(
    source: pathlib.Path, runtime: str, architecture: str, builds: pathlib.Path, more: t.Sequence[str] = (),
    beside: dict[str, str] | None = None, distributions: t.Sequence[str] = (),
) -> dict[str, t.Any]:  # fmt: skip
    """The package of a directory: path, code_sha256, size. What was packed before, and is as it was, is not packed again."""
    files = {name: content for one in distributions for name, content in distribution(one).items()}
    files |= {name: pathlib.Path(path).read_bytes() for name, path in (beside or {}).items()} | sources(source)
    file = source / "requirements.txt"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    wanted = requirements(text, str(file))
    known = hashlib.sha256(repr((sorted(files.items()), wanted, runtime if wanted else "", architecture if wanted else "")).encode()).hexdigest()
    target = builds / f"{source.name}-{known[:16]}.zip"
    if not target.exists():
        if wanted:
            directory = pathlib.Path(tempfile.mkdtemp(prefix="package-"))
            try:
                install(file, runtime, architecture, directory, more)
                files = {**sources(directory), **files}
            finally:
                shutil.rmtree(directory, ignore_errors=True)
        pack(files, target)
    size = target.stat().st_size
    if size > MOST_DIRECT:
        raise Problem(f"{source}: the package has {size} bytes, and Lambda takes {MOST_DIRECT} directly")
    return {"path": str(target), "code_sha256": digest(target), "size": size}

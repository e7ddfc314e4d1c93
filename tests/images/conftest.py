# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder that all image tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from bakery import Bakery
from rollouts import ROOT


@pytest.fixture(scope="session")
def bakery() -> Bakery:
    """Empty, but for the bases. It stays until the next test, to be looked at; two tests at once have one each."""
    folder = ROOT / "build" / "image-test"
    for path in folder.glob("[0-9]*"):
        if not Path(f"/proc/{path.name}").exists():
            shutil.rmtree(path)
    path = folder / str(os.getpid())
    path.mkdir(parents=True)
    bases = ROOT / "build" / "images" / "cache"
    bases.mkdir(parents=True, exist_ok=True)
    (path / "cache").symlink_to(bases)
    return Bakery(path)


@pytest.fixture
def old_image(bakery: Bakery) -> dict[str, bytes]:
    """An image that is there already, which a bake that fails leaves as it is."""
    files = {"disk.raw": b"a disk", "manifest.json": b'{"digest": "old", "inputs": {}}', "sbom.spdx.json": b"{}", "tests.json": b"{}"}
    shutil.rmtree(bakery.image(), ignore_errors=True)
    bakery.image().mkdir()
    for name, content in files.items():
        (bakery.image() / name).write_bytes(content)
    return files

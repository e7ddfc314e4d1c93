# SPDX-License-Identifier: GPL-3.0-or-later
"""Images as users make them, in a folder of their own. What takes long, the base of packages, is shared with the user's images."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollouts import Run, play

CONTENTS = Path(__file__).parent / "contents"
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]


@dataclass
class Bakery:
    """A folder of images."""

    path: Path

    def bake(self, tier: str = "web", *arguments: str, **variables: Any) -> Run:
        """Run the playbook for one tier."""
        given = {
            "image_tiers": [tier],
            "image_publish": False,
            # Nothing of a test depends on what AWS has on offer today.
            "image_aws_parts": False,
            "image_build_directory": str(self.path),
            "web_architecture": ARCHITECTURE,
            "app_architecture": ARCHITECTURE,
            # Other tests run beside these, and emulation takes what they leave.
            "image_build_boot_timeout": 900,
            "image_build_mirror": os.environ.get("IMAGE_MIRROR", ""),
            **variables,
        }
        return play(None, "-e", json.dumps(given), *arguments, playbook="playbooks/bake_image.yml")

    def image(self, tier: str = "web") -> Path:
        """Where the image of a tier is."""
        return self.path / f"groundswell-{tier}-{ARCHITECTURE}"

    def processes(self) -> list[str]:
        """Processes of this machine whose root is in here."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "root").readlink().is_relative_to(self.path):
                    found.append(f"{process.name} {(process / 'comm').read_text().strip()}")
            except OSError:
                continue  # it has ended
        return found

    def mounts(self) -> list[str]:
        """Mounts of this machine that are in here."""
        return [line for line in Path("/proc/self/mounts").read_text().splitlines() if Path(line.split()[1]).is_relative_to(self.path)]

    def clean(self, tier: str = "web") -> None:
        """Nothing is left of a bake but its image, and nothing of it runs."""
        assert self.processes() == []
        assert self.mounts() == []
        assert {path.name for path in self.image(tier).glob("*")} <= {"disk.raw", "manifest.json", "sbom.spdx.json", "tests.json", "console.log"}


def unchanged(bakery: Bakery, files: dict[str, bytes]) -> bool:
    """Whether the image is the one that was there."""
    return {name: (bakery.image() / name).read_bytes() for name in files} == files

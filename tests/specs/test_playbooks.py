# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes the lock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
# Takes the lock, only looks or waits, or is about what belongs to no environment (docs/operating.md).
WITHOUT = {
    "lock", "preflight", "finish", "history", "bake_image", "bake_image_on_aws", "images_retention", "access_review", "onboard", "offboard",
    "client_configuration",
}  # fmt: skip


@pytest.mark.parametrize("playbook", [name for name in PLAYBOOKS if name not in WITHOUT])
def test_whoever_changes_an_environment_takes_its_lock(playbook: str) -> None:
    """Itself, or by what it imports."""
    text = (ROOT / "playbooks" / f"{playbook}.yml").read_text()
    imported = re.findall(r"import_playbook: (\w+)\.yml", text)
    assert "lock" in imported or set(imported) - WITHOUT


def test_the_site_takes_it_once() -> None:
    """After what only looks, and before all that changes something."""
    layers = re.findall(r"import_playbook: playbooks/(\w+)\.yml", (ROOT / "site.yml").read_text())
    assert layers[:2] == ["preflight", "lock"]

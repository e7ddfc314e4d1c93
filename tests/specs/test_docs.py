# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages of docs/ say what their sources say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_pages_are_current() -> None:
    """As `make docs` would write them now."""
    check = subprocess.run([sys.executable, str(ROOT / "tools" / "docs"), "--check"], stdout=subprocess.PIPE, text=True, check=False)
    assert check.returncode == 0, check.stdout

# SPDX-License-Identifier: GPL-3.0-or-later
"""A module utility beside the playbook."""

from __future__ import annotations

WORDS = "from beside the playbook"

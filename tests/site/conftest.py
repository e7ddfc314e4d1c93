# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of rolled-out sites."""

from sites import record, site  # noqa: F401

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where runs leave their records."""

from sites import record  # noqa: F401

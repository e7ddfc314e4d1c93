# SPDX-License-Identifier: GPL-3.0-or-later
"""Two regions, rolled out, and where runs leave their records."""

from pairs import two_regions  # noqa: F401
from sites import record  # noqa: F401

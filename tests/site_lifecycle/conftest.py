# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of an account that sees a site come and go."""

from sites import delegated, record  # noqa: F401

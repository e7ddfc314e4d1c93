# SPDX-License-Identifier: GPL-3.0-or-later
"""Documented rules of a real account, one small function each in a file per service. known.tsv lists every rule we know of."""

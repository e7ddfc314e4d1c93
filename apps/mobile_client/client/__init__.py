# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample app: what a device does with the mobile back end. Nothing but Python's own library."""

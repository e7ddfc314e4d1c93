# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto lacks or has wrong, one file per service. Every module here is imported at the start, and its install() run if it has one."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest book with pictures: the application of a server."""

from app.pages import application

__all__ = ["application"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The tagging API: what moto lacks or has wrong."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import before

MOST_TAGS = 500  # that moto puts on a page


@before("resourcegroupstaggingapi", "GetResources")
def fill_pages_by_resources(context: Context) -> None:
    """A page ends after ResourcesPerPage; by tags only where TagsPerPage is given (API tagging:GetResources). moto ends it after 100 tags."""
    context.params.setdefault("TagsPerPage", MOST_TAGS)

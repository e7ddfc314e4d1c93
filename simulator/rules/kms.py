# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of KMS."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-KMS-01", service="kms", operations=["ScheduleKeyDeletion"], source="API kms:ScheduleKeyDeletion")
def deletion_window(context: Context) -> None:
    """A key waits 7 to 30 days for its deletion."""
    if not 7 <= context.params.get("PendingWindowInDays", 30) <= 30:
        raise Refused("ValidationException", "PendingWindowInDays must be between 7 and 30")

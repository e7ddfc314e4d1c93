# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: what takes a moment."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, after
from simulator.services._afterwards import lasts

DELETION = 10.0  # seconds; "an asynchronous background process performs the actual deletion, so there might be a short delay"


@after("secretsmanager", "DeleteSecret")
def a_deletion_by_force_takes_a_moment(context: Context, response: Parameters) -> None:
    """API secretsmanager:DeleteSecret, ForceDeleteWithoutRecovery."""
    if context.params.get("ForceDeleteWithoutRecovery"):
        lasts(context, response["Name"], DELETION)

# SPDX-License-Identifier: GPL-3.0-or-later
"""SQS: what an update leaves alone."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import before


@before("sqs", "SetQueueAttributes")
def leave_the_policy(context: Context) -> None:
    """Attributes that are not named stay (API sqs:SetQueueAttributes); moto forgets the policy."""
    queue = context.backend().queues.get(context.params["QueueUrl"].rpartition("/")[2])
    if queue is not None and queue.policy:
        context.params["Attributes"].setdefault("Policy", queue.policy)

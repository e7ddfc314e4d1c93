# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Secrets Manager."""

from __future__ import annotations

import re

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services._afterwards import still


@rule("R-SEC-01", service="secretsmanager", operations=["CreateSecret"], source="API secretsmanager:DeleteSecret, CreateSecret")
def name_is_not_waiting_for_deletion(context: Context) -> None:
    """The name of a secret that waits for its deletion is taken until then."""
    for secret in context.backend().secrets.values():
        if secret.name == context.params["Name"] and secret.is_deleted():
            raise Refused(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            )


@rule("R-SEC-08", service="secretsmanager", operations=["CreateSecret"], source="API secretsmanager:CreateSecret", certain=False)
def characters_of_a_name(context: Context) -> None:
    """Letters, digits and /_+=.@- in up to 512 characters."""
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@!-]{1,512}", context.params["Name"]):
        raise Refused("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")


@rule("R-SEC-11", service="secretsmanager", operations=["CreateSecret"], source="API secretsmanager:DeleteSecret")
def name_is_free_again(context: Context) -> None:
    """After a deletion by force the name is taken for a moment."""
    if still(context, context.params["Name"]):
        raise Refused(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Inspector."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-INS-02", service="inspector2", operations=["Enable"], source="UG inspector/scanning-lambda.md", certain=False)
def code_with_functions(context: Context) -> None:
    """Code of functions is scanned where functions are."""
    asked = set(context.params["resourceTypes"])
    status = context.backend().account_status.get(context.account)
    if "LAMBDA_CODE" in asked and "LAMBDA" not in asked and (status is None or status._lambda != "ENABLED"):
        raise Refused("ValidationException", "Lambda code scanning requires Lambda standard scanning.")

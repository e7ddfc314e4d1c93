# SPDX-License-Identifier: GPL-3.0-or-later
"""Inspector: what moto has wrong. Nothing is ever scanned."""

from __future__ import annotations

from moto.inspector2.models import AccountStatus

from simulator.context import Context
from simulator.registry import before


@before("inspector2", "Enable", "Disable", "BatchGetAccountStatus")
def mean_the_caller(context: Context) -> None:
    """API inspector2:Enable: accountIds is optional, and means the caller's. moto fails without."""
    for account in context.params.setdefault("accountIds", [context.account]):
        # Nothing is scanned in an account that has never asked for it, and it says so; moto leaves such an account out.
        context.backend().account_status.setdefault(account, AccountStatus(account))

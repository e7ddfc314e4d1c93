# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account may have of a thing, for the rules that count."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, Unimplemented


def quota(context: Context, service: str, code: str, default: int) -> int:
    """The applied value of a service quota as Service Quotas tells it; `default` where it does not know the quota."""
    try:
        answer = context.call("GetServiceQuota", {"ServiceCode": service, "QuotaCode": code}, service="service-quotas")
    except (Refused, Unimplemented):
        return default
    return int(answer["Quota"]["Value"])

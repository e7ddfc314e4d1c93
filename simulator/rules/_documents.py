# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading policy documents, for rules that look at who is admitted."""

from __future__ import annotations

import json
from typing import Any


def as_list(value: Any) -> list[Any]:
    """A policy element, which may be one value or a list of them, as a list."""
    return value if isinstance(value, list) else [value] if value is not None else []


def admits_service(document: str | dict[str, Any] | None, service: str) -> bool:
    """Whether some statement allows a service principal anything. Conditions count as met: they are the caller's to get right."""
    policy = json.loads(document) if isinstance(document, str) else document or {}
    for statement in as_list(policy.get("Statement")):
        principal = statement.get("Principal")
        services = ["*"] if principal == "*" else as_list((principal or {}).get("Service")) + as_list((principal or {}).get("AWS"))
        if statement.get("Effect") == "Allow" and (service in services or "*" in services):
            return True
    return False

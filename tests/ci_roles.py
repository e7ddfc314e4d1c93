# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles of a CI may do, held against calls that were made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3

from simulator import service_reference
from simulator.authorization_table import ACTIONS
from simulator.policies import allows

sys.path.append(str(Path(__file__).parent / "templates"))

from render import render

INPUTS = {
    "ci_access_name": "groundswell-sandbox",
    "ci_access_account_id": "123456789012",
    "ci_access_project": "groundswell",
    "ci_access_environment": "sandbox",
    "ci_access_image_path": "/groundswell/sandbox/images",
    "ci_access_image_sources": ["/groundswell/*/images"],
}


def actions(call: dict[str, Any]) -> tuple[str, ...]:
    """The permissions that a call of the journal takes by itself."""
    client = boto3.client(call["service"], "us-east-1", aws_access_key_id="made-up", aws_secret_access_key="made-up")
    own = f"{service_reference.prefix(client.meta.service_model.signing_name)}:{call['operation']}"
    return ACTIONS.get((call["service"], call["operation"]), (own,))


def forbidden(workflow: str, calls: list[dict[str, Any]]) -> list[str]:
    """The permissions that calls take and a workflow's role does not have; resources are not looked at, for journals do not have them."""
    policy = render("ci_access", f"{workflow}.json.j2", **INPUTS)
    one_of_each = {(call["service"], call["operation"]): call for call in calls}
    return sorted({name for call in one_of_each.values() for name in actions(call) if not allows([policy], name, None, {})})

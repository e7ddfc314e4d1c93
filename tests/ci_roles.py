# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles of a CI may do, held against calls that were made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3

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
# Where permissions are not called as requests are signed (Service Authorization Reference).
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
# Of the account; that of a bucket is another call of another API.
OF_THE_ACCOUNT = {"s3:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock"}
# Asked of whoever makes a call, and no calls themselves.
TACIT = {"ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"}


def action(call: dict[str, Any]) -> str:
    """The permission that a call of the journal takes."""
    if known := ACTIONS.get((call["service"], call["operation"])):
        return known[0]
    client = boto3.client(call["service"], "us-east-1", aws_access_key_id="made-up", aws_secret_access_key="made-up")
    prefix = client.meta.service_model.signing_name
    name = f"{PREFIXES.get(prefix, prefix)}:{call['operation']}"
    return OF_THE_ACCOUNT.get(name, name)


def forbidden(workflow: str, calls: list[dict[str, Any]]) -> list[str]:
    """The permissions that calls take and a workflow's role does not have; resources are not looked at, for journals do not have them."""
    policy = render("ci_access", f"{workflow}.json.j2", **INPUTS)
    one_of_each = {(call["service"], call["operation"]): call for call in calls}
    return sorted({name for name in map(action, one_of_each.values()) if not allows([policy], name, None, {})})

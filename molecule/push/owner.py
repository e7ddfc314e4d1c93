# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that the owner of the apps makes: secrets.py REGION PATH. Made up, and good for the simulator."""

from __future__ import annotations

import json
import sys

import boto3

region, prefix = sys.argv[1:]
client = boto3.client("secretsmanager", region_name=region)
key = "-----BEGIN PRIVATE KEY-----\nmade up\n-----END PRIVATE KEY-----\n"  # pragma: allowlist secret
held = {
    "fcm": {"type": "service_account", "project_id": "acme", "client_email": "push@acme.example", "private_key": key},
    "apns": {"key_id": "KEY1234567", "signing_key": key},
}
there = {one["Name"] for one in client.list_secrets()["SecretList"]}
for name, value in held.items():
    if f"{prefix}-{name}" not in there:
        client.create_secret(Name=f"{prefix}-{name}", SecretString=json.dumps(value))

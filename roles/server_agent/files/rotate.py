#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the secrets of this server anew, as playbooks/rotate_secrets.yml asks when they were exchanged.

    groundswell-rotate refresh    this server has the current secrets

May be repeated. Says in words what it has done and ends well, or says what is wrong and ends badly; it never says a secret.
"""

import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

SETTINGS = Path("/etc/groundswell/settings.json")
SECRETS = Path("/run/groundswell/secrets.json")
INSTANCE = Path(__file__).with_name("groundswell-instance")
REFRESH = ["systemctl", "start", "groundswell-refresh.service"]


class Wrong(Exception):
    """What somebody has to know."""


def program(path):
    """The program that asks AWS."""
    loader = importlib.machinery.SourceFileLoader("groundswell_instance", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def value_of(arn, instance):
    """A secret's current value."""
    try:
        return instance.ask(arn.split(":")[3], "secretsmanager", "secretsmanager.GetSecretValue", SecretId=arn)["SecretString"]
    except RuntimeError:
        raise Wrong(f"Secrets Manager did not say the value of {arn}") from None


def refresh(settings, instance):
    """Fetches, and looks whether what it has is what is current."""
    done = subprocess.run(REFRESH, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong(f"the secrets could not be fetched: {done.stderr.strip()[:300]}")
    have = json.loads(SECRETS.read_text())
    for key, arn in settings.items():
        if key.endswith("_secret_arn") and have.get(key.removesuffix("_secret_arn")) != value_of(arn, instance):
            raise Wrong(f"this server has another {key.removesuffix('_secret_arn')} than Secrets Manager")
    return "this server has the current secrets"


def main(words):
    if words != ["refresh"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(refresh(json.loads(SETTINGS.read_text()), program(INSTANCE)))
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange the password that this server's tier logs in to the database with, while it logs in.

    groundswell-rotate accept     the database takes the password that is pending in Secrets Manager, beside the current one
    groundswell-rotate refresh    this server has the current secrets
    groundswell-rotate retire     the database takes the current password alone

MySQL keeps two passwords of a user for that (ALTER USER ... RETAIN CURRENT PASSWORD). Each step may be repeated. Says in words what it has done and ends well,
or says what is wrong and ends badly; it never says a password.
"""

import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

SETTINGS = Path("/etc/groundswell/settings.json")
SECRETS = Path("/run/groundswell/secrets.json")
AUTHORITIES = Path("/etc/groundswell/authorities.pem")
INSTANCE = Path(__file__).with_name("groundswell-instance")
REFRESH = ["systemctl", "start", "groundswell-refresh.service"]
DENIED = "1045"
# What stands between quotes in a statement without having to be quoted itself.
PLAIN = re.compile(r"[A-Za-z0-9]{16,}")


class Wrong(Exception):
    """What somebody has to know."""


def program(path):
    """The program that asks AWS."""
    loader = importlib.machinery.SourceFileLoader("groundswell_instance", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def value_of(arn, stage, instance):
    """A secret's value in a stage, None where it has none."""
    region = arn.split(":")[3]
    try:
        found = instance.ask(region, "secretsmanager", "secretsmanager.GetSecretValue", SecretId=arn, VersionStage=stage)
    except RuntimeError as error:
        if "ResourceNotFoundException" in str(error):
            return None
        raise Wrong(f"Secrets Manager did not say the value {stage}") from None
    return found["SecretString"]


def login_of(text):
    """User and password, None where there are none."""
    return json.loads(text) if text else None


def told(settings, login, statement):
    """The number of the error that the database answers a statement with; empty where it does what it is told. Neither is in anybody's list of processes."""
    command = [
        "mariadb", "--no-defaults", "--batch", "--protocol=tcp", "--connect-timeout=10", f"--ssl-ca={AUTHORITIES}", "--ssl-verify-server-cert",
        f"--host={settings['database_writer_address']}", f"--port={settings.get('database_port', '3306')}", f"--user={login['username']}",
    ]  # fmt: skip
    environment = {**os.environ, "MYSQL_PWD": login["password"], "MYSQL_HISTFILE": "/dev/null"}
    done = subprocess.run(command, env=environment, input=statement, capture_output=True, text=True, check=False)
    if not done.returncode:
        return ""
    # Not what it says: that may repeat the statement.
    number = re.search(r"ERROR (\d+)", done.stderr)
    return number.group(1) if number else "unknown"


def admitted(settings, login):
    """Whether the database lets somebody in with a password."""
    number = told(settings, login, "DO 1;")
    if number not in ("", DENIED):
        raise Wrong(f"the database cannot be asked: error {number}")
    return not number


def accept(settings, stages):
    current, pending = login_of(stages("AWSCURRENT")), login_of(stages("AWSPENDING"))
    if not pending:
        return "no password is pending"
    if admitted(settings, pending):
        return "the database takes the pending password already"
    if not PLAIN.fullmatch(pending["password"]):
        raise Wrong("the pending password is not made of 16 or more letters and digits")
    number = told(settings, current, f"ALTER USER USER() IDENTIFIED BY '{pending['password']}' RETAIN CURRENT PASSWORD;")
    if number:
        raise Wrong(f"the database did not take the pending password: error {number}")
    if not (admitted(settings, pending) and admitted(settings, current)):
        raise Wrong("the database does not take both passwords")
    return "the database takes both passwords"


def retire(settings, stages):
    current, previous = login_of(stages("AWSCURRENT")), login_of(stages("AWSPREVIOUS"))
    if not previous:
        return "there is no password to retire"
    if not admitted(settings, current):
        raise Wrong("the database refuses the current password, so the one before it is left")
    number = told(settings, current, "ALTER USER USER() DISCARD OLD PASSWORD;")
    if number:
        raise Wrong(f"the database did not give the old password up: error {number}")
    if admitted(settings, previous):
        raise Wrong("the database still takes the old password")
    return "the database refuses the old password"


def refresh(settings, instance):
    """Fetches, and looks whether what it has is what is current."""
    done = subprocess.run(REFRESH, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong(f"the secrets could not be fetched: {done.stderr.strip()[:300]}")
    have = json.loads(SECRETS.read_text())
    for key, arn in settings.items():
        if key.endswith("_secret_arn") and have.get(key.removesuffix("_secret_arn")) != value_of(arn, "AWSCURRENT", instance):
            raise Wrong(f"this server has another {key.removesuffix('_secret_arn')} than Secrets Manager")
    return "this server has the current secrets"


def main(words):
    if len(words) != 1 or words[0] not in ("accept", "refresh", "retire"):
        print(__doc__, file=sys.stderr)
        return 2
    settings, instance = json.loads(SETTINGS.read_text()), program(INSTANCE)
    try:
        if words[0] == "refresh":
            print(refresh(settings, instance))
        else:
            arn = settings["database_secret_arn"]
            print({"accept": accept, "retire": retire}[words[0]](settings, lambda stage: value_of(arn, stage, instance)))
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

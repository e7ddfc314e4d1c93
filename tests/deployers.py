# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs with no more than the roles that playbooks/bootstrap.yml makes, in an account that enforces its policies."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rollouts import ROOT, Run, play
from simulated import Simulated

# Whose own sets of statements say it otherwise.
ROLES = {"rollback": "deploy", "preflight": "plan"}


VARIABLES = yaml.safe_load((ROOT / "roles" / "deployer" / "vars" / "main.yml").read_text())
# The playbooks of each set of statements, and the sets of each role.
SETS: dict[str, list[str]] = VARIABLES["__deployer_sets"]
CATALOGUE: dict[str, dict[str, Any]] = VARIABLES["__deployer_catalogue"]


def sets_of(role: str) -> list[str]:
    """What a role shares with others, and its own."""
    about = CATALOGUE[role]
    return [*about["sets"], *([about["own"]] if "own" in about else [])]


def role_for(playbook: str, *arguments: str) -> str:
    """The role that a run is made as: whoever only looks needs no other than to look."""
    stem = Path(playbook).stem
    if "--check" in arguments:
        return "plan"
    return ROLES.get(stem) or next((name for name, playbooks in SETS.items() if stem in playbooks), "site")


def bootstrap(simulator: Simulated, record: Path, inventory: str = "sandbox") -> Run:
    """What an administrator does once; from now on runs are made as deployers."""
    run = play(simulator, playbook="playbooks/bootstrap.yml", inventory=inventory, record=record).succeeded()
    name = f"groundswell-{inventory}"
    # Somebody in all of the roles' groups, with a second factor.
    iam = simulator.client("iam", "us-east-1")
    iam.create_user(UserName="run", Path="/people/")
    for role in CATALOGUE:
        iam.add_user_to_group(UserName="run", GroupName=f"{name}-deployer-{role}")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="run")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="run", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    key = iam.create_access_key(UserName="run")["AccessKey"]
    sts = simulator.client("sts", "us-east-1", key["AccessKeyId"], key["SecretAccessKey"])
    shown = {"RoleSessionName": "run", "SerialNumber": serial, "TokenCode": "123456"}

    @cache
    def session(role: str) -> dict[str, str]:
        given = sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{name}-deployer-{role}", DurationSeconds=14400, **shown)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    def credentials(playbook: str, *arguments: str) -> dict[str, str]:
        return session(role_for(playbook, *arguments))

    simulator.credentials = credentials
    return run


def rolled_out(simulator: Simulated, directory: Path, *arguments: str, inventory: str = "sandbox") -> Run:
    """A site, as deployers make it where an administrator has made what limits them: one run, as far as its record goes."""
    before = bootstrap(simulator, directory / "bootstrap.json", inventory)
    run = play(simulator, *arguments, inventory=inventory, record=directory / "first.json").succeeded()
    run.record["layers"][:0] = [layer for layer in before.record["layers"] if layer["name"] == "Access"]
    return run


def inputs(project: str, environment: str, domain: str) -> dict[str, Any]:
    """What the role's templates are given."""
    name, tags = f"{project}-{environment}", {"Project": project, "Environment": environment}
    ours, given = ({f"aws:{kind}Tag/{key}": value for key, value in tags.items()} for kind in ("Resource", "Request"))
    boundary = {"iam:PermissionsBoundary": f"arn:aws:iam::123456789012:policy/{name}-boundary"}
    names = {"route53:ChangeResourceRecordSetsNormalizedRecordNames": [domain, f"*.{domain}"]}
    return {
        "deployer_name": name,
        "deployer_account_id": "123456789012",
        "deployer_partition": "aws",
        "deployer_project": project,
        "deployer_environment": environment,
        "deployer_regions": ["ap-southeast-1", "us-east-1"],
        "__deployer_ours": {"StringEquals": ours},
        "__deployer_fresh": {"StringEqualsIfExists": ours},
        "__deployer_made": {"StringEquals": given, "StringEqualsIfExists": ours},
        "__deployer_launched": {"StringEquals": given, "Null": {"ec2:CreateAction": "false"}},
        "__deployer_born": {"StringEquals": given | boundary},
        "__deployer_bound": {"StringEquals": ours | boundary},
        "__deployer_named": {"ForAllValues:StringLike": names},
    }

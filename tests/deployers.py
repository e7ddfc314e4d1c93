# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs with no more than the roles that playbooks/bootstrap.yml makes, in an account that enforces its policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from rollouts import ROOT, Run, play
from simulated import Simulated

VARIABLES = yaml.safe_load((ROOT / "roles" / "deployer" / "vars" / "main.yml").read_text())
# The playbooks of each set of statements, and the sets of each role.
SETS: dict[str, list[str]] = VARIABLES["__deployer_sets"]
CATALOGUE: dict[str, dict[str, Any]] = VARIABLES["__deployer_catalogue"]
# Who may do what, and what protects the account, is an administrator's; people are let in and out by whoever may break the glass.
ADMINISTRATORS, BREAK_GLASS = {"access", "baseline", "bootstrap", "ci_access", "bake_image_on_aws"}, {"onboard", "offboard"}


def sets_of(role: str) -> list[str]:
    """What a role shares with others, and its own."""
    about = CATALOGUE[role]
    return [*about["sets"], *([about["own"]] if "own" in about else [])]


def role_for(playbook: str, *arguments: str) -> str:
    """The role that a run is made as: whoever only looks needs no other than to look."""
    # What a bake ends with is a test's own playbook.
    stem = Path(playbook).stem.replace("publish", "bake_image")
    if stem in BREAK_GLASS:
        return "job-break-glass"
    return "deployer-" + ("plan" if "--check" in arguments else next(name for name, role in CATALOGUE.items() if stem in role["runs"]))


def bootstrap(simulator: Simulated, record: Path, inventory: str | Path = "sandbox", *arguments: str) -> Run:
    """What an administrator does once; from now on runs are made as deployers."""
    run = play(simulator, *arguments, playbook="playbooks/bootstrap.yml", inventory=inventory, record=record).succeeded()
    name = "groundswell-sandbox" if isinstance(inventory, Path) else f"groundswell-{inventory}"
    # Somebody in all of the roles' groups, with a second factor.
    iam = simulator.client("iam", "us-east-1")
    iam.create_user(UserName="run", Path="/people/")
    roles = [*(f"deployer-{role}" for role in CATALOGUE), "job-break-glass"]
    for role in roles:
        iam.add_user_to_group(UserName="run", GroupName=f"{name}-{role}")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="run")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="run", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    key = iam.create_access_key(UserName="run")["AccessKey"]
    sts = simulator.client("sts", "us-east-1", key["AccessKeyId"], key["SecretAccessKey"])
    shown = {"RoleSessionName": "run", "SerialNumber": serial, "TokenCode": "123456"}

    def session(role: str) -> dict[str, str]:
        seconds = 14400 if role.startswith("deployer-") else 3600
        given = sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{name}-{role}", DurationSeconds=seconds, **shown)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    # All of them now: a copy of the account knows what was there when it was made.
    sessions = {role: session(role) for role in roles}

    def credentials(playbook: str, *arguments: str) -> dict[str, str]:
        if Path(playbook).stem in ADMINISTRATORS:
            return {"AWS_ACCESS_KEY_ID": "ROOT"} if simulator.asks == "ROOT" else {}
        return sessions[role_for(playbook, *arguments)]

    simulator.credentials = credentials
    return run


def rolled_out(simulator: Simulated, directory: Path, *arguments: str, inventory: str | Path = "sandbox") -> Run:
    """A site, as deployers make it where an administrator has made what limits them."""
    bootstrap(simulator, directory / "bootstrap.json", inventory, *arguments)
    return play(simulator, *arguments, inventory=inventory, record=directory / "first.json").succeeded()


def inputs(project: str, environment: str, domain: str) -> dict[str, Any]:
    """What the role's templates are given."""
    name, tags = f"{project}-{environment}", {"Project": project, "Environment": environment}
    ours, given = ({f"aws:{kind}Tag/{key}": value for key, value in tags.items()} for kind in ("Resource", "Request"))
    image, baked = ({f"aws:{kind}Tag/Project": project, f"aws:{kind}Tag/Layer": "images"} for kind in ("Resource", "Request"))
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
        "__deployer_images_ours": {"StringEquals": image},
        "__deployer_images_fresh": {"StringEqualsIfExists": image},
        "__deployer_images_made": {"StringEquals": baked, "StringEqualsIfExists": image},
        "__deployer_images_launched": {"StringEquals": baked, "Null": {"ec2:CreateAction": "false"}},
        "__deployer_born": {"StringEquals": given | boundary},
        "__deployer_bound": {"StringEquals": ours | boundary},
        "__deployer_named": {"ForAllValues:StringLike": names},
    }

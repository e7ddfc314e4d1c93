# SPDX-License-Identifier: GPL-3.0-or-later
"""What people can do, tried out: an account that asks who may do what, with the jobs' own policies, in one process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from simulated import InProcess

sys.path.append(str(Path(__file__).parents[1] / "templates"))

sys.path.append(str(Path(__file__).parents[2] / "collections"))

from ansible_collections.groundswell.aws.plugins.module_utils import people
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from render import ROLES, render

ACCOUNT, NAME, REGION = "123456789012", "acme-dev", "eu-west-1"
INPUTS: dict[str, Any] = {
    "access_name": NAME,
    "access_account_id": ACCOUNT,
    "access_project": "acme",
    "access_environment": "dev",
    "access_domain_name": "acme.example",
    "access_image_path": "/acme/dev/images",
    "access_log_group_prefix": "/acme/dev",
    "access_parameter_paths": [f"/acme/dev/{REGION}"],
}
ABOUT = yaml.safe_load((ROLES / "access" / "vars" / "main.yml").read_text())
CATALOGUE = ABOUT["__access_catalogue"]
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-boundary"
TRUST_EC2 = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
Client = Callable[..., Any]


class Company:
    """An account with all jobs, and people who have them."""

    def __init__(self) -> None:
        self.simulator = InProcess(enforce_iam=True)
        self.iam = self.root("iam")
        self.iam.create_policy(PolicyName=f"{NAME}-boundary", PolicyDocument=render("access", "boundary.json.j2", **INPUTS))
        for job, about in CATALOGUE.items():
            given = {**INPUTS, "__access_job": job, "access_developers_change": True}
            name, limit = f"{NAME}-job-{job}", {} if job == "break-glass" else {"PermissionsBoundary": BOUNDARY}
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=render("access", "trust.json.j2", **given), MaxSessionDuration=28800, **limit)
            for policy in about["managed"]:
                self.iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
            if about["template"]:
                self.iam.put_role_policy(RoleName=name, PolicyName="job", PolicyDocument=render("access", f"{about['template']}.json.j2", **given))
            self.iam.create_group(GroupName=name, Path="/acme/dev/access/")
            self.iam.put_group_policy(GroupName=name, PolicyName="member", PolicyDocument=render("access", "member.json.j2", **given, access_own_keys=True))
            self.person(f"{job}.person", job)
        self.iam.create_role(RoleName="admin", AssumeRolePolicyDocument=TRUST_EC2)
        self.iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=EVERYTHING)

    def root(self, service: str, region: str = REGION) -> Any:
        return self.simulator.client(service, region, "ROOT", "ROOT")

    def person(self, name: str, job: str) -> None:
        self.iam.create_user(UserName=name, Path="/people/")
        self.iam.add_user_to_group(GroupName=f"{NAME}-job-{job}", UserName=name)

    def key(self, name: str) -> Client:
        """A client factory of somebody's long-term key."""
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        return lambda service: self.simulator.client(service, REGION, made["AccessKeyId"], made["SecretAccessKey"])

    def working(self, job: str) -> Client:
        """A client factory of somebody in a job, who has set a second factor and shown it."""
        name = f"{job}.person"
        own = self.key(name)
        shown = {"SerialNumber": second_factor(own, name), "TokenCode": "123456"}
        made = own("sts").assume_role(RoleArn=arn(job), RoleSessionName=name, **shown)["Credentials"]
        return lambda service, region=REGION: self.simulator.client(
            service, region, made["AccessKeyId"], made["SecretAccessKey"], aws_session_token=made["SessionToken"]
        )


def arn(job: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{NAME}-job-{job}"


def second_factor(own: Client, name: str) -> str:
    """Set by the person, with nothing but what every member may."""
    serial = own("iam").create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    own("iam").enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    return str(serial)


def refused(call: Callable[..., Any], **parameters: Any) -> bool:
    """Whether a call was refused for want of a permission, and for nothing else."""
    try:
        call(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), error
        return True
    return False


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


@pytest.fixture(scope="module")
def jobs(company: Company) -> dict[str, Client]:
    """Everybody at work."""
    return {job: company.working(job) for job in CATALOGUE}


def test_nobody_gets_in_without_a_second_factor(company: Company) -> None:
    company.person("new.person", "web")
    own = company.key("new.person")
    assume = {"RoleArn": arn("web"), "RoleSessionName": "new.person"}
    assert refused(own("sts").assume_role, **assume)
    session = own("sts").get_session_token()["Credentials"]
    without = company.simulator.client("sts", REGION, session["AccessKeyId"], session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    assert refused(without.assume_role, **assume)
    assert refused(own("iam").create_access_key, UserName="new.person") and refused(own("ec2").describe_vpcs)
    shown = {"SerialNumber": second_factor(own, "new.person"), "TokenCode": "123456"}
    assert refused(own("sts").assume_role, **assume)
    assert not refused(own("sts").assume_role, **assume, **shown)
    # Or with a session that the factor was shown for, as after `aws login`.
    session = own("sts").get_session_token(**shown)["Credentials"]
    after = company.simulator.client("sts", REGION, session["AccessKeyId"], session["SecretAccessKey"], aws_session_token=session["SessionToken"])
    assert not refused(after.assume_role, **assume)
    # The session is called like the person, the job is one's own, and the device too.
    assert refused(after.assume_role, **{**assume, "RoleSessionName": "other.person"})
    assert refused(after.assume_role, RoleArn=arn("app"), RoleSessionName="new.person")
    assert refused(after.assume_role, RoleArn=arn("break-glass"), RoleSessionName="new.person")
    assert refused(own("iam").deactivate_mfa_device, UserName="new.person", SerialNumber=shown["SerialNumber"])


def test_only_people_are_trusted(company: Company) -> None:
    """Neither a program's user nor a role, whatever its policies say."""
    company.iam.create_user(UserName="program")
    company.iam.put_user_policy(UserName="program", PolicyName="all", PolicyDocument=EVERYTHING)
    own = company.key("program")
    shown = {"SerialNumber": second_factor(own, "program"), "TokenCode": "123456"}
    assert refused(own("sts").assume_role, RoleArn=arn("web"), RoleSessionName="program", **shown)


def test_breaking_the_glass(jobs: dict[str, Client]) -> None:
    iam = jobs["break-glass"]("iam")
    iam.create_user(UserName="rescue")
    iam.delete_user(UserName="rescue")
    assert jobs["break-glass"]("sts").get_caller_identity()["Arn"].endswith("/break-glass.person")


def escapes(client: Client, itself: str) -> list[str]:
    """The dearest of the ways that tests/templates/test_access.py goes through, those of them that are not refused to a session in a job.

    :param itself: name of the job's role.
    """
    iam, sts = client("iam"), client("sts")
    person = sts.get_caller_identity()["Arn"].rpartition("/")[2]
    tried: dict[str, Callable[[], bool]] = {
        "another role": lambda: refused(sts.assume_role, RoleArn=arn("break-glass"), RoleSessionName=person),
        "a key": lambda: refused(iam.create_access_key, UserName="break-glass.person"),
        "a password": lambda: refused(iam.create_login_profile, UserName="break-glass.person", Password="never-Used-1234"),
        "a group": lambda: refused(iam.add_user_to_group, GroupName=f"{NAME}-job-break-glass", UserName=person),
        "a policy of the own role": lambda: refused(iam.put_role_policy, RoleName=itself, PolicyName="all", PolicyDocument=EVERYTHING),
        "a policy attached": lambda: refused(iam.attach_role_policy, RoleName=itself, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        "the boundary off": lambda: refused(iam.delete_role_permissions_boundary, RoleName=itself),
        "the boundary changed": lambda: refused(iam.create_policy_version, PolicyArn=BOUNDARY, PolicyDocument=EVERYTHING, SetAsDefault=True),
        "trust": lambda: refused(iam.update_assume_role_policy, RoleName="admin", PolicyDocument=TRUST_EC2),
        "a new role": lambda: refused(iam.create_role, RoleName=f"{NAME}-new", AssumeRolePolicyDocument=TRUST_EC2),
        "a bounded role": lambda: refused(iam.create_role, RoleName=f"{NAME}-new", AssumeRolePolicyDocument=TRUST_EC2, PermissionsBoundary=BOUNDARY),
        "a user": lambda: refused(iam.create_user, UserName="another"),
        "a secret": lambda: refused(client("secretsmanager").get_secret_value, SecretId="others"),
        "a parameter of others": lambda: refused(client("ssm").put_parameter, Name="/others/x", Value="x", Type="String"),
        "a server": lambda: refused(client("ec2").run_instances, ImageId="ami-12345678", MinCount=1, MaxCount=1),
        "a bucket's policy": lambda: refused(client("s3").put_bucket_policy, Bucket="others", Policy=EVERYTHING),
    }
    return [what for what, denied in tried.items() if not denied()]


@pytest.mark.parametrize("job", [job for job in CATALOGUE if job != "break-glass"])
def test_no_job_makes_itself_another(jobs: dict[str, Client], job: str) -> None:
    """Each of the ways is tried."""
    assert escapes(jobs[job], f"{NAME}-job-{job}") == []


def test_within_the_boundary_nobody_gets_out(company: Company) -> None:
    """A role that may do everything, as far as the boundary lets it: what it makes is within too, and what is not stays shut."""
    company.iam.create_role(
        RoleName=f"{NAME}-pipeline",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}
        ),
        PermissionsBoundary=BOUNDARY,
    )
    company.iam.put_role_policy(RoleName=f"{NAME}-pipeline", PolicyName="all", PolicyDocument=EVERYTHING)
    company.iam.create_user(UserName="pipeline")
    company.iam.put_user_policy(UserName="pipeline", PolicyName="all", PolicyDocument=EVERYTHING)
    made = company.key("pipeline")("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{NAME}-pipeline", RoleSessionName="run")["Credentials"]
    iam = company.simulator.client("iam", REGION, made["AccessKeyId"], made["SecretAccessKey"], aws_session_token=made["SessionToken"])
    bounded = {"RoleName": f"{NAME}-machine", "AssumeRolePolicyDocument": TRUST_EC2, "PermissionsBoundary": BOUNDARY}
    assert refused(iam.create_role, RoleName=f"{NAME}-free", AssumeRolePolicyDocument=TRUST_EC2)
    assert not refused(iam.create_role, **bounded)
    assert not refused(iam.put_role_policy, RoleName=f"{NAME}-machine", PolicyName="all", PolicyDocument=EVERYTHING)
    assert refused(iam.delete_role_permissions_boundary, RoleName=f"{NAME}-machine")
    assert refused(iam.put_role_policy, RoleName="admin", PolicyName="more", PolicyDocument=EVERYTHING)
    assert refused(iam.update_assume_role_policy, RoleName="admin", PolicyDocument=TRUST_EC2)
    assert refused(iam.update_assume_role_policy, RoleName=f"{NAME}-job-break-glass", PolicyDocument=TRUST_EC2)
    assert refused(iam.create_policy_version, PolicyArn=BOUNDARY, PolicyDocument=EVERYTHING, SetAsDefault=True)
    assert refused(iam.add_user_to_group, GroupName=f"{NAME}-job-break-glass", UserName="pipeline")
    iam.create_instance_profile(InstanceProfileName=f"{NAME}-machine")
    assert refused(iam.add_role_to_instance_profile, InstanceProfileName=f"{NAME}-machine", RoleName="admin")
    assert not refused(iam.add_role_to_instance_profile, InstanceProfileName=f"{NAME}-machine", RoleName=f"{NAME}-machine")


def test_whoever_leaves_is_out_at_once(company: Company, jobs: dict[str, Client]) -> None:
    """Sessions of others in the same role go on, and so do the person's until then."""
    for name in ("leaving.person", "staying.person"):
        company.person(name, "web")
    sessions = {}
    for name in ("leaving.person", "staying.person"):
        own = company.key(name)
        shown = {"SerialNumber": second_factor(own, name), "TokenCode": "123456"}
        made = own("sts").assume_role(RoleArn=arn("web"), RoleSessionName=name, **shown)["Credentials"]
        sessions[name] = company.simulator.client("ec2", REGION, made["AccessKeyId"], made["SecretAccessKey"], aws_session_token=made["SessionToken"])
    assert not any(refused(client.describe_vpcs) for client in sessions.values())

    module = SimpleNamespace(check_mode=False, region=REGION, client=lambda service, region=REGION, **_: company.root(service, region))
    who = {"name": "leaving.person", "path": "/people/", "project": "acme"}
    people.offboard(Session(module), {**who, "keep": False, "foreign": False})
    assert refused(sessions["leaving.person"].describe_vpcs) and not refused(sessions["staying.person"].describe_vpcs)
    assert people.trace(Session(module), {**who, "contact": "", "regions": [], "since": "", "center_user": ""})["access"] == []

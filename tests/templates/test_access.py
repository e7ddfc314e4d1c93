# SPDX-License-Identifier: GPL-3.0-or-later
"""What jobs may do and what they must not, judged by the language of policies alone."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data
from render import ROLES, render

from simulator.policies import allows

ACCOUNT, NAME = "210987654321", "acme-prod"
INPUTS: dict[str, Any] = {
    "access_name": NAME,
    "access_account_id": ACCOUNT,
    "access_project": "acme",
    "access_environment": "prod",
    "access_domain_name": "acme.example",
    "access_image_path": "/acme/prod/images",
    "access_log_group_prefix": "/acme/prod",
    "access_parameter_paths": ["/acme/prod/eu-west-1"],
    "access_record_arns": ["arn:aws:s3:::acme-trail", "arn:aws:s3:::acme-trail/*"],
    "access_record_key_tags": {"Project": "acme", "Layer": "account_baseline"},
    "access_run_record_arns": ["arn:aws:s3:::acme-runs", "arn:aws:s3:::acme-runs/runs/*"],
}
CATALOGUE = yaml.safe_load(Path(ROLES / "access" / "vars" / "main.yml").read_text())["__access_catalogue"]
JOBS = [job for job in CATALOGUE if job != "break-glass"]
IAM = f"arn:aws:iam::{ACCOUNT}:"
BOUNDARY = f"{IAM}policy/{NAME}-boundary"
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

Demand = tuple[str, str] | tuple[str, str, dict[str, list[str]]]

# What the simulator of a request knows of every one. What belongs to somebody else carries no tags of ours, and no boundary.
NOBODYS = {
    f"{key}/{tag}": []
    for key in ("aws:ResourceTag", "aws:RequestTag", "ssm:resourceTag", "secretsmanager:ResourceTag")
    for tag in ("Project", "Environment", "Layer", "Tier", "aws:rds:primaryDBInstanceArn", "aws:rds:primaryDBClusterArn")
} | {"iam:PermissionsBoundary": [], "iam:PassedToService": [], "ec2:CreateAction": [], "ssm:SessionDocumentAccessCheck": ["true"], "kms:ViaService": []}
OURS = {f"{key}/{tag}": [value] for key in ("aws:ResourceTag", "ssm:resourceTag") for tag, value in (("Project", "acme"), ("Environment", "prod"))}


@cache
def documents(job: str, change: bool = False) -> tuple[str, ...]:
    """All policies of a job's role."""
    about, aws = CATALOGUE[job], json.loads(aws_managed_policies_data)
    managed = [json.dumps(aws[name.rpartition("/")[2]]["Document"]) for name in about["managed"]]
    own = [render("access", f"{about['template']}.json.j2", **INPUTS, __access_job=job, access_developers_change=change)] if about["template"] else []
    return (*managed, *own)


@cache
def boundary() -> str:
    return render("access", "boundary.json.j2", **INPUTS)


def may(policies: tuple[str, ...], demand: Demand, within: bool = True) -> bool:
    """Whether a role with these policies, limited by the boundary, may do it."""
    action, resource, keys = (*demand, {})[:3]
    known = {**NOBODYS, **keys}
    return allows(policies, action, [resource], known) and (not within or allows([boundary()], action, [resource], known))


def passing(service: str, role: str) -> Demand:
    return ("iam:PassRole", f"{IAM}role/{role}", {"iam:PassedToService": [f"{service}.amazonaws.com"]})


# Ways from what somebody may to what nobody gave them, as they are known (Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation",
# and what has been found since). Each is open only if all that it takes is allowed. `admin` is a role or a user of the account that can do everything
# and has no boundary; what is ours is named as it is.
ADMIN, PERSON, POWERS, OTHERS = f"{IAM}role/admin", f"{IAM}user/people/other.person", f"{IAM}role/{NAME}-job-break-glass", f"{IAM}policy/others"
INSTANCE = "arn:aws:ec2:eu-west-1:210987654321:instance/i-1"
BY_POLICY: dict[str, list[Demand]] = {
    "a new version of somebody's policy": [("iam:CreatePolicyVersion", OTHERS)],
    "a new version of the boundary": [("iam:CreatePolicyVersion", BOUNDARY)],
    "an older version of somebody's policy": [("iam:SetDefaultPolicyVersion", OTHERS)],
    "an older version of the boundary": [("iam:SetDefaultPolicyVersion", BOUNDARY)],
    "a key for somebody else": [("iam:CreateAccessKey", PERSON)],
    "a password for somebody else": [("iam:CreateLoginProfile", PERSON)],
    "another password for somebody else": [("iam:UpdateLoginProfile", PERSON)],
    "a credential of a service for somebody else": [("iam:CreateServiceSpecificCredential", PERSON)],
    "somebody's second factor": [("iam:DeactivateMFADevice", PERSON)],
    "a second factor for somebody else": [("iam:EnableMFADevice", PERSON)],
    "a policy attached to a user": [("iam:AttachUserPolicy", PERSON)],
    "a policy attached to a group": [("iam:AttachGroupPolicy", f"{IAM}group/acme/prod/access/{NAME}-job-web")],
    "a policy attached to a role": [("iam:AttachRolePolicy", ADMIN)],
    "a policy attached to the own role": [("iam:AttachRolePolicy", f"{IAM}role/{NAME}-job-web", {"iam:PermissionsBoundary": [BOUNDARY]})],
    "a policy put into a user": [("iam:PutUserPolicy", PERSON)],
    "a policy put into a group": [("iam:PutGroupPolicy", f"{IAM}group/acme/prod/access/{NAME}-job-web")],
    "a policy put into a role": [("iam:PutRolePolicy", ADMIN)],
    "a policy put into the own role": [("iam:PutRolePolicy", f"{IAM}role/{NAME}-job-web", {"iam:PermissionsBoundary": [BOUNDARY]})],
    "a policy taken from a user": [("iam:DeleteUserPolicy", PERSON)],
    "into a group": [("iam:AddUserToGroup", f"{IAM}group/acme/prod/access/{NAME}-job-break-glass")],
    "whom a role trusts": [("iam:UpdateAssumeRolePolicy", ADMIN), ("sts:AssumeRole", ADMIN)],
    "whom break-glass trusts": [("iam:UpdateAssumeRolePolicy", POWERS)],
    "whom another environment's servers trust": [("iam:UpdateAssumeRolePolicy", f"{IAM}role/acme-dev-eu-west-1-web")],
    "from one job to break-glass": [("sts:AssumeRole", POWERS)],
    "from one job to a deployer": [("sts:AssumeRole", f"{IAM}role/{NAME}-deployer-site")],
    "whom a deployer trusts": [("iam:UpdateAssumeRolePolicy", f"{IAM}role/{NAME}-deployer-site")],
    "a role without the boundary": [("iam:CreateRole", f"{IAM}role/{NAME}-new")],
    "a role with another boundary": [("iam:CreateRole", f"{IAM}role/{NAME}-new", {"iam:PermissionsBoundary": [f"{IAM}policy/wide"]})],
    "a user without the boundary": [("iam:CreateUser", f"{IAM}user/new")],
    "a role out of the boundary": [("iam:DeleteRolePermissionsBoundary", f"{IAM}role/{NAME}-eu-west-1-web", {"iam:PermissionsBoundary": [BOUNDARY]})],
    "a role into a wider boundary": [("iam:PutRolePermissionsBoundary", f"{IAM}role/{NAME}-eu-west-1-web", {"iam:PermissionsBoundary": [f"{IAM}policy/wide"]})],
    "a user out of the boundary": [("iam:DeleteUserPermissionsBoundary", PERSON)],
    "another identity provider": [("iam:UpdateSAMLProvider", f"{IAM}saml-provider/AWSSSO_1")],
    "an assignment in Identity Center": [("sso:CreateAccountAssignment", "arn:aws:sso:::instance/ssoins-1")],
    "out of the organization": [("organizations:LeaveOrganization", "*")],
    "weaker passwords": [("iam:UpdateAccountPasswordPolicy", "*")],
    "no record": [("cloudtrail:StopLogging", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/acme")],
    "a record of less": [("cloudtrail:PutEventSelectors", f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/acme")],
    "the record gone": [("s3:DeleteObject", "arn:aws:s3:::acme-trail/AWSLogs/1")],
    "the record's key gone": [
        (
            "kms:ScheduleKeyDeletion",
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
            {"aws:ResourceTag/Project": ["acme"], "aws:ResourceTag/Layer": ["account_baseline"]},
        )
    ],
    "the record open to others": [("s3:PutBucketPolicy", "arn:aws:s3:::acme-trail")],
    "nobody who watches": [("guardduty:DeleteDetector", f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/1")],
}
RUNNING: dict[str, tuple[str, ...]] = {
    "ec2": ("ec2:RunInstances",),
    "lambda": ("lambda:CreateFunction", "lambda:InvokeFunction"),
    "glue": ("glue:CreateJob", "glue:StartJobRun"),
    "cloudformation": ("cloudformation:CreateStack",),
    "datapipeline": ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"),
    "sagemaker": ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
    "codebuild": ("codebuild:CreateProject", "codebuild:StartBuild"),
    "ecs-tasks": ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
    "states": ("states:CreateStateMachine", "states:StartExecution"),
    "ssm": ("ssm:StartAutomationExecution",),
    "autoscaling": ("autoscaling:CreateAutoScalingGroup",),
    "scheduler": ("scheduler:CreateSchedule",),
    "events": ("events:PutTargets",),
    "backup": ("backup:StartRestoreJob",),
    "rds": ("rds:AddRoleToDBInstance",),
}
BY_POLICY |= {
    f"{service} that runs with {role}": [passing(service, role), *((action, "*") for action in actions)]
    for service, actions in RUNNING.items()
    for role in ("admin", f"{NAME}-job-break-glass", "acme-dev-eu-west-1-web")
}
BY_POLICY |= {
    "a profile with a stronger role": [passing("ec2", "admin"), ("iam:AddRoleToInstanceProfile", f"{IAM}instance-profile/{NAME}-web")],
    "a stronger profile for a server": [passing("ec2", "admin"), ("ec2:AssociateIamInstanceProfile", INSTANCE)],
}
# What runs already, with a role of its own: a boundary of the caller does not limit that, so it is left to the jobs' policies.
BY_SERVICE: dict[str, list[Demand]] = {
    "another program in a function": [("lambda:UpdateFunctionCode", "*")],
    "another layer in a function": [("lambda:UpdateFunctionConfiguration", "*")],
    "another program in a job": [("glue:UpdateJob", "*")],
    "another program in a build": [("codebuild:UpdateProject", "*")],
    "another template of a stack": [("cloudformation:UpdateStack", "*")],
    "a command on a server": [("ssm:SendCommand", INSTANCE, OURS), ("ssm:SendCommand", "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript")],
    "a shell on somebody's server": [("ssm:StartSession", INSTANCE)],
    "a shell on a server of another environment": [
        ("ssm:StartSession", INSTANCE, {**OURS, "ssm:resourceTag/Environment": ["dev"], "ssm:resourceTag/Tier": ["web"]})
    ],
    "a key for a server's SSH": [("ec2-instance-connect:SendSSHPublicKey", INSTANCE, OURS)],
    "other user data": [("ec2:ModifyInstanceAttribute", INSTANCE, OURS)],
    "another template for servers": [("ec2:CreateLaunchTemplateVersion", "*", OURS)],
    "another group of servers": [("autoscaling:UpdateAutoScalingGroup", "*", OURS)],
    "a server's console": [("ec2:GetConsoleOutput", INSTANCE, OURS)],
    "somebody else's session": [("ssm:ResumeSession", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:session/other.person-1", {"aws:userid": ["AROA1:example.person"]})],
    "what is somebody's by a tag": [("ec2:CreateTags", INSTANCE, {"aws:RequestTag/Project": ["acme"], "aws:RequestTag/Environment": ["prod"]})],
    "a key's policy": [("kms:PutKeyPolicy", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", OURS)],
    "a grant on a key": [("kms:CreateGrant", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", OURS)],
    "a snapshot for another account": [("rds:ModifyDBSnapshotAttribute", f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:{NAME}-1", OURS)],
    "an image for another account": [("ec2:ModifySnapshotAttribute", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:snapshot/snap-1", OURS)],
    "a bucket's policy": [("s3:PutBucketPolicy", f"arn:aws:s3:::{NAME}-uploads")],
    "a secret": [("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:others-1")],
    "a parameter": [("ssm:GetParameter", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/others/secret")],
}


@pytest.mark.parametrize("path", [*BY_POLICY, *BY_SERVICE])
def test_no_job_gets_further(path: str) -> None:
    """Neither by its policies, nor by what AWS may add to its own ones one day, as far as the boundary holds."""
    demands = {**BY_POLICY, **BY_SERVICE}[path]
    assert [job for job in JOBS if all(may(documents(job, change=True), demand, within=False) for demand in demands)] == []


@pytest.mark.parametrize("path", BY_POLICY)
def test_whoever_has_everything_within_the_boundary_stays_within(path: str) -> None:
    assert not all(may((ALL,), demand) for demand in BY_POLICY[path])


@pytest.mark.parametrize("path", BY_POLICY)
def test_these_are_ways(path: str) -> None:
    """Without a boundary they would be open: the lists above name what there is."""
    assert all(may((ALL,), demand, within=False) for demand in BY_POLICY[path])


def test_the_boundary_lets_work_be_done() -> None:
    """Machines get their roles, with it; nothing else is in the way of a rollout."""
    role = f"{IAM}role/{NAME}-eu-west-1-web"
    for demand in (
        ("iam:CreateRole", role, {"iam:PermissionsBoundary": [BOUNDARY]}),
        ("iam:PutRolePolicy", role, {"iam:PermissionsBoundary": [BOUNDARY]}),
        ("iam:UpdateAssumeRolePolicy", role),
        passing("ec2", f"{NAME}-eu-west-1-web"),
        ("iam:ListGroups", "*"),
        ("iam:GetRole", POWERS),
        ("ec2:CreateVpc", "*"),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::{NAME}-uploads"),
        ("cloudtrail:GetTrailStatus", "*"),
    ):
        assert may((ALL,), demand), demand


SERVER = {tier: {**OURS, "ssm:resourceTag/Tier": [tier]} for tier in ("web", "app")}
SHELL, TUNNEL = (
    f"arn:aws:ssm:eu-west-1:{ACCOUNT}:document/SSM-SessionManagerRunShell",
    "arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSessionToRemoteHost",
)
GROUP = {tier: f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/{NAME}-{tier}" for tier in ("web", "app")}
POINTER = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/acme/prod/images/"
SETTING = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/acme/prod/eu-west-1/site/domain-name"
LOGS = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/acme/prod/"
DATABASE = f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:{NAME}"
RULES = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:security-group/sg-1"
LOGIN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{NAME}-database-credentials-1"
RECORD = "route53:ChangeResourceRecordSets"
RECORDS = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
ZONE = "arn:aws:route53:::hostedzone/Z1"
SIGHT = ("ec2:DescribeInstances", "*")
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CAN: dict[str, list[Demand]] = {
    "network": [
        SIGHT,
        ("ec2:AuthorizeSecurityGroupIngress", RULES, OURS),
        ("ec2:ReplaceRoute", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:route-table/rtb-1", OURS),
        (RECORD, ZONE, {RECORDS: ["www.acme.example"]}),
    ],
    "web": [
        SIGHT, ("autoscaling:SetDesiredCapacity", GROUP["web"], OURS), ("ssm:StartSession", INSTANCE, SERVER["web"]), ("ssm:StartSession", SHELL),
        ("ssm:PutParameter", POINTER + "web"), ("logs:FilterLogEvents", LOGS + "web/access"),
    ],
    "app": [
        SIGHT, ("autoscaling:SetDesiredCapacity", GROUP["app"], OURS), ("ssm:StartSession", INSTANCE, SERVER["app"]),
        ("ssm:PutParameter", POINTER + "app"),
    ],
    "database": [
        SIGHT, ("rds:ModifyDBInstance", DATABASE), ("rds:RestoreDBInstanceToPointInTime", DATABASE), ("secretsmanager:GetSecretValue", LOGIN),
        ("ssm:StartSession", TUNNEL), ("ssm:StartSession", INSTANCE, SERVER["app"]), passing("monitoring.rds", f"{NAME}-eu-west-1-monitoring"),
    ],
    "developer": [SIGHT, ("logs:FilterLogEvents", LOGS + "app/app"), ("ssm:GetParameter", SETTING)],
    "read-only": [SIGHT, ("s3:ListAllMyBuckets", "*"), ("rds:DescribeDBInstances", "*")],
    "auditor": [
        SIGHT, ("iam:GetCredentialReport", "*"), ("cloudtrail:LookupEvents", "*"), ("iam:SimulatePrincipalPolicy", PERSON),
        ("s3:GetObject", "arn:aws:s3:::acme-trail/a"), ("s3:GetObject", "arn:aws:s3:::acme-runs/runs/a"), ("s3:ListBucket", "arn:aws:s3:::acme-trail"),
        ("kms:Decrypt", KEY, {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}),
    ],
    "billing": [("billing:GetBillingData", "*"), ("budgets:ModifyBudget", "*")],
}  # fmt: skip
SECRET = ("secretsmanager:GetSecretValue", LOGIN)
CONTENT = ("s3:GetObject", f"arn:aws:s3:::{NAME}-uploads/a")
CANNOT: dict[str, list[Demand]] = {
    "network": [
        SECRET, CONTENT, ("ec2:DeleteVpc", "*", OURS), ("ec2:AuthorizeSecurityGroupIngress", RULES), ("ec2:RunInstances", "*", OURS),
        (RECORD, ZONE, {RECORDS: ["www.other.example"]}), (RECORD, ZONE, {RECORDS: ["www.acme.example", "notacme.example"]}),
        ("rds:ModifyDBInstance", DATABASE), ("autoscaling:SetDesiredCapacity", GROUP["web"], OURS),
    ],
    "web": [
        SECRET, CONTENT, ("autoscaling:SetDesiredCapacity", GROUP["app"], OURS), ("ssm:StartSession", INSTANCE, SERVER["app"]),
        ("ssm:PutParameter", POINTER + "app"), ("logs:FilterLogEvents", LOGS + "app/app"), ("ssm:StartSession", TUNNEL), ("rds:RebootDBInstance", DATABASE),
        ("ssm:StartSession", INSTANCE, {**SERVER["web"], "ssm:SessionDocumentAccessCheck": ["false"]}), ("ssm:PutParameter", SETTING),
    ],
    "app": [SECRET, CONTENT, ("autoscaling:SetDesiredCapacity", GROUP["web"], OURS), ("ssm:PutParameter", POINTER + "web")],
    "database": [
        CONTENT, ("rds:DeleteDBInstance", DATABASE), ("rds:DeleteDBSnapshot", f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:{NAME}-1"),
        ("rds:ModifyDBInstance", f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:other"), ("ssm:StartSession", SHELL), ("backup:DeleteRecoveryPoint", "*"),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:other"),
    ],
    "developer": [
        SECRET, CONTENT, ("logs:FilterLogEvents", LOGS + "sessions"), ("logs:FilterLogEvents", LOGS + "account/trail"), ("ssm:PutParameter", SETTING),
        ("ssm:StartSession", INSTANCE, SERVER["web"]), ("autoscaling:SetDesiredCapacity", GROUP["web"], OURS),
    ],
    "read-only": [SECRET, CONTENT, ("logs:FilterLogEvents", LOGS + "web/access"), ("ssm:GetParameter", SETTING), ("ec2:StopInstances", INSTANCE, OURS)],
    "auditor": [
        SECRET, CONTENT, ("logs:FilterLogEvents", LOGS + "web/access"), ("cloudtrail:StopLogging", "*"), ("iam:CreateUser", "*"), ("kms:Decrypt", KEY),
        ("kms:Decrypt", KEY, {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}), ("s3:GetObject", "arn:aws:s3:::acme-runs/lock.json"),
        ("s3:PutObject", "arn:aws:s3:::acme-trail/a"), ("s3:DeleteObject", "arn:aws:s3:::acme-runs/runs/a"),
    ],
    "billing": [SECRET, CONTENT, SIGHT, ("organizations:LeaveOrganization", "*"), ("account:CloseAccount", "*")],
}  # fmt: skip


@pytest.mark.parametrize("job", JOBS)
def test_a_job_cannot_do_what_is_not_its_own(job: str) -> None:
    assert [demand for demand in CANNOT[job] if may(documents(job), demand)] == []


@pytest.mark.parametrize("job", JOBS)
def test_a_job_can_be_done(job: str) -> None:
    assert [demand for demand in CAN[job] if not may(documents(job), demand)] == []


def test_developers_change_things_where_no_visitor_is() -> None:
    for demand in (("ssm:PutParameter", SETTING), ("ssm:StartSession", INSTANCE, SERVER["web"]), ("autoscaling:StartInstanceRefresh", GROUP["web"], OURS)):
        assert may(documents("developer", change=True), demand) and not may(documents("developer"), demand)
    assert not may(documents("developer", change=True), ("ssm:PutParameter", POINTER + "web"))


# Members --------------------------------------------------------------------------------------------------------------


def member(**more: Any) -> str:
    return render("access", "member.json.j2", **INPUTS, **more, __access_job="web")


@pytest.mark.parametrize("factor", [["true"], ["false"], None])
def test_without_a_second_factor_nothing_but_to_set_one(factor: list[str] | None) -> None:
    """A key of a user has no such key of a condition at all, and counts like a session without one."""
    known = {"aws:username": ["example.person"]} | ({"aws:MultiFactorAuthPresent": factor} if factor else {})
    itself = f"{IAM}user/people/example.person"

    def can(action: str, resource: str) -> bool:
        return allows([member()], action, [resource], known)

    assert can("iam:DeactivateMFADevice", itself) is (factor == ["true"])
    assert can("sts:AssumeRole", f"{IAM}role/{NAME}-job-web")  # which trusts nobody without one, as tests/people shows
    assert not can("sts:AssumeRole", f"{IAM}role/{NAME}-job-app") and not can("s3:ListAllMyBuckets", "*")
    assert not can("iam:CreateAccessKey", itself) and not can("iam:ChangePassword", PERSON) and not can("iam:EnableMFADevice", PERSON)
    assert can("iam:CreateVirtualMFADevice", f"{IAM}mfa/example.person") and can("iam:GetAccountPasswordPolicy", "*")


def test_keys_of_their_own_are_a_choice() -> None:
    own = member(access_own_keys=True)
    known = {"aws:MultiFactorAuthPresent": ["true"], "aws:username": ["example.person"]}
    assert allows([own], "iam:CreateAccessKey", [f"{IAM}user/people/example.person"], known)
    assert not allows([own], "iam:CreateAccessKey", [PERSON], known)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a CI may do, asked through boto3: verify.py PREFIX REPOSITORY"""

import json
import sys

import boto3

ISSUER = "token.actions.githubusercontent.com"
# Nobody who is let in by a token gets at these.
NEVER = ("*", "iam:*", "iam:Put", "iam:Create", "iam:Attach", "s3:*", "kms:*", "ssm:*", "ec2:*", "rds:*")

prefix, repository = sys.argv[1:]
iam = boto3.client("iam", "us-east-1")
(provider,) = [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
assert provider.endswith(f":oidc-provider/{ISSUER}"), provider
assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["ClientIDList"] == ["sts.amazonaws.com"]
subjects = {
    "check": f"repo:{repository}:pull_request",
    "bake": f"repo:{repository}:ref:refs/heads/main",
    "promote": f"repo:{repository}:environment:sandbox",
    "deploy": f"repo:{repository}:environment:sandbox",
}
assert {role["RoleName"] for role in iam.list_roles()["Roles"] if "-ci-" in role["RoleName"]} == {f"{prefix}-ci-{workflow}" for workflow in subjects}
for workflow, subject in subjects.items():
    role = iam.get_role(RoleName=f"{prefix}-ci-{workflow}")["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"), trust
    assert trust["Condition"] == {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}}, trust
    assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == []
    (name,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    actions = [one for statement in policy["Statement"] for one in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])]
    assert not [action for action in actions if action in NEVER or action.startswith(NEVER[2:5])], actions
    # IAM's own count, which leaves white space out, of the 10,240 characters that a role's policies may have.
    assert len("".join(json.dumps(policy).split())) < 10240
    secrets = [statement["Resource"] for statement in policy["Statement"] if "secretsmanager:GetSecretValue" in statement["Action"]]
    assert secrets == ([f"arn:aws:secretsmanager:*:123456789012:secret:{prefix}-origin_header-*"] if workflow == "check" else []), secrets
    if workflow == "check":
        reading = ("BatchGet", "Describe", "Get", "List", "View", "Decrypt")
        assert [action for action in actions if not action.partition(":")[2].startswith(reading)] == [], actions

# SPDX-License-Identifier: GPL-3.0-or-later
"""What deployers may do, asked through boto3: verify.py PREFIX"""

import json
import sys

import boto3

(prefix,) = sys.argv[1:]
iam = boto3.client("iam", "us-east-1")
roles = {role["RoleName"].removeprefix(f"{prefix}-deployer-"): role for role in iam.list_roles()["Roles"] if "-deployer-" in role["RoleName"]}
assert set(roles) == {"plan", "site", "deploy", "images", "secrets", "recovery", "restore", "destroy"}, set(roles)
held = {}
for name, role in roles.items():
    trust, *tokens = role["AssumeRolePolicyDocument"]["Statement"]
    assert [one["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] for one in tokens] == (
        [["repo:shop/site:environment:sandbox"]] if name == "deploy" else []
    )
    assert trust["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}, trust
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    # What IAM lets a role have without anybody asking for more.
    assert 0 < len(attached) <= 10, (name, len(attached))
    held[name] = []
    for one in attached:
        version = iam.get_policy(PolicyArn=one["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=one["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        assert len("".join(json.dumps(document).split())) <= 6144, one["PolicyName"]
        held[name] += document["Statement"]
    within = set(iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"])
    assert {one for one in within if not one.endswith("-rest")} == {"limits"} | ({name} & {"plan", "recovery", "restore"})
    for one in within - {"limits"}:
        held[name] += iam.get_role_policy(RoleName=role["RoleName"], PolicyName=one)["PolicyDocument"]["Statement"]
    limits = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="limits")["PolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in limits} == {"Deny"}
    assert limits[0]["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": ["ap-southeast-1", "us-east-1"]}}, limits[0]
    group = iam.get_group_policy(GroupName=role["RoleName"], PolicyName="member")["PolicyDocument"]["Statement"]
    assert [one["Resource"] for one in group] == [role["Arn"]]
for statement in (statement for statements in held.values() for statement in statements):
    # One may stand without a list around it.
    statement |= {name: [statement[name]] for name in ("Action", "Resource") if isinstance(statement[name], str)}
actions = {name: {action for statement in statements for action in statement["Action"]} for name, statements in held.items()}
assert not [action for of in actions.values() for action in of if "*" in action], "actions are named, never by a pattern"
assert all({"ec2:DescribeVpcs", "iam:GetPolicy", "rds:DescribeDBInstances"} <= of for of in actions.values())
READING = ("BatchGet", "Decode", "Decrypt", "Describe", "Generate", "Search", "Simulate", "Get", "List", "View")
changing = [action for action in actions["plan"] if not action.partition(":")[2].startswith(READING)]
assert not changing, changing
assert "rds:DeleteDBInstance" in actions["destroy"] and "rds:DeleteDBInstance" not in actions["site"]
for name, statements in held.items():
    passes = [one for one in statements if "iam:PassRole" in one["Action"]]
    assert all(one["Resource"] == [f"arn:aws:iam::123456789012:role/{prefix}-*"] and "iam:PassedToService" in str(one["Condition"]) for one in passes), name

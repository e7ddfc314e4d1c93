# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and their limit, asked through boto3: verify.py PREFIX"""

import json
import sys

import boto3

JOBS = {
    "network": "ViewOnlyAccess",
    "web": "ViewOnlyAccess",
    "app": "ViewOnlyAccess",
    "database": "ViewOnlyAccess",
    "developer": "ViewOnlyAccess",
    "read-only": "ViewOnlyAccess",
    "auditor": "SecurityAudit",
    "billing": "Billing",
    "break-glass": "AdministratorAccess",
}
(prefix,) = sys.argv[1:]
iam = boto3.client("iam", "us-east-1")


def size(document):
    """IAM's own count, which leaves white space out."""
    return len("".join(json.dumps(document).split()))


(boundary,) = [policy for policy in iam.list_policies(Scope="Local")["Policies"] if policy["PolicyName"] == f"{prefix}-boundary"]
document = iam.get_policy_version(PolicyArn=boundary["Arn"], VersionId=boundary["DefaultVersionId"])["PolicyVersion"]["Document"]
assert size(document) <= 6144, size(document)
assert {role["RoleName"] for role in iam.list_roles()["Roles"] if "-job-" in role["RoleName"]} == {f"{prefix}-job-{job}" for job in JOBS}
for job, managed in JOBS.items():
    name = f"{prefix}-job-{job}"
    role = iam.get_role(RoleName=name)["Role"]
    limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    assert limit == (None if job == "break-glass" else boundary["Arn"]), (job, limit)
    assert role["MaxSessionDuration"] == (3600 if job == "break-glass" else 28800), role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}, trust
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == [managed], attached
    inline = [iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in iam.list_role_policies(RoleName=name)["PolicyNames"]]
    assert sum(map(size, inline)) <= 10240
    group = iam.get_group(GroupName=name)
    assert group["Group"]["Path"] == f"/{prefix.replace('-', '/')}/access/" and group["Users"] == [], group
    assert iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"] == []
    (own,) = iam.list_group_policies(GroupName=name)["PolicyNames"]
    member = iam.get_group_policy(GroupName=name, PolicyName=own)["PolicyDocument"]
    assert size(member) <= 5120
    assert [one["Resource"] for one in member["Statement"] if one["Action" if "Action" in one else "NotAction"] == "sts:AssumeRole"] == [role["Arn"]]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of IAM."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import as_list
from simulator.rules._principals import invalid_principals

QUOTAS = "UG iam/reference_iam-quotas.md"


def _size(document: str) -> int:
    """Characters as IAM counts them: without white space."""
    return len(re.sub(r"\s", "", document))


def _role(context: Context) -> Any:
    """moto's role of that name, None where there is none: moto itself refuses that."""
    return next((role for role in context.backend().roles.values() if role.name == context.params["RoleName"]), None)


def _policy(context: Context) -> Any:
    return context.backend().managed_policies.get(context.params["PolicyArn"])


@rule("R-IAM-03", service="iam", operations=["DeletePolicy"], source="API iam:DeletePolicy")
def attached_policy_stays(context: Context) -> None:
    """A managed policy that is attached cannot be deleted."""
    policy = _policy(context)
    if policy is not None and policy.attachment_count:
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.")


@rule("R-IAM-04", service="iam", operations=["DeletePolicy"], source="API iam:DeletePolicy")
def versions_go_first(context: Context) -> None:
    """A managed policy with more than its default version cannot be deleted."""
    policy = _policy(context)
    if policy is not None and len(policy.versions) > 1:
        raise Refused("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.")


@rule("R-IAM-18", service="iam", operations=["DeletePolicy"], source="unsourced")
def boundary_stays(context: Context) -> None:
    """A managed policy that limits somebody cannot be deleted."""
    holders = [*context.backend().roles.values(), *context.backend().users.values()]
    if any(getattr(holder, "permissions_boundary_arn", None) == context.params["PolicyArn"] for holder in holders):
        raise Refused("DeleteConflict", "Cannot delete a policy used as a permissions boundary.")


@rule("R-IAM-07", service="iam", operations=["AttachRolePolicy"], source=QUOTAS)
def ten_managed_policies(context: Context) -> None:
    """A role has up to ten managed policies."""
    role = _role(context)
    if role is not None and context.params["PolicyArn"] not in role.managed_policies and len(role.managed_policies) >= 10:
        raise Refused("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10", 409)


@rule("R-IAM-10", service="iam", operations=["CreateRole"], source=QUOTAS)
def size_of_a_trust_policy(context: Context) -> None:
    """A trust policy has up to 2,048 characters."""
    if _size(context.params["AssumeRolePolicyDocument"]) > 2048:
        raise Refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)


@rule("R-IAM-10", service="iam", operations=["UpdateAssumeRolePolicy"], source=QUOTAS)
def size_of_a_new_trust_policy(context: Context) -> None:
    """A trust policy has up to 2,048 characters."""
    if _size(context.params["PolicyDocument"]) > 2048:
        raise Refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)


@rule("R-IAM-11", service="iam", operations=["CreatePolicy", "CreatePolicyVersion"], source=QUOTAS)
def size_of_a_managed_policy(context: Context) -> None:
    """A managed policy has up to 6,144 characters."""
    if _size(context.params["PolicyDocument"]) > 6144:
        raise Refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)


@rule("R-IAM-17", service="iam", operations=["PutRolePolicy"], source=QUOTAS)
def size_of_inline_policies(context: Context) -> None:
    """The inline policies of a role have up to 10,240 characters together."""
    role = _role(context)
    held = role.policies if role is not None else {}
    together = {**held, context.params["PolicyName"]: context.params["PolicyDocument"]}
    if sum(_size(document) for document in together.values()) > 10240:
        raise Refused("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {context.params['RoleName']}", 409)


@rule("R-IAM-12", service="iam", operations=["CreateRole"], source="API iam:CreateRole")
def role_names_fold_case(context: Context) -> None:
    """Names of roles differ in more than case."""
    if any(role.name.lower() == context.params["RoleName"].lower() for role in context.backend().roles.values()):
        raise Refused("EntityAlreadyExists", f"Role with name {context.params['RoleName']} already exists.", 409)


@rule("R-IAM-12", service="iam", operations=["CreateInstanceProfile"], source="API iam:CreateInstanceProfile")
def profile_names_fold_case(context: Context) -> None:
    """Names of instance profiles differ in more than case."""
    name = context.params["InstanceProfileName"]
    if any(profile.name.lower() == name.lower() for profile in context.backend().instance_profiles.values()):
        raise Refused("EntityAlreadyExists", f"Instance Profile {name} already exists.", 409)


def _refuse_invalid(context: Context, document: str, element: str) -> None:
    for principal in invalid_principals(context, document):
        if principal.startswith(f'"{element}"'):
            raise Refused("MalformedPolicyDocument", f"Invalid principal in policy: {principal}")


@rule("R-IAM-09", service="iam", operations=["CreateRole"], source="unsourced")
def trusted_identities_exist(context: Context) -> None:
    """Users and roles that a trust policy names must exist."""
    _refuse_invalid(context, context.params["AssumeRolePolicyDocument"], "AWS")


@rule("R-IAM-09", service="iam", operations=["UpdateAssumeRolePolicy"], source="unsourced")
def newly_trusted_identities_exist(context: Context) -> None:
    """Users and roles that a trust policy names must exist."""
    _refuse_invalid(context, context.params["PolicyDocument"], "AWS")


@rule("R-IAM-23", service="iam", operations=["CreateRole"], source="unsourced")
def trusted_services_exist(context: Context) -> None:
    """Services that a trust policy names must exist."""
    _refuse_invalid(context, context.params["AssumeRolePolicyDocument"], "Service")


@rule("R-IAM-23", service="iam", operations=["UpdateAssumeRolePolicy"], source="unsourced")
def newly_trusted_services_exist(context: Context) -> None:
    """Services that a trust policy names must exist."""
    _refuse_invalid(context, context.params["PolicyDocument"], "Service")


@rule(
    "R-IAM-22",
    service="iam",
    operations=["PutRolePolicy", "PutUserPolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion"],
    source="unsourced",
)
def identity_policies_name_nobody(context: Context) -> None:
    """Whoever has an identity policy is its principal; it must not name one."""
    try:
        statements = as_list(json.loads(context.params["PolicyDocument"]).get("Statement"))
    except (ValueError, AttributeError):
        return  # moto says what is wrong with it
    if any("Principal" in statement or "NotPrincipal" in statement for statement in statements):
        raise Refused("MalformedPolicyDocument", "Policy document should not specify a principal.")


@rule("R-IAM-16", service="iam", operations=["CreateRole", "PutRolePermissionsBoundary"], source="API iam:CreateRole")
def boundary_exists(context: Context) -> None:
    """A permissions boundary is a managed policy that exists."""
    boundary = context.params.get("PermissionsBoundary")
    if boundary and boundary not in context.backend().managed_policies:
        raise Refused("NoSuchEntity", f"Scope ARN: {boundary} does not exist or is not attachable.", 404)

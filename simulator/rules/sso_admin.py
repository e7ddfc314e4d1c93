# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of IAM Identity Center."""

from __future__ import annotations

import json
import re

from simulator.context import Context
from simulator.registry import REGISTRY, Refused, rule
from simulator.services._identity_center import Set, instance_of, is_administrator, management_of
from simulator.services.sso_admin import SERVICE, set_of

LIMITS = "UG singlesignon/limits.html"
_OF_SETS = [name for service, name in REGISTRY.operations if service == SERVICE and ("PermissionSet" in name or "AccountAssignment" in name)]


@rule("R-SSO-02", service=SERVICE, operations=_OF_SETS, source="UG singlesignon/identity-center-instances.html", certain=False)
def organization_instance(context: Context) -> None:
    """Permission sets and assignments are an organization instance's."""
    if not instance_of(context).of_organization:
        raise Refused("ValidationException", "This action is not valid for account instances of IAM Identity Center.")


@rule("R-SSO-03", service=SERVICE, operations=["CreatePermissionSet"], source="thread avlcloudtechnologies/terraform-aws-sso#6")
def name_of_its_own(context: Context) -> None:
    """A permission set's name is its own in the instance."""
    if context.params["Name"] in [one.name for one in instance_of(context).sets.values()]:
        raise Refused("ConflictException", f"PermissionSet with name {context.params['Name']} already exists")


@rule("R-SSO-04", service=SERVICE, operations=["CreatePermissionSet", "UpdatePermissionSet"], source="UG singlesignon/howtosessionduration.html", certain=False)
def length_of_sessions(context: Context) -> None:
    """Sessions last 1 to 12 hours."""
    duration = context.params.get("SessionDuration")
    if duration and not 3600 <= Set("", "", context.now(), duration=duration).seconds <= 43200:
        raise Refused("ValidationException", f"SessionDuration {duration} is not between PT1H and PT12H")


@rule("R-SSO-05", service=SERVICE, operations=["PutInlinePolicyToPermissionSet"], source=LIMITS)
def size_of_the_inline_policy(context: Context) -> None:
    """An inline policy has up to 10,240 characters that are no white space."""
    text = context.params["InlinePolicy"]
    if len(re.sub(r"\s", "", text)) > 10240:
        raise Refused("ServiceQuotaExceededException", "Maximum policy size of 10240 bytes exceeded for the inline policy")
    try:
        if not json.loads(text)["Statement"]:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Refused("ValidationException", "The inline policy is not a valid policy document") from None


_ATTACHING = ["AttachManagedPolicyToPermissionSet", "AttachCustomerManagedPolicyReferenceToPermissionSet"]


@rule("R-SSO-07", service=SERVICE, operations=_ATTACHING, source=LIMITS)
def twenty_policies(context: Context) -> None:
    """A permission set has up to 20 managed policies, AWS's and the account's own together."""
    one = set_of(context)
    if len(one.managed) + len(one.own) >= 20:
        raise Refused("ServiceQuotaExceededException", "You have exceeded AWS SSO limits. Cannot create ManagedPolicy more than 20")


@rule("R-SSO-08", service=SERVICE, operations=_ATTACHING, source="API sso-admin:AttachManagedPolicyToPermissionSet, ConflictException", certain=False)
def attached_once(context: Context) -> None:
    """What is attached is not attached again."""
    one, own = set_of(context), context.params.get("CustomerManagedPolicyReference", {})
    if context.params.get("ManagedPolicyArn") in one.managed or (own.get("Path", "/"), own.get("Name", "")) in one.own:
        raise Refused("ConflictException", "The policy is attached to the permission set already")


@rule("R-SSO-09", service=SERVICE, operations=["DeletePermissionSet"], source="thread terraform-provider-aws#26757")
def assigned_set_stays(context: Context) -> None:
    """A permission set that is provisioned somewhere cannot be deleted."""
    if set_of(context).provisioned:
        raise Refused("ConflictException", "Could not delete because PermissionSet has ApplicationProfile associated with it")


@rule("R-SSO-10", service=SERVICE, operations=["CreateAccountAssignment", "DeleteAccountAssignment"], source="UG singlesignon/delegated-admin.html")
def management_account_is_its_own(context: Context) -> None:
    """Access to the management account is not a delegated administrator's to give."""
    instance = instance_of(context)
    delegated = context.account != instance.owner and is_administrator(instance, context.account)
    if delegated and context.params["TargetId"] == management_of(context.account):
        raise Refused("AccessDeniedException", "Access to the management account is managed from the management account")


@rule("R-SSO-11", service=SERVICE, operations=["PutPermissionsBoundaryToPermissionSet"], source="API sso-admin:PermissionsBoundary", certain=False)
def one_boundary(context: Context) -> None:
    """A boundary is a policy of AWS's or one that each account has, not both."""
    if len(context.params["PermissionsBoundary"]) != 1:
        raise Refused("ValidationException", "Specify either CustomerManagedPolicyReference or ManagedPolicyArn")


_OF_ROLES = [
    "AttachRolePolicy",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
]


@rule("R-SSO-12", service="iam", operations=_OF_ROLES, source="https://repost.aws/knowledge-center/identity-center-aws-reserved-sso")
def its_roles_are_its_own(context: Context) -> None:
    """What Identity Center has made in an account is changed by nobody else."""
    name = context.params["RoleName"]
    if name.startswith("AWSReservedSSO_"):
        raise Refused("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS")

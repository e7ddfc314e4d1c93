# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Identity Center: permission sets, who has them in which account, and that all of it takes a while. In moto's place altogether."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.organizations.models import FakeDelegatedAdministrator

from simulator.context import Context
from simulator.latency_table import ASSIGNMENT
from simulator.registry import Parameters, Refused, operation, shows
from simulator.services._identity_center import (
    INSTANCES,
    Assignment,
    Demand,
    Instance,
    Set,
    instance_of,
    make,
    management_of,
    members_of,
    page,
    provision,
    remove_role,
)

SERVICE = "sso-admin"


def install() -> None:
    """UG organizations/services-that-can-integrate-sso.html: moto knows no delegated administrator of it."""
    FakeDelegatedAdministrator.SUPPORTED_SERVICES.append("sso.amazonaws.com")


def set_of(context: Context, instance: Instance | None = None) -> Set:
    """The permission set that a call names."""
    arn = context.params["PermissionSetArn"]
    found = (instance or instance_of(context)).sets.get(arn)
    if found is None:
        raise Refused("ResourceNotFoundException", f"Could not find PermissionSet with id {arn.rpartition('/')[2]}")
    return found


# Instances ------------------------------------------------------------------------------------------------------------


@operation(SERVICE, "ListInstances")
@shows("R-SSO-01")
def list_instances(context: Context) -> Parameters:
    """API sso-admin:ListInstances: those that the account owns or sees, of this region or of all."""
    everywhere = context.params.get("RegionScope") == "ALL_REGIONS"
    mine = {context.account, management_of(context.account)}
    return page(context, "Instances", [one.shown() for one in INSTANCES if one.owner in mine and (everywhere or one.region == context.region)])


@operation(SERVICE, "DescribeInstance")
def describe_instance(context: Context) -> Parameters:
    """API sso-admin:DescribeInstance."""
    instance = instance_of(context)
    return {**instance.shown(), "PermissionSetsEnabled": instance.of_organization}


@operation(SERVICE, "CreateInstance")
def create_instance(context: Context) -> Parameters:
    """API sso-admin:CreateInstance: of an account alone, once, and not of a management account."""
    if management_of(context.account) == context.account:
        raise Refused("ValidationException", "An account instance cannot be created in the management account of an organization.")
    if any(one.owner == context.account for one in INSTANCES):
        raise Refused("ConflictException", "An instance already exists in this account.")
    return {"InstanceArn": make(context.account, context.region, False, context.now()).arn}


# Permission sets ------------------------------------------------------------------------------------------------------


@operation(SERVICE, "CreatePermissionSet")
def create_set(context: Context) -> Parameters:
    """API sso-admin:CreatePermissionSet."""
    instance, params = instance_of(context), context.params
    arn = f"{instance.arn.replace(':instance/', ':permissionSet/')}/ps-{mock_random.get_random_hex(16)}"
    made = Set(arn, params["Name"], context.now(), params.get("Description", ""), params.get("SessionDuration", "PT1H"), params.get("RelayState", ""))
    made.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
    instance.sets[arn] = made
    return {"PermissionSet": made.shown()}


@operation(SERVICE, "DescribePermissionSet")
def describe_set(context: Context) -> Parameters:
    """API sso-admin:DescribePermissionSet."""
    return {"PermissionSet": set_of(context).shown()}


@operation(SERVICE, "ListPermissionSets")
def list_sets(context: Context) -> Parameters:
    """API sso-admin:ListPermissionSets."""
    return page(context, "PermissionSets", instance_of(context).sets)


@operation(SERVICE, "UpdatePermissionSet")
def update_set(context: Context) -> None:
    """API sso-admin:UpdatePermissionSet."""
    one, params = set_of(context), context.params
    one.description = params.get("Description", one.description)
    one.duration = params.get("SessionDuration", one.duration)
    one.relay = params.get("RelayState", one.relay)
    one.version += 1


@operation(SERVICE, "DeletePermissionSet")
def delete_set(context: Context) -> None:
    """API sso-admin:DeletePermissionSet."""
    instance = instance_of(context)
    del instance.sets[set_of(context, instance).arn]


@operation(SERVICE, "PutInlinePolicyToPermissionSet")
def put_inline(context: Context) -> None:
    """API sso-admin:PutInlinePolicyToPermissionSet."""
    one = set_of(context)
    one.inline, one.version = context.params["InlinePolicy"], one.version + 1


@operation(SERVICE, "GetInlinePolicyForPermissionSet")
def get_inline(context: Context) -> Parameters:
    """API sso-admin:GetInlinePolicyForPermissionSet: empty where there is none."""
    return {"InlinePolicy": set_of(context).inline}


@operation(SERVICE, "DeleteInlinePolicyFromPermissionSet")
def delete_inline(context: Context) -> None:
    """API sso-admin:DeleteInlinePolicyFromPermissionSet."""
    one = set_of(context)
    one.inline, one.version = "", one.version + 1


@operation(SERVICE, "AttachManagedPolicyToPermissionSet")
def attach_managed(context: Context) -> None:
    """API sso-admin:AttachManagedPolicyToPermissionSet: a policy of AWS's."""
    one, arn = set_of(context), context.params["ManagedPolicyArn"]
    found = next((policy for policy in iam_backends[context.account]["aws"].managed_policies.values() if policy.arn == arn), None)
    if found is None:
        raise Refused("ResourceNotFoundException", f"Policy does not exist with ARN: {arn}")
    one.managed[arn], one.version = found.name, one.version + 1


@operation(SERVICE, "DetachManagedPolicyFromPermissionSet")
def detach_managed(context: Context) -> None:
    """API sso-admin:DetachManagedPolicyFromPermissionSet."""
    one, arn = set_of(context), context.params["ManagedPolicyArn"]
    if one.managed.pop(arn, None) is None:
        raise Refused("ResourceNotFoundException", f"Could not find ManagedPolicy with arn {arn}")
    one.version += 1


@operation(SERVICE, "ListManagedPoliciesInPermissionSet")
def list_managed(context: Context) -> Parameters:
    """API sso-admin:ListManagedPoliciesInPermissionSet."""
    return page(context, "AttachedManagedPolicies", [{"Name": name, "Arn": arn} for arn, name in set_of(context).managed.items()])


def _reference(context: Context) -> tuple[str, str]:
    given = context.params["CustomerManagedPolicyReference"]
    return given.get("Path", "/"), given["Name"]


@operation(SERVICE, "AttachCustomerManagedPolicyReferenceToPermissionSet")
def attach_own(context: Context) -> None:
    """API sso-admin:AttachCustomerManagedPolicyReferenceToPermissionSet. Whether accounts have it shows when it is provisioned."""
    one = set_of(context)
    one.own.append(_reference(context))
    one.version += 1


@operation(SERVICE, "DetachCustomerManagedPolicyReferenceFromPermissionSet")
def detach_own(context: Context) -> None:
    """API sso-admin:DetachCustomerManagedPolicyReferenceFromPermissionSet."""
    one, reference = set_of(context), _reference(context)
    if reference not in one.own:
        path, name = reference
        raise Refused("ResourceNotFoundException", f"Given managed policy with name: {name}  and path {path} does not exist on PermissionSet")
    one.own.remove(reference)
    one.version += 1


@operation(SERVICE, "ListCustomerManagedPolicyReferencesInPermissionSet")
def list_own(context: Context) -> Parameters:
    """API sso-admin:ListCustomerManagedPolicyReferencesInPermissionSet."""
    return page(context, "CustomerManagedPolicyReferences", [{"Name": name, "Path": path} for path, name in set_of(context).own])


@operation(SERVICE, "PutPermissionsBoundaryToPermissionSet")
def put_boundary(context: Context) -> None:
    """API sso-admin:PutPermissionsBoundaryToPermissionSet."""
    one = set_of(context)
    one.boundary, one.version = dict(context.params["PermissionsBoundary"]), one.version + 1


@operation(SERVICE, "GetPermissionsBoundaryForPermissionSet")
def get_boundary(context: Context) -> Parameters:
    """API sso-admin:GetPermissionsBoundaryForPermissionSet: ResourceNotFoundException where there is none (thread terraform-provider-aws#24738)."""
    one = set_of(context)
    if one.boundary is None:
        raise Refused("ResourceNotFoundException", "Could not find a permissions boundary for the permission set")
    return {"PermissionsBoundary": one.boundary}


@operation(SERVICE, "DeletePermissionsBoundaryFromPermissionSet")
def delete_boundary(context: Context) -> None:
    """API sso-admin:DeletePermissionsBoundaryFromPermissionSet."""
    one = set_of(context)
    one.boundary, one.version = None, one.version + 1


def _tagged(context: Context) -> Set:
    context.params["PermissionSetArn"] = context.params["ResourceArn"]
    return set_of(context)


@operation(SERVICE, "TagResource")
def tag(context: Context) -> None:
    """API sso-admin:TagResource."""
    _tagged(context).tags |= {tag["Key"]: tag["Value"] for tag in context.params["Tags"]}


@operation(SERVICE, "UntagResource")
def untag(context: Context) -> None:
    """API sso-admin:UntagResource."""
    one = _tagged(context)
    one.tags = {key: value for key, value in one.tags.items() if key not in context.params["TagKeys"]}


@operation(SERVICE, "ListTagsForResource")
def list_tags(context: Context) -> Parameters:
    """API sso-admin:ListTagsForResource."""
    return page(context, "Tags", [{"Key": key, "Value": value} for key, value in _tagged(context).tags.items()], 75)


# Accounts -------------------------------------------------------------------------------------------------------------


def _demand(context: Context, instance: Instance, kind: str, shown: Parameters, accounts: tuple[str, ...], act: Callable[[], str]) -> Parameters:
    """Note what is asked for. It is done when its time has come; without --latency, before anybody asks again."""
    # UG singlesignon/limits.html: one IAM role in an account is updated at a time. What is done at once is in nobody's way.
    busy = [one for one in instance.demands.values() if one.status == "IN_PROGRESS" and set(one.accounts) & set(accounts)]
    if busy:
        raise Refused("ConflictException", f"There is an ongoing operation in account {', '.join(busy[0].accounts)}. Try again.")
    made = Demand(kind, shown, accounts, context.simulator.clock() + context.simulator.lifecycles.scaled(ASSIGNMENT), act)
    instance.demands[made.id] = made
    return _status(made, context)


def _status(one: Demand, context: Context) -> Parameters:
    return {"Status": one.status, "RequestId": one.id, "CreatedDate": context.now(), **one.shown} | ({"FailureReason": one.reason} if one.reason else {})


def _assignment(context: Context, instance: Instance) -> tuple[Assignment, Set]:
    params = context.params
    return Assignment(params["TargetId"], params["PermissionSetArn"], params["PrincipalType"], params["PrincipalId"]), set_of(context, instance)


_ABOUT = ("TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")


@operation(SERVICE, "CreateAccountAssignment")
@shows("R-SSO-06")
def create_assignment(context: Context) -> Parameters:
    """API sso-admin:CreateAccountAssignment: provisions the permission set in the account too. What is there already succeeds (unsourced)."""
    instance = instance_of(context)
    wanted, one = _assignment(context, instance)
    directory = instance.users if wanted.principal_type == "USER" else instance.groups
    if wanted.principal not in directory:
        raise Refused("ResourceNotFoundException", f"{wanted.principal_type} {wanted.principal} does not exist")
    if wanted.account not in members_of(instance.owner):
        raise Refused("ResourceNotFoundException", f"Account {wanted.account} is not in the organization")

    def act() -> str:
        failed = provision(instance, one, wanted.account)
        if not failed and wanted not in instance.assignments:
            instance.assignments.append(wanted)
        return failed

    shown = {member: context.params[member] for member in _ABOUT}
    return {"AccountAssignmentCreationStatus": _demand(context, instance, "creation", shown, (wanted.account,), act)}


@operation(SERVICE, "DeleteAccountAssignment")
def delete_assignment(context: Context) -> Parameters:
    """API sso-admin:DeleteAccountAssignment; with the last one of a permission set goes its role in the account."""
    instance = instance_of(context)
    unwanted, one = _assignment(context, instance)

    def act() -> str:
        if unwanted not in instance.assignments:
            return f"Received a 404 status error: {unwanted.principal_type} {unwanted.principal} has no such assignment"
        instance.assignments.remove(unwanted)
        if not any(each.account == unwanted.account and each.set_arn == one.arn for each in instance.assignments):
            remove_role(instance, one, unwanted.account)
        return ""

    shown = {member: context.params[member] for member in _ABOUT}
    return {"AccountAssignmentDeletionStatus": _demand(context, instance, "deletion", shown, (unwanted.account,), act)}


@operation(SERVICE, "ProvisionPermissionSet")
def provision_set(context: Context) -> Parameters:
    """API sso-admin:ProvisionPermissionSet: until then an account has what was provisioned there last."""
    instance = instance_of(context)
    one = set_of(context, instance)
    accounts = tuple(one.provisioned) if context.params["TargetType"] == "ALL_PROVISIONED_ACCOUNTS" else (context.params["TargetId"],)

    def act() -> str:
        return next(filter(None, [provision(instance, one, account) for account in accounts]), "")

    shown: Parameters = {"PermissionSetArn": one.arn, **({"AccountId": accounts[0]} if len(accounts) == 1 else {})}
    return {"PermissionSetProvisioningStatus": _demand(context, instance, "provisioning", shown, accounts, act)}


def _described(context: Context, kind: str, parameter: str) -> Parameters:
    found = instance_of(context).demands.get(context.params[parameter])
    if found is None or found.kind != kind:
        raise Refused("ResourceNotFoundException", f"Request {context.params[parameter]} not found")
    return _status(found, context)


@operation(SERVICE, "DescribeAccountAssignmentCreationStatus")
def creation_status(context: Context) -> Parameters:
    """API sso-admin:DescribeAccountAssignmentCreationStatus."""
    return {"AccountAssignmentCreationStatus": _described(context, "creation", "AccountAssignmentCreationRequestId")}


@operation(SERVICE, "DescribeAccountAssignmentDeletionStatus")
def deletion_status(context: Context) -> Parameters:
    """API sso-admin:DescribeAccountAssignmentDeletionStatus."""
    return {"AccountAssignmentDeletionStatus": _described(context, "deletion", "AccountAssignmentDeletionRequestId")}


@operation(SERVICE, "DescribePermissionSetProvisioningStatus")
def provisioning_status(context: Context) -> Parameters:
    """API sso-admin:DescribePermissionSetProvisioningStatus."""
    return {"PermissionSetProvisioningStatus": _described(context, "provisioning", "ProvisionPermissionSetRequestId")}


@operation(SERVICE, "ListAccountAssignments")
def list_assignments(context: Context) -> Parameters:
    """API sso-admin:ListAccountAssignments: of one account and permission set."""
    account, one = context.params["AccountId"], context.params["PermissionSetArn"]
    return page(
        context,
        "AccountAssignments",
        [_shown(each, one) for each in instance_of(context).assignments if each.account == account and each.set_arn == one],
    )


def _shown(each: Assignment, set_arn: str) -> Parameters:
    return {"AccountId": each.account, "PermissionSetArn": set_arn, "PrincipalType": each.principal_type, "PrincipalId": each.principal}


@operation(SERVICE, "ListAccountAssignmentsForPrincipal")
def list_assignments_of(context: Context) -> Parameters:
    """API sso-admin:ListAccountAssignmentsForPrincipal: a user's own, and those of the user's groups."""
    instance, params = instance_of(context), context.params
    holders = {params["PrincipalId"], *(instance.groups_of(params["PrincipalId"]) if params["PrincipalType"] == "USER" else ())}
    account = params.get("Filter", {}).get("AccountId")
    found = [each for each in instance.assignments if each.principal in holders and account in (None, each.account)]
    return page(context, "AccountAssignments", [_shown(each, each.set_arn) for each in found])


def _is_latest(one: Set, account: str, wanted: str | None) -> bool:
    latest = one.provisioned[account][0] == one.version
    return wanted is None or latest == (wanted == "LATEST_PERMISSION_SET_PROVISIONED")


@operation(SERVICE, "ListAccountsForProvisionedPermissionSet")
def list_accounts(context: Context) -> Parameters:
    """API sso-admin:ListAccountsForProvisionedPermissionSet."""
    one, wanted = set_of(context), context.params.get("ProvisioningStatus")
    return page(context, "AccountIds", [account for account in one.provisioned if _is_latest(one, account, wanted)])


@operation(SERVICE, "ListPermissionSetsProvisionedToAccount")
def list_sets_of_account(context: Context) -> Parameters:
    """API sso-admin:ListPermissionSetsProvisionedToAccount."""
    account, wanted = context.params["AccountId"], context.params.get("ProvisioningStatus")
    found: list[Any] = [one.arn for one in instance_of(context).sets.values() if account in one.provisioned and _is_latest(one, account, wanted)]
    return page(context, "PermissionSets", found)

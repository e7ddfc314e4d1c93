# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: what people have that moto lacks, and the simulation of what somebody may do."""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from simulator import policies
from simulator.access import document_of
from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation


def _credentials(context: Context) -> dict[str, list[Parameters]]:
    """Service-specific credentials by user, kept on moto's state."""
    backend = context.backend()
    if not hasattr(backend, "service_specific_credentials"):
        backend.service_specific_credentials = {}
    held: dict[str, list[Parameters]] = backend.service_specific_credentials
    return held


def _user(context: Context, name: str) -> Any:
    user = context.backend().users.get(name)
    if user is None:
        raise Refused("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


@after("iam", "CreateLoginProfile")
def keep_whether_the_password_has_to_change(context: Context, response: Parameters) -> None:
    """API iam:CreateLoginProfile, PasswordResetRequired: moto hears of it when a profile is updated only."""
    required = bool(context.params.get("PasswordResetRequired", False))
    _user(context, context.params["UserName"]).password_reset_required = required
    response["LoginProfile"]["PasswordResetRequired"] = required


@after("iam", "GetPolicy")
def count_whom_it_limits(context: Context, response: Parameters) -> None:
    """API iam:Policy, PermissionsBoundaryUsageCount, which moto leaves at nothing."""
    backend = context.backend()
    holders = [*backend.roles.values(), *backend.users.values()]
    arn = context.params["PolicyArn"]
    response["Policy"]["PermissionsBoundaryUsageCount"] = sum(getattr(holder, "permissions_boundary_arn", None) == arn for holder in holders)


@operation("iam", "CreateServiceSpecificCredential")
def create_credential(context: Context) -> Parameters:
    """API iam:CreateServiceSpecificCredential: up to two for each service; the password is told once."""
    name, service = context.params["UserName"], context.params["ServiceName"]
    _user(context, name)
    held = _credentials(context).setdefault(name, [])
    if len([one for one in held if one["ServiceName"] == service]) == 2:
        raise Refused("LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2", 409)
    made = {
        "CreateDate": context.now(),
        "ServiceName": service,
        "ServiceUserName": f"{name}-at-{context.account}",
        "ServiceSpecificCredentialId": f"ACCA{mock_random.get_random_string(17).upper()}",
        "UserName": name,
        "Status": "Active",
    }
    held.append(made)
    return {"ServiceSpecificCredential": {**made, "ServicePassword": mock_random.get_random_string(44)}}


@operation("iam", "ListServiceSpecificCredentials")
def list_credentials(context: Context) -> Parameters:
    """API iam:ListServiceSpecificCredentials."""
    name = context.params["UserName"]
    _user(context, name)
    return {"ServiceSpecificCredentials": _credentials(context).get(name, []), "IsTruncated": False}


@operation("iam", "DeleteServiceSpecificCredential")
def delete_credential(context: Context) -> None:
    """API iam:DeleteServiceSpecificCredential."""
    name, wanted = context.params["UserName"], context.params["ServiceSpecificCredentialId"]
    held = _credentials(context).get(name, [])
    if wanted not in [one["ServiceSpecificCredentialId"] for one in held]:
        raise Refused("NoSuchEntity", f"Service specific credential {wanted} does not exist.", 404)
    _credentials(context)[name] = [one for one in held if one["ServiceSpecificCredentialId"] != wanted]


@operation("iam", "SimulatePrincipalPolicy")
def simulate(context: Context) -> Parameters:
    """API iam:SimulatePrincipalPolicy, of a user: the policies of the user and its groups, by the context keys that are given."""
    name = context.params["PolicySourceArn"].rpartition("/")[2]
    user = _user(context, name)
    documents = [document_of(policy) for holder in (user, *_groups(context, name)) for policy in _policies(holder)]
    keys = {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in context.params.get("ContextEntries", [])}
    results = []
    for action in context.params["ActionNames"]:
        for resource in context.params.get("ResourceArns") or ["*"]:
            effects = {effect for document in documents for effect in policies.effects_of(document, action, [resource], keys)}
            decision = "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return {"EvaluationResults": results, "IsTruncated": False}


def _groups(context: Context, name: str) -> list[Any]:
    return [group for group in context.backend().groups.values() if name in [user.name for user in group.users]]


def _policies(holder: Any) -> list[Any]:
    return [*holder.policies.values(), *holder.managed_policies.values()]

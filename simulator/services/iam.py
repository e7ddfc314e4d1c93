# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: what moto lacks or has wrong."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from functools import cache
from typing import Any

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data

from simulator.context import Context
from simulator.late import LateDict, LateList
from simulator.registry import Parameters, Refused, after, operation, rescue, shows


@cache
def _managed_by_aws() -> dict[str, dict[str, Any]]:
    """moto's list of them, each document as the text that is asked for."""
    policies = json.loads(aws_managed_policies_data)
    return {name: {**data, "Document": json.dumps(data["Document"])} for name, data in policies.items()}


@cache
def _patterns(account: str, region: str) -> list[Any]:
    """All of them in an account. There are 1,500, which an account may change once they are attached: made once, copied then."""
    return [
        models.AWSManagedPolicy(
            name,
            account_id=account,
            region=region,
            default_version_id=data["DefaultVersionId"],
            path=data["Path"],
            document=data["Document"],
            create_date=datetime.fromisoformat(data["CreateDate"]),
            update_date=datetime.fromisoformat(data["UpdateDate"]),
        )
        for name, data in _managed_by_aws().items()
    ]


def _all_managed_by_aws(backend: Any) -> LateList:
    return LateList(lambda: [copy.copy(policy) for policy in _patterns(backend.account_id, backend.region_name)])


def _by_arn(backend: Any) -> LateDict:
    return LateDict(lambda: {policy.arn: policy for policy in backend.aws_managed_policies})


def install() -> None:
    """Every account has the policies that AWS manages; moto has them only where an environment variable says so."""
    # UG config/using-service-linked-roles.md.
    models.SERVICE_NAME_CONVERSION["config"] = "Config"
    models.IAMBackend._init_aws_policies = _all_managed_by_aws  # type: ignore[method-assign]
    models.IAMBackend._init_managed_policies = _by_arn  # type: ignore[method-assign]


@rescue("iam", "CreateServiceLinkedRole")
@shows("R-IAM-21")
def say_that_the_name_is_taken(context: Context, refused: Refused) -> None:
    """API iam:CreateServiceLinkedRole, InvalidInput: an account has one role for a service; moto says EntityAlreadyExists."""
    if refused.code == "EntityAlreadyExists":
        service = context.params["AWSServiceName"].partition(".")[0]
        raise Refused("InvalidInput", f"Service role name for {service} has been taken in this account, please try a different suffix.")


@operation("iam", "AddClientIDToOpenIDConnectProvider")
def add_an_audience(context: Context) -> Parameters:
    """API iam:AddClientIDToOpenIDConnectProvider: "idempotent; it does not fail or return an error if you add an existing client ID"."""
    provider = context.backend().open_id_providers.get(context.params["OpenIDConnectProviderArn"])
    if provider is None:
        raise Refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {context.params['OpenIDConnectProviderArn']}", 404)
    if context.params["ClientID"] not in provider.client_id_list:
        provider.client_id_list.append(context.params["ClientID"])
    return {}


@operation("iam", "PutUserPermissionsBoundary")
def limit_a_user(context: Context) -> Parameters:
    """API iam:PutUserPermissionsBoundary."""
    arn = context.params["PermissionsBoundary"]
    user = context.backend().get_user(context.params["UserName"])
    context.backend().get_policy(arn)  # NoSuchEntity where there is none
    user.permissions_boundary_arn = arn  # as moto keeps a role's
    return {}


@operation("iam", "DeleteUserPermissionsBoundary")
def limit_a_user_no_more(context: Context) -> Parameters:
    """API iam:DeleteUserPermissionsBoundary."""
    user = context.backend().get_user(context.params["UserName"])
    user.permissions_boundary_arn = None
    return {}


@after("iam", "CreateUser")
def make_a_user_with_its_limit(context: Context, response: Parameters) -> None:
    """API iam:CreateUser takes a PermissionsBoundary, which moto ignores."""
    arn = context.params.get("PermissionsBoundary")
    if arn:
        context.call("PutUserPermissionsBoundary", {"UserName": context.params["UserName"], "PermissionsBoundary": arn})
        response["User"]["PermissionsBoundary"] = _limit(arn)


@after("iam", "GetUser")
def show_a_users_limit(context: Context, response: Parameters) -> None:
    """API iam:User: PermissionsBoundary, which lists of users leave out."""
    user = context.backend().users.get(response["User"].get("UserName"))
    arn = getattr(user, "permissions_boundary_arn", None)
    if arn:
        response["User"]["PermissionsBoundary"] = _limit(arn)


def _limit(arn: str) -> Parameters:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

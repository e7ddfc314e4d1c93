# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: what moto lacks or has wrong."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation, rescue, shows


@cache
def _managed_by_aws() -> dict[str, Any]:
    return json.loads(aws_managed_policies_data)


def _all_managed_by_aws(backend: Any) -> list[Any]:
    return [models.AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data) for name, data in _managed_by_aws().items()]


def install() -> None:
    """Every account has the policies that AWS manages; moto has them only where an environment variable says so."""
    models.IAMBackend._init_aws_policies = _all_managed_by_aws  # type: ignore[method-assign]


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

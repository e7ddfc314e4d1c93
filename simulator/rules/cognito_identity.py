# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Cognito identity pools."""

from __future__ import annotations

import re

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services._cognito import IDENTITY_POOLS

KEPT = ["CreateIdentityPool", "UpdateIdentityPool"]
MOST_RULES = 25


@rule(
    "R-CID-05",
    service="cognito-identity",
    operations=["SetIdentityPoolRoles"],
    source="UG cognito/role-based-access-control.md",
)
def mappings_are_whole(context: Context) -> None:
    """A mapping is of a provider and its client, says what to do where it does not fit, and has 25 rules at most."""
    pool = IDENTITY_POOLS.get(context.params["IdentityPoolId"])
    known = {f"{one['ProviderName']}:{one['ClientId']}" for one in (pool.settings.get("CognitoIdentityProviders", []) if pool else [])}
    for name, mapping in context.params.get("RoleMappings", {}).items():
        if name.startswith("cognito-idp.") and name not in known:
            raise Refused("InvalidParameterException", f"Provider {name} is not one of the identity pool.")
        if "AmbiguousRoleResolution" not in mapping:
            raise Refused("InvalidParameterException", "AmbiguousRoleResolution is required for a mapping by Token or Rules.")
        rules = mapping.get("RulesConfiguration", {}).get("Rules", [])
        if mapping["Type"] == "Rules" and not 1 <= len(rules) <= MOST_RULES:
            raise Refused("InvalidParameterException", f"A mapping has 1 to {MOST_RULES} rules.")


@rule("R-CID-07", service="cognito-identity", operations=KEPT, source="API cognito-identity:CognitoIdentityProvider", certain=False)
def names_of_user_pools(context: Context) -> None:
    """A user pool is named cognito-idp.REGION.amazonaws.com/POOL."""
    for one in context.params.get("CognitoIdentityProviders", []):
        if not re.fullmatch(r"cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w-]+_[0-9a-zA-Z]+", one.get("ProviderName", "")):
            raise Refused("InvalidParameterException", f"Invalid Cognito Identity Provider {one.get('ProviderName', '')}")

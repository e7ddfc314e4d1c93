# SPDX-License-Identifier: GPL-3.0-or-later
"""Cognito identity pools, in moto's place: moto gives anybody credentials that are nobody's. Here a login is verified, and the credentials are a role's.

API cognito-identity:<operation> is the source of each. Logins are those of user pools; identities of other providers, of developers and of guests are
answered 501.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random

from simulator import policies
from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, operation, shows
from simulator.services._cognito import IDENTITY_POOLS, BadToken, believed
from simulator.services.cognito_idp import page
from simulator.sessions import SessionDetails

# UG cognito/authentication-flow.md: those of the enhanced flow last an hour, whatever the role allows.
CREDENTIALS_SECONDS = 3600
NOT_OURS = "Token is not from a supported provider of this identity pool."
FEDERATED = "cognito-identity.amazonaws.com"


@dataclass(eq=False)
class IdentityPool:
    """An identity pool. `settings` is what DescribeIdentityPool shows and UpdateIdentityPool replaces."""

    id: str
    account: str
    settings: Parameters
    roles: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, Parameters] = field(default_factory=dict)
    identities: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def region(self) -> str:
        return self.id.partition(":")[0]

    def shown(self) -> Parameters:
        return {"IdentityPoolId": self.id, **copy.deepcopy(self.settings)}


def _pool(context: Context, pool_id: str | None = None) -> IdentityPool:
    name = pool_id or context.params["IdentityPoolId"]
    found = IDENTITY_POOLS.get(name)
    if found is None:
        raise Refused("ResourceNotFoundException", f"IdentityPool '{name}' not found.")
    return found


def _settings(context: Context) -> Parameters:
    settings = {name: copy.deepcopy(value) for name, value in context.params.items() if name != "IdentityPoolId"}
    providers = [{"ServerSideTokenCheck": False, **one} for one in settings.get("CognitoIdentityProviders", [])]
    return {"AllowClassicFlow": False, "IdentityPoolTags": {}, **settings, **({"CognitoIdentityProviders": providers} if providers else {})}


@operation("cognito-identity", "CreateIdentityPool")
def create_identity_pool(context: Context) -> Parameters:
    pool = IdentityPool(f"{context.region}:{mock_random.uuid4()}", context.account, _settings(context))
    IDENTITY_POOLS[pool.id] = pool
    return pool.shown()


@operation("cognito-identity", "UpdateIdentityPool")
@shows("R-CID-08")
def update_identity_pool(context: Context) -> Parameters:
    """What is left out is gone."""
    pool = _pool(context)
    tags = pool.settings["IdentityPoolTags"]
    pool.settings = _settings(context)
    if "IdentityPoolTags" not in context.params:
        pool.settings["IdentityPoolTags"] = tags
    return pool.shown()


@operation("cognito-identity", "DescribeIdentityPool")
def describe_identity_pool(context: Context) -> Parameters:
    return _pool(context).shown()


@operation("cognito-identity", "DeleteIdentityPool")
def delete_identity_pool(context: Context) -> None:
    del IDENTITY_POOLS[_pool(context).id]


@operation("cognito-identity", "ListIdentityPools")
def list_identity_pools(context: Context) -> Parameters:
    here = [pool for pool in IDENTITY_POOLS.values() if (pool.account, pool.region) == (context.account, context.region)]
    return page(context, "IdentityPools", [{"IdentityPoolId": pool.id, "IdentityPoolName": pool.settings["IdentityPoolName"]} for pool in here], "MaxResults")


@operation("cognito-identity", "SetIdentityPoolRoles")
def set_identity_pool_roles(context: Context) -> None:
    """Both are replaced."""
    pool = _pool(context)
    pool.roles, pool.mappings = dict(context.params["Roles"]), copy.deepcopy(context.params.get("RoleMappings", {}))


@operation("cognito-identity", "GetIdentityPoolRoles")
def get_identity_pool_roles(context: Context) -> Parameters:
    pool = _pool(context)
    return {"IdentityPoolId": pool.id, "Roles": pool.roles, **({"RoleMappings": pool.mappings} if pool.mappings else {})}


def _tags(context: Context) -> dict[str, str]:
    return _pool(context, context.params["ResourceArn"].rpartition("/")[2]).settings["IdentityPoolTags"]


@operation("cognito-identity", "TagResource")
def tag_resource(context: Context) -> None:
    _tags(context).update(context.params["Tags"])


@operation("cognito-identity", "UntagResource")
def untag_resource(context: Context) -> None:
    for key in context.params["TagKeys"]:
        _tags(context).pop(key, None)


@operation("cognito-identity", "ListTagsForResource")
def list_tags_for_resource(context: Context) -> Parameters:
    return {"Tags": dict(_tags(context))}


@shows("R-CID-01", "R-CID-02", "R-CID-06")
def _login(pool: IdentityPool, logins: dict[str, str], now: datetime) -> tuple[str, Parameters]:
    """(user pool, claims) of a login that the identity pool takes."""
    if not logins:
        if not pool.settings["AllowUnauthenticatedIdentities"]:
            raise Refused("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
        raise Unimplemented("identities of guests")
    if len(logins) > 1:
        raise Unimplemented("several logins of one identity")
    provider, token = next(iter(logins.items()))
    known = [one for one in pool.settings.get("CognitoIdentityProviders", []) if one["ProviderName"] == provider]
    if not known:
        raise Refused("NotAuthorizedException", NOT_OURS)
    try:
        issuer, claims = believed(token, now)
    except BadToken as problem:
        raise Refused("NotAuthorizedException", str(problem)) from None
    if issuer.provider != provider:
        raise Refused("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName")
    if "aud" not in claims:
        raise Refused("NotAuthorizedException", "Invalid login token. Missing a required claim: aud")
    clients = [one for one in known if one["ClientId"] == claims["aud"]]
    if not clients:
        raise Refused("NotAuthorizedException", NOT_OURS)
    if clients[0]["ServerSideTokenCheck"]:
        user = issuer.users.get(claims["cognito:username"])
        if user is None or not user.enabled or claims["origin_jti"] in issuer.revoked:
            raise Refused("NotAuthorizedException", "Invalid login token. Token signed out or user disabled.")
    return provider, claims


@operation("cognito-identity", "GetId")
def get_id(context: Context) -> Parameters:
    """The same person gets the same identity."""
    pool = _pool(context)
    provider, claims = _login(pool, context.params.get("Logins", {}), context.now())
    for name, one in pool.identities.items():
        if one["logins"].get(provider) == claims["sub"]:
            return {"IdentityId": name}
    name = f"{pool.region}:{mock_random.uuid4()}"
    pool.identities[name] = {"logins": {provider: claims["sub"]}, "created": context.now()}
    return {"IdentityId": name}


def _identity(identity: str) -> tuple[IdentityPool, dict[str, Any]]:
    for pool in IDENTITY_POOLS.values():
        if identity in pool.identities:
            return pool, pool.identities[identity]
    raise Refused("ResourceNotFoundException", f"Identity '{identity}' not found.")


@operation("cognito-identity", "DescribeIdentity")
def describe_identity(context: Context) -> Parameters:
    _, one = _identity(context.params["IdentityId"])
    return {"IdentityId": context.params["IdentityId"], "Logins": list(one["logins"]), "CreationDate": one["created"], "LastModifiedDate": one["created"]}


@operation("cognito-identity", "ListIdentities")
def list_identities(context: Context) -> Parameters:
    pool = _pool(context)
    rows = [{"IdentityId": name, "Logins": list(one["logins"])} for name, one in pool.identities.items()]
    return {"IdentityPoolId": pool.id, **page(context, "Identities", rows, "MaxResults")}


@shows("R-CID-03")
def _role(pool: IdentityPool, provider: str, claims: Parameters, asked: str | None) -> str:
    """UG cognito/role-based-access-control.md: which role a login has."""
    mapping = pool.mappings.get(f"{provider}:{claims['aud']}")
    usual = pool.roles.get("authenticated")
    if mapping is None:
        if usual is None:
            raise Refused("InvalidIdentityPoolConfigurationException", "Invalid identity pool configuration. Check assigned IAM roles for this pool.")
        return usual
    found: str | None = None
    if mapping["Type"] == "Token":
        offered = claims.get("cognito:roles", [])
        if asked:
            if asked not in offered:
                raise Refused("NotAuthorizedException", "The custom role is not in the token.")
            return asked
        found = claims.get("cognito:preferred_role") or (offered[0] if len(offered) == 1 else None)
    else:
        found = next((one["RoleARN"] for one in mapping["RulesConfiguration"]["Rules"] if _matches(one, claims)), None)
    if found is None and mapping.get("AmbiguousRoleResolution") == "AuthenticatedRole":
        found = usual
    if found is None:
        raise Refused("NotAuthorizedException", "Access to Role is denied: no role could be told from the login.")
    return found


def _matches(one: Parameters, claims: Parameters) -> bool:
    if one["Claim"] not in claims:
        return False
    values = claims[one["Claim"]] if isinstance(claims[one["Claim"]], list) else [claims[one["Claim"]]]
    fits = {"Equals": lambda value: value == one["Value"], "Contains": lambda value: one["Value"] in value}
    fits |= {"StartsWith": lambda value: value.startswith(one["Value"]), "NotEqual": lambda value: value != one["Value"]}
    return any(fits[one["MatchType"]](str(value)) for value in values)


@operation("cognito-identity", "GetCredentialsForIdentity")
@shows("R-CID-04", "R-CID-09")
def get_credentials_for_identity(context: Context) -> Parameters:
    """Credentials of the role, for an hour, where the role's trust policy takes the identity."""
    name = context.params["IdentityId"]
    pool, one = _identity(name)
    provider, claims = _login(pool, context.params.get("Logins", {}), context.now())
    if one["logins"].get(provider) != claims["sub"]:
        raise Refused("NotAuthorizedException", "Logins don't match. Please include at least one valid login for this identity or identity pool.")
    arn = _role(pool, provider, claims, context.params.get("CustomRoleArn"))
    keys = {f"{FEDERATED}:aud": [pool.id], f"{FEDERATED}:sub": [name], f"{FEDERATED}:amr": ["authenticated", provider]}
    iam = context.backend("iam", account=pool.account)
    role = next((role for role in iam.roles.values() if role.arn == arn), None)
    if role is None or not policies.federates(role.assume_role_policy_document, FEDERATED, keys):
        raise Refused("InvalidIdentityPoolConfigurationException", "Invalid identity pool configuration. Check assigned IAM roles for this pool.")
    session = context.backend("sts", account=pool.account).assume_role(
        region_name=pool.region, role_session_name="CognitoIdentityCredentials", role_arn=arn, policy=None, duration=CREDENTIALS_SECONDS, external_id=None
    )
    session.simulator_details = SessionDetails(issued=context.now(), login=keys)
    credentials = {"AccessKeyId": session.access_key_id, "SecretKey": session.secret_access_key, "SessionToken": session.session_token}
    return {"IdentityId": name, "Credentials": {**credentials, "Expiration": session.expiration}}

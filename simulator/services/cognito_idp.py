# SPDX-License-Identifier: GPL-3.0-or-later
"""Cognito user pools, in moto's place: moto takes any code and token, gives all pools one signing key, and forgets half of what a pool is told.

What users do is in cognito_users.py, what is refused in rules/cognito_idp.py. API cognito-idp:<operation> is the source of each.
"""

from __future__ import annotations

import copy
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation, shows
from simulator.services._cognito import DOMAINS, LETTERS, POOLS, Client, Pool, drawn, pool_of

# What an update leaves out goes back to these (API cognito-idp:UpdateUserPool: "Amazon Cognito sets it to its default value").
POOL_DEFAULTS: Parameters = {
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 8,
            "RequireUppercase": True,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": True,
            "TemporaryPasswordValidityDays": 7,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    },
    "DeletionProtection": "INACTIVE",
    "LambdaConfig": {},
    "MfaConfiguration": "OFF",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "UserPoolTier": "ESSENTIALS",
    "UserPoolTags": {},
}
CLIENT_DEFAULTS: Parameters = {
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}
# API cognito-idp:CreateUserPoolClient, ExplicitAuthFlows: of a client that says nothing.
USUAL_FLOWS = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
FIXED = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
# UG cognito/user-pool-settings-attributes.md: OpenID Connect's, and sub.
STANDARD = """sub name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender birthdate
zoneinfo locale phone_number phone_number_verified address updated_at""".split()
# What Cognito fills in beside what it is told, and what it never shows again (API cognito-idp:CreateIdentityProvider, ProviderDetails).
FILLED_IN: dict[str, Parameters] = {
    "Google": {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com",
        "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    },
    "Facebook": {"attributes_url_add_attributes": "true", "token_request_method": "GET", "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth"},
    "SignInWithApple": {"attributes_url_add_attributes": "false", "token_request_method": "POST", "oidc_issuer": "https://appleid.apple.com"},
    "OIDC": {"attributes_url_add_attributes": "false"},
}
NEVER_SHOWN = ("private_key",)


def _merged(defaults: Parameters, given: Parameters) -> Parameters:
    """The defaults with what is given: members of a structure keep theirs."""
    found = copy.deepcopy(defaults)
    for name, value in given.items():
        kept = isinstance(value, dict) and isinstance(found.get(name), dict) and name not in ("UserPoolTags", "LambdaConfig")
        found[name] = _merged(found[name], value) if kept else copy.deepcopy(value)
    return found


def _settings(params: Parameters) -> Parameters:
    settings = _merged(POOL_DEFAULTS, {name: value for name, value in params.items() if name not in (*FIXED, "PoolName", "UserPoolId", "Schema")})
    # A temporary password lives as long as one or the other says.
    settings["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = settings["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    return settings


def attribute(given: Parameters) -> Parameters:
    """An attribute as DescribeUserPool shows it."""
    name = given["Name"] if given["Name"] in STANDARD else f"{'dev:' if given.get('DeveloperOnlyAttribute') else ''}custom:{given['Name']}"
    shown = {"AttributeDataType": "String", "DeveloperOnlyAttribute": False, "Mutable": True, "Required": False, **given, "Name": name}
    if shown["AttributeDataType"] == "String":
        shown.setdefault("StringAttributeConstraints", {"MinLength": "0", "MaxLength": "2048"} if name in STANDARD else {})
    if shown["AttributeDataType"] == "Number":
        shown.setdefault("NumberAttributeConstraints", {})
    return shown


def shown(pool: Pool) -> Parameters:
    """As DescribeUserPool shows it."""
    domains = [domain for domain in DOMAINS.values() if domain["UserPoolId"] == pool.id]
    named = {("CustomDomain" if "CustomDomainConfig" in domain else "Domain"): domain["Domain"] for domain in domains}
    return {
        "Id": pool.id,
        "Arn": pool.arn,
        "Name": pool.name,
        "CreationDate": pool.created,
        "LastModifiedDate": pool.modified,
        "EstimatedNumberOfUsers": len(pool.users),
        "SchemaAttributes": list(pool.schema.values()),
        **pool.fixed,
        **copy.deepcopy(pool.settings),
        **named,
    }


@operation("cognito-idp", "CreateUserPool")
def create_user_pool(context: Context) -> Parameters:
    now, params = context.now(), context.params
    fixed = {name: params[name] for name in FIXED if params.get(name)}
    fixed.setdefault("UsernameConfiguration", {"CaseSensitive": True})  # unless the call says otherwise
    pool = Pool(f"{context.region}_{drawn(9, LETTERS + LETTERS.upper() + '0123456789')}", context.account, context.region, params["PoolName"], {}, now, now)
    pool.settings, pool.fixed = _settings(params), fixed
    usual = [attribute({"Name": name, **({"Required": True, "Mutable": False} if name == "sub" else {})}) for name in STANDARD]
    pool.schema = {one["Name"]: one for one in [*usual, *map(attribute, params.get("Schema", []))]}
    POOLS[pool.id] = pool
    return {"UserPool": shown(pool)}


@operation("cognito-idp", "DescribeUserPool")
def describe_user_pool(context: Context) -> Parameters:
    return {"UserPool": shown(pool_of(context))}


@operation("cognito-idp", "UpdateUserPool")
@shows("R-COG-10", "R-COG-12")
def update_user_pool(context: Context) -> None:
    """What is left out goes back to its default, tags too."""
    pool = pool_of(context)
    pool.settings, pool.modified = _settings(context.params), context.now()
    pool.name = context.params.get("PoolName", pool.name)


@operation("cognito-idp", "DeleteUserPool")
def delete_user_pool(context: Context) -> None:
    del POOLS[pool_of(context).id]


@operation("cognito-idp", "ListUserPools")
def list_user_pools(context: Context) -> Parameters:
    members = ("Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate")
    rows = [{name: value for name, value in shown(pool).items() if name in members} for pool in _here(context)]
    return page(context, "UserPools", rows, "MaxResults")


def _here(context: Context) -> list[Pool]:
    return [pool for pool in POOLS.values() if (pool.account, pool.region) == (context.account, context.region)]


def page(context: Context, member: str, rows: list[Any], limit: str, token: str = "NextToken") -> Parameters:
    """A page of a list."""
    start, size = int(context.params.get(token) or 0), int(context.params.get(limit) or 60)
    return {member: rows[start : start + size], **({token: str(start + size)} if start + size < len(rows) else {})}


@operation("cognito-idp", "AddCustomAttributes")
def add_custom_attributes(context: Context) -> None:
    pool = pool_of(context)
    pool.schema |= {one["Name"]: one for one in map(attribute, context.params["CustomAttributes"])}


@operation("cognito-idp", "GetUserPoolMfaConfig")
def get_user_pool_mfa_config(context: Context) -> Parameters:
    pool = pool_of(context)
    return {"MfaConfiguration": pool.settings["MfaConfiguration"], **({"SoftwareTokenMfaConfiguration": {"Enabled": True}} if pool.totp else {})}


@operation("cognito-idp", "SetUserPoolMfaConfig")
def set_user_pool_mfa_config(context: Context) -> Parameters:
    pool = pool_of(context)
    pool.settings["MfaConfiguration"] = context.params.get("MfaConfiguration", "OFF")
    pool.totp = bool(context.params.get("SoftwareTokenMfaConfiguration", {}).get("Enabled"))
    return get_user_pool_mfa_config(context)


@operation("cognito-idp", "SetRiskConfiguration")
def set_risk_configuration(context: Context) -> Parameters:
    pool, params = pool_of(context), context.params
    kept = {name: value for name, value in params.items() if name.endswith("Configuration")}
    pool.risk[params.get("ClientId", "")] = {"UserPoolId": pool.id, **({"ClientId": params["ClientId"]} if "ClientId" in params else {}), **kept}
    return describe_risk_configuration(context)


@operation("cognito-idp", "DescribeRiskConfiguration")
def describe_risk_configuration(context: Context) -> Parameters:
    pool = pool_of(context)
    return {"RiskConfiguration": pool.risk.get(context.params.get("ClientId", ""), {"UserPoolId": pool.id})}


def _tagged(context: Context) -> dict[str, str]:
    return pool_of(context, context.params["ResourceArn"].rpartition("/")[2]).settings["UserPoolTags"]


@operation("cognito-idp", "TagResource")
def tag_resource(context: Context) -> None:
    _tagged(context).update(context.params["Tags"])


@operation("cognito-idp", "UntagResource")
def untag_resource(context: Context) -> None:
    for key in context.params["TagKeys"]:
        _tagged(context).pop(key, None)


@operation("cognito-idp", "ListTagsForResource")
def list_tags_for_resource(context: Context) -> Parameters:
    return {"Tags": dict(_tagged(context))}


# App clients ----------------------------------------------------------------------------------------------------------


def client_named(context: Context) -> tuple[Pool, Client]:
    """The client that a call names."""
    pool = pool_of(context)
    client = pool.clients.get(context.params["ClientId"])
    if client is None:
        raise Refused("ResourceNotFoundException", f"User pool client {context.params['ClientId']} does not exist.")
    return pool, client


def _client_settings(params: Parameters) -> Parameters:
    settings = _merged(CLIENT_DEFAULTS, {name: value for name, value in params.items() if name not in ("UserPoolId", "ClientId", "GenerateSecret")})
    return {name: value for name, value in settings.items() if value not in ([], {})}


@operation("cognito-idp", "CreateUserPoolClient")
def create_user_pool_client(context: Context) -> Parameters:
    pool, now = pool_of(context), context.now()
    settings = {"ExplicitAuthFlows": USUAL_FLOWS, **_client_settings(context.params)}
    client = Client(drawn(26), settings, drawn(52) if context.params.get("GenerateSecret") else "", now, now)
    pool.clients[client.id] = client
    return {"UserPoolClient": client.shown(pool)}


@operation("cognito-idp", "DescribeUserPoolClient")
def describe_user_pool_client(context: Context) -> Parameters:
    pool, client = client_named(context)
    return {"UserPoolClient": client.shown(pool)}


@operation("cognito-idp", "UpdateUserPoolClient")
@shows("R-COG-11", "R-COG-28")
def update_user_pool_client(context: Context) -> Parameters:
    """What is left out goes back to its default."""
    pool, client = client_named(context)
    settings = _client_settings(context.params)
    client.settings = {"ClientName": client.settings["ClientName"], "ExplicitAuthFlows": USUAL_FLOWS, **settings}
    client.modified = context.now()
    return {"UserPoolClient": client.shown(pool)}


@operation("cognito-idp", "DeleteUserPoolClient")
def delete_user_pool_client(context: Context) -> None:
    pool, client = client_named(context)
    del pool.clients[client.id]


@operation("cognito-idp", "ListUserPoolClients")
def list_user_pool_clients(context: Context) -> Parameters:
    pool = pool_of(context)
    rows = [{"ClientId": client.id, "UserPoolId": pool.id, "ClientName": client.settings["ClientName"]} for client in pool.clients.values()]
    return page(context, "UserPoolClients", rows, "MaxResults")


# Domains --------------------------------------------------------------------------------------------------------------


def host_of(domain: Parameters) -> str:
    """The name under which a domain's pages are found."""
    if "CustomDomainConfig" in domain:
        return str(domain["Domain"])
    return f"{domain['Domain']}.auth.{domain['UserPoolId'].partition('_')[0]}.amazoncognito.com"


def domain_in(region: str, name: str) -> Parameters | None:
    """A domain by its name: one of its own the world over, a prefix in a region."""
    return DOMAINS.get(name) or DOMAINS.get(f"{name}.auth.{region}.amazoncognito.com")


def domain_named(context: Context) -> Parameters:
    """The domain that a call names."""
    found = domain_in(context.region, context.params["Domain"])
    if found is None or found["UserPoolId"] != pool_of(context).id:
        raise Refused("InvalidParameterException", "No such domain or user pool exists.")
    return found


@operation("cognito-idp", "CreateUserPoolDomain")
def create_user_pool_domain(context: Context) -> Parameters:
    pool, params = pool_of(context), context.params
    domain = {
        "UserPoolId": pool.id,
        "AWSAccountId": pool.account,
        "Domain": params["Domain"],
        "CloudFrontDistribution": f"d{drawn(13)}.cloudfront.net",
        "Status": "ACTIVE",
        "ManagedLoginVersion": params.get("ManagedLoginVersion", 1),
        **{name: params[name] for name in ("CustomDomainConfig",) if name in params},
    }
    DOMAINS[host_of(domain)] = domain
    if "CustomDomainConfig" in domain:
        context.simulator.lifecycles.begin(context, "cognito-idp.domain", params["Domain"])
    return {"ManagedLoginVersion": domain["ManagedLoginVersion"], "CloudFrontDomain": domain["CloudFrontDistribution"]}


@operation("cognito-idp", "UpdateUserPoolDomain")
def update_user_pool_domain(context: Context) -> Parameters:
    domain = domain_named(context)
    domain.update({name: value for name, value in context.params.items() if name in ("CustomDomainConfig", "ManagedLoginVersion")})
    return {"ManagedLoginVersion": domain["ManagedLoginVersion"], "CloudFrontDomain": domain["CloudFrontDistribution"]}


@operation("cognito-idp", "DescribeUserPoolDomain")
def describe_user_pool_domain(context: Context) -> Parameters:
    """Of a domain that the account does not have, the description is empty."""
    found = domain_in(context.region, context.params["Domain"])
    ours = found is not None and found["AWSAccountId"] == context.account and found["UserPoolId"].startswith(f"{context.region}_")
    return {"DomainDescription": copy.deepcopy(found) if ours else {}}


@operation("cognito-idp", "DeleteUserPoolDomain")
def delete_user_pool_domain(context: Context) -> None:
    del DOMAINS[host_of(domain_named(context))]


# Resource servers, groups, identity providers -------------------------------------------------------------------------


def part(context: Context, parts: dict[str, Parameters], key: str, noun: str) -> Parameters:
    """The part of a pool that a call names."""
    found = parts.get(context.params[key])
    if found is None:
        raise Refused("ResourceNotFoundException", f"{noun} {context.params[key]} does not exist.")
    return found


@operation("cognito-idp", "CreateResourceServer", "UpdateResourceServer")
def keep_resource_server(context: Context) -> Parameters:
    pool = pool_of(context)
    if context.operation.startswith("Update"):
        part(context, pool.servers, "Identifier", "Resource server")
    pool.servers[context.params["Identifier"]] = {"Scopes": [], **context.params}
    return {"ResourceServer": pool.servers[context.params["Identifier"]]}


@operation("cognito-idp", "DescribeResourceServer")
def describe_resource_server(context: Context) -> Parameters:
    return {"ResourceServer": part(context, pool_of(context).servers, "Identifier", "Resource server")}


@operation("cognito-idp", "ListResourceServers")
def list_resource_servers(context: Context) -> Parameters:
    return page(context, "ResourceServers", list(pool_of(context).servers.values()), "MaxResults")


@operation("cognito-idp", "DeleteResourceServer")
def delete_resource_server(context: Context) -> None:
    pool = pool_of(context)
    del pool.servers[part(context, pool.servers, "Identifier", "Resource server")["Identifier"]]


@operation("cognito-idp", "CreateGroup")
def create_group(context: Context) -> Parameters:
    now = context.now()
    group = {**context.params, "CreationDate": now, "LastModifiedDate": now}
    pool_of(context).groups[context.params["GroupName"]] = group
    return {"Group": group}


@operation("cognito-idp", "UpdateGroup")
def update_group(context: Context) -> Parameters:
    group = part(context, pool_of(context).groups, "GroupName", "Group")
    group.update({**context.params, "LastModifiedDate": context.now()})
    return {"Group": group}


@operation("cognito-idp", "GetGroup")
def get_group(context: Context) -> Parameters:
    return {"Group": part(context, pool_of(context).groups, "GroupName", "Group")}


@operation("cognito-idp", "ListGroups")
def list_groups(context: Context) -> Parameters:
    return page(context, "Groups", list(pool_of(context).groups.values()), "Limit")


@operation("cognito-idp", "DeleteGroup")
def delete_group(context: Context) -> None:
    pool = pool_of(context)
    del pool.groups[part(context, pool.groups, "GroupName", "Group")["GroupName"]]
    for user in pool.users.values():
        user.groups.discard(context.params["GroupName"])


def _provider_shown(provider: Parameters) -> Parameters:
    """What Cognito knows of it without being told is in it, what it keeps to itself is not."""
    details = {**FILLED_IN.get(provider["ProviderType"], {}), **provider["ProviderDetails"]}
    return {**provider, "ProviderDetails": {name: value for name, value in details.items() if name not in NEVER_SHOWN}}


@operation("cognito-idp", "CreateIdentityProvider")
def create_identity_provider(context: Context) -> Parameters:
    now = context.now()
    provider = {"AttributeMapping": {"username": "sub"}, **copy.deepcopy(context.params), "CreationDate": now, "LastModifiedDate": now}
    pool_of(context).providers[context.params["ProviderName"]] = provider
    return {"IdentityProvider": _provider_shown(provider)}


@operation("cognito-idp", "UpdateIdentityProvider")
def update_identity_provider(context: Context) -> Parameters:
    provider = part(context, pool_of(context).providers, "ProviderName", "Identity provider")
    provider.update({**copy.deepcopy(context.params), "LastModifiedDate": context.now()})
    return {"IdentityProvider": _provider_shown(provider)}


@operation("cognito-idp", "DescribeIdentityProvider")
def describe_identity_provider(context: Context) -> Parameters:
    return {"IdentityProvider": _provider_shown(part(context, pool_of(context).providers, "ProviderName", "Identity provider"))}


@operation("cognito-idp", "ListIdentityProviders")
def list_identity_providers(context: Context) -> Parameters:
    members = ("ProviderName", "ProviderType", "LastModifiedDate", "CreationDate")
    rows = [{name: one[name] for name in members} for one in pool_of(context).providers.values()]
    return page(context, "Providers", rows, "MaxResults")


@operation("cognito-idp", "DeleteIdentityProvider")
def delete_identity_provider(context: Context) -> None:
    pool = pool_of(context)
    del pool.providers[part(context, pool.providers, "ProviderName", "Identity provider")["ProviderName"]]

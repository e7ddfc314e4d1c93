# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Cognito user pools."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from simulator import dns
from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.rules._documents import as_list
from simulator.services._cognito import DOMAINS, Client, Pool, pool_of
from simulator.services.cognito_idp import STANDARD, domain_in

POOLS, CLIENTS = ["CreateUserPool", "UpdateUserPool"], ["CreateUserPoolClient", "UpdateUserPoolClient"]
MOST_CUSTOM, MOST_SERVERS, MOST_PROVIDERS = 50, 25, 300
OLD_FLOWS = {"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"}
STANDARD_SCOPES = {"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}
# API cognito-idp:CreateIdentityProvider, ProviderDetails. Of those in a tuple one is enough.
NEEDED: dict[str, list[Any]] = {
    "Google": ["client_id", "client_secret", "authorize_scopes"],
    "Facebook": ["client_id", "client_secret", "authorize_scopes"],
    "LoginWithAmazon": ["client_id", "client_secret", "authorize_scopes"],
    "SignInWithApple": ["client_id", "team_id", "key_id", "private_key", "authorize_scopes"],
    "OIDC": ["client_id", "attributes_request_method", "authorize_scopes", "oidc_issuer"],
    "SAML": [("MetadataURL", "MetadataFile")],
}


def _bad(message: str) -> Refused:
    return Refused("InvalidParameterException", message)


def _domains(pool: Pool) -> list[Parameters]:
    return [domain for domain in DOMAINS.values() if domain["UserPoolId"] == pool.id]


def _client(context: Context) -> Client | None:
    return pool_of(context).clients.get(context.params.get("ClientId", ""))


@rule("R-COG-01", service="cognito-idp", operations=["CreateUserPoolDomain"], source="thread serverless/serverless#10135")
def domain_is_free(context: Context) -> None:
    """A prefix belongs to one pool of a region, a domain of one's own to one pool anywhere, whatever the account."""
    if domain_in(context.region, context.params["Domain"]):
        raise _bad("Domain already associated with another user pool.")


@rule("R-COG-02", service="cognito-idp", operations=["CreateUserPoolDomain"], source="unsourced", certain=False)
def two_domains_at_most(context: Context) -> None:
    """A pool has one prefix and one domain of its own."""
    own = "CustomDomainConfig" in context.params
    if any(("CustomDomainConfig" in domain) == own for domain in _domains(pool_of(context))):
        raise _bad("User pool already has a domain configured.")


@rule("R-COG-03", service="cognito-idp", operations=["CreateUserPoolDomain"], source="UG cognito/cognito-user-pools-assign-domain.md")
def reserved_words(context: Context) -> None:
    """A prefix names neither AWS nor Cognito."""
    if "CustomDomainConfig" not in context.params and re.search("aws|amazon|cognito", context.params["Domain"]):
        raise _bad("Domain cannot contain reserved word: cognito, aws or amazon")


@rule("R-COG-04", service="cognito-idp", operations=["CreateUserPoolDomain"], source="API cognito-idp:CreateUserPoolDomain")
def characters_of_a_domain(context: Context) -> None:
    """Letters, digits and hyphens between them, 63 at most; dots in a domain of one's own only."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    wanted = rf"({label}\.)+[a-z]{{2,}}" if "CustomDomainConfig" in context.params else label
    if not re.fullmatch(wanted, context.params["Domain"]):
        raise _bad(f"1 validation error detected: Value '{context.params['Domain']}' at 'domain' failed to satisfy constraint")


@rule("R-COG-05", service="cognito-idp", operations=["CreateUserPoolDomain", "UpdateUserPoolDomain"], source="API cognito-idp:CreateUserPoolDomain")
def certificate_of_the_edge(context: Context) -> None:
    """The certificate is an issued one of ACM in us-east-1, for that name."""
    arn = context.params.get("CustomDomainConfig", {}).get("CertificateArn")
    if arn is None:
        return
    try:
        found = context.call("DescribeCertificate", {"CertificateArn": arn}, service="acm", region="us-east-1")["Certificate"]
    except Refused:
        found = {}
    name = context.params["Domain"]
    names = {found.get("DomainName"), *found.get("SubjectAlternativeNames", [])}
    if ":us-east-1:" not in arn or found.get("Status") != "ISSUED" or not names & {name, f"*.{name.partition('.')[2]}"}:
        raise _bad(
            "Invalid request provided: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include the name."
        )


@rule("R-COG-06", service="cognito-idp", operations=["CreateUserPoolDomain"], source="UG cognito/cognito-user-pools-add-custom-domain.md")
def parent_has_an_address(context: Context) -> None:
    """The domain above one's own has an A record."""
    if "CustomDomainConfig" not in context.params:
        return
    if not dns.public_values(context.simulator, context.params["Domain"].partition(".")[2], "A"):
        raise _bad("Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record exists for the root domain.")


@rule("R-COG-08", service="cognito-idp", operations=["DeleteUserPool"], source="thread hashicorp/terraform-provider-aws#16479")
def domain_goes_first(context: Context) -> None:
    """A pool that has a domain stays."""
    if _domains(pool_of(context)):
        raise _bad("User pool cannot be deleted. It has a domain configured that should be deleted first.")


@rule("R-COG-09", service="cognito-idp", operations=["DeleteUserPool"], source="UG cognito/user-pool-settings-deletion-protection.md")
def protected_pools_stay(context: Context) -> None:
    """Deletion protection has to be switched off first."""
    if pool_of(context).settings["DeletionProtection"] == "ACTIVE":
        raise _bad("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")


@rule("R-COG-13", service="cognito-idp", operations=["CreateUserPool", "AddCustomAttributes"], source="UG cognito/limits.md")
def custom_attributes(context: Context) -> None:
    """Fifty at most, none twice, none required."""
    pool = pool_of(context) if "UserPoolId" in context.params else None
    given = context.params.get("Schema", []) + context.params.get("CustomAttributes", [])
    new = [one["Name"] for one in given if pool or one["Name"] not in STANDARD]
    there = [name.rpartition(":")[2] for name in (pool.schema if pool else {}) if ":" in name]
    if len(new + there) > MOST_CUSTOM:
        raise _bad(f"The number of custom attributes is limited to {MOST_CUSTOM}.")
    for name in new:
        if (new + there).count(name) > 1:
            raise _bad(f"custom:{name}: Existing attribute already has name custom:{name}.")
    if any(one.get("Required") and (pool or one["Name"] not in STANDARD) for one in given):
        raise _bad("Required custom attributes are not supported currently.")


@rule("R-COG-15", service="cognito-idp", operations=["CreateUserPool"], source="thread crossplane-contrib/provider-aws#1499")
def factors_before_mfa(context: Context) -> None:
    """A new pool has no second factor but SMS: that for authenticators is switched on with SetUserPoolMfaConfig."""
    if context.params.get("MfaConfiguration", "OFF") != "OFF" and "SmsConfiguration" not in context.params:
        raise _bad("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")


@rule("R-COG-15", service="cognito-idp", operations=["UpdateUserPool", "SetUserPoolMfaConfig"], source="API cognito-idp:SetUserPoolMfaConfig", certain=False)
def mfa_needs_a_factor(context: Context) -> None:
    """MFA needs a factor: by SMS, by e-mail, or by an authenticator."""
    given = context.params
    own = pool_of(context).totp if context.operation == "UpdateUserPool" else given.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    others = given.keys() & {"SmsConfiguration", "SmsMfaConfiguration", "EmailMfaConfiguration"}
    if given.get("MfaConfiguration", "OFF") != "OFF" and not own and not others:
        raise _bad("Invalid MFA configuration given, can't turn off MFA factors while MFA is required or optional.")


@rule("R-COG-17", service="cognito-idp", operations=POOLS, source="API cognito-idp:EmailConfigurationType", certain=False)
def mail_from_a_verified_identity(context: Context) -> None:
    """Whoever sends by SES names an identity of SES."""
    mail = context.params.get("EmailConfiguration", {})
    if mail.get("EmailSendingAccount") == "DEVELOPER" and not re.match(r"arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity/", mail.get("SourceArn", "")):
        raise _bad("Invalid request: SourceArn of an SES identity is required if EmailSendingAccount is DEVELOPER.")


@rule("R-COG-20", service="cognito-idp", operations=["CreateUserPool"], source="unsourced")
def names_or_aliases(context: Context) -> None:
    """Attributes are user names, or stand for them."""
    if context.params.get("AliasAttributes") and context.params.get("UsernameAttributes"):
        raise _bad("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")


@rule("R-COG-32", service="cognito-idp", operations=POOLS, source="UG cognito/cognito-sign-in-feature-plans.md")
def features_of_a_plan(context: Context) -> None:
    """Threat protection is in the plan Plus, the history of passwords from Essentials on."""
    tier = context.params.get("UserPoolTier", "ESSENTIALS")
    mode = context.params.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF")
    if mode != "OFF" and tier != "PLUS":
        raise Refused("FeatureUnavailableInTierException", f"Threat protection is not available in the {tier} tier.")
    if context.params.get("Policies", {}).get("PasswordPolicy", {}).get("PasswordHistorySize") and tier == "LITE":
        raise Refused("FeatureUnavailableInTierException", "Password history is not available in the LITE tier.")


@rule("R-COG-19", service="cognito-idp", operations=POOLS, source="unsourced", certain=False)
def triggers_are_functions(context: Context) -> None:
    """A trigger names a function. That Cognito may call it shows when a user signs up, not here."""
    for name, value in context.params.get("LambdaConfig", {}).items():
        arn = value.get("LambdaArn") if isinstance(value, dict) else value
        if name != "KMSKeyID" and not re.match(r"arn:aws[a-z-]*:lambda:", arn or ""):
            raise _bad(f"Lambda ARN of {name} is not valid.")


# Clients --------------------------------------------------------------------------------------------------------------


@rule("R-COG-21", service="cognito-idp", operations=CLIENTS, source="API cognito-idp:CreateUserPoolClient")
def flows_need_scopes(context: Context) -> None:
    """OAuth needs a flow and a scope; a flow that comes back needs a place to come back to."""
    params = context.params
    flows = set(params.get("AllowedOAuthFlows", []))
    if params.get("AllowedOAuthFlowsUserPoolClient") and (not flows or not params.get("AllowedOAuthScopes")):
        raise Refused("InvalidOAuthFlowException", "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
    if flows & {"code", "implicit"} and not params.get("CallbackURLs"):
        raise _bad("CallbackURLs are required for the flows code and implicit.")


@rule("R-COG-22", service="cognito-idp", operations=CLIENTS, source="API cognito-idp:CreateUserPoolClient")
def servers_have_secrets(context: Context) -> None:
    """client_credentials stands alone, and needs a secret and scopes of a resource server."""
    params, client = context.params, _client(context)
    flows = set(params.get("AllowedOAuthFlows", []))
    if "client_credentials" not in flows:
        return
    if flows != {"client_credentials"}:
        raise Refused("InvalidOAuthFlowException", "client_credentials flow can not be selected along with code flow or implicit flow.")
    if not (client.secret if client else params.get("GenerateSecret")):
        raise Refused("InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret.")
    if set(params.get("AllowedOAuthScopes", [])) & STANDARD_SCOPES:
        raise Refused("InvalidOAuthFlowException", "client_credentials flow can not be selected with user scopes.")


@rule("R-COG-23", service="cognito-idp", operations=CLIENTS, source="API cognito-idp:CreateUserPoolClient, CallbackURLs")
def where_to_come_back(context: Context) -> None:
    """A callback is absolute, without a fragment, by HTTPS or an app's own scheme; by HTTP to this machine only."""
    given = context.params.get("CallbackURLs", [])
    for url in given + context.params.get("LogoutURLs", []):
        parts = urlsplit(url)
        if not parts.scheme or parts.fragment or (parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1")):
            raise _bad(f"{url} is not a valid URI: it must be absolute, use https (http for localhost only), and have no fragment.")
    usual = context.params.get("DefaultRedirectURI")
    if usual and usual not in given:
        raise _bad("DefaultRedirectURI is not one of the CallbackURLs.")


@rule("R-COG-24", service="cognito-idp", operations=CLIENTS, source="API cognito-idp:CreateUserPoolClient")
def scopes_exist(context: Context) -> None:
    """A scope of one's own needs its resource server first."""
    servers = pool_of(context).servers
    known = STANDARD_SCOPES | {f"{name}/{scope['ScopeName']}" for name, server in servers.items() for scope in server["Scopes"]}
    missing = [scope for scope in context.params.get("AllowedOAuthScopes", []) if scope not in known]
    if missing:
        raise Refused("ScopeDoesNotExistException", f"{missing[0]} does not exist.")


@rule("R-COG-25", service="cognito-idp", operations=CLIENTS, source="unsourced")
def providers_exist(context: Context) -> None:
    """Identity providers come before the clients that offer them."""
    known = {"COGNITO", *pool_of(context).providers}
    missing = [name for name in context.params.get("SupportedIdentityProviders", []) if name not in known]
    if missing:
        raise _bad(f"The provider {missing[0]} does not exist for User Pool {context.params['UserPoolId']}.")


@rule("R-COG-26", service="cognito-idp", operations=CLIENTS, source="UG cognito/limits.md; API cognito-idp:CreateUserPoolClient")
def token_lifetimes(context: Context) -> None:
    """Five minutes to a day; a refresh token an hour to ten years, and not less than the others."""
    trial = Client("", context.params, "", context.now(), context.now())
    for kind, name in (("AccessToken", "accessToken"), ("IdToken", "idToken")):
        if not 300 <= trial.seconds(kind) <= 86400:
            raise _bad(f"Invalid range for token validity: {name} must be between 5 minutes and 1 day.")
        if trial.seconds(kind) > trial.seconds("RefreshToken"):
            raise _bad("Invalid range for token validity: the refresh token has to be valid at least as long as the others.")
    if not 3600 <= trial.seconds("RefreshToken") <= 3650 * 86400:
        raise _bad("Invalid range for token validity: refreshToken must be between 60 minutes and 3650 days.")


@rule("R-COG-27", service="cognito-idp", operations=CLIENTS, source="API cognito-idp:CreateUserPoolClient, ExplicitAuthFlows")
def old_and_new_flows(context: Context) -> None:
    """Old names of flows do not go with those that begin with ALLOW_."""
    flows = set(context.params.get("ExplicitAuthFlows", []))
    if flows & OLD_FLOWS and flows - OLD_FLOWS:
        raise _bad("Cannot specify both new and old ExplicitAuthFlows.")


# Providers, resource servers, groups ----------------------------------------------------------------------------------


@rule("R-COG-31", service="cognito-idp", operations=["CreateIdentityProvider", "UpdateIdentityProvider"], source="API cognito-idp:CreateIdentityProvider")
def providers_are_complete(context: Context) -> None:
    """Social providers have one name and details of their own; a name is there once."""
    pool, params = pool_of(context), context.params
    there = pool.providers.get(params["ProviderName"])
    kind = params.get("ProviderType") or (there or {}).get("ProviderType")
    if context.operation == "CreateIdentityProvider":
        if there:
            raise Refused("DuplicateProviderException", f"{params['ProviderName']} already exists in the user pool.")
        if kind not in ("OIDC", "SAML") and params["ProviderName"] != kind:
            raise _bad(f"The name of a provider of type {kind} must be {kind}.")
        if len(pool.providers) >= MOST_PROVIDERS:
            raise Refused("LimitExceededException", "Too many identity providers.")
    details = params.get("ProviderDetails")
    for needed in NEEDED.get(kind or "", []) if details is not None else []:
        if not any(details.get(one) for one in (needed if isinstance(needed, tuple) else (needed,))):
            raise _bad(f"{needed if isinstance(needed, str) else ' or '.join(needed)} is required in ProviderDetails.")


@rule("R-COG-33", service="cognito-idp", operations=["CreateResourceServer"], source="UG cognito/limits.md", certain=False)
def servers_are_there_once(context: Context) -> None:
    """An identifier is there once, 25 in a pool."""
    servers = pool_of(context).servers
    if context.params["Identifier"] in servers:
        raise _bad(f"{context.params['Identifier']} already exists in user pool {context.params['UserPoolId']}.")
    if len(servers) >= MOST_SERVERS:
        raise Refused("LimitExceededException", "Too many resource servers.")


@rule("R-COG-34", service="cognito-idp", operations=["CreateGroup"], source="API cognito-idp:CreateGroup")
def groups_are_there_once(context: Context) -> None:
    """A group's name is there once."""
    if context.params["GroupName"] in pool_of(context).groups:
        raise Refused("GroupExistsException", "A group with the name already exists.")


@rule("R-COG-35", service="cognito-idp", operations=["CreateGroup", "UpdateGroup"], source="UG cognito/role-based-access-control.md", certain=False)
def roles_of_groups_trust(context: Context) -> None:
    """A group's role is one that identity pools may hand out."""
    arn = context.params.get("RoleArn")
    role = next((role for role in context.backend("iam").roles.values() if role.arn == arn), None)
    if arn and role is None:
        raise _bad(f"Role {arn} does not exist.")
    if role is not None and not _names(role.assume_role_policy_document, "cognito-identity.amazonaws.com"):
        raise _bad(f"Role {arn} does not trust cognito-identity.amazonaws.com.")


def _names(document: str, federated: str) -> bool:
    """Whether a trust policy names an identity provider at all."""
    statements = as_list(json.loads(document)["Statement"])
    return any(federated in as_list(statement.get("Principal", {}).get("Federated")) for statement in statements)

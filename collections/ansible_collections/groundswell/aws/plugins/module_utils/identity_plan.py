# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work of user pools, app clients, identity providers and domains, seen from what is declared alone, and from what is in the account.

Modules of single kinds ask for their part; a role asks for all of it before it touches anything.
"""

from __future__ import annotations

import collections.abc
import re
import typing as t
from urllib.parse import urlsplit

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

Item = dict[str, t.Any]
Words = collections.abc.Iterator[str]

# Option -> member of LambdaConfig.
TRIGGERS = {
    "pre_sign_up": "PreSignUp",
    "post_confirmation": "PostConfirmation",
    "pre_authentication": "PreAuthentication",
    "post_authentication": "PostAuthentication",
    "custom_message": "CustomMessage",
    "pre_token_generation": "PreTokenGeneration",
    "user_migration": "UserMigration",
    "define_auth_challenge": "DefineAuthChallenge",
    "create_auth_challenge": "CreateAuthChallenge",
    "verify_auth_challenge": "VerifyAuthChallengeResponse",
}
# What each type of provider needs; of several in one entry, one.
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Google": (("client_id",), ("secret_name",), ("scopes",)),
    "Facebook": (("client_id",), ("secret_name",), ("scopes",)),
    "LoginWithAmazon": (("client_id",), ("secret_name",), ("scopes",)),
    "SignInWithApple": (("client_id",), ("team_id",), ("key_id",), ("secret_name",), ("scopes",)),
    "OIDC": (("client_id",), ("issuer",), ("scopes",)),
    "SAML": (("metadata_url", "metadata"),),
}
_FREE_NAMES = ("OIDC", "SAML")
_USER_SCOPES = {"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
_CUSTOM = 50


def pool_problems(name: str, item: Item) -> Words:
    """What is wrong with a user pool."""
    what, tier = f"user pool {name}:", item.get("tier")
    if item.get("threat_protection") not in (None, "OFF") and tier != "PLUS":
        yield f"{what} threat protection needs the plan PLUS, this one has {tier}"
    for option in ("compromised_credentials", "risk_low", "risk_medium", "risk_high"):
        if item.get(option) and tier != "PLUS":
            yield f"{what} {option} needs the plan PLUS, this one has {tier}"
    if item.get("password_history") and tier == "LITE":
        yield f"{what} a history of passwords needs at least the plan ESSENTIALS"
    if item.get("password_minimum_length") is not None and not 6 <= item["password_minimum_length"] <= 99:
        yield f"{what} password_minimum_length {item['password_minimum_length']} is not between 6 and 99"
    if item.get("username_attributes") and item.get("alias_attributes"):
        yield f"{what} username_attributes and alias_attributes exclude each other"
    if item.get("email_identity_arn") and not re.match(r"arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity/", item["email_identity_arn"]):
        yield f"{what} email_identity_arn has to be the ARN of an identity of SES"
    if (item.get("email_from") or item.get("email_configuration_set")) and not item.get("email_identity_arn"):
        yield f"{what} a sender or a configuration set of your own needs email_identity_arn: by itself Cognito sends from its own address"
    if item.get("verification_message") and "{####}" not in item["verification_message"]:
        yield f"{what} verification_message has no place for the code"
    if len(item.get("recovery") or []) > 1 and "admin_only" in item["recovery"]:
        yield f"{what} recovery by admin_only stands alone"
    for trigger, arn in (item.get("triggers") or {}).items():
        if trigger not in TRIGGERS:
            yield f"{what} there is no trigger {trigger}; there are {', '.join(TRIGGERS)}"
        elif arn and not re.match(r"arn:aws[a-z-]*:lambda:", arn):
            yield f"{what} the trigger {trigger} is not the ARN of a function"
    custom = [one["name"] for one in item.get("custom_attributes") or []]
    yield from (f"{what} the custom attribute {one} is declared more than once" for one in sorted({one for one in custom if custom.count(one) > 1}))
    yield from (f"{what} the name of the custom attribute {one} has more than 20 characters" for one in custom if len(one) > 20)
    if len(custom) > _CUSTOM:
        yield f"{what} {len(custom)} custom attributes are more than {_CUSTOM}, and none can ever be removed"


def client_problems(name: str, item: Item) -> Words:
    """What is wrong with an app client."""
    what, flows = f"app client {name}:", set(item.get("oauth_flows") or [])
    for url in [*(item.get("callback_urls") or []), *(item.get("logout_urls") or [])]:
        parts = urlsplit(url)
        if not parts.scheme or not (parts.netloc or parts.path) or parts.fragment:
            yield f"{what} {url} has to be an absolute URL without a fragment"
        elif parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            yield f"{what} {url} has to begin with https (or an app's own scheme): who listens on the way would be signed in"
    if item.get("default_redirect_url") and item["default_redirect_url"] not in (item.get("callback_urls") or []):
        yield f"{what} default_redirect_url is not one of callback_urls"
    if flows & {"code", "implicit"} and not item.get("callback_urls"):
        yield f"{what} the flow {', '.join(sorted(flows & {'code', 'implicit'}))} needs callback_urls"
    if flows and not item.get("scopes"):
        yield f"{what} OAuth needs scopes"
    if "client_credentials" in flows:
        if len(flows) > 1:
            yield f"{what} client_credentials stands alone"
        if not item.get("generate_secret"):
            yield f"{what} client_credentials needs generate_secret"
        if _USER_SCOPES & set(item.get("scopes") or []):
            yield f"{what} {', '.join(sorted(_USER_SCOPES & set(item['scopes'])))} are scopes of people, client_credentials is for servers"
    refresh = item.get("refresh_token_days")
    for option in ("access_token_minutes", "id_token_minutes"):
        minutes = item.get(option)
        if minutes is not None and not 5 <= minutes <= 1440:
            yield f"{what} {option} {minutes} is not between 5 and 1440"
        elif minutes is not None and refresh is not None and minutes > refresh * 1440:
            yield f"{what} {option} is longer than refresh_token_days"
    if refresh is not None and not 1 <= refresh <= 3650:
        yield f"{what} refresh_token_days {refresh} is not between 1 and 3650"


def provider_problems(name: str, item: Item) -> Words:
    """What is wrong with an identity provider."""
    what, kind, own = f"identity provider {name}:", item.get("type", ""), name.rpartition("/")[2]
    if kind not in _NEEDS:
        yield f"{what} there is no type {kind}; there are {', '.join(_NEEDS)}"
        return
    if kind not in _FREE_NAMES and own != kind:
        yield f"{what} the only name that Cognito takes for this type is {kind}"
    for needed in _NEEDS[kind]:
        if not any(item.get(one) for one in needed):
            yield f"{what} {' or '.join(needed)} is missing"
    for option in ("issuer", "metadata_url"):
        if item.get(option) and urlsplit(item[option]).scheme != "https":
            yield f"{what} {option} has to begin with https"


def plan_problems(plan: Item) -> Words:
    """What is wrong with all of it together: user_pool, clients, providers, resource_servers, groups, domain."""
    pool = plan["user_pool"]
    yield from pool_problems(pool["name"], pool)
    for noun, part in (("app client", "clients"), ("identity provider", "providers"), ("resource server", "resource_servers"), ("group", "groups")):
        names = [one["name"] for one in plan.get(part) or []]
        yield from (f"{noun} {name} is declared more than once" for name in sorted({name for name in names if names.count(name) > 1}))
    known = _USER_SCOPES | {f"{server['name']}/{scope['name']}" for server in plan.get("resource_servers") or [] for scope in server.get("scopes") or []}
    providers = {"COGNITO", *(one["name"] for one in plan.get("providers") or [])}
    for client in plan.get("clients") or []:
        yield from client_problems(client["name"], client)
        for scope in sorted(set(client.get("scopes") or []) - known):
            yield f"app client {client['name']}: no resource server has the scope {scope}"
        for provider in sorted(set(client.get("identity_providers") or []) - providers):
            yield f"app client {client['name']}: there is no identity provider {provider}"
    for provider in plan.get("providers") or []:
        yield from provider_problems(provider["name"], provider)
    yield from _domain_problems(plan)


def _domain_problems(plan: Item) -> Words:
    domain = plan.get("domain") or ""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if not domain:
        needing = [one["name"] for one in plan.get("clients") or [] if one.get("oauth_flows")]
        if needing:
            yield f"app client {', '.join(needing)}: OAuth needs a domain, where its pages are"
    elif "." not in domain and re.search("aws|amazon|cognito", domain):
        yield f"domain {domain}: a prefix must not have the words aws, amazon or cognito"
    elif not re.fullmatch(label if "." not in domain else rf"({label}\.)+[a-z]{{2,}}", domain):
        yield f"domain {domain}: letters in lower case, digits and hyphens between them, 63 at most"


def account_problems(client: collections.abc.Callable[[str], t.Any], region: str, plan: Item) -> Words:
    """What is missing in the account, or taken by somebody else. Reads only, and no value of a secret."""
    secrets = client("secretsmanager")
    for name in sorted({one["secret_name"] for one in plan.get("providers") or [] if one.get("secret_name")}):
        try:
            found = secrets.describe_secret(SecretId=name)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            found = {}
        if not any("AWSCURRENT" in stages for stages in (found.get("VersionIdsToStages") or {}).values()) or "DeletedDate" in found:
            yield f"{region} has no secret {name} with a value, which an identity provider needs: make it in Secrets Manager"
    cognito = client("cognito-idp")
    if plan.get("domain"):
        raw = cognito.describe_user_pool_domain(Domain=plan["domain"]).get("DomainDescription") or {}
        if raw.get("UserPoolId"):
            pool = cognito.describe_user_pool(UserPoolId=raw["UserPoolId"])["UserPool"]
            if pool["Name"] != plan["user_pool"]["name"]:
                yield f"domain {plan['domain']} belongs to the user pool {pool['Name']} ({pool['Id']}): choose another"

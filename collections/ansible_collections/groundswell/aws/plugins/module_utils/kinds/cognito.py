# SPDX-License-Identifier: GPL-3.0-or-later
"""Cognito: user pools and what belongs to one (app clients, domains, identity providers, resource servers, groups), and identity pools.

An update of a pool or a client replaces the whole: what it leaves out goes back to its default. So every update sends what there is, with what
is declared laid over it, and what nobody declared stays as it was.

What belongs to a user pool carries no tags: it is ours because its pool is. Its name here is `<pool>/<its own>`.
"""

from __future__ import annotations

import copy
import json
import re
import typing as t

from ..compare import agrees
from ..identity_plan import TRIGGERS, client_problems, pool_problems, provider_problems
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource, owned
from ..retries import tolerated

_NOT_YET = ((r"ConcurrentModificationException|UserPoolTaggingException", "", 60.0),)
_ROLE_NOT_YET = (r"InvalidParameterException", "[Rr]ole", 60.0)  # a role that was just made is not known everywhere
_PAGE = 60  # entries of a list, the most that Cognito gives

# Option -> where it is in what DescribeUserPool shows.
_PATHS = {
    "tier": "UserPoolTier",
    "password_minimum_length": "Policies.PasswordPolicy.MinimumLength",
    "password_uppercase": "Policies.PasswordPolicy.RequireUppercase",
    "password_lowercase": "Policies.PasswordPolicy.RequireLowercase",
    "password_numbers": "Policies.PasswordPolicy.RequireNumbers",
    "password_symbols": "Policies.PasswordPolicy.RequireSymbols",
    "password_history": "Policies.PasswordPolicy.PasswordHistorySize",
    "temporary_password_days": "Policies.PasswordPolicy.TemporaryPasswordValidityDays",
    "auto_verified": "AutoVerifiedAttributes",
    "verify_before_update": "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate",
    "threat_protection": "UserPoolAddOns.AdvancedSecurityMode",
    "email_identity_arn": "EmailConfiguration.SourceArn",
    "email_from": "EmailConfiguration.From",
    "email_reply_to": "EmailConfiguration.ReplyToEmailAddress",
    "email_configuration_set": "EmailConfiguration.ConfigurationSet",
    "verification_subject": "VerificationMessageTemplate.EmailSubject",
    "verification_message": "VerificationMessageTemplate.EmailMessage",
}
_UNSET = {"password_history": 0, "auto_verified": [], "verify_before_update": [], "threat_protection": "OFF"}  # where Cognito shows nothing
_RISKS = ("risk_low", "risk_medium", "risk_high")


def _at(settings: t.Any, path: str) -> t.Any:
    for part in path.split("."):
        settings = (settings or {}).get(part)
    return settings


def _put(settings: Item, path: str, value: t.Any) -> None:
    *parents, last = path.split(".")
    for part in parents:
        settings = settings.setdefault(part, {})
    settings[last] = value


def _taken_by(client: t.Any, operation: str, settings: Item) -> Item:
    """The settings that an operation takes, whatever else a description shows."""
    return {name: value for name, value in settings.items() if name in client.meta.service_model.operation_model(operation).input_shape.members}


class UserPools(Kind):
    module, service, noun = "cognito_user_pools", "cognito-idp", "user pool"
    fixed = ("username_attributes", "alias_attributes", "case_sensitive", "required_attributes")
    ordered = ("recovery",)
    holds_data = True
    create_then_update = True
    not_yet = _NOT_YET

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._custom: dict[str, list[Item]] = {}  # what there is, by pool

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_user_pools", "UserPools", MaxResults=_PAGE)
        ids = [pool["Id"] for pool in listed if pool["Name"] in names or pool["Name"].startswith(self.prefix)]
        return [found for found in self.session.each(self._look, ids) if found]

    def _look(self, pool_id: str) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            raw = self.client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
            provider = f"cognito-idp.{self.session.region}.amazonaws.com/{pool_id}"
            outputs = {"id": pool_id, "arn": raw["Arn"], "provider": provider, "issuer": f"https://{provider}"}
            state = self._state(raw)
            self._custom[raw["Name"]] = state["custom_attributes"]
            return Resource(raw["Name"], state, dict(raw.get("UserPoolTags") or {}), outputs)
        return None  # gone since it was listed

    def _state(self, raw: Item) -> Item:
        state = {option: _at(raw, path) for option, path in _PATHS.items()}
        state = {option: _UNSET.get(option, "") if value is None else value for option, value in state.items()}
        schema = raw.get("SchemaAttributes", [])
        state |= {
            "username_attributes": raw.get("UsernameAttributes", []),
            "alias_attributes": raw.get("AliasAttributes", []),
            "case_sensitive": _at(raw, "UsernameConfiguration.CaseSensitive") is not False,
            "required_attributes": sorted(one["Name"] for one in schema if one.get("Required") and one["Name"] != "sub"),
            "custom_attributes": [_attribute(one) for one in schema if one["Name"].startswith("custom:")],
            "self_sign_up": not _at(raw, "AdminCreateUserConfig.AllowAdminCreateUserOnly"),
            "deletion_protection": raw.get("DeletionProtection") == "ACTIVE",
            "recovery": [one["Name"] for one in sorted(_at(raw, "AccountRecoverySetting.RecoveryMechanisms") or [], key=lambda one: one["Priority"])],
            "triggers": {name: (raw.get("LambdaConfig") or {}).get(member, "") for name, member in TRIGGERS.items()},
            "mfa": self._mfa(raw["Id"]),
        }
        return state | (self._risk(raw["Id"]) if raw.get("UserPoolTier") == "PLUS" else dict.fromkeys(("compromised_credentials", *_RISKS), ""))

    def _mfa(self, pool_id: str) -> str:
        found = self.client.get_user_pool_mfa_config(UserPoolId=pool_id)
        factor = _at(found, "SoftwareTokenMfaConfiguration.Enabled")
        return t.cast(str, found.get("MfaConfiguration", "OFF")) if factor or found.get("MfaConfiguration") == "OFF" else "without an authenticator"

    def _risk(self, pool_id: str) -> Item:
        found = self.client.describe_risk_configuration(UserPoolId=pool_id)["RiskConfiguration"]
        actions = _at(found, "AccountTakeoverRiskConfiguration.Actions") or {}
        risks = {option: _at(actions, f"{option.partition('_')[2].capitalize()}Action.EventAction") or "" for option in _RISKS}
        return {"compromised_credentials": _at(found, "CompromisedCredentialsRiskConfiguration.Actions.EventAction") or "", **risks}

    def placeholder(self, name: str) -> Item:
        region = self.session.region
        provider = f"cognito-idp.{region}.amazonaws.com/{region}_{PLACEHOLDER}"
        arn = f"arn:{self.session.partition}:cognito-idp:{region}:000000000000:userpool/{region}_{PLACEHOLDER}"
        return {"id": f"{region}_{PLACEHOLDER}", "arn": arn, "provider": provider, "issuer": f"https://{provider}"}

    def normalise(self, item: Item) -> Item:
        if item.get("triggers") is not None:
            item = {**item, "triggers": {**dict.fromkeys(TRIGGERS, ""), **{name: arn or "" for name, arn in item["triggers"].items()}}}
        return item

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        """Custom attributes are never removed: those that are there and not declared stay, and are no difference."""
        return all(any(agrees(one, other) for other in current or []) for one in wanted) if option == "custom_attributes" else None

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = [problem for name, item in items.items() for problem in pool_problems(name, item)]
        for name, item in items.items():
            there = {one["name"]: one for one in self._custom.get(name, [])}
            for one in item.get("custom_attributes") or []:
                if one["name"] in there and not agrees(one, there[one["name"]]):
                    problems.append(f"user pool {name}: the custom attribute {one['name']} exists otherwise, and Cognito can neither change nor remove it")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        settings = self._settings(item, {})
        schema = [{"Name": one, "AttributeDataType": "String", "Required": True, "Mutable": True} for one in item.get("required_attributes") or []]
        schema += [_schema(one) for one in item.get("custom_attributes") or []]
        for option, member in (("username_attributes", "UsernameAttributes"), ("alias_attributes", "AliasAttributes")):
            if item.get(option):
                settings[member] = item[option]
        if item.get("case_sensitive") is not None:
            settings["UsernameConfiguration"] = {"CaseSensitive": item["case_sensitive"]}
        # Without protection as long as a run that was ended here would begin anew. MFA follows: a new pool has no factor but SMS.
        self.client.create_user_pool(
            PoolName=name, UserPoolTags=tags, **({"Schema": schema} if schema else {}), **{**settings, "DeletionProtection": "INACTIVE"}
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        pool = {"UserPoolId": resource.outputs["id"]}
        if "custom_attributes" in changes:
            new = [one for one in changes["custom_attributes"] if one["name"] not in [there["name"] for there in resource.state["custom_attributes"]]]
            self.client.add_custom_attributes(**pool, CustomAttributes=[_schema(one) for one in new])
        risks = {option: value for option, value in changes.items() if option in _RISKS or option == "compromised_credentials"}
        if set(changes) - {"custom_attributes", "mfa", *risks}:
            self._replace(resource.outputs["id"], changes)
        if "mfa" in changes:
            factor = {"SoftwareTokenMfaConfiguration": {"Enabled": True}} if changes["mfa"] != "OFF" else {}
            self.client.set_user_pool_mfa_config(**pool, MfaConfiguration=changes["mfa"], **factor)
        if risks:
            self._set_risk(resource.outputs["id"], risks)

    def _replace(self, pool_id: str, changes: Item) -> None:
        """Send what there is with the changes laid over it."""
        raw = self.client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        # Two names for one thing each, of which Cognito takes one.
        old = (("EmailVerificationMessage", "EmailMessage"), ("EmailVerificationSubject", "EmailSubject"), ("SmsVerificationMessage", "SmsMessage"))
        for deprecated, member in old:
            if raw.get(deprecated):
                raw.setdefault("VerificationMessageTemplate", {}).setdefault(member, raw[deprecated])
            raw.pop(deprecated, None)
        (raw.get("AdminCreateUserConfig") or {}).pop("UnusedAccountValidityDays", None)
        self.client.update_user_pool(UserPoolId=pool_id, **_taken_by(self.client, "UpdateUserPool", self._settings(changes, raw)))

    @staticmethod
    def _settings(item: Item, base: Item) -> Item:
        """The declared options over what there is."""
        settings = copy.deepcopy(base)
        for option, path in _PATHS.items():
            if item.get(option) is not None:
                _put(settings, path, item[option])
        if item.get("self_sign_up") is not None:
            _put(settings, "AdminCreateUserConfig.AllowAdminCreateUserOnly", not item["self_sign_up"])
        if item.get("deletion_protection") is not None:
            settings["DeletionProtection"] = "ACTIVE" if item["deletion_protection"] else "INACTIVE"
        if item.get("recovery") is not None:
            ways = [{"Priority": number, "Name": name} for number, name in enumerate(item["recovery"], 1)]
            settings["AccountRecoverySetting"] = {"RecoveryMechanisms": ways}
        if item.get("triggers") is not None:
            kept = {member: value for member, value in (settings.get("LambdaConfig") or {}).items() if member not in TRIGGERS.values()}
            settings["LambdaConfig"] = {**kept, **{TRIGGERS[name]: arn for name, arn in item["triggers"].items() if arn}}
        mail = {member: value for member, value in (settings.get("EmailConfiguration") or {}).items() if value}
        if "EmailConfiguration" in settings:
            settings["EmailConfiguration"] = {**mail, "EmailSendingAccount": "DEVELOPER" if mail.get("SourceArn") else "COGNITO_DEFAULT"}
        return settings

    def _set_risk(self, pool_id: str, risks: Item) -> None:
        raw = self.client.describe_risk_configuration(UserPoolId=pool_id)["RiskConfiguration"]
        settings = _taken_by(self.client, "SetRiskConfiguration", {name: value for name, value in raw.items() if name not in ("UserPoolId", "ClientId")})
        for option, action in risks.items():
            if option == "compromised_credentials":
                _put(settings, "CompromisedCredentialsRiskConfiguration.Actions.EventAction", action)
            else:
                place = f"AccountTakeoverRiskConfiguration.Actions.{option.partition('_')[2].capitalize()}Action"
                _put(settings, place, {"Notify": False, **(_at(settings, place) or {}), "EventAction": action})
        self.client.set_risk_configuration(UserPoolId=pool_id, **settings)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=tags)

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            if resource.state["deletion_protection"]:
                self._replace(resource.outputs["id"], {"deletion_protection": False})
            self.client.delete_user_pool(UserPoolId=resource.outputs["id"])


def _attribute(raw: Item) -> Item:
    """A custom attribute in the words of the options."""
    limits = raw.get("StringAttributeConstraints") or raw.get("NumberAttributeConstraints") or {}
    low, high = (limits.get(f"{edge}Length") or limits.get(f"{edge}Value") for edge in ("Min", "Max"))
    return {
        "name": raw["Name"].partition(":")[2],
        "type": raw["AttributeDataType"],
        "mutable": raw.get("Mutable", True),
        "min": None if low is None else int(low),
        "max": None if high is None else int(high),
    }


def _schema(item: Item) -> Item:
    """A custom attribute in Cognito's words."""
    word = {"String": "Length", "Number": "Value"}.get(item["type"], "")
    limits = {f"{edge.capitalize()}{word}": str(item[edge]) for edge in ("min", "max") if item.get(edge) is not None}
    more = {f"{item['type']}AttributeConstraints": limits} if word and limits else {}
    return {"Name": item["name"], "AttributeDataType": item["type"], "Mutable": item["mutable"], **more}


class PoolPart(Kind):
    """What belongs to a user pool of ours."""

    service = "cognito-idp"
    not_yet = _NOT_YET

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._pools: dict[str, Item] = {}  # what DescribeUserPool shows of ours, by name

    def pools(self, names: t.Collection[str]) -> dict[str, Item]:
        """Our pools."""
        wanted = {self.pool_name(name) for name in names}
        for pool in self.pages("list_user_pools", "UserPools", MaxResults=_PAGE):
            if pool["Name"] in wanted or pool["Name"].startswith(self.prefix):
                with tolerated("ResourceNotFoundException"):
                    raw = self.client.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
                    if owned(raw.get("UserPoolTags") or {}, self.tags):
                        self._pools[pool["Name"]] = raw
        return self._pools

    def pool_name(self, name: str) -> str:
        """The pool that something belongs to."""
        return name.partition("/")[0]

    def pool_id(self, pool: str) -> str:
        if pool not in self._pools:
            raise Problem(f"there is no user pool {pool} that is ours: its layer has to be rolled out first")
        return t.cast(str, self._pools[pool]["Id"])

    def target(self, name: str) -> Item:
        """What names the pool in a call."""
        return {"UserPoolId": self.pool_id(self.pool_name(name))}

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for pool, raw in list(self.pools(names).items()):
            with tolerated("ResourceNotFoundException"):
                yield from self.parts(pool, raw["Id"])

    def parts(self, pool: str, pool_id: str) -> t.Iterable[Resource]:
        """What there is in one pool."""
        raise NotImplementedError

    def found(self, pool: str, name: str, state: Item, **outputs: t.Any) -> Resource:
        """Ours, because the pool is."""
        return Resource(f"{pool}/{name}", state, dict(self.tags), outputs)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [f"{self.noun} {name}: the name has to be that of its user pool, a slash, and its own" for name in items if not all(name.partition("/"))]


_CLIENT = {
    "oauth_flows": ("AllowedOAuthFlows", []),
    "scopes": ("AllowedOAuthScopes", []),
    "callback_urls": ("CallbackURLs", []),
    "logout_urls": ("LogoutURLs", []),
    "default_redirect_url": ("DefaultRedirectURI", ""),
    "identity_providers": ("SupportedIdentityProviders", []),
    "auth_flows": ("ExplicitAuthFlows", []),
    "read_attributes": ("ReadAttributes", []),
    "write_attributes": ("WriteAttributes", []),
    "session_minutes": ("AuthSessionValidity", 3),
    "revocation": ("EnableTokenRevocation", False),
}
_VALIDITY = {
    "access_token_minutes": ("AccessToken", "minutes"),
    "id_token_minutes": ("IdToken", "minutes"),
    "refresh_token_days": ("RefreshToken", "days"),
}
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


class Clients(PoolPart):
    """App clients. Cognito makes the secret of one and shows it to whoever may describe it; here it is never kept, compared or returned."""

    module, noun = "cognito_user_pool_clients", "app client"
    fixed = ("generate_secret",)

    def parts(self, pool: str, pool_id: str) -> t.Iterable[Resource]:
        ids = [one["ClientId"] for one in self.pages("list_user_pool_clients", "UserPoolClients", UserPoolId=pool_id, MaxResults=_PAGE)]
        return [found for found in self.session.each(lambda one: self._look(pool, pool_id, one), ids) if found]

    def _look(self, pool: str, pool_id: str, client_id: str) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            raw = self.client.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
            state = {option: raw.get(member, usual) for option, (member, usual) in _CLIENT.items()}
            for option, (kind, unit) in _VALIDITY.items():
                theirs = (raw.get("TokenValidityUnits") or {}).get(kind) or ("days" if kind == "RefreshToken" else "hours")
                state[option] = (raw.get(f"{kind}Validity") or (30 if kind == "RefreshToken" else 1)) * _SECONDS[theirs] / _SECONDS[unit]
            state["generate_secret"] = "ClientSecret" in raw
            state["prevent_user_existence_errors"] = raw.get("PreventUserExistenceErrors") == "ENABLED"
            return self.found(pool, raw["ClientName"], state, id=client_id, user_pool_id=pool_id)
        return None

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return super().refuse(items) + [problem for name, item in items.items() for problem in client_problems(name, item)]

    @staticmethod
    def _settings(item: Item, base: Item) -> Item:
        settings = copy.deepcopy(base)
        for option, (member, _) in _CLIENT.items():
            if item.get(option) is not None:
                settings[member] = item[option]
        for option, (kind, unit) in _VALIDITY.items():
            if item.get(option) is not None:
                settings[f"{kind}Validity"] = item[option]
                settings.setdefault("TokenValidityUnits", {})[kind] = unit
        if item.get("prevent_user_existence_errors") is not None:
            settings["PreventUserExistenceErrors"] = "ENABLED" if item["prevent_user_existence_errors"] else "LEGACY"
        settings["AllowedOAuthFlowsUserPoolClient"] = bool(settings.get("AllowedOAuthFlows"))
        return {name: value for name, value in settings.items() if value not in ("", None)}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        own = name.partition("/")[2]
        secret = {"GenerateSecret": bool(item.get("generate_secret"))}
        self.client.create_user_pool_client(**self.target(name), ClientName=own, **secret, **self._settings(item, {}))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        target = {**self.target(resource.name), "ClientId": resource.outputs["id"]}
        raw = self.client.describe_user_pool_client(**target)["UserPoolClient"]
        settings = _taken_by(self.client, "UpdateUserPoolClient", self._settings(changes, raw))
        self.client.update_user_pool_client(**{**settings, **target})

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_user_pool_client(**self.target(resource.name), ClientId=resource.outputs["id"])

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "user_pool_id": f"{self.session.region}_{PLACEHOLDER}"}


class Domains(PoolPart):
    """Where the pages of a user pool are: a prefix of Cognito's domain, or a domain of one's own. Its name is the domain itself."""

    module, noun = "cognito_user_pool_domains", "domain"
    fixed = ("user_pool",)
    # The address above one's own has to be found by Cognito, and a change of it takes its time.
    not_yet = (*_NOT_YET, (r"InvalidParameterException", "not a valid subdomain|already in progress", 300.0))

    def pool_name(self, name: str) -> str:
        return t.cast(str, self.wanted.get(name, {}).get("user_pool", ""))

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        ours = {raw["Id"]: pool for pool, raw in self.pools(names).items()}
        held = [raw[member] for raw in self._pools.values() for member in ("Domain", "CustomDomain") if raw.get(member)]
        return [found for found in self.session.each(lambda name: self._look(name, ours), sorted({*held, *names})) if found]

    def _look(self, name: str, ours: dict[str, str]) -> Resource | None:
        raw = self.client.describe_user_pool_domain(Domain=name).get("DomainDescription") or {}
        if not raw.get("UserPoolId"):
            return None
        pool, status = ours.get(raw["UserPoolId"], ""), raw.get("Status", "ACTIVE")
        own = raw.get("CustomDomainConfig") or {}
        state = {"user_pool": pool, "certificate_arn": own.get("CertificateArn", "")}
        outputs = {"host": self._host(name), "cloudfront_domain_name": raw.get("CloudFrontDistribution", ""), "user_pool_id": raw["UserPoolId"]}
        failure = "Cognito gave the domain up" if status == "FAILED" else ""
        return Resource(name, state, dict(self.tags) if pool else {}, outputs, status=status, ready=status == "ACTIVE", failure=failure)

    def _host(self, name: str) -> str:
        return name if "." in name else f"{name}.auth.{self.session.region}.amazoncognito.com"

    def placeholder(self, name: str) -> Item:
        return {"host": self._host(name), "cloudfront_domain_name": f"{PLACEHOLDER}.cloudfront.net", "user_pool_id": f"{self.session.region}_{PLACEHOLDER}"}

    def hand_over(self, name: str) -> str:
        return "take it from the user pool that has it"

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"domain {name}: a domain of your own needs a certificate, and a prefix has none"
            for name, item in items.items()
            if ("." in name) != bool(item.get("certificate_arn"))
        ]

    @staticmethod
    def _settings(item: Item) -> Item:
        return {"CustomDomainConfig": {"CertificateArn": item["certificate_arn"]}} if item.get("certificate_arn") else {}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_user_pool_domain(**self.target(name), Domain=name, **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_user_pool_domain(**self.target(resource.name), Domain=resource.name, **self._settings(changes))

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_user_pool_domain(UserPoolId=resource.outputs["user_pool_id"], Domain=resource.name)


# Option -> member of ProviderDetails; the member that holds the secret is in _SECRET.
_DETAILS = {
    "client_id": "client_id",
    "team_id": "team_id",
    "key_id": "key_id",
    "issuer": "oidc_issuer",
    "metadata_url": "MetadataURL",
    "metadata": "MetadataFile",
}
_SECRET = {"SignInWithApple": "private_key", "SAML": ""}
_VERSION_TAG = "SecretVersion/"


class IdentityProviders(PoolPart):
    """Who else knows the users. A secret is read from Secrets Manager when it is handed on, and never kept, compared or returned: which version of it
    Cognito was given says a tag of the pool."""

    module, noun = "cognito_identity_providers", "identity provider"
    fixed = ("type",)

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._versions: dict[str, str] = {}  # of each secret, "" for one that is not there
        self.unreported = ("secret_name", "secret_key")

    def parts(self, pool: str, pool_id: str) -> t.Iterable[Resource]:
        names = [one["ProviderName"] for one in self.pages("list_identity_providers", "Providers", UserPoolId=pool_id, MaxResults=_PAGE)]
        return [found for found in self.session.each(lambda one: self._look(pool, pool_id, one), names) if found]

    def _look(self, pool: str, pool_id: str, name: str) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            raw = self.client.describe_identity_provider(UserPoolId=pool_id, ProviderName=name)["IdentityProvider"]
            details = raw["ProviderDetails"]
            state = {option: details.get(member, "") for option, member in _DETAILS.items()}
            state |= {
                "type": raw["ProviderType"],
                "scopes": [one for one in re.split("[ ,]+", details.get("authorize_scopes", "")) if one],
                "attribute_mapping": raw.get("AttributeMapping") or {},
                "identifiers": raw.get("IdpIdentifiers") or [],
                "secret_version": (self._pools[pool].get("UserPoolTags") or {}).get(_VERSION_TAG + name, ""),
            }
            return self.found(pool, name, state, id=name)
        return None

    def normalise(self, item: Item) -> Item:
        secret = item.get("secret_name")
        if not secret:
            return item
        if secret not in self._versions:
            self._versions[secret] = self._version(secret)
        return {**item, "secret_version": self._versions[secret]}

    def _version(self, secret: str) -> str:
        with tolerated("ResourceNotFoundException"):
            found = self.session.client("secretsmanager").describe_secret(SecretId=secret)
            if "DeletedDate" not in found:
                return next((version for version, stages in (found.get("VersionIdsToStages") or {}).items() if "AWSCURRENT" in stages), "")
        return ""

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items) + [problem for name, item in items.items() for problem in provider_problems(name, item)]
        return problems + [
            f"identity provider {name}: {self.session.region} has no secret {item['secret_name']} with a value"
            for name, item in items.items()
            if item.get("secret_name") and not item["secret_version"]
        ]

    def _settings(self, item: Item) -> Item:
        details = {member: item[option] for option, member in _DETAILS.items() if item.get(option)}
        kind = item["type"]
        if item.get("scopes"):
            details["authorize_scopes"] = ("," if kind == "Facebook" else " ").join(item["scopes"])
        if kind == "OIDC":
            details["attributes_request_method"] = "GET"
        if item.get("secret_name"):
            details[_SECRET.get(kind, "client_secret")] = self._value(item["secret_name"], item.get("secret_key"))
        optional = {"AttributeMapping": item.get("attribute_mapping"), "IdpIdentifiers": item.get("identifiers")}
        return {"ProviderDetails": details, **{member: value for member, value in optional.items() if value is not None}}

    def _value(self, secret: str, key: str | None) -> str:
        text = self.session.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        if not key:
            return t.cast(str, text)
        try:
            return t.cast(str, json.loads(text)[key])
        except (ValueError, KeyError, TypeError):
            # Without the cause, which could show what is in it.
            raise Problem(f"the secret {secret} is no JSON object with a member {key}") from None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        own = name.partition("/")[2]
        self.client.create_identity_provider(**self.target(name), ProviderName=own, ProviderType=item["type"], **self._settings(item))
        self._note(name, item)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        # All of it: details that an update leaves out are gone.
        merged = {**resource.state, **{option: value for option, value in item.items() if value is not None}}
        own = resource.name.partition("/")[2]
        self.client.update_identity_provider(**self.target(resource.name), ProviderName=own, **self._settings(merged))
        self._note(resource.name, item)

    def _note(self, name: str, item: Item) -> None:
        """Which version of the secret Cognito has now."""
        pool, _, own = name.partition("/")
        if item.get("secret_version"):
            self.client.tag_resource(ResourceArn=self._pools[pool]["Arn"], Tags={_VERSION_TAG + own: item["secret_version"]})

    def delete(self, resource: Resource) -> None:
        pool, _, own = resource.name.partition("/")
        with tolerated("ResourceNotFoundException"):
            self.client.delete_identity_provider(**self.target(resource.name), ProviderName=own)
            self.client.untag_resource(ResourceArn=self._pools[pool]["Arn"], TagKeys=[_VERSION_TAG + own])

    def placeholder(self, name: str) -> Item:
        return {"id": name.partition("/")[2]}


class ResourceServers(PoolPart):
    """What tokens are for, and the scopes of it."""

    module, noun = "cognito_resource_servers", "resource server"

    def parts(self, pool: str, pool_id: str) -> t.Iterable[Resource]:
        # Pages of fifty, the most that this list gives.
        for raw in self.pages("list_resource_servers", "ResourceServers", UserPoolId=pool_id, MaxResults=50):
            scopes = [{"name": one["ScopeName"], "description": one["ScopeDescription"]} for one in raw.get("Scopes") or []]
            yield self.found(pool, raw["Identifier"], {"title": raw["Name"], "scopes": scopes}, id=raw["Identifier"])

    def _settings(self, name: str, item: Item) -> Item:
        identifier = name.partition("/")[2]
        scopes = [{"ScopeName": one["name"], "ScopeDescription": one["description"]} for one in item.get("scopes") or []]
        return {**self.target(name), "Identifier": identifier, "Name": item.get("title") or re.sub(r"[^\w\s+=,.@-]", "-", identifier), "Scopes": scopes}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_resource_server(**self._settings(name, item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_resource_server(**self._settings(resource.name, {**resource.state, **changes}))

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_resource_server(**self.target(resource.name), Identifier=resource.outputs["id"])

    def placeholder(self, name: str) -> Item:
        return {"id": name.partition("/")[2]}


class Groups(PoolPart):
    module, noun = "cognito_groups", "group"
    holds_data = True  # who is in it
    not_yet = (*_NOT_YET, _ROLE_NOT_YET)

    def parts(self, pool: str, pool_id: str) -> t.Iterable[Resource]:
        for raw in self.pages("list_groups", "Groups", UserPoolId=pool_id, Limit=_PAGE):
            state = {"description": raw.get("Description", ""), "role_arn": raw.get("RoleArn", ""), "precedence": raw.get("Precedence")}
            yield self.found(pool, raw["GroupName"], state, id=raw["GroupName"])

    def _settings(self, name: str, item: Item) -> Item:
        members = (("description", "Description"), ("role_arn", "RoleArn"), ("precedence", "Precedence"))
        given = {member: item[option] for option, member in members if item.get(option) not in (None, "")}
        return {**self.target(name), "GroupName": name.partition("/")[2], **given}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_group(**self._settings(name, item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_group(**self._settings(resource.name, {**resource.state, **changes}))

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_group(**self.target(resource.name), GroupName=resource.outputs["id"])

    def placeholder(self, name: str) -> Item:
        return {"id": name.partition("/")[2]}


class IdentityPools(Kind):
    """Identity pools: what a login is worth in AWS. Who a user is there, and so which files are the user's, is lost with one."""

    module, service, noun = "cognito_identity_pools", "cognito-identity", "identity pool"
    holds_data = True
    create_then_update = True
    not_yet = ((r"ConcurrentModificationException", "", 60.0), _ROLE_NOT_YET)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_identity_pools", "IdentityPools", MaxResults=_PAGE)
        ids = [pool["IdentityPoolId"] for pool in listed if pool["IdentityPoolName"] in names or pool["IdentityPoolName"].startswith(self.prefix)]
        return [found for found in self.session.each(self._look, ids) if found]

    def _look(self, pool_id: str) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            raw = self.client.describe_identity_pool(IdentityPoolId=pool_id)
            roles = self.client.get_identity_pool_roles(IdentityPoolId=pool_id)
            state = {
                "allow_unauthenticated": raw["AllowUnauthenticatedIdentities"],
                "allow_classic_flow": bool(raw.get("AllowClassicFlow")),
                "user_pool_clients": [
                    {"provider": one["ProviderName"], "client_id": one["ClientId"], "server_side_token_check": bool(one.get("ServerSideTokenCheck"))}
                    for one in raw.get("CognitoIdentityProviders") or []
                ],
                "authenticated_role_arn": (roles.get("Roles") or {}).get("authenticated", ""),
                "unauthenticated_role_arn": (roles.get("Roles") or {}).get("unauthenticated", ""),
                "role_mappings": [
                    {"provider": name, "type": one["Type"], "ambiguous": one.get("AmbiguousRoleResolution", ""), "rules": _rules(one)}
                    for name, one in sorted((roles.get("RoleMappings") or {}).items())
                ],
            }
            arn = f"arn:{self.session.partition}:cognito-identity:{self.session.region}:{self.session.account}:identitypool/{pool_id}"
            return Resource(raw["IdentityPoolName"], state, dict(raw.get("IdentityPoolTags") or {}), {"id": pool_id, "arn": arn})
        return None

    def placeholder(self, name: str) -> Item:
        pool_id = f"{self.session.region}:{PLACEHOLDER}"
        return {"id": pool_id, "arn": f"arn:{self.session.partition}:cognito-identity:{self.session.region}:000000000000:identitypool/{pool_id}"}

    @staticmethod
    def _settings(item: Item) -> Item:
        settings: Item = {}
        if item.get("allow_unauthenticated") is not None:
            settings["AllowUnauthenticatedIdentities"] = item["allow_unauthenticated"]
        if item.get("allow_classic_flow") is not None:
            settings["AllowClassicFlow"] = item["allow_classic_flow"]
        if item.get("user_pool_clients") is not None:
            settings["CognitoIdentityProviders"] = [
                {"ProviderName": one["provider"], "ClientId": one["client_id"], "ServerSideTokenCheck": one["server_side_token_check"]}
                for one in item["user_pool_clients"]
            ]
        return settings

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        settings = {"AllowUnauthenticatedIdentities": False, **self._settings(item)}
        self.client.create_identity_pool(IdentityPoolName=name, IdentityPoolTags=tags, **settings)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        pool = {"IdentityPoolId": resource.outputs["id"]}
        if self._settings(changes):
            raw = self.client.describe_identity_pool(**pool)
            self.client.update_identity_pool(**_taken_by(self.client, "UpdateIdentityPool", {**raw, **self._settings(changes)}))
        if set(changes) & {"authenticated_role_arn", "unauthenticated_role_arn", "role_mappings"}:
            merged = {**resource.state, **changes}
            roles = {kind: merged[f"{kind}_role_arn"] for kind in ("authenticated", "unauthenticated") if merged[f"{kind}_role_arn"]}
            mappings = {one["provider"]: _mapping(one) for one in merged["role_mappings"]}
            self.client.set_identity_pool_roles(**pool, Roles=roles, RoleMappings=mappings)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=tags)

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_identity_pool(IdentityPoolId=resource.outputs["id"])


def _rules(raw: Item) -> list[Item]:
    """The rules of a mapping in the words of the options."""
    found = (raw.get("RulesConfiguration") or {}).get("Rules", [])
    return [{"claim": one["Claim"], "match": one["MatchType"], "value": one["Value"], "role_arn": one["RoleARN"]} for one in found]


def _mapping(item: Item) -> Item:
    """A mapping in Cognito's words."""
    rules = [{"Claim": one["claim"], "MatchType": one["match"], "Value": one["value"], "RoleARN": one["role_arn"]} for one in item.get("rules") or []]
    return {"Type": item["type"], "AmbiguousRoleResolution": item["ambiguous"], **({"RulesConfiguration": {"Rules": rules}} if rules else {})}

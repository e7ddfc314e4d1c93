# SPDX-License-Identifier: GPL-3.0-or-later
"""User pools and what belongs to them, and identity pools: what an update keeps, what is refused, what nobody removes by the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.cognito import (
    Clients,
    Domains,
    Groups,
    IdentityPools,
    IdentityProviders,
    ResourceServers,
    UserPools,
)
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem

POOL = {
    "name": "acme-dev-users",
    "tier": "ESSENTIALS",
    "username_attributes": ["email"],
    "case_sensitive": False,
    "custom_attributes": [{"name": "nick", "type": "String", "mutable": True, "min": 1, "max": 30}],
    "auto_verified": ["email"],
    "password_minimum_length": 12,
    "mfa": "OPTIONAL",
    "recovery": ["verified_email"],
    "deletion_protection": True,
    "triggers": {},
}
APP = {
    "name": "acme-dev-users/app",
    "generate_secret": False,
    "auth_flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "oauth_flows": ["code"],
    "scopes": ["openid"],
    "callback_urls": ["acme://signed-in"],
    "identity_providers": ["COGNITO"],
    "access_token_minutes": 15,
    "id_token_minutes": 15,
    "refresh_token_days": 30,
    "prevent_user_existence_errors": True,
}
GOOGLE = {
    "name": "acme-dev-users/Google",
    "type": "Google",
    "client_id": "1234",
    "secret_name": "google",
    "secret_key": "secret",
    "scopes": ["openid", "email"],
}


def pool_of(simulator: Any) -> dict[str, Any]:
    idp = simulator.client("cognito-idp")
    found: dict[str, Any] = idp.describe_user_pool(UserPoolId=idp.list_user_pools(MaxResults=60)["UserPools"][0]["Id"])["UserPool"]
    return found


def test_a_pool_keeps_what_nobody_declares(keep: Any, clear: Any, simulator: Any) -> None:
    assert keep(UserPools, [POOL], check_mode=True).changes[0].action == "create"
    keep(UserPools, [POOL])
    assert keep(UserPools, [POOL]).changed is False
    made, idp = pool_of(simulator), simulator.client("cognito-idp")
    assert (made["DeletionProtection"], made["MfaConfiguration"], made["UserPoolTags"]["Layer"]) == ("ACTIVE", "OPTIONAL", "test")
    # Somebody sets by hand what nobody declares.
    idp.update_user_pool(
        UserPoolId=made["Id"],
        DeletionProtection="ACTIVE",
        MfaConfiguration="OPTIONAL",
        UserPoolTags=made["UserPoolTags"],
        Policies={"PasswordPolicy": {**made["Policies"]["PasswordPolicy"], "TemporaryPasswordValidityDays": 3}},
        AutoVerifiedAttributes=["email"],
        AccountRecoverySetting=made["AccountRecoverySetting"],
        DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True},
    )
    longer = keep(UserPools, [{**POOL, "password_minimum_length": 14}])
    assert [(change.action, change.options) for change in longer.changes] == [("update", ["password_minimum_length"])]
    found = pool_of(simulator)
    policy = found["Policies"]["PasswordPolicy"]
    assert (policy["MinimumLength"], policy["TemporaryPasswordValidityDays"]) == (14, 3)
    assert (found["DeletionProtection"], found["AutoVerifiedAttributes"], found["UserPoolTags"]) == ("ACTIVE", ["email"], made["UserPoolTags"])
    assert found["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] is True
    assert idp.get_user_pool_mfa_config(UserPoolId=found["Id"])["SoftwareTokenMfaConfiguration"]["Enabled"] is True
    # Attributes come, and never go.
    more = [*POOL["custom_attributes"], {"name": "score", "type": "Number", "mutable": True, "min": None, "max": None}]
    assert keep(UserPools, [{**POOL, "password_minimum_length": 14, "custom_attributes": more}]).changes[0].options == ["custom_attributes"]
    assert keep(UserPools, [{**POOL, "password_minimum_length": 14}]).changed is False
    with pytest.raises(Problem, match="nick exists otherwise") as refused:
        other = [{**POOL["custom_attributes"][0], "type": "Number"}]
        keep(UserPools, [{**POOL, "custom_attributes": other, "username_attributes": ["phone_number"], "threat_protection": "ENFORCED"}])
    assert "cannot change username_attributes" in str(refused.value) and "needs the plan PLUS" in str(refused.value)
    # It holds users: everything else that is undeclared may go with `*`, a pool has to be named.
    assert keep(UserPools, [], remove=("*",)).undeclared == ["acme-dev-users"]
    keep(UserPools, [], remove=("acme-dev-users",))
    assert idp.list_user_pools(MaxResults=60)["UserPools"] == []


def test_threat_protection(keep: Any) -> None:
    pool = {**POOL, "tier": "PLUS", "threat_protection": "ENFORCED", "compromised_credentials": "BLOCK", "risk_high": "BLOCK", "risk_low": "NO_ACTION"}
    keep(UserPools, [pool])
    assert keep(UserPools, [pool]).changed is False
    changed = keep(UserPools, [{**pool, "risk_high": "MFA_REQUIRED"}])
    assert changed.changes[0].options == ["risk_high"] and changed.resources[POOL["name"]].state["risk_low"] == "NO_ACTION"


def test_what_belongs_to_a_pool(keep: Any, simulator: Any) -> None:
    idp, secrets = simulator.client("cognito-idp"), simulator.client("secretsmanager")
    with pytest.raises(Problem, match="no user pool acme-dev-users that is ours"):
        keep(ResourceServers, [{"name": "acme-dev-users/api", "scopes": []}])
    pool = keep(UserPools, [POOL]).resources[POOL["name"]].outputs["id"]
    server = {"name": "acme-dev-users/api", "scopes": [{"name": "read", "description": "Read"}, {"name": "write", "description": "Write"}]}
    group = {"name": "acme-dev-users/providers", "description": "Who sells", "precedence": 10}
    keep(ResourceServers, [server])
    keep(Groups, [group])
    assert keep(ResourceServers, [server]).changed is False and keep(Groups, [group]).changed is False
    assert keep(Groups, [{**group, "precedence": 0}]).changes[0].options == ["precedence"]
    assert keep(Groups, [], remove=("*",)).undeclared == ["acme-dev-users/providers"]

    # A secret that is missing is said before anything is done; its value is nowhere.
    with pytest.raises(Problem, match="no secret google"):
        keep(IdentityProviders, [GOOGLE])
    secrets.create_secret(Name="google", SecretString=json.dumps({"secret": "canary-71c3"}))
    made = keep(IdentityProviders, [GOOGLE])
    assert "canary-71c3" not in repr(made)
    assert idp.describe_identity_provider(UserPoolId=pool, ProviderName="Google")["IdentityProvider"]["ProviderDetails"]["client_secret"] == "canary-71c3"
    assert keep(IdentityProviders, [GOOGLE]).changed is False
    secrets.put_secret_value(SecretId="google", SecretString=json.dumps({"secret": "canary-8d20"}))
    assert keep(IdentityProviders, [GOOGLE]).changes[0].options == ["secret_version"]
    assert idp.describe_identity_provider(UserPoolId=pool, ProviderName="Google")["IdentityProvider"]["ProviderDetails"]["client_secret"] == "canary-8d20"
    assert keep(UserPools, [POOL]).changed is False

    client = keep(Clients, [APP]).resources[APP["name"]].outputs["id"]
    assert keep(Clients, [APP]).changed is False
    keep(Clients, [{**APP, "access_token_minutes": 20, "identity_providers": ["COGNITO", "Google"]}])
    found = idp.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
    assert (found["AccessTokenValidity"], found["RefreshTokenValidity"], found["CallbackURLs"]) == (20, 30, ["acme://signed-in"])
    with pytest.raises(Problem, match="has to begin with https") as refused:
        keep(Clients, [{**APP, "callback_urls": ["http://acme.test/in"], "oauth_flows": ["code", "client_credentials"], "refresh_token_days": 0}])
    assert "stands alone" in str(refused.value) and "refresh_token_days 0" in str(refused.value)
    with pytest.raises(Problem, match="cannot change generate_secret"):
        keep(Clients, [{**APP, "generate_secret": True}])

    domain = {"name": "acme-dev", "user_pool": POOL["name"]}
    assert keep(Domains, [domain]).resources["acme-dev"].outputs["host"] == "acme-dev.auth.eu-west-1.amazoncognito.com"
    assert keep(Domains, [domain]).changed is False
    stranger = idp.create_user_pool(PoolName="stranger")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=stranger, Domain="taken")
    with pytest.raises(Problem, match="domain taken exists and is not ours"):
        keep(Domains, [domain, {"name": "taken", "user_pool": POOL["name"]}])


def test_an_identity_pool(keep: Any, clear: Any, simulator: Any) -> None:
    made = keep(UserPools, [POOL]).resources[POOL["name"]].outputs
    client = keep(Clients, [APP]).resources[APP["name"]].outputs["id"]
    logins = [{"provider": made["provider"], "client_id": client, "server_side_token_check": True}]
    bare = {"name": "acme-dev-users", "allow_unauthenticated": False, "allow_classic_flow": False, "user_pool_clients": logins}
    keep(IdentityPools, [bare])
    mapping = [{"provider": f"{made['provider']}:{client}", "type": "Token", "ambiguous": "AuthenticatedRole", "rules": []}]
    whole = {**bare, "authenticated_role_arn": "arn:aws:iam::123456789012:role/acme-dev-person", "role_mappings": mapping}
    changed = keep(IdentityPools, [whole])
    assert changed.changes[0].options == ["authenticated_role_arn", "role_mappings"]
    # Its first half, asked for again by itself, takes nothing away.
    assert keep(IdentityPools, [bare]).changed is False and keep(IdentityPools, [whole]).changed is False
    identity = simulator.client("cognito-identity")
    pool = identity.describe_identity_pool(IdentityPoolId=changed.resources["acme-dev-users"].outputs["id"])
    assert (pool["AllowUnauthenticatedIdentities"], pool["IdentityPoolTags"]["Layer"]) == (False, "test")
    assert keep(IdentityPools, [], remove=("*",)).undeclared == ["acme-dev-users"]
    clear(IdentityPools)
    assert identity.list_identity_pools(MaxResults=60)["IdentityPools"] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Cognito: pools that forget what an update leaves out, people who sign up and in, tokens that anybody can verify, credentials that open one's own folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError
from simulated import Simulated
from srp import sign_in

REGION = "eu-west-1"
PASSWORD = "Correct-Horse-7"
APP = {
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "PreventUserExistenceErrors": "ENABLED",
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["acme://signed-in"],
}


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


@pytest.fixture
def idp(simulator: Simulated) -> Any:
    return simulator.client("cognito-idp")


def new_pool(idp: Any, name: str = "users", **settings: Any) -> str:
    names = {"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}}
    made = idp.create_user_pool(PoolName=name, AutoVerifiedAttributes=["email"], **names, **settings)
    return str(made["UserPool"]["Id"])


def new_client(idp: Any, pool: str, **settings: Any) -> dict[str, Any]:
    made: dict[str, Any] = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", **{**APP, **settings})["UserPoolClient"]
    return made


def join(simulator: Simulated, client: str, mail: str = "first@acme.test") -> None:
    """Sign up, and confirm with the code that was sent."""
    idp = simulator.client("cognito-idp")
    idp.sign_up(ClientId=client, Username=mail, Password=PASSWORD)
    idp.confirm_sign_up(ClientId=client, Username=mail, ConfirmationCode=simulator.door("messages")[-1]["code"])


def claims(simulator: Simulated, pool: str, token: str, **options: Any) -> dict[str, Any]:
    """What is in a token, if the keys that the pool publishes say that it is the pool's."""
    with urllib.request.urlopen(f"{simulator.endpoint}/{pool}/.well-known/openid-configuration", timeout=10) as answer:
        found = json.load(answer)
    with urllib.request.urlopen(found["jwks_uri"], timeout=10) as answer:
        keys = jwt.PyJWKSet.from_dict(json.load(answer))
    decoded: dict[str, Any] = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]].key, algorithms=["RS256"], issuer=found["issuer"], **options)
    return decoded


def test_people_sign_up_and_in(simulator: Simulated, idp: Any) -> None:
    pool = new_pool(idp)
    client = new_client(idp, pool)["ClientId"]
    idp.create_group(UserPoolId=pool, GroupName="providers", Precedence=1)
    weak = refused(idp.sign_up, ClientId=client, Username="first@acme.test", Password="correct-horse-7")
    assert weak == ("InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters")
    idp.sign_up(ClientId=client, Username="first@acme.test", Password=PASSWORD)
    assert refused(sign_in, cognito=idp, pool_id=pool, client_id=client, name="first@acme.test", password=PASSWORD)[0] == "UserNotConfirmedException"
    code = simulator.door("messages")[-1]["code"]
    other = f"{(int(code) + 1) % 1000000:06d}"
    assert refused(idp.confirm_sign_up, ClientId=client, Username="first@acme.test", ConfirmationCode=other)[0] == "CodeMismatchException"
    idp.confirm_sign_up(ClientId=client, Username="first@acme.test", ConfirmationCode=code)
    idp.admin_add_user_to_group(UserPoolId=pool, Username="first@acme.test", GroupName="providers")

    got = sign_in(idp, pool, client, "First@acme.test", PASSWORD)["AuthenticationResult"]
    identity = claims(simulator, pool, got["IdToken"], audience=client)
    assert (identity["token_use"], identity["email"], identity["email_verified"], identity["cognito:groups"]) == ("id", "first@acme.test", True, ["providers"])
    access = claims(simulator, pool, got["AccessToken"])
    assert (access["token_use"], access["client_id"], access["scope"]) == ("access", client, "aws.cognito.signin.user.admin")
    assert access["exp"] - access["iat"] == got["ExpiresIn"] == 3600
    assert idp.get_user(AccessToken=got["AccessToken"])["Username"] == access["sub"]
    with pytest.raises(jwt.InvalidSignatureError):
        claims(simulator, pool, got["AccessToken"][:-8] + "AAAAAAAA")
    stranger = new_pool(idp, "others")
    with pytest.raises(KeyError):  # the keys of another pool know nothing of it
        claims(simulator, stranger, got["AccessToken"])

    # By password in clear text only where the client says so.
    by_password = {"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "first@acme.test", "PASSWORD": PASSWORD}}
    assert refused(idp.initiate_auth, **by_password) == ("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")

    again = {"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": got["RefreshToken"]}}
    assert claims(simulator, pool, idp.initiate_auth(**again)["AuthenticationResult"]["AccessToken"])["origin_jti"] == access["origin_jti"]
    assert refused(idp.revoke_token, ClientId=client, Token=got["AccessToken"])[0] == "UnsupportedTokenTypeException"
    idp.revoke_token(ClientId=client, Token=got["RefreshToken"])
    assert refused(idp.initiate_auth, **again)[0] == "NotAuthorizedException"
    assert refused(idp.get_user, AccessToken=got["AccessToken"]) == ("NotAuthorizedException", "Access Token has been revoked")


def test_wrong_passwords_tell_nothing_and_lock(simulator: Simulated, idp: Any) -> None:
    """UG cognito/authentication.md, Lockout behavior: the fifth one is followed by a second without any."""
    pool = new_pool(idp)
    client = new_client(idp, pool)["ClientId"]
    join(simulator, client)
    nobody = refused(sign_in, cognito=idp, pool_id=pool, client_id=client, name="second@acme.test", password=PASSWORD)
    wrong = [refused(sign_in, cognito=idp, pool_id=pool, client_id=client, name="first@acme.test", password="Wrong-Horse-7") for _ in range(5)]
    assert {nobody, *wrong} == {("NotAuthorizedException", "Incorrect username or password.")}
    assert refused(sign_in, cognito=idp, pool_id=pool, client_id=client, name="first@acme.test", password=PASSWORD)[1] == "Password attempts exceeded"
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            assert sign_in(idp, pool, client, "first@acme.test", PASSWORD)["AuthenticationResult"]
            break
        except ClientError as error:
            assert error.response["Error"]["Message"] == "Password attempts exceeded"
    # The code for a new password goes to the verified address.
    idp.forgot_password(ClientId=client, Username="second@acme.test")
    idp.forgot_password(ClientId=client, Username="first@acme.test")
    sent = simulator.door("messages")[-1]
    assert (sent["to"], sent["for"]) == ("first@acme.test", "new password")
    idp.confirm_forgot_password(ClientId=client, Username="first@acme.test", ConfirmationCode=sent["code"], Password="Better-Horse-8")
    assert "AuthenticationResult" in sign_in(idp, pool, client, "first@acme.test", "Better-Horse-8")


def _totp(secret: str, at: float) -> str:
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), int(at // 30).to_bytes(8, "big"), "sha1").digest()
    start = digest[-1] & 0xF
    return str(int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF)[-6:].zfill(6)


def test_a_second_factor(simulator: Simulated, idp: Any) -> None:
    """Where it is demanded, who has none sets it up before the first token."""
    pool = new_pool(idp)
    assert refused(idp.set_user_pool_mfa_config, UserPoolId=pool, MfaConfiguration="ON")[0] == "InvalidParameterException"
    idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    client = new_client(idp, pool)["ClientId"]
    join(simulator, client)
    asked = sign_in(idp, pool, client, "first@acme.test", PASSWORD)
    assert asked["ChallengeName"] == "MFA_SETUP"
    given = idp.associate_software_token(Session=asked["Session"])
    now = time.time()
    verified = idp.verify_software_token(Session=given["Session"], UserCode=_totp(given["SecretCode"], now))
    done = idp.respond_to_auth_challenge(
        ClientId=client, ChallengeName="MFA_SETUP", Session=verified["Session"], ChallengeResponses={"USERNAME": "first@acme.test"}
    )
    assert done["AuthenticationResult"]["IdToken"]
    # From now on it is asked for; the code that was used is not taken again.
    asked = sign_in(idp, pool, client, "first@acme.test", PASSWORD)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = {"USERNAME": "first@acme.test", "SOFTWARE_TOKEN_MFA_CODE": _totp(given["SecretCode"], now)}
    how = {"ClientId": client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "ChallengeResponses": answer}
    assert refused(idp.respond_to_auth_challenge, Session=asked["Session"], **how)[0] == "CodeMismatchException"
    asked = sign_in(idp, pool, client, "first@acme.test", PASSWORD)
    answer["SOFTWARE_TOKEN_MFA_CODE"] = _totp(given["SecretCode"], now + 30)
    assert "AuthenticationResult" in idp.respond_to_auth_challenge(Session=asked["Session"], **how)


def test_servers_have_a_secret(simulator: Simulated, idp: Any) -> None:
    pool = new_pool(idp)
    server = {"GenerateSecret": True, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/write"], "CallbackURLs": []}
    assert refused(new_client, idp=idp, pool=pool, **server)[0] == "ScopeDoesNotExistException"
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    idp.create_resource_server(UserPoolId=pool, Identifier="api", Name="api", Scopes=scopes)
    assert refused(new_client, idp=idp, pool=pool, **{**server, "GenerateSecret": False})[0] == "InvalidOAuthFlowException"
    client = new_client(idp, pool, **server)
    idp.create_user_pool_domain(UserPoolId=pool, Domain="acme-users")
    assert refused(idp.create_user_pool_domain, UserPoolId=new_pool(idp, "others"), Domain="acme-users")[1].startswith("Domain already associated")

    def token(secret: str, scope: str) -> dict[str, Any]:
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client["ClientId"], "client_secret": secret, "scope": scope})
        host = {"Host": f"acme-users.auth.{REGION}.amazoncognito.com"}
        request = urllib.request.Request(f"{simulator.endpoint}/oauth2/token", data=form.encode(), headers=host)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return {"status": error.code, **json.load(error)}

    assert token("wrong", "api/write") == {"status": 400, "error": "invalid_client"}
    assert token(client["ClientSecret"], "api/read") == {"status": 400, "error": "invalid_scope"}
    found = claims(simulator, pool, token(client["ClientSecret"], "api/write")["access_token"])
    assert (found["scope"], found["client_id"], found["token_use"]) == ("api/write", client["ClientId"], "access")

    # A user of an app with a secret proves that in every call.
    user = {"ClientId": client["ClientId"], "Username": "first@acme.test", "Password": PASSWORD}
    assert "SECRET_HASH was not received" in refused(idp.sign_up, **user)[1]
    digest = hmac.new(client["ClientSecret"].encode(), f"first@acme.test{client['ClientId']}".encode(), hashlib.sha256).digest()
    assert idp.sign_up(**user, SecretHash=base64.b64encode(digest).decode())["UserSub"]
    assert refused(idp.delete_user_pool, UserPoolId=pool)[0] == "InvalidParameterException"  # its domain goes first
    idp.delete_user_pool_domain(UserPoolId=pool, Domain="acme-users")
    idp.delete_user_pool(UserPoolId=pool)


def test_an_app_gets_a_code_that_nobody_else_can_use(simulator: Simulated, idp: Any) -> None:
    """UG cognito/using-pkce-in-authorization-code.md."""
    pool = new_pool(idp)
    client = new_client(idp, pool)["ClientId"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain="acme-users")
    join(simulator, client)
    verifier = "long-and-random-and-known-to-this-app-alone-1234567890"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": client, "redirect_uri": "acme://signed-in", "scope": "openid", "state": "s1"}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}

    def send(method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, dict[str, Any]]:
        connection = http.client.HTTPConnection(simulator.endpoint.removeprefix("http://"), timeout=10)
        headers = {"Host": f"acme-users.auth.{REGION}.amazoncognito.com", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urllib.parse.urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, answer.headers.get("Location", ""), json.loads(body) if body else {}

    def code() -> str:
        status, location, _ = send("POST", f"/login?{urllib.parse.urlencode(asked)}", {"username": "first@acme.test", "password": PASSWORD})
        back = urllib.parse.parse_qs(location.partition("?")[2])
        assert (status, location.partition("?")[0], back["state"]) == (302, "acme://signed-in", ["s1"])
        return back["code"][0]

    elsewhere = urllib.parse.urlencode({**asked, "redirect_uri": "https://evil.test/"})
    assert send("GET", f"/oauth2/authorize?{elsewhere}") == (400, "", {"error": "redirect_mismatch"})
    status, location, _ = send("GET", f"/oauth2/authorize?{urllib.parse.urlencode(asked)}")
    assert status == 302 and "/login?" in location
    assert send("POST", f"/login?{urllib.parse.urlencode(asked)}", {"username": "first@acme.test", "password": "Wrong-Horse-7"})[0] == 401
    grant = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": "acme://signed-in"}
    assert send("POST", "/oauth2/token", {**grant, "code": code(), "code_verifier": "of somebody who saw the code"})[2] == {"error": "invalid_grant"}
    taken = code()
    got = send("POST", "/oauth2/token", {**grant, "code": taken, "code_verifier": verifier})[2]
    assert claims(simulator, pool, got["id_token"], audience=client)["email"] == "first@acme.test"
    assert claims(simulator, pool, got["access_token"])["scope"] == "openid"
    assert send("POST", "/oauth2/token", {**grant, "code": taken, "code_verifier": verifier})[2] == {"error": "invalid_grant"}
    again = send("POST", "/oauth2/token", {"grant_type": "refresh_token", "client_id": client, "refresh_token": got["refresh_token"]})[2]
    assert set(again) == {"id_token", "access_token", "expires_in", "token_type"}


def test_what_an_update_leaves_out_is_forgotten(idp: Any) -> None:
    """API cognito-idp:UpdateUserPool and UpdateUserPoolClient: "Amazon Cognito sets it to its default value"."""
    policy = {"PasswordPolicy": {"MinimumLength": 14}}
    pool = new_pool(idp, Policies=policy, DeletionProtection="ACTIVE", UserPoolTags={"a": "b"})
    assert refused(idp.delete_user_pool, UserPoolId=pool)[0] == "InvalidParameterException"
    idp.update_user_pool(UserPoolId=pool, Policies=policy)
    found = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert (found["Policies"]["PasswordPolicy"]["MinimumLength"], found["DeletionProtection"]) == (14, "INACTIVE")
    assert not found.get("UserPoolTags") and not found.get("AutoVerifiedAttributes")
    assert found["UsernameAttributes"] == ["email"]
    client = new_client(idp, pool, AccessTokenValidity=5, TokenValidityUnits={"AccessToken": "minutes"})
    idp.update_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"], RefreshTokenValidity=7)
    left = idp.describe_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"])["UserPoolClient"]
    assert left["RefreshTokenValidity"] == 7 and left["ClientName"] == "app"
    assert not left.keys() & {"CallbackURLs", "AccessTokenValidity", "PreventUserExistenceErrors"} and left["AllowedOAuthFlowsUserPoolClient"] is False


@pytest.mark.parametrize(
    ("operation", "settings", "code"),
    [
        ("pool", {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "UserPoolTier": "ESSENTIALS"}, "FeatureUnavailableInTierException"),
        ("pool", {"MfaConfiguration": "ON"}, "InvalidParameterException"),
        ("pool", {"AliasAttributes": ["email"]}, "InvalidParameterException"),
        ("pool", {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}, "InvalidParameterException"),
        ("client", {"CallbackURLs": ["http://acme.test/signed-in"]}, "InvalidParameterException"),
        ("client", {"CallbackURLs": []}, "InvalidParameterException"),
        ("client", {"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException"),
        ("client", {"AccessTokenValidity": 2, "TokenValidityUnits": {"AccessToken": "minutes"}}, "InvalidParameterException"),
        ("client", {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]}, "InvalidParameterException"),
        ("domain", {"Domain": "my-amazon-shop"}, "InvalidParameterException"),
        ("domain", {"Domain": "with.dots"}, "InvalidParameterException"),
        (
            "domain",
            {"Domain": "auth.acme.test", "CustomDomainConfig": {"CertificateArn": f"arn:aws:acm:{REGION}:1:c/a"}},
            "InvalidParameterException",
        ),
        ("provider", {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": {"client_id": "a"}}, "InvalidParameterException"),
        ("provider", {"ProviderName": "Ours", "ProviderType": "Facebook", "ProviderDetails": {}}, "InvalidParameterException"),
    ],
    ids=str,
)
def test_refusals(idp: Any, operation: str, settings: dict[str, Any], code: str) -> None:
    if operation == "pool":
        assert refused(new_pool, idp=idp, **settings)[0] == code
        return
    pool = new_pool(idp)
    calls = {"client": lambda **given: new_client(idp, pool, **given), "domain": idp.create_user_pool_domain, "provider": idp.create_identity_provider}
    assert refused(calls[operation], **settings, **({} if operation == "client" else {"UserPoolId": pool}))[0] == code


def test_credentials_open_ones_own_folder(start_simulator: Any) -> None:
    """With --enforce-iam: a login is verified, and what the role allows is what the credentials can."""
    simulator = start_simulator("--enforce-iam")
    root = {name: simulator.client(name, REGION, "ROOT", "x") for name in ("cognito-idp", "cognito-identity", "iam", "s3")}
    idp, identity = root["cognito-idp"], root["cognito-identity"]
    pool = new_pool(idp)
    client, uninvited = new_client(idp, pool)["ClientId"], new_client(idp, pool)["ClientId"]
    provider = f"cognito-idp.{REGION}.amazonaws.com/{pool}"
    for mail in ("first@acme.test", "second@acme.test"):
        idp.sign_up(ClientId=client, Username=mail, Password=PASSWORD)
        idp.admin_confirm_sign_up(UserPoolId=pool, Username=mail)
    providers = [{"ProviderName": provider, "ClientId": client, "ServerSideTokenCheck": True}]
    name = identity.create_identity_pool(IdentityPoolName="users", AllowUnauthenticatedIdentities=False, CognitoIdentityProviders=providers)["IdentityPoolId"]
    got = sign_in(idp, pool, client, "first@acme.test", PASSWORD)["AuthenticationResult"]
    logins = {provider: got["IdToken"]}

    def not_authorized(**params: Any) -> str:
        code, message = refused(identity.get_id, IdentityPoolId=name, **params)
        assert code == "NotAuthorizedException"
        return message

    assert "Unauthenticated access is not supported" in not_authorized()
    header, payload, signature = got["IdToken"].split(".")
    assert "Couldn't verify" in not_authorized(Logins={provider: f"{header}.{payload}.{signature[::-1]}"})
    assert "claim: aud" in not_authorized(Logins={provider: got["AccessToken"]})
    other = sign_in(idp, pool, uninvited, "first@acme.test", PASSWORD)["AuthenticationResult"]["IdToken"]
    assert "not from a supported provider" in not_authorized(Logins={provider: other})
    mine = identity.get_id(IdentityPoolId=name, Logins=logins)["IdentityId"]
    assert identity.get_id(IdentityPoolId=name, Logins=logins)["IdentityId"] == mine
    assert refused(identity.get_credentials_for_identity, IdentityId=mine, Logins=logins)[0] == "InvalidIdentityPoolConfigurationException"  # no roles yet

    def trust(pool_id: str) -> str:
        condition = {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": pool_id},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        }
        principal = {"Federated": "cognito-identity.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}
        return json.dumps({"Version": "2012-10-17", "Statement": statement})

    role = root["iam"].create_role(RoleName="person", AssumeRolePolicyDocument=trust("eu-west-1:another"))["Role"]["Arn"]
    own = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::acme-media/users/${cognito-identity.amazonaws.com:sub}/*"}
    root["iam"].put_role_policy(RoleName="person", PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    identity.set_identity_pool_roles(IdentityPoolId=name, Roles={"authenticated": role})
    assert refused(identity.get_credentials_for_identity, IdentityId=mine, Logins=logins)[0] == "InvalidIdentityPoolConfigurationException"  # trusts others
    root["iam"].update_assume_role_policy(RoleName="person", PolicyDocument=trust(name))
    keys = identity.get_credentials_for_identity(IdentityId=mine, Logins=logins)["Credentials"]
    assert 3500 < keys["Expiration"].timestamp() - time.time() < 3601

    root["s3"].create_bucket(Bucket="acme-media", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3 = simulator.client("s3", REGION, keys["AccessKeyId"], keys["SecretKey"], aws_session_token=keys["SessionToken"])
    s3.put_object(Bucket="acme-media", Key=f"users/{mine}/picture", Body=b"mine")
    assert refused(s3.put_object, Bucket="acme-media", Key="users/eu-west-1:another/picture", Body=b"")[0] in ("AccessDenied", "AccessDeniedException")
    theirs = sign_in(idp, pool, client, "second@acme.test", PASSWORD)["AuthenticationResult"]["IdToken"]
    assert "Logins don't match" in refused(identity.get_credentials_for_identity, IdentityId=mine, Logins={provider: theirs})[1]
    idp.admin_user_global_sign_out(UserPoolId=pool, Username="first@acme.test")
    assert "signed out" in refused(identity.get_credentials_for_identity, IdentityId=mine, Logins=logins)[1]

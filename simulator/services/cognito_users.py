# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of a Cognito user pool do: sign up, sign in, come back, sign out. API cognito-idp:<operation> is the source of each.

Not here, and answered 501: sign-in without a password, passkeys, custom challenges, devices, codes by SMS. Lambda triggers are not called.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, operation, shows
from simulator.services import _srp
from simulator.services._cognito import (
    FREE_FAILURES,
    LONGEST_LOCK,
    MESSAGES,
    POOLS,
    WRONG_CODES,
    Client,
    Code,
    Pool,
    Session,
    User,
    client_of,
    drawn,
    pool_of,
    post,
    seconds,
    signed_in,
    tokens,
    totp,
    user_of_access_token,
)
from simulator.services.cognito_idp import client_named, page, part

WRONG = "Incorrect username or password."
# UG cognito/user-pool-settings-policies.md: special characters.
SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "
FLOWS = {
    "USER_SRP_AUTH": "ALLOW_USER_SRP_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "REFRESH_TOKEN_AUTH": "ALLOW_REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN": "ALLOW_REFRESH_TOKEN_AUTH",
}


def _refuse(message: str, code: str = "NotAuthorizedException") -> Refused:
    return Refused(code, message)


def check_password(pool: Pool, password: str) -> None:
    """The pool's policy."""
    policy = pool.settings["Policies"]["PasswordPolicy"]
    wanted = [
        (len(password) >= policy["MinimumLength"], "Password not long enough"),
        (not policy["RequireUppercase"] or re.search("[A-Z]", password), "Password must have uppercase characters"),
        (not policy["RequireLowercase"] or re.search("[a-z]", password), "Password must have lowercase characters"),
        (not policy["RequireNumbers"] or re.search("[0-9]", password), "Password must have numeric characters"),
        (not policy["RequireSymbols"] or set(password) & set(SYMBOLS), "Password must have symbol characters"),
    ]
    for met, words in wanted:
        if not met:
            raise _refuse(f"Password did not conform with policy: {words}", "InvalidPasswordException")


@shows("R-COG-29")
def check_secret_hash(client: Client, name: str, given: str | None) -> None:
    """UG cognito/signing-up-users-in-your-app.md: who has a secret proves it in every call, who has none must not."""
    if client.secret and not given:
        raise _refuse(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    wanted = base64.b64encode(hmac.new(client.secret.encode(), f"{name}{client.id}".encode(), hashlib.sha256).digest()).decode()
    if given and (not client.secret or not hmac.compare_digest(wanted, given)):
        raise _refuse(f"Unable to verify secret hash for client {client.id}")


def _user_of(pool: Pool, name: str) -> User:
    user = pool.find(name)
    if user is None:
        raise _refuse("User does not exist.", "UserNotFoundException")
    return user


def _user_hidden(pool: Pool, client: Client, name: str, words: str = WRONG) -> User:
    """A user, or an error that does not tell whether there is one (UG cognito/cognito-user-pool-managing-errors.md)."""
    user = pool.find(name)
    if user is None and client.settings.get("PreventUserExistenceErrors") == "ENABLED":
        raise _refuse(words, "NotAuthorizedException" if words == WRONG else "CodeMismatchException")
    return user or _user_of(pool, name)


def _new_user(context: Context, pool: Pool, name: str, password: str, given: list[Parameters], status: str) -> User:
    attributes = {one["Name"]: one.get("Value", "") for one in given}
    unknown = [key for key in attributes if key not in pool.schema]
    if unknown:
        raise _refuse(f"Attributes did not conform to the schema: Type for attribute {{{unknown[0]}}} could not be determined", "InvalidParameterException")
    by_attribute = pool.fixed.get("UsernameAttributes", [])
    if by_attribute:
        kind = "email" if "@" in name else "phone_number"
        if kind not in by_attribute or not re.fullmatch(r"[^@\s]+@[^@\s]+|\+\d{5,15}", name):
            raise _refuse(
                f"Username should be {'an email' if by_attribute == ['email'] else 'either an email or a phone number'}.", "InvalidParameterException"
            )
        attributes.setdefault(kind, name)
    elif "email" in pool.fixed.get("AliasAttributes", []) and re.fullmatch(r"[^@\s]+@[^@\s]+", name):
        raise _refuse("Username cannot be of email format, since user pool is configured for email alias.", "InvalidParameterException")
    missing = [one["Name"] for one in pool.schema.values() if one["Required"] and one["Name"] != "sub" and not attributes.get(one["Name"])]
    if missing:
        words = "; ".join(f"{one}: The attribute {one} is required" for one in missing)
        raise _refuse(f"Attributes did not conform to the schema: {words}", "InvalidParameterException")
    if pool.find(name) is not None:
        raise _refuse("An account with the given email already exists." if by_attribute else "User already exists", "UsernameExistsException")
    sub = str(mock_random.uuid4())
    fold = str if pool.fixed["UsernameConfiguration"]["CaseSensitive"] else str.lower
    now = context.now()
    user = User(sub if by_attribute else fold(name), sub, {**attributes, "sub": sub}, password, status, now, now)
    pool.users[user.username] = user
    return user


def _send(context: Context, pool: Pool, user: User, purpose: str, hours: float) -> Parameters:
    code = drawn(6, "0123456789")
    delivery = post(pool, user, purpose, code, context.now())
    user.codes[purpose] = Code(code, context.now() + timedelta(hours=hours))
    return delivery


@shows("R-COG-38")
def _check_code(context: Context, user: User, purpose: str, given: str) -> None:
    code = user.codes.get(purpose)
    if code is None or code.until <= context.now():
        raise _refuse("Invalid code provided, please request a code again.", "ExpiredCodeException")
    if code.wrong >= WRONG_CODES:
        raise _refuse("Attempt limit exceeded, please try after some time.", "LimitExceededException")
    if code.text != given:
        code.wrong += 1
        raise _refuse("Invalid verification code provided, please try again.", "CodeMismatchException")
    del user.codes[purpose]
    user.attributes["email_verified"] = "true"


def _admin(context: Context) -> tuple[Pool, User]:
    pool = pool_of(context)
    return pool, _user_of(pool, context.params["Username"])


def _asked(context: Context) -> tuple[Pool, Client]:
    """Pool and client of a call that a user makes."""
    pool, client = client_of(context.params["ClientId"])
    check_secret_hash(client, context.params.get("Username", ""), context.params.get("SecretHash"))
    return pool, client


# Signing up -----------------------------------------------------------------------------------------------------------


@operation("cognito-idp", "SignUp")
def sign_up(context: Context) -> Parameters:
    pool, _ = _asked(context)
    params = context.params
    if pool.settings["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]:
        raise _refuse("SignUp is not permitted for this user pool")
    check_password(pool, params.get("Password", ""))
    user = _new_user(context, pool, params["Username"], params.get("Password", ""), params.get("UserAttributes", []), "UNCONFIRMED")
    answer = {"UserConfirmed": False, "UserSub": user.sub}
    if "email" in pool.settings.get("AutoVerifiedAttributes", []) and user.attributes.get("email"):
        answer["CodeDeliveryDetails"] = _send(context, pool, user, "sign-up", 24)
    return answer


@operation("cognito-idp", "ResendConfirmationCode")
def resend_confirmation_code(context: Context) -> Parameters:
    pool, _ = _asked(context)
    user = _user_of(pool, context.params["Username"])
    if user.status != "UNCONFIRMED":
        raise _refuse("User is already confirmed.", "InvalidParameterException")
    return {"CodeDeliveryDetails": _send(context, pool, user, "sign-up", 24)}


@operation("cognito-idp", "ConfirmSignUp")
def confirm_sign_up(context: Context) -> None:
    pool, client = _asked(context)
    user = _user_hidden(pool, client, context.params["Username"], "Invalid verification code provided, please try again.")
    if user.status != "UNCONFIRMED":
        raise _refuse(f"User cannot be confirmed. Current status is {user.status}")
    _check_code(context, user, "sign-up", context.params["ConfirmationCode"])
    user.status, user.modified = "CONFIRMED", context.now()


@operation("cognito-idp", "AdminConfirmSignUp")
def admin_confirm_sign_up(context: Context) -> None:
    _, user = _admin(context)
    if user.status != "UNCONFIRMED":
        raise _refuse(f"User cannot be confirmed. Current status is {user.status}")
    user.status = "CONFIRMED"


@operation("cognito-idp", "AdminCreateUser")
def admin_create_user(context: Context) -> Parameters:
    pool, params = pool_of(context), context.params
    if params.get("MessageAction") == "RESEND":
        raise Unimplemented("invitations are not sent again")
    password = params.get("TemporaryPassword") or "Aa0!" + drawn(16)
    check_password(pool, password)
    user = _new_user(context, pool, params["Username"], password, params.get("UserAttributes", []), "FORCE_CHANGE_PASSWORD")
    if params.get("MessageAction") != "SUPPRESS" and user.attributes.get("email"):
        post(pool, user, "invitation", password, context.now())
    return {"User": _shown(user, "Attributes")}


def _shown(user: User, member: str) -> Parameters:
    factors = ["SOFTWARE_TOKEN_MFA"] if user.totp_enabled else []
    return {
        "Username": user.username,
        member: [{"Name": name, "Value": value} for name, value in user.attributes.items()],
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": user.enabled,
        "UserStatus": user.status,
        **({"UserMFASettingList": factors, "PreferredMfaSetting": factors[0]} if factors and member == "UserAttributes" else {}),
    }


# What an administrator does -------------------------------------------------------------------------------------------


@operation("cognito-idp", "AdminGetUser")
def admin_get_user(context: Context) -> Parameters:
    return _shown(_admin(context)[1], "UserAttributes")


@operation("cognito-idp", "ListUsers")
def list_users(context: Context) -> Parameters:
    wanted = re.fullmatch(r"""\s*"?([\w:]+)"?\s*(\^?=)\s*"(.*)"\s*""", context.params.get("Filter") or 'username ^= ""')
    if not wanted:
        raise _refuse("Error while parsing filter", "InvalidParameterException")
    name, how, text = wanted.groups()

    def fits(user: User) -> bool:
        known = {"username": user.username, "cognito:user_status": user.status, "status": "Enabled" if user.enabled else "Disabled", **user.attributes}
        return known.get(name) == text if how == "=" else str(known.get(name, "")).startswith(text)

    rows = [_shown(user, "Attributes") for user in pool_of(context).users.values() if fits(user)]
    return page(context, "Users", rows, "Limit", "PaginationToken")


@operation("cognito-idp", "AdminDeleteUser")
def admin_delete_user(context: Context) -> None:
    pool, user = _admin(context)
    del pool.users[user.username]


@operation("cognito-idp", "AdminSetUserPassword")
def admin_set_user_password(context: Context) -> None:
    pool, user = _admin(context)
    check_password(pool, context.params["Password"])
    user.password, user.modified = context.params["Password"], context.now()
    user.status = "CONFIRMED" if context.params.get("Permanent") else "FORCE_CHANGE_PASSWORD"


@operation("cognito-idp", "AdminDisableUser", "AdminEnableUser")
def switch_user(context: Context) -> None:
    pool, user = _admin(context)
    user.enabled = context.operation == "AdminEnableUser"
    if not user.enabled:
        _sign_out(pool, user)


@operation("cognito-idp", "AdminUpdateUserAttributes", "UpdateUserAttributes")
def update_user_attributes(context: Context) -> Parameters:
    if context.operation == "UpdateUserAttributes":
        pool, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    else:
        pool, user = _admin(context)
    for one in context.params["UserAttributes"]:
        if one["Name"] not in pool.schema or not pool.schema[one["Name"]]["Mutable"]:
            raise _refuse(f"user.{one['Name']}: Attribute cannot be updated.", "InvalidParameterException")
        user.attributes[one["Name"]] = one.get("Value", "")
        if one["Name"] in ("email", "phone_number") and context.operation == "UpdateUserAttributes":
            user.attributes[f"{one['Name']}_verified"] = "false"
    user.modified = context.now()
    return {}


@operation("cognito-idp", "AdminAddUserToGroup", "AdminRemoveUserFromGroup")
def change_membership(context: Context) -> None:
    pool, user = _admin(context)
    group = part(context, pool.groups, "GroupName", "Group")["GroupName"]
    if context.operation == "AdminAddUserToGroup":
        user.groups.add(group)
    else:
        user.groups.discard(group)


@operation("cognito-idp", "AdminListGroupsForUser")
def admin_list_groups_for_user(context: Context) -> Parameters:
    pool, user = _admin(context)
    return page(context, "Groups", [group for name, group in pool.groups.items() if name in user.groups], "Limit")


@operation("cognito-idp", "ListUsersInGroup")
def list_users_in_group(context: Context) -> Parameters:
    pool = pool_of(context)
    group = part(context, pool.groups, "GroupName", "Group")["GroupName"]
    return page(context, "Users", [_shown(user, "Attributes") for user in pool.users.values() if group in user.groups], "Limit")


# Signing in -----------------------------------------------------------------------------------------------------------


@operation("cognito-idp", "InitiateAuth")
def initiate_auth(context: Context) -> Parameters:
    pool, client = client_of(context.params["ClientId"])
    if context.params["AuthFlow"].startswith("ADMIN_"):
        raise _refuse("Initiate Auth method not supported.", "InvalidParameterException")
    return _begin(context, pool, client)


@operation("cognito-idp", "AdminInitiateAuth")
def admin_initiate_auth(context: Context) -> Parameters:
    pool, client = client_named(context)
    return _begin(context, pool, client)


@shows("R-COG-30")
def _begin(context: Context, pool: Pool, client: Client) -> Parameters:
    flow, given = context.params["AuthFlow"], context.params.get("AuthParameters", {})
    if flow not in FLOWS:
        raise Unimplemented(f"sign-in by {flow}")
    # What is not in the list of old names is allowed by an old one that stands for it.
    allowed = {{"ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH"}.get(one, one) for one in client.settings["ExplicitAuthFlows"]}
    if FLOWS[flow] not in allowed and flow not in allowed:
        raise _refuse(
            f"{flow} flow not enabled for this client" if "REFRESH" not in flow else "Auth flow not enabled for this client", "InvalidParameterException"
        )
    if FLOWS[flow] == "ALLOW_REFRESH_TOKEN_AUTH":
        return _come_back(context, pool, client, given)
    name = given.get("USERNAME")
    if not name:
        raise _refuse("Missing required parameter USERNAME", "InvalidParameterException")
    check_secret_hash(client, name, given.get("SECRET_HASH"))
    if flow == "USER_SRP_AUTH":
        return _challenge_by_srp(context, pool, client, name, given)
    if not given.get("PASSWORD"):
        raise _refuse("Missing required parameter PASSWORD", "InvalidParameterException")
    user = _user_hidden(pool, client, name)
    judge_password(context.now(), user, user.password == given["PASSWORD"])
    return _after_password(context, pool, client, user)


@shows("R-COG-36")
def judge_password(now: datetime, user: User, right: bool) -> None:
    """Right or wrong, and how often it may be tried."""
    if user.locked_until and now < user.locked_until:
        raise _refuse("Password attempts exceeded")
    if not right:
        user.failures += 1
        if user.failures >= FREE_FAILURES:
            user.locked_until = now + timedelta(seconds=min(LONGEST_LOCK, 2 ** (user.failures - FREE_FAILURES)))
        raise _refuse(WRONG)
    user.failures, user.locked_until = 0, None


def _session(context: Context, client: Client, user: User | None, challenge: str, pool: Pool, **facts: Any) -> str:
    name = drawn(64)
    until = context.now() + timedelta(minutes=client.settings.get("AuthSessionValidity", 3))
    pool.sessions[name] = Session(client, user, challenge, until, facts)
    return name


def _ask(context: Context, pool: Pool, client: Client, user: User, challenge: str, parameters: dict[str, str]) -> Parameters:
    session = _session(context, client, user, challenge, pool)
    return {"ChallengeName": challenge, "Session": session, "ChallengeParameters": {**parameters, "USER_ID_FOR_SRP": user.username}}


def _challenge_by_srp(context: Context, pool: Pool, client: Client, name: str, given: dict[str, str]) -> Parameters:
    if not given.get("SRP_A"):
        raise _refuse("Missing required parameter SRP_A", "InvalidParameterException")
    user = pool.find(name)
    if user is None and client.settings.get("PreventUserExistenceErrors") != "ENABLED":
        raise _refuse("User does not exist.", "UserNotFoundException")
    # Who does not exist is asked like anybody else, and fails by the password.
    name, password = (user.username, user.password) if user else (name, drawn(20))
    asked = _srp.Server(pool.id.partition("_")[2], name, password, given["SRP_A"])
    secret = base64.b64encode(drawn(64).encode()).decode()
    _session(context, client, user, "PASSWORD_VERIFIER", pool, srp=asked, secret=secret)
    parameters = {"SALT": asked.salt, "SRP_B": asked.shown, "SECRET_BLOCK": secret, "USERNAME": name, "USER_ID_FOR_SRP": name}
    return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters}


def _after_password(context: Context, pool: Pool, client: Client, user: User) -> Parameters:
    """The password was right: what else is there to ask?"""
    if not user.enabled:
        raise _refuse("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise _refuse("User is not confirmed.", "UserNotConfirmedException")
    if user.status == "RESET_REQUIRED":
        raise _refuse("Password reset required for the user", "PasswordResetRequiredException")
    if user.status == "FORCE_CHANGE_PASSWORD":
        days = pool.settings["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
        if days and context.now() > user.modified + timedelta(days=days):
            raise _refuse("Temporary password has expired and must be reset by an administrator.")
        return _ask(context, pool, client, user, "NEW_PASSWORD_REQUIRED", {"userAttributes": json.dumps(user.attributes), "requiredAttributes": "[]"})
    return _second_factor(context, pool, client, user)


def _second_factor(context: Context, pool: Pool, client: Client, user: User) -> Parameters:
    mode = pool.settings["MfaConfiguration"]
    if mode != "OFF" and user.totp_verified and (user.totp_enabled or mode == "ON"):
        return _ask(context, pool, client, user, "SOFTWARE_TOKEN_MFA", {"FRIENDLY_DEVICE_NAME": ""})
    if mode == "ON":
        return _ask(context, pool, client, user, "MFA_SETUP", {"MFAS_CAN_SETUP": json.dumps(["SOFTWARE_TOKEN_MFA"] if pool.totp else [])})
    return {"ChallengeParameters": {}, "AuthenticationResult": signed_in(pool, client, user, context.now())}


def _come_back(context: Context, pool: Pool, client: Client, given: dict[str, str]) -> Parameters:
    refresh = pool.refreshes.get(given.get("REFRESH_TOKEN", ""))
    if refresh is None or refresh.client is not client:
        raise _refuse("Invalid Refresh Token")
    if client.secret:
        # Whose token it is says the token; the hash is of the name that the user has in the pool.
        check_secret_hash(client, refresh.user.username, given.get("SECRET_HASH"))
    if refresh.origin in pool.revoked:
        raise _refuse("Refresh Token has been revoked")
    if refresh.until <= context.now():
        raise _refuse("Refresh Token has expired")
    if refresh.user.username not in pool.users or not refresh.user.enabled:
        raise _refuse("User is disabled.")
    return {"ChallengeParameters": {}, "AuthenticationResult": tokens(pool, refresh, context.now())}


@operation("cognito-idp", "RespondToAuthChallenge", "AdminRespondToAuthChallenge")
def respond_to_auth_challenge(context: Context) -> Parameters:
    params = context.params
    pool, client = client_of(params["ClientId"]) if context.operation == "RespondToAuthChallenge" else client_named(context)
    given = params.get("ChallengeResponses", {})
    check_secret_hash(client, given.get("USERNAME", ""), given.get("SECRET_HASH"))
    if params["ChallengeName"] == "PASSWORD_VERIFIER":
        return _verify_srp(context, pool, client, given)
    session = _taken(context, pool, client, params.get("Session", ""), params["ChallengeName"])
    user = session.user
    assert user is not None
    if params["ChallengeName"] == "NEW_PASSWORD_REQUIRED":
        check_password(pool, given.get("NEW_PASSWORD", ""))
        user.password, user.status, user.modified = given["NEW_PASSWORD"], "CONFIRMED", context.now()
        return _second_factor(context, pool, client, user)
    if params["ChallengeName"] == "SOFTWARE_TOKEN_MFA":
        _check_totp(context, user, given.get("SOFTWARE_TOKEN_MFA_CODE", ""), "Invalid code received for user", "CodeMismatchException")
    elif params["ChallengeName"] != "MFA_SETUP" or not session.facts.get("verified"):
        raise _refuse("Invalid session for the user.")
    return {"ChallengeParameters": {}, "AuthenticationResult": signed_in(pool, client, user, context.now())}


def _taken(context: Context, pool: Pool, client: Client, name: str, challenge: str) -> Session:
    """A session, which serves once."""
    session = pool.sessions.pop(name, None)
    if session is None or session.client is not client or session.challenge != challenge:
        raise _refuse("Invalid session for the user.")
    if session.until <= context.now():
        raise _refuse("Invalid session for the user, session is expired.")
    return session


def _verify_srp(context: Context, pool: Pool, client: Client, given: dict[str, str]) -> Parameters:
    secret = given.get("PASSWORD_CLAIM_SECRET_BLOCK", "")
    name = next((name for name, session in pool.sessions.items() if session.facts.get("secret") == secret), "")
    session = _taken(context, pool, client, name, "PASSWORD_VERIFIER")
    right = session.facts["srp"].proves(secret, given.get("TIMESTAMP", ""), given.get("PASSWORD_CLAIM_SIGNATURE", ""))
    if session.user is None:
        raise _refuse(WRONG)
    judge_password(context.now(), session.user, right)
    return _after_password(context, pool, client, session.user)


# Coming back, going -----------------------------------------------------------------------------------------------------


def _sign_out(pool: Pool, user: User) -> None:
    for refresh in pool.refreshes.values():
        if refresh.user is user:
            pool.revoked.add(refresh.origin)


@operation("cognito-idp", "GlobalSignOut")
def global_sign_out(context: Context) -> None:
    pool, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    _sign_out(pool, user)


@operation("cognito-idp", "AdminUserGlobalSignOut")
def admin_user_global_sign_out(context: Context) -> None:
    _sign_out(*_admin(context))


@operation("cognito-idp", "RevokeToken")
@shows("R-COG-40")
def revoke_token(context: Context) -> None:
    """The refresh token, and the access tokens that came from it (UG cognito/token-revocation.md)."""
    pool, client = client_of(context.params["ClientId"])
    if not client.settings.get("EnableTokenRevocation"):
        raise _refuse("Revocation is not enabled for this client.", "UnsupportedOperationException")
    if client.secret and context.params.get("ClientSecret") != client.secret:
        raise _refuse("Invalid client secret.", "UnauthorizedException")
    token = context.params["Token"]
    if token.count(".") == 2 and token not in pool.refreshes:
        raise _refuse("Only refresh tokens can be revoked.", "UnsupportedTokenTypeException")
    refresh = pool.refreshes.get(token)
    if refresh is not None and refresh.client is client:
        pool.revoked.add(refresh.origin)


@operation("cognito-idp", "GetUser")
def get_user(context: Context) -> Parameters:
    _, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    kept = ("Username", "UserAttributes", "UserMFASettingList", "PreferredMfaSetting")
    return {name: value for name, value in _shown(user, "UserAttributes").items() if name in kept}


@operation("cognito-idp", "DeleteUser")
def delete_user(context: Context) -> None:
    pool, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    del pool.users[user.username]


@operation("cognito-idp", "ChangePassword")
def change_password(context: Context) -> None:
    pool, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    judge_password(context.now(), user, user.password == context.params.get("PreviousPassword"))
    check_password(pool, context.params["ProposedPassword"])
    user.password = context.params["ProposedPassword"]


@operation("cognito-idp", "ForgotPassword")
def forgot_password(context: Context) -> Parameters:
    """UG cognito/cognito-user-pool-managing-errors.md: for nobody, a delivery is made up."""
    pool, client = _asked(context)
    user = pool.find(context.params["Username"])
    if user is None and client.settings.get("PreventUserExistenceErrors") == "ENABLED":
        return {"CodeDeliveryDetails": {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}}
    user = user or _user_of(pool, context.params["Username"])
    ways = [one["Name"] for one in pool.settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [{"Name": "verified_email"}])]
    if "verified_email" not in ways:
        raise _refuse("Contact administrator to reset password.")
    if user.attributes.get("email_verified") != "true":
        words = "Cannot reset password for the user as there is no registered/verified email or phone_number"
        raise _refuse(words, "InvalidParameterException")
    return {"CodeDeliveryDetails": _send(context, pool, user, "new password", 1)}


@operation("cognito-idp", "ConfirmForgotPassword")
def confirm_forgot_password(context: Context) -> None:
    pool, client = _asked(context)
    user = _user_hidden(pool, client, context.params["Username"], "Invalid verification code provided, please try again.")
    check_password(pool, context.params["Password"])
    _check_code(context, user, "new password", context.params["ConfirmationCode"])
    user.password, user.status, user.modified = context.params["Password"], "CONFIRMED", context.now()
    user.failures, user.locked_until = 0, None


# An authenticator as second factor ----------------------------------------------------------------------------------------


def _bearer(context: Context) -> tuple[Pool, User, Session | None]:
    """Who asks: by an access token, or in the middle of a sign-in that needs a second factor first."""
    if context.params.get("AccessToken"):
        pool, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
        return pool, user, None
    for pool in _pools_with(context.params.get("Session", "")):
        session = _taken(context, pool, pool.sessions[context.params["Session"]].client, context.params["Session"], "MFA_SETUP")
        assert session.user is not None
        return pool, session.user, session
    raise _refuse("Invalid session for the user.")


def _pools_with(session: str) -> list[Pool]:
    return [pool for pool in POOLS.values() if session in pool.sessions]


@operation("cognito-idp", "AssociateSoftwareToken")
def associate_software_token(context: Context) -> Parameters:
    pool, user, session = _bearer(context)
    if not pool.totp:
        raise _refuse("Software Token MFA is not enabled by the userPool.", "SoftwareTokenMFANotFoundException")
    user.totp_secret, user.totp_verified = drawn(52, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), False
    again = {"Session": _session(context, session.client, user, "MFA_SETUP", pool)} if session else {}
    return {"SecretCode": user.totp_secret, **again}


@operation("cognito-idp", "VerifySoftwareToken")
def verify_software_token(context: Context) -> Parameters:
    pool, user, session = _bearer(context)
    _check_totp(context, user, context.params["UserCode"], "Code mismatch", "EnableSoftwareTokenMFAException")
    user.totp_verified = True
    again = {"Session": _session(context, session.client, user, "MFA_SETUP", pool, verified=True)} if session else {}
    return {"Status": "SUCCESS", **again}


@operation("cognito-idp", "SetUserMFAPreference", "AdminSetUserMFAPreference")
def set_user_mfa_preference(context: Context) -> None:
    if context.operation == "SetUserMFAPreference":
        _, user, _ = user_of_access_token(context.params["AccessToken"], context.now())
    else:
        _, user = _admin(context)
    enabled = bool(context.params.get("SoftwareTokenMfaSettings", {}).get("Enabled"))
    if enabled and not user.totp_verified:
        raise _refuse("User has not verified software token mfa", "InvalidParameterException")
    user.totp_enabled = enabled


@shows("R-COG-37")
def _check_totp(context: Context, user: User, given: str, words: str, code: str) -> None:
    """A code of this half minute or of the one before or after, and none twice."""
    step = seconds(context.now()) // 30
    good = [
        near for near in (step - 1, step, step + 1) if user.totp_secret and near > user.totp_last and hmac.compare_digest(totp(user.totp_secret, near), given)
    ]
    if not good:
        raise _refuse(words, code)
    user.totp_last = good[0]


def messages() -> list[Parameters]:
    """What was sent to users, the oldest first."""
    return [{name: one[name] for name in ("pool", "to", "for", "code")} for one in MESSAGES]

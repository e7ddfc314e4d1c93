# SPDX-License-Identifier: GPL-3.0-or-later
"""User pools and what is in them: one state for the services Cognito identity provider and Cognito identity, and for the pages that need no API call.

Calls of users are not signed and so name no region; pools, clients and tokens say where they belong, and one state holds those of every region.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, on_reset, shows

LETTERS = "abcdefghijklmnopqrstuvwxyz"
USER_SCOPE = "aws.cognito.signin.user.admin"  # of access tokens that a sign-in by API gives (UG cognito/amazon-cognito-user-pools-using-the-access-token.md)
# UG cognito/quotas.md: e-mails that Cognito itself sends, for each account and day.
BUILT_IN_MAILS = 50
# UG cognito/authentication.md, Lockout behavior: from the fifth failed password on, one second, then twice as long each time, at most about 15 minutes.
FREE_FAILURES, LONGEST_LOCK = 5, 900
WRONG_CODES = 5  # UG cognito/quotas.md: 5 to 20 in an hour
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass
class Code:
    """A code that was sent to a user: what for, and until when."""

    text: str
    until: datetime
    wrong: int = 0


@dataclass(eq=False)
class User:
    """A profile in a user pool."""

    username: str
    sub: str
    attributes: dict[str, str]
    password: str
    status: str
    created: datetime
    modified: datetime
    enabled: bool = True
    groups: set[str] = field(default_factory=set)
    codes: dict[str, Code] = field(default_factory=dict)  # by what they are for
    totp_secret: str = ""
    totp_verified: bool = False
    totp_enabled: bool = False
    totp_last: int = -1  # a code is good for one sign-in
    failures: int = 0
    locked_until: datetime | None = None
    signed_out: datetime | None = None  # tokens from before are worth nothing to Cognito's own API


@dataclass(eq=False)
class Client:
    """An app client."""

    id: str
    settings: Parameters
    secret: str
    created: datetime
    modified: datetime

    def seconds(self, kind: str) -> int:
        """How long a token of this kind (AccessToken, IdToken, RefreshToken) is valid."""
        unit = self.settings.get("TokenValidityUnits", {}).get(kind, "days" if kind == "RefreshToken" else "hours")
        return int(self.settings.get(f"{kind}Validity") or (30 if kind == "RefreshToken" else 1)) * _UNITS[unit]

    def shown(self, pool: Pool) -> Parameters:
        """As DescribeUserPoolClient shows it, the secret included."""
        times = {"CreationDate": self.created, "LastModifiedDate": self.modified}
        return {"UserPoolId": pool.id, "ClientId": self.id, **self.settings, **times, **({"ClientSecret": self.secret} if self.secret else {})}


@dataclass(eq=False)
class Refresh:
    """A refresh token, and the sign-in that it came from."""

    client: Client
    user: User
    origin: str
    signed_in: datetime
    until: datetime
    scope: str = USER_SCOPE


@dataclass(eq=False)
class Session:
    """A sign-in on its way: what is asked next."""

    client: Client
    user: User | None
    challenge: str
    until: datetime
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Key:
    """One of a pool's two signing keys; the private one never leaves it."""

    private: rsa.RSAPrivateKey

    @cached_property
    def id(self) -> str:
        """The kid."""
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(hashlib.sha256(self.private.public_key().public_bytes(*form)).digest()).decode()

    def shown(self) -> dict[str, str]:
        """As a JSON web key."""
        numbers = self.private.public_key().public_numbers()
        n, e = (_b64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e))
        return {"alg": "RS256", "e": e, "kid": self.id, "kty": "RSA", "n": n, "use": "sig"}


@dataclass(eq=False)
class Pool:
    """A user pool with all that is in it. `settings` is what DescribeUserPool shows and UpdateUserPool replaces."""

    id: str
    account: str
    region: str
    name: str
    settings: Parameters
    created: datetime
    modified: datetime
    fixed: Parameters = field(default_factory=dict)  # what only its creation says
    schema: dict[str, Parameters] = field(default_factory=dict)
    totp: bool = False
    risk: dict[str, Parameters] = field(default_factory=dict)  # by client id, "" for the pool
    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Parameters] = field(default_factory=dict)
    servers: dict[str, Parameters] = field(default_factory=dict)
    providers: dict[str, Parameters] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)  # origin_jti
    sessions: dict[str, Session] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def provider(self) -> str:
        """Its name as an identity provider; with https:// before it, the issuer of its tokens."""
        return f"cognito-idp.{self.region}.amazonaws.com/{self.id}"

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Its own signing keys, made when they are first needed (UG cognito/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.md: two a pool)."""
        return {use: Key(rsa.generate_private_key(public_exponent=65537, key_size=2048)) for use in ("id", "access")}

    def find(self, name: str) -> User | None:
        """A user by the name, or by what may stand for it."""
        fold = str.lower if not self.fixed.get("UsernameConfiguration", {}).get("CaseSensitive") else str
        for user in self.users.values():
            aliases = [user.username, user.sub]
            aliases += [user.attributes.get(one, "") for one in self.fixed.get("UsernameAttributes", ())]
            aliases += [
                user.attributes.get(one, "")
                for one in self.fixed.get("AliasAttributes", ())
                if one == "preferred_username" or user.attributes.get(f"{one}_verified") == "true"
            ]
            if name and fold(name) in map(fold, aliases):
                return user
        return None

    def claims_of_groups(self, user: User) -> Parameters:
        """UG cognito/cognito-user-pools-user-groups.md: the group with the lowest number prefers a role, unless another has the same."""
        mine = [self.groups[name] for name in self.groups if name in user.groups]
        if not mine:
            return {}
        roles = [group["RoleArn"] for group in mine if group.get("RoleArn")]
        claims: Parameters = {"cognito:groups": [group["GroupName"] for group in mine]}
        if roles:
            claims["cognito:roles"] = roles
            first = min((group["Precedence"] for group in mine if group.get("RoleArn") and "Precedence" in group), default=None)
            preferred = {group["RoleArn"] for group in mine if first is not None and group.get("Precedence") == first and group.get("RoleArn")}
            if len(preferred) == 1:
                claims["cognito:preferred_role"] = preferred.pop()
        return claims


POOLS: dict[str, Pool] = {}
DOMAINS: dict[str, Parameters] = {}  # by host name
IDENTITY_POOLS: dict[str, Any] = {}
MESSAGES: list[Parameters] = []  # e-mails that were sent, codes included


@on_reset
def forget() -> None:
    """An account without pools."""
    for state in (POOLS, DOMAINS, IDENTITY_POOLS, MESSAGES):
        state.clear()  # type: ignore[attr-defined]


def drawn(length: int, characters: str = LETTERS + "0123456789") -> str:
    """Random characters, the same after the same seed."""
    return "".join(mock_random.choice(characters) for _ in range(length))


def pool_of(context: Context, pool_id: str | None = None) -> Pool:
    """The pool that a call names."""
    name = pool_id or context.params["UserPoolId"]
    found = POOLS.get(name)
    if found is None or found.account != context.account or found.region != context.region:
        raise Refused("ResourceNotFoundException", f"User pool {name} does not exist.")
    return found


def client_of(client_id: str) -> tuple[Pool, Client]:
    """A client and its pool, whatever the region."""
    for pool in POOLS.values():
        if client_id in pool.clients:
            return pool, pool.clients[client_id]
    raise Refused("ResourceNotFoundException", f"User pool client {client_id} does not exist.")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seconds(moment: datetime) -> int:
    """Seconds since the epoch of a naive UTC time."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


@shows("R-COG-39")
def sign(key: Key, claims: Parameters) -> str:
    """A JSON web token."""
    parts = [_b64(json.dumps(part, separators=(",", ":")).encode()) for part in ({"kid": key.id, "alg": "RS256"}, claims)]
    signature = key.private.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, _b64(signature)])


class BadToken(Exception):
    """Why a token is not believed."""


def read(token: str) -> tuple[Parameters, Parameters]:
    """Header and claims of a token, whoever signed it. Raises BadToken for what is none."""
    try:
        header, payload, _ = token.split(".")
        read = json.loads(_unb64(header)), json.loads(_unb64(payload))
    except ValueError:
        raise BadToken("Invalid login token. Not a valid OpenID Connect identity token.") from None
    if not all(isinstance(part, dict) for part in read):
        raise BadToken("Invalid login token. Not a valid OpenID Connect identity token.")
    return read


def signed_by(pool: Pool, token: str) -> bool:
    """Whether the signature of a token is that of the pool's key which its header names."""
    try:
        header, payload, signature = token.split(".")
        key = next(key for key in pool.keys.values() if key.id == read(token)[0].get("kid"))
        key.private.public_key().verify(_unb64(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (BadToken, ValueError, StopIteration, InvalidSignature):
        return False
    return True


def believed(token: str, now: datetime) -> tuple[Pool, Parameters]:
    """The pool that issued a token and its claims, where issuer, key, signature and time are right."""
    try:
        claims = read(token)[1]
        pool = POOLS[claims["iss"].rpartition("/")[2]]
    except (BadToken, KeyError, AttributeError):
        pool = None
    if pool is None or not signed_by(pool, token):
        raise BadToken("Invalid login token. Couldn't verify signed token.")
    if claims["iss"] != f"https://{pool.provider}":
        raise BadToken("Invalid login token. Issuer doesn't match providerName")
    if claims["exp"] <= seconds(now):
        raise BadToken(f"Invalid login token. Token expired: {claims['exp']} >= {seconds(now)}")
    return pool, claims


def tokens(pool: Pool, refresh: Refresh, now: datetime) -> Parameters:
    """An ID and an access token of a sign-in (UG cognito/amazon-cognito-user-pools-using-the-id-token.md)."""
    user, client, groups = refresh.user, refresh.client, pool.claims_of_groups(refresh.user)
    begun = {"iss": f"https://{pool.provider}", "sub": user.sub, "origin_jti": refresh.origin, "event_id": str(mock_random.uuid4())}
    begun |= {"auth_time": seconds(refresh.signed_in), "iat": seconds(now)}
    readable = client.settings.get("ReadAttributes")
    shown = {
        name: (value == "true" if name.endswith("_verified") else value)
        for name, value in user.attributes.items()
        if readable is None or name in readable or name.removesuffix("_verified") in readable
    }
    identity = {**shown, **begun, **groups, "aud": client.id, "token_use": "id", "cognito:username": user.username, "jti": str(mock_random.uuid4())}
    named = {"cognito:groups": groups["cognito:groups"]} if groups else {}
    access = {**begun, **named, "client_id": client.id, "token_use": "access", "scope": refresh.scope, "username": user.username}
    access["jti"] = str(mock_random.uuid4())
    return {
        "IdToken": sign(pool.keys["id"], {**identity, "exp": seconds(now) + client.seconds("IdToken")}),
        "AccessToken": sign(pool.keys["access"], {**access, "exp": seconds(now) + client.seconds("AccessToken")}),
        "ExpiresIn": client.seconds("AccessToken"),
        "TokenType": "Bearer",
    }


def signed_in(pool: Pool, client: Client, user: User, now: datetime, scope: str = USER_SCOPE) -> Parameters:
    """All three tokens of a new sign-in."""
    refresh = Refresh(client, user, str(mock_random.uuid4()), now, now + timedelta(seconds=client.seconds("RefreshToken")), scope)
    name = drawn(64, LETTERS + LETTERS.upper() + "0123456789-_")
    pool.refreshes[name] = refresh
    return {**tokens(pool, refresh, now), "RefreshToken": name}


def user_of_access_token(token: str, now: datetime, scope: str = USER_SCOPE) -> tuple[Pool, User, Parameters]:
    """Whose access token this is, for the calls that users make themselves."""
    try:
        pool, claims = believed(token, now)
    except BadToken as problem:
        raise Refused("NotAuthorizedException", "Access Token has expired" if "expired" in str(problem) else "Invalid Access Token") from None
    if claims["token_use"] != "access":
        raise Refused("NotAuthorizedException", "Invalid Access Token")
    user = pool.users.get(claims.get("username", ""))
    if user is None:
        raise Refused("UserNotFoundException", "User does not exist.")
    if claims["origin_jti"] in pool.revoked:
        raise Refused("NotAuthorizedException", "Access Token has been revoked")
    if scope not in claims["scope"].split():
        raise Refused("NotAuthorizedException", "Access Token does not have required scopes")
    if not user.enabled:
        raise Refused("NotAuthorizedException", "User is disabled.")
    return pool, user, claims


@shows("R-COG-18")
def post(pool: Pool, user: User, purpose: str, code: str, now: datetime) -> Parameters:
    """Send a user an e-mail with a code; where to is said as AWS says it, mostly hidden."""
    address = user.attributes.get("email")
    if not address:
        raise Refused("InvalidParameterException", "User has no e-mail address to send a code to.")
    built_in = pool.settings.get("EmailConfiguration", {}).get("EmailSendingAccount", "COGNITO_DEFAULT") == "COGNITO_DEFAULT"
    today = [one for one in MESSAGES if one["account"] == pool.account and one["built_in"] and one["day"] == now.date().isoformat()]
    if built_in and len(today) >= BUILT_IN_MAILS:
        raise Refused(
            "LimitExceededException",
            "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your user pool to use your own "
            "Amazon SES configuration for sending email from your own email address.",
        )
    MESSAGES.append(
        {"account": pool.account, "pool": pool.id, "to": address, "for": purpose, "code": code, "built_in": built_in, "day": now.date().isoformat()}
    )
    name, _, host = address.partition("@")
    return {"Destination": f"{name[:1]}***@{host[:1]}***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def totp(secret: str, step: int) -> str:
    """The code of an authenticator for a step of thirty seconds (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1000000:06d}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS answers to plain HTTP beside its API: the keys of Cognito user pools, and the pages and endpoints of their domains.

The keys are found under their path; what belongs to a domain under its host name, which a client sends as `Host`. The page where people sign in is no
page: it takes what its form would send, `username` and `password`. Who has a second factor cannot sign in there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from moto.moto_api._internal import mock_random

from simulator.answer import Answer
from simulator.api import Simulator
from simulator.registry import Refused
from simulator.request import Request
from simulator.services._cognito import DOMAINS, POOLS, Client, Pool, Session, seconds, sign, signed_in, tokens
from simulator.services.cognito_idp import host_of
from simulator.services.cognito_users import WRONG, judge_password

CODE_LIVES = timedelta(minutes=5)

_WELL_KNOWN = re.compile(r"/([\w-]+_[0-9a-zA-Z]+)/\.well-known/(jwks\.json|openid-configuration)")


def answer(simulator: Simulator, request: Request) -> Answer | None:
    """The answer to a request that is no API call; None where it is one."""
    if found := _WELL_KNOWN.fullmatch(request.path):
        with simulator.lock:
            return _well_known(POOLS.get(found[1]), found[2], request)
    host = request.host.partition(":")[0]
    with simulator.lock:
        domain = next((domain for domain in DOMAINS.values() if host_of(domain) == host), None)
        if domain is None:
            return None
        route = ROUTES.get((request.method, request.path))
        if route is not None:
            return route(POOLS[domain["UserPoolId"]], request, datetime.fromtimestamp(simulator.clock(), UTC).replace(tzinfo=None))
    return _json(501, {"error": "not_simulated", "error_description": f"no page {request.method} {request.path}"})


def _json(status: int, content: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(content).encode())


def _well_known(pool: Pool | None, document: str, request: Request) -> Answer:
    """UG cognito/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.md. The issuer is AWS's name, its keys are here."""
    if pool is None:
        return _json(404, {"message": "User pool does not exist."})
    if document == "jwks.json":
        return _json(200, {"keys": [key.shown() for key in pool.keys.values()]})
    hosts = [host_of(domain) for domain in DOMAINS.values() if domain["UserPoolId"] == pool.id]
    pages = {f"{name}_endpoint": f"https://{hosts[0]}/oauth2/{path}" for name, path in (("authorization", "authorize"), ("token", "token"))} if hosts else {}
    return _json(
        200,
        {
            "issuer": f"https://{pool.provider}",
            "jwks_uri": f"http://{request.host}/{pool.id}/.well-known/jwks.json",
            **pages,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        },
    )


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.get_data(parse_form_data=False).decode()).items()}


def _redirect(url: str, **more: str) -> Answer:
    given = urlencode({name: value for name, value in more.items() if value})
    return Answer(302, {"Location": f"{url}{'&' if '?' in url else '?'}{given}" if given else url})


def _asked(pool: Pool, request: Request) -> tuple[Client | None, str]:
    """UG cognito/authorization-endpoint.md: the client that wants people to sign in, and what is wrong with how it asks."""
    given = request.args
    client = pool.clients.get(given.get("client_id", ""))
    if client is None or given.get("redirect_uri") not in client.settings.get("CallbackURLs", []):
        return None, "redirect_mismatch"
    if given.get("response_type") != "code" or "code" not in client.settings.get("AllowedOAuthFlows", []):
        return client, "unauthorized_client"
    if not set(given.get("scope", "").split()) <= set(client.settings.get("AllowedOAuthScopes", [])):
        return client, "invalid_scope"
    if given.get("code_challenge") and given.get("code_challenge_method") != "S256":
        return client, "invalid_request"
    return client, ""


def _authorize(pool: Pool, request: Request, now: datetime) -> Answer:
    """Where an app sends people; they are sent on to the page where they sign in."""
    client, wrong = _asked(pool, request)
    if client is None:
        return _json(400, {"error": wrong})
    if wrong:
        return _redirect(request.args["redirect_uri"], error=wrong, state=request.args.get("state", ""))
    return _redirect(f"https://{request.host}/login?{request.query_string.decode()}")


def _sign_in(pool: Pool, request: Request, now: datetime) -> Answer:
    """What the page does with a name and a password: back to the app with a code, which is good once and for five minutes."""
    client, wrong = _asked(pool, request)
    if client is None or wrong:
        return _json(400, {"error": wrong})
    form, given = _form(request), request.args
    user = pool.find(form.get("username", ""))
    try:
        if user is None:
            raise Refused("NotAuthorizedException", WRONG)
        judge_password(now, user, user.password == form.get("password"))
    except Refused as refused:
        return _json(401, {"error": refused.message})
    if not user.enabled or user.status != "CONFIRMED" or user.totp_enabled or pool.settings["MfaConfiguration"] == "ON":
        return _json(501, {"error": "not_simulated", "error_description": "only who is confirmed and has no second factor can sign in here"})
    code = str(mock_random.uuid4())
    facts = {"redirect_uri": given["redirect_uri"], "scope": given.get("scope") or " ".join(client.settings["AllowedOAuthScopes"])}
    pool.sessions[code] = Session(client, user, "code", now + CODE_LIVES, {**facts, "challenge": given.get("code_challenge", "")})
    return _redirect(given["redirect_uri"], code=code, state=given.get("state", ""))


def _token(pool: Pool, request: Request, now: datetime) -> Answer:
    """UG cognito/token-endpoint.md."""
    form = _form(request)
    client = _authenticated(pool, form, request.headers.get("Authorization", ""))
    if client is None:
        return _json(400, {"error": "invalid_client"})
    if form.get("grant_type") == "authorization_code":
        return _token_for_code(pool, client, form, now)
    if form.get("grant_type") == "refresh_token":
        refresh = pool.refreshes.get(form.get("refresh_token", ""))
        if refresh is None or refresh.client is not client or refresh.origin in pool.revoked or refresh.until <= now:
            return _json(400, {"error": "invalid_grant"})
        return _tokens(tokens(pool, refresh, now), refresh.scope)
    if form.get("grant_type") != "client_credentials":
        return _json(400, {"error": "unsupported_grant_type"})
    if "client_credentials" not in client.settings.get("AllowedOAuthFlows", []) or not client.settings.get("AllowedOAuthFlowsUserPoolClient"):
        return _json(400, {"error": "unauthorized_client"})
    allowed = client.settings.get("AllowedOAuthScopes", [])
    scopes = form.get("scope", "").split() or allowed
    if not set(scopes) <= set(allowed):
        return _json(400, {"error": "invalid_scope"})
    claims = {"sub": client.id, "token_use": "access", "scope": " ".join(scopes), "auth_time": seconds(now), "iss": f"https://{pool.provider}"}
    claims |= {"iat": seconds(now), "exp": seconds(now) + client.seconds("AccessToken"), "jti": str(mock_random.uuid4()), "client_id": client.id, "version": 2}
    return _json(200, {"access_token": sign(pool.keys["access"], claims), "expires_in": client.seconds("AccessToken"), "token_type": "Bearer"})


def _token_for_code(pool: Pool, client: Client, form: dict[str, str], now: datetime) -> Answer:
    """UG cognito/using-pkce-in-authorization-code.md: who began the sign-in shows what the challenge was made of."""
    session = pool.sessions.pop(form.get("code", ""), None)
    if session is None or session.client is not client or session.challenge != "code" or session.until <= now or session.user is None:
        return _json(400, {"error": "invalid_grant"})
    digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
    proved = not session.facts["challenge"] or hmac.compare_digest(digest, session.facts["challenge"])
    if not proved or form.get("redirect_uri") != session.facts["redirect_uri"]:
        return _json(400, {"error": "invalid_grant"})
    return _tokens(signed_in(pool, client, session.user, now, session.facts["scope"]), session.facts["scope"])


def _tokens(found: dict[str, Any], scope: str) -> Answer:
    """As the endpoint writes them; an ID token only for whoever asked for openid."""
    names = {"AccessToken": "access_token", "RefreshToken": "refresh_token", "ExpiresIn": "expires_in", "TokenType": "token_type"}
    names |= {"IdToken": "id_token"} if "openid" in scope.split() else {}
    return _json(200, {names[name]: value for name, value in found.items() if name in names})


def _authenticated(pool: Pool, form: dict[str, str], authorization: str) -> Client | None:
    """The client that gave its secret, or has none."""
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization.startswith("Basic "):
        try:
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        except ValueError:
            return None
    client = pool.clients.get(name)
    if client is None:
        return None
    digests = [hashlib.sha256(one.encode()).digest() for one in (secret, client.secret)]
    return client if hmac.compare_digest(*digests) else None


ROUTES: dict[tuple[str, str], Callable[[Pool, Request, datetime], Answer]] = {
    ("GET", "/oauth2/authorize"): _authorize,
    ("POST", "/login"): _sign_in,
    ("POST", "/oauth2/token"): _token,
}

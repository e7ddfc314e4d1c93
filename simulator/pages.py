# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS answers to plain HTTP beside its API: the keys and the token endpoint of Cognito user pools.

The keys are found under their path; the pages of a pool's domain under their host name, which a client sends as `Host`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from moto.moto_api._internal import mock_random

from simulator.answer import Answer
from simulator.api import Simulator
from simulator.request import Request
from simulator.services._cognito import DOMAINS, POOLS, Client, Pool, seconds, sign
from simulator.services.cognito_idp import host_of

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
        if (request.method, request.path) == ("POST", "/oauth2/token"):
            return _token(POOLS[domain["UserPoolId"]], request, datetime.fromtimestamp(simulator.clock(), UTC).replace(tzinfo=None))
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


def _token(pool: Pool, request: Request, now: datetime) -> Answer:
    """UG cognito/token-endpoint.md, of which only the grant for servers is here: codes come from a page where people sign in, which is not."""
    form = {name: values[0] for name, values in parse_qs(request.get_data(parse_form_data=False).decode()).items()}
    client = _authenticated(pool, form, request.headers.get("Authorization", ""))
    if client is None:
        return _json(400, {"error": "invalid_client"})
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


def _authenticated(pool: Pool, form: dict[str, str], authorization: str) -> Client | None:
    """The client that gave its secret."""
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization.startswith("Basic "):
        try:
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        except ValueError:
            return None
    client = pool.clients.get(name)
    digests = [hashlib.sha256(one.encode()).digest() for one in (secret, client.secret if client else "")]
    return client if client and client.secret and hmac.compare_digest(*digests) else None

# SPDX-License-Identifier: GPL-3.0-or-later
"""Valkey over TLS. A site without it is slower and forgets its visitors, but it is a site."""

import functools
import logging
import secrets
from collections.abc import Callable
from typing import Any

import redis
from flask import Flask, Request, Response, g, json
from flask.sessions import SecureCookieSession, SessionInterface
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.settings import SETTINGS, with_secret

AUTHORITIES = "/etc/groundswell/authorities.pem"
SECONDS = 86400
COOKIE = "visitor"


def connection() -> redis.Redis:
    address = SETTINGS.get("cache_primary_address")
    if SETTINGS.get("cache_engine", "valkey") != "valkey" or not address:
        raise redis.ConnectionError("the server has not been told where a cache is")

    def connect(token: str) -> redis.Redis:
        client = _client(address, int(SETTINGS.get("cache_port", "6379")), SETTINGS.get("cache_tls", "true") == "true", token)
        client.ping()
        return client

    return with_secret("cache", connect, lambda error: isinstance(error, redis.AuthenticationError))


@functools.lru_cache(maxsize=2)
def _client(address: str, port: int, tls: bool, token: str) -> redis.Redis:
    """Connections are kept from request to request; another token is another client."""
    more = {"ssl": True, "ssl_ca_certs": AUTHORITIES, "ssl_check_hostname": True} if tls else {}
    # No second try: a visitor waits, and there is a way without.
    again = Retry(NoBackoff(), 0)
    return redis.Redis(address, port, password=token or None, socket_connect_timeout=1, socket_timeout=1, retry=again, **more)


def attempt(work: Callable[[redis.Redis], Any], otherwise: Any) -> Any:
    """Does it with the cache, or answers with something else where there is none."""
    if g.get("cache_failed"):
        return otherwise
    try:
        return work(connection())
    except redis.RedisError as error:
        # Once in a request: nobody waits for it twice.
        g.cache_failed = True
        if SETTINGS.get("cache_primary_address"):
            logging.getLogger("gunicorn.error").warning("cache: %s", error)
        return otherwise


class Session(SecureCookieSession):
    """A session of Flask's, with the name that it has in the cache."""

    sid = ""


class Sessions(SessionInterface):
    """Sessions in the cache: any server can answer any visitor."""

    def open_session(self, app: Flask, request: Request) -> Session:
        sid = request.cookies.get(COOKIE, "")
        stored = attempt(lambda cache: cache.get(f"session:{sid}"), None) if sid else None
        session = Session(json.loads(stored) if stored else {})
        # A name that we did not give out is not taken.
        session.sid = sid if stored else ""
        return session

    def save_session(self, app: Flask, session: Session, response: Response) -> None:
        if not session.modified:
            return  # who only looks needs none
        session.sid = session.sid or secrets.token_urlsafe(24)
        if attempt(lambda cache: cache.setex(f"session:{session.sid}", SECONDS, json.dumps(dict(session))), False):
            response.set_cookie(COOKIE, session.sid, httponly=True, samesite="Lax", secure=app.config["SECURE"]())

# SPDX-License-Identifier: GPL-3.0-or-later
"""For people: whether all that the site stands on works.

The load balancer asks for less: a database that is away is no reason to replace every server.
"""

import time
from collections.abc import Callable
from typing import Any

from app import cache, database
from app.settings import SETTINGS


def deep() -> dict[str, dict[str, Any]]:
    return {"writer": _check(lambda: _database(database.writer())), "reader": _check(lambda: _database(database.reader())), "cache": _check(_cache)}


def _database(on: database.Connection) -> dict[str, Any]:
    (cipher,) = database.run(on, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    return {"cipher": cipher["Value"], "version": on.get_server_info()}


def _cache() -> dict[str, Any]:
    cache.connection().ping()
    return {"tls": SETTINGS.get("cache_tls", "true") == "true"}


def _check(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        found = {"status": "ok"} | work()
    except Exception as error:
        found = {"status": "failed", "error": str(error)}
    return found | {"milliseconds": round((time.monotonic() - started) * 1000, 1)}

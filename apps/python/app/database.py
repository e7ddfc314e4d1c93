# SPDX-License-Identifier: GPL-3.0-or-later
"""Writer and readers, over TLS, with the server's certificate verified.

Connections are made when they are needed and not kept: idle ones of all workers of all servers would use up what a small database admits.
"""

import json
from typing import Any

import pymysql
from flask import g
from pymysql.connections import Connection

from app.settings import SETTINGS, ask, with_secret

AUTHORITIES = "/etc/groundswell/authorities.pem"
ACCESS_DENIED, NO_SUCH_TABLE = 1045, 1146
SCHEMA = """
    CREATE TABLE IF NOT EXISTS entries (
        id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
        author VARCHAR(60) NOT NULL,
        message VARCHAR(1000) NOT NULL,
        picture VARCHAR(100) NULL,
        created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) CHARACTER SET utf8mb4
"""


def writer() -> Connection:
    return _at(SETTINGS.get("database_proxy_address") or SETTINGS.get("database_writer_address"))


def reader() -> Connection:
    return _at(SETTINGS.get("database_reader_address") or SETTINGS.get("database_writer_address"))


def close(_: BaseException | None = None) -> None:
    for connection in g.pop("connections", {}).values():
        connection.close()


def _at(address: str) -> Connection:
    """One connection a request and address."""
    if not address:
        raise LookupError("the server has not been told where the database is")
    known = g.setdefault("connections", {})
    if address not in known:
        try:
            known[address] = with_secret("database", lambda secret: _connect(address, secret), lambda error: error.args[:1] == (ACCESS_DENIED,))
        except pymysql.err.OperationalError:
            ask()
            raise
    return known[address]


def _connect(address: str, secret: str) -> Connection:
    login = json.loads(secret or "{}")
    return pymysql.connect(
        host=address,
        port=int(SETTINGS.get("database_port", "3306")),
        user=login.get("username", ""),
        password=login.get("password", ""),
        database=SETTINGS.get("database_name", "app"),
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=3,
        read_timeout=30,
        ssl_ca=AUTHORITIES,
        ssl_verify_cert=True,
        ssl_verify_identity=True,
        cursorclass=pymysql.cursors.DictCursor,
    )


def run(connection: Connection, statement: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """Does it, and once more after making the tables where there are none yet."""
    try:
        return _execute(connection, statement, values)
    except pymysql.err.ProgrammingError as error:
        if error.args[0] != NO_SUCH_TABLE:
            raise
    _execute(writer(), SCHEMA)
    # A replica may not have them yet.
    return _execute(writer(), statement, values)


def _execute(connection: Connection, statement: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

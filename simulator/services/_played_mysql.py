# SPDX-License-Identifier: GPL-3.0-or-later
"""MySQL as far as the function that keeps a database's users talks to it, for functions in a VPC: no database runs here. Takes the place of PyMySQL in the
process of a call; who may log in with what comes from lambda_.py, and goes back there. Imports nothing of the simulator.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

NAMED = r"'(?P<user>\w+)'@'%'"


class MySQLError(Exception):
    """A number, and words."""


class Connection:
    """A session of one user."""

    def __init__(self, databases: dict[str, Any], host: str, user: str, password: str, database: str | None = None, **_: Any) -> None:
        if host not in databases["addresses"]:
            raise MySQLError(2003, f"Can't connect to MySQL server on '{host}'")
        self.state, self.user, self.found = databases["states"][databases["addresses"][host]], user, []
        known, master = self.state["users"].get(user), self.state["master"]
        if user == master["username"]:
            admitted = password in master["passwords"] or not master["passwords"]
        else:
            admitted = known is not None and known["password"] == password
        if not admitted:
            raise MySQLError(1045, f"Access denied for user '{user}'")
        if known and known["locked"]:
            raise MySQLError(3118, f"Access denied for user '{user}'. Account is locked.")
        if database and known and not known["grants"].get(f"`{database}`.*"):
            raise MySQLError(1044, f"Access denied for user '{user}' to database '{database}'")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @contextmanager
    def cursor(self) -> Any:
        yield self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.found

    def execute(self, statement: str, values: Any = None) -> None:
        text = statement % tuple(f"'{value}'" for value in values) if values is not None else statement
        self.found, users = [], self.state["users"]
        if text == "DO 1":
            return
        if self.user != self.state["master"]["username"]:
            raise MySQLError(1227, "Access denied; you need (at least one of) the CREATE USER privilege(s) for this operation")
        if (found := re.fullmatch(rf"ALTER USER {NAMED} IDENTIFIED BY '(?P<password>\w+)'", text)) and found["user"] == self.user:
            self.state["master"]["passwords"] = [found["password"]]
        elif found := re.fullmatch(r"SELECT (user|ssl_type) FROM mysql\.user WHERE user = '(\w+)' AND host = '%'", text):
            known = users.get(found[2])
            self.found = [(found[2] if found[1] == "user" else known["ssl"],)] if known else []
        elif found := re.fullmatch(
            rf"(CREATE|ALTER) USER {NAMED}(?: IDENTIFIED BY '(?P<password>\w+)')?(?P<ssl> REQUIRE SSL)?(?: ACCOUNT (?P<lock>\w+))?", text
        ):
            if (found[1] == "CREATE") == (found["user"] in users):
                raise MySQLError(1396, f"Operation {found[1]} USER failed for '{found['user']}'@'%'")
            known = users.setdefault(found["user"], {"password": "", "ssl": "", "locked": False, "grants": {}})
            known["password"] = found["password"] or known["password"]
            known["ssl"] = "ANY" if found["ssl"] else known["ssl"]
            known["locked"] = found["lock"] == "LOCK" if found["lock"] else known["locked"]
        elif found := re.fullmatch(rf"SHOW GRANTS FOR {NAMED}", text):
            held = {"*.*": ["USAGE"], **{on: what for on, what in users[found["user"]]["grants"].items() if what}}
            self.found = [(f"GRANT {', '.join(what)} ON {on} TO `{found['user']}`@`%`",) for on, what in held.items()]
        elif found := re.fullmatch(rf"(GRANT|REVOKE) (?P<what>[A-Z ,]+) ON (?P<on>\S+) (?:TO|FROM) {NAMED}", text):
            grants, what = users[found["user"]]["grants"], set(found["what"].split(", "))
            held = set(grants.get(found["on"], []))
            grants[found["on"]] = sorted(held | what if found[1] == "GRANT" else held - what)
        else:
            raise MySQLError(1064, "You have an error in your SQL syntax")


def install(databases: dict[str, Any]) -> None:
    """Whatever imports PyMySQL from now on gets this."""
    module = ModuleType("pymysql")
    module.connect = lambda **options: Connection(databases, **options)  # type: ignore[attr-defined]
    module.err = SimpleNamespace(MySQLError=MySQLError, OperationalError=MySQLError)  # type: ignore[attr-defined]
    sys.modules["pymysql"] = module

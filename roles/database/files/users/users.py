# SPDX-License-Identifier: GPL-3.0-or-later
"""The users by which the application logs in to its database: two, who take turns. Runs as a function, near the database.

    {"step": "ensure"}                     both are there, with what they may do, and the one that the secret names is let in
    {"step": "accept", "secret": ARN}      whoever comes with the value that is pending is let in too
    {"step": "retire", "secret": ARN}      whoever comes with the value of before is refused

Secrets Manager's own steps (createSecret, setSecret, testSecret, finishSecret) are understood as well. Each step may be repeated. Answers in words what was
done, or fails with what is wrong; never says a password.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import ssl
import string
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
from instance import ask

AUTHORITIES = Path(__file__).with_name("authorities.pem")
CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
# Wrong password, no way into the schema, locked: in the words of MySQL, and of MariaDB.
REFUSED = (1044, 1045, 1698, 3118, 4151)
PATIENCE = 20.0  # seconds: until a copy has heard of a change, or a new policy of IAM has spread
LENGTH = 32
NAME, PRIVILEGE = re.compile(r"[A-Za-z0-9_]{1,32}"), re.compile(r"[A-Z ]+")
# What stands between quotes in a statement without having to be quoted itself.
PLAIN = re.compile(r"[A-Za-z0-9]{16,}")
Login = dict[str, str]


class Wrong(Exception):
    """What somebody has to know."""


def patiently(work: Callable[[], Any], again: Callable[[Exception], bool]) -> Any:
    """Does it, and once more a little later as long as that may help."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except Exception as error:
            if not again(error) or time.monotonic() > until:
                raise
        time.sleep(1)


# Secrets ------------------------------------------------------------------------------------------------------------------


def manager(action: str, arn: str, **options: Any) -> dict[str, Any]:
    def work() -> Any:
        return ask(arn.split(":")[3], "secretsmanager", f"secretsmanager.{action}", SecretId=arn, **options)

    return dict(patiently(work, lambda error: "AccessDenied" in str(error)))


def value_of(arn: str, stage: str = CURRENT) -> dict[str, Any]:
    """What a secret says in a stage, nothing where it has none."""
    try:
        return dict(json.loads(manager("GetSecretValue", arn, VersionStage=stage)["SecretString"]))
    except RuntimeError as error:
        if "ResourceNotFoundException" in str(error):
            return {}
        raise


def password() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))


# The database -------------------------------------------------------------------------------------------------------------


class Place:
    """What the function was told about its surroundings."""

    def __init__(self) -> None:
        about = os.environ
        self.secret, self.master, self.schema = about["SECRET"], about["MASTER_SECRET"], about["SCHEMA"]
        # Wherever the application logs in, the one that is written to first.
        self.addresses, self.port = about["ADDRESSES"].split(","), int(about["PORT"])
        self.users, self.privileges = about["USERS"].split(","), about["PRIVILEGES"].split(",")
        self.proxy_secrets: dict[str, str] = json.loads(about.get("PROXY_SECRETS") or "{}")
        if wrong := [name for name in self.users if not NAME.fullmatch(name)] + [one for one in self.privileges if not PRIVILEGE.fullmatch(one)]:
            raise Wrong(f"neither a user nor a privilege: {', '.join(wrong)}")

    @contextmanager
    def session(self, address: str, login: Login, schema: str | None = None) -> Iterator[Any]:
        """Over TLS, with the server's certificate verified."""
        trusted = ssl.create_default_context()
        if AUTHORITIES.exists():
            trusted.load_verify_locations(AUTHORITIES)
        connection = pymysql.connect(
            host=address, port=self.port, user=login["username"], password=login["password"], database=schema, ssl=trusted, charset="utf8mb4",
            autocommit=True, connect_timeout=5, read_timeout=15, write_timeout=15,
        )  # fmt: skip
        with connection, connection.cursor() as cursor:
            yield cursor

    def admits(self, address: str, login: Login) -> bool:
        """Whether the application gets into its schema with it."""
        try:
            with self.session(address, login, self.schema) as cursor:
                cursor.execute("DO 1")
        except pymysql.err.MySQLError as error:
            if error.args[0] in REFUSED:
                return False
            raise
        return True

    def await_everywhere(self, login: Login) -> None:
        """Copies hear of a change a little later, and a proxy of a secret."""

        def look() -> None:
            refusing = [address for address in self.addresses if not self.admits(address, login)]
            if refusing:
                raise Wrong(f"{login['username']} is refused by {', '.join(refusing)}")

        patiently(look, lambda error: isinstance(error, Wrong))

    def tell_proxy(self, login: Login) -> list[str]:
        """A proxy has a secret for each user."""
        arn = self.proxy_secrets.get(login["username"])
        if not arn or value_of(arn).get("password") == login["password"]:
            return []
        manager("PutSecretValue", arn, SecretString=json.dumps(login), ClientRequestToken=secrets.token_hex(16))
        return [f"the proxy is told the password of {login['username']}"]

    @contextmanager
    def administration(self) -> Iterator[Administration]:
        """A session of the master's, whose password RDS may just be exchanging."""

        def enter() -> Any:
            around = self.session(self.addresses[0], value_of(self.master))
            return around, around.__enter__()

        around, cursor = patiently(enter, lambda error: isinstance(error, pymysql.err.MySQLError) and error.args[0] in REFUSED)
        try:
            yield Administration(self, cursor)
        finally:
            around.__exit__(None, None, None)

    def other(self, user: str) -> str:
        """Whose turn it is after somebody's."""
        if user not in self.users:
            raise Wrong(f"the secret names {user}, which is none of the application's users {', '.join(self.users)}")
        return self.users[1 - self.users.index(user)]


class Administration:
    """What the master does about the application's users. `done` says so in words."""

    def __init__(self, place: Place, cursor: Any) -> None:
        self.place, self.cursor = place, cursor
        self.done: list[str] = []

    def rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(statement, values)
        return list(self.cursor.fetchall())

    def do(self, words: str, statement: str, *values: str) -> None:
        self.cursor.execute(statement, values)
        self.done.append(words)

    def admit(self, login: Login) -> None:
        """With this password from now on, over TLS only."""
        user = login["username"]
        known = self.rows("SELECT user FROM mysql.user WHERE user = %s AND host = '%%'", user)
        verb = "ALTER" if known else "CREATE"
        self.do(f"{user} is let in", f"{verb} USER %s@'%%' IDENTIFIED BY %s REQUIRE SSL ACCOUNT UNLOCK", user, login["password"])
        self.limit(user)

    def lock(self, user: str) -> None:
        """Nobody knows the password, and nobody would get in with it."""
        self.do(f"{user} is locked", "ALTER USER %s@'%%' IDENTIFIED BY %s ACCOUNT LOCK", user, password())

    def keep(self, user: str) -> None:
        """There, locked if it has to be made, with what the application may do."""
        known = self.rows("SELECT ssl_type FROM mysql.user WHERE user = %s AND host = '%%'", user)
        if not known:
            self.do(f"{user} is made", "CREATE USER %s@'%%' IDENTIFIED BY %s REQUIRE SSL ACCOUNT LOCK", user, password())
        elif not known[0][0]:
            self.do(f"{user} has to use TLS", "ALTER USER %s@'%%' REQUIRE SSL", user)
        self.limit(user)

    def limit(self, user: str) -> None:
        """What is missing is granted before anything else is taken away: it is used meanwhile."""
        schema = re.sub(r"([_%])", r"\\\1", self.place.schema.replace("`", "``"))
        ours, wanted, held = f"`{schema}`.*", set(self.place.privileges), set[str]()
        beyond = []
        for (line,) in self.rows("SHOW GRANTS FOR %s@'%%'", user):
            found = re.match(r"GRANT (?P<what>.+?)(?: ON (?P<on>(?:`(?:[^`]|``)*`|\S)+))? TO (?P<rest>.*)", line)
            what = set(re.split(r",\s*(?![^()]*\))", found["what"])) if found else set()
            if "GRANT OPTION" in line:
                beyond.append(("GRANT OPTION", found["on"]))
            if found["on"] == ours:
                held, more = what & wanted, what - wanted
            else:
                more = what - {"USAGE"}
            beyond += [(one, found["on"]) for one in sorted(more)]
        grant = f"GRANT {', '.join(sorted(wanted))} ON {_quoted(ours)} TO %s@'%%'"
        if missing := sorted(wanted - held):
            self.do(f"{user} may {', '.join(missing)}", grant, user)
        for one, on in beyond:
            self.do(f"{user} may no more {one}", f"REVOKE {_quoted(one)}{f' ON {_quoted(on)}' if on else ''} FROM %s@'%%'", user)
        if ("ALL PRIVILEGES", ours) in beyond:
            self.cursor.execute(grant, (user,))


def _quoted(text: str) -> str:
    """In a statement with values, which has % of its own."""
    return text.replace("%", "%%")


# Steps --------------------------------------------------------------------------------------------------------------------


def ensure(place: Place) -> list[str]:
    current = value_of(place.secret)
    place.other(current["username"])
    with place.administration() as administration:
        for user in place.users:
            administration.keep(user)
        if not place.admits(place.addresses[0], current):
            administration.admit(current)
    done = administration.done + place.tell_proxy(current)
    place.await_everywhere(current)
    return done


def accept(place: Place, arn: str) -> list[str]:
    current, pending = value_of(arn), value_of(arn, PENDING)
    if not pending:
        return []
    if not PLAIN.fullmatch(pending["password"]):
        raise Wrong("the pending password is not made of 16 or more letters and digits")
    if arn == place.master:
        return _accept_master(place, current, pending)
    if pending["username"] not in (place.other(current["username"]), current["username"]) or (
        pending["username"] == current["username"] and pending["password"] != current["password"]
    ):
        raise Wrong(f"the pending value names {pending['username']}, and it is the turn of {place.other(current['username'])}")
    done: list[str] = []
    if not place.admits(place.addresses[0], pending):
        with place.administration() as administration:
            administration.admit(pending)
        done = administration.done
    done = done + place.tell_proxy(pending)
    place.await_everywhere(pending)
    return done


def _accept_master(place: Place, current: Login, pending: Login) -> list[str]:
    """The master has one password, which nobody else comes with: between this and the secret's being current, nobody is refused."""
    if place.admits(place.addresses[0], pending):
        return []
    with place.session(place.addresses[0], current) as cursor:
        cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", (current["username"], pending["password"]))
    if not place.admits(place.addresses[0], pending):
        raise Wrong("the database does not take the pending password of the master")
    return [f"{pending['username']} has the pending password"]


def retire(place: Place, arn: str) -> list[str]:
    current, previous = value_of(arn), value_of(arn, PREVIOUS)
    # A user's own password of before was refused from the moment when it got another.
    if not previous or arn == place.master or previous["username"] == current["username"]:
        return []
    place.other(previous["username"])
    place.await_everywhere(current)
    if not place.admits(place.addresses[0], previous):
        return []
    with place.administration() as administration:
        administration.lock(previous["username"])
    if place.admits(place.addresses[0], previous):
        raise Wrong(f"{previous['username']} is still let in")
    return administration.done


# Secrets Manager's steps (UG secretsmanager/rotate-secrets_lambda-functions.md) -------------------------------------------


def create_secret(place: Place, arn: str, token: str) -> list[str]:
    stages = manager("DescribeSecret", arn)["VersionIdsToStages"]
    if PENDING in stages.get(token, []) and value_of(arn, PENDING):
        return []
    if CURRENT in stages.get(token, []):
        return []
    user = place.other(value_of(arn)["username"])
    fresh = json.dumps({**value_of(arn), "username": user, "password": password()})
    manager("PutSecretValue", arn, ClientRequestToken=token, SecretString=fresh, VersionStages=[PENDING])
    return [f"{user} is pending"]


def finish_secret(arn: str, token: str) -> list[str]:
    stages = manager("DescribeSecret", arn)["VersionIdsToStages"]
    (current,) = [version for version, names in stages.items() if CURRENT in names]
    if current == token:
        return []
    manager("UpdateSecretVersionStage", arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=current)
    return ["the pending value is current"]


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    place = Place()
    arn, token = event.get("secret") or event.get("SecretId") or place.secret, event.get("ClientRequestToken", "")
    steps: dict[str, Callable[[], Any]] = {
        "ensure": lambda: ensure(place),
        "accept": lambda: accept(place, arn),
        "retire": lambda: retire(place, arn),
        "createSecret": lambda: create_secret(place, arn, token),
        "setSecret": lambda: accept(place, arn),
        "testSecret": lambda: place.await_everywhere(value_of(arn, PENDING)),
        "finishSecret": lambda: finish_secret(arn, token),
    }
    step = event.get("step") or event.get("Step")
    if step not in steps or arn not in (place.secret, place.master):
        raise Wrong(f"there is no step {step} for {arn}")
    try:
        done = steps[step]() or []
    except pymysql.err.MySQLError as error:
        # Not what it says: that may repeat the statement.
        raise Wrong(f"the database answers with error {error.args[0] if error.args else type(error).__name__}") from None
    print(json.dumps({"step": step, "done": done}))
    return {"changed": bool(done), "done": done}

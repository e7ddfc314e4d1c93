#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look into a database as the application does: with its settings, its password and TLS, but at another address.

    groundswell-validate ADDRESS QUERIES SECONDS

QUERIES is a JSON list in base64: {"name": ..., "query": "SELECT ...", "at_least": ...}, each about one value. Prints what was found as JSON, and ends well
whatever that is: `verdict` is good, bad (`problems` say why), or unknown where nobody got in. Nothing can be written meanwhile. Counting takes SECONDS at
most; tables that are not counted by then have the size that the database believes.
"""

import base64
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

SETTINGS = Path("/etc/groundswell/settings.json")
SECRETS = Path("/run/groundswell/secrets.json")
AUTHORITIES = Path("/etc/groundswell/authorities.pem")
SHOWN, SAID = 100, 20  # tables and problems; Run Command shows 24,000 characters of what is printed
# One statement of one line that reads. What the client itself would act on begins with a backslash or stands at the beginning of a line.
READS = re.compile(r"SELECT\s[^;\\\n\r]+", re.IGNORECASE)
DENIED, NO_SCHEMA = "1045", "1049"


class Refused(Exception):
    """What the server or the client said."""

    def __init__(self, said):
        found = re.search(r"ERROR (\d+).*", said, re.DOTALL)
        super().__init__(" ".join((found.group() if found else said).split())[:500])
        self.code = found.group(1) if found else ""


class Database:
    def __init__(self, address, until):
        settings, login = json.loads(SETTINGS.read_text()), json.loads(json.loads(SECRETS.read_text())["database"])
        self.schema, self.until, self.limit = settings.get("database_name", "app"), until, ""
        self._environment = {**os.environ, "MYSQL_PWD": login["password"]}
        self._command = [
            "mariadb", "--no-defaults", "--batch", "--skip-column-names", "--protocol=tcp", "--connect-timeout=10", "--default-character-set=utf8mb4",
            f"--ssl-ca={AUTHORITIES}", "--ssl-verify-server-cert", f"--host={address}", f"--port={settings.get('database_port', '3306')}",
            f"--user={login['username']}",
        ]  # fmt: skip

    def rows(self, statement):
        """The rows of one statement, in a session of its own that can only read."""
        command = [*self._command, "--init-command=SET SESSION TRANSACTION READ ONLY", "--execute", self.limit + statement, self.schema]
        done = subprocess.run(command, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def at_most(self, seconds, version):
        """From now on, no statement takes longer."""
        self.limit = f"SET SESSION {f'max_statement_time={seconds}' if 'MariaDB' in version else f'max_execution_time={seconds * 1000}'}; "


def tables(database, found, problems):
    """Each table can be opened, and how many rows are in it."""
    about = database.rows(
        "SELECT TABLE_NAME, ENGINE, COALESCE(TABLE_ROWS, 0), TABLE_COMMENT FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME"
    )
    sizes, believed = {}, []
    for name, engine, rows, *comment in about:
        if engine == "NULL":
            problems.append(f"the table {name} cannot be opened: {' '.join(comment)}")
            continue
        sizes[name] = int(rows)
        if "\\" in name or time.monotonic() > database.until:
            believed.append(name)
            continue
        try:
            quoted = name.replace("`", "``")
            sizes[name] = int(database.rows(f"SELECT COUNT(*) FROM `{quoted}`")[0][0])
        except Refused as refused:
            if refused.code in ("1969", "3024"):  # took too long, in the words of MariaDB and of MySQL
                believed.append(name)
            else:
                problems.append(f"the table {name} cannot be read: {refused}")
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))
    found.update(tables=len(about), rows=sum(sizes.values()), rows_by_table={name: sizes[name] for name in largest[:SHOWN]})
    if believed:
        found["not_counted"] = {"tables": len(believed), "for_example": believed[:5]}


def enough(value, least):
    """Numbers as numbers, all else (times, for example) as text."""
    try:
        return float(value) >= float(least)
    except ValueError:
        return str(value) >= str(least)


def ask(database, query, problems):
    """One value, and whether it is large enough."""
    name, text, least = str(query["name"]), str(query["query"]), query.get("at_least")
    if not READS.fullmatch(text.strip()):
        problems.append(f"{name}: the query is not one SELECT in one line, without a semicolon and without a backslash")
        return {"name": name, "value": None, "good": False}
    try:
        rows = database.rows(text)
    except Refused as refused:
        problems.append(f"{name}: {refused}")
        return {"name": name, "value": None, "good": False}
    value = rows[0][0] if rows and rows[0][0] != "NULL" else None
    good = least is None or (value is not None and enough(value, least))
    if not good:
        problems.append(f"{name}: {'nothing' if value is None else value[:200]}, and it has to be {least} at least")
    return {"name": name, "value": value and value[:200], **({} if least is None else {"at_least": least}), "good": good}


def validate(address, queries, seconds):
    found = {"address": address, "verdict": "unknown", "problems": []}
    problems = found["problems"]
    try:
        database = Database(address, time.monotonic() + seconds)
    except (OSError, KeyError, ValueError) as problem:
        problems.append(f"this server does not talk to a database: {problem!r}")
        return found
    try:
        ((version,),) = database.rows("SELECT VERSION()")
    except OSError as problem:
        problems.append(f"there is no client on this server: {problem}")
        return found
    except Refused as refused:
        if refused.code == NO_SCHEMA:
            found["verdict"] = "bad"
        elif refused.code == DENIED:
            problems.append("the password was changed since that time")
        problems.append(str(refused))
        return found
    database.at_most(max(seconds, 1), version)
    found["version"] = version
    tables(database, found, problems)
    found["checks"] = [ask(database, query, problems) for query in queries]
    found["verdict"] = "bad" if problems else "good"
    if len(problems) > SAID:
        problems[SAID:] = [f"{len(problems) - SAID} more"]
    return found


def main(words):
    if len(words) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    print(json.dumps(validate(words[0], json.loads(base64.b64decode(words[1]) or b"[]"), int(words[2]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

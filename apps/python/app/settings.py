# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server was told about its surroundings. Read again when it changes, so that a change needs no restart."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 8.0  # seconds: while a password is being changed, the old and the new one may both be refused
SELDOM = 30.0  # seconds: a database that is away for a while is no reason to ask all the time
WANTED = Path("/run/groundswell/wanted/secrets")


class File:
    """A JSON file that may be replaced at any time, or not be there."""

    def __init__(self, path: str) -> None:
        self.path, self.seen, self.values = Path(path), None, {}

    def get(self, name: str, otherwise: str = "") -> str:
        try:
            about = self.path.stat()
        except FileNotFoundError:
            return otherwise
        if self.seen != (about.st_mtime_ns, about.st_ino):
            self.values = json.loads(self.path.read_text())
            self.seen = (about.st_mtime_ns, about.st_ino)
        return self.values.get(name) or otherwise


SETTINGS = File("/etc/groundswell/settings.json")
SECRETS = File("/run/groundswell/secrets.json")


def ask() -> None:
    """Asks for what may have changed, such as the address of another database that has taken over. For the next requests: nobody waits for it."""
    try:
        if not WANTED.exists() or time.time() - WANTED.stat().st_mtime >= SELDOM:
            WANTED.touch()
    except OSError:
        pass


def with_secret(name: str, connect: Callable[[str], Any], refused: Callable[[Exception], bool]) -> Any:
    """Connects, and connects again with fresh secrets when those at hand were refused."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return connect(SECRETS.get(name))
        except Exception as error:
            if not refused(error) or time.monotonic() > until:
                raise
        # Asks the server to fetch them, which the application itself may not.
        try:
            WANTED.touch()
        except OSError:
            pass
        time.sleep(0.5)

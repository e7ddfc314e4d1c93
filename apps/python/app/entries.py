# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the book."""

from typing import Any

from flask import json

from app import cache, database

KEY, SHOWN, SECONDS = "entries:latest", 20, 10


def latest() -> list[dict[str, Any]]:
    cached = cache.attempt(lambda on: on.get(KEY), None)
    return json.loads(cached) if cached else _remember(database.reader())


def add(author: str, message: str, picture: str | None) -> None:
    writer = database.writer()
    database.run(writer, "INSERT INTO entries (author, message, picture) VALUES (%s, %s, %s)", (author, message, picture))
    # From the writer, for who has just written wants to see it and replicas may be behind.
    _remember(writer)


def _remember(source: database.Connection) -> list[dict[str, Any]]:
    entries = database.run(source, f"SELECT author, message, picture, created FROM entries ORDER BY id DESC LIMIT {SHOWN}")
    for entry in entries:
        entry["created"] = str(entry["created"])
    cache.attempt(lambda on: on.setex(KEY, SECONDS, json.dumps(entries)), None)
    return entries

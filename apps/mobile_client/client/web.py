# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests over HTTP, as a device makes them."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body; nothing where it is empty."""
        return json.loads(self.body) if self.body else None


class Refused(Exception):
    """The other side said no. `answer` has its words."""

    def __init__(self, asked: str, answer: Answer) -> None:
        super().__init__(f"{asked}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        self.answer = answer


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None, through: str = "") -> Answer:
    """One request. `through`: the URL of a simulator that answers for every host. Raises OSError where nobody answers."""
    headers = dict(headers or {})
    if through:
        meant = urllib.parse.urlsplit(url)
        headers["Host"], url = meant.netloc, through.rstrip("/") + meant._replace(scheme="", netloc="").geturl()
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read())


def form(fields: dict[str, str], name: str, content_type: str, content: bytes) -> tuple[str, bytes]:
    """A form with one file, which S3 wants last: its content type and body (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'.encode()
    return f"multipart/form-data; boundary={boundary}", b"".join([*parts, head, content, f"\r\n--{boundary}--\r\n".encode()])

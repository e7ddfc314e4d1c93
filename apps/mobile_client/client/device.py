# SPDX-License-Identifier: GPL-3.0-or-later
"""One device of a user: what it has, what was changed on it, and how it stays in step with the user's other devices."""

from __future__ import annotations

import json
import secrets
import urllib.parse
from typing import Any

from .account import Account
from .web import Answer, Refused, ask, form

Item = dict[str, Any]
_MOST_CHANGES = 25  # that the back end takes at once


class Device:
    """Talks to the back end as the user who is signed in. Raises web.Refused where that says no. An app keeps `id` as long as it is installed."""

    def __init__(self, name: str, configuration: dict[str, str], account: Account) -> None:
        self.id, self.account = f"{name}-{secrets.token_hex(8)}", account
        self._url, self._through = configuration["api_url"].rstrip("/"), configuration.get("endpoint", "")
        self.items: dict[str, Item] = {}
        self.messages: dict[str, Item] = {}
        self._changed: dict[str, Item] = {}
        self._since = ""

    def request(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """One request with the user's token, whatever the answer."""
        url = f"{self._url}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        headers = {"Authorization": f"Bearer {self.account.token}", **({"Content-Type": "application/json"} if body is not None else {})}
        return ask(method, url, headers, None if body is None else json.dumps(body).encode(), self._through)

    def _ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = self.request(method, path, body, **query)
        if answer.status >= 300:
            raise Refused(f"{method} {path}", answer)
        return answer.json()

    def introduce(self, name: str) -> None:
        """A profile with this name, over the one that is there."""
        version = self._ask("GET", "/profile")["version"]
        self._ask("PUT", "/profile", {"name": name, "version": version})

    def post(self, item_id: str, title: str, text: str = "", picture: tuple[str, bytes] | None = None) -> Item:
        """A new item, with a picture (content type and bytes) that goes straight to S3."""
        media = {"media": {"content_type": picture[0], "size": len(picture[1])}} if picture else {}
        answer = self._ask("POST", "/items", {"id": item_id, "title": title, "text": text, **media})
        if picture:
            self._upload(answer["upload"], item_id, *picture)
        item: Item = answer["item"]
        self.items[item_id] = item
        return item

    def _upload(self, upload: dict[str, Any], name: str, content_type: str, content: bytes) -> None:
        kind, body = form(upload["fields"], name, content_type, content)
        answer = ask("POST", upload["url"], {"Content-Type": kind}, body)
        if answer.status >= 300:
            raise Refused("the upload", answer)

    def change(self, item_id: str, title: str, text: str) -> None:
        """Here only, for now: devices are off line as often as not."""
        version = self.items.get(item_id, {}).get("version", 0)
        self._changed[item_id] = {"id": item_id, "version": version, "title": title, "text": text}

    def sync(self) -> list[str]:
        """Send what was changed here, fetch what was changed elsewhere. The ids of items that were changed in both places and merged."""
        merged = []
        while self._changed:
            batch = list(self._changed.values())[:_MOST_CHANGES]
            for mine, result in zip(batch, self._ask("POST", "/changes", {"changes": batch})["results"], strict=True):
                del self._changed[mine["id"]]
                if result["result"] == "applied":
                    self.items[mine["id"]] = result["current"]
                else:
                    merged.append(mine["id"])
                    self._changed[mine["id"]] = _merge(mine, result["current"])
        self._fetch()
        return merged

    def _fetch(self) -> None:
        more = True
        while more:
            answer = self._ask("GET", "/changes", **({"since": self._since} if self._since else {}))
            for record in answer["changes"]:
                kept = {"item": self.items, "message": self.messages}.get(record["kind"])
                if kept is None:
                    continue
                if record.get("deleted"):
                    kept.pop(record["id"], None)
                elif record["version"] >= kept.get(record["id"], {}).get("version", 0):
                    kept[record["id"]] = record
            self._since, more = answer["since"], answer["more"]

    def listen(self, platform: str, token: str) -> bool:
        """Be told when something happens. Whether this back end can."""
        return bool(self._ask("POST", "/devices", {"id": self.id, "platform": platform, "token": token})["push"])

    def send(self, to: str, title: str, text: str = "") -> int:
        """A message to another user, for who is a provider. The number of devices that were told."""
        return int(self._ask("POST", "/messages", {"to": to, "title": title, "text": text})["devices"])


def _merge(mine: Item, theirs: Item | None) -> Item:
    """Both texts, in the order in which they came to the back end; where the other side has deleted the item, it comes back with mine."""
    if theirs is None or theirs.get("deleted"):
        return {**mine, "version": (theirs or {}).get("version", 0)}
    texts = [text for text in (theirs.get("text", ""), mine["text"]) if text]
    return {"id": mine["id"], "version": theirs["version"], "title": theirs["title"], "text": "\n".join(dict.fromkeys(texts))}

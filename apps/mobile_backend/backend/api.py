# SPDX-License-Identifier: GPL-3.0-or-later
"""What devices ask, over an HTTP API (payload 2.0) whose authorizer has judged the token: `sub` and groups are taken from its claims and from nowhere else."""

import base64
import binascii
import json
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import checks, services, sync
from .logs import Log
from .problems import Conflict, Forbidden, Invalid, Problem, Unknown
from .repository import Record, Repository

PROVIDERS = "providers"  # the group of those who may send messages
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "video/mp4")

_title, _text, _version = checks.text(1, 200), checks.text(0, 4000), checks.number(0, 2**31)
PROFILE = checks.members({"name": checks.text(1, 100), "version": _version}, {"about": checks.text(0, 1000), "language": checks.text(2, 10)})
MEDIA = checks.members({"content_type": checks.one_of(*MEDIA_TYPES), "size": checks.number(1, services.MOST_MEDIA_BYTES)})
ITEM = checks.members({"id": checks.identifier, "title": _title}, {"text": _text, "media": MEDIA})
DEVICE = checks.members({"id": checks.identifier, "platform": checks.one_of(*services.PLATFORMS), "token": checks.text(8, 4096)})
MESSAGE = checks.members({"to": checks.identifier, "title": _title}, {"text": _text})
CHANGES = checks.members(
    {"changes": checks.several(checks.members({"id": checks.identifier, "version": _version}, {"title": _title, "text": _text, "deleted": checks.flag}), 25)}
)
EVENT = checks.members({"name": checks.text(1, 100), "at": checks.moment}, {"value": checks.number(-(2**53), 2**53)})
EVENTS = checks.members({"events": checks.several(EVENT, 100)})


class Request:
    """Who asks what."""

    def __init__(self, event: dict[str, Any]) -> None:
        context = event.get("requestContext") or {}
        claims = ((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {}
        self.route: str = event.get("routeKey") or ""
        self.sub: str = claims.get("sub") or ""
        # An HTTP API hands a list of the token on as a text: [one two].
        self.groups = str(claims.get("cognito:groups") or "").strip("[]").replace(",", " ").split()
        self.path: dict[str, str] = event.get("pathParameters") or {}
        self.query: dict[str, str] = event.get("queryStringParameters") or {}
        self._raw, self._encoded = event.get("body") or "", bool(event.get("isBase64Encoded"))

    def body(self, check: checks.Check) -> Any:
        """The body, judged."""
        try:
            raw = base64.b64decode(self._raw, validate=True).decode() if self._encoded else self._raw
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise Invalid("the body is no text") from problem
        return checks.body(raw, check)


class Backend:
    """What the routes do."""

    def __init__(self, repository: Repository, other: services.Services, now: datetime, log: Log) -> None:
        self.repository, self.services, self.now, self.log = repository, other, now, log

    def get_profile(self, request: Request) -> tuple[int, Record]:
        """Of whoever asks; version 0 where there is none yet."""
        found = self.repository.get(request.sub, "PROFILE")
        return 200, sync.shown(found) if found else {"kind": "profile", "version": 0}

    def put_profile(self, request: Request) -> tuple[int, Record]:
        """The next version of the profile."""
        wanted = request.body(PROFILE)
        base = wanted.pop("version")
        return 200, sync.shown(sync.write(self.repository, request.sub, "PROFILE", base, {"kind": "profile", **wanted}, self.now))

    def list_items(self, request: Request) -> tuple[int, Record]:
        """A page of items, and what to ask for the next with."""
        after = checks.parameter(request.query, "after", checks.identifier, "")
        found, last = self.repository.beginning(request.sub, "ITEM#", f"ITEM#{after}" if after else "")
        return 200, {"items": [sync.shown(one) for one in found if not one.get("deleted")], "after": last.removeprefix("ITEM#")}

    def post_item(self, request: Request) -> tuple[int, Record]:
        """A new item. Its id is the device's choice, so that what is sent twice is there once."""
        wanted = request.body(ITEM)
        media, key = wanted.pop("media", None), f"media/{request.sub}/{wanted['id']}"
        upload = self.services.upload(key, media["content_type"], media["size"]) if media else None
        if media and not upload:
            raise Invalid("this back end takes no media")
        values = {"kind": "item", **wanted, **({"media": {**media, "key": key}} if media else {})}
        record = sync.write(self.repository, request.sub, f"ITEM#{wanted['id']}", 0, values, self.now)
        return 201, {"item": sync.shown(record), **({"upload": upload} if upload else {})}

    def delete_item(self, request: Request) -> tuple[int, Record]:
        """The mark that an item was deleted, by which other devices hear of it."""
        wanted = checks.parameter(request.path, "id", checks.identifier)
        current = self.repository.get(request.sub, f"ITEM#{wanted}")
        if current is None:
            raise Unknown("there is no such item")
        if current.get("deleted"):
            return 200, sync.shown(current)
        values = {"kind": "item", "id": wanted, "deleted": True}
        return 200, sync.shown(sync.write(self.repository, request.sub, f"ITEM#{wanted}", current["version"], values, self.now))

    def post_device(self, request: Request) -> tuple[int, Record]:
        """A device that wants to be told. Registered again, it has a new token."""
        wanted = request.body(DEVICE)
        endpoint = self.services.endpoint(wanted["platform"], wanted["token"], request.sub)
        record = {"pk": request.sub, "sk": f"DEVICE#{wanted['id']}", "platform": wanted["platform"], "endpoint": endpoint, "seen": sync.stamp(self.now)}
        self.repository.place(record)
        return 201, {"id": wanted["id"], "push": bool(endpoint)}

    def post_message(self, request: Request) -> tuple[int, Record]:
        """From a provider to a consumer: stored, so that every device of theirs gets it, and told to those that can be told."""
        if PROVIDERS not in request.groups:
            raise Forbidden(f"messages are sent by the group {PROVIDERS}")
        wanted = request.body(MESSAGE)
        if self.repository.get(wanted["to"], "PROFILE") is None:
            raise Unknown("there is no such consumer")
        identity = uuid.uuid4().hex
        values = {"kind": "message", "id": identity, "from": request.sub, "title": wanted["title"], "text": wanted.get("text", "")}
        sync.write(self.repository, wanted["to"], f"MESSAGE#{identity}", 0, values, self.now)
        devices, _ = self.repository.beginning(wanted["to"], "DEVICE#")
        told = 0
        for device in [one for one in devices if one.get("endpoint")]:
            if self.services.push(device["endpoint"], wanted["title"], {"message": identity}):
                told += 1
            else:
                self.repository.remove(wanted["to"], device["sk"])
                self.log.info("a device that cannot be told any more is forgotten", platform=device["platform"])
        return 201, {"id": identity, "devices": told}

    def get_changes(self, request: Request) -> tuple[int, Record]:
        """What has changed since a time that the device was told."""
        return 200, sync.changes(self.repository, request.sub, checks.parameter(request.query, "since", checks.moment, ""), self.now)

    def post_changes(self, request: Request) -> tuple[int, Record]:
        """What was changed on a device."""
        sent = request.body(CHANGES)["changes"]
        wrong = [change["id"] for change in sent if bool(change.get("deleted")) == ("title" in change)]
        if wrong:
            raise Invalid(f"a change has either a title or deleted: true: {', '.join(wrong)}")
        return 200, {"results": sync.apply(self.repository, request.sub, sent, self.now)}

    def post_events(self, request: Request) -> tuple[int, Record]:
        """What somebody did, for analysis, without a name: the user is told apart by `sub` only."""
        events = [{**event, "user": request.sub, "received": sync.stamp(self.now)} for event in request.body(EVENTS)["events"]]
        lost = self.services.emit(events)
        return 202, {"accepted": len(events) - lost}


ROUTES: dict[str, Callable[[Backend, Request], tuple[int, Record]]] = {
    "GET /profile": Backend.get_profile,
    "PUT /profile": Backend.put_profile,
    "GET /items": Backend.list_items,
    "POST /items": Backend.post_item,
    "DELETE /items/{id}": Backend.delete_item,
    "POST /devices": Backend.post_device,
    "POST /messages": Backend.post_message,
    "GET /changes": Backend.get_changes,
    "POST /changes": Backend.post_changes,
    "POST /events": Backend.post_events,
}


def answer(event: dict[str, Any], request_id: str, repository: Repository, other: services.Services, now: datetime) -> dict[str, Any]:
    """The answer to a request. What goes wrong by our fault goes up: the runtime counts it, and alarms listen to that."""
    request = Request(event)
    log = Log(request_id, route=request.route)
    try:
        if request.route == "GET /health":
            return _response(200, {"health": "well"}, request_id)
        if request.route not in ROUTES:
            raise Unknown("there is no such route")
        if not request.sub:
            raise Forbidden("the token does not say whose it is")
        status, content = ROUTES[request.route](Backend(repository, other, now, log), request)
    except Problem as problem:
        log.info("refused", status=problem.status, error=problem.error)
        more = problem.more if isinstance(problem, Conflict) else {}
        return _response(problem.status, {"error": problem.error, "message": problem.message, "request_id": request_id, **more}, request_id)
    except Exception as problem:
        log.error("failed", problem)
        raise
    log.info("answered", status=status)
    return _response(status, content, request_id)


def _response(status: int, content: Record, request_id: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store", "x-request-id": request_id}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    return answer(event, context.aws_request_id, services.repository(), services.Services(dict(os.environ)), datetime.now(UTC))

# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk through the back end with two devices and two users: apps/mobile_client/tour.py CONFIGURATION EMAIL PROVIDER_EMAIL

CONFIGURATION is what playbooks/client_configuration.yml has written. Both addresses get a code by e-mail, which is asked for here; in the simulator it is read
where the simulator shows what it would have sent.
"""

from __future__ import annotations

import getpass
import json
import secrets
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client.account import Account
from client.device import Device
from client.web import Refused, ask


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def picture() -> bytes:
    """A PNG of one grey dot."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")


class Simulated:
    """What people would see on their phones and in their mail, as the simulator shows it."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")

    def code(self, email: str) -> str:
        sent = ask("GET", f"{self._endpoint}/_simulator/messages").json()
        return next(str(one["code"]) for one in reversed(sent) if email in json.dumps(one))

    def pushes(self, token: str) -> list[dict[str, Any]]:
        shown = ask("GET", f"{self._endpoint}/_simulator/pushes")
        return [one for one in shown.json() if one["token"] == token] if shown.status == 200 else []


def arrive(configuration: dict[str, str], email: str, code: Callable[[str], str], password: str) -> Account:
    """Sign up, confirm, sign in."""
    account = Account(configuration)
    account.sign_up(email, password)
    account.confirm(email, code(email))
    account.sign_in(email, password)
    return account


def tour(configuration: dict[str, str], email: str, provider_email: str) -> None:
    """Everything once. Raises web.Refused, or AssertionError where something is not as it should be."""
    simulated = Simulated(configuration["endpoint"]) if configuration.get("endpoint") else None
    code = simulated.code if simulated else lambda address: getpass.getpass(f"The code that came to {address}: ")
    password = f"{secrets.token_urlsafe(18)}-Aa7"

    consumer = arrive(configuration, email, code, password)
    say(f"signed up and in: {email}, whom the back end knows as {consumer.sub}")
    phone, tablet = Device("phone", configuration, consumer), Device("tablet", configuration, consumer)
    phone.introduce("A consumer")

    stranger = ask("GET", f"{configuration['api_url'].rstrip('/')}/items", through=configuration.get("endpoint", ""))
    assert stranger.status == 401, stranger
    say("without a token the API answers 401")

    dot = picture()
    item = phone.post("first-item", "Seen from the train", "Rain.", ("image/png", dot))
    say(f"the phone posted {item['id']} with a picture of {len(dot)} bytes, which went straight to S3: {item['media']['key']}")
    tablet.sync()
    assert tablet.items["first-item"]["title"] == "Seen from the train", tablet.items
    say(f"the tablet has it too: {tablet.items['first-item']['title']!r}")

    phone.change("first-item", "Seen from the train", "Rain, then sun.")
    tablet.change("first-item", "Seen from the train", "A bridge.")
    assert phone.sync() == []
    assert tablet.sync() == ["first-item"]
    phone.sync()
    both = [device.items["first-item"]["text"] for device in (phone, tablet)]
    assert both[0] == both[1] == "Rain, then sun.\nA bridge.", both
    say(f"both changed it at once; the tablet heard of the conflict and merged: {both[0]!r}")

    token = secrets.token_hex(32)
    told = phone.listen("apns", token)
    say("the phone asked to be told" if told else "the phone asked to be told; this back end has no way to push to it yet")

    provider = arrive(configuration, provider_email, code, password)
    desk = Device("desk", configuration, provider)
    desk.introduce("A provider")
    refused = desk.request("POST", "/messages", {"to": consumer.sub, "title": "Your order is here"})
    assert refused.status == 403, refused
    say(f"{provider_email} is no provider, and may send nobody anything: {refused.json()['message']}")
    join(configuration, provider_email)
    provider.renew()
    devices = desk.send(consumer.sub, "Your order is here")
    tablet.sync()
    assert [one["title"] for one in tablet.messages.values()] == ["Your order is here"], tablet.messages
    say(f"an administrator made them one: their message is on the tablet, and {devices} device{'' if devices == 1 else 's'} rang")
    if told and simulated:
        pushes = simulated.pushes(token)
        assert pushes, "no push arrived"
        say(f"what arrived at the phone: {json.dumps(pushes[-1]['payload'])}")

    consumer.sign_out()
    say("signed out: the device's tokens are worth nothing any more")


def join(configuration: dict[str, str], email: str) -> None:
    """What an administrator does, with credentials of AWS: no app may."""
    import boto3

    idp = boto3.client("cognito-idp", region_name=configuration["region"])
    idp.admin_add_user_to_group(UserPoolId=configuration["user_pool_id"], Username=email, GroupName="providers")


def main() -> int:
    """0 when all of it went as it should."""
    if len(sys.argv) != 4:
        print(__doc__)
        return 2
    try:
        tour(json.loads(Path(sys.argv[1]).read_text()), *sys.argv[2:])
    except (Refused, AssertionError, OSError) as problem:
        print(f"  it ended here: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stands for the instance metadata service of EC2 (IMDSv2) while an image is tested: without a session token nothing is told."""

from __future__ import annotations

import http.server
import json
import re
import secrets
import threading
import time
import typing as t

# How EC2 calls itself; what begins with another word is not of the service.
_VERSION = re.compile(r"^/(latest|\d{4}-\d{2}-\d{2})(/|$)")
_LONGEST = 21600  # seconds that a token may live

Tree = dict[str, t.Any]
Answer = t.Callable[[str, bytes], tuple[int, str]]


def instance(region: str, architecture: str, mac: str, address: str) -> Tree:
    """Metadata of an instance as cloud-init and our own programs ask for it."""
    zone = f"{region}a"
    credentials = {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "LastUpdated": "2026-01-01T00:00:00Z",
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 3600)),
        "AccessKeyId": "made-up-key-id",
        "SecretAccessKey": "no-secret-of-any-account",
        "Token": "no-token-of-any-account",
    }
    interface = {
        "device-number": "0",
        "interface-id": "eni-00000000000000001",
        "local-hostname": "boot-test",
        "local-ipv4s": address,
        "mac": mac,
        "owner-id": "000000000000",
        "security-group-ids": "sg-00000000000000001",
        "subnet-id": "subnet-00000000000000001",
        "subnet-ipv4-cidr-block": "169.254.169.0/24",
        "vpc-id": "vpc-00000000000000001",
    }
    document = {"region": region, "availabilityZone": zone, "instanceId": "i-00000000000000001", "architecture": architecture, "version": "2017-09-30"}
    return {
        "meta-data": {
            "ami-id": "ami-00000000000000001",
            "ami-launch-index": "0",
            "autoscaling": {"target-lifecycle-state": "InService"},
            "block-device-mapping": {"ami": "xvda", "root": "/dev/xvda"},
            "hostname": "boot-test",
            "iam": {"security-credentials": {"boot-test": json.dumps(credentials)}},
            "instance-action": "none",
            "instance-id": "i-00000000000000001",
            "instance-life-cycle": "on-demand",
            "instance-type": "t3.small",
            "local-hostname": "boot-test",
            "local-ipv4": address,
            "mac": mac,
            "network": {"interfaces": {"macs": {mac: interface}}},
            "placement": {"availability-zone": zone, "region": region},
            "reservation-id": "r-00000000000000001",
            "security-groups": "boot-test",
            "services": {"domain": "amazonaws.com", "partition": "aws"},
        },
        "dynamic": {"instance-identity": {"document": json.dumps(document)}},
    }


class MetadataService:
    """The service on an address of its own, and what it was asked."""

    def __init__(self, address: tuple[str, int], tree: Tree, user_data: str = "", answer: Answer | None = None) -> None:
        self.tree = {**tree, "user-data": user_data} if user_data else tree
        self.answer = answer  # to AWS calls, which a test sends here too
        self.tokens: dict[str, float] = {}
        self.asked: list[str] = []  # paths
        self.refused: list[dict[str, t.Any]] = []  # requests without a token that holds
        self.reports: list[dict[str, t.Any]] = []  # what the instance says about itself
        self.reported = threading.Event()
        service = self

        class Handler(_Handler):
            of = service

        self.server = http.server.ThreadingHTTPServer(address, Handler)
        self.server.daemon_threads = True
        self.address = self.server.server_address
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()

    def find(self, path: str) -> str | None:
        """A value, or the names below it, one a line, as EC2 lists them."""
        place: t.Any = self.tree
        for part in [part for part in path.split("/") if part]:
            if not isinstance(place, dict) or part not in place:
                return None
            place = place[part]
        if not isinstance(place, dict):
            return str(place)
        return "\n".join(f"{name}/" if isinstance(value, dict) else name for name, value in place.items())


class _Handler(http.server.BaseHTTPRequestHandler):
    of: MetadataService
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        if not re.fullmatch(r"/(latest|\d{4}-\d{2}-\d{2})/api/token", self.path):
            return self._answer(404)
        # A proxy in between could hand a token to a stranger.
        if "X-Forwarded-For" in self.headers:
            return self._answer(403)
        wanted = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if not wanted.isdecimal() or not 1 <= int(wanted) <= _LONGEST:
            return self._answer(400)
        token = secrets.token_urlsafe(32)
        self.of.tokens[token] = time.monotonic() + int(wanted)
        return self._answer(200, token, {"X-aws-ec2-metadata-token-ttl-seconds": wanted})

    def do_GET(self) -> None:
        token = self.headers.get("X-aws-ec2-metadata-token", "")
        if self.of.tokens.get(token, 0) < time.monotonic():
            self.of.refused.append({"path": self.path, "agent": self.headers.get("User-Agent", "")})
            return self._answer(401)
        self.of.asked.append(self.path)
        version = _VERSION.match(self.path)
        found = self.of.find(self.path[version.end() :]) if version else None
        return self._answer(404) if found is None else self._answer(200, found)

    def do_POST(self) -> None:
        """No part of the service: AWS calls, and what the instance reports about itself."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/report":
            self.of.reports.append(json.loads(content))
            self._answer(200)
            self.of.reported.set()
        elif self.path == "/" and self.of.answer:
            self._answer(*self.of.answer(self.headers.get("X-Amz-Target", ""), content))
        else:
            self._answer(404)

    def _answer(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: t.Any) -> None:
        """What was asked is kept, not printed."""

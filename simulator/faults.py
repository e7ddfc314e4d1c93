# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling and server errors on purpose, reproducible by seed.

Whether the n-th sending of a call fails is decided by a hash of the seed, the call and n, not by a shared sequence of random
numbers: the same run meets the same faults even when its threads and cells come in another order.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.loaders import create_loader

from simulator.registry import Refused
from simulator.request import Call

# Of the server errors injected into mutating calls, this share comes after the change was made: the answer is lost, the change is not.
LOST_ANSWER_SHARE = 0.5

# (code, status) of the throttling error where the protocol's usual one is not the service's.
THROTTLING = {
    "apigateway": ("TooManyRequestsException", 429),
    "apigatewayv2": ("TooManyRequestsException", 429),
    "backup": ("ThrottlingException", 429),
    "dynamodb": ("ThrottlingException", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "guardduty": ("TooManyRequestsException", 429),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
    "s3control": ("SlowDown", 503),
    "sns": ("Throttled", 429),
}
THROTTLING_BY_PROTOCOL = {
    "ec2": ("RequestLimitExceeded", 503),
    "query": ("Throttling", 400),
    "json": ("ThrottlingException", 400),
    "rest-json": ("ThrottlingException", 429),
    "rest-xml": ("Throttling", 400),
}
SERVER_ERRORS = (
    ("InternalFailure", 500, "The request processing has failed because of an unknown error."),
    ("ServiceUnavailable", 503, "The service is unavailable. Please try again shortly."),
)
SERVER_ERRORS_BY_SERVICE = {
    "ec2": (
        ("InternalError", 500, "An internal error has occurred"),
        ("Unavailable", 503, "The server is overloaded and can't handle the request."),
    ),
    "s3": (
        ("InternalError", 500, "We encountered an internal error. Please try again."),
        ("ServiceUnavailable", 503, "Service is unable to handle request."),
    ),
}

# Members that a client fills with a new random value for each sending; they must not make the same call look new.
TOKENS = {"ClientToken", "ClientRequestToken", "IdempotencyToken", "CallerReference", "CreatorRequestId"}


@cache
def _endpoints() -> Any:
    """What botocore knows of every service's endpoints."""
    return create_loader().load_data("endpoints")


@cache
def control_region(service: str, region: str) -> str:
    """Where a call is answered: a service that has one endpoint for all regions has its control plane where that is signed for."""
    about = _endpoints()["partitions"][0]["services"].get(service, {})
    endpoint = about.get("endpoints", {}).get(about.get("partitionEndpoint"), {}) if about.get("isRegionalized") is False else {}
    return str(endpoint.get("credentialScope", {}).get("region", region))


@dataclass(frozen=True)
class Fault:
    """What to inject into one sending of a call."""

    refused: Refused
    kind: str
    after: bool = False


@dataclass
class Faults:
    """Decides the fault, if any, of each call. Rates are shares of all calls, 0 to 1."""

    seed: int = 0
    throttle: float = 0.0
    error: float = 0.0
    # Regions that answer nothing. The control planes of what has no region stand in us-east-1 and go with it
    # (docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html).
    outage: frozenset[str] = frozenset()
    waiting: int = 0
    _sendings: Counter[bytes] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: int | None = None
    _gate: threading.Condition = field(default_factory=threading.Condition)

    def hold(self, after: int | None) -> None:
        """Let so many more mutating calls through; those that come after them wait until this is called again, and are refused then."""
        with self._gate:
            self._left = after
            self._gate.notify_all()

    def draw(self, call: Call, mutating: bool) -> Fault | None:
        """The fault of this sending, or None."""
        if mutating and self._held():
            # Nothing that is tried again: whoever sent it is dead, or is to give up.
            return Fault(Refused("AccessDenied", "This call was held back, and nothing came of it.", 403), "held")
        if self.outage and control_region(call.service, call.region) in self.outage:
            return Fault(Refused("ServiceUnavailable", f"Nothing in {call.region} can be reached.", 503), "outage")
        if not self.throttle and not self.error:
            return None
        chance, which, when = self._numbers(call)
        if chance < self.throttle:
            code, status = THROTTLING.get(call.service) or THROTTLING_BY_PROTOCOL[call.protocol]
            return Fault(Refused(code, "Rate exceeded", status), "throttle")
        if chance < self.throttle + self.error:
            kinds = SERVER_ERRORS_BY_SERVICE.get(call.service, SERVER_ERRORS)
            code, status, message = kinds[int(which * len(kinds))]
            lost = mutating and when < LOST_ANSWER_SHARE
            return Fault(Refused(code, message, status), "lost answer" if lost else "error", after=lost)
        return None

    def _held(self) -> bool:
        """Whether a call has waited here."""
        with self._gate:
            if self._left is None:
                return False
            if self._left:
                self._left -= 1
                return False
            self.waiting += 1
            self._gate.wait()
            self.waiting -= 1
            return True

    def _numbers(self, call: Call) -> tuple[float, float, float]:
        params = {name: value for name, value in call.params.items() if name not in TOKENS}
        text = json.dumps([call.service, call.operation_name, call.region, params], sort_keys=True, default=repr)
        what = hashlib.sha256(text.encode()).digest()
        with self._lock:
            self._sendings[what] += 1
            sending = self._sendings[what]
        digest = hashlib.sha256(f"{self.seed}:{sending}:".encode() + what).digest()
        return tuple(int.from_bytes(digest[place : place + 6], "big") / 2**48 for place in (0, 6, 12))  # type: ignore[return-value]

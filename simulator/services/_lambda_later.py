# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens without anybody's call: a thread that does, one after the other, what is due, and ends when there is nothing left.

What waits is plain state, which a copy of the process has too; the thread it starts anew. What was being done then is done in both, as on AWS at least once.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.moto_api._internal import mock_random

from simulator.registry import Refused, on_reset
from simulator.request import Call, Request

if TYPE_CHECKING:
    from simulator.api import Simulator
    from simulator.context import Context

MOST = 1024 * 1024  # bytes of an event that nobody waits for (UG lambda/gettingstarted-limits.md)
LOOK_AGAIN = 0.2  # seconds, for clocks that go their own ways

# Each does one thing that is due and returns 0, or how many seconds there are until the next is, None for nothing to come.
Step = Callable[["Simulator"], float | None]
STEPS: list[Step] = []

_bell = threading.Event()
_thread: threading.Thread | None = None


@dataclass
class Event:
    """An invocation that nobody waits for, until it is done or given up."""

    account: str
    region: str
    name: str  # the function's
    qualifier: str | None
    payload: bytes
    request_id: str
    born: float
    due: float
    tries: int = 0
    held_up: int = 0  # how often there was no room for it


events: list[Event] = []


@on_reset
def _forget() -> None:
    events.clear()


def put_off(context: Context, name: str, qualifier: str | None, payload: bytes) -> None:
    """Keep an event until it is done (UG lambda/invocation-async.md)."""
    if len(payload) > MOST:
        raise Refused("RequestTooLargeException", f"Request must be smaller than {MOST} bytes for the InvokeFunction operation", 413)
    now = context.simulator.clock()
    whole = name.rpartition(":function:")[2]
    events.append(
        Event(
            context.account, context.region, whole.partition(":")[0], qualifier or whole.partition(":")[2] or None, payload, str(mock_random.uuid4()), now, now
        )
    )
    resume(context.simulator)


def resume(simulator: Simulator) -> None:
    """Something may be due."""
    global _thread
    with simulator.lock:
        _bell.set()
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, args=(simulator,), name="later", daemon=True)
            _thread.start()


def _work(simulator: Simulator) -> None:
    global _thread
    while True:
        with simulator.lock:
            _bell.clear()
            try:
                pauses = [pause for pause in (step(simulator) for step in STEPS) if pause is not None]
            except Exception:
                # A fault of ours, which must not stop what else is due.
                traceback.print_exc()
                pauses = [LOOK_AGAIN]
            if not pauses:
                _thread = None
                return
        if min(pauses) > 0:
            _bell.wait(min(*pauses, LOOK_AGAIN))


def context_of(simulator: Simulator, account: str, region: str) -> Context:
    """A call of Lambda's own, for what it asks of other services."""
    from simulator.context import Context

    nobody = Request.from_primitives("POST", f"http://{simulator.host}/", {}, b"")
    return Context(simulator, Call(nobody, "lambda", region), account, account)


def waiting() -> list[dict[str, Any]]:
    """The events that are not done."""
    return [{"function": one.name, "qualifier": one.qualifier, "request_id": one.request_id, "tries": one.tries} for one in events]

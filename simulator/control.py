# SPDX-License-Identifier: GPL-3.0-or-later
"""The control doors, /_simulator/*: looking at the simulator and changing what no API call changes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator import VERSION, moto_bridge
from simulator.answer import Answer
from simulator.api import Simulator
from simulator.registry import Refused
from simulator.request import Request
from simulator.services import cognito_users

PREFIX = "/_simulator/"
STARTED = time.monotonic()

Door = Callable[[Simulator, Request], Any]
DOORS: dict[tuple[str, str], Door] = {}


def door(method: str, name: str) -> Callable[[Door], Door]:
    """Register the function that answers METHOD /_simulator/<name>; what it returns is sent as JSON, Refused as 400."""

    def register(function: Door) -> Door:
        DOORS[method, name] = function
        return function

    return register


def answer(simulator: Simulator, request: Request) -> Answer:
    """Answer a request under PREFIX."""
    name = request.path[len(PREFIX) :].strip("/")
    function = DOORS.get((request.method, name))
    if function is None:
        return _json(404, {"error": f"no such door; there are {', '.join(f'{verb} {PREFIX}{path}' for verb, path in sorted(DOORS))}"})
    try:
        return _json(200, function(simulator, request))
    except Refused as refused:
        return _json(400, {"error": refused.message})


def body(request: Request, *required: str) -> dict[str, Any]:
    """The JSON object sent to a door; Refused when it is none or lacks a member."""
    try:
        found = json.loads(request.get_data(parse_form_data=False) or b"{}")
    except ValueError as problem:
        raise Refused("BadRequest", f"not JSON: {problem}") from problem
    missing = [name for name in required if not isinstance(found, dict) or name not in found]
    if missing:
        raise Refused("BadRequest", f"the JSON object needs {', '.join(missing)}")
    return found


@door("GET", "health")
def health(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Ready, and which simulator this is."""
    return {"status": "ok", "version": VERSION, "pid": os.getpid(), "uptime": round(time.monotonic() - STARTED, 3)}


@door("GET", "unimplemented")
def unimplemented(simulator: Simulator, _: Request) -> list[dict[str, Any]]:
    """Every operation that was called and could not be carried out."""
    return simulator.journal.unimplemented()


@door("GET", "unjudged")
def unjudged(simulator: Simulator, request: Request) -> Any:
    """Condition keys that policies asked for and the simulator could not tell."""
    return simulator.journal.unjudged()


@door("GET", "journal")
def journal(simulator: Simulator, request: Request) -> list[dict[str, Any]]:
    """The newest calls, oldest first; ?mutating=1 or 0 filters, ?limit=N cuts."""
    mutating = request.args.get("mutating")
    limit = request.args.get("limit", type=int)
    return simulator.journal.recent(None if mutating is None else mutating == "1", limit)


@door("POST", "reset")
def reset(simulator: Simulator, _: Request) -> dict[str, Any]:
    """Back to an empty account."""
    simulator.reset()
    return {"status": "reset"}


def accounts() -> list[str]:
    """Every account that has state."""
    return moto_bridge.accounts()


@door("POST", "delegation")
def delegation(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"domain": D, "delegated": true|false}: whether the world's DNS points at our zone of D."""
    wanted = body(request, "domain", "delegated")
    domain = str(wanted["domain"]).rstrip(".").lower()
    with simulator.lock:
        if wanted["delegated"]:
            simulator.undelegated.discard(domain)
        else:
            simulator.undelegated.add(domain)
        return {"undelegated": sorted(simulator.undelegated)}


@door("POST", "nearest")
def nearest(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"region": "us-east-1"}: which region is nearest, by latency, to whoever asks the DNS from now on."""
    with simulator.lock:
        simulator.nearest = str(body(request, "region")["region"])
    return {"region": simulator.nearest}


@door("POST", "faults")
def faults(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"throttle": RATE, "error": RATE}: from now on; shares of all calls, 0 to 1."""
    rates = {name: body(request, "throttle", "error")[name] for name in ("throttle", "error")}
    if not all(isinstance(rate, int | float) and 0 <= rate <= 1 for rate in rates.values()) or sum(rates.values()) > 1:
        raise Refused("BadRequest", "throttle and error are shares of all calls, 0 to 1 together")
    with simulator.lock:
        simulator.faults.throttle, simulator.faults.error = rates["throttle"], rates["error"]
    return rates


@door("POST", "latency")
def latency(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"time_scale": 20}: what is asked for from now on takes as long as on AWS, divided by that; null: it is there at once, as what is under way then."""
    scale = body(request, "time_scale")["time_scale"]
    if scale is not None and (not isinstance(scale, int | float) or isinstance(scale, bool) or scale <= 0):
        raise Refused("BadRequest", "time_scale is a number above 0, or null")
    with simulator.lock:
        simulator.lifecycles.scale = scale
    return {"time_scale": scale}


@door("POST", "hold")
def hold(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"after": 3}: so many more mutating calls are carried out; those that come then wait until {"after": null}, and are refused. GET: how many wait."""
    after = body(request, "after")["after"]
    if after is not None and (not isinstance(after, int) or isinstance(after, bool) or after < 0):
        raise Refused("BadRequest", "after is a number of calls, 0 or more, or null")
    simulator.faults.hold(after)
    return held(simulator, request)


@door("GET", "hold")
def held(simulator: Simulator, _: Request) -> dict[str, Any]:
    """How many calls wait."""
    return {"waiting": simulator.faults.waiting}


@door("POST", "fork")
def fork(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"journal": "/tmp/journal.jsonl"}, or {} for none: a copy of this process, with all that is in it, serves on another port: {"port": ..., "pid": ...}."""
    path = body(request).get("journal")
    if simulator.copy is None:
        raise Refused("BadRequest", "this simulator is not served by a process of its own")
    return simulator.copy(Path(path) if path else None)


@door("GET", "messages")
def sent(_: Simulator, __: Request) -> list[dict[str, Any]]:
    """The e-mails that users were sent, with their codes."""
    return cognito_users.messages()


@door("POST", "outage")
def outage(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"regions": ["ap-southeast-1"]}: from now on these refuse every call; [] ends it. What stands there stays."""
    regions = body(request, "regions")["regions"]
    if not isinstance(regions, list) or not all(isinstance(region, str) for region in regions):
        raise Refused("BadRequest", "regions is a list of names of regions")
    with simulator.lock:
        simulator.faults.outage = frozenset(regions)
    return {"regions": sorted(regions)}


@door("POST", "replica-lag")
def replica_lag(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"replica": "us-east-1/shop-prod", "seconds": 40}: how far a read replica is behind from now on; -1: nothing is replicated."""
    wanted = body(request, "replica", "seconds")
    if not isinstance(wanted["seconds"], int | float) or wanted["seconds"] < -1:
        raise Refused("BadRequest", "seconds is a number, -1 or more")
    with simulator.lock:
        simulator.replica_lag[str(wanted["replica"])] = float(wanted["seconds"])
        return simulator.replica_lag


def _json(status: int, content: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(content, indent=1).encode() + b"\n")

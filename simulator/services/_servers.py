# SPDX-License-Identifier: GPL-3.0-or-later
"""How servers of an image behave: nothing boots here, so a door says it. Servers of an image that nobody spoke of are well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator import control
from simulator.context import Context
from simulator.registry import Refused, on_reset


@dataclass
class Behaviour:
    """What servers of an image do.

    :param healthy: whether they answer the load balancer's health check.
    :param completes: whether they complete the hook that their launch waits for.
    :param alarm: name of the alarm that is in ALARM while one of them serves.
    """

    healthy: bool = True
    completes: bool = True
    alarm: str = ""
    raised: bool = False


_WELL = Behaviour()
_told: dict[str, Behaviour] = {}
on_reset(_told.clear)


def behaviour(image_id: str) -> Behaviour:
    """How servers of this image behave."""
    return _told.get(image_id, _WELL)


def raise_alarms(context: Context, serving: Iterable[str]) -> None:
    """Bring the alarms that images raise into the state that follows from the images of those who serve."""
    images = set(serving)
    for image_id, told in _told.items():
        if told.alarm and told.raised != (image_id in images) and told.alarm in context.backend("cloudwatch").alarms:
            told.raised = image_id in images
            state, reason = ("ALARM", f"Threshold Crossed: servers of {image_id} answer with errors") if told.raised else ("OK", "Errors have ended")
            context.call("SetAlarmState", {"AlarmName": told.alarm, "StateValue": state, "StateReason": reason}, service="cloudwatch")


@control.door("POST", "image")
def set_behaviour(simulator: Any, request: Any) -> dict[str, Any]:
    """{"image_id": I, "healthy": true|false, "completes": true|false, "alarm": NAME}: what servers of an image do from now on."""
    wanted = control.body(request, "image_id")
    image_id = str(wanted.pop("image_id"))
    try:
        told = Behaviour(**wanted)
    except TypeError as problem:
        raise Refused("BadRequest", f"a server's behaviour is healthy, completes, alarm: {problem}") from problem
    with simulator.lock:
        _told[image_id] = told
    return {"image_id": image_id, "healthy": told.healthy, "completes": told.completes, "alarm": told.alarm}

# SPDX-License-Identifier: GPL-3.0-or-later
"""A command of a document, run on one of several servers through Systems Manager."""

from __future__ import annotations

import time
import typing as t

from .resource import Item, Problem, Session
from .retries import tolerated

_BETWEEN = 3.0  # seconds between two looks
_ONLINE = 50  # servers that one call describes
# All that a command can be in before it has ended (UG systems-manager/monitor-commands.md).
_RUNNING = ("", "Pending", "InProgress", "Delayed", "Cancelling")


def online(session: Session, instances: t.Sequence[str]) -> list[str]:
    """Those of the servers that Systems Manager can reach now, in their order."""
    found: set[str] = set()
    for start in range(0, len(instances), _ONLINE):
        # One that has never registered, or is gone, is not in the answer.
        filters = [{"Key": "InstanceIds", "Values": list(instances[start : start + _ONLINE])}, {"Key": "PingStatus", "Values": ["Online"]}]
        pages = session.client("ssm").get_paginator("describe_instance_information").paginate(Filters=filters)
        found |= {one["InstanceId"] for one in pages.search("InstanceInformationList[]") if one}
    return [one for one in instances if one in found]


def run(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> Item:
    """Where it ran, how it ended, and what it printed. `status` is Unreachable where no server was."""
    nowhere = {"instance": "", "status": "Unreachable", "output": "", "said": ""}
    reached = online(session, options["instances"])
    if not reached or session.check_mode:
        return {**nowhere, "instance": reached[0] if reached else "", "status": "Unreachable" if not reached else "Pending"}
    ssm, instance = session.client("ssm"), reached[0]
    # Whoever has not begun after that does not begin any more.
    request = {"InstanceIds": [instance], "DocumentName": options["document"], "TimeoutSeconds": max(30, min(options["start_timeout"], 2592000))}
    parameters = {name: [str(value)] for name, value in options["parameters"].items()}
    command = ssm.send_command(**request, Parameters=parameters, Comment=options["comment"])["Command"]["CommandId"]
    end = time.monotonic() + options["wait_timeout"]
    while True:
        found: Item = {}
        # SendCommand answers before every reader knows of it (API ssm:GetCommandInvocation: eventual consistency).
        with tolerated("InvocationDoesNotExist"):
            found = ssm.get_command_invocation(CommandId=command, InstanceId=instance)
        if found.get("Status", "") not in _RUNNING:
            break
        if time.monotonic() > end:
            ssm.cancel_command(CommandId=command, InstanceIds=[instance])
            raise Problem(f"{options['document']} has not ended on {instance} after {options['wait_timeout']} seconds (command {command}), and is cancelled")
        sleep(_BETWEEN)
    said = found.get("StandardErrorContent", "")
    return {"instance": instance, "status": found["Status"], "output": found.get("StandardOutputContent", ""), "said": said, "details": found["StatusDetails"]}

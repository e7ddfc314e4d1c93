# SPDX-License-Identifier: GPL-3.0-or-later
"""A function of Lambda, called, and what it has answered."""

from __future__ import annotations

import json
import typing as t

from .resource import Item, Problem, Session
from .retries import tolerated


def invoke(session: Session, options: dict[str, t.Any]) -> Item:
    """Its answer, and whether it says that it has changed something."""
    function = options["function"]
    if session.check_mode:
        name, _, qualifier = function.partition(":")
        with tolerated("ResourceNotFoundException"):
            session.client("lambda").get_function_configuration(FunctionName=name, **({"Qualifier": qualifier} if qualifier else {}))
            return {"changed": False, "answer": {}}
        return {"changed": True, "answer": {}}
    answer = session.client("lambda").invoke(FunctionName=function, Payload=json.dumps(options["payload"]).encode())
    said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise Problem(f"the function {function} failed: {said.get('errorMessage') or said.get('errorType')}")
    return {"changed": bool(said and said.get("changed")), "answer": said or {}}

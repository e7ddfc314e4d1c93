# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of JSON for each thing that happened, with the request's id. Bodies, tokens and addresses of devices are never in it."""

import json
import sys
import traceback
from typing import Any


class Log:
    """Of one request."""

    def __init__(self, request_id: str, **always: Any) -> None:
        self._always = {"request_id": request_id, **always}

    def info(self, message: str, **more: Any) -> None:
        """Something happened."""
        self._write("INFO", message, more)

    def error(self, message: str, problem: BaseException) -> None:
        """Something of ours went wrong. Where, but not with which values: a message of a library may contain them."""
        where = [f"{frame.name} {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(problem.__traceback__)]
        self._write("ERROR", message, {"problem": type(problem).__name__, "code": _code(problem), "where": where[-5:]})

    def _write(self, level: str, message: str, more: dict[str, Any]) -> None:
        print(json.dumps({"level": level, "message": message, **self._always, **more}, default=str), file=sys.stdout, flush=True)


def _code(problem: BaseException) -> str:
    """AWS's code, where AWS refused."""
    return (getattr(problem, "response", None) or {}).get("Error", {}).get("Code", "")

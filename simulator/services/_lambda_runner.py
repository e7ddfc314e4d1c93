# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of one call of a function: loads the handler, calls it, writes down what came of it. Started by lambda_.py; imports nothing of the simulator."""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any


class Late(BaseException):
    """The function's time is up."""


class LambdaContext:
    """What a handler is told about its call (UG lambda/python-context.md)."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.aws_request_id = about["request_id"]
        self.invoked_function_arn = about["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.identity = self.client_context = None
        self._until = time.monotonic() + about["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Until the time is up."""
        return max(0, int((self._until - time.monotonic()) * 1000))


def _late(*_: Any) -> None:
    raise Late


def _error(problem: BaseException) -> dict[str, Any]:
    frames = traceback.format_tb(problem.__traceback__)
    return {"errorMessage": str(problem), "errorType": type(problem).__name__, "requestId": "", "stackTrace": frames[1:]}


def _megabytes() -> int:
    """The most memory that this process had. On Linux from /proc: what getrusage tells there includes that of the process that it was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii", errors="replace").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def run(about: dict[str, Any]) -> dict[str, Any]:
    """What came of it."""
    began = time.monotonic()
    sys.path.insert(0, about["task"])
    if about["databases"]:
        sys.path.append(str(Path(__file__).parent))
        importlib.import_module("_played_mysql").install(about["databases"])
    module, _, name = about["handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    except ModuleNotFoundError as problem:
        return {"error": {"errorMessage": f"Unable to import module '{module}': {problem}", "errorType": "Runtime.ImportModuleError", "stackTrace": []}}
    except AttributeError:
        return {"error": {"errorMessage": f"Handler '{name}' missing on module '{module}'", "errorType": "Runtime.HandlerNotFound", "stackTrace": []}}
    except BaseException as problem:
        return {"error": _error(problem)}
    init = time.monotonic() - began
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, about["seconds"])
    began = time.monotonic()
    came: dict[str, Any] = {}
    try:
        answer = handler(json.loads(about["event"]), LambdaContext(about))
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            came = {"answer": json.dumps(answer)}
        except TypeError as problem:
            came = {"error": {"errorMessage": f"Unable to marshal response: {problem}", "errorType": "Runtime.MarshalError", "stackTrace": []}}
    except Late:
        came = {"late": True}
    except Exception as problem:
        came = {"error": {**_error(problem), "requestId": about["request_id"]}}
        print(f"[ERROR] {type(problem).__name__}: {problem}\n" + "".join(traceback.format_tb(problem.__traceback__)[1:]))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {**came, "databases": about["databases"], "init_seconds": init, "seconds": time.monotonic() - began, "megabytes": _megabytes()}


if __name__ == "__main__":
    described = json.load(sys.stdin)
    result = run(described)
    sys.stdout.flush()
    Path(described["answer"]).write_text(json.dumps(result), encoding="utf-8")

# SPDX-License-Identifier: GPL-3.0-or-later
"""A forked child becomes the process that the plain interpreter would have been, and runs the module it was given."""

from __future__ import annotations

import atexit
import builtins
import ctypes
import gc
import io
import locale
import os
import random
import resource
import signal
import sys
import threading
import time
import traceback
import typing as t
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter

import preload
import processes

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
# What the interpreter puts into __main__ before a script from standard input.
FRESH_MAIN = {
    "__name__": "__main__",
    "__doc__": None,
    "__package__": None,
    "__loader__": BuiltinImporter,
    "__spec__": None,
    "__annotations__": {},
    "__builtins__": builtins,
    "__file__": "<stdin>",
    "__cached__": None,
}


@dataclass(frozen=True)
class Request:
    """What a launcher says about its task; the descriptors travel beside it."""

    umask: int
    startup: bytes  # how its interpreter would have started
    errors: str  # how the interpreter would treat undecodable input and output
    environment: dict[bytes, bytes]

    @classmethod
    def parse(cls, data: bytes) -> Request:
        umask, startup, errors, *variables = data.split(b"\0")
        return cls(int(umask, 8), startup, errors.decode(), dict(variable.split(b"=", 1) for variable in variables))


def become(request: Request, launcher: int, descriptors: list[int], server: int, count: str) -> t.NoReturn:
    """Leave the server behind and run the module on standard input. Does not return."""
    code = 1
    try:
        try:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != server:
                return
            take_over(request, launcher, descriptors)
        except BaseException:
            traceback.print_exc()
            return
        code = run(preload.Finder(count))
    finally:
        os._exit(code)


def take_over(request: Request, launcher: int, descriptors: list[int]) -> None:
    """Everything that a new process gets from its parent: signals, limits, files, directory, environment."""
    signal.set_wakeup_fd(-1)
    ignored, blocked = processes.signals(launcher)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        ignore = ignored >> (number - 1) & 1
        action = signal.SIG_IGN if ignore else signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, action)
    signal.pthread_sigmask(signal.SIG_SETMASK, {number for number in signal.valid_signals() if blocked >> (number - 1) & 1})
    for limit, values in processes.soft_limits(launcher).items():
        if resource.getrlimit(limit) != values:
            resource.setrlimit(limit, values)

    os.setsid()
    for target, source in enumerate(descriptors[:3]):
        os.dup2(source, target)
    os.fchdir(descriptors[3])
    os.closerange(3, max(int(name) for name in os.listdir("/proc/self/fd")) + 1)
    os.umask(request.umask)

    os.environb.clear()
    os.environb.update(request.environment)
    time.tzset()
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        locale.setlocale(locale.LC_CTYPE, "C")

    random.seed()
    sys.dont_write_bytecode = bool(request.environment.get(b"PYTHONDONTWRITEBYTECODE"))
    unbuffered = bool(request.environment.get(b"PYTHONUNBUFFERED"))
    sys.stdin = sys.__stdin__ = stream(0, "r", request.errors)
    sys.stdout = sys.__stdout__ = stream(1, "w", request.errors, unbuffered)
    sys.stderr = sys.__stderr__ = stream(2, "w", "backslashreplace", unbuffered, line_buffering=True)
    sys.argv = [""]
    sys.path.insert(0, "")


def stream(descriptor: int, mode: str, errors: str, unbuffered: bool = False, line_buffering: bool = False) -> io.TextIOWrapper:
    """As the interpreter opens it when it starts."""
    file = open(descriptor, mode + "b", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115 (it lives as long as the process)
    raw = file if unbuffered else file.raw
    raw.name = {0: "<stdin>", 1: "<stdout>", 2: "<stderr>"}[descriptor]
    text = io.TextIOWrapper(file, "utf-8", errors, newline="\n", line_buffering=line_buffering or file.isatty(), write_through=unbuffered)
    text.mode = mode
    return text


def run(finder: preload.Finder) -> int:
    """Run standard input as a script, as `python < script` does; returns the exit code."""
    main = sys.modules["__main__"]  # the same object: loaded modules may hold it
    main.__dict__.clear()
    main.__dict__.update(FRESH_MAIN)
    sys.meta_path.insert(0, finder)
    gc.enable()
    code = 0
    try:
        exec(compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True), main.__dict__)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if end.code is not None and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:
        code = 1
        sys.excepthook(type(error), error.with_traceback(error.__traceback__.tb_next), error.__traceback__)
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        code = 120
    return code & 0xFF

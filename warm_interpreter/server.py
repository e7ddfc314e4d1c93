# SPDX-License-Identifier: GPL-3.0-or-later
"""The warm interpreter: one process that has everything loaded and forks a child per task.

Started by the launcher as `python server.py BASE STARTUP`; BASE.socket is where it listens. It has one thread, so that a fork copies a
state that nobody is in the middle of changing. A connection is one task and goes through these steps:

    launcher: length, umask, startup, error handler, environment; with them standard input, output, error and the working directory
    server:   R (ready), or N (take the plain interpreter)
    launcher: G (go); until then nothing has run
    server:   X and the wait status once the child has ended, or F if there is no child

The launcher's end is the task: when it closes, the child is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

# Out again after the imports below: a task must not find this directory's files as modules.
sys.path[0] = str(Path(__file__).resolve().parent)
import preload  # noqa: E402
import processes  # noqa: E402
import task  # noqa: E402

del sys.path[0]

# Seconds after the last run has ended. Long enough for a second run to find the server warm.
LINGER = float(os.environ.get("WARM_INTERPRETER_LINGER", "5"))
# Seconds without a task while the run goes on, or while it is not known which run that is.
IDLE = 600.0
IDLE_UNKNOWN = 20.0
LOOK_AROUND = 0.5
READ_SECONDS = 2.0
COUNT_BYTES = 1_000_000


@dataclass
class Task:
    """A connection and, once it is running, its child."""

    connection: socket.socket
    peer: int  # process id of the launcher
    request: task.Request | None = None
    run: processes.Process | None = None
    child: int = 0
    closed: bool = False
    descriptors: list[int] = field(default_factory=list)

    def release(self) -> None:
        """Close what the launcher lent."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


class Server:
    def __init__(self, base: str, startup: bytes) -> None:
        self.base = base
        self.startup = startup
        self.lock = os.open(f"{base}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.selector = selectors.DefaultSelector()
        self.listener: socket.socket | None = None
        self.tasks: dict[socket.socket, Task] = {}
        self.runs: set[processes.Process] = set()
        self.last_event = time.monotonic()
        self.last_run_ended = 0.0  # 0 while a run goes on or none is known
        self.stopping = False
        self.conditions = processes.conditions(os.getpid())
        self.wake_read, self.wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def take_place(self) -> bool:
        """Listen, unless another server does. The file appears only once it is answered."""
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        new = f"{self.base}.{os.getpid()}"
        self.listener.bind(new)
        self.listener.listen(256)
        self.listener.setblocking(False)
        os.rename(new, f"{self.base}.socket")
        return True

    def serve(self) -> None:
        signal.set_wakeup_fd(self.wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        looked = time.monotonic()
        while not (self.stopping and not self.tasks):
            busy = bool(preload.pending())
            for key, _ in self.selector.select(0 if busy else LOOK_AROUND):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fd == self.wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake_read, 4096)
                else:
                    self.hear(self.tasks[key.fileobj])
                busy = False
            self.reap()
            if busy:
                preload.load_next()  # nobody waits: use the time to load one more service model
            if time.monotonic() - looked > LOOK_AROUND:
                self.look_around()
                looked = time.monotonic()

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self.listener.accept()
            peer, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if user != os.geteuid():
                connection.close()
                return
            self.tasks[connection] = Task(connection, peer)
            self.selector.register(connection, selectors.EVENT_READ)

    def hear(self, one: Task) -> None:
        """The launcher wrote or closed."""
        try:
            if one.child:  # it has nothing more to say: this is its end
                self.end(one)
            elif one.request is None:
                self.receive(one)
                self.answer(one)
            elif one.connection.recv(1) == b"G":
                self.fork(one)
            else:
                self.drop(one)
        except (OSError, ValueError):
            self.drop(one)

    def receive(self, one: Task) -> None:
        one.connection.settimeout(READ_SECONDS)
        data, one.descriptors, flags, _ = socket.recv_fds(one.connection, 65536, 4)
        if len(data) < 4 or len(one.descriptors) != 4 or flags & socket.MSG_CTRUNC:
            raise ValueError("not a request")
        length = int.from_bytes(data[:4], "big")
        while len(data) - 4 < length:
            part = one.connection.recv(1 << 20)
            if not part:
                raise ValueError("half a request")
            data += part
        one.request = task.Request.parse(data[4:])

    def answer(self, one: Task) -> None:
        if preload.out_of_date():
            self.stop()  # without a word: the launcher starts another
            self.drop(one)
            return
        self.last_event = time.monotonic()
        try:
            one.run = processes.run_of(one.peer)
            fit = one.request.startup == self.startup and processes.conditions(one.peer) == self.conditions
        except (OSError, processes.Foreign):
            fit = False
        one.connection.sendall(b"R" if fit else b"N")
        if not fit:
            self.drop(one)
        else:
            self.last_run_ended = 0.0
            if one.run:
                self.runs.add(one.run)

    def fork(self, one: Task) -> None:
        try:
            child = os.fork()
        except OSError:
            one.connection.sendall(b"F\0\0\0\0")
            self.drop(one)
            return
        if not child:
            task.become(one.request, one.peer, one.descriptors, os.getppid(), f"{self.base}.count")  # does not return
        one.child = child
        one.release()

    def reap(self) -> None:
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not child:
                return
            self.last_event = time.monotonic()
            for one in [one for one in self.tasks.values() if one.child == child]:
                with contextlib.suppress(OSError):
                    one.connection.sendall(b"X" + status.to_bytes(4, "big"))
                self.drop(one)

    def end(self, one: Task) -> None:
        """The task is over from outside: its child goes with everything it started in its session's group."""
        for kill in (os.killpg, os.kill):  # the child may not have made its group yet
            with contextlib.suppress(ProcessLookupError):
                kill(one.child, signal.SIGKILL)
        self.drop(one)

    def drop(self, one: Task) -> None:
        self.selector.unregister(one.connection)
        self.tasks.pop(one.connection)
        one.connection.close()
        one.release()

    def look_around(self) -> None:
        """Notice runs that have ended, kill what they left, and go when nobody is left."""
        now = time.monotonic()
        ended = {run for run in self.runs if not run.alive()}
        for one in [one for one in self.tasks.values() if one.run in ended and one.child]:
            self.end(one)
        self.runs -= ended
        if ended and not self.runs:
            self.last_run_ended = now
        if self.runs:
            limit = IDLE
        elif self.last_run_ended:
            limit = LINGER
        else:
            limit = IDLE_UNKNOWN
        if not self.tasks and now - max(self.last_event, self.last_run_ended) > limit:
            self.stop()

    def stop(self) -> None:
        """Accept no more; running tasks end first."""
        if self.stopping:
            return
        self.stopping = True
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.base}.socket")
        self.selector.unregister(self.listener)
        self.listener.close()
        fcntl.flock(self.lock, fcntl.LOCK_UN)  # a new server may take the place while the last tasks end


def main(base: str, startup: bytes) -> None:
    server = Server(base, startup)
    if not server.take_place():
        return
    failed = Path(f"{base}.failed")
    for file in (Path(f"{base}.count"), Path(f"{base}.log")):
        if file.exists() and file.stat().st_size > COUNT_BYTES:
            os.truncate(file, 0)
    try:
        preload.load()
    except BaseException:
        traceback.print_exc()
        failed.touch()
        os.unlink(f"{base}.socket")
        raise
    failed.unlink(missing_ok=True)
    server.serve()


if __name__ == "__main__":
    main(sys.argv[1], os.fsencode(sys.argv[2]))

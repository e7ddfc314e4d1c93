# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel knows about a process: whose run it belongs to, and under which conditions it runs (Linux, /proc)."""

from __future__ import annotations

import os
import resource
import typing as t
from dataclasses import dataclass
from pathlib import Path

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
# Lines of /proc/PID/status that a child inherits from the server and cannot be given afterwards.
INHERITED = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
LIMITS = tuple(sorted(value for name, value in vars(resource).items() if name.startswith("RLIMIT_")))


class Foreign(Exception):
    """A process of another user stands between the task and its run: become."""


@dataclass(frozen=True)
class Process:
    pid: int
    started: str  # clock ticks since boot: tells it from a later process of the same number

    def alive(self) -> bool:
        """A process that waits to be reaped is not."""
        try:
            fields = stat(self.pid)
        except OSError:
            return False
        return fields[0] not in "ZX" and fields[19] == self.started


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold blanks and brackets: state, parent ..."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def run_of(launcher: int) -> Process | None:
    """The controller of the run that a launcher belongs to.

    Ansible forks a worker per task and the worker starts a shell: the nearest Python above the launcher is the worker, its parent
    the controller.
    """
    python = os.readlink("/proc/self/exe")
    pid = int(stat(launcher)[1])
    while pid > 1:
        if os.stat(f"/proc/{pid}").st_uid != os.geteuid():
            raise Foreign
        parent = int(stat(pid)[1])
        if executable(pid) == python:
            if executable(parent) == python:
                pid = parent
            return Process(pid, stat(pid)[19])
        pid = parent
    return None


def executable(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def conditions(pid: int) -> dict[str, t.Any]:
    """What must be the same for the server and a task, or the server is not the place for it."""
    known = status(pid)
    return {
        "status": tuple(known.get(name, "") for name in INHERITED),
        "namespaces": tuple(os.readlink(f"/proc/{pid}/ns/{name}") for name in NAMESPACES),
        "root": os.readlink(f"/proc/{pid}/root"),
        "nice": os.getpriority(os.PRIO_PROCESS, pid),
        "processors": os.sched_getaffinity(pid),
        "limits": tuple(resource.prlimit(pid, limit)[1] for limit in LIMITS),
    }


def signals(pid: int) -> tuple[int, int]:
    """Bit masks of the signals that a process ignores and blocks."""
    known = status(pid)
    return int(known["SigIgn"], 16), int(known["SigBlk"], 16)


def soft_limits(pid: int) -> dict[int, tuple[int, int]]:
    return {limit: resource.prlimit(pid, limit) for limit in LIMITS}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of servers rest on: nothing of them is left, and the table says what happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

from data_plane import Asked, Step, aims, figures  # noqa: E402

# Mounts, has a network, and leaves processes behind: in a session of their own, as daemons are.
PROGRAM = """
import json, subprocess, sys
task = json.load(sys.stdin)
subprocess.run(["mount", "-t", "tmpfs", task["name"], "/mnt"], check=True)
subprocess.run(["ip", "netns", "add", task["name"]], check=True)
subprocess.Popen(["sleep", task["seconds"]], stdout=subprocess.DEVNULL, start_new_session=True)
print(json.dumps({"progress": "begun"}), flush=True)
if task["stays"]:
    subprocess.run(["sleep", task["seconds"]])
print(json.dumps({"result": task["name"]}))
"""
CALLER = """
import json, sys
from pathlib import Path
sys.path.append(sys.argv[1])
from alone import alone
print(alone(Path(sys.argv[2]), json.loads(sys.argv[3]), lambda words: print(words, flush=True)))
"""
alone = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="namespaces and control groups are made by root, on Linux")


def left(seconds: str, name: str) -> list[str]:
    """What is on this machine of a program that has ended."""
    found = [f"network {name}"] if name in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split() else []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", seconds.encode()]:
                found.append(f"process {process.name}")
            if f"{name} /mnt" in (process / "mounts").read_text():
                found.append(f"mount of {process.name}")
        except OSError:
            continue  # it has ended
    return found


@alone
# The first leaves an empty control group, which the second removes.
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, None])
def test_nothing_is_left(tmp_path: Path, ending: signal.Signals | None) -> None:
    """Neither of a program that ends, nor of one that is interrupted or killed."""
    program, name, seconds = tmp_path / "program.py", f"bench-{os.getpid()}", f"7{os.getpid()}"
    program.write_text(PROGRAM)
    task = f'{{"name": "{name}", "seconds": "{seconds}", "stays": {str(ending is not None).lower()}}}'
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(BENCHMARKS), str(program), task], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        # Whoever started the tests may have told them to ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert caller.stdout is not None
    assert caller.stdout.readline() == "begun\n"
    if ending is None:
        assert caller.stdout.readline() == f"{name}\n"
        assert caller.wait(20) == 0
    else:
        assert left(seconds, name), "there is nothing to leave"
        caller.send_signal(ending)
        caller.wait(20)
        if ending == signal.SIGKILL:
            time.sleep(0.5)  # the kernel ends the rest without anybody waiting for it
        assert ending == signal.SIGKILL or groups() == []
    caller.stdout.close()
    assert left(seconds, name) == []


def groups() -> list[str]:
    """Control groups of callers that are gone."""
    mounted = next(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines() if line.split()[2] == "cgroup2")
    return [path.name for path in Path(mounted).glob("groundswell-bench-*") if not Path("/proc", path.name.rpartition("-")[2]).exists()]


def steps(*seen: tuple[float, str]) -> list[Step]:
    server = SimpleNamespace(began=20.0)
    return [Step(at, what, SimpleNamespace(name="server1"), server) for at, what in seen]  # type: ignore[arg-type]


def test_figures() -> None:
    """Failed is what was not answered with 200; times count from the fault."""
    asked = [Asked(9.0, 0.1, "/", 200), Asked(11.0, 0.2, "/", 502), Asked(14.5, 3.0, "/", 0), Asked(30.0, 0.1, "/", 200)]
    row = figures(asked, steps((18.0, "unhealthy"), (20.5, "launching"), (24.0, "in service")), 10.0, True)
    assert row == {
        "requests": 4,
        "failed": 2,
        "failed %": 50.0,
        "failing for s": 3.5,
        "slowest s": 3.0,
        "noticed s": 8.0,
        "booted s": 4.0,
        "replaced s": 14.0,
    }


def test_aims() -> None:
    """What must not fail is told from what may, and a drained server's successor has no hurry."""
    row = {"requests": 100, "failed": 0, "failed %": 0.0, "booted s": 3.0, "noticed s": 8.0, "replaced s": 11.0}
    runs = {
        "killed, retries": row,
        "killed, no retries": {**row, "failed": 4, "failed %": 4.0},
        "drained, retries": {**row, "replaced s": 60.0},
        "drained, no retries": {**row, "failed": 1, "failed %": 1.0, "replaced s": 70.0},
    }
    found = {aim["of"]: aim["value"] for aim in aims(runs)}
    assert found["failed of 200 requests, GET tried again"] == 0
    assert found["failed %, nothing tried again, worst fault"] == 4.0
    assert found["failed when drained, nothing tried again"] == 1
    assert found["fault to replacement in service, slowest, s"] == 11.0

# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program with a network, mounts, processes and control groups of its own. Whatever it starts or mounts ends with it, however it ends:
the kernel sees to that, and no program that would have to be alive then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GROUP = "groundswell-bench"
# The death of this process reaches all of it: setpriv tells unshare, which tells the first of the new processes, with which the others end.
ALONE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
# Machines with systemd want control groups of the second version, which not every host has where they look for them.
ENTER = """
mount -t tmpfs -o mode=0755 bench /run
mkdir /run/groups
mount -t cgroup2 groups /run/groups
mkdir "/run/groups/$1"
echo $$ >"/run/groups/$1/cgroup.procs"
shift
umount /run/groups
exec unshare --cgroup sh -euc 'mount -t cgroup2 groups /sys/fs/cgroup; exec "$@"' sh "$@"
"""
# Empty control groups are all that can be left: those of this run, and of earlier ones that were killed.
SWEEP = """
mount -t cgroup2 groups /mnt
cd /mnt
for group in "$1"-*; do
    if [ -d "$group" ] && { [ "$group" = "$1-$2" ] || ! [ -e "/proc/${group##*-}" ]; }; then find "$group" -depth -type d -exec rmdir {} +; fi
done
"""
SWEEP_WITHIN = 10  # seconds: what was killed takes a moment to end


def alone(program: Path, task: dict[str, Any], say: Callable[[str], None]) -> Any:
    """What the program answers. It gets the task as JSON, and writes one JSON object a line: {"progress": "..."}, and {"result": ...} at the end."""
    group = f"{GROUP}-{os.getpid()}"
    command = [*ALONE, "sh", "-euc", ENTER, "sh", group, sys.executable, "-B", str(program)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "collections")}
    # In a session of its own: Ctrl-C is for this process, which ends the other.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    assert process.stdin is not None and process.stdout is not None
    found: dict[str, Any] = {}
    try:
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        for line in process.stdout:
            words = json.loads(line)
            if "progress" in words:
                say(words["progress"])
            found |= words
        if process.wait() or "result" not in found:
            sys.exit(f"{program.name} ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()
        _sweep()
    return found["result"]


def _sweep() -> None:
    until = time.monotonic() + SWEEP_WITHIN
    while True:
        done = subprocess.run(["unshare", "--mount", "sh", "-euc", SWEEP, "sh", GROUP, str(os.getpid())], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > until:
            sys.exit(f"empty control groups are left: {done.stderr.strip()}")
        time.sleep(0.2)

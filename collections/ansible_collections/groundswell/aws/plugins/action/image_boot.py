# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Boot a disk on the controller and tell what happens meanwhile; documented in plugins/modules/image_boot.py."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from pathlib import Path

import ansible_collections.groundswell.aws as collection
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.modules.image_boot import DOCUMENTATION
from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_test import FIRMWARE, QEMU

display = Display()

_PROBE_SECONDS = 10
_CONSOLE = {"x86_64": "ttyS0", "arm64": "ttyAMA0"}
# Of a network, a process table and mounts of its own. The death of this process reaches it through setpriv, and through it everything inside.
_ALONE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"]


def _end_with_parent(process: subprocess.Popen[str]) -> None:
    """Kill it as soon as this process has lost its parent."""
    parent = os.getppid()
    while process.poll() is None:
        if os.getppid() != parent:
            process.kill()
        time.sleep(1)


class ActionModule(ActionBase):
    """Everything happens here and in the process that this starts."""

    _requires_connection = False
    _supports_check_mode = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        spec = argument_spec(DOCUMENTATION)
        self._VALID_ARGS = frozenset(spec)
        _, task = self.validate_argument_spec(spec)
        missing = self._missing(task)
        if missing:
            return {**result, "failed": True, "msg": missing}
        name = (task_vars or {}).get("inventory_hostname", "")
        with tempfile.TemporaryDirectory(dir=Path(task["disk"]).parent, prefix="boot-") as work:
            task["kvm"] = task["accelerator"] == "kvm" or (task["accelerator"] == "auto" and self._kvm_works(task))
            display.display(f"  {name}: booting with {'KVM' if task['kvm'] else 'TCG (KVM does not start a kernel here)'}")
            found = self._boot({**task, "work": work}, name)
        result |= {"changed": False, **{key: value for key, value in found.items() if key not in ("passed", "why", "console")}}
        for sentence in found.get("left_out", []):
            display.warning(f"{name}: not tested: {sentence}")
        if not found["passed"]:
            result |= {"failed": True, "msg": self._told(task, found)}
        return result

    @staticmethod
    def _missing(task: dict[str, t.Any]) -> str:
        """What stands in the way, or nothing."""
        if not Path(task["disk"]).exists():
            return f"there is no disk {task['disk']}"
        if os.geteuid() != 0:
            return "booting a disk in a network of its own takes root"
        tools = [tool for tool in (QEMU[task["architecture"]][0], "qemu-img", "unshare", "setpriv", "ip") if not shutil.which(tool)]
        if tools:
            return f"not installed: {', '.join(tools)}"
        if not any(Path(code).exists() for code, _ in FIRMWARE[task["architecture"]]):
            return "not installed: UEFI firmware for virtual machines (Debian: ovmf for x86_64, qemu-efi-aarch64 for arm64)"
        return ""

    @staticmethod
    def _kvm_works(task: dict[str, t.Any]) -> bool:
        """Whether the kernel is seen to start under KVM: a device that can be opened proves nothing."""
        if not task["kernel"] or not os.access("/dev/kvm", os.R_OK | os.W_OK):
            return False
        command = [
            *("timeout", "--signal", "KILL", str(_PROBE_SECONDS), *QEMU[task["architecture"]], "-accel", "kvm", "-cpu", "host", "-m", "256"),
            *("-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", task["kernel"]),
            *("-append", f"console={_CONSOLE[task['architecture']]} panic=-1"),
        ]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            started = any(b"Linux version" in line for line in process.stdout)
            process.kill()
        return started

    def _boot(self, task: dict[str, t.Any], name: str) -> dict[str, t.Any]:
        """The result of the process that boots."""
        package = Path(collection.__path__[0])
        environment = {**os.environ, "PYTHONPATH": str(package.parents[2])}
        command = [*_ALONE, sys.executable, "-m", "ansible_collections.groundswell.aws.plugins.plugin_utils.boot_test"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
            # This worker outlives the run when that is killed; what it has started must not.
            threading.Thread(target=_end_with_parent, args=(process,), daemon=True).start()
            process.stdin.write(json.dumps(task))
            process.stdin.close()
            found = None
            for line in process.stdout:
                words = json.loads(line)
                if "progress" in words:
                    display.display(f"  {name}: {words['progress']}")
                found = words.get("result", found)
            error = process.stderr.read()
        return found or {"passed": False, "why": f"the test itself failed: {error.strip()[-2000:]}", "checks": [], "console": []}

    @staticmethod
    def _told(task: dict[str, t.Any], found: dict[str, t.Any]) -> str:
        """A failure in full: what was expected, and the end of what the machine said."""
        lines = [f"the image does not boot as it must: {found['why']}" if found["why"] else "the image boots, and is not as it must be"]
        lines += [f"- not so: {check['name']}; found: {json.dumps(check['found'])}" for check in found["checks"] if not check["passed"]]
        lines += [f"The end of its console ({task['serial_log']}):", *(f"  {line}" for line in found["console"])]
        return "\n".join(lines)

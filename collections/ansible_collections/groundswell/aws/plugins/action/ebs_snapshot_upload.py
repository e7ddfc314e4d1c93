# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells how far an upload is while it runs; documented in plugins/modules/ebs_snapshot_upload.py."""

from __future__ import annotations

import json
import tempfile
import threading
import time
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.groundswell.aws.plugins.plugin_utils.words import progress

_EVERY = 10.0  # seconds
_display = Display()


class ActionModule(ActionBase):
    """Runs the module, and reads aloud what it notes meanwhile. The disk is where the module runs: on this machine."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        ended = threading.Event()
        with tempfile.TemporaryDirectory(prefix="groundswell-") as folder:
            notes = Path(folder) / "progress"
            listener = threading.Thread(target=self._tell, args=(notes, Path(str(self._task.args.get("path", ""))).name, ended), daemon=True)
            listener.start()
            try:
                result |= self._execute_module(module_args={**self._task.args, "progress_file": str(notes)}, task_vars=task_vars)
            finally:
                ended.set()
                listener.join()
        return result

    @staticmethod
    def _tell(notes: Path, name: str, ended: threading.Event) -> None:
        begun: dict[str, float] = {}  # what it is doing -> when it was not yet
        looked = time.monotonic()
        while not ended.wait(_EVERY):
            before, looked = looked, time.monotonic()
            try:
                told = json.loads(notes.read_text(encoding="ascii"))
            except (OSError, ValueError):
                continue
            elapsed = looked - begun.setdefault(told["what"], before)
            _display.display("  " + progress(name, told["what"], told["count"], told["total"], told["unit_bytes"], elapsed))

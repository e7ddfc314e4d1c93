# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait for an instance refresh and tell how far it is; documented in plugins/modules/autoscaling_instance_refresh.py."""

from __future__ import annotations

import time
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.groundswell.aws.plugins.plugin_utils.refresh_words import begun, progress

_MODULE = "groundswell.aws.autoscaling_instance_refresh"
_LONGEST_PAUSE = 15.0  # seconds between two looks
_SAY_AGAIN = 60.0  # seconds after which a line is said although nothing is new
_BLIND = 5  # looks in a row that may fail
_ONLY_HERE = ("wait", "wait_timeout", "label")


class ActionModule(ActionBase):
    """Each look is a run of the module."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        first = self._look(arguments, task_vars)
        if first.get("failed"):
            return result | first
        before = first["outdated"]
        last, failure = first, ""
        if first["outcome"] == "in_progress" and not self._task.check_mode and boolean(arguments.get("wait", True)):
            last, failure = self._follow(arguments, first, task_vars)
        left = [] if self._task.check_mode and last["outcome"] == "in_progress" else last["outdated"]
        replaced = sorted(set(before) - set(left)) if last["outcome"] != "nothing_to_do" else []
        result |= last
        result["changed"] = first["changed"] or bool(replaced and not first["joined"])
        result["joined"] = first["joined"]
        result["changes"] = [{"kind": "ec2_instances", "name": one, "action": "replace", "options": []} for one in replaced]
        if failure:
            result |= {"failed": True, "msg": failure}
        return result

    def _look(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        given = {name: value for name, value in arguments.items() if name not in _ONLY_HERE}
        return t.cast("dict[str, t.Any]", self._execute_module(module_name=_MODULE, module_args=given, task_vars=task_vars))

    def _follow(self, arguments: dict[str, t.Any], last: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> tuple[dict[str, t.Any], str]:
        """(the last look, why it was the last if the refresh is not over)."""
        label, group, refresh = arguments.get("label") or arguments["name"], arguments["name"], last["refresh"]["id"]
        started, said, said_at, blind = time.monotonic(), "", 0.0, 0
        self._say(begun(label, group, last))
        while True:
            elapsed = time.monotonic() - started
            line = progress(label, last)
            if last["outcome"] != "in_progress" or line != said or elapsed - said_at >= _SAY_AGAIN:
                said, said_at = line, elapsed
                self._say(progress(label, last, elapsed))
            if last["outcome"] != "in_progress":
                return last, ""
            if elapsed > float(arguments.get("wait_timeout", 10800)):
                return last, f"instance refresh {refresh} of {group} is still in progress after {elapsed:.0f} s. Run again to go on waiting"
            # A tenth of what has been waited already: late by at most that share, few calls on long waits.
            time.sleep(min(_LONGEST_PAUSE, max(1.0, elapsed / 10)))
            seen = self._look(arguments | {"follow": refresh}, task_vars)
            if not seen.get("failed"):
                last, blind = seen, 0
                continue
            blind += 1
            if blind >= _BLIND:
                message = seen.get("msg", "no message")
                return last, f"instance refresh {refresh} of {group} goes on, but it cannot be looked at: {message}. Run again to go on waiting"

    def _say(self, line: str) -> None:
        self._display.display(f"  {line}")

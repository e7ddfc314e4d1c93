# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps the lock that a run has taken until it ends, and the record of what it did."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_record
type: aggregate
short_description: Keeps the lock of a run until it ends, and writes its record
version_added: 0.1.0
description:
  - When M(groundswell.aws.run_lock) has taken the lock of an environment, this callback starts a process that renews it. When the run has ended, that process
    writes the run's record into S3 and releases the lock, also where the run was interrupted or killed.
  - Where somebody else has taken the lock over meanwhile, with a consent that names this run, the run is stopped before its next task.
  - A record has who ran what from where, with which inputs, what was changed, and what failed. No values that AWS returned, and of variables given with C(-e)
    only those that the argument spec of a role knows and that cannot be secret. Results of C(no_log) tasks arrive here already censored.
requirements:
  - listed in C(callbacks_enabled) of C(ansible.cfg)
"""

import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__
from ansible.utils.vars import load_extra_vars
from ansible_collections.groundswell.aws.plugins.plugin_utils.record import Record
from ansible_collections.groundswell.aws.plugins.plugin_utils.run_inputs import told_inputs
from ansible_collections.groundswell.aws.plugins.plugin_utils.words import bare, message_of

if t.TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult

LOCK = "groundswell.aws.run_lock"
# What plays see of it: the run's name, that of its playbook, and the environment whose lock this run has, or has looked at.
RUN, PLAYBOOK, LOCKED = "GROUNDSWELL_RUN", "GROUNDSWELL_PLAYBOOK", "GROUNDSWELL_LOCKED"
KEEPER = Path(__file__).resolve().parent.parent / "plugin_utils" / "run_keeper.py"
STORE = Path(__file__).resolve().parent.parent / "module_utils" / "run_store.py"
# Where the run of a pipeline can be looked at.
PIPELINES = (
    ("GITHUB_RUN_ID", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
    ("CI_JOB_URL", "{CI_JOB_URL}"),
    ("BUILD_URL", "{BUILD_URL}"),
)


def utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class CallbackModule(CallbackBase):
    """Sees all of a run from its first process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "groundswell.aws.run_record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: t.Any = None, options: t.Any = None) -> None:
        super().__init__(display=display, options=options)
        self._keeper: subprocess.Popen[bytes] | None = None

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._record = Record()
        self._began = self._record.started
        self._playbook, self._loader = Path(playbook._file_name).stem, playbook._loader
        self._lock: dict[str, t.Any] = {}
        # Sorts by time, and nobody else has it.
        os.environ[RUN] = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(self._began))}-{secrets.token_hex(3)}"
        os.environ[PLAYBOOK] = self._playbook
        os.environ.pop(LOCKED, None)

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._record.end()
        self._record.begin(play.get_name().strip() or "unnamed")
        self._tell()

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        if self._keeper and select.select([self._keeper.stdout], [], [], 0)[0]:
            self._stop()

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._record.note(result.host.get_name(), bare(result.task_name), str(result.task.action).rpartition(".")[2], result.result)
        if result.task.action == LOCK and "place" in result.result:
            os.environ[LOCKED] = result.result["place"]["environment"]
            if not context.CLIARGS.get("check"):
                self._keep(result.result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._fail(result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._fail(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        os.environ.pop(LOCKED, None)
        if not self._keeper:
            return
        self._record.end()
        self._record.cells = {host: stats.summarize(host) for host in sorted(stats.processed)}
        left = stats.custom.get("_run") or {}
        self._record.deployments, self._runbooks = left.get("deployments") or {}, left.get("runbooks") or {}
        keeper, self._keeper = self._keeper, None
        try:
            said, _ = keeper.communicate(self._line(ended=True))
            answer = json.loads(said.splitlines()[-1])
        except (OSError, ValueError, IndexError):
            answer = {"problem": "the process that keeps the lock is gone", "kept": "nowhere"}
        if answer.get("kept"):
            self._display.warning(f"the record of this run is not in S3 ({answer['problem']}); it is kept here: {answer['kept']}")
        elif answer.get("problem"):
            self._display.warning(f"the lock of this run could not be released, and expires ({answer['problem']})")

    # -----------------------------------------------------------------------------------------------------------------------

    def _fail(self, result: CallbackTaskResult) -> None:
        name = bare(result.task_name)
        self._record.note(result.host.get_name(), name, str(result.task.action).rpartition(".")[2], result.result)
        self._record.layer.failures.append({"cell": result.host.get_name(), "task": name, "message": message_of(result.result)})

    def _keep(self, taken: dict[str, t.Any]) -> None:
        """Start the keeper. It has the lock from now on."""
        self._runbooks: dict[str, t.Any] = {}
        self._taken = taken
        # Once: the record is told at each play, and what the run was given is looked up in the roles' argument specs.
        self._inputs = told_inputs(load_extra_vars(self._loader), [Path(path) for path in C.DEFAULT_ROLES_PATH])
        settings = {
            **{name: taken[name] for name in ("place", "lock", "etag", "every", "python")},
            "pid": os.getpid(),
            "store": str(STORE),
            "root": str(Path(C.CONFIG_FILE or ".").resolve().parent),
            "kept_as": str(Path(taken["directory"], f"{os.environ[RUN]}.json")),
            "started": self._began,
            "record": self._as_record(),
        }
        self._keeper = subprocess.Popen(
            [sys.executable, "-IS", str(KEEPER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._send(json.dumps(settings, default=str).encode() + b"\n")

    def _tell(self) -> None:
        """What has been done so far, in case the run does not live to tell."""
        if self._keeper:
            self._send(self._line())

    def _send(self, line: bytes) -> None:
        try:
            self._keeper.stdin.write(line)
            self._keeper.stdin.flush()
        except OSError as error:
            self._display.warning(f"the process that keeps the lock of this run is gone ({error}): the lock expires, and nothing is recorded")
            self._keeper = None

    def _stop(self) -> None:
        """Before the next task: what is being done somewhere else must not be done here too."""
        said = self._keeper.stdout.readline()
        if said:
            self._display.error(f"the lock of this run was taken over by {json.loads(said)['lost']}: nothing more is done here")
            raise KeyboardInterrupt  # as if it had been interrupted: tasks that run are ended

    def _line(self, ended: bool = False) -> bytes:
        return json.dumps({"record": self._as_record(ended), "doing": self._record.layer.name, "ended": ended}, default=str).encode() + b"\n"

    def _as_record(self, ended: bool = False) -> dict[str, t.Any]:
        record, taken, now = self._record, self._taken, time.time()
        failed = bool(record.failures)
        return {
            "run": os.environ[RUN],
            "environment": taken["place"]["environment"],
            "playbook": self._playbook,
            "result": ("failed" if failed else "changed" if record.changes else "unchanged") if ended else "running",
            "who": taken["caller"],
            "user": os.environ.get("USER", ""),
            "host": socket.gethostname(),
            "pipeline": next((url.format_map(_Known(os.environ)) for name, url in PIPELINES if os.environ.get(name)), ""),
            "started": utc(self._began),
            "ended": utc(now) if ended else "",
            "seconds": round(now - self._began, 1),
            "inventory": [os.path.relpath(path) for path in context.CLIARGS.get("inventory") or ()],
            **{name: context.CLIARGS.get(option) for name, option in (("limit", "subset"), ("tags", "tags"), ("skip_tags", "skip_tags"))},
            "variables": self._inputs,
            "versions": {"ansible-core": __version__, "python": sys.version.split()[0]},
            "lock": taken["told"],
            "cells": record.cells,
            "layers": [
                {"name": layer.name, "seconds": layer.seconds, "changes": layer.changes, "failures": layer.failures}
                for layer in record.layers
                if layer.changes or layer.failures
            ],
            "deployments": record.deployments,
            "runbooks": self._runbooks,
        }


class _Known(dict[str, str]):
    """An environment in which what is not set is empty."""

    def __missing__(self, name: str) -> str:
        return ""

# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells what a run does to the account, for people who do not know Ansible."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rollout
type: stdout
short_description: Tells what a run does to the account, layer by layer
version_added: 0.1.0
description:
  - One line for each layer, with what was created, changed and removed, and how long it took; waits; failures in full, with a hint.
  - At the end what is no longer declared and how to remove it, what check mode could not foresee, addresses, and what to do next.
  - From C(-v) on it is the default callback.
  - Values that AWS returned are never shown or kept, only names, kinds and the names of options. Results of C(no_log) tasks arrive here
    already censored.
options:
  run_record:
    description: File that a record of the run is written to as JSON.
    type: path
    env:
      - name: GROUNDSWELL_RUN_RECORD
  wait_shown_after:
    description: Seconds from which on a task is listed as a wait.
    type: float
    default: 15.0
    env:
      - name: GROUNDSWELL_WAIT_SHOWN_AFTER
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

import atexit
import json
import os
import shlex
import sys
import textwrap
import time
import typing as t
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.plugins.callback.default import CallbackModule as Default
from ansible_collections.groundswell.aws.plugins.plugin_utils.hints import denial_in, hint_for, remedy
from ansible_collections.groundswell.aws.plugins.plugin_utils.record import Record
from ansible_collections.groundswell.aws.plugins.plugin_utils.words import bare, message_of, span, text, told

if t.TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult

# Tasks that wait for what AWS goes on with when nobody waits, and tell how far it is.
_GO_ON = {
    "groundswell.aws.autoscaling_instance_refresh": "AWS goes on with the instance refresh. The same command joins it again; "
    "playbooks/rollback.yml goes back; aws autoscaling describe-instance-refreshes --auto-scaling-group-name <group> looks at it, "
    "aws autoscaling cancel-instance-refresh --auto-scaling-group-name <group> stops it where it is.",
}
_NAME_WIDTH = 36
_DONE_WIDTH = 90


class CallbackModule(Default):
    """The default callback from -v on; below that, one line a layer."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "groundswell.aws.rollout"

    def __init__(self) -> None:
        super().__init__()
        self._record = Record()
        self._begun: dict[tuple[str, str], float] = {}  # (cell, task) -> when it started
        self._left_to_aws: dict[tuple[str, str], str] = {}  # (cell, task) -> what goes on there when this run is interrupted
        atexit.register(self._tell_what_goes_on)
        self._live = sys.stdout.isatty()

    @property
    def _plain(self) -> bool:
        """Whether to be the default callback."""
        return bool(self._display.verbosity)

    # What happens, in the order in which it happens ---------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._record.check = bool(context.CLIARGS.get("check"))
        self._record.inventory = [os.path.relpath(path) for path in context.CLIARGS.get("inventory") or ()]
        if self._plain:
            return super().v2_playbook_on_start(playbook)
        what = "Looking at what would change" if self._record.check else "Rolling out"
        if Path(playbook._file_name).name != "site.yml":
            what = f"{'Looking at' if self._record.check else 'Running'} {Path(playbook._file_name).stem}"
        return self._say(f"{what} ({', '.join(self._record.inventory) or 'default inventory'})")

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._end_layer()
        self._record.begin(play.get_name().strip() or "unnamed")
        if self._plain:
            return super().v2_playbook_on_play_start(play)
        self._play = play
        return None

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        if self._plain:
            return super().v2_playbook_on_task_start(task, is_conditional)
        self._last_task_name = task.get_name().strip()
        if self._live:
            # Overwritten by whatever is written next, but where the task itself is going to say something.
            line = f"  {self._record.layer.name}: {bare(self._last_task_name)} ..."
            self._display.display(f"\r\033[K{line[: _NAME_WIDTH + _DONE_WIDTH]}", newline=task.action in _GO_ON)
        return None

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        if self._plain:
            return super().v2_playbook_on_handler_task_start(task)
        return self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._begun[host.get_name(), task._uuid] = time.monotonic()
        if task.action in _GO_ON and not self._record.check:
            self._left_to_aws[host.get_name(), task._uuid] = _GO_ON[task.action]
        if self._plain:
            super().v2_runner_on_start(host, task)

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._left_to_aws.pop((result.host.get_name(), result.task._uuid), None)
        self._note(result)
        if self._plain:
            return super().v2_runner_on_ok(result)
        self._handle_warnings_and_exception(result)
        if result.task.action in ("ansible.builtin.debug", "debug"):
            # Of a loop, what its rounds have to say: its own words are that they are over.
            for part in result.result.get("results") or [result.result]:
                if "msg" in part and not part.get("skipped"):
                    self._say(textwrap.indent(text(part["msg"]), "  "))
        return None

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        self._left_to_aws.pop((result.host.get_name(), result.task._uuid), None)
        if not ignore_errors:
            self._note(result)
            self._record.layer.failures.append({"cell": result.host.get_name(), "task": bare(result.task_name), "message": message_of(result.result)})
        if self._plain:
            return super().v2_runner_on_failed(result, ignore_errors)
        self._handle_warnings(result.result)
        if not ignore_errors:
            self._tell_failure(result)
        return None

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._record.layer.failures.append({"cell": result.host.get_name(), "task": bare(result.task_name), "message": message_of(result.result)})
        if self._plain:
            return super().v2_runner_on_unreachable(result)
        return self._tell_failure(result)

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        self._left_to_aws.pop((result.host.get_name(), result.task._uuid), None)
        # Modules without check mode come back skipped, with these words: what they would do, nobody knows.
        if "check mode" in str(result.result.get("msg", "")):
            self._record.unpredicted.append({"cell": result.host.get_name(), "task": bare(result.task_name), "why": "its module has no check mode"})
        if self._plain:
            super().v2_runner_on_skipped(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._end_layer()
        self._record.seconds = round(time.time() - self._record.started, 2)
        self._record.cells = {host: stats.summarize(host) for host in sorted(stats.processed)}
        left = stats.custom.get("_run") or {}
        self._record.summary, self._record.deployments = left.get("summary") or {}, left.get("deployments") or {}
        if self._plain:
            super().v2_playbook_on_stats(stats)
        else:
            self._tell_end()
        path = self.get_option("run_record")
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(json.dumps(self._record.as_dict(), indent=1, default=str) + "\n", encoding="utf-8")

    def _tell_what_goes_on(self) -> None:
        """A run that is interrupted has no end of its own."""
        for word in dict.fromkeys(self._left_to_aws.values()):
            self._say(textwrap.fill(word, 120, break_long_words=False, break_on_hyphens=False))

    # What nobody has to see below -v --------------------------------------------------------------------------------------

    def v2_runner_item_on_ok(self, result: CallbackTaskResult) -> None:
        if self._plain:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_failed(self, result: CallbackTaskResult) -> None:
        if self._plain:
            super().v2_runner_item_on_failed(result)

    def v2_runner_item_on_skipped(self, result: CallbackTaskResult) -> None:
        if self._plain:
            super().v2_runner_item_on_skipped(result)

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        if self._plain:
            super().v2_playbook_on_include(included_file)

    def v2_runner_retry(self, result: CallbackTaskResult) -> None:
        if self._plain:
            super().v2_runner_retry(result)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        if self._plain:
            super().v2_playbook_on_no_hosts_matched()

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        if self._plain:
            super().v2_playbook_on_no_hosts_remaining()

    def v2_on_file_diff(self, result: CallbackTaskResult) -> None:
        if self._plain:
            return super().v2_on_file_diff(result)
        parts = result.result.get("results") or [result.result]
        for diff in [self._get_diff(part["diff"]) for part in parts if isinstance(part, dict) and part.get("changed") and part.get("diff")]:
            self._say(diff.rstrip())
        return None

    # Words ----------------------------------------------------------------------------------------------------------------

    def _say(self, text: str, color: str | None = None) -> None:
        if self._live:
            self._display.display("\r\033[K", newline=False)
        self._display.display(text, color=color)

    def _note(self, result: CallbackTaskResult) -> None:
        """Keep what a task did, and how long it waited."""
        cell, task = result.host.get_name(), bare(result.task_name)
        self._record.layer.tasks += 1
        self._record.note(cell, task, str(result.task.action).rpartition(".")[2], result.result)
        seconds = time.monotonic() - self._begun.pop((cell, result.task._uuid), time.monotonic())
        if seconds >= self.get_option("wait_shown_after"):
            self._record.layer.waits.append({"cell": cell, "task": task, "seconds": round(seconds, 1)})
            if not self._plain:
                self._say(f"  {task} took {span(seconds)} ({cell})")

    def _end_layer(self) -> None:
        if not self._record.layers or self._record.layer.seconds:
            return
        self._record.end()
        layer = self._record.layer
        if self._plain or not layer.tasks:
            return
        changes = told(layer.changes, self._record.check)
        if layer.failures:
            done, color = "failed" + (f", having {changes}" if changes else ""), C.COLOR_ERROR
        elif changes:
            done, color = changes, C.COLOR_CHANGED
        else:
            done, color = (f"as declared: {layer.kept} resource{'s' * (layer.kept != 1)}" if layer.kept else "done"), C.COLOR_OK
        first, *rest = textwrap.wrap(done, _DONE_WIDTH) or [""]
        self._say(f"{layer.name:<{_NAME_WIDTH}} {span(layer.seconds):>9}  {first}", color)
        for line in rest:
            self._say(f"{'':<{_NAME_WIDTH + 12}} {line}", color)

    def _tell_failure(self, result: CallbackTaskResult) -> None:
        message = message_of(result.result)
        if [failure["message"] for failure in self._record.layer.failures].count(message) > 1:
            self._say(f"  The same in {result.host.get_name()}.", C.COLOR_ERROR)
            return
        self._say(f"FAILED {self._record.layer.name}, {result.host.get_name()}: {bare(result.task_name)}", C.COLOR_ERROR)
        self._say(textwrap.indent(message, "  "), C.COLOR_ERROR)
        denial = denial_in(message)
        if denial:
            told = remedy(denial, self._policy(denial.action), self._administered())
            self._say(textwrap.fill(told, 120, initial_indent="  ", subsequent_indent="  ", break_long_words=False))
        hint = hint_for(message)
        if hint:
            self._say(textwrap.fill(f"What to do: {hint.do}", 120, initial_indent="  ", subsequent_indent="  "), C.COLOR_HIGHLIGHT)
        path = result.task.get_path()
        if path:
            self._say(f"  Task: {os.path.relpath(path.rpartition(':')[0])}:{path.rpartition(':')[2]} (-vvv shows its arguments)", C.COLOR_DEBUG)

    def _policy(self, action: str) -> str:
        """The file that says what the play's playbook may do: what only reads is said once for all layers of the site."""
        playbook = Path(str(self._play.get_path()).rpartition(":")[0])
        files = [playbook.parent.parent / "roles" / "deployer" / "templates" / f"{name}.json.j2" for name in (playbook.stem, "look")]
        reads = action.partition(":")[2].startswith(("Describe", "Get", "List", "View"))
        return next((os.path.relpath(file) for file in (files[::-1] if reads and files[0].exists() else files[:1]) if file.exists()), "")

    def _administered(self) -> str:
        """The play's playbook, where playbooks/bootstrap.yml runs it and no deployer may."""
        playbook = Path(str(self._play.get_path()).rpartition(":")[0])
        bootstrap, policy = playbook.with_name("bootstrap.yml"), f"roles/deployer/templates/{playbook.stem}.json.j2"
        if not bootstrap.exists() or f"import_playbook: {playbook.name}" not in bootstrap.read_text() or (playbook.parent.parent / policy).exists():
            return ""
        return os.path.relpath(playbook)

    # The end --------------------------------------------------------------------------------------------------------------

    def _tell_end(self) -> None:
        record = self._record
        failed = sum(cell["failures"] + cell["unreachable"] for cell in record.cells.values())
        if record.changes:
            self._heading("What would change" if record.check else "What changed")
            for name, entry in record.by_layer().items():
                if entry["changes"]:
                    self._say(textwrap.fill(f"{name}: {told(entry['changes'], record.check)}", 120, initial_indent="  ", subsequent_indent="    "))
        self._tell_list("Could not be foretold", [f"{gap['task']} ({gap['cell']}): {gap['why']}" for gap in record.unpredicted])
        self._tell_list("Submitted, and not ready yet (the next run waits for it)", sorted(record.waiting))
        self._tell_undeclared()
        if record.summary and not failed:
            self._tell_summary(record.summary)
        verb = "would change" if record.check else "changed"
        self._say("")
        self._say(
            f"{verb}={len(record.changes)} failed={failed} in {span(record.seconds)}" + (" (nothing was touched)" if record.check else ""),
            C.COLOR_ERROR if failed else C.COLOR_OK,
        )
        if failed:
            self._say("Run the same command again once that is mended: what is done stays, and the run goes on from there.")

    def _tell_undeclared(self) -> None:
        names = sorted(self._record.undeclared)
        if not names:
            return
        self._tell_list("Ours, and no longer declared: nothing removes it until you say so", names)
        inventory = " ".join(f"-i {shlex.quote(path)}" for path in self._record.inventory)
        consent = json.dumps({"remove_undeclared": names})
        self._say(f"  ansible-playbook site.yml {inventory} -e {shlex.quote(consent)}".replace("  -e", " -e"))

    def _tell_summary(self, summary: dict[str, t.Any]) -> None:
        """`{"Addresses": {"Site": "https://..."}, "What to do next": ["..."]}`, as role summary leaves it."""
        for title, content in summary.items():
            if isinstance(content, dict) and content:
                self._heading(title)
                width = max(len(str(key)) for key in content)
                for key, value in content.items():
                    self._say(f"  {key:<{width}}  {value}")
            elif isinstance(content, list):
                self._tell_list(title, [str(line) for line in content])

    def _tell_list(self, title: str, lines: list[str]) -> None:
        if lines:
            self._heading(title)
            for line in dict.fromkeys(lines):
                self._say(textwrap.fill(line, 120, initial_indent="  - ", subsequent_indent="    ", break_long_words=False))

    def _heading(self, title: str) -> None:
        self._say("")
        self._say(title, C.COLOR_HIGHLIGHT)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook gives the same results with the warm interpreter as with the plain one."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ansible.module_utils.basic
import pytest
from simulated import Simulated
from warm import Outcome, Warm

# What differs between any two runs of the same playbook.
MASKS = (
    (r"[\w./-]+/ansible_[\w.]+_payload_\w+/ansible_[\w.]+_payload\.zip", "PLACE"),
    (r"[\w./-]+/site-packages(?=/ansible(_collections)?/)", "PLACE"),
    (r"[\w./-]+/collections(?=/ansible_collections/)", "PLACE"),
    (r"ansible-tmp-[\d.]+-\d+-\d+", "ansible-tmp"),
    (r"j\d+\.\d+", "JOB"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b\w+-[0-9a-f]{8,17}\b", "ID"),
    (r"pid \d+", "pid N"),
)
VARYING = {
    "start", "end", "delta", "duration", "id", "path_uuid", "mtime", "ctime", "atime", "inode", "dev", "ansible_job_id", "drawn",
    "started_at", "request_id", "response_metadata", "results_file", "CREDENTIALS_DIRECTORY", "birthtime", "version", "attempts", "_original_basename",
}  # fmt: skip
# Where a module's own file lies is the one thing a module can tell: a traceback names it.
TRACEBACK = re.compile(r'^  File "(?P<file>[^"]+)", line \d+.*\n(    .*\n)*', re.MULTILINE)


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: masked(one) for name, one in value.items() if name not in VARYING}
    if isinstance(value, list):
        return [masked(one) for one in value]
    if isinstance(value, str):
        value = TRACEBACK.sub("", value)
        for pattern, word in MASKS:
            value = re.sub(pattern, word, value)
    return value


def results(outcome: Outcome) -> Iterator[tuple[str, Any]]:
    for play in outcome.results["plays"]:
        for task in play["tasks"]:
            for host, result in task["hosts"].items():
                yield f"{play['play']['name']} / {task['task']['name']} / {host}", masked(result)


def differences(plain: Any, warm: Any, where: str) -> Iterator[str]:
    if isinstance(plain, dict) and isinstance(warm, dict):
        for name in sorted({*plain, *warm}):
            yield from differences(plain.get(name, "(nothing)"), warm.get(name, "(nothing)"), f"{where}.{name}")
    elif isinstance(plain, list) and isinstance(warm, list) and len(plain) == len(warm):
        for number, pair in enumerate(zip(plain, warm, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif plain != warm:
        yield f"{where}: plain {str(plain)[:600]!r}, warm {str(warm)[:600]!r}"


def compare(plain: Outcome, warm: Outcome) -> None:
    expected, actual = dict(results(plain)), dict(results(warm))
    assert expected, "the playbook ran no task"
    for name, result in expected.items():
        if isinstance(result, dict) and "utilities" in result:
            # The server's children know all utilities that were sent, not only those imported so far.
            assert set(result.pop("utilities")) <= set(actual[name].pop("utilities")), name
    different = "\n".join(differences(expected, actual, ""))
    assert not different, different
    assert plain.code == warm.code
    assert masked(plain.results["stats"]) == masked(warm.results["stats"])


@pytest.mark.long
def test_everything_a_task_can_be(warm: Warm, play: Callable[..., Outcome]) -> None:
    plain = play("correctness.yml", sys.executable, pipelining=False)
    assert not warm.counts()
    actual = play("correctness.yml", warm.launcher)
    compare(plain, actual)
    counts = warm.counts()
    assert counts.pop("warm") > 60
    assert counts == {
        # Asynchronous tasks start the interpreter with a file.
        "plain: arguments": 6,
        # The module beside the playbook.
        "warm without utilities": 1,
    }


def test_aws_modules(warm: Warm, play: Callable[..., Outcome], simulator: Simulated) -> None:
    environment = {
        "AWS_ENDPOINT_URL": simulator.endpoint,
        "AWS_ACCESS_KEY_ID": "made-up-key-id",
        "AWS_SECRET_ACCESS_KEY": "no-secret-of-any-account",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    plain = play("aws.yml", sys.executable, pipelining=False, **environment)
    simulator.reset()
    actual = play("aws.yml", warm.launcher, **environment)
    compare(plain, actual)
    assert set(warm.counts()) == {"warm"}


def test_other_utilities_than_those_on_disk(warm: Warm, play: Callable[..., Outcome], tmp_path: Path) -> None:
    """What Ansible sends is what runs."""
    utilities = tmp_path / "module_utils"
    utilities.mkdir()
    source = Path(ansible.module_utils.basic.__file__).read_text()
    end = "self._return_formatted(kwargs)\n        sys.exit(0)"
    assert source.count(end) == 1
    (utilities / "basic.py").write_text(source.replace(end, end.replace("kwargs", "{**kwargs, 'sent_instead': True}")))
    outcome = play("ping.yml", warm.launcher, ANSIBLE_MODULE_UTILS=str(utilities))
    ((_, result),) = results(outcome)
    assert result["sent_instead"] is True
    assert warm.counts() == {"warm without utilities": 1}

# SPDX-License-Identifier: GPL-3.0-or-later
"""How the server comes, goes, refuses, and what is left of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from warm import INVENTORY, PLAY, ROOT, Warm, eventually

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away and become somebody else")
HELLO = "print('hello')"


def processes(word: str) -> list[int]:
    """Processes with this word on their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(word) in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def as_a_run(warm: Warm, script: str) -> None:
    """Run a script in the launcher below a controller of its own, which ends with it."""
    code = f"import subprocess; subprocess.run([{str(warm.launcher)!r}], input={script!r}, text=True, check=True)"
    subprocess.run(["/bin/sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, code], env=warm.environment(), check=True, timeout=60)


def test_exit_codes_and_signals(warm: Warm) -> None:
    assert warm.run(HELLO).stdout == "hello\n"
    assert warm.run("import sys; sys.exit(3)", check=False).returncode == 3
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT):
        assert warm.run(f"import os; os.kill(os.getpid(), {int(number)})", check=False).returncode == -number
    wrong = warm.run("raise ValueError('wrong')", check=False)
    assert wrong.returncode == 1
    plain = subprocess.run([sys.executable], input="raise ValueError('wrong')", capture_output=True, text=True, env=warm.environment())
    assert wrong.stderr == plain.stderr
    assert set(warm.counts()) == set()  # scripts that are not Ansible's are not counted as warm
    assert len(warm.servers()) == 1


def test_tasks_share_nothing(warm: Warm) -> None:
    script = "import os, random, uuid; print(random.random(), uuid.uuid4(), os.environ.get('A_WORD'))"
    with ThreadPoolExecutor(4) as pool:
        lines = list(pool.map(lambda number: warm.run(script, A_WORD=str(number)).stdout.split(), range(8)))
    assert len({line[0] for line in lines}) == len({line[1] for line in lines}) == 8
    assert [line[2] for line in lines] == [str(number) for number in range(8)]
    assert warm.run("import os; print(os.environ.get('A_WORD'))").stdout == "None\n"
    assert warm.run("import boto3; print(boto3.DEFAULT_SESSION)").stdout == "None\n"
    warm.run("import builtins; builtins.left = 1; import boto3; boto3.setup_default_session()")
    assert warm.run("import builtins, boto3; print(hasattr(builtins, 'left'), boto3.DEFAULT_SESSION)").stdout == "False None\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONPATH": "/nowhere:/elsewhere"},
        {"PYTHONWARNINGS": "error"},
        {"LC_ALL": "C"},
        {"HOME": "/nowhere"},
        {"LD_LIBRARY_PATH": "/nowhere"},
    ],
)
def test_other_ways_to_start(warm: Warm, variables: dict[str, str]) -> None:
    """What is settled when an interpreter or a library starts has a server of its own."""
    warm.run(HELLO)
    script = """if True:
        import locale, os, sys, warnings, botocore.loaders
        print(sys.path, sys.flags, sys.stdout, locale.getpreferredencoding(), os.fsencode("\\udcff"))
        print([entry for entry in map(str, warnings.filters) if "urllib3" not in entry], botocore.loaders.Loader.CUSTOMER_DATA_PATH)
    """
    taken = warm.run(script, **variables)
    plain = subprocess.run([sys.executable], input=script, capture_output=True, text=True, env=warm.environment(**variables), check=True)
    assert taken.stdout == plain.stdout
    assert len(warm.servers()) == 2
    assert not warm.counts()


def test_one_server_for_many_first_tasks(warm: Warm) -> None:
    with ThreadPoolExecutor(12) as pool:
        output = list(pool.map(lambda _: warm.run(HELLO).stdout, range(12)))
    assert output == ["hello\n"] * 12
    assert eventually(lambda: len(warm.servers()) == 1)
    assert not warm.counts()


def test_gone_soon_after_the_run(warm: Warm) -> None:
    as_a_run(warm, HELLO)
    assert len(warm.servers()) == 1
    assert eventually(lambda: not warm.servers(), 5)
    assert not list(warm.directory.glob("*.socket"))


def test_stays_while_a_run_goes_on(warm: Warm) -> None:
    """The run is this process: it does not end when other runs do."""
    warm.run(HELLO)
    server = warm.server()
    as_a_run(warm, HELLO)
    time.sleep(3)
    assert warm.server() == server


def test_killed_run_leaves_nothing(warm: Warm, tmp_path: Path) -> None:
    seconds = "61.4142"
    (tmp_path / "hosts").write_text(INVENTORY)
    variables = {"ansible_python_interpreter": str(warm.launcher), "ansible_pipelining": True, "seconds": seconds}
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", tmp_path / "hosts", "-e", json.dumps(variables), PLAY / "long.yml"]
    # The shell makes the playbook's process a controller, as in a terminal.
    run = subprocess.Popen(["/bin/sh", "-c", 'echo $$; exec "$@"', "sh", *command], env=warm.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert eventually(lambda: len(processes(seconds)) >= 4, 30)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert eventually(lambda: not processes(seconds), 10)
    assert eventually(lambda: not warm.servers(), 10)
    assert not processes(str(warm.launcher))


def test_child_dies_with_its_task(warm: Warm) -> None:
    seconds = "62.4142"
    script = f"import subprocess; subprocess.run(['sleep', '{seconds}'])"
    task = subprocess.Popen([warm.launcher], stdin=subprocess.PIPE, env=warm.environment())
    task.stdin.write(script.encode())
    task.stdin.close()
    assert eventually(lambda: len(processes(seconds)) == 1)
    task.kill()
    task.wait()
    assert eventually(lambda: not processes(seconds), 5)
    assert warm.run(HELLO).stdout == "hello\n"


def test_server_killed_during_a_task(warm: Warm) -> None:
    """The task may have taken effect, so it fails; the next one gets a new server."""
    warm.run(HELLO)
    server = warm.server()
    task = subprocess.Popen([warm.launcher], stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=warm.environment())
    task.stdin.write("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    task.stdin.close()
    child = int(task.stdout.readline())
    os.kill(server, signal.SIGKILL)
    assert task.wait(5) == 1
    assert "whether the task took effect is unknown" in task.stderr.read()
    assert eventually(lambda: not Path(f"/proc/{child}").exists(), 5)
    assert warm.run(HELLO).stdout == "hello\n"
    assert warm.server() != server


@pytest.fixture
def checkout(warm: Warm, tmp_path: Path) -> Warm:
    """A launcher of a checkout of its own, whose files a test may change."""
    place = tmp_path / "checkout"
    place.mkdir()
    shutil.copytree(ROOT / "warm_interpreter", place / "warm_interpreter")
    utilities = "collections/ansible_collections/groundswell/aws/plugins/module_utils"
    shutil.copytree(ROOT / utilities, place / utilities)
    launcher = place / "warm-python"
    launcher.write_text(warm.launcher.read_text().replace(str(ROOT / "warm_interpreter"), str(place / "warm_interpreter")))
    launcher.chmod(0o755)
    return Warm(launcher, warm.directory)


@pytest.mark.parametrize(
    "change",
    [
        "touch collections/ansible_collections/groundswell/aws/plugins/module_utils/reconcile.py",
        "touch collections/ansible_collections/groundswell/aws/plugins/module_utils/new_file.py",
        "rm collections/ansible_collections/groundswell/aws/plugins/module_utils/registry.py",
        "touch warm_interpreter/server.py",
    ],
)
def test_newer_code_makes_it_restart(checkout: Warm, change: str) -> None:
    checkout.run(HELLO)
    server = checkout.server()
    checkout.run(HELLO)
    assert checkout.server() == server
    subprocess.run(change.split(), cwd=checkout.launcher.parent, check=True)
    time.sleep(1.1)  # it looks once a second
    assert checkout.run(HELLO).stdout == "hello\n"
    assert eventually(lambda: len(checkout.servers()) == 1)
    assert checkout.server() != server


def test_running_tasks_outlive_a_restart(checkout: Warm) -> None:
    checkout.run(HELLO)
    task = subprocess.Popen([checkout.launcher], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=checkout.environment())
    task.stdin.write("import time; print('started', flush=True); time.sleep(4); print('ended')")
    task.stdin.close()
    assert task.stdout.readline() == "started\n"
    time.sleep(1.1)
    (checkout.launcher.parent / "warm_interpreter" / "server.py").touch()
    assert checkout.run(HELLO).stdout == "hello\n"
    assert task.stdout.read() == "ended\n"
    assert task.wait(10) == 0


def test_server_that_cannot_start(checkout: Warm) -> None:
    """Costs one attempt, not one per task."""
    with (checkout.launcher.parent / "warm_interpreter" / "preload.py").open("a") as file:
        file.write("\n\ndef load():\n    raise RuntimeError('broken on purpose')\n")
    assert checkout.run(HELLO).stdout == "hello\n"
    started = time.monotonic()
    assert checkout.run(HELLO).stdout == "hello\n"
    assert time.monotonic() - started < 1
    assert not checkout.servers()
    assert checkout.counts()["plain: the server could not start a moment ago"] >= 1
    assert sum(checkout.counts().values()) == 2


def test_files_are_private(warm: Warm) -> None:
    shutil.rmtree(warm.directory)
    subprocess.run(["/bin/sh", "-c", f'umask 0; echo "{HELLO}" | "$0"', warm.launcher], env=warm.environment(), check=True, timeout=60)
    warm.run(HELLO, PYTHONHASHSEED="1")
    assert stat.S_IMODE(warm.directory.stat().st_mode) == 0o700
    files = list(warm.directory.iterdir())
    assert {file.suffix for file in files} >= {".socket", ".lock", ".log", ".count"}
    assert [file for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077] == []


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707])
def test_open_directory_is_refused(warm: Warm, mode: int) -> None:
    warm.directory.chmod(mode)
    assert warm.run(HELLO).stdout == "hello\n"
    assert list(warm.directory.iterdir()) == []


@needs_root
def test_foreign_directory_is_refused(warm: Warm) -> None:
    os.chown(warm.directory, 65534, 65534)
    assert warm.run(HELLO).stdout == "hello\n"
    assert list(warm.directory.iterdir()) == []


def test_link_to_a_directory_is_refused(warm: Warm, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    warm.directory.rmdir()
    warm.directory.symlink_to(elsewhere)
    try:
        assert warm.run(HELLO).stdout == "hello\n"
        assert list(elsewhere.iterdir()) == []
    finally:
        warm.directory.unlink()
        warm.directory.mkdir()


@needs_root
def test_other_users_are_turned_away(warm: Warm) -> None:
    """Even one who has got at the socket."""
    warm.run(HELLO)
    (path,) = warm.directory.glob("*.socket")
    warm.directory.chmod(0o711)
    path.chmod(0o777)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(path))
            os.write(theirs, connection.recv(1) or b"closed")
        except ConnectionError:
            os.write(theirs, b"closed")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 100) == b"closed"


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, "variable PYTHONIOENCODING"),
        ({"PYTHONHASHSEED": "1"}, "variable PYTHONHASHSEED"),
    ],
)
def test_the_plain_interpreter_takes_over(warm: Warm, variables: dict[str, str], reason: str) -> None:
    warm.run(HELLO)
    script = "import os; print(os.getppid(), sorted(os.environ.items()))"
    taken = warm.run(script, **variables)
    plain = subprocess.run([sys.executable], input=script, capture_output=True, text=True, env=warm.environment(**variables))
    assert taken.stdout == plain.stdout
    assert warm.counts() == {f"plain: {reason}": 1}


@pytest.mark.parametrize(
    ("command", "taken_over"),
    [('ulimit -Sn 77; exec "$0"', False), ('ulimit -n 777; exec "$0"', True), ('exec nice -n 3 "$0"', True)],
)
def test_other_limits_and_priorities(warm: Warm, command: str, taken_over: bool) -> None:
    """A soft limit can be given to a child of the server; a hard one and a priority cannot."""
    warm.run(HELLO)
    script = "import os, resource; print(resource.getrlimit(resource.RLIMIT_NOFILE), os.nice(0))"
    output = [
        subprocess.run(["/bin/sh", "-c", command, python], input=script, capture_output=True, text=True, env=warm.environment(), check=True)
        for python in (warm.launcher, sys.executable)
    ]
    assert output[0].stdout == output[1].stdout
    assert warm.counts().total() == int(taken_over)


def test_become_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task below a process of another user than its own has become somebody."""
    monkeypatch.syspath_prepend(str(ROOT / "warm_interpreter"))
    import processes

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as launcher:
        worker = processes.run_of(launcher.pid)
        assert worker is not None
        assert worker.alive()
        monkeypatch.setattr(os, "geteuid", lambda: 54321)
        with pytest.raises(processes.Foreign):
            processes.run_of(launcher.pid)
        launcher.communicate()


def test_no_place_for_the_socket(warm: Warm) -> None:
    assert warm.run(HELLO, WARM_INTERPRETER_DIRECTORY="/proc/nowhere").stdout == "hello\n"
    assert warm.run(HELLO, WARM_INTERPRETER_DIRECTORY=str(warm.directory / ("long" * 40))).stdout == "hello\n"
    assert not warm.servers()


def test_code_changed_just_before(checkout: Warm) -> None:
    """Loaded once it has settled, not left out for the server's whole life."""
    file = checkout.launcher.parent / "collections/ansible_collections/groundswell/aws/plugins/module_utils/reconcile.py"
    file.touch()
    checkout.run(HELLO)
    server = checkout.server()
    time.sleep(1.1)
    checkout.run(HELLO)
    assert checkout.server() == server

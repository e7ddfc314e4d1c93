# SPDX-License-Identifier: GPL-3.0-or-later
"""The small programs that servers are made with and run: sizes from memory, and what packs an application."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

ROLES = Path(__file__).parents[2] / "roles"


@pytest.fixture
def tune(tmp_path: Path) -> dict[str, Any]:
    """roles/server_agent/files/tune.py on a machine that a test makes up."""
    names: dict[str, Any] = {"__name__": "tune"}
    exec(compile((ROLES / "server_agent" / "files" / "tune.py").read_text(), "tune.py", "exec"), names)
    names["RULES"], names["SETTINGS"], names["RESULT"] = tmp_path / "tuning.d", tmp_path / "settings.json", tmp_path / "run" / "tuning.env"
    names["RULES"].mkdir()
    names["os"] = type("os", (), {"sched_getaffinity": staticmethod(lambda _: {0, 1})})
    names["memory_mb"] = lambda: 2048
    return names


def sizes(tune: dict[str, Any], rules: dict[str, Any], settings: dict[str, str] | None = None) -> dict[str, str]:
    (tune["RULES"] / "tier.json").write_text(json.dumps(rules))
    if settings is not None:
        tune["SETTINGS"].write_text(json.dumps(settings))
    tune["main"]()
    return dict(line.split("=", 1) for line in tune["RESULT"].read_text().splitlines())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"mb_each": 48, "reserve_mb": 368}, 35),
        ({"mb_each": 48, "reserve_mb": 368, "per_cpu": 8}, 16),
        ({"mb_each": 48, "reserve_mb": 368, "at_most": 10}, 10),
        ({"mb_each": 48, "reserve_mb": 2000, "at_least": 4}, 4),
        ({"mb_each": 48, "reserve_mb": 4000}, 1),
        ({"mb_each": 16, "multiple_of": 32}, 128),
        ({"mb_each": 100, "multiple_of": 32}, 32),
    ],
)
def test_as_many_as_fit_and_are_useful(tune, rule, expected):
    assert sizes(tune, {"POOL": rule})["POOL"] == str(expected)


def test_settings_are_handed_on(tune):
    rules = {"OPTIONS": {"setting": "site_app_address", "says": "-DBACKEND"}, "ADDRESS": {"setting": "site_app_address"}}
    assert sizes(tune, rules, {}) == {"GROUNDSWELL_MEMORY_MB": "2048", "GROUNDSWELL_CPUS": "2", "OPTIONS": "", "ADDRESS": ""}
    found = sizes(tune, rules, {"site_app_address": "internal.example.org"})
    assert (found["OPTIONS"], found["ADDRESS"]) == ("-DBACKEND", "internal.example.org")


def test_memory_of_a_container_counts(tune, tmp_path):
    names: dict[str, Any] = {"__name__": "tune"}
    exec(compile((ROLES / "server_agent" / "files" / "tune.py").read_text(), "tune.py", "exec"), names)
    machine = names["memory_mb"]()
    (tmp_path / "unlimited").write_text("max\n")
    (tmp_path / "limited").write_text(str(64 * 2**20))
    names["LIMITS"] = (str(tmp_path / "unlimited"), str(tmp_path / "not there"))
    assert names["memory_mb"]() >= machine
    names["LIMITS"] = (str(tmp_path / "limited"),)
    assert names["memory_mb"]() == 64


# What packs an application ----------------------------------------------------------------------------------------------------


def pack(source: Path, target: Path, *excludes: str) -> subprocess.CompletedProcess[str]:
    program = ROLES / "release" / "files" / "pack.py"
    return subprocess.run([sys.executable, str(program), str(source), str(target), *excludes], capture_output=True, text=True, check=False)


@pytest.fixture
def application(tmp_path: Path) -> Path:
    root = tmp_path / "application"
    for name, content in {"public/index.php": "<?php", "src/a.php": "a", ".git/config": "secret", "src/__pycache__/a.pyc": "x", "run.sh": "#!/bin/sh"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "run.sh").chmod(0o700)
    (root / "link").symlink_to("src/a.php")
    return root


def test_what_is_packed(application, tmp_path):
    digest = pack(application, tmp_path / "out", ".git", "__pycache__").stdout.strip()
    with tarfile.open(tmp_path / "out" / f"{digest}.tar.gz") as archive:
        members = {member.name.removeprefix(f"{digest}/"): member for member in archive}
    assert set(members) == {"public/index.php", "src/a.php", "run.sh", "link"}
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}
    # Nobody but root could read it otherwise, whatever the umask of whoever packed it.
    assert (members["run.sh"].mode, members["src/a.php"].mode) == (0o755, 0o644)
    assert members["link"].linkname == "src/a.php"


def test_a_release_is_told_apart_by_its_contents(application, tmp_path):
    first = pack(application, tmp_path / "out").stdout
    os.utime(application / "src" / "a.php", (1, 1))
    (application / "public" / "index.php").chmod(0o640)
    assert pack(application, tmp_path / "out").stdout == first, "neither times nor who may read it in the checkout"
    seen = {first}
    (application / "run.sh").chmod(0o600)
    seen.add(pack(application, tmp_path / "out").stdout)
    (application / "src" / "a.php").write_text("b")
    seen.add(pack(application, tmp_path / "out").stdout)
    (application / "src" / "a.php").rename(application / "src" / "b.php")
    seen.add(pack(application, tmp_path / "out").stdout)
    assert len(seen) == 4


@pytest.mark.parametrize("missing", ["nowhere", "empty"])
def test_no_application_is_an_error(missing, tmp_path):
    (tmp_path / "empty").mkdir()
    refused = pack(tmp_path / missing, tmp_path / "out")
    assert refused.returncode == 1
    assert f"there is no application in {tmp_path / missing}" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_applications_ask_seldom(tmp_path: Path) -> None:
    """Where a database is out of reach another one may have taken over: they ask for its address, but not with each request."""
    names: dict[str, Any] = {"__name__": "settings"}
    exec(compile((ROLES.parent / "apps" / "python" / "app" / "settings.py").read_text(), "settings.py", "exec"), names)
    wanted = names["WANTED"] = tmp_path / "wanted"
    names["ask"]()
    first = wanted.stat().st_mtime
    for ago, asked in ((10, False), (31, True)):
        os.utime(wanted, (first - ago, first - ago))
        names["ask"]()
        assert (wanted.stat().st_mtime >= first) == asked
    # Where somebody else sees to the files, there is nobody to ask.
    names["WANTED"] = tmp_path / "nowhere" / "wanted"
    names["ask"]()

# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot become an image is refused in clear words, before anything is made or leaving nothing behind."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from bakery import ARCHITECTURE, CONTENTS, Bakery, unchanged
from rollouts import ROOT, command, environment


def test_no_application(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """The path is said."""
    run = bakery.bake(web_application_source="/nowhere/at/all")
    assert run.code != 0
    assert "web_application_source is /nowhere/at/all: what the image is made from is missing" in run.output
    assert unchanged(bakery, old_image)
    bakery.clean()


def test_a_look_makes_nothing(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """It says what would be baked, and why."""
    run = bakery.bake("web", "--check").succeeded()
    assert "web: would bake, for this is different: " in run.output
    assert unchanged(bakery, old_image)
    bakery.clean()


def test_no_package_archive(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """Nothing listens on port 9."""
    run = bakery.bake(image_build_mirror="http://127.0.0.1:9/debian")
    assert run.code != 0
    assert "the package archive does not answer: http://127.0.0.1:9/debian" in run.output
    assert "Connection refused" in run.output
    assert unchanged(bakery, old_image)
    bakery.clean()


def test_wrong_architecture(bakery: Bakery) -> None:
    """What is to be done is said."""
    other = {"x86_64": "arm64", "arm64": "x86_64"}[ARCHITECTURE]
    run = bakery.bake(web_architecture=other)
    assert run.code != 0
    assert f"makes no {other} image: bake web on a machine of that architecture" in run.output
    assert not (bakery.path / f"groundswell-web-{other}").exists()


def test_role_that_fails_half_way(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """What it had started has ended, the root file system is gone, the last image is there."""
    run = bakery.bake(image_contents=str(CONTENTS / "fails_half_way.yml"))
    assert run.code != 0
    assert "web: no image was made, and nothing of it is left. The last image is as it was." in run.output
    assert unchanged(bakery, old_image)
    bakery.clean()


def test_bake_that_is_killed_and_a_disk_that_is_too_small(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """Whatever ran in the root file system dies with the run. What lies in the folder is removed by the next one, which says how large a disk must be."""
    variables = {
        "image_tiers": ["web"],
        "image_publish": False,
        "image_build_directory": str(bakery.path),
        "web_architecture": ARCHITECTURE,
        "image_contents": str(CONTENTS / "waits.yml"),
    }
    run = subprocess.Popen(
        command("playbooks/bake_image.yml", "sandbox", "-e", json.dumps(variables)),
        cwd=ROOT,
        env=environment(None),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 600
    while not any("sleep" in process for process in bakery.processes()):
        assert run.poll() is None, "it ended by itself"
        assert time.monotonic() < until, "it never came to the contents"
        time.sleep(0.5)
    # The run and its workers at once, as when a terminal or a CI job is killed.
    os_kill_group(run.pid)
    run.wait()
    until = time.monotonic() + 10
    while bakery.processes() and time.monotonic() < until:
        time.sleep(0.2)
    assert bakery.processes() == []
    assert bakery.mounts() == []
    assert unchanged(bakery, old_image)
    assert (bakery.image() / "work" / "root").is_dir()
    after = bakery.bake(image_contents=str(CONTENTS / "large.yml"), image_build_disk_size=1)
    assert after.code != 0
    assert "which takes a disk of 5 GiB: 1 GiB are too small" in after.output
    assert unchanged(bakery, old_image)
    bakery.clean()


def os_kill_group(group: int) -> None:
    """Without a last word."""
    subprocess.run(["kill", f"-{signal.SIGKILL}", "--", f"-{group}"], check=True)


@pytest.mark.long
def test_no_health_page(bakery: Bakery, old_image: dict[str, bytes]) -> None:
    """It boots, and is told from one that does not; the end of its console is shown."""
    run = bakery.bake(image_contents=str(CONTENTS / "serves_nothing.yml"), image_build_probes=[])
    assert run.code != 0
    assert "not so: /health answers on port 80" in run.output
    assert "the image boots, and is not as it must be" in run.output
    assert "cloud-init" in run.output.partition("The end of its console")[2]
    assert unchanged(bakery, old_image)
    assert Path(bakery.image() / "console.log").stat().st_size > 1000
    bakery.clean()

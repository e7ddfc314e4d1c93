# SPDX-License-Identifier: GPL-3.0-or-later
"""What a booted image must look like inside, and how each flaw is told."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_test import exposed, judge

LISTENING = """\
udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=1,fd=1))
udp UNCONN 0 0 10.0.2.15%eth0:68 0.0.0.0:* users:(("systemd-network",pid=1,fd=1))
udp UNCONN 0 0 [::1]:323 [::]:* users:(("chronyd",pid=1,fd=1))
tcp LISTEN 0 511 *:80 *:* users:(("apache2",pid=1,fd=1),("apache2",pid=2,fd=1))
tcp LISTEN 0 100 0.0.0.0:8081 0.0.0.0:* users:(("groundswell-hea",pid=1,fd=1))
tcp LISTEN 0 128 127.0.0.1:9000 0.0.0.0:*
"""
REPORT: dict[str, Any] = {
    "cloud_init": {"status": "done", "errors": [], "recoverable_errors": {}},
    "cloud_id": "aws",
    "system": "running",
    "failed_units": "",
    "listening": LISTENING,
    "ssh": {"ssh.service": "not-found", "ssh.socket": "disabled"},
    "processes": "systemd\napache2",
    "metadata_without_token": 401,
    "root": {"filesystems": [{"source": "/dev/nvme0n1p1", "fstype": "ext4", "size": 3 << 30, "used": 1 << 30}]},
    "firmware": "acpi\nefi",
    "probes": {"PHP has its extensions": "[PHP Modules]\ncurl\nmysqli\n"},
}


@pytest.fixture
def task(tmp_path: Path) -> dict[str, Any]:
    """A test of a disk of 2 GiB."""
    disk = tmp_path / "disk.raw"
    with disk.open("wb") as file:
        file.truncate(2 << 30)
    probes = [{"name": "PHP has its extensions", "command": ["php", "-m"], "expect": ["^curl$", "^mysqli$"]}]
    return {"disk": str(disk), "port": 80, "health_port": 8081, "probes": probes}


def failed(task: dict[str, Any], refused: list[dict[str, Any]] | None = None, **different: Any) -> list[str]:
    """Names of the checks that a report does not pass."""
    report = copy.deepcopy(REPORT) | different
    return [check["name"] for check in judge(task, report, refused or []) if not check["passed"]]


def test_sockets_that_somebody_could_reach() -> None:
    """Loopback is nobody's business, in either protocol."""
    assert exposed(LISTENING) == ["tcp/80 apache2", "tcp/8081 groundswell-hea", "udp/68 systemd-network"]


def test_image_as_it_must_be(task: dict[str, Any]) -> None:
    """All checks pass, and there are as many as are promised."""
    assert failed(task) == []
    assert len(judge(task, REPORT, [])) == 11


@pytest.mark.parametrize(
    ("different", "name"),
    [
        ({"cloud_init": {"status": "error", "errors": ["x"]}}, "cloud-init ended without errors"),
        ({"cloud_init": {"status": "done", "recoverable_errors": {"WARNING": ["x"]}}}, "cloud-init ended without errors"),
        ({"cloud_init": "command not found"}, "cloud-init ended without errors"),
        ({"cloud_id": "none"}, "cloud-init knew EC2"),
        ({"failed_units": "apache2.service loaded failed failed"}, "no unit failed"),
        ({"listening": LISTENING + "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n"}, "the service and its health checks listen, and nothing else"),
        ({"listening": LISTENING.replace("0.0.0.0:8081", "127.0.0.1:8081")}, "the service and its health checks listen, and nothing else"),
        ({"listening": LISTENING + "udp UNCONN 0 0 [::]:5355 [::]:*\n"}, "the service and its health checks listen, and nothing else"),
        ({"listening": LISTENING.replace("8081", "8082")}, "the service and its health checks listen, and nothing else"),
        ({"listening": ""}, "the service and its health checks listen, and nothing else"),
        ({"ssh": {"ssh.service": "disabled", "ssh.socket": "enabled"}}, "there is no SSH daemon"),
        ({"processes": "systemd\nsshd"}, "there is no SSH daemon"),
        ({"metadata_without_token": 200}, "metadata without a token is refused"),
        ({"root": {"filesystems": [{"source": "/dev/vda1", "size": 3 << 30}]}}, "the root file system is on NVMe"),
        ({"root": {"filesystems": [{"source": "/dev/nvme0n1p1", "size": 2 << 30}]}}, "the root file system grew with its volume"),
        ({"firmware": "acpi"}, "it was started by UEFI"),
        ({"probes": {"PHP has its extensions": "curl\n"}}, "PHP has its extensions"),
    ],
)
def test_flaws(task: dict[str, Any], different: dict[str, Any], name: str) -> None:
    """Each is found, and nothing else with it."""
    assert failed(task, **different) == [name]


def test_image_that_asks_without_a_token(task: dict[str, Any]) -> None:
    """The test's own attempt does not count."""
    assert failed(task, [{"path": "/latest/meta-data/instance-id", "agent": "boot-report"}]) == []
    assert failed(task, [{"path": "/latest/meta-data/instance-id", "agent": "curl/8"}]) == ["nothing in the image asks without a token"]

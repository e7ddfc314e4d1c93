# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in a booted image, and there only: waits until it has come up and reports what it looks like inside.

Sent as user data, so it uses nothing but Python's own library. Its one argument is JSON: `report` (URL), `probes` (name -> command).
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request


def said(*command: str) -> str:
    """What a command prints, or why it could not."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=240, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout.strip()


def json_said(*command: str) -> object:
    """The same as data; as text where it is none."""
    text = said(*command)
    try:
        return json.loads(text)
    except ValueError:
        return text


def metadata_without_token() -> int:
    """Status that the first version of the metadata service would have answered with."""
    request = urllib.request.Request("http://169.254.169.254/latest/meta-data/instance-id", headers={"User-Agent": "boot-report"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main() -> None:
    asked = json.loads(sys.argv[1])
    cloud_init = json_said("cloud-init", "status", "--wait", "--format", "json")
    system = said("systemctl", "is-system-running", "--wait")
    report = {
        "cloud_init": cloud_init,
        "cloud_id": said("cat", "/run/cloud-init/cloud-id"),
        "system": system,
        "failed_units": said("systemctl", "list-units", "--failed", "--plain", "--no-legend"),
        "listening": said("ss", "-Hltunp"),
        "ssh": {unit: said("systemctl", "is-enabled", unit) for unit in ("ssh.service", "ssh.socket")},
        "processes": said("ps", "-eo", "comm="),
        "metadata_without_token": metadata_without_token(),
        "root": json_said("findmnt", "--json", "--bytes", "--output", "SOURCE,FSTYPE,SIZE,USED", "/"),
        "firmware": said("ls", "/sys/firmware"),
        "kernel": said("uname", "-r"),
        "memory": said("free", "-m"),
        "boot": said("systemd-analyze", "time"),
        "errors": said("journalctl", "--boot", "--priority=err", "--no-pager", "--output=cat").splitlines()[-40:],
        "probes": {name: said(*command) for name, command in asked["probes"].items()},
    }
    request = urllib.request.Request(asked["report"], data=json.dumps(report).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60):
        pass


if __name__ == "__main__":
    main()

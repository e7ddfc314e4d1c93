# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs in a booted image, and there only: waits until it has come up and reports what it looks like inside.

Sent as user data, so it uses nothing but Python's own library. Its one argument is JSON: `report` (URL), `probes` (name -> command).
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from urllib.parse import urlsplit


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


def status_of(method: str, url: str, **request: object) -> int:
    """Status that a plain HTTP request is answered with."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        connection.request(method, where.path, **request)
        return connection.getresponse().status
    finally:
        connection.close()


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
        # As the first version of the service would be asked, by somebody the stand-in can tell from all else in the image.
        "metadata_without_token": status_of("GET", "http://169.254.169.254/latest/meta-data/instance-id", headers={"User-Agent": "boot-report"}),
        "root": json_said("findmnt", "--json", "--bytes", "--output", "SOURCE,FSTYPE,SIZE,USED", "/"),
        "firmware": said("ls", "/sys/firmware"),
        "kernel": said("uname", "-r"),
        "memory": said("free", "-m"),
        "boot": said("systemd-analyze", "time"),
        "errors": said("journalctl", "--boot", "--priority=err", "--no-pager", "--output=cat").splitlines()[-40:],
        "probes": {name: said(*command) for name, command in asked["probes"].items()},
    }
    status_of("POST", asked["report"], body=json.dumps(report), headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    main()

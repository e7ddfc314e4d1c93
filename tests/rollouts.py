# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ansible-playbook against a simulator, as tests start and judge them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from simulated import Simulated

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"
# As fast as it goes: nothing here waits for time to pass.
LONGEST = 900  # seconds of one run
# A file that gets a line for each run with what its plays called, from which tools/policies derives what they have to be allowed.
CALLS = os.environ.get("GROUNDSWELL_CALLS")


def environment(simulator: Simulated | None, **more: str) -> dict[str, str]:
    """The caller's, led to the simulator and away from every real account."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_", "GROUNDSWELL_"))}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
        "AWS_ACCESS_KEY_ID": "made-up-key-id",
        "AWS_SECRET_ACCESS_KEY": "made-up-secret-key",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_COLOR": "1",
        **({"AWS_ENDPOINT_URL": simulator.endpoint} if simulator else {}),
        **more,
    }


@dataclass
class Run:
    """What came of a run.

    :param record: what the rollout callback wrote.
    :param calls: what reached the simulator meanwhile.
    """

    code: int
    output: str
    record: dict[str, Any] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def mutating(self) -> list[str]:
        """The calls that would change something, whether or not they were refused; but for those by which a run keeps its lock and its record."""
        return [f"{call['service']}:{call['operation']}" for call in self.calls if call["mutating"] and not (call.get("bucket") or "").endswith("-runs")]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What the run says it changed."""
        return [change for layer in self.record["layers"] for change in layer["changes"]]

    @property
    def changed(self) -> int:
        """Ansible's own count."""
        return sum(cell["changed"] for cell in self.record["cells"].values())

    def succeeded(self) -> Run:
        """Itself; fails the test where the run failed."""
        assert self.code == 0, self.output[-6000:]
        return self


def with_standby(hosts: str, network_cidr: str = "") -> str:
    """The sandbox's hosts.yml with a second region, which is that of what has no region."""
    region = "      aws_region: us-east-1\n"
    network = f"      network_cidr: {network_cidr}\n" if network_cidr else ""
    for before, after in (
        (f"    sandbox-global:\n{region}", f"    sandbox-global:\n{region}    sandbox-use1:\n{region}{network}"),
        ("standby:\n  hosts: {}\n", "standby:\n  hosts:\n    sandbox-use1:\n  vars:\n    ansible_group_priority: 10\n"),
        ("web:\n  hosts:\n", "web:\n  hosts:\n    sandbox-use1:\n"),
    ):
        assert hosts.count(before) == 1, before
        hosts = hosts.replace(before, after)
    return hosts


def only_mobile(directory: Path, **variables: Any) -> Path:
    """An inventory with the sandbox's cells in the group mobile, and in no other blueprint's."""
    directory.mkdir()
    (directory / "group_vars").symlink_to(ROOT / "group_vars")
    groups = yaml.safe_load((ROOT / "inventories" / "sandbox" / "hosts.yml").read_text())
    groups["mobile"], groups["web"] = groups["web"] | {"vars": variables}, groups["mobile"]
    (directory / "hosts.yml").write_text(yaml.safe_dump(groups))
    return directory


def command(playbook: str, inventory: str | Path, *arguments: str) -> list[str]:
    """The command line; an inventory is a path or the name of a shipped one."""
    where = inventory if isinstance(inventory, Path) else ROOT / "inventories" / inventory
    return [str(BIN / "ansible-playbook"), str(ROOT / playbook), "-i", str(where), *arguments]


def play(
    simulator: Simulated | None,
    *arguments: str,
    playbook: str = "site.yml",
    inventory: str | Path = "sandbox",
    record: Path | None = None,
    timeout: float = LONGEST,
    **variables: str,
) -> Run:
    """Run a playbook to its end."""
    before = len(simulator.calls()) if simulator else 0
    asked = record is not None
    if CALLS and not record:
        record = Path(tempfile.mkdtemp()) / "record.json"
    credentials = simulator.credentials(playbook, *arguments) if simulator else {}
    recorded = {"GROUNDSWELL_RUN_RECORD": str(record)} if record else {}
    done = subprocess.run(
        command(playbook, inventory, *arguments),
        cwd=ROOT,
        env=environment(simulator, **(credentials | recorded | variables)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    told = json.loads(record.read_text()) if record and record.exists() else {}
    run = Run(done.returncode, done.stdout, told if asked else {}, simulator.calls()[before:] if simulator else [])
    if CALLS and told:
        keep_calls(Path(CALLS), Path(playbook).stem, told, run.calls)
    return run


def demands_of_plays(record: dict[str, Any], calls: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """What each play of a run demanded, by the times at which plays began: action, resource, and whose that was."""
    begun = [(datetime.fromtimestamp(layer["started"], UTC).isoformat(timespec="milliseconds"), layer["name"]) for layer in record["layers"]]
    found: dict[str, set[tuple[str, str, str]]] = {}
    for call in calls:
        if call["principal"].endswith(("made-up-key-id", ":root")) or "-deployer-" in call["principal"]:
            play = max([one for one in begun if one[0] <= call["time"].replace("Z", "+00:00")], default=begun[0])[1]
            found.setdefault(play, set()).update((one["action"], one["resource"], whose(one["keys"])) for one in call.get("demands") or [])
    return {play: sorted(map(list, of_play)) for play, of_play in found.items()}


def whose(keys: dict[str, list[str]]) -> str:
    """By the tags of what is asked for: ours, to be made as ours, or anybody's; of a role that a service is given, which service."""
    for key in ("iam:PassedToService", "iam:AWSServiceName"):
        if key in keys:
            return keys[key][0]
    for word, kind in (("ours", "Resource"), ("made", "Request")):
        of_images = keys.get(f"aws:{kind}Tag/Layer") == ["images"]
        if keys.get(f"aws:{kind}Tag/Project") == ["groundswell"] and (of_images or f"aws:{kind}Tag/Environment" in keys):
            return word
    return "any"


def keep_calls(path: Path, playbook: str, record: dict[str, Any], calls: list[dict[str, Any]]) -> None:
    """Add a line about a run."""
    line = {"playbook": playbook, "check": record["check"], "plays": demands_of_plays(record, calls)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")

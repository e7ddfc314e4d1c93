# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region serves, as an inventory finds it: two of them, each with what was said to it last, if it answers at all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rollouts import BIN, environment
from simulated import Simulated

HOME, AWAY = "eu-west-1", "eu-central-1"
PARAMETER = "/acme/prod/recovery/serving"
HOSTS = {
    "prod": {"hosts": {"home": {"aws_region": HOME}, "away": {"aws_region": AWAY}}},
    "primary": {"hosts": {"home": None}},
    "standby": {"hosts": {"away": None}},
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulated, Path]]:
    directory, elsewhere = tmp_path_factory.mktemp("serving"), tmp_path_factory.mktemp("simulator")
    (directory / "hosts.yml").write_text(yaml.safe_dump(HOSTS))
    (directory / "serving.yml").write_text(yaml.safe_dump({"plugin": "groundswell.aws.serving", "environment": "prod", "parameter": PARAMETER}))
    with Simulated(elsewhere / "journal.jsonl") as simulator:
        yield simulator, directory


def marker(serving: str, turn: int, *lost: str) -> str:
    return json.dumps({"serving": serving, "lost": lost, "turn": turn})


# What the regions have been told, which of them do not answer, and what follows: (primary, standby, lost), or None where nothing may be run.
CASES = {
    "nothing has ever happened": ({}, [], ("home", "away", "")),
    "the one that serves has gone a minute ago": ({}, [HOME], ("home", "away", "")),
    "the one that stands by could have taken over": ({}, [AWAY], None),
    "it has taken over": ({AWAY: marker("away", 1, "home")}, [], ("away", "", "home")),
    "it has taken over, and the other one is still gone": ({AWAY: marker("away", 1, "home")}, [HOME], ("away", "", "home")),
    "both know that the other one follows": ({HOME: marker("away", 2), AWAY: marker("away", 2)}, [], ("away", "home", "")),
    "now that one could have taken over": ({HOME: marker("away", 2), AWAY: marker("away", 2)}, [HOME], None),
    "the one that serves now has gone": ({HOME: marker("away", 2), AWAY: marker("away", 2)}, [AWAY], ("away", "home", "")),
    "one knows better": ({HOME: marker("home", 3, "away"), AWAY: marker("away", 2)}, [], ("home", "", "away")),
    "one knows better, and the other one is gone": ({HOME: marker("home", 3, "away"), AWAY: marker("away", 2)}, [AWAY], ("home", "", "away")),
    "the one that knows better is gone": ({HOME: marker("home", 3, "away"), AWAY: marker("away", 2)}, [HOME], None),
}


@pytest.mark.parametrize("case", CASES)
def test_groups(account: tuple[Simulated, Path], case: str) -> None:
    simulator, inventory = account
    told, silent, expected = CASES[case]
    simulator.door("outage", {"regions": []})
    for region in (HOME, AWAY):
        ssm = simulator.client("ssm", region)
        ssm.delete_parameters(Names=[PARAMETER])
        if region in told:
            ssm.put_parameter(Name=PARAMETER, Type="String", Value=told[region])
    simulator.door("outage", {"regions": silent})
    run = subprocess.run(
        [str(BIN / "ansible-inventory"), "-i", str(inventory), "--list"], env=environment(simulator), check=False, capture_output=True, text=True
    )
    if expected is None:
        assert run.returncode != 0
        assert f"{silent[0]} does not say which region serves" in " ".join(run.stderr.split())
        return
    groups: dict[str, Any] = json.loads(run.stdout)
    found = tuple(",".join(groups.get(name, {}).get("hosts", [])) for name in ("primary", "standby", "lost"))
    assert found == expected, run.stderr
    # Shown as text that is no template.
    assert groups["_meta"]["hostvars"]["away"]["recovery_home"] == {"__ansible_unsafe": "home"}

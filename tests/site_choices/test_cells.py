# SPDX-License-Identifier: GPL-3.0-or-later
"""A second region of one environment."""

from __future__ import annotations

import json
from pathlib import Path

from accounts import GLOBAL, REGION
from rollouts import ROOT, play, with_standby
from simulated import Simulated


def test_a_cell_in_the_region_of_what_has_none(simulator: Simulated, tmp_path: Path, record: Path) -> None:
    """What is kept once for each region has another name than what AWS keeps in us-east-1 for the whole world."""
    inventory = tmp_path / "two-cells"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text(with_standby((ROOT / "inventories/sandbox/hosts.yml").read_text()))
    (inventory / "group_vars").symlink_to(ROOT / "group_vars")
    cidr = "{{ {'sandbox-use1': '10.11.0.0/16'}[cell_name] | default('10.10.0.0/16') }}"
    arguments = ["--tags", "keys,domain,certificates", "-e", json.dumps({"network_cidr": cidr})]

    play(simulator, *arguments, inventory=inventory).succeeded()
    for region, names in ((REGION, {"groundswell-sandbox"}), (GLOBAL, {"groundswell-sandbox", "groundswell-sandbox-global"})):
        aliases = [alias["AliasName"] for alias in simulator.client("kms", region).list_aliases()["Aliases"]]
        assert {f"alias/{name}-logs" for name in names} == {alias for alias in aliases if alias.endswith("-logs")}
        certificates = simulator.client("acm", region).list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
        assert len(certificates) == len(names)

    again = play(simulator, *arguments, inventory=inventory, record=record).succeeded()
    assert (again.mutating, again.changes, again.record["undeclared"]) == ([], [], {})

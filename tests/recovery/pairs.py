# SPDX-License-Identifier: GPL-3.0-or-later
"""Two regions of a sandbox. To roll them out takes minutes, so that is done once, and tests change copies of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import dns.message
import dns.query
import pytest
import yaml
from deployers import bootstrap
from rollouts import ROOT, Run, play, with_standby
from simulated import Simulated

from simulator.dns import alias_address

HOME, AWAY = "ap-southeast-1", "us-east-1"
NAME = "groundswell-sandbox"
PARAMETER = "/groundswell/sandbox/recovery/serving"
ORIGIN = "origin.sandbox.groundswell.example"


@dataclass
class Pair:
    """Two regions of a sandbox, rolled out, and where runs of the runbook leave their records.

    :param address: what a runbook asks as a visitor would; empty where it asks nobody.
    :param places: the region of each address of a public load balancer.
    :param variables: what all runs are given.
    :param growing: a region whose load balancers come and go.
    :param copied: numbers of the rows that visitors wrote at home and that the copy of the database has; None where it gets none any more.
    """

    simulator: Simulated
    inventory: Path
    records: Path
    address: str = ""
    places: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    growing: str = ""
    copied: list[int] | None = field(default_factory=list)

    @contextmanager
    def copy(self, directory: Path) -> Iterator[Pair]:
        """Another one, with all that is in this one now."""
        directory.mkdir(exist_ok=True)
        with self.simulator.copy(directory / "journal.jsonl") as simulator:
            own = {"places": dict(self.places), "variables": dict(self.variables), "copied": []}
            yield replace(self, simulator=simulator, records=directory / "records", address="", **own)

    @contextmanager
    def visited(self) -> Iterator[Pair]:
        """Itself, and somebody who answers for the site, which no simulator serves."""
        with ThreadingHTTPServer(("127.0.0.1", 0), type("Site", (Visited,), {"pair": self})) as site:
            threading.Thread(target=site.serve_forever, daemon=True).start()
            self.address = f"http://127.0.0.1:{site.server_port}/health"
            yield self
            site.shutdown()

    def run(self, runbook: str, *arguments: str) -> Run:
        return play(self.simulator, *arguments, *self.options, playbook=f"playbooks/{runbook}.yml", inventory=self.inventory)

    def failover(self, *arguments: str) -> Run:
        return self.run("failover", *arguments)

    @property
    def options(self) -> tuple[str, str]:
        # The lock of a run that was just killed is given back a moment later.
        own = {"recovery_record_directory": str(self.records), "recovery_probe_url": self.address, "run_lock_wait": 60, "run_directory": str(self.records)}
        return "-e", json.dumps({**own, **self.variables})

    def client(self, service: str, region: str = AWAY) -> Any:
        return self.simulator.client(service, region)

    def lose(self, *regions: str) -> None:
        self.simulator.door("outage", {"regions": list(regions)})

    def takes_time(self, scale: float | None) -> None:
        """From now on all takes as long as on AWS, divided by that; None: nothing does."""
        self.simulator.door("latency", {"time_scale": scale})

    def look_for_places(self, region: str) -> None:
        """Where the names lead that lead into this region."""
        balancers = self.client("elbv2", region).describe_load_balancers()["LoadBalancers"]
        self.places |= {alias_address(one["DNSName"], "A"): region for one in balancers if one["Scheme"] == "internet-facing"}

    def can_be_counted(self) -> None:
        """What a server finds in the copy of the database, were it asked now."""
        rows = self.copied or []
        checks = [{"name": "rows", "value": str(len(rows)), "good": True}, {"name": "newest", "value": str(max(rows)) if rows else None, "good": True}]
        answer = {"verdict": "good", "problems": [], "checks": checks}
        self.simulator.door("command", {"document": f"{NAME}-validate-database", "output": json.dumps(answer) + "\n"})

    def served(self) -> bool:
        """Whether a visitor would get the site: from servers in the region that the names lead to, if there is such a region."""
        region = leads_to(self)
        return region in (HOME, AWAY) and sizes(self, region)[f"{NAME}-web"][1] > 0

    def told(self, runbook: str) -> dict[str, Any]:
        """The record of a runbook that came to its end, of several the newest."""
        found: list[dict[str, Any]] = [json.loads(path.read_text()) for path in self.records.glob(f"{runbook}-*.json")]
        return max(found, key=lambda one: str(one["begun"]))


class Visited(BaseHTTPRequestHandler):
    """Stands for the site, which no simulator serves."""

    pair: Pair

    def do_GET(self) -> None:
        self.send_response(200 if self.pair.served() else 503)
        self.end_headers()

    def do_POST(self) -> None:
        """A form, after which visitors are led back to the page."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.pair.served():
            if leads_to(self.pair) == HOME and self.pair.copied is not None:
                self.pair.copied.append(int(form["message"][0]))
                self.pair.can_be_counted()
            self.send_response(303)
            self.send_header("Location", "/nowhere")
        else:
            self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not among the test's words."""


def answered(pair: Pair, name: str) -> str:
    """The address that a name has in the DNS."""
    answer = dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=pair.simulator.port, timeout=10)
    (address,) = [item.to_text() for rrset in answer.answer for item in rrset]
    return address


def leads_to(pair: Pair) -> str:
    """The region that CloudFront is led to for a visitor, asked as CloudFront does; empty for the fallback page."""
    address = answered(pair, ORIGIN)
    if address not in pair.places and pair.growing:
        pair.look_for_places(pair.growing)
    return pair.places.get(address, "")


def asks_its_own(pair: Pair, region: str) -> bool:
    """Whether the name that web servers of a region were told leads to the application servers of that region."""
    name = pair.client("ssm", region).get_parameter(Name=f"/groundswell/sandbox/{region}/site/app-address")["Parameter"]["Value"]
    balancers = pair.client("elbv2", region).describe_load_balancers()["LoadBalancers"]
    return answered(pair, name) in {alias_address(one["DNSName"], "A") for one in balancers if one["Scheme"] == "internal"}


def thrown(pair: Pair, region: str) -> set[str]:
    """The switches of a region that say something."""
    alarms = pair.client("cloudwatch", region).describe_alarms(AlarmNames=[f"{NAME}-peer-given-up", f"{NAME}-taken-over"])["MetricAlarms"]
    assert len(alarms) == 2
    return {alarm["AlarmName"].removeprefix(f"{NAME}-") for alarm in alarms if alarm["StateValue"] == "ALARM"}


def snapshots(pair: Pair, region: str) -> list[str]:
    """Final snapshots of databases."""
    found = pair.client("rds", region).describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    return [one["DBSnapshotIdentifier"] for one in found]


def sizes(pair: Pair, region: str) -> dict[str, tuple[int, int]]:
    """Fewest servers and servers of each group."""
    groups = pair.client("autoscaling", region).describe_auto_scaling_groups()["AutoScalingGroups"]
    return {group["AutoScalingGroupName"]: (group["MinSize"], len(group["Instances"])) for group in groups}


def instances(pair: Pair, region: str) -> dict[str, str]:
    """The identity of each database, by its name."""
    return {one["DBInstanceIdentifier"]: one["DbiResourceId"] for one in pair.client("rds", region).describe_db_instances()["DBInstances"]}


@contextmanager
def rolled_out(directory: Path, *options: str, deployers: bool = False, **variables: str) -> Iterator[Pair]:
    """Two regions, and somebody who stands for the site.

    :param options: the simulator's.
    :param deployers: whether an administrator makes deployers first, who do the rest.
    """
    inventory = directory / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text(with_standby((ROOT / "inventories/sandbox/hosts.yml").read_text(), "10.11.0.0/16"))
    (inventory / "group_vars").symlink_to(ROOT / "group_vars")
    plugin = yaml.safe_load((ROOT / "inventories/prod/serving.yml").read_text())
    (inventory / "serving.yml").write_text(yaml.safe_dump({**plugin, "environment": "sandbox", "parameter": PARAMETER}))
    with Simulated(directory / "journal.jsonl", *options) as simulator:
        pair = Pair(simulator, inventory, directory / "records", variables=dict(variables))
        if deployers:
            bootstrap(simulator, directory / "bootstrap.json", inventory, *pair.options)
        play(simulator, *pair.options, inventory=inventory).succeeded()
        for region in (HOME, AWAY):
            pair.look_for_places(region)
        with pair.visited():
            yield pair


@pytest.fixture(scope="session")
def two_regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Nobody changes them: `with two_regions.copy(directory) as pair`."""
    with rolled_out(tmp_path_factory.mktemp("two_regions")) as pair:
        yield pair

# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolled-out site: nothing flaps, nothing leaks, parts run alone, what is no longer declared is found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from accounts import GLOBAL, REGION, contents, secrets
from ci_roles import forbidden
from rollouts import ROOT, Run, play
from simulated import Simulated
from sites import Site

# The sandbox has no standby; where there is one, tests/recovery looks.
OF_NO_CELL_HERE = {"standby", "tables", "functions", "identity"}
LAYERS = [layer for layer in re.findall(r"import_playbook: playbooks/(\w+)\.yml", (ROOT / "site.yml").read_text()) if layer not in OF_NO_CELL_HERE]


def test_nothing_unknown_was_called(site: Site) -> None:
    """The simulator could carry out every call of a whole rollout."""
    assert site.simulator.door("unimplemented") == []


def test_second_run_changes_nothing(site: Site, record: Path) -> None:
    """Not by Ansible's count, not by the modules' own, not by the calls that arrived."""
    run = play(site.simulator, record=record).succeeded()
    assert run.changes == []
    assert run.changed == 0
    assert run.mutating == []


def test_check_of_what_is_there_touches_nothing(site: Site, record: Path) -> None:
    """And predicts nothing, because nothing is to be done. A role that can only read may do it."""
    run = play(site.simulator, "--check", record=record).succeeded()
    assert run.mutating == []
    assert forbidden("check", run.calls) == []
    assert run.changes == []
    assert run.record["unpredicted"] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_alone(site: Site, layer: str, record: Path) -> None:
    """Each playbook finds what it stands on by itself."""
    run = play(site.simulator, playbook=f"playbooks/{layer}.yml", record=record).succeeded()
    assert run.mutating == []
    assert run.record["cells"], "no cell was looked at"


def test_tags_and_limit(site: Site, record: Path) -> None:
    """One layer of one cell, asked for the way people do."""
    run = play(site.simulator, "--tags", "network", "--limit", "primary", record=record).succeeded()
    assert run.mutating == []
    assert [layer["name"] for layer in run.record["layers"] if layer["kept"]] == ["Network"]
    assert list(run.record["cells"]) == ["sandbox-apse1"]


def test_global_cell_alone(site: Site, record: Path) -> None:
    """What has no region can be looked at without the region's cell."""
    run = play(site.simulator, "--limit", "global", record=record).succeeded()
    assert run.mutating == []


def test_no_secret_in_the_log(site: Site) -> None:
    """Every secret of the account is a canary, in the log at its most talkative."""
    values = secrets(site.simulator)
    assert len(values) >= 2
    shown = []
    for name, value in values.items():
        parts = json.loads(value) if value.startswith("{") else {"": value}
        # Whoever the user is, is no secret.
        canaries = [part for key, part in parts.items() if isinstance(part, str) and len(part) >= 12 and key != "username"]
        assert canaries, f"{name} holds nothing to look for"
        shown += [name for canary in canaries if canary in site.first.output]
    assert shown == []


def test_what_is_no_longer_declared_is_reported_then_removed(site: Site, record: Path) -> None:
    """An endpoint taken out of the variables stays until somebody says that it goes."""
    fewer = ["-e", json.dumps({"network_gateway_endpoints": ["s3"]})]
    name = "ec2_vpc_endpoints/groundswell-sandbox-dynamodb"
    told = play(site.simulator, *fewer, playbook="playbooks/network.yml", record=record).succeeded()
    assert list(told.record["undeclared"]) == [name]
    assert name in told.output
    assert told.mutating == []
    removed = play(site.simulator, *fewer, "-e", json.dumps({"remove_undeclared": [name]}), playbook="playbooks/network.yml", record=record).succeeded()
    assert [(change["action"], change["name"]) for change in removed.changes] == [("remove", "groundswell-sandbox-dynamodb")]
    assert removed.record["undeclared"] == {}
    play(site.simulator, playbook="playbooks/network.yml").succeeded()
    assert contents(site.simulator) == site.contents


def test_what_is_not_ours_is_refused(site: Site) -> None:
    """A thing of our name without our tags is never adopted."""
    ec2 = site.simulator.client("ec2", REGION)
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["groundswell-sandbox-cache"]}])["SecurityGroups"][0]
    ec2.delete_tags(Resources=[group["GroupId"]], Tags=[{"Key": "ManagedBy"}])
    run = play(site.simulator, playbook="playbooks/network.yml")
    ec2.create_tags(Resources=[group["GroupId"]], Tags=[{"Key": "ManagedBy", "Value": "groundswell"}])
    assert run.code != 0
    assert "groundswell-sandbox-cache exists and is not ours" in " ".join(run.output.split())


def test_autoscalers_capacity_is_kept(site: Site) -> None:
    """Desired capacity belongs to the autoscaler after the first run."""
    client = site.simulator.client("autoscaling", REGION)
    name = "groundswell-sandbox-web"
    client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    play(site.simulator, playbook="playbooks/fleets.yml").succeeded()
    group = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    client.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
    assert group["DesiredCapacity"] == 2


def test_silence_means_the_same_to_the_alarm_and_to_the_failover(site: Site) -> None:
    """Else visitors would see the site's errors while people are told that they see the fallback, or the other way round."""
    (check,) = site.simulator.client("route53", GLOBAL).list_health_checks()["HealthChecks"]
    followed = check["HealthCheckConfig"]["AlarmIdentifier"]
    (alarm,) = site.simulator.client("cloudwatch", followed["Region"]).describe_alarms(AlarmNames=[followed["Name"]])["MetricAlarms"]
    assert (alarm["TreatMissingData"], check["HealthCheckConfig"]["InsufficientDataHealthStatus"]) == ("breaching", "Unhealthy")


def created(run: Run) -> set[tuple[str, str, str]]:
    """Cell, kind and name of what a run made or would make."""
    return {(change["cell"], change["kind"], change["name"]) for change in run.changes if change["action"] == "create"}


def test_check_foretells_what_a_run_makes(simulator: Simulated, site: Site, record: Path) -> None:
    """All that the rollout of another account made, or it says what it could not foretell. It touches nothing."""
    plan = play(simulator, "--check", record=record).succeeded()
    assert plan.mutating == []
    unsaid = created(site.first) - created(plan)
    assert {(cell, kind) for cell, kind, _ in unsaid} == {("sandbox-global", "route53_records")}
    (name,) = [name for _, _, name in unsaid]
    domain = name.removesuffix(" CNAME").partition(".")[2]
    assert {(gap["cell"], gap["why"]) for gap in plan.record["unpredicted"]} == {
        (cell, f"the DNS record that proves {domain}: ACM makes up its name") for cell in ("sandbox-apse1", "sandbox-global")
    }
    assert "Could not be foretold" in plan.output
    assert created(plan) - created(site.first) == set()

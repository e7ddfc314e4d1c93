# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolled-out site in which an hour takes twelve seconds, and what deployments are judged by: boto3, not our own modules."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from accounts import REGION
from ci_roles import forbidden
from rollouts import ROOT, Run, command, environment, play
from simulated import Simulated

# Two web servers, so that there is something between nothing and all; application servers of several types and markets.
SIZES = (
    "-e",
    json.dumps(
        {
            "run_lock_wait": 60,  # the lock of a run that was just killed is given back a moment later
            "web_min_size": 2,
            "web_max_size": 4,
            "app_instance_types": ["t4g.small", "t4g.medium"],
            "app_on_demand_base": 1,
            "app_on_demand_percentage": 50,
            # These are copies of a Debian image, which nobody has tested.
            "deployment_unsigned_images": True,
        }
    ),
)
DEPLOY, ROLLBACK = "playbooks/deploy.yml", "playbooks/rollback.yml"
BASE = "ami-0d5b1a13a4e64aa02"
SECONDS = 120  # until something has happened here
ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")


@dataclass
class Background:
    """A run that goes on while a test does something."""

    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def says(self, words: str) -> None:
        """Go on when it has said so."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line)
            if words in line:
                return
        raise AssertionError("".join(self.output))

    def end(self, number: int | None = None) -> Run:
        """Wait for its end, having sent a signal as a terminal would: to the run, not to its workers."""
        if number is not None:
            os.kill(self.process.pid, number)
        self.output.append(self.process.communicate(timeout=600)[0])
        if number == signal.SIGKILL:
            self._end_workers()
        return Run(self.process.returncode, "".join(self.output))

    def _end_workers(self) -> None:
        """Nobody is left who ends them."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Site:
    """The account."""

    def __init__(self, simulator: Simulated) -> None:
        self.simulator = simulator
        self.ec2, self.asg, self.ssm, self.cloudwatch = (simulator.client(one, REGION) for one in ("ec2", "autoscaling", "ssm", "cloudwatch"))
        self._numbers = itertools.count(1)

    # Doing

    def image(self, tier: str, **behaviour: Any) -> str:
        """An image of our own for a tier, whose servers behave so."""
        tags = [{"Key": "Tier", "Value": tier}]
        image = self.ec2.copy_image(
            Name=f"{tier}-{next(self._numbers)}", SourceImageId=BASE, SourceRegion=REGION, TagSpecifications=[{"ResourceType": "image", "Tags": tags}]
        )["ImageId"]
        if behaviour:
            self.simulator.door("image", {"image_id": image, **behaviour})
        self.until(lambda: self.ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available")
        return str(image)

    def point(self, tier: str, image: str) -> None:
        """What whoever bakes or promotes does."""
        self.ssm.put_parameter(Name=f"/groundswell/sandbox/images/{tier}", Value=image, Type="String", DataType="aws:ec2:image", Overwrite=True)

    def deploy(self, *arguments: str, playbook: str = DEPLOY, record: Path | None = None) -> Run:
        run = play(self.simulator, *SIZES, *arguments, playbook=playbook, record=record)
        assert forbidden("deploy", run.calls) == []
        return run

    def deploy_meanwhile(self, *arguments: str) -> Background:
        process = subprocess.Popen(
            command(DEPLOY, "sandbox", *SIZES, *arguments), cwd=ROOT, env=environment(self.simulator, PYTHONUNBUFFERED="1"), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        return Background(process)

    def until(self, true: Callable[[], Any]) -> None:
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, f"not within {SECONDS} s"
            time.sleep(0.1)

    # Looking

    def group(self, tier: str) -> dict[str, Any]:
        return dict(self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[f"groundswell-sandbox-{tier}"])["AutoScalingGroups"][0])

    def refresh(self, tier: str) -> dict[str, Any]:
        """The newest one, or nothing."""
        found = self.asg.describe_instance_refreshes(AutoScalingGroupName=f"groundswell-sandbox-{tier}")["InstanceRefreshes"]
        return dict(found[0]) if found else {"Status": "", "PercentageComplete": 0}

    def servers(self, tier: str) -> Counter[str]:
        """Images of the servers in service, counted: what runs, whatever anything says."""
        ids = [one["InstanceId"] for one in self.group(tier)["Instances"] if one["LifecycleState"] == "InService"]
        found = self.ec2.describe_instances(InstanceIds=ids)["Reservations"]
        return Counter(instance["ImageId"] for reservation in found for instance in reservation["Instances"])

    def launched(self, tier: str) -> str:
        """Image that the group launches."""
        group = self.group(tier)
        mixed = group.get("MixedInstancesPolicy")
        specification = mixed["LaunchTemplate"]["LaunchTemplateSpecification"] if mixed else group["LaunchTemplate"]
        versions = self.ec2.describe_launch_template_versions(LaunchTemplateId=specification["LaunchTemplateId"], Versions=[specification["Version"]])
        return str(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["ImageId"])

    def pointed_at(self, tier: str, label: str = "") -> str:
        name = f"/groundswell/sandbox/images/{tier}" + (f":{label}" if label else "")
        return str(self.ssm.get_parameter(Name=name)["Parameter"]["Value"])

    def is_whole(self, tier: str, image: str, size: int) -> None:
        """Servers, group, and pointer agree."""
        assert self.servers(tier) == {image: size}
        assert self.launched(tier) == image
        assert self.pointed_at(tier) == image
        assert self.pointed_at(tier, "in-service") == image
        assert self.refresh(tier)["Status"] not in ACTIVE

    def is_mixed(self, tier: str) -> bool:
        return "MixedInstancesPolicy" in self.group(tier)

    def is_as_declared(self) -> None:
        """A rollout finds nothing to change."""
        run = play(self.simulator, *SIZES, "--tags", "fleets").succeeded()
        assert run.mutating == []
        assert "is ready" not in run.output


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests: each leaves tiers whole."""
    with Simulated(tmp_path_factory.mktemp("deployment") / "journal.jsonl", "--latency", "aws", "--time-scale", "300") as simulator:
        play(simulator, *SIZES).succeeded()
        yield Site(simulator)

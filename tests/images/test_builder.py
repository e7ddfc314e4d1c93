# SPDX-License-Identifier: GPL-3.0-or-later
"""Baking on an instance, as far as instances that do not boot allow: a stand-in does what its user data says, and the rest is seen to be tidy."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rollouts import ROOT, Run, play
from simulated import Simulated

REGION = "ap-southeast-1"
BUCKET = f"groundswell-images-123456789012-{REGION}"


class StandIn(threading.Thread):
    """Waits for the builder, looks at what it was given, publishes a small disk, and tells how it went."""

    def __init__(self, simulator: Simulated, folder: Path, code: int) -> None:
        super().__init__(daemon=True)
        self.ec2, self.s3, self.simulator, self.folder, self.code = simulator.client("ec2", REGION), simulator.client("s3", REGION), simulator, folder, code
        self.instance: dict[str, Any] = {}
        self.user_data, self.packed = "", set[str]()

    def run(self) -> None:
        filters = [{"Name": "tag:Layer", "Values": ["images"]}, {"Name": "instance-state-name", "Values": ["pending", "running"]}]
        while not self.instance:
            time.sleep(0.5)
            for reservation in self.ec2.describe_instances(Filters=filters)["Reservations"]:
                self.instance = reservation["Instances"][0]
        attribute = self.ec2.describe_instance_attribute(InstanceId=self.instance["InstanceId"], Attribute="userData")
        self.user_data = base64.b64decode(attribute["UserData"]["Value"]).decode()
        (key,) = [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET, Prefix="builders/")["Contents"] if one["Key"].endswith("source.tar.gz")]
        prefix = key.rpartition("/")[0]
        with tarfile.open(fileobj=io.BytesIO(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())) as archive:
            self.packed = set(archive.getnames())
        if self.code == 0:
            play(
                self.simulator, "-e", json.dumps({"folder": str(self.folder), "image_point": False}), playbook="tests/images/publish.yml", inventory="dev"
            ).succeeded()
            manifest = (self.folder / "manifest.json").read_bytes()
            self.s3.put_object(Bucket=BUCKET, Key=f"{prefix}/manifests/groundswell-web-arm64.json", Body=manifest)
        self.s3.put_object(Bucket=BUCKET, Key=f"{prefix}/bake.log", Body=b"first line\nno space left on device\n")
        self.s3.put_object(Bucket=BUCKET, Key=f"{prefix}/result.json", Body=json.dumps({"code": self.code}).encode())


@pytest.fixture
def dev(simulator: Simulated) -> Simulated:
    """An account whose dev environment has a network."""
    play(simulator, playbook="playbooks/network.yml", inventory="dev").succeeded()
    return simulator


def bake(simulator: Simulated) -> Run:
    return play(simulator, "-e", '{"image_tiers": ["web"], "image_builder_look_seconds": 1}', playbook="playbooks/bake_image_on_aws.yml", inventory="dev")


def pointed(simulator: Simulated) -> list[str]:
    return [one["Value"] for one in simulator.client("ssm", REGION).get_parameters(Names=["/groundswell/dev/images/web"])["Parameters"]]


def test_without_a_network_nothing_is_begun(simulator):
    run = bake(simulator)
    assert run.code != 0
    assert "dev has no network in ap-southeast-1 yet" in run.output
    assert run.mutating == []


def test_an_instance_bakes_and_nothing_of_it_stays(dev, tmp_path):
    subprocess.run([sys.executable, str(ROOT / "molecule/image_publish/disk.py"), str(tmp_path / "web"), "web"], check=True)
    for code in (1, 0):
        standin = StandIn(dev, tmp_path / "web", code)
        standin.start()
        run = bake(dev)
        standin.join(timeout=60)
        given = standin.instance
        assert {"playbooks/bake_image.yml", "tools/setup"} <= standin.packed
        assert "--extra-vars" not in standin.user_data and "shutdown -P +90" in standin.user_data.splitlines()[2]
        assert '"web_application_source": "apps/php"' in standin.user_data
        assert ("PublicIpAddress" in given, "KeyName" in given, given["MetadataOptions"]["HttpTokens"], given["Architecture"]) == (
            False,
            False,
            "required",
            "arm64",
        )
        tags = {tag["Key"] for tag in given["Tags"]}
        assert {"BakeRun", "Expires", "Project", "ManagedBy"} <= tags
        ec2 = dev.client("ec2", REGION)
        assert ec2.describe_instances(InstanceIds=[given["InstanceId"]])["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated"
        assert not ec2.describe_security_groups(Filters=[{"Name": "tag:Layer", "Values": ["images"]}])["SecurityGroups"]
        assert not [one for one in dev.client("s3", REGION).list_objects_v2(Bucket=BUCKET)["Contents"] if one["Key"].endswith("source.tar.gz")]
        if code:
            assert run.code != 0
            assert "no space left on device" in run.output
            assert pointed(dev) == []
        else:
            run.succeeded()
            (image,) = ec2.describe_images(Owners=["self"])["Images"]
            assert pointed(dev) == [image["ImageId"]]
    assert dev.door("unimplemented") == []

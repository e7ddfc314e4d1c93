# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on their way: published in dev, promoted to staging, retired when nothing uses them; and what is refused on that way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ci_roles import forbidden
from rollouts import ROOT, Run, play
from simulated import Simulated

REGION = "ap-southeast-1"
POINTER = "/groundswell/{}/images/web"
WEB = '{"image_tiers": ["web"]}'


class Project:
    """A project whose dev environment has an image."""

    def __init__(self, simulator: Simulated, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        self.ssm, self.ec2, self.s3 = (simulator.client(name, REGION) for name in ("ssm", "ec2", "s3"))
        subprocess.run([sys.executable, str(ROOT / "molecule/image_publish/disk.py"), str(folder), "web"], check=True)

    def publish(self, **more: Any) -> Run:
        variables = json.dumps({"folder": str(self.folder), **more})
        return play(self.simulator, "-e", variables, playbook="tests/images/publish.yml", inventory="dev")

    def promote(self, *arguments: str, source: str = "dev", target: str = "staging", inventories: tuple[str, ...] = ("staging",), tiers: str = WEB) -> Run:
        more = [word for name in inventories for word in ("-i", str(ROOT / "inventories" / name))]
        asked = ["-e", f"promote_from={source}", "-e", f"promote_to={target}", "-e", tiers]
        return play(self.simulator, *more, *asked, *arguments, playbook="playbooks/promote_image.yml", inventory="dev")

    def pointed(self, environment: str) -> str:
        found = self.ssm.get_parameters(Names=[POINTER.format(environment)])["Parameters"]
        return str(found[0]["Value"]) if found else ""

    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "manifest.json").read_text()))

    def rewrite(self, **changes: Any) -> None:
        (self.folder / "manifest.json").write_text(json.dumps({**self.manifest(), **changes}))


@pytest.fixture
def project(simulator: Simulated, tmp_path: Path) -> Iterator[Project]:
    project = Project(simulator, tmp_path / "web")
    yield project
    assert simulator.door("unimplemented") == []


def test_the_same_image_moves_from_environment_to_environment(project):
    project.publish().succeeded()
    image = project.pointed("dev")
    published_again = project.publish().succeeded()
    assert published_again.mutating == []
    assert "an image of the same digest was there, nothing was sent" in published_again.output
    looked = project.promote("--check").succeeded()
    assert looked.mutating == []
    assert f"{POINTER.format('staging')}: nothing -> {image}" in looked.output
    promoted = project.promote().succeeded()
    assert project.pointed("staging") == image
    assert forbidden("promote", promoted.calls) == []
    again = project.promote().succeeded()
    assert again.mutating == []
    # The first rollout of staging takes the pointer as it is: it carries the fleets' tags.
    tags = {tag["Key"]: tag["Value"] for tag in project.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=POINTER.format("staging"))["TagList"]}
    assert tags.items() >= {"Environment": "staging", "Cell": "staging-apse1", "Layer": "fleets"}.items()


def test_a_bake_that_fails_leaves_the_pointer(project, tmp_path):
    """Keys, bucket and pointer are touched when there is something to publish."""
    project.publish().succeeded()
    image = project.pointed("dev")
    lacking = {"image_tiers": ["web"], "image_build_directory": str(tmp_path), "web_application_source": "nowhere"}
    run = play(project.simulator, "-e", json.dumps(lacking), playbook="playbooks/bake_image.yml", inventory="dev")
    assert run.code != 0 and "what the image is made from is missing" in run.output
    assert run.mutating == [] and project.pointed("dev") == image


def test_what_is_not_published(project):
    """All that is wrong at once, and nothing was sent."""
    project.rewrite(tests_passed=[], tier="app", architecture="x86_64", digest="soon")
    run = project.publish()
    assert run.code != 0
    for words in (
        "manifest.json cannot be published",
        "tests_passed is empty: the image was never booted",
        "tier is app, and this is for web",
        "architecture is x86_64, and web_architecture is arm64",
        "digest is no SHA-256 digest",
    ):
        assert words in " ".join(run.output.split())
    assert not [call for call in run.mutating if call.startswith(("ebs:", "ssm:")) or call == "ec2:RegisterImage"]
    (project.folder / "sbom.spdx.json").unlink()
    run = project.publish()
    assert run.code != 0
    assert "has no sbom.spdx.json" in run.output


def test_what_is_not_promoted(project):
    refusals = {}
    refusals["nothing there"] = project.promote()
    project.publish().succeeded()
    refusals["itself"] = project.promote(target="dev", inventories=())
    refusals["no such environment"] = project.promote(target="prod")
    refusals["other architecture"] = project.promote("-e", "web_architecture=x86_64")
    (name,) = [image["Name"] for image in project.ec2.describe_images(Owners=["self"])["Images"]]
    bucket = f"groundswell-images-123456789012-{REGION}"
    paper = {"Bucket": bucket, "Key": f"{name}/manifest.json"}
    text = project.s3.get_object(**paper)["Body"].read()
    project.s3.put_object(**paper, Body=text.replace(b"answers", b"answered"))
    refusals["forged papers"] = project.promote()
    project.s3.put_object(**paper, Body=text)
    catalogue = project.ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    project.ssm.put_parameter(Name=POINTER.format("dev"), Value=catalogue, Overwrite=True)
    refusals["somebody's image"] = project.promote()
    assert {what: run.code != 0 for what, run in refusals.items()} == dict.fromkeys(refusals, True)
    said = {what: " ".join(run.output.split()) for what, run in refusals.items()}
    assert "does not exist: nothing was rolled out or baked there" in said["nothing there"]
    assert "An image goes from one environment to another" in said["itself"]
    assert "promote_to is prod" in said["no such environment"]
    assert "its architecture is arm64" in said["other architecture"] and "web_architecture is x86_64" in said["other architecture"]
    assert "is not the manifest that the image was published with" in said["forged papers"]
    assert "is an image that nobody published" in said["somebody's image"]
    assert project.pointed("staging") == ""


def test_retention_looks_at_every_environment_that_is_given(project):
    """Two images, the older promoted: dev alone would not know."""
    project.publish().succeeded()
    project.promote().succeeded()
    older = project.pointed("dev")
    assert forbidden("bake", project.publish(image_publish_force=True).succeeded().calls) == []
    before = project.ssm.get_parameter_history(Name=POINTER.format("dev"))["Parameters"]
    assert [one["Value"] for one in before] == [older, project.pointed("dev")]
    # So that dev has nothing to go back to.
    project.ssm.delete_parameter(Name=POINTER.format("dev"))
    project.ssm.put_parameter(Name=POINTER.format("dev"), Value=before[1]["Value"], Type="String", DataType="aws:ec2:image")

    def retention(*arguments: str) -> Run:
        return play(project.simulator, "-e", '{"image_publish_keep": 1}', *arguments, playbook="playbooks/images_retention.yml", inventory="dev").succeeded()

    both = retention("--check", "-i", str(ROOT / "inventories/staging"))
    assert both.mutating == []
    assert "parameter /groundswell/staging/images/web" in both.output
    project.ssm.delete_parameter(Name=POINTER.format("staging"))
    alone = retention("--check")
    assert alone.mutating == []
    assert " deprecate " in alone.output and "Would free" in alone.output
    assert "ec2:EnableImageDeprecation" in retention().mutating
    assert {image["State"] for image in project.ec2.describe_images(ImageIds=[older])["Images"]} == {"available"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments: what comes through, what is rolled back, and whether the run tells the truth about it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from conftest import ACTIVE, ROLLBACK, Site

ALARM = "groundswell-sandbox-web-errors"


def test_what_is_in_the_way_is_said_at_once(site: Site) -> None:
    """All of it, in seconds, and nothing is touched."""
    site.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many errors")
    site.asg.suspend_processes(AutoScalingGroupName="groundswell-sandbox-web", ScalingProcesses=["Launch"])
    run = site.deploy("-e", "image_id=ami-0123456789abcdef0", "-e", "deploy_tiers=web")
    site.asg.resume_processes(AutoScalingGroupName="groundswell-sandbox-web")
    site.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="quiet")
    assert run.code != 0
    for words in ("image ami-0123456789abcdef0 does not exist", "suspended in groundswell-sandbox-web: Launch", f"alarm {ALARM} is in ALARM already"):
        assert words in run.output
    assert run.mutating == []


@pytest.mark.long
def test_two_at_once(site: Site) -> None:
    """Whoever comes second gives way before anything is changed, and says to what."""
    before = site.pointed_at("web")
    mine, theirs = site.image("web"), site.image("web")
    run = site.deploy_meanwhile("-e", f"image_id={mine}")
    run.says(f"shall be of {mine}")
    site.point("web", theirs)
    second = run.end()
    assert second.code != 0
    assert f"/groundswell/sandbox/images/web was {before}, and is {theirs}" in " ".join(second.output.split())
    assert site.pointed_at("web") == theirs
    assert site.refresh("web")["Status"] not in ACTIVE
    site.point("web", before)
    site.is_as_declared()


def test_one_after_the_other(site: Site, tmp_path: Path) -> None:
    """Pointers that somebody moved: foretold, then the application before the web, and nothing is left to do."""
    images = {tier: site.image(tier) for tier in ("web", "app")}
    for tier, image in images.items():
        site.point(tier, image)
    foretold = site.deploy("--check", record=tmp_path / "check.json").succeeded()
    assert foretold.mutating == []
    assert sum(change["kind"] == "ec2_instances" for change in foretold.changes) == 3

    run = site.deploy(record=tmp_path / "record.json").succeeded()
    assert run.output.index("app: started") < run.output.index("app: 100 % Successful") < run.output.index("web: started")
    # How far it was, by version and health.
    assert "1 in service; version 2: 1 in service" in run.output
    assert "web: 50 % InProgress after" in run.output and "Checkpoint 50% reached" in run.output
    for tier, size in (("web", 2), ("app", 1)):
        site.is_whole(tier, images[tier], size)
        told = run.record["deployments"][f"sandbox-apse1/{tier}"]
        assert (told["version_before"], told["version_after"], told["outcome"], told["good"]) == (1, 2, "successful", True)
        assert told["image_asked_for"] == images[tier] and told["caller"].startswith("arn:aws:")
        assert told["refresh"]["start_time"] < told["refresh"]["end_time"]
        assert site.is_mixed(tier) == (tier == "app")
    assert sum(change["kind"] == "ec2_instances" for change in run.changes) == 3
    site.is_as_declared()

    again = site.deploy().succeeded()
    assert again.mutating == []
    assert again.output.count("nothing to do") == 2


def test_a_broken_image_is_not_brought_in(site: Site, tmp_path: Path) -> None:
    """Servers that never get ready: the old template stays, and the pointer names it."""
    before = site.launched("web")
    broken = site.image("web", completes=False)
    run = site.deploy("-e", f"image_id={broken}", record=tmp_path / "record.json")
    assert run.code != 0
    assert f"web: {broken} was not brought in, AWS rolled back" in run.output
    assert "Instance failed to complete user's Lifecycle Action" in run.output
    assert "in service: version 2 of the template" in run.output
    site.is_whole("web", before, 2)
    told = run.record["deployments"]["sandbox-apse1/web"]
    assert (told["outcome"], told["good"], told["version_after"]) == ("rolled_back", False, 2)
    site.is_as_declared()


def test_an_alarm_in_the_middle(site: Site) -> None:
    """The run names the alarm, even when it is quiet again."""
    before = site.launched("web")
    good = site.image("web")
    run = site.deploy_meanwhile("-e", f"image_id={good}")
    site.until(lambda: site.refresh("web")["Status"] in ACTIVE and site.servers("web")[good])
    site.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="far too many errors")
    site.until(lambda: site.refresh("web")["Status"] not in ("Pending", "InProgress", "Baking"))
    site.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="quiet")
    ended = run.end()
    assert ended.code != 0
    assert f"alarm {ALARM} was in ALARM: far too many errors" in " ".join(ended.output.split())
    site.is_whole("web", before, 2)


@pytest.mark.long
def test_killed_and_rolled_back_meanwhile(site: Site) -> None:
    """Nobody was told: the next run tells, and puts the pointer right."""
    before = site.launched("web")
    broken = site.image("web", alarm=ALARM)
    run = site.deploy_meanwhile("-e", f"image_id={broken}")
    site.until(lambda: site.refresh("web")["Status"] in ACTIVE)
    run.end(signal.SIGKILL)
    assert site.pointed_at("web") == broken
    site.until(lambda: site.refresh("web")["Status"] == "RollbackSuccessful")
    refresh = site.refresh("web")["InstanceRefreshId"]
    told = site.deploy("-e", "deploy_tiers=[web]")
    assert told.code != 0
    assert "AWS rolled back" in told.output and f"alarm {ALARM} was in ALARM" in told.output
    assert site.refresh("web")["InstanceRefreshId"] == refresh, "it was tried once more"
    site.is_whole("web", before, 2)


@pytest.mark.long
def test_interrupted_joined_and_gone_back_from(site: Site) -> None:
    """Ctrl-C leaves it to AWS and says so; another image is refused meanwhile; the same is joined; rollback.yml turns it round."""
    before = site.launched("web")
    good, other = site.image("web"), site.image("web")
    slow = ("-e", json.dumps({"deployment_checkpoint_seconds": 86400}))
    run = site.deploy_meanwhile("-e", f"image_id={good}", *slow)
    site.until(lambda: site.refresh("web")["PercentageComplete"] == 50)
    interrupted = run.end(signal.SIGINT)
    assert interrupted.code != 0
    assert "AWS goes on with the instance refresh" in interrupted.output
    refresh = site.refresh("web")
    assert refresh["Status"] == "InProgress"

    refused = site.deploy("-e", f"image_id={other}")
    assert refused.code != 0 and refresh["InstanceRefreshId"] in refused.output
    assert refused.mutating == []

    joined = site.deploy_meanwhile("-e", f"image_id={good}", *slow)
    joined.says(f"web: joined instance refresh {refresh['InstanceRefreshId']}")
    back = site.deploy("-e", "deploy_tiers=web", playbook=ROLLBACK).succeeded()
    assert "AWS rolled back" in joined.end().output
    assert "autoscaling:StartInstanceRefresh" not in back.mutating
    assert site.refresh("web")["Status"] == "RollbackSuccessful"
    site.is_whole("web", before, 2)


@pytest.mark.long
def test_somebody_cancels(site: Site) -> None:
    """Servers of two versions are left, and the next deployment makes them one again."""
    before = site.launched("web")
    good = site.image("web")
    run = site.deploy_meanwhile("-e", f"image_id={good}", "-e", json.dumps({"deployment_checkpoint_seconds": 86400}))
    site.until(lambda: site.refresh("web")["PercentageComplete"] == 50)
    site.asg.cancel_instance_refresh(AutoScalingGroupName="groundswell-sandbox-web")
    ended = run.end()
    assert ended.code != 0 and "somebody cancelled the refresh" in ended.output
    assert site.servers("web") == {before: 1, good: 1}
    assert site.pointed_at("web") == before
    site.deploy("-e", "deploy_tiers=web").succeeded()
    site.is_whole("web", before, 2)


def test_back_to_the_image_before(site: Site) -> None:
    """Without a bake, and not back and forth."""
    before, image = site.launched("web"), site.image("web")
    site.deploy("-e", f"image_id={image}").succeeded()
    site.is_whole("web", image, 2)
    assert site.pointed_at("web", "previous") == before
    site.deploy("-e", "deploy_tiers=web", playbook=ROLLBACK).succeeded()
    site.is_whole("web", before, 2)
    site.is_as_declared()
    again = site.deploy("-e", "deploy_tiers=web", playbook=ROLLBACK).succeeded()
    assert again.mutating == [] and "nothing else is known to go back to" in again.output

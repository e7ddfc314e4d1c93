# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates and Auto Scaling groups: what makes a version, what belongs to whom, what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.autoscaling import Groups
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_compute import LaunchTemplates
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from conftest import TAGS

NAME = "acme-dev-web"
TEMPLATE = {
    "name": NAME,
    "image_id": "ami-0d5b1a13a4e64aa02",
    "instance_type": "t4g.small",
    "metadata_tokens": "required",
    "metadata_hop_limit": 1,
    "metadata_tags": False,
    "user_data": "#!/bin/sh\n",
    "volume": {"device": "/dev/xvda", "size": 16, "type": "gp3", "encrypted": True, "iops": None, "kms_key_arn": None},
    "instance_tags": {"Name": NAME},
}


@pytest.fixture
def group(keep, simulator):
    """A group's item, with a template to launch from."""
    keep(LaunchTemplates, [TEMPLATE])
    subnets = simulator.client("ec2").describe_subnets()["Subnets"]
    return {
        "name": NAME,
        "launch_template": NAME,
        "subnet_ids": [one["SubnetId"] for one in subnets],
        "min_size": 1,
        "max_size": 4,
        "health_check": "elb",
        "health_check_grace_period": 60,
        "metrics": True,
        "hooks": [],
        "target_tracking": [{"name": "cpu", "metric": "ASGAverageCPUUtilization", "target": 50}],
        "schedules": [],
    }


def versions(simulator):
    return len(simulator.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME)["LaunchTemplateVersions"])


def shown(simulator):
    return simulator.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])["AutoScalingGroups"][0]


def test_a_version_is_made_by_a_change_only(keep, simulator):
    assert keep(LaunchTemplates, [TEMPLATE]).resources[NAME].outputs["version"] == 1
    assert keep(LaunchTemplates, [TEMPLATE]).changed is False
    changed = keep(LaunchTemplates, [{**TEMPLATE, "user_data": "#!/bin/sh\n# more\n"}])
    assert changed.resources[NAME].outputs["version"] == 2
    assert versions(simulator) == 2


def test_what_was_declared_before_is_the_old_version_again(keep, simulator):
    keep(LaunchTemplates, [TEMPLATE])
    keep(LaunchTemplates, [{**TEMPLATE, "image_id": "ami-0d5b1a13a4e64aa01"}])
    back = keep(LaunchTemplates, [TEMPLATE])
    assert (back.changed, back.resources[NAME].outputs["version"], back.resources[NAME].outputs["newest_version"]) == (True, 1, 2)
    assert simulator.client("ec2").describe_launch_templates(LaunchTemplateNames=[NAME])["LaunchTemplates"][0]["DefaultVersionNumber"] == 1
    assert keep(LaunchTemplates, [TEMPLATE]).changed is False
    another = keep(LaunchTemplates, [{**TEMPLATE, "instance_type": "t4g.medium", "cpu_credits": "standard"}])
    assert (another.resources[NAME].outputs["version"], versions(simulator)) == (3, 3)


def test_a_version_that_says_more_is_not_the_same(keep, simulator):
    keep(LaunchTemplates, [{**TEMPLATE, "cpu_credits": "standard"}])
    simulator.client("ec2").create_launch_template_version(LaunchTemplateName=NAME, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.large"})
    data = {"ImageId": TEMPLATE["image_id"], "InstanceType": "t4g.large"}
    simulator.client("ec2").create_launch_template_version(LaunchTemplateName=NAME, LaunchTemplateData=data)
    simulator.client("ec2").modify_launch_template(LaunchTemplateName=NAME, DefaultVersion="3")
    few = {"name": NAME, "image_id": TEMPLATE["image_id"], "instance_type": "t4g.small"}
    assert keep(LaunchTemplates, [few]).resources[NAME].outputs["version"] == 4


def test_an_old_version_that_is_declared_again_is_not_deleted(keep, simulator):
    for instance_type in ("t4g.small", "t4g.medium", "t4g.large"):
        keep(LaunchTemplates, [{**TEMPLATE, "instance_type": instance_type}])
    back = keep(LaunchTemplates, [{**TEMPLATE, "versions_kept": 1}])
    assert back.resources[NAME].outputs["version"] == 1
    assert keep(LaunchTemplates, [{**TEMPLATE, "versions_kept": 1}]).resources[NAME].outputs["version"] == 1


def test_a_version_is_whole(keep):
    keep(LaunchTemplates, [TEMPLATE])
    few = {"name": NAME, "image_id": TEMPLATE["image_id"], "instance_type": "t4g.medium"}
    state = keep(LaunchTemplates, [few]).resources[NAME].state
    assert state["user_data"] == TEMPLATE["user_data"]
    assert state["metadata_tokens"] == "required"
    assert (state["volume"]["size"], state["volume"]["encrypted"]) == (16, True)


def numbers(simulator):
    return [one["VersionNumber"] for one in simulator.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME)["LaunchTemplateVersions"]]


def test_old_versions_go(keep, simulator):
    for size in range(16, 20):
        keep(LaunchTemplates, [{**TEMPLATE, "volume": {**TEMPLATE["volume"], "size": size}, "versions_kept": 3}])
    assert sorted(numbers(simulator)) == [2, 3, 4]
    last = {**TEMPLATE, "volume": {**TEMPLATE["volume"], "size": 19}}
    assert keep(LaunchTemplates, [{**last, "versions_kept": 3}]).changed is False
    fewer = keep(LaunchTemplates, [{**last, "versions_kept": 1}])
    assert [(change.before, change.after) for change in fewer.changes] == [({"versions_kept": 3}, {"versions_kept": 1})]
    assert fewer.resources[NAME].outputs["version"] == 4
    assert numbers(simulator) == [4]


def test_a_plan_says_which_versions_go(keep, simulator):
    for size in (16, 17):
        keep(LaunchTemplates, [{**TEMPLATE, "volume": {**TEMPLATE["volume"], "size": size}}])
    asked = {**TEMPLATE, "instance_type": "t4g.medium", "versions_kept": 2}
    plan = keep(LaunchTemplates, [asked], check_mode=True)
    assert [change.options for change in plan.changes] == [["instance_type", "versions_kept", "volume"]]
    assert plan.resources[NAME].outputs["version"] == 3
    assert sorted(numbers(simulator)) == [1, 2]
    keep(LaunchTemplates, [asked])
    assert sorted(numbers(simulator)) == [2, 3]


def test_versions_in_use_stay(keep, group, simulator):
    """That of a group, that of a server which its group has left behind, and the default, which somebody put back."""
    keep(Groups, [group])
    for size in range(17, 22):
        keep(LaunchTemplates, [{**TEMPLATE, "volume": {**TEMPLATE["volume"], "size": size}}])
    keep(Groups, [{**group, "launch_template_version": 2}])
    simulator.client("ec2").modify_launch_template(LaunchTemplateName=NAME, DefaultVersion="3")
    keep(LaunchTemplates, [{**TEMPLATE, "volume": {**TEMPLATE["volume"], "size": 21}, "versions_kept": 1}])
    assert sorted(numbers(simulator)) == [1, 2, 3, 6]


@pytest.mark.parametrize("wrong", [{"versions_kept": 0}, {"user_data": "x" * 16385}, {"volume": {"device": "/dev/xvda", "type": "io2", "throughput": 200}}])
def test_templates_that_are_refused(keep, wrong):
    with pytest.raises(Problem):
        keep(LaunchTemplates, [{**TEMPLATE, **wrong}])


def test_a_template_that_is_not_ours(keep, simulator):
    data = {"ImageId": TEMPLATE["image_id"], "InstanceType": "t4g.small"}
    simulator.client("ec2").create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData=data)
    with pytest.raises(Problem, match="not ours"):
        keep(LaunchTemplates, [TEMPLATE])


def test_a_group_keeps_its_version_until_it_is_told_another(keep, group, simulator):
    keep(Groups, [group])
    keep(LaunchTemplates, [{**TEMPLATE, "instance_type": "t4g.medium"}])
    assert keep(Groups, [group]).changed is False
    assert shown(simulator)["LaunchTemplate"]["Version"] == "1"
    assert keep(Groups, [{**group, "launch_template_version": 2}]).resources[NAME].outputs["version"] == 2


def test_the_capacity_belongs_to_the_autoscaler(keep, group, simulator):
    keep(Groups, [{**group, "initial_capacity": 2}])
    simulator.client("autoscaling").set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=3)
    assert keep(Groups, [{**group, "initial_capacity": 2}]).changed is False
    assert shown(simulator)["DesiredCapacity"] == 3


def test_a_size_that_a_schedule_sets_belongs_to_the_schedule(keep, group, simulator):
    night = {"name": "night", "recurrence": "0 20 * * MON-FRI", "time_zone": "Asia/Singapore", "min_size": 0, "desired_capacity": 0}
    keep(Groups, [{**group, "schedules": [night]}])
    simulator.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=NAME, MinSize=0, DesiredCapacity=0)
    assert keep(Groups, [{**group, "schedules": [night]}]).changed is False
    assert keep(Groups, [group]).changed is True
    assert shown(simulator)["MinSize"] == 1


def test_parts_are_kept_as_they_are_declared(keep, group, simulator):
    keep(Groups, [group])
    hook = {"name": "drained", "transition": "terminating", "heartbeat_timeout": 120, "default_result": "CONTINUE"}
    forecast = {"name": "forecast", "metric_pair": "ASGCPUUtilization", "target": 50, "mode": "forecast_only", "scheduling_buffer": 300}
    more = {**group, "hooks": [hook], "predictive": [forecast], "warm_pool": {"min_size": 1, "max_prepared_capacity": 2, "state": "stopped"}}
    keep(Groups, [more])
    assert keep(Groups, [more]).changed is False
    keep(Groups, [{**group, "target_tracking": [], "predictive": [], "warm_pool": {}}])
    client = simulator.client("autoscaling")
    assert not client.describe_policies()["ScalingPolicies"]
    assert not client.describe_lifecycle_hooks(AutoScalingGroupName=NAME)["LifecycleHooks"]
    assert "WarmPoolConfiguration" not in shown(simulator)


def test_a_zone_can_be_done_without(keep, group, simulator):
    """What never was on is not switched off, which AWS refuses."""
    assert keep(Groups, [{**group, "zonal_shift": "off"}, {**group, "name": "acme-dev-on", "zonal_shift": "replace_unhealthy"}]).changed is True
    for wanted, enabled in (("off", False), ("ignore_unhealthy", True), ("replace_unhealthy", True), ("off", False)):
        keep(Groups, [{**group, "zonal_shift": wanted}])
        assert shown(simulator)["AvailabilityZoneImpairmentPolicy"]["ZonalShiftEnabled"] is enabled
        assert keep(Groups, [{**group, "zonal_shift": wanted}]).changed is False


def test_several_types_and_spot(keep, group, simulator):
    mixed = {
        **group,
        "instance_types": ["t4g.small", "t4g.medium"],
        "on_demand_base": 1,
        "on_demand_percentage": 50,
        "spot_allocation_strategy": "price-capacity-optimized",
        "capacity_rebalance": True,
    }
    keep(Groups, [mixed])
    assert keep(Groups, [mixed]).changed is False
    policy = shown(simulator)["MixedInstancesPolicy"]
    assert policy["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"] == "1"
    plain = {**group, "instance_types": ["t4g.small"], "on_demand_percentage": 100, "on_demand_base": 0, "capacity_rebalance": False}
    assert keep(Groups, [plain]).changed is True
    assert keep(Groups, [plain]).changed is False
    assert shown(simulator)["LaunchTemplate"]["LaunchTemplateName"] == NAME


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"min_size": 5}, "above max_size"),
        ({"name": "a:b"}, "colon"),
        ({"max_instance_lifetime": 3600}, "max_instance_lifetime"),
        ({"instance_types": ["t4g.small", "t4g.medium"], "warm_pool": {"min_size": 1}}, "warm pool"),
        ({"hooks": [{"name": "h", "transition": "launching", "heartbeat_timeout": 10}]}, "heartbeat_timeout"),
        ({"target_tracking": [{"name": "r", "metric": "ALBRequestCountPerTarget", "target": 10}]}, "resource_label"),
    ],
)
def test_groups_that_are_refused(keep, group, simulator, wrong, says):
    with pytest.raises(Problem, match=says):
        keep(Groups, [{**group, **wrong}])
    assert not simulator.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]


def test_a_launch_that_cannot_succeed_ends_the_waiting(keep, group):
    keep(LaunchTemplates, [{**TEMPLATE, "instance_type": "t3.small"}])
    with pytest.raises(Problem, match="architecture"):
        keep(Groups, [{**group, "launch_template_version": 2}])


def test_a_removed_group_takes_its_servers_along(keep, clear, group, simulator):
    keep(Groups, [group])
    clear(Groups)
    assert not simulator.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    found = simulator.client("ec2").describe_instances()["Reservations"]
    assert {one["State"]["Name"] for reservation in found for one in reservation["Instances"]} == {"terminated"}


def test_everything_a_server_brings_is_ours(keep, group, simulator):
    keep(Groups, [{**group, "instance_tags": {**TAGS, "Name": NAME}}])
    (reservation,) = simulator.client("ec2").describe_instances()["Reservations"]
    tags = {tag["Key"]: tag["Value"] for tag in reservation["Instances"][0]["Tags"]}
    assert tags["Project"] == TAGS["Project"]
    assert tags["Name"] == NAME

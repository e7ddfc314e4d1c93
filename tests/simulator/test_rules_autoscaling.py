# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling: its rules, and groups that behave."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

REGION = "eu-west-1"
ARM = "ami-0d5b1a13a4e64aa02"


class Account:
    """Clients, and a template, subnets and a target group to build a group from."""

    def __init__(self, simulator: Simulated) -> None:
        self.ec2, self.asg, self.elb, self.cloudwatch, self.kms = (
            simulator.client(service, REGION) for service in ("ec2", "autoscaling", "elbv2", "cloudwatch", "kms")
        )
        subnets = self.ec2.describe_subnets()["Subnets"]
        self.subnets = ",".join(one["SubnetId"] for one in subnets)
        group = self.elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])
        self.targets = group["TargetGroups"][0]["TargetGroupArn"]
        self.template()

    def template(self, name: str = "web", **more: Any) -> None:
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": ARM, "InstanceType": "t4g.small", **more})

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": "g",
            "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"},
            "MinSize": 0,
            "MaxSize": 6,
            "VPCZoneIdentifier": self.subnets,
            **more,
        }

    def group(self, **more: Any) -> None:
        self.asg.create_auto_scaling_group(**self.settings(**more))

    @property
    def shown(self) -> dict[str, Any]:
        return dict(self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"][0])

    @property
    def states(self) -> list[str]:
        return [one["LifecycleState"] for one in self.shown["Instances"]]


@pytest.fixture
def account(simulator: Simulated) -> Account:
    return Account(simulator)


def refused(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The call is refused with this code. Returns what AWS says."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value
    return str(raised.value.response["Error"]["Message"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"MinSize": 7},
        {"DesiredCapacity": 7},
        {"LaunchTemplate": {"LaunchTemplateName": "lost"}},
        {"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "2"}},
        {"TargetGroupARNs": [f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/lost/0123456789abcdef"]},
        {"VPCZoneIdentifier": "subnet-00000000000000001"},
        {"AutoScalingGroupName": "a:b"},
        {"HealthCheckType": "PING"},
        {"MaxInstanceLifetime": 86399},
        {"LifecycleHookSpecificationList": [{"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 29}]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_groups_that_are_refused(account, wrong):
    refused("ValidationError", account.asg.create_auto_scaling_group, **account.settings(**wrong))


def test_the_nearest_group_that_is_taken(account):
    account.group(MinSize=6, DesiredCapacity=6, HealthCheckType="ELB", MaxInstanceLifetime=86400, TargetGroupARNs=[account.targets])
    assert account.states == ["InService"] * 6


def test_name_is_free(account):
    account.group()
    refused("AlreadyExists", account.asg.create_auto_scaling_group, **account.settings())


def test_capacity_within(account):
    account.group(MinSize=1)
    for wrong in (0, 7):
        refused("ValidationError", account.asg.set_desired_capacity, AutoScalingGroupName="g", DesiredCapacity=wrong)
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=6)


def test_deleted_by_force_while_it_has_instances(account):
    account.group(DesiredCapacity=2)
    refused("ResourceInUse", account.asg.delete_auto_scaling_group, AutoScalingGroupName="g")
    account.asg.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    assert not account.asg.describe_auto_scaling_groups()["AutoScalingGroups"]
    states = [one["State"]["Name"] for found in account.ec2.describe_instances()["Reservations"] for one in found["Instances"]]
    assert states == ["terminated"] * 2


def test_warm_pool(account):
    account.group(DesiredCapacity=1, MaxSize=3)
    account.asg.put_warm_pool(AutoScalingGroupName="g", MinSize=1, MaxGroupPreparedCapacity=2)
    pool = account.asg.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
    assert [one["LifecycleState"] for one in pool] == ["Warmed:Stopped"]
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=2)
    assert pool[0]["InstanceId"] in [one["InstanceId"] for one in account.shown["Instances"]]
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=0)
    account.asg.delete_warm_pool(AutoScalingGroupName="g", ForceDelete=True)
    account.asg.delete_auto_scaling_group(AutoScalingGroupName="g")


def test_no_warm_pool_beside_several_types(account):
    template = {"LaunchTemplateSpecification": {"LaunchTemplateName": "web"}, "Overrides": [{"InstanceType": "t4g.medium"}]}
    settings = account.settings(MixedInstancesPolicy={"LaunchTemplate": template})
    del settings["LaunchTemplate"]
    account.asg.create_auto_scaling_group(**settings)
    refused("ValidationError", account.asg.put_warm_pool, AutoScalingGroupName="g")


def test_requests_are_counted_at_an_attached_target_group(account):
    account.group(TargetGroupARNs=[account.targets])
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": "app/x/1/targetgroup/t/2"}
    policy = {"PredefinedMetricSpecification": metric, "TargetValue": 100.0}
    named = {"AutoScalingGroupName": "g", "PolicyName": "p", "PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": policy}
    refused("ValidationError", account.asg.put_scaling_policy, **named)
    subnets = account.subnets.split(",")
    way = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.ec2.attach_internet_gateway(InternetGatewayId=way, VpcId=account.ec2.describe_vpcs()["Vpcs"][0]["VpcId"])
    balancer = account.elb.create_load_balancer(Name="b", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": account.targets}]
    account.elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    metric["ResourceLabel"] = f"{balancer.partition(':loadbalancer/')[2]}/{account.targets.rpartition(':')[2]}"
    account.asg.put_scaling_policy(**named)


def test_target_tracking_owns_its_alarms(account):
    account.group()
    metric = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50.0}
    named = {"AutoScalingGroupName": "g", "PolicyName": "p"}
    account.asg.put_scaling_policy(**named, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=metric)
    assert len(account.cloudwatch.describe_alarms()["MetricAlarms"]) == 2
    account.asg.delete_policy(**named)
    assert not account.cloudwatch.describe_alarms()["MetricAlarms"]


def test_forecasts(account):
    account.group()
    metric = {"PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"}, "TargetValue": 50.0}
    named = {"AutoScalingGroupName": "g", "PolicyName": "p", "PolicyType": "PredictiveScaling"}
    configuration = {"MetricSpecifications": [metric], "MaxCapacityBuffer": 10}
    refused("ValidationError", account.asg.put_scaling_policy, **named, PredictiveScalingConfiguration=configuration)
    configuration["MaxCapacityBreachBehavior"] = "IncreaseMaxCapacity"
    account.asg.put_scaling_policy(**named, PredictiveScalingConfiguration=configuration)


def test_five_fields(account):
    account.group()
    named = {"AutoScalingGroupName": "g", "ScheduledActionName": "s", "MinSize": 0}
    refused("ValidationError", account.asg.put_scheduled_update_group_action, **named, Recurrence="0 0 7 * * MON")
    account.asg.put_scheduled_update_group_action(**named, Recurrence="0 7 * * MON-FRI")


def test_zones_are_in_balance_and_targets_registered(account):
    account.group(DesiredCapacity=4, TargetGroupARNs=[account.targets])
    zones = Counter(one["AvailabilityZone"] for one in account.shown["Instances"])
    assert sorted(zones.values()) == [1, 1, 2]
    assert len(account.elb.describe_target_health(TargetGroupArn=account.targets)["TargetHealthDescriptions"]) == 4
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=3)
    zones = Counter(one["AvailabilityZone"] for one in account.shown["Instances"])
    assert sorted(zones.values()) == [1, 1, 1]


def test_what_dies_is_replaced(account):
    account.group(DesiredCapacity=2, TargetGroupARNs=[account.targets])
    first, second = (one["InstanceId"] for one in account.shown["Instances"])
    account.ec2.terminate_instances(InstanceIds=[first])
    account.asg.set_instance_health(InstanceId=second, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)
    now = {one["InstanceId"] for one in account.shown["Instances"]}
    assert account.states == ["InService"] * 2
    assert not now & {first, second}
    targets = account.elb.describe_target_health(TargetGroupArn=account.targets)["TargetHealthDescriptions"]
    assert {one["Target"]["Id"] for one in targets} == now
    assert account.asg.describe_scaling_activities(AutoScalingGroupName="g")["Activities"]


def test_a_hook_holds_until_it_is_completed(account):
    hook = {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 7200}
    account.group(DesiredCapacity=1, LifecycleHookSpecificationList=[hook])
    assert account.states == ["Pending:Wait"]
    instance = account.shown["Instances"][0]["InstanceId"]
    answer = {"AutoScalingGroupName": "g", "LifecycleHookName": "h", "InstanceId": instance, "LifecycleActionResult": "CONTINUE"}
    account.asg.complete_lifecycle_action(**answer)
    assert account.states == ["InService"]
    refused("ValidationError", account.asg.complete_lifecycle_action, **answer)


def test_a_launch_that_fails_says_why(account):
    account.template("strange", InstanceType="t3.small")
    account.group(DesiredCapacity=1, LaunchTemplate={"LaunchTemplateName": "strange"})
    newest = account.asg.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][0]
    assert newest["StatusCode"] == "Failed"
    assert "architecture" in newest["StatusMessage"]


def test_a_key_must_let_auto_scaling_make_grants(account):
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    key = account.kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))["KeyMetadata"]["Arn"]
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "Encrypted": True, "KmsKeyId": key}}]
    account.template("locked", BlockDeviceMappings=devices)
    account.group(DesiredCapacity=1, LaunchTemplate={"LaunchTemplateName": "locked"})
    newest = account.asg.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][0]
    assert "Client.InternalError" in newest["StatusMessage"]


def test_limits_pull_the_capacity_along(account):
    account.group(DesiredCapacity=4)
    account.asg.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=2)
    assert account.shown["DesiredCapacity"] == 2
    assert account.states == ["InService"] * 2


def test_new_instances_take_the_version_of_the_group(account):
    account.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={"ImageId": ARM, "InstanceType": "t4g.medium"})
    account.group(DesiredCapacity=1)
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=2)
    assert {one["InstanceType"] for one in account.shown["Instances"]} == {"t4g.small"}
    account.asg.update_auto_scaling_group(AutoScalingGroupName="g", DesiredCapacity=3, LaunchTemplate={"LaunchTemplateName": "web", "Version": "2"})
    assert Counter(one["LaunchTemplate"]["Version"] for one in account.shown["Instances"]) == {"1": 2, "2": 1}


def test_spot_beyond_the_base(account):
    policy = {
        "LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "web"}, "Overrides": [{"InstanceType": "t4g.medium"}]},
        "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0},
    }
    settings = account.settings(MixedInstancesPolicy=policy, DesiredCapacity=3)
    del settings["LaunchTemplate"]
    account.asg.create_auto_scaling_group(**settings)
    instances = [one for found in account.ec2.describe_instances()["Reservations"] for one in found["Instances"]]
    assert [one.get("InstanceLifecycle") for one in instances].count("spot") == 2


def test_instances_take_their_time(start_simulator):
    account = Account(start_simulator("--latency", "aws", "--time-scale", "20"))
    account.group(DesiredCapacity=1)
    assert account.states == ["Pending"]
    for _ in range(100):
        if account.states == ["InService"]:
            break
        time.sleep(0.1)
    assert account.states == ["InService"]
    account.asg.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    assert account.shown["Status"] == "Delete in progress"
    assert "pending delete" in refused("AlreadyExists", account.asg.create_auto_scaling_group, **account.settings())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes in the simulator: batches, checkpoints, alarms, rollback, what is refused; as AWS documents them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

OLD, NEW = "ami-0d5b1a13a4e64aa01", "ami-0d5b1a13a4e64aa02"
ALARM = "errors"
OVER = ("Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")
SECONDS = 60  # until a refresh has to be over here


class Account:
    """A group on version 1 of its template (the old image), and version 2 (the new one)."""

    def __init__(self, simulator: Simulated) -> None:
        self.simulator = simulator
        self.ec2, self.asg, self.elb, self.cloudwatch = (simulator.client(one) for one in ("ec2", "autoscaling", "elbv2", "cloudwatch"))
        subnets = self.ec2.describe_subnets()["Subnets"]
        self.subnets = ",".join(one["SubnetId"] for one in subnets)
        group = self.elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])
        self.targets = group["TargetGroups"][0]["TargetGroupArn"]
        # What the simulator knows servers by that complete their own launch hook.
        data = {"ImageId": OLD, "InstanceType": "t4g.small", "UserData": "YXdzIGNvbXBsZXRlLWxpZmVjeWNsZS1hY3Rpb24="}  # pragma: allowlist secret
        self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        self.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={**data, "ImageId": NEW})
        self.cloudwatch.put_metric_alarm(
            AlarmName=ALARM, Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip

    def group(self, size: int = 4, **more: Any) -> None:
        settings: dict[str, Any] = {
            "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"},
            "HealthCheckType": "ELB",
            "HealthCheckGracePeriod": 60,
            "DefaultInstanceWarmup": 120,
            "TargetGroupARNs": [self.targets],
            "VPCZoneIdentifier": self.subnets,
            **more,
        }
        self.asg.create_auto_scaling_group(AutoScalingGroupName="g", MinSize=0, MaxSize=2 * size, DesiredCapacity=size, **settings)
        self.until(lambda: len(self.serving()) == size)

    def refresh(self, version: str = "2", **preferences: Any) -> str:
        return str(
            self.asg.start_instance_refresh(
                AutoScalingGroupName="g",
                DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateName": "web", "Version": version}},
                Preferences={"SkipMatching": True, "AutoRollback": True, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 125, **preferences},
            )["InstanceRefreshId"]
        )

    @property
    def shown(self) -> dict[str, Any]:
        return dict(self.asg.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"][0])

    @property
    def described(self) -> dict[str, Any]:
        return dict(self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"][0])

    @property
    def version(self) -> str:
        return str(self.described["LaunchTemplate"]["Version"])

    def serving(self) -> list[dict[str, Any]]:
        return [one for one in self.described["Instances"] if one["LifecycleState"] == "InService"]

    def versions(self) -> Counter[str]:
        return Counter(one["LaunchTemplate"]["Version"] for one in self.serving())

    def until(self, true: Callable[[], Any]) -> None:
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, (self.described, self.asg.describe_instance_refreshes(AutoScalingGroupName="g"))
            time.sleep(0.02)

    def watch(self) -> list[dict[str, Any]]:
        """Everything that the refresh shows until it is over."""
        seen: list[dict[str, Any]] = []

        def over() -> bool:
            shown = self.shown
            if not seen or shown != seen[-1]:
                seen.append({**shown, "serving": len(self.serving())})
            return shown["Status"] in OVER

        self.until(over)
        return seen


@pytest.fixture
def account(start_simulator: Callable[..., Simulated]) -> Account:
    """Where an hour is over in three seconds."""
    return Account(start_simulator("--latency", "aws", "--time-scale", "1200"))


def statuses(seen: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(one["Status"] for one in seen))


def refused(code: str, call: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value


def test_without_time_it_is_done_at_once(simulator: Simulated) -> None:
    account = Account(simulator)
    account.group()
    account.refresh(CheckpointPercentages=[50, 100], BakeTime=60)
    assert account.shown["Status"] == "Successful"
    assert (account.version, account.versions()) == ("2", {"2": 4})


def test_an_empty_group_gets_the_configuration(start_simulator: Callable[..., Simulated]) -> None:
    account = Account(start_simulator("--latency", "aws", "--time-scale", "20"))
    account.group(0)
    account.refresh()
    assert statuses(account.watch()) == ["Pending", "Successful"]
    assert account.version == "2"


def test_replaces_all_and_then_changes_the_group(account: Account) -> None:
    account.group()
    account.refresh()
    seen = account.watch()
    assert statuses(seen)[-2:] == ["InProgress", "Successful"]
    assert [one["PercentageComplete"] for one in seen] == sorted(one["PercentageComplete"] for one in seen)
    assert {one["PercentageComplete"] for one in seen} >= {0, 25, 50, 75, 100}
    assert min(one["serving"] for one in seen) >= 4, "less than all were in service"
    assert (account.version, account.versions()) == ("2", {"2": 4})
    assert "EndTime" in seen[-1] and seen[-1]["InstancesToUpdate"] == 0


def test_the_group_keeps_its_version_until_the_end(account: Account) -> None:
    account.group(2)
    account.refresh(BakeTime=3600)
    account.until(lambda: account.shown["Status"] == "Baking")
    assert (account.version, account.versions()) == ("1", {"2": 2})
    account.until(lambda: account.shown["Status"] == "Successful")
    assert account.version == "2"


def test_terminates_first_where_less_may_serve(account: Account) -> None:
    account.group()
    account.asg.start_instance_refresh(AutoScalingGroupName="g", Preferences={"MinHealthyPercentage": 50})
    began = account.shown["StartTime"]
    assert account.watch()[-1]["Status"] == "Successful"
    # What was looked at in passing may have missed it.
    activities = account.asg.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][::-1]
    begun = [(one["Description"].split()[0], one["StatusCode"]) for one in activities if one["StartTime"] >= began]
    order = [what for what, status in begun if (what, status) != ("Terminating", "Successful")]
    assert order == ["Terminating", "Terminating", "Launching", "Launching"] * 2
    assert account.version == "1"


def test_skips_what_matches(account: Account) -> None:
    account.group(2)
    before = {one["InstanceId"] for one in account.serving()}
    account.refresh("1")
    assert account.watch()[-1]["Status"] == "Successful"
    assert {one["InstanceId"] for one in account.serving()} == before


def test_pauses_at_checkpoints(account: Account) -> None:
    account.group()
    account.refresh(CheckpointPercentages=[10, 20, 50, 100], CheckpointDelay=3600)
    began = time.monotonic()
    seen = account.watch()
    reached = [one["StatusReason"] for one in seen if "Checkpoint" in one.get("StatusReason", "")]
    # 10 % is passed together with 20 %, as one of four is 25 %.
    assert list(dict.fromkeys(reason.split(" reached")[0] for reason in reached)) == ["Checkpoint 20%", "Checkpoint 50%"]
    assert time.monotonic() - began > 6
    assert account.versions() == {"2": 4}


def test_an_alarm_rolls_it_back(account: Account) -> None:
    account.group()
    account.refresh(AlarmSpecification={"Alarms": [ALARM]})
    account.until(lambda: account.shown["PercentageComplete"] >= 50)
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many")
    seen = account.watch()
    assert statuses(seen) == ["RollbackInProgress", "RollbackSuccessful"]
    assert ALARM in seen[-1]["StatusReason"]
    assert seen[-1]["RollbackDetails"]["PercentageCompleteOnRollback"] >= 50
    assert seen[-1]["PercentageComplete"] == 0
    assert (account.version, account.versions()) == ("1", {"1": 4})


def test_an_alarm_without_rollback_fails_it(account: Account) -> None:
    account.group()
    account.refresh(AlarmSpecification={"Alarms": [ALARM]}, AutoRollback=False)
    account.until(lambda: account.shown["PercentageComplete"] >= 50)
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many")
    assert account.watch()[-1]["Status"] == "Failed"
    assert account.version == "1"
    assert account.versions()["2"] >= 2, "a failure replaces nothing back"


@pytest.mark.parametrize("broken", [{"healthy": False}, {"completes": False}])
def test_a_broken_image_is_given_up_after_an_hour(account: Account, broken: dict[str, Any]) -> None:
    hook = {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 300, "DefaultResult": "ABANDON"}
    account.group(2, LifecycleHookSpecificationList=[hook])
    account.simulator.door("image", {"image_id": NEW, **broken})
    account.refresh()
    seen = account.watch()
    assert statuses(seen)[-1] == "RollbackSuccessful"
    assert ("ELB system health check" if "healthy" in broken else "Lifecycle Action") in seen[-1]["StatusReason"]
    assert min(one["serving"] for one in seen) >= 2
    assert (account.version, account.versions()) == ("1", {"1": 2})


def test_an_image_may_raise_an_alarm(account: Account) -> None:
    account.group(2)
    account.simulator.door("image", {"image_id": NEW, "alarm": ALARM})
    account.refresh(AlarmSpecification={"Alarms": [ALARM]})
    assert account.watch()[-1]["Status"] == "RollbackSuccessful"
    alarm = account.cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"][0]
    assert alarm["StateValue"] == "OK", "nobody is left who raises it"
    assert account.versions() == {"1": 2}


def test_unhealthy_targets(account: Account) -> None:
    balancer = account.elb.create_load_balancer(Name="b", Scheme="internal", Subnets=account.subnets.split(",")[:2])["LoadBalancers"][0]["LoadBalancerArn"]
    account.elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": account.targets}])
    account.simulator.door("image", {"image_id": OLD, "healthy": False})
    account.asg.create_auto_scaling_group(
        AutoScalingGroupName="g", MinSize=1, MaxSize=1, LaunchTemplate={"LaunchTemplateName": "web", "Version": "1"}, VPCZoneIdentifier=account.subnets,
        TargetGroupARNs=[account.targets],
    )  # fmt: skip
    account.until(lambda: account.elb.describe_target_health(TargetGroupArn=account.targets)["TargetHealthDescriptions"])
    target = account.elb.describe_target_health(TargetGroupArn=account.targets)["TargetHealthDescriptions"][0]
    assert target["TargetHealth"]["State"] == "unhealthy"


def test_cancelling_leaves_what_was_done(account: Account) -> None:
    account.group()
    refresh = account.refresh(CheckpointPercentages=[50, 100], CheckpointDelay=86400)
    account.until(lambda: account.shown["PercentageComplete"] == 50 and "Checkpoint" in account.shown["StatusReason"])
    assert account.asg.cancel_instance_refresh(AutoScalingGroupName="g")["InstanceRefreshId"] == refresh
    assert account.watch()[-1]["Status"] == "Cancelled"
    assert (account.version, account.versions()) == ("1", {"1": 2, "2": 2})
    refused("ActiveInstanceRefreshNotFound", account.asg.cancel_instance_refresh, AutoScalingGroupName="g")
    # What is launched from now on is what the group has.
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=5)
    account.until(lambda: len(account.serving()) == 5)
    assert account.versions() == {"1": 3, "2": 2}


def test_rolling_back_by_hand(account: Account) -> None:
    account.group()
    refused("ActiveInstanceRefreshNotFound", account.asg.rollback_instance_refresh, AutoScalingGroupName="g")
    account.refresh(AutoRollback=False, CheckpointPercentages=[50, 100], CheckpointDelay=86400)
    account.until(lambda: account.shown["PercentageComplete"] == 50)
    account.asg.rollback_instance_refresh(AutoScalingGroupName="g")
    assert account.watch()[-1]["Status"] == "RollbackSuccessful"
    assert (account.version, account.versions()) == ("1", {"1": 4})


def test_no_way_back_without_a_desired_configuration(account: Account) -> None:
    account.group(2)
    account.asg.start_instance_refresh(AutoScalingGroupName="g")
    refused("IrreversibleInstanceRefresh", account.asg.rollback_instance_refresh, AutoScalingGroupName="g")


def test_scaling_out_meanwhile_brings_new_ones(account: Account) -> None:
    account.group(2)
    account.refresh(CheckpointPercentages=[50, 100], CheckpointDelay=86400)
    account.until(lambda: account.shown["PercentageComplete"] == 50)
    account.asg.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=4)
    account.until(lambda: len(account.serving()) == 4)
    assert account.versions() == {"1": 1, "2": 3}


def test_suspended_processes_hold_it_up(account: Account) -> None:
    account.group(1)
    account.asg.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Launch"])
    account.refresh()
    account.until(lambda: "Launch" in account.shown.get("StatusReason", ""))
    account.asg.resume_processes(AutoScalingGroupName="g")
    assert account.watch()[-1]["Status"] == "Successful"


@pytest.mark.parametrize("choice, status, versions", [("Wait", "RollbackSuccessful", {"1": 2}), ("Ignore", "Successful", {"1": 1, "2": 1}),
                                                      ("Refresh", "Successful", {"2": 2})])  # fmt: skip
def test_protected_instances(account: Account, choice: str, status: str, versions: dict[str, int]) -> None:
    account.group(2)
    one = account.serving()[0]["InstanceId"]
    account.asg.set_instance_protection(AutoScalingGroupName="g", InstanceIds=[one], ProtectedFromScaleIn=True)
    account.refresh(ScaleInProtectedInstances=choice)
    assert account.watch()[-1]["Status"] == status
    assert account.versions() == versions


@pytest.mark.parametrize("choice, status, left", [("Wait", "RollbackSuccessful", 1), ("Ignore", "Successful", 1), ("Terminate", "Successful", 0)])
def test_instances_in_standby(account: Account, choice: str, status: str, left: int) -> None:
    account.group(2)
    one = account.serving()[0]["InstanceId"]
    account.asg.enter_standby(AutoScalingGroupName="g", InstanceIds=[one], ShouldDecrementDesiredCapacity=True)
    account.refresh(StandbyInstances=choice)
    assert account.watch()[-1]["Status"] == status
    assert sum(one["LifecycleState"] == "Standby" for one in account.described["Instances"]) == left


def test_a_warm_pool_is_renewed_too(account: Account) -> None:
    account.group(2)
    account.asg.put_warm_pool(AutoScalingGroupName="g", MaxGroupPreparedCapacity=4, PoolState="Stopped")

    def pool() -> list[dict[str, Any]]:
        found = account.asg.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
        return [one for one in found if one["LifecycleState"] == "Warmed:Stopped"]

    account.until(lambda: len(pool()) == 2)
    account.refresh()
    refused("InstanceRefreshInProgress", account.asg.put_warm_pool, AutoScalingGroupName="g")
    seen = account.watch()
    assert seen[-1]["Status"] == "Successful"
    assert seen[0]["ProgressDetails"]["WarmPoolProgress"]["PercentageComplete"] == 0
    account.until(lambda: len(pool()) == 2)
    assert {one["LaunchTemplate"]["Version"] for one in pool()} == {"2"}
    assert account.versions() == {"2": 2}


def test_a_mixed_group_rolls_back_to_its_policy(account: Account) -> None:
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "1"},
            "Overrides": [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}],
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0},
    }
    account.asg.create_auto_scaling_group(
        AutoScalingGroupName="g", MinSize=3, MaxSize=6, MixedInstancesPolicy=policy, VPCZoneIdentifier=account.subnets, HealthCheckGracePeriod=60
    )
    account.until(lambda: len(account.serving()) == 3)
    before = account.described["MixedInstancesPolicy"]
    policy["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"] = "2"
    account.asg.start_instance_refresh(
        AutoScalingGroupName="g",
        DesiredConfiguration={"MixedInstancesPolicy": policy},
        Preferences={"AutoRollback": True, "AlarmSpecification": {"Alarms": [ALARM]}},
    )
    account.until(lambda: account.shown["PercentageComplete"] >= 33)
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many")
    assert account.watch()[-1]["Status"] == "RollbackSuccessful"
    assert account.described["MixedInstancesPolicy"] == before
    assert account.versions() == {"1": 3}


@pytest.mark.parametrize(
    "preferences",
    [
        {"MinHealthyPercentage": 20, "MaxHealthyPercentage": 150},
        {"CheckpointDelay": 60},
        {"CheckpointPercentages": [50, 50]},
        {"CheckpointPercentages": [100, 50]},
        {"AlarmSpecification": {"Alarms": [f"alarm-{number}" for number in range(11)]}},
    ],
)
def test_preferences_that_are_refused(account: Account, preferences: dict[str, Any]) -> None:
    account.group(1)
    refused("ValidationError", account.refresh, **preferences)


def test_what_is_refused_around_it(account: Account) -> None:
    account.group(1)
    start, template = account.asg.start_instance_refresh, {"LaunchTemplateName": "web"}
    refused("ValidationError", start, AutoScalingGroupName="g", Preferences={"AutoRollback": True})
    for version in ("$Latest", "$Default", "7"):
        desired = {"LaunchTemplate": {**template, "Version": version}}
        refused("ValidationError", start, AutoScalingGroupName="g", DesiredConfiguration=desired, Preferences={"AutoRollback": True})
    refused("ValidationError", start, AutoScalingGroupName="nobody")
    account.refresh()
    refused("InstanceRefreshInProgress", account.refresh)
    refused("InstanceRefreshInProgress", account.asg.detach_load_balancer_target_groups, AutoScalingGroupName="g", TargetGroupARNs=[account.targets])
    refused("ValidationError", account.asg.update_auto_scaling_group, AutoScalingGroupName="g", LaunchTemplate={**template, "Version": "2"})
    account.asg.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=3)


def test_there_is_no_way_back_to_a_parameter(account: Account) -> None:
    data = {"ImageId": "resolve:ssm:/image", "InstanceType": "t4g.small"}
    account.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=data)
    account.asg.create_auto_scaling_group(
        AutoScalingGroupName="g", MinSize=0, MaxSize=1, LaunchTemplate={"LaunchTemplateName": "web", "Version": "3"}, VPCZoneIdentifier=account.subnets
    )
    refused("ValidationError", account.refresh)

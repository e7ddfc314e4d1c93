# SPDX-License-Identifier: GPL-3.0-or-later
"""Zonal shift: who can turn away from a zone, from which, for how long, and what is seen of it. Through boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

REGION = "eu-west-1"
IMAGE = "ami-0d5b1a13a4e64aa02"


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    """The code and the reason with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], str(caught.value.response.get("reason", ""))


@pytest.fixture
def balancer(simulator: Simulated) -> dict[str, Any]:
    """A load balancer in all zones, with a server of a group in each of two, and what AWS calls these zones."""
    ec2, elb = simulator.client("ec2", REGION), simulator.client("elbv2", REGION)
    subnets = {one["AvailabilityZone"]: one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]}
    ids = {one["ZoneName"]: one["ZoneId"] for one in ec2.describe_availability_zones()["AvailabilityZones"]}
    arn = elb.create_load_balancer(Name="balancer", Scheme="internal", Subnets=sorted(subnets.values()))["LoadBalancers"][0]["LoadBalancerArn"]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(Name="servers", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": group}
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[action])
    ec2.create_launch_template(LaunchTemplateName="server", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t4g.micro"})
    simulator.client("autoscaling", REGION).create_auto_scaling_group(
        AutoScalingGroupName="servers", MinSize=2, MaxSize=9, TargetGroupARNs=[group], LaunchTemplate={"LaunchTemplateName": "server", "Version": "1"},
        VPCZoneIdentifier=",".join(subnets[zone] for zone in sorted(subnets)),
        AvailabilityZoneImpairmentPolicy={"ZonalShiftEnabled": True, "ImpairedZoneHealthCheckBehavior": "ReplaceUnhealthy"},
    )  # fmt: skip
    return {"arn": arn, "target_group": group, "zones": ids}


def enable(simulator: Simulated, arn: str) -> None:
    attribute = {"Key": "zonal_shift.config.enabled", "Value": "true"}
    simulator.client("elbv2", REGION).modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])


def test_only_what_is_enabled(simulator: Simulated, balancer: dict[str, Any]) -> None:
    """The group is from its first moment, the load balancer is not."""
    arc = simulator.client("arc-zonal-shift", REGION)
    zone, start = sorted(balancer["zones"].values())[0], {"expiresIn": "1h", "comment": ""}
    assert [one["name"] for one in arc.list_managed_resources()["items"]] == ["servers"]
    assert refusal(arc.start_zonal_shift, resourceIdentifier=balancer["arn"], awayFrom=zone, **start)[0] == "ResourceNotFoundException"
    assert refusal(arc.get_managed_resource, resourceIdentifier=balancer["arn"])[0] == "ResourceNotFoundException"
    enable(simulator, balancer["arn"])
    assert arc.get_managed_resource(resourceIdentifier=balancer["arn"])["appliedWeights"] == dict.fromkeys(balancer["zones"].values(), 1.0)


def test_away_and_back(simulator: Simulated, balancer: dict[str, Any]) -> None:
    arc, elb, asg = (simulator.client(one, REGION) for one in ("arc-zonal-shift", "elbv2", "autoscaling"))
    enable(simulator, balancer["arn"])
    (group,) = asg.describe_auto_scaling_groups()["AutoScalingGroups"]
    place = group["Instances"][0]["AvailabilityZone"]
    zone = balancer["zones"][place]
    shifts = [
        arc.start_zonal_shift(resourceIdentifier=arn, awayFrom=zone, expiresIn="90m", comment="why") for arn in (balancer["arn"], group["AutoScalingGroupARN"])
    ]
    assert shifts[0]["expiryTime"] - shifts[0]["startTime"] == timedelta(minutes=90)
    managed = arc.get_managed_resource(resourceIdentifier=balancer["arn"])
    assert {zone for zone, weight in managed["appliedWeights"].items() if weight == 0} == {zone}
    assert [(one["appliedStatus"], one["awayFrom"]) for one in managed["zonalShifts"]] == [("APPLIED", zone)]
    health = elb.describe_target_health(TargetGroupArn=balancer["target_group"])["TargetHealthDescriptions"]
    overridden = {one["Target"]["Id"] for one in health if one["AdministrativeOverride"]["State"] == "zonal_shift_active"}
    assert overridden == {group["Instances"][0]["InstanceId"]}
    # Whoever comes next does not come here.
    asg.set_desired_capacity(AutoScalingGroupName="servers", DesiredCapacity=9)
    (group,) = asg.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (len(group["Instances"]), sum(one["AvailabilityZone"] == place for one in group["Instances"])) == (9, 1)

    assert refusal(arc.start_zonal_shift, resourceIdentifier=balancer["arn"], awayFrom=zone, expiresIn="1h", comment="") == (
        "ConflictException", "ZonalShiftAlreadyExists",
    )  # fmt: skip
    later = arc.update_zonal_shift(zonalShiftId=shifts[0]["zonalShiftId"], expiresIn="72h")
    assert later["comment"] == "why"
    assert later["expiryTime"] - datetime.now(UTC) > timedelta(hours=71)
    assert arc.cancel_zonal_shift(zonalShiftId=shifts[0]["zonalShiftId"])["status"] == "CANCELED"
    for call in (arc.cancel_zonal_shift, arc.update_zonal_shift):
        assert refusal(call, zonalShiftId=shifts[0]["zonalShiftId"]) == ("ConflictException", "ZonalShiftStatusNotActive")
    assert refusal(arc.cancel_zonal_shift, zonalShiftId="no-such-shift")[0] == "ResourceNotFoundException"
    assert set(arc.get_managed_resource(resourceIdentifier=balancer["arn"])["appliedWeights"].values()) == {1.0}
    assert [one["status"] for one in arc.list_zonal_shifts()["items"]] == ["CANCELED", "ACTIVE"]
    assert [one["resourceIdentifier"] for one in arc.list_zonal_shifts(status="ACTIVE")["items"]] == [group["AutoScalingGroupARN"]]


def test_what_nobody_turns_away_from(simulator: Simulated, balancer: dict[str, Any]) -> None:
    elb, arc = simulator.client("elbv2", REGION), simulator.client("arc-zonal-shift", REGION)
    (shown,) = elb.describe_load_balancers()["LoadBalancers"]
    places = sorted(shown["AvailabilityZones"], key=lambda one: one["ZoneName"])
    elb.set_subnets(LoadBalancerArn=balancer["arn"], Subnets=[one["SubnetId"] for one in places[:2]])
    enable(simulator, balancer["arn"])
    inside, outside = (balancer["zones"][one["ZoneName"]] for one in (places[0], places[2]))
    for zone, time, reason in (
        ("eu-west-1a", "1h", "InvalidAz"),
        ("use1-az1", "1h", "InvalidAz"),
        (outside, "1h", "UnsupportedAz"),
        (inside, "73h", "InvalidExpiresIn"),
        (inside, "4321m", "InvalidExpiresIn"),
    ):
        said = refusal(arc.start_zonal_shift, resourceIdentifier=balancer["arn"], awayFrom=zone, expiresIn=time, comment="")
        assert said == ("ValidationException", reason)

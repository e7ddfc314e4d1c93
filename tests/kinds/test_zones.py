# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone that is done without: looked at, left, for longer, and come back to; from wherever an earlier try was ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.zones import Zone, fail_over, shift
from conftest import REGION, Module
from test_databases import MYSQL, subnet_group

ON = {"ZonalShiftEnabled": True, "ImpairedZoneHealthCheckBehavior": "ReplaceUnhealthy"}


class Site:
    """A load balancer before a group with a server in each of two zones."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.arc, self.asg, ec2, elb = (simulator.client(one) for one in ("arc-zonal-shift", "autoscaling", "ec2", "elbv2"))
        subnets = {one["AvailabilityZone"]: one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]}
        self.zones = {one["ZoneName"]: one["ZoneId"] for one in ec2.describe_availability_zones()["AvailabilityZones"]}
        self.balancer = elb.create_load_balancer(Name="b", Scheme="internal", Subnets=sorted(subnets.values()))["LoadBalancers"][0]["LoadBalancerArn"]
        elb.modify_load_balancer_attributes(LoadBalancerArn=self.balancer, Attributes=[{"Key": "zonal_shift.config.enabled", "Value": "true"}])
        targets = elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"])["TargetGroups"][0]
        action = {"Type": "forward", "TargetGroupArn": targets["TargetGroupArn"]}
        elb.create_listener(LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
        ec2.create_launch_template(LaunchTemplateName="server", LaunchTemplateData={"ImageId": "ami-0d5b1a13a4e64aa02", "InstanceType": "t4g.small"})
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="web", MinSize=2, MaxSize=4, LaunchTemplate={"LaunchTemplateName": "server", "Version": "1"},
            AvailabilityZoneImpairmentPolicy=ON,
            TargetGroupARNs=[targets["TargetGroupArn"]], VPCZoneIdentifier=",".join(subnets[zone] for zone in sorted(subnets)),
        )  # fmt: skip
        (group,) = self.asg.describe_auto_scaling_groups()["AutoScalingGroups"]
        self.group, self.name = group["AutoScalingGroupARN"], group["Instances"][0]["AvailabilityZone"]
        self.zone = self.zones[self.name]
        self.tier = {
            "name": "web", "group": "web", "group_arn": self.group, "target_group_arn": targets["TargetGroupArn"], "requests_target": 600,
            "balancer": self.balancer.partition("loadbalancer/")[2],
        }  # fmt: skip

    def session(self, check_mode: bool = False) -> Session:
        module = Module(self.simulator.endpoint)
        module.check_mode = check_mode
        return Session(module)

    def shift(self, check_mode: bool = False, **options: Any) -> list[tuple[str, str]]:
        """What was done to whom."""
        defaults = {"resources": [self.balancer, self.group], "zone": self.zone, "state": "present", "hours": 3.0, "extend": False, "comment": ""}
        return [(one["action"], one["name"]) for one in shift(self.session(check_mode), {**defaults, **options})]

    def look(self, **options: Any) -> dict[str, Any]:
        defaults = {
            "zone": self.zone, "zones": sorted(self.zones), "balancer_arns": [self.balancer], "tiers": [self.tier], "database": "", "move_database": False,
            "cache": "", "nat_gateways": [], "short": False,
        }  # fmt: skip
        return Zone(self.session(), {**defaults, **options}).look()

    def ends(self, arn: str) -> datetime:
        (found,) = self.arc.get_managed_resource(resourceIdentifier=arn)["zonalShifts"]
        return found["expiryTime"]


@pytest.fixture
def site(simulator: Any) -> Site:
    return Site(simulator)


def test_away_for_longer_and_back(site: Site) -> None:
    both = [site.balancer, site.group]
    assert site.shift(check_mode=True) == [("create", arn) for arn in both]
    assert site.arc.list_zonal_shifts()["items"] == []
    # An earlier run was ended between the two.
    assert site.shift(resources=[site.balancer]) == [("create", site.balancer)]
    assert site.shift() == [("create", site.group)]
    assert site.shift() == []
    assert site.look()["away"].keys() == set(both)
    assert all(one["applied"] for one in site.look()["away"].values())
    with pytest.raises(Problem, match="turned away already. Nothing was touched"):
        site.shift(zone=next(zone for zone in site.zones.values() if zone != site.zone))
    assert site.shift(hours=0.5, extend=True) == [("update", arn) for arn in both]
    assert site.ends(site.group) - datetime.now(UTC) < timedelta(minutes=31)
    assert site.shift(state="absent", check_mode=True) == [("remove", arn) for arn in both]
    assert site.shift(state="absent", zone="euw1-az9") == []
    assert site.shift(state="absent") == [("remove", arn) for arn in both]
    assert site.shift(state="absent") == []
    assert site.look()["away"] == {}


def test_nothing_is_touched_for_one_that_cannot(site: Site) -> None:
    with pytest.raises(Problem, match="zonal shift is not enabled on .*nobody. Nothing was touched"):
        site.shift(resources=[site.balancer, site.balancer + "nobody"])
    assert site.arc.list_zonal_shifts()["items"] == []


def test_what_it_takes(site: Site) -> None:
    found = site.look(zone=site.name)
    assert (found["id"], found["name"], found["problems"], found["notes"]) == (site.zone, site.name, [], [])
    assert [(one["inside"], one["elsewhere"], one["needed"]) for one in found["tiers"]] == [(1, 1, 1)]
    assert set(found["resources"]) == {site.balancer, site.group}
    (problem,) = site.look(zone="use1-az1")["problems"]
    assert f"{site.zone} ({site.name})" in problem

    # The busiest minute was one for two servers.
    dimensions = [{"Name": "LoadBalancer", "Value": site.tier["balancer"]}, {"Name": "TargetGroup", "Value": site.tier["target_group_arn"].split(":", 5)[5]}]
    site.simulator.client("cloudwatch").put_metric_data(
        Namespace="AWS/ApplicationELB",
        MetricData=[{"MetricName": "RequestCount", "Dimensions": dimensions, "Value": 700.0, "Timestamp": datetime.now(UTC) - timedelta(minutes=2)}],
    )
    (problem,) = site.look()["problems"]
    assert "outside of the zone: 1, for 700 requests a minute it takes 2" in problem
    assert (site.look(short=True)["problems"], len(site.look(short=True)["notes"])) == ([], 1)
    # But nobody at all will not do, and all that is wrong is said at once.
    site.asg.update_auto_scaling_group(
        AutoScalingGroupName="web", MinSize=0, DesiredCapacity=0, AvailabilityZoneImpairmentPolicy={**ON, "ZonalShiftEnabled": False}
    )
    site.simulator.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=site.balancer, Attributes=[{"Key": "zonal_shift.config.enabled", "Value": "false"}]
    )
    found = site.look(short=True)
    assert ["load_balancers_zonal_shift" in found["problems"][0], "it takes 2" in found["problems"][1]] == [True, True]
    assert ["fleets_zonal_shift" in one for one in found["notes"]] == [True]


def test_what_stays(site: Site) -> None:
    """A database, which can be moved, with a standby."""
    subnet_group(site.simulator, REGION, "10.2", "acme-dev")
    rds = site.simulator.client("rds")
    common = {"DBSubnetGroupName": "acme-dev", "MasterUserPassword": "made-up-of-a-test", **MYSQL}
    rds.create_db_instance(DBInstanceIdentifier="two", MultiAZ=True, **common)
    (before,) = rds.describe_db_instances(DBInstanceIdentifier="two")["DBInstances"]
    place = before["AvailabilityZone"]
    rds.create_db_instance(DBInstanceIdentifier="one", AvailabilityZone=place, **common)
    options = {"name": "two", "zone": place, "wait_timeout": 60}
    assert [words for name in ("two", "one") for words in site.look(zone=place, database=name)["notes"]] == [
        "the database two writes in the zone: -e evacuate_zone_database=true lets its standby take over, which takes it away for a minute or two",
        "the database one writes in the zone, and has no standby",
    ]
    assert "no standby that could take over" in site.look(zone=place, database="one", move_database=True)["problems"][0]
    assert len(fail_over(site.session(check_mode=True), options)) == 1
    assert rds.describe_db_instances(DBInstanceIdentifier="two")["DBInstances"][0]["AvailabilityZone"] == place
    assert len(fail_over(site.session(), options)) == 1
    (after,) = rds.describe_db_instances(DBInstanceIdentifier="two")["DBInstances"]
    assert (after["AvailabilityZone"], after["SecondaryAvailabilityZone"]) == (before["SecondaryAvailabilityZone"], place)
    assert fail_over(site.session(), options) == []
    with pytest.raises(Problem, match="has no standby anywhere else"):
        fail_over(site.session(), {**options, "name": "one"})
    # RDS still says the old zone: whoever goes by that alone would go back.
    with pytest.raises(Problem, match="still said to be in"):
        fail_over(site.session(), {**options, "zone": after["AvailabilityZone"], "wait_timeout": 0})
    assert rds.describe_db_instances(DBInstanceIdentifier="two")["DBInstances"][0]["AvailabilityZone"] == after["AvailabilityZone"]

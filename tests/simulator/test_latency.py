# SPDX-License-Identifier: GPL-3.0-or-later
"""With --latency aws resources pass through the states that AWS shows, and calls are refused meanwhile."""

from __future__ import annotations

import time
import urllib.error
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

from simulator.context import Context
from simulator.latency import Kind, Life, Lifecycles, Phase
from simulator.latency_table import KINDS
from simulator.request import Call, Request

DATABASE = {"DBInstanceIdentifier": "db", "Engine": "mysql", "EngineVersion": "8.4.9", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20,
            "MasterUsername": "admin", "MasterUserPassword": "not-a-secret-1", "BackupRetentionPeriod": 7}  # fmt: skip


def states_until(read, final, timeout=30.0):
    """Every state that `read` shows until the final one, each once."""
    seen = [read()]
    deadline = time.monotonic() + timeout
    while seen[-1] != final:
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)
        seen.append(read())
    return [seen[0], *(after for before, after in pairwise(seen) if before != after)]


def code_of(call, **params):
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"]


@pytest.fixture
def slow(start_simulator):
    """A day of AWS in seven minutes."""
    return start_simulator("--latency", "aws", "--time-scale", "200")


@pytest.fixture
def frozen(start_simulator):
    """So slow that nothing gets ready during a test."""
    return start_simulator("--latency", "aws", "--time-scale", "1")


def subnet_with_internet_gateway(ec2):
    """A subnet of the default VPC, which in moto lacks the internet gateway that AWS gives it."""
    subnet = ec2.describe_subnets()["Subnets"][0]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=subnet["VpcId"])
    return subnet["SubnetId"]


def test_nat_gateway(slow):
    ec2 = slow.client("ec2")
    subnet = subnet_with_internet_gateway(ec2)
    address = ec2.allocate_address()["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    assert gateway["State"] == "pending"

    def states(**params):
        return [item["State"] for item in ec2.describe_nat_gateways(**params)["NatGateways"]]

    assert states(Filter=[{"Name": "state", "Values": ["available"]}]) == []
    assert states(Filter=[{"Name": "state", "Values": ["pending"]}]) == ["pending"]
    assert states_until(lambda: states()[0], "available") == ["pending", "available"]
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    assert states_until(lambda: states(NatGatewayIds=[gateway["NatGatewayId"]])[0], "deleted") == ["deleting", "deleted"]


def test_snapshot(slow):
    """What creates it answers with the snapshot itself, without a member around it."""
    ec2 = slow.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)
    assert snapshot["State"] == "pending"
    states = states_until(lambda: ec2.describe_snapshots(SnapshotIds=[snapshot["SnapshotId"]])["Snapshots"][0]["State"], "completed")
    assert states == ["pending", "completed"]


def test_database(slow):
    rds = slow.client("rds")
    assert rds.create_db_instance(**DATABASE)["DBInstance"]["DBInstanceStatus"] == "creating"
    assert code_of(rds.modify_db_instance, DBInstanceIdentifier="db", BackupRetentionPeriod=8) == "InvalidDBInstanceState"

    def state():
        return rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]["DBInstanceStatus"]

    assert states_until(state, "available") == ["creating", "backing-up", "available"]
    rds.modify_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=8, ApplyImmediately=True)
    assert states_until(state, "available") == ["modifying", "available"]
    assert rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert [item["DBInstanceStatus"] for item in rds.describe_db_instances()["DBInstances"]] == ["deleting"]
    assert state() == "deleting"
    assert code_of(rds.create_db_instance, **DATABASE) == "DBInstanceAlreadyExists"
    deadline = time.monotonic() + 20
    while rds.describe_db_instances()["DBInstances"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert code_of(rds.describe_db_instances, DBInstanceIdentifier="db") == "DBInstanceNotFound"


def test_load_balancer(frozen):
    ec2, elbv2 = frozen.client("ec2"), frozen.client("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    made = elbv2.create_load_balancer(Name="lb", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
    assert made["State"]["Code"] == "provisioning"
    assert elbv2.describe_load_balancers(Names=["lb"])["LoadBalancers"][0]["State"]["Code"] == "provisioning"
    elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    assert elbv2.describe_load_balancers()["LoadBalancers"] == []


def test_replication_group(frozen):
    elasticache = frozen.client("elasticache")
    elasticache.create_replication_group(ReplicationGroupId="rg", ReplicationGroupDescription="d", CacheNodeType="cache.t4g.small", Engine="valkey",
                                         NumCacheClusters=2)  # fmt: skip
    shown = elasticache.describe_replication_groups(ReplicationGroupId="rg")["ReplicationGroups"][0]
    assert (shown["Status"], shown["NodeGroups"][0]["Status"]) == ("creating", "creating")
    assert code_of(elasticache.delete_replication_group, ReplicationGroupId="rg") == "InvalidReplicationGroupState"


def test_distribution_cannot_go_before_it_is_deployed(frozen):
    cloudfront = frozen.client("cloudfront", "us-east-1")
    origin = {"Id": "o", "DomainName": "o.example.org", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
    config = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": False,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
    }
    made = cloudfront.create_distribution(DistributionConfig=config)
    assert made["Distribution"]["Status"] == "InProgress"
    assert cloudfront.get_distribution(Id=made["Distribution"]["Id"])["Distribution"]["Status"] == "InProgress"
    assert code_of(cloudfront.delete_distribution, Id=made["Distribution"]["Id"], IfMatch=made["ETag"]) == "DistributionNotDisabled"


def test_interface_endpoints_take_longer_than_gateways(frozen):
    ec2 = frozen.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType="Interface", ServiceName="com.amazonaws.eu-west-1.logs")["VpcEndpoint"]
    assert made["State"] == "pending"
    pending = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-state", "Values": ["pending"]}])["VpcEndpoints"]
    assert [endpoint["VpcEndpointId"] for endpoint in pending] == [made["VpcEndpointId"]]


def test_instance_profile_has_to_propagate(frozen):
    iam, ec2 = frozen.client("iam"), frozen.client("ec2")
    ec2.describe_vpcs()  # the first call to EC2 takes moto seconds
    iam.create_instance_profile(InstanceProfileName="fresh")
    template = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "fresh"}}
    assert code_of(ec2.run_instances, MinCount=1, MaxCount=1, **template) == "InvalidParameterValue"
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=template)
    group = {"AutoScalingGroupName": "group", "MinSize": 0, "MaxSize": 1, "LaunchTemplate": {"LaunchTemplateName": "template"}}
    assert code_of(frozen.client("autoscaling").create_auto_scaling_group, AvailabilityZones=["eu-west-1a"], **group) == "ValidationError"


def test_route53_change(slow):
    route53 = slow.client("route53", "us-east-1")
    change = route53.create_hosted_zone(Name="example.org", CallerReference="1")["ChangeInfo"]
    other = route53.create_hosted_zone(Name="example.net", CallerReference="2")["ChangeInfo"]
    assert change["Status"] == "PENDING"
    assert change["Id"] != other["Id"]
    assert states_until(lambda: route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"], "INSYNC")[-1] == "INSYNC"


def test_without_latency_all_is_ready(simulator):
    rds, ec2 = simulator.client("rds"), simulator.client("ec2")
    rds.create_db_instance(**DATABASE)
    rds.modify_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=8, ApplyImmediately=True)
    assert rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "available"
    subnet = subnet_with_internet_gateway(ec2)
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=ec2.allocate_address()["AllocationId"])
    assert ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "available"


def test_time_is_switched_on_and_off(simulator):
    rds = simulator.client("rds")
    rds.create_db_instance(**DATABASE)
    simulator.door("latency", {"time_scale": 1})
    rds.modify_db_instance(DBInstanceIdentifier="db", BackupRetentionPeriod=8, ApplyImmediately=True)
    assert rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "modifying"
    simulator.door("latency", {"time_scale": None})
    assert rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "available"
    for wrong in (0, -1, True, "20"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            simulator.door("latency", {"time_scale": wrong})


def test_phases_follow_each_other():
    life = Life(100.0, (Phase("creating", 60), Phase("backing-up", 30)))
    assert [getattr(life.phase(now, 2.0), "state", None) for now in (100, 129.9, 130, 144.9, 145)] == [
        "creating",
        "creating",
        "backing-up",
        "backing-up",
        None,
    ]


def test_the_table_fits_the_models():
    from moto.core.utils import get_service_model

    names = {kind.name for kind in KINDS}
    for kind in KINDS:
        model = get_service_model(kind.service)
        for operation in {*kind.shown_by, *kind.created_by, *kind.changed_by, *kind.deleted_by, *kind.busy}:
            assert operation in model.operation_names
        for operation, parameter in [*kind.busy.items(), *((operation, kind.delete_ids) for operation in kind.deleted_by)]:
            assert parameter.removesuffix("[]") in model.operation_model(operation).input_shape.members, (kind.name, operation)
        for operation, path in kind.shown_by.items():
            shape = model.operation_model(operation).output_shape
            for step in path.split(".") if path else ():
                shape = shape.members[step.removesuffix("[]")]
                shape = shape.member if step.endswith("[]") else shape
            assert kind.id in shape.members, (kind.name, operation)
        assert set(kind.members) <= names


def test_a_deleted_load_balancer_is_leaving():
    simulator = InProcess(latency="aws", time_scale=1.0)
    subnets = [subnet["SubnetId"] for subnet in simulator.client("ec2").describe_subnets()["Subnets"]][:2]
    elbv2 = simulator.client("elbv2")
    arn = elbv2.create_load_balancer(Name="lb", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    asking = Context(simulator.core, Call(Request.from_values(), service="ec2", region="eu-west-1"), "123456789012", "someone")
    leaving = simulator.core.lifecycles.leaving(asking, "elbv2.load_balancer")
    assert [item["LoadBalancerArn"] for item in leaving] == [arn]
    assert {zone["SubnetId"] for zone in leaving[0]["AvailabilityZones"]} == set(subnets)


def test_a_deleted_item_passes_ec2_filters():
    kind = Kind(
        name="k",
        service="ec2",
        id="ThingId",
        state="State",
        shown_by={"DescribeThings": "Things[]"},
        deleted_by={"DeleteThing": (Phase("deleting", 60),)},
        delete_ids="ThingId",
    )
    lives = Lifecycles(1.0, lambda: 0.0, (kind,))

    class Asking:
        service, operation, account, region = "ec2", "DescribeThings", "1", "r"
        params = {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}, {"Name": "tag:Name", "Values": ["n"]}]}

    item = {"ThingId": "t", "VpcId": "vpc-1", "Tags": [{"Key": "Name", "Value": "n"}]}
    lives._lives["1", "r", "k", "t"] = Life(0.0, (Phase("deleting", 60),), item)
    response = {"Things": []}
    lives.amend(Asking(), response, lives.prepare(Asking()))
    assert [thing["State"] for thing in response["Things"]] == ["deleting"]
    Asking.params = {"Filters": [{"Name": "vpc-id", "Values": ["vpc-2"]}]}
    response = {"Things": []}
    lives.amend(Asking(), response, lives.prepare(Asking()))
    assert response["Things"] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and gaps of EC2 instances, launch templates, images and volumes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

REGION = "eu-west-1"
ARM = "ami-0d5b1a13a4e64aa02"
VOLUME = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 16, "VolumeType": "gp3"}}


@pytest.fixture
def ec2(simulator: Simulated) -> Any:
    return simulator.client("ec2", REGION)


@pytest.fixture
def home(ec2: Any) -> str:
    """A subnet."""
    return str(ec2.describe_subnets()["Subnets"][0]["SubnetId"])


def refused(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The call is refused with this code. Returns what AWS says."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value
    return str(raised.value.response["Error"]["Message"])


def launch(home: str, **more: Any) -> dict[str, Any]:
    return {"ImageId": ARM, "InstanceType": "t4g.small", "SubnetId": home, "MinCount": 1, "MaxCount": 1, **more}


def data(**more: Any) -> dict[str, Any]:
    return {"LaunchTemplateName": "web", "LaunchTemplateData": {"ImageId": ARM, "InstanceType": "t4g.small", **more}}


def devices(**ebs: Any) -> list[dict[str, Any]]:
    return [{**VOLUME, "Ebs": {**VOLUME["Ebs"], **ebs}}]


def test_type_is_offered(ec2, home):
    refused("InvalidParameterValue", ec2.run_instances, **launch(home, InstanceType="t4g.enormous"))
    ec2.run_instances(**launch(home))


def test_architectures_fit(ec2, home):
    refused("InvalidParameterValue", ec2.run_instances, **launch(home, InstanceType="t3.small"))


def test_user_data_size(ec2):
    largest = base64.b64encode(b"x" * 16384).decode()
    refused("InvalidParameterValue", ec2.create_launch_template, **data(UserData=base64.b64encode(b"x" * 16385).decode()))
    ec2.create_launch_template(**data(UserData=largest))


def test_key_pair_exists(ec2, home):
    refused("InvalidKeyPair.NotFound", ec2.run_instances, **launch(home, KeyName="lost"))


def test_groups_of_the_vpc(ec2, home):
    elsewhere = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=elsewhere)["GroupId"]
    refused("InvalidParameter", ec2.run_instances, **launch(home, SecurityGroupIds=[group]))


def test_vcpu_quota(ec2, home):
    ec2.run_instances(**launch(home, MinCount=16, MaxCount=16))
    refused("VcpuLimitExceeded", ec2.run_instances, **launch(home))
    ec2.run_instances(**launch(home, InstanceMarketOptions={"MarketType": "spot"}))


def test_type_changes_while_stopped(ec2, home):
    instance = ec2.run_instances(**launch(home))["Instances"][0]["InstanceId"]
    change = {"InstanceId": instance, "InstanceType": {"Value": "t4g.medium"}}
    refused("IncorrectInstanceState", ec2.modify_instance_attribute, **change)
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(**change)


def test_template_name(ec2):
    refused("InvalidLaunchTemplateName.MalformedException", ec2.create_launch_template, **{**data(), "LaunchTemplateName": "no spaces"})
    ec2.create_launch_template(**data())


def test_hop_limit(ec2):
    refused("InvalidParameterValue", ec2.create_launch_template, **data(MetadataOptions={"HttpPutResponseHopLimit": 65}))
    ec2.create_launch_template(**data(MetadataOptions={"HttpPutResponseHopLimit": 1}))


def test_volumes_of_templates(ec2):
    new = ec2.create_launch_template
    refused("InvalidParameterCombination", new, **data(BlockDeviceMappings=devices(VolumeType="gp2", Iops=3000)))
    refused("InvalidParameterCombination", new, **data(BlockDeviceMappings=devices(VolumeType="io2")))
    refused("InvalidParameterValue", new, **data(BlockDeviceMappings=devices(Iops=8001)))
    refused("InvalidParameterValue", new, **data(BlockDeviceMappings=devices(Throughput=751)))
    new(**data(BlockDeviceMappings=devices(Iops=8000, Throughput=750)))


def test_volumes_never_shrink_nor_leave_their_zone(ec2, home):
    zone = ec2.describe_subnets(SubnetIds=[home])["Subnets"][0]["AvailabilityZone"]
    other = next(one["ZoneName"] for one in ec2.describe_availability_zones()["AvailabilityZones"] if one["ZoneName"] != zone)
    instance = ec2.run_instances(**launch(home))["Instances"][0]["InstanceId"]
    volume = ec2.create_volume(AvailabilityZone=other, Size=8)["VolumeId"]
    refused("InvalidParameterValue", ec2.modify_volume, VolumeId=volume, Size=7)
    refused("InvalidVolume.ZoneMismatch", ec2.attach_volume, VolumeId=volume, InstanceId=instance, Device="/dev/sdf")


def test_image_names(ec2, home):
    instance = ec2.run_instances(**launch(home))["Instances"][0]["InstanceId"]
    refused("InvalidAMIName.Malformed", ec2.create_image, InstanceId=instance, Name="no!")
    ec2.create_image(InstanceId=instance, Name="web-1")
    refused("InvalidAMIName.Duplicate", ec2.create_image, InstanceId=instance, Name="web-1")


def test_debian_is_found_by_its_owner_only(ec2):
    mine = {"Filters": [{"Name": "name", "Values": ["debian-13-*"]}]}
    assert len(ec2.describe_images(Owners=["136693071363"], **mine)["Images"]) == 4
    assert not ec2.describe_images(Owners=["amazon"], **mine)["Images"]


def test_deleted_versions(ec2):
    ec2.create_launch_template(**data())
    for _ in range(2):
        ec2.create_launch_template_version(**data())
    answer = ec2.delete_launch_template_versions(LaunchTemplateName="web", Versions=["1", "2", "9"])
    assert [one["VersionNumber"] for one in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    codes = [one["ResponseError"]["Code"] for one in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]]
    assert codes == ["launchTemplateVersionNotDeletable", "launchTemplateVersionDoesNotExist"]
    shown = ec2.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
    assert sorted(one["VersionNumber"] for one in shown) == [1, 3]


def test_a_template_is_made_once_per_token(ec2):
    first, second = (ec2.create_launch_template(**data(), ClientToken="t")["LaunchTemplate"]["LaunchTemplateId"] for _ in range(2))
    assert first == second
    refused("InvalidLaunchTemplateName.AlreadyExistsException", ec2.create_launch_template, **data(), ClientToken="u")


def test_a_template_does_not_hold_its_own_tags(ec2):
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "web"}]}]
    ec2.create_launch_template(**data(), TagSpecifications=tags)
    shown = ec2.describe_launch_template_versions(LaunchTemplateName="web", Versions=["1"])["LaunchTemplateVersions"][0]
    assert "TagSpecifications" not in shown["LaunchTemplateData"]


def test_instances_get_all_that_their_template_says(ec2, home):
    tags = [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": "web"}]} for kind in ("instance", "volume", "network-interface")]
    metadata = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    ec2.create_launch_template(**data(MetadataOptions=metadata, BlockDeviceMappings=devices(Encrypted=True, Throughput=200), TagSpecifications=tags))
    instance = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "web"}, SubnetId=home, MinCount=1, MaxCount=1)["Instances"][0]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    named = [{"Name": "tag:Name", "Values": ["web"]}]
    volumes = ec2.describe_volumes(Filters=named)["Volumes"]
    assert [(one["Encrypted"], one["Throughput"]) for one in volumes] == [(True, 200)]
    assert len(ec2.describe_network_interfaces(Filters=named)["NetworkInterfaces"]) == 1
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    assert not ec2.describe_volumes()["Volumes"]
    assert not ec2.describe_network_interfaces()["NetworkInterfaces"]

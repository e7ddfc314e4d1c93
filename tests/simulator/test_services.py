# SPDX-License-Identifier: GPL-3.0-or-later
"""Each extension point does what it says: an operation of ours, amended parameters, amended answers."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated


def code_of(call, **params):
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"]


def test_cache_subnet_groups_change_and_go(simulator):
    """@operation, by query protocol."""
    elasticache = simulator.client("elasticache")
    subnets = [subnet["SubnetId"] for subnet in simulator.client("ec2").describe_subnets()["Subnets"]]
    elasticache.create_cache_subnet_group(CacheSubnetGroupName="group", CacheSubnetGroupDescription="old", SubnetIds=subnets[:1])
    changed = elasticache.modify_cache_subnet_group(CacheSubnetGroupName="group", CacheSubnetGroupDescription="new", SubnetIds=subnets[:2])
    assert changed["CacheSubnetGroup"]["CacheSubnetGroupDescription"] == "new"
    assert {subnet["SubnetIdentifier"] for subnet in changed["CacheSubnetGroup"]["Subnets"]} == set(subnets[:2])
    elasticache.delete_cache_subnet_group(CacheSubnetGroupName="group")
    assert code_of(elasticache.delete_cache_subnet_group, CacheSubnetGroupName="group") == "CacheSubnetGroupNotFoundFault"


@pytest.mark.parametrize("member", ["Arn", "KeyId"])
def test_keys_go_by_arn_and_by_id(simulator, member):
    """@before and @after, by JSON protocol."""
    kms = simulator.client("kms")
    key = kms.create_key()["KeyMetadata"]
    answer = kms.schedule_key_deletion(KeyId=key[member], PendingWindowInDays=8)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 8)
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert kms.cancel_key_deletion(KeyId=key[member])["KeyId"] == key["Arn"]


def test_composite_alarms(simulator):
    """@operation and @after, for a service with several protocols."""
    cloudwatch = simulator.client("cloudwatch")
    metric = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    cloudwatch.put_metric_alarm(AlarmName="metric", ComparisonOperator="GreaterThanThreshold", **metric)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("metric")', AlarmDescription="d", Tags=[{"Key": "k", "Value": "v"}])
    assert cloudwatch.describe_alarms()["CompositeAlarms"] == []
    shown = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert [(alarm["AlarmName"], alarm["AlarmRule"]) for alarm in shown["CompositeAlarms"]] == [("both", 'ALARM("metric")')]
    assert shown["MetricAlarms"] == []
    arn = shown["CompositeAlarms"][0]["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


def test_a_flow_log_may_go_to_a_folder_of_a_bucket(simulator: Simulated) -> None:
    """API ec2:CreateFlowLogs, LogDestination: bucket_ARN/subfolder_name/."""
    ec2, s3 = simulator.client("ec2"), simulator.client("s3")
    s3.create_bucket(Bucket="acme-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    destination = "arn:aws:s3:::acme-logs/flow"
    made = ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[vpc], TrafficType="ALL", LogDestinationType="s3", LogDestination=destination)
    assert not made["Unsuccessful"]
    assert [log["LogDestination"] for log in ec2.describe_flow_logs()["FlowLogs"]] == [destination]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Each extension point does what it says: an operation of ours, amended parameters, amended answers."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


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

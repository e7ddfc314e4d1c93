# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and gaps of CloudWatch, Logs, SNS, EventBridge, Budgets and Cost Explorer, through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ALARM: dict[str, Any] = {
    "AlarmName": "a", "Namespace": "AWS/RDS", "MetricName": "CPUUtilization", "Statistic": "Average", "Period": 60,
    "EvaluationPeriods": 3, "Threshold": 80.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def refusal(call: Any, **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def key_for(simulator: Simulated, *services: str) -> str:
    """The ARN of a key that admits these services."""
    statements = [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]
    statements += [{"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "kms:*", "Resource": "*"}] if services else []
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return simulator.client("kms", REGION).create_key(Policy=policy)["KeyMetadata"]["Arn"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Period": 45}, "ValidationError"),
        ({"DatapointsToAlarm": 4}, "ValidationError"),
        ({"EvaluationPeriods": 1441}, "ValidationError"),
        ({"Namespace": "AWS/CloudFront"}, "ValidationError"),
        ({"AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:t"]}, "ValidationError"),
        ({"AlarmActions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:nobody"]}, "ValidationError"),
    ],
)
def test_an_alarm_is_refused(simulator: Simulated, more: dict[str, Any], code: str) -> None:
    cloudwatch = simulator.client("cloudwatch", REGION)
    assert refusal(cloudwatch.put_metric_alarm, **{**ALARM, **more}) == code
    cloudwatch.put_metric_alarm(**{**ALARM, "Period": 30, "DatapointsToAlarm": 3})


def test_long_periods_may_look_back_a_week(simulator: Simulated) -> None:
    simulator.client("cloudwatch", REGION).put_metric_alarm(**{**ALARM, "Period": 3600, "EvaluationPeriods": 168})


def test_an_alarm_keeps_its_state_and_tags(simulator: Simulated) -> None:
    cloudwatch = simulator.client("cloudwatch", REGION)
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "k", "Value": "v"}])
    shown = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]
    assert shown["StateValue"] == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 90.0}, Tags=[{"Key": "k", "Value": "other"}])
    shown = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]
    assert (shown["StateValue"], shown["Threshold"]) == ("ALARM", 90.0)
    assert cloudwatch.list_tags_for_resource(ResourceARN=shown["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]


def test_composite_alarms(simulator: Simulated) -> None:
    cloudwatch = simulator.client("cloudwatch", REGION)
    for name in ("a", "b"):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name})
    put = cloudwatch.put_composite_alarm
    assert refusal(put, AlarmName="c", AlarmRule='ALARM("a") OR ALARM("nobody")') == "ValidationError"
    assert refusal(put, AlarmName="c", AlarmRule='ALARM("a") OR') == "ValidationError"
    put(AlarmName="c", AlarmRule='ALARM("a") AND NOT (OK("b") OR FALSE)')

    def state() -> str:
        return cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]["StateValue"]

    assert state() == "OK"
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    assert state() == "ALARM"
    cloudwatch.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="test")
    assert state() == "OK"
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["a"]) == "ValidationError"
    cloudwatch.delete_alarms(AlarmNames=["c"])
    cloudwatch.delete_alarms(AlarmNames=["a"])


def test_alarms_and_encrypted_topics(simulator: Simulated) -> None:
    cloudwatch, sns = simulator.client("cloudwatch", REGION), simulator.client("sns", REGION)
    for name, key in (("own", "alias/aws/sns"), ("closed", key_for(simulator)), ("open", key_for(simulator, "cloudwatch.amazonaws.com"))):
        topic = sns.create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
        wanted = {**ALARM, "AlarmActions": [topic]}
        if name == "open":
            cloudwatch.put_metric_alarm(**wanted)
        else:
            assert refusal(cloudwatch.put_metric_alarm, **wanted) == "ValidationError"


GRAPH = {"metrics": [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "d", {"stat": "p99"}]], "region": REGION}


@pytest.mark.parametrize(
    "body",
    [
        {"no": "widgets"},
        {"widgets": [{"type": "graph", "properties": {}}]},
        {"widgets": [{"type": "text", "properties": {}}]},
        {"widgets": [{"type": "metric", "x": 20, "width": 6, "height": 6, "properties": GRAPH}]},
        {"widgets": [{"type": "metric", "properties": {"metrics": [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier"]], "region": REGION}}]},
        {"widgets": [{"type": "metric", "properties": {"metrics": GRAPH["metrics"]}}]},
        {"widgets": [{"type": "alarm", "properties": {"alarms": []}}]},
    ],
)
def test_a_dashboard_is_refused(simulator: Simulated, body: dict[str, Any]) -> None:
    cloudwatch = simulator.client("cloudwatch", REGION)
    assert refusal(cloudwatch.put_dashboard, DashboardName="d", DashboardBody=json.dumps(body)) == "InvalidParameterInput"


def test_dashboards(simulator: Simulated) -> None:
    cloudwatch = simulator.client("cloudwatch", REGION)
    body = json.dumps({"widgets": [{"type": "metric", "x": 18, "width": 6, "height": 6, "properties": GRAPH}]})
    assert refusal(cloudwatch.put_dashboard, DashboardName="no spaces", DashboardBody=body) == "InvalidParameterValue"
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body, Tags=[{"Key": "k", "Value": "v"}])
    arn = cloudwatch.get_dashboard(DashboardName="d")["DashboardArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "w"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "w"}]


def test_log_groups(simulator: Simulated) -> None:
    logs = simulator.client("logs", REGION)
    closed, open_key = key_for(simulator), key_for(simulator, f"logs.{REGION}.amazonaws.com")
    assert refusal(logs.create_log_group, logGroupName="g", kmsKeyId=closed) == "InvalidParameterException"
    logs.create_log_group(logGroupName="g", logGroupClass="INFREQUENT_ACCESS")
    assert refusal(logs.associate_kms_key, logGroupName="g", kmsKeyId=closed) == "InvalidParameterException"
    logs.associate_kms_key(logGroupName="g", kmsKeyId=open_key)
    assert refusal(logs.put_retention_policy, logGroupName="g", retentionInDays=31) == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="g", retentionInDays=30)
    shown = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"][0]
    assert (shown["kmsKeyId"], shown["retentionInDays"], shown["logGroupClass"]) == (open_key, 30, "INFREQUENT_ACCESS")
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"][0]


def test_subscriptions_wait_for_consent(simulator: Simulated) -> None:
    sns = simulator.client("sns", REGION)
    topic = sns.create_topic(Name="t")["TopicArn"]
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    assert answer["SubscriptionArn"] == "pending confirmation"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed[0]["SubscriptionArn"] == "PendingConfirmation"
    sns.confirm_subscription(TopicArn=topic, Token="from the letter")
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed[0]["SubscriptionArn"].startswith(f"{topic}:")
    queue = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
    assert queue["SubscriptionArn"].startswith("arn:")


def test_a_topic_again(simulator: Simulated) -> None:
    sns = simulator.client("sns", REGION)
    sns.create_topic(Name="t", Attributes={"DisplayName": "one"})
    sns.create_topic(Name="t", Attributes={"DisplayName": "one"})
    assert refusal(sns.create_topic, Name="t", Attributes={"DisplayName": "two"}) == "InvalidParameter"


@pytest.mark.parametrize(
    ("good", "bad"), [("rate(1 minute)", "rate(1 minutes)"), ("rate(5 hours)", "rate(5 hour)"), ("cron(0 7 ? * MON *)", "cron(0 7 * * MON *)")]
)
def test_schedules(simulator: Simulated, good: str, bad: str) -> None:
    events = simulator.client("events", REGION)
    assert refusal(events.put_rule, Name="r", ScheduleExpression=bad) == "ValidationException"
    events.put_rule(Name="r", ScheduleExpression=good)


def test_five_targets(simulator: Simulated) -> None:
    events = simulator.client("events", REGION)
    events.put_rule(Name="r", ScheduleExpression="rate(1 day)")
    targets = [{"Id": str(number), "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q{number}"} for number in range(6)]
    events.put_targets(Rule="r", Targets=targets[:5])
    assert refusal(events.put_targets, Rule="r", Targets=targets[5:]) == "LimitExceededException"
    events.put_targets(Rule="r", Targets=targets[4:5])


BUDGET = {"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "10", "Unit": "USD"}}
SPENT = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}


def letter(number: int) -> dict[str, str]:
    return {"SubscriptionType": "EMAIL", "Address": f"a{number}@example.org"}


def test_budgets(simulator: Simulated) -> None:
    budgets = simulator.client("budgets", "us-east-1")
    told = [{"Notification": SPENT, "Subscribers": [letter(number) for number in range(11)]}]
    create = budgets.create_budget
    assert refusal(create, AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=told) == "CreationLimitExceededException"
    told[0]["Subscribers"] = told[0]["Subscribers"][:10]
    create(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=told, ResourceTags=[{"Key": "k", "Value": "v"}])
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/b"
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "k", "Value": "v"}]
    budgets.update_budget(AccountId=ACCOUNT, NewBudget={**BUDGET, "BudgetLimit": {"Amount": "20", "Unit": "USD"}})
    assert budgets.describe_budget(AccountId=ACCOUNT, BudgetName="b")["Budget"]["BudgetLimit"]["Amount"] == "20"
    named = {"AccountId": ACCOUNT, "BudgetName": "b", "Notification": {**SPENT, "ThresholdType": "PERCENTAGE"}}
    assert len(budgets.describe_subscribers_for_notification(**named)["Subscribers"]) == 10
    budgets.delete_notification(**named)
    assert refusal(budgets.delete_notification, **named) == "NotFoundException"
    asked = {"AccountId": ACCOUNT, "BudgetName": "b"}
    assert budgets.describe_notifications_for_budget(**asked)["Notifications"] == []
    budgets.delete_budget(**asked)
    assert refusal(budgets.describe_notifications_for_budget, **asked) == "NotFoundException"


def test_budgets_and_topics(simulator: Simulated) -> None:
    budgets, sns = simulator.client("budgets", "us-east-1"), simulator.client("sns", "us-east-1")
    topic = sns.create_topic(Name="t")["TopicArn"]
    told = [{"Notification": SPENT, "Subscribers": [{"SubscriptionType": "SNS", "Address": topic}]}]
    create = {"AccountId": ACCOUNT, "Budget": BUDGET, "NotificationsWithSubscribers": told}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "SNS:Publish", "Resource": topic}],
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    assert refusal(budgets.create_budget, **create) == "InvalidParameterException"
    policy["Statement"][0]["Principal"] = {"Service": "budgets.amazonaws.com"}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    budgets.create_budget(**create)


def test_anomaly_monitors(simulator: Simulated) -> None:
    ce = simulator.client("ce", "us-east-1")
    services = {"MonitorName": "m", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    arn = ce.create_anomaly_monitor(AnomalyMonitor=services, ResourceTags=[{"Key": "k", "Value": "v"}])["MonitorArn"]
    assert refusal(ce.create_anomaly_monitor, AnomalyMonitor=services) == "LimitExceededException"
    tagged = {"MonitorName": "t", "MonitorType": "CUSTOM", "MonitorSpecification": {"Tags": {"Key": "k", "Values": ["v"]}}}
    ce.create_anomaly_monitor(AnomalyMonitor=tagged)
    assert ce.list_tags_for_resource(ResourceArn=arn)["ResourceTags"] == [{"Key": "k", "Value": "v"}]
    wanted = {"SubscriptionName": "s", "MonitorArnList": [arn], "Frequency": "DAILY", "Subscribers": [{"Type": "EMAIL", "Address": "a@example.org"}]}
    create = ce.create_anomaly_subscription
    assert refusal(create, AnomalySubscription={**wanted, "Frequency": "IMMEDIATE"}) == "ValidationException"
    assert refusal(create, AnomalySubscription={**wanted, "MonitorArnList": [f"{arn}0"]}) == "UnknownMonitorException"
    made = create(AnomalySubscription=wanted)["SubscriptionArn"]
    ce.update_anomaly_subscription(SubscriptionArn=made, Frequency="WEEKLY")
    assert ce.get_anomaly_subscriptions()["AnomalySubscriptions"][0]["Frequency"] == "WEEKLY"
    ce.delete_anomaly_subscription(SubscriptionArn=made)
    ce.delete_anomaly_monitor(MonitorArn=arn)
    assert [one["MonitorName"] for one in ce.get_anomaly_monitors()["AnomalyMonitors"]] == ["t"]


def test_deliveries_can_change(simulator: Simulated) -> None:
    logs = simulator.client("logs", "us-east-1")
    logs.put_delivery_source(name="s", resourceArn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1", logType="ACCESS_LOGS")
    destination = logs.put_delivery_destination(
        name="d", outputFormat="json", deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::bucket"}
    )["deliveryDestination"]
    made = logs.create_delivery(deliverySourceName="s", deliveryDestinationArn=destination["arn"])["delivery"]
    logs.update_delivery_configuration(id=made["id"], s3DeliveryConfiguration={"suffixPath": "{yyyy}"})
    assert logs.describe_deliveries()["deliveries"][0]["s3DeliveryConfiguration"]["suffixPath"] == "{yyyy}"


def test_log_groups_are_found_by_a_part_of_their_names(simulator: Simulated) -> None:
    logs = simulator.client("logs")
    for name in ("/aws/rds/instance/acme-db/error", "/acme/web", "other"):
        logs.create_log_group(logGroupName=name)
    assert [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePattern="acme-")["logGroups"]] == ["/aws/rds/instance/acme-db/error"]
    assert refusal(logs.describe_log_groups, logGroupNamePattern="acme", logGroupNamePrefix="/acme") == "InvalidParameterException"


def test_a_page_of_tags_holds_as_many_as_asked_for(simulator: Simulated) -> None:
    logs = simulator.client("logs")
    for number in range(40):
        logs.create_log_group(logGroupName=f"/acme/{number}", tags={"one": "1", "two": "2", "three": "3"})
    answer = simulator.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["logs"], ResourcesPerPage=100)
    assert len(answer["ResourceTagMappingList"]) == 40
    assert not answer.get("PaginationToken")

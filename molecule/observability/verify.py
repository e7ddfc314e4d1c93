# SPDX-License-Identifier: GPL-3.0-or-later
"""What watches a site, asked through boto3: verify.py PREFIX REGION EMAIL"""

import json
import sys

import boto3

prefix, region, email = sys.argv[1:]
cloudwatch, edge = boto3.client("cloudwatch", region), boto3.client("cloudwatch", "us-east-1")

alarms = {one["AlarmName"]: one for one in cloudwatch.describe_alarms(AlarmNamePrefix=f"{prefix}-")["MetricAlarms"]}
for name in ("site-unhealthy", "public-errors", "public-latency", "database-cpu", "database-2-storage", "web-servers"):
    assert f"{prefix}-{name}" in alarms, sorted(alarms)

# Route 53 can evaluate it: one metric, a plain statistic, all periods.
unhealthy = alarms[f"{prefix}-site-unhealthy"]
assert unhealthy["Statistic"] == "Maximum" and not unhealthy.get("Metrics") and "DatapointsToAlarm" not in unhealthy
assert unhealthy["TreatMissingData"] == "breaching"
assert alarms[f"{prefix}-web-servers"]["Threshold"] == 2

# A volume of its own runs full; that of a cluster grows, and its members say in milliseconds how far they are behind.
assert f"{prefix}-database-storage" not in alarms
assert alarms[f"{prefix}-database-lag"]["MetricName"] == "AuroraReplicaLag" and alarms[f"{prefix}-database-lag"]["Threshold"] == 60000

# Those that degrade the site call through the one alarm over them.
topic = f"arn:aws:sns:{region}:123456789012:{prefix}-alarms"
assert alarms[f"{prefix}-public-latency"]["AlarmActions"] == []
assert alarms[f"{prefix}-database-cpu"]["AlarmActions"] == [topic]
over = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
assert over["AlarmName"] == f"{prefix}-site-degraded" and over["AlarmActions"] == [topic]
assert over["StateValue"] == "OK"
cloudwatch.set_alarm_state(AlarmName=f"{prefix}-public-latency", StateValue="ALARM", StateReason="a test")
assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]["StateValue"] == "ALARM"

# What has no region has names of its own: a cell of us-east-1 may stand beside it.
assert [one["AlarmName"] for one in edge.describe_alarms(AlarmNamePrefix=f"{prefix}-global-edge")["MetricAlarms"]] == [f"{prefix}-global-edge-errors"]

sns = boto3.client("sns", region)
attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
assert attributes["KmsMasterKeyId"].startswith("arn:aws:kms:")
statements = {one["Sid"]: one for one in json.loads(attributes["Policy"])["Statement"]}
speakers = {one["Principal"]["Service"] for one in statements.values() if "Service" in one["Principal"]}
assert {"cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"} <= speakers
assert (statements["TlsOnly"]["Effect"], statements["TlsOnly"]["Principal"]) == ("Deny", "*")
subscription = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
assert [(one["Endpoint"], one["SubscriptionArn"]) for one in subscription] == [(email, "PendingConfirmation")]

group = boto3.client("logs", region).describe_log_groups(logGroupNamePrefix="/")["logGroups"][0]
assert group["logGroupName"].endswith("/web/access") and group["retentionInDays"] and group["kmsKeyId"]

parameters = boto3.client("ssm", region).describe_parameters()["Parameters"]
agent = next(one["Name"] for one in parameters if one["Name"].endswith("/cloudwatch-agent/web"))
agent = json.loads(boto3.client("ssm", region).get_parameter(Name=agent)["Parameter"]["Value"])
assert agent["logs"]["logs_collected"]["files"]["collect_list"][0]["log_group_name"] == group["logGroupName"]
assert {"mem", "disk", "swap"} <= set(agent["metrics"]["metrics_collected"])

body = json.loads(cloudwatch.get_dashboard(DashboardName=prefix)["DashboardBody"])
titles = [one["properties"]["markdown"] for one in body["widgets"] if one["type"] == "text"]
assert titles == ["## Edge", "## Load balancers", "## Servers", "## Database"], titles

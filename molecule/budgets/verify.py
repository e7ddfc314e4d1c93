# SPDX-License-Identifier: GPL-3.0-or-later
"""What watches the bill, asked through boto3: verify.py PREFIX EMAIL"""

import sys

import boto3

prefix, email = sys.argv[1:]
account = boto3.client("sts", "us-east-1").get_caller_identity()["Account"]
budgets, ce = boto3.client("budgets", "us-east-1"), boto3.client("ce", "us-east-1")

budget = budgets.describe_budget(AccountId=account, BudgetName=f"{prefix}-monthly")["Budget"]
assert float(budget["BudgetLimit"]["Amount"]) > 0 and budget["TimeUnit"] == "MONTHLY" and not budget.get("CostFilters")
told = budgets.describe_notifications_for_budget(AccountId=account, BudgetName=f"{prefix}-monthly")["Notifications"]
assert {(one["NotificationType"], one["Threshold"]) for one in told} == {("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
for one in told:
    reached = budgets.describe_subscribers_for_notification(AccountId=account, BudgetName=f"{prefix}-monthly", Notification=one)["Subscribers"]
    assert [subscriber["Address"] for subscriber in reached] == [email]

monitor = ce.get_anomaly_monitors()["AnomalyMonitors"][0]
assert monitor["MonitorDimension"] == "SERVICE"
subscription = ce.get_anomaly_subscriptions()["AnomalySubscriptions"][0]
assert subscription["MonitorArnList"] == [monitor["MonitorArn"]] and subscription["Frequency"] == "DAILY"

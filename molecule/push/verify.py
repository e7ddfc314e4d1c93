# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, and that a device hears: verify.py REGION PREFIX."""

from __future__ import annotations

import json
import os
import sys
import urllib.request

import boto3

region, prefix = sys.argv[1:]
sns, logs, iam = (boto3.client(service, region_name=region) for service in ("sns", "logs", "iam"))

found = {one["PlatformApplicationArn"]: one["Attributes"] for one in sns.list_platform_applications()["PlatformApplications"]}
assert sorted(arn.rpartition(":")[2] for arn in found) == [f"app/APNS/{prefix}-apns", f"app/GCM/{prefix}-fcm"], found
for arn, attributes in found.items():
    role = iam.get_role(RoleName=attributes["FailureFeedbackRoleArn"].rpartition("/")[2])["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sns.amazonaws.com"}
    account = arn.split(":")[4]
    groups = logs.describe_log_groups(logGroupNamePrefix=f"sns/{region}/{account}/{arn.rpartition(':')[2]}")["logGroups"]
    assert len(groups) == 2 and {group["retentionInDays"] for group in groups} == {7}, groups

(fcm,) = (arn for arn in found if "/GCM/" in arn)
endpoint = sns.create_platform_endpoint(PlatformApplicationArn=fcm, Token="token-of-a-phone")["EndpointArn"]
sns.publish(TargetArn=endpoint, Message="hello")
with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_simulator/pushes?token=token-of-a-phone", timeout=30) as answer:
    assert json.load(answer)[-1]["payload"] == {"notification": {"body": "hello"}}

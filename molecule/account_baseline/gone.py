# SPDX-License-Identifier: GPL-3.0-or-later
"""What is paid for has gone, what only protects has stayed, asked through boto3: gone.py REGION"""

import sys

import boto3
from botocore.exceptions import ClientError

(home,) = sys.argv[1:]
AWAY = "us-east-1"
assert boto3.client("cloudtrail", AWAY).describe_trails()["trailList"] == []
assert [one for one in boto3.client("s3", AWAY).list_buckets()["Buckets"] if "-audit" in one["Name"]] == []
assert boto3.client("cloudwatch", AWAY).describe_alarms()["MetricAlarms"] == []
assert [one for one in boto3.client("ssm", AWAY).describe_parameters()["Parameters"] if one["Name"].endswith("/account/baseline")] == []
for region in (home, AWAY):
    assert boto3.client("guardduty", region).list_detectors()["DetectorIds"] == []
    assert boto3.client("accessanalyzer", region).list_analyzers()["analyzers"] == []
    assert boto3.client("config", region).describe_configuration_recorders()["ConfigurationRecorders"] == []
    assert boto3.client("config", region).describe_config_rules()["ConfigRules"] == []
    assert boto3.client("events", region).list_rules()["Rules"] == []
    assert boto3.client("ec2", region).get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
assert boto3.client("iam", AWAY).get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 14

try:
    boto3.client("securityhub", home).describe_hub()
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidAccessException", error
else:
    raise AssertionError("Security Hub is on")

# SPDX-License-Identifier: GPL-3.0-or-later
"""What protects the account and its regions, asked through boto3: verify.py PREFIX REGION"""

import json
import sys

import boto3

prefix, home = sys.argv[1:]
AWAY = "us-east-1"
account = boto3.client("sts", AWAY).get_caller_identity()["Account"]
name = f"{prefix}-global-account"

# The trail: all regions, with digests, under a key of ours, into a bucket that only it and Config write to, counted in a log group.
cloudtrail = boto3.client("cloudtrail", AWAY)
(trail,) = cloudtrail.describe_trails()["trailList"]
assert (trail["Name"], trail["IsMultiRegionTrail"], trail["IncludeGlobalServiceEvents"], trail["LogFileValidationEnabled"]) == (
    f"{name}-trail",
    True,
    True,
    True,
)
assert cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
assert trail["KmsKeyId"] == boto3.client("kms", AWAY).describe_key(KeyId=f"alias/{name}-audit")["KeyMetadata"]["Arn"]
assert boto3.client("kms", AWAY).get_key_rotation_status(KeyId=trail["KmsKeyId"])["KeyRotationEnabled"]
s3 = boto3.client("s3", AWAY)
for bucket in (trail["S3BucketName"], trail["S3BucketName"] + "-access"):
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    denied = [one["Condition"] for one in policy["Statement"] if one["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied, policy
    assert all("Condition" in one for one in policy["Statement"]), policy
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [(one["Days"], one["StorageClass"]) for one in rule["Transitions"]] == [(180, "GLACIER")]
assert s3.get_bucket_logging(Bucket=trail["S3BucketName"])["LoggingEnabled"]["TargetBucket"] == trail["S3BucketName"] + "-access"

# Whoever hears of it: a filter, a metric and an alarm each, into a topic that has a reader.
logs, cloudwatch, sns = (boto3.client(service, AWAY) for service in ("logs", "cloudwatch", "sns"))
filters = logs.describe_metric_filters(logGroupName=trail["CloudWatchLogsLogGroupArn"].split(":")[6])["metricFilters"]
alarms = {(one["Namespace"], one["MetricName"]): one for one in cloudwatch.describe_alarms()["MetricAlarms"]}
assert {one["metricTransformations"][0]["metricName"] for one in filters} == {"sign-in-without-mfa", "root-use", "break-glass", "trail-changes"}
for one in filters:
    (transformation,) = one["metricTransformations"]
    alarm = alarms[transformation["metricNamespace"], transformation["metricName"]]
    (topic,) = alarm["AlarmActions"]
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["ComparisonOperator"]) == ("Sum", 1.0, "GreaterThanOrEqualToThreshold")
patterns = {one["filterName"]: one["filterPattern"] for one in filters}
assert patterns[f"{name}-root-use"] == '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
rescue = "arn:aws:iam::123456789012:role/groundswell-*-job-break-glass"
assert f'$.userIdentity.sessionContext.sessionIssuer.arn="{rescue}"' in patterns[f"{name}-break-glass"], patterns
changes = " || ".join(f"($.eventName={event})" for event in ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"))
assert patterns[f"{name}-trail-changes"] == "{" + changes + "}", patterns

# The account.
iam = boto3.client("iam", AWAY)
password = iam.get_account_password_policy()["PasswordPolicy"]
assert (password["MinimumPasswordLength"], password["PasswordReusePrevention"], password["MaxPasswordAge"]) == (14, 24, 90)
assert all(password[f"Require{what}"] for what in ("Symbols", "Numbers", "UppercaseCharacters", "LowercaseCharacters"))
contact = boto3.client("account", AWAY).get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
assert contact["EmailAddress"] == "security@groundswell.example"
support = iam.list_attached_role_policies(RoleName=f"{name}-support")["AttachedPolicies"]
assert [one["PolicyName"] for one in support] == ["AWSSupportAccess"]

# The regions: what costs nothing in both, what is paid for where it was asked for.
for region in (home, AWAY):
    ec2 = boto3.client("ec2", region)
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
    assert ec2.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    assert ec2.get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
    assert not ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"]
    setting = boto3.client("ssm", region).get_service_setting(SettingId="/ssm/documents/console/public-sharing-permission")["ServiceSetting"]
    assert setting["SettingValue"] == "Disable"
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    here = {"Name": "vpc-id", "Values": [vpc["VpcId"]]}
    (group,) = ec2.describe_security_groups(Filters=[here, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"]
    assert group["IpPermissions"] == group["IpPermissionsEgress"] == []
    (acl,) = ec2.describe_network_acls(Filters=[here])["NetworkAcls"]
    assert {entry["RuleAction"] for entry in acl["Entries"]} == {"deny"}
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in ec2.describe_subnets(Filters=[here])["Subnets"])
    guardduty = boto3.client("guardduty", region)
    (detector,) = guardduty.list_detectors()["DetectorIds"]
    features = {one["Name"] for one in guardduty.get_detector(DetectorId=detector)["Features"] if one["Status"] == "ENABLED"}
    assert features == {"CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS", "S3_DATA_EVENTS", "RDS_LOGIN_EVENTS"}
    analyzers = {one["type"] for one in boto3.client("accessanalyzer", region).list_analyzers()["analyzers"]}
    assert analyzers == ({"ACCOUNT", "ACCOUNT_UNUSED_ACCESS"} if region == home else {"ACCOUNT"})
key = boto3.client("kms", home).describe_key(KeyId=f"alias/{prefix}-compute")["KeyMetadata"]["Arn"]
assert boto3.client("ec2", home).get_ebs_default_kms_key_id()["KmsKeyId"] == key

config = boto3.client("config", home)
(recorder,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
assert recorder["recordingGroup"]["allSupported"] and recorder["recordingGroup"]["includeGlobalResourceTypes"]
assert recorder["roleARN"].endswith(":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
assert config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]
assert config.describe_delivery_channels()["DeliveryChannels"][0]["s3BucketName"] == trail["S3BucketName"]
assert "ROOT_ACCOUNT_MFA_ENABLED" in {one["Source"]["SourceIdentifier"] for one in config.describe_config_rules()["ConfigRules"]}
assert len(config.describe_configuration_aggregators()["ConfigurationAggregators"]) == 1
assert boto3.client("config", AWAY).describe_configuration_recorders()["ConfigurationRecorders"] == []

hub = boto3.client("securityhub", home)
assert hub.describe_hub()["ControlFindingGenerator"] == "SECURITY_CONTROL"
standards = {one["StandardsArn"].partition("::standards/")[2]: one["StandardsStatus"] for one in hub.get_enabled_standards()["StandardsSubscriptions"]}
assert standards == {"aws-foundational-security-best-practices/v/1.0.0": "READY", "cis-aws-foundations-benchmark/v/3.0.0": "READY"}
assert len(hub.list_finding_aggregators()["FindingAggregators"]) == 1
inspected = boto3.client("inspector2", home).batch_get_account_status(accountIds=[account])["accounts"][0]["resourceState"]
assert {kind for kind, state in inspected.items() if state["status"] == "ENABLED"} == {"ec2"}

# Somebody hears of findings, in words.
events = boto3.client("events", home)
(rule,) = events.list_rules(NamePrefix=prefix)["Rules"]
assert json.loads(rule["EventPattern"])["detail"]["findings"]["Severity"]["Label"] == ["HIGH", "CRITICAL"]
(target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
assert boto3.client("sns", home).list_subscriptions_by_topic(TopicArn=target["Arn"])["Subscriptions"]
for line in target["InputTransformer"]["InputTemplate"].splitlines():
    assert json.loads(line)
used = {word.partition(">")[0] for word in target["InputTransformer"]["InputTemplate"].split("<")[1:]}
assert used == set(target["InputTransformer"]["InputPathsMap"])

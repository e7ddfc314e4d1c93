# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of what watches over an account, through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

ACCOUNT, REGION = "123456789012", "eu-west-1"
BUCKET = "acme-audit"


def refusal(call: Any, **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def policy(service: str, *actions: str) -> str:
    """A bucket policy that lets a service do this."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def account() -> InProcess:
    simulator = InProcess()
    simulator.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return simulator


def test_trails(account: InProcess) -> None:
    """Bucket, key, group, role and name are looked at; a trail of all regions is changed at home, and deleted by its ARN too."""
    cloudtrail, s3 = account.client("cloudtrail"), account.client("s3")
    trail = {"Name": "acme", "S3BucketName": BUCKET, "IsMultiRegionTrail": True}
    assert refusal(cloudtrail.create_trail, **trail) == "InsufficientS3BucketPolicyException"
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy("cloudtrail.amazonaws.com", "s3:GetBucketAcl", "s3:PutObject"))
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    other = account.client("kms", "us-east-1").create_key()["KeyMetadata"]["Arn"]
    assert refusal(cloudtrail.create_trail, **trail, KmsKeyId=key) == "InsufficientEncryptionPolicyException"
    assert refusal(cloudtrail.create_trail, **trail, KmsKeyId=other) == "KmsException"
    assert refusal(cloudtrail.create_trail, **{**trail, "Name": "acme--trail"}) == "InvalidTrailNameException"
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:nowhere:*"
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    assert refusal(cloudtrail.create_trail, **trail, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role) == "InvalidCloudWatchLogsLogGroupArnException"
    arn = cloudtrail.create_trail(**trail)["TrailARN"]
    assert cloudtrail.get_trail_status(Name=arn)["IsLogging"] is False
    assert "KmsKeyId" not in cloudtrail.describe_trails()["trailList"][0]
    assert refusal(account.client("cloudtrail", "us-east-1").stop_logging, Name=arn) == "InvalidHomeRegionException"
    cloudtrail.delete_trail(Name=arn)
    assert cloudtrail.describe_trails()["trailList"] == []
    assert refusal(cloudtrail.delete_trail, Name=arn) == "TrailNotFoundException"


def test_config(account: InProcess) -> None:
    """A role that trusts it, a bucket that admits it, and rules only where something is recorded."""
    config = account.client("config")
    rule = {"ConfigRuleName": "ssh", "Source": {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"}}
    assert refusal(config.put_config_rule, ConfigRule=rule) == "NoAvailableConfigurationRecorderException"
    recorder = {"name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/nobody"}
    assert refusal(config.put_configuration_recorder, ConfigurationRecorder=recorder) == "InvalidRoleException"
    recorder["roleARN"] = account.client("iam").create_service_linked_role(AWSServiceName="config.amazonaws.com")["Role"]["Arn"]
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    assert config.describe_configuration_recorders()["ConfigurationRecorders"][0]["recordingMode"] == {"recordingFrequency": "CONTINUOUS"}
    channel = {"name": "default", "s3BucketName": BUCKET}
    assert refusal(config.put_delivery_channel, DeliveryChannel=channel) == "InsufficientDeliveryPolicyException"
    account.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy("config.amazonaws.com", "s3:GetBucketAcl", "s3:ListBucket", "s3:PutObject"))
    config.put_delivery_channel(DeliveryChannel=channel)
    config.put_config_rule(ConfigRule=rule)


def test_what_a_region_has_once(account: InProcess) -> None:
    """One detector, one hub, one analyzer of a type, one region that shows all findings."""
    guardduty, hub, analyzer = (account.client(service) for service in ("guardduty", "securityhub", "accessanalyzer"))
    detector = guardduty.create_detector(Enable=True, Features=[{"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}])["DetectorId"]
    older = guardduty.get_detector(DetectorId=detector)["DataSources"]  # says the same as the features
    assert (older["S3Logs"]["Status"], older["Kubernetes"]["AuditLogs"]["Status"]) == ("ENABLED", "DISABLED")
    assert older["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"]["Status"] == "ENABLED"
    assert refusal(guardduty.create_detector, Enable=True) == "BadRequestException"
    assert refusal(hub.get_enabled_standards) == "InvalidAccessException"
    hub.enable_security_hub()
    assert {one["StandardsStatus"] for one in hub.get_enabled_standards()["StandardsSubscriptions"]} == {"INCOMPLETE"}
    assert refusal(hub.enable_security_hub) == "ResourceConflictException"
    unknown = [{"StandardsArn": f"arn:aws:securityhub:{REGION}::standards/acme/v/1.0.0"}]
    assert refusal(hub.batch_enable_standards, StandardsSubscriptionRequests=unknown) == "InvalidInputException"
    hub.create_finding_aggregator(RegionLinkingMode="ALL_REGIONS")
    elsewhere = account.client("securityhub", "us-east-1")
    elsewhere.enable_security_hub(EnableDefaultStandards=False)
    assert refusal(elsewhere.create_finding_aggregator, RegionLinkingMode="ALL_REGIONS") == "InvalidInputException"
    analyzer.create_analyzer(analyzerName="one", type="ACCOUNT")
    assert refusal(analyzer.create_analyzer, analyzerName="one", type="ACCOUNT_UNUSED_ACCESS") == "ConflictException"
    assert refusal(analyzer.create_analyzer, analyzerName="two", type="ACCOUNT") == "ServiceQuotaExceededException"
    days = {"unusedAccess": {"unusedAccessAge": 400}}
    assert refusal(analyzer.create_analyzer, analyzerName="two", type="ACCOUNT_UNUSED_ACCESS", configuration=days) == "ValidationException"
    inspector = account.client("inspector2")
    assert refusal(inspector.enable, resourceTypes=["LAMBDA_CODE"]) == "ValidationException"
    assert refusal(guardduty.update_detector, DetectorId=guardduty.list_detectors()["DetectorIds"][0], Features=[
        {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}, {"Name": "EKS_RUNTIME_MONITORING", "Status": "ENABLED"},
    ]) == "BadRequestException"  # fmt: skip


def test_nothing_becomes_public(account: InProcess) -> None:
    """Where it is blocked; and a key that waits for its deletion does not become the default one."""
    ec2, kms = account.client("ec2"), account.client("kms")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    share = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    assert refusal(ec2.modify_snapshot_attribute, **share) == "OperationNotPermitted"
    image = ec2.register_image(Name="acme", RootDeviceName="/dev/xvda", BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}])[
        "ImageId"
    ]
    assert refusal(ec2.modify_image_attribute, ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]}) == "OperationNotPermitted"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key)
    assert refusal(ec2.modify_ebs_default_kms_key_id, KmsKeyId=key) == "InvalidKmsKey.InvalidState"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's Service Authorization Reference does not say in a form that a program can read: which operations ask for which actions, and
which parameters name which resources."""

from __future__ import annotations

# Operations that no permission is needed for: UG iam/reference_policies_evaluation-logic.md, API sts:GetCallerIdentity, sts:GetSessionToken.
FREE = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}

# Operations whose permission has another name than they have (Service Authorization Reference, "actions" of each service); the rest have their own.
# Where an operation needs more than one only by what it is asked for, authorization_dependents.py says so.
ACTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    **{
        ("budgets", operation): ("budgets:ViewBudget",)
        for operation in (
            "DescribeBudget",
            "DescribeBudgets",
            "DescribeBudgetPerformanceHistory",
            "DescribeBudgetNotificationsForAccount",
            "DescribeNotificationsForBudget",
            "DescribeSubscribersForNotification",
        )
    },
    **{("budgets", f"{verb}{what}"): ("budgets:ModifyBudget",) for verb in ("Create", "Update", "Delete") for what in ("Budget", "Notification", "Subscriber")},
    ("cloudfront", "CreateDistributionWithTags"): ("cloudfront:CreateDistribution",),
    ("dynamodb", "ExecuteStatement"): ("dynamodb:PartiQLSelect",),
    ("dynamodb", "TransactGetItems"): ("dynamodb:GetItem",),
    ("dynamodb", "TransactWriteItems"): ("dynamodb:PutItem",),
    ("kms", "ReEncrypt"): ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    ("lambda", "Invoke"): ("lambda:InvokeFunction",),
    ("lambda", "InvokeWithResponseStream"): ("lambda:InvokeFunction",),
    ("sns", "PublishBatch"): ("sns:Publish",),
    ("sqs", "ChangeMessageVisibilityBatch"): ("sqs:ChangeMessageVisibility",),
    ("sqs", "DeleteMessageBatch"): ("sqs:DeleteMessage",),
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage",),
    **{
        ("s3", operation): (f"s3:{action}",)
        for operation, action in {
            "CompleteMultipartUpload": "PutObject",
            "CopyObject": "PutObject",
            "CreateMultipartUpload": "PutObject",
            "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
            "DeleteBucketCors": "PutBucketCORS",
            "DeleteBucketEncryption": "PutEncryptionConfiguration",
            "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
            "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
            "DeleteBucketLifecycle": "PutLifecycleConfiguration",
            "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
            "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
            "DeleteBucketReplication": "PutReplicationConfiguration",
            "DeleteBucketTagging": "PutBucketTagging",
            "DeleteObjects": "DeleteObject",
            "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
            "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
            "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
            "GetBucketCors": "GetBucketCORS",
            "GetBucketEncryption": "GetEncryptionConfiguration",
            "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
            "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
            "GetBucketLifecycle": "GetLifecycleConfiguration",
            "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
            "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
            "GetBucketNotificationConfiguration": "GetBucketNotification",
            "GetBucketReplication": "GetReplicationConfiguration",
            "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
            "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
            "HeadBucket": "ListBucket",
            "HeadObject": "GetObject",
            "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
            "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
            "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
            "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
            "ListBuckets": "ListAllMyBuckets",
            "ListMultipartUploads": "ListBucketMultipartUploads",
            "ListObjectVersions": "ListBucketVersions",
            "ListObjects": "ListBucket",
            "ListObjectsV2": "ListBucket",
            "ListParts": "ListMultipartUploadParts",
            "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
            "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
            "PutBucketCors": "PutBucketCORS",
            "PutBucketEncryption": "PutEncryptionConfiguration",
            "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
            "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
            "PutBucketLifecycle": "PutLifecycleConfiguration",
            "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
            "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
            "PutBucketNotificationConfiguration": "PutBucketNotification",
            "PutBucketReplication": "PutReplicationConfiguration",
            "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
            "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
            "SelectObjectContent": "GetObject",
            "UploadPart": "PutObject",
            "UploadPartCopy": "PutObject",
        }.items()
    },
    **{
        ("s3control", f"{verb}PublicAccessBlock"): (f"s3:{action}AccountPublicAccessBlock",)
        for verb, action in (("Get", "Get"), ("Put", "Put"), ("Delete", "Put"))
    },
}

# The version of an object that is named has permissions of its own: UG s3/using-with-s3-policy-actions.md.
OF_A_VERSION = {f"s3:{verb}Object{what}": f"s3:{verb}ObjectVersion{what}" for verb in ("Get", "Put", "Delete") for what in ("", "Acl", "Tagging")}

# Global services take part in no region: their requests are of us-east-1 (UG iam/reference_policies_condition-keys.md, aws:RequestedRegion).
GLOBAL = frozenset({"account", "budgets", "ce", "cloudfront", "iam", "organizations", "route53", "shield"})

# Which parameter names a resource of which kind, by first half of the action. Lists count like what is in them (BackupVaultNames like
# BackupVaultName). "*": of the only kind that the action is about; "": no resource, whatever it looks like. ARNs need no entry.
NAMES: dict[str, dict[str, str]] = {
    "access-analyzer": {"analyzerName": "Analyzer"},
    "autoscaling": {"AutoScalingGroupName": "autoScalingGroup", "LaunchConfigurationName": "launchConfiguration", "Tags.ResourceId": "autoScalingGroup"},
    "backup": {
        "BackupPlanId": "backupPlan",
        "BackupVaultName": "backupVault",
        "DestinationBackupVaultArn": "",
        "RecoveryPointArn": "recoveryPoint",
        "ResourceArn": "*",
        "RestoreTestingPlan.RestoreTestingPlanName": "restoreTestingPlan",
        "RestoreTestingPlanName": "restoreTestingPlan",
    },
    "budgets": {"BudgetName": "budget", "Budget.BudgetName": "budget"},
    "cloudformation": {"StackName": "stack"},
    "cloudfront": {"DistributionId": "distribution", "Id": "*", "Name": "*"},
    "cloudtrail": {"Name": "trail", "TrailName": "trail"},
    "cloudwatch": {
        "AlarmName": "alarm",
        "DashboardName": "dashboard",
        "InsightRuleName": "insight-rule",
        "MetricStreamName": "metric-stream",
    },
    "config": {"ConfigurationRecorder.name": "ConfigurationRecorder", "ConfigurationRecorderName": "ConfigurationRecorder"},
    "dynamodb": {"TableName": "table"},
    "ebs": {"FirstSnapshotId": "snapshot", "SecondSnapshotId": "snapshot", "SnapshotId": "snapshot"},
    # What is copied is elsewhere, and so is who is asked for a peering; the actions are about what is made.
    "ec2": {"PeerVpcId": "", "SourceImageId": "", "SourceSnapshotId": ""},
    "ecr": {"repositoryName": "repository"},
    "elasticache": {
        "CacheClusterId": "cluster",
        "CacheParameterGroupName": "parametergroup",
        "CacheSecurityGroupName": "securitygroup",
        "CacheSubnetGroupName": "subnetgroup",
        "GlobalReplicationGroupId": "globalreplicationgroup",
        "PrimaryClusterId": "cluster",
        "ReplicationGroupId": "replicationgroup",
        "SnapshotName": "snapshot",
        "SourceSnapshotName": "snapshot",
        "TargetSnapshotName": "snapshot",
        "UserGroupId": "usergroup",
        "UserId": "user",
    },
    "guardduty": {"DetectorId": "detector"},
    "iam": {
        "GroupName": "group",
        "InstanceProfileName": "instance-profile",
        "PolicyName": "policy",
        "RoleName": "role",
        "SAMLProviderName": "saml-provider",
        "ServerCertificateName": "server-certificate",
        "UserName": "user",
        "VirtualMFADeviceName": "mfa",
    },
    "lambda": {"FunctionName": "function", "LayerName": "layer"},
    "logs": {
        "deliveryDestinationName": "delivery-destination",
        "deliverySourceName": "delivery-source",
        "destinationName": "destination",
        "id": "delivery",
        "logGroupIdentifier": "log-group",
        "logGroupName": "log-group",
        "name": "*",
    },
    "rds": {
        "DBClusterIdentifier": "cluster",
        "DBClusterParameterGroupName": "cluster-pg",
        "DBClusterSnapshotIdentifier": "cluster-snapshot",
        "DBInstanceIdentifier": "db",
        "DBParameterGroupName": "pg",
        "DBSnapshotIdentifier": "snapshot",
        "DBSubnetGroupName": "subgrp",
        "GlobalClusterIdentifier": "global-cluster",
        "OptionGroupName": "og",
        "ReplicationSourceIdentifier": "cluster",
        "SourceDBClusterIdentifier": "cluster",
        "SourceDBClusterSnapshotIdentifier": "cluster-snapshot",
        "SourceDBInstanceArn": "db",
        "SourceDBInstanceIdentifier": "db",
        "SourceDBParameterGroupIdentifier": "pg",
        "SourceDBSnapshotIdentifier": "snapshot",
        "SubscriptionName": "es",
        "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
        "TargetDBInstanceIdentifier": "db",
        "TargetDBParameterGroupIdentifier": "pg",
        "TargetDBSnapshotIdentifier": "snapshot",
    },
    "route53": {"DelegationSetId": "delegationset", "HealthCheckId": "healthcheck", "HostedZoneId": "hostedzone", "Id": "*"},
    "secretsmanager": {"Name": "Secret", "SecretId": "Secret"},
    "sns": {"Name": "topic"},
    "sqs": {"QueueName": "queue", "QueueUrl": "queue"},
    "ssm": {
        "AutomationExecutionId": "automation-execution",
        "DocumentName": "document",
        "InstanceId": "instance",
        "Path": "parameter",
        "SessionId": "session",
        "SettingId": "servicesetting",
        "Target": "instance",
    },
}

# Kinds whose name is the first of several variables in their ARN; in the others it is the last.
NAMED_FIRST = {"ConfigurationRecorder", "restoreTestingPlan", "stack", "targetgroup"}

# What an id of EC2 is an id of.
EC2_IDS = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "cr": "capacity-reservation",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pg": "placement-group",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}

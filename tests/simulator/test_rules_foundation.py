# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of KMS, IAM, S3, Secrets Manager and Parameter Store: each refusal, and its nearest neighbour that is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from simulated import Simulated

ACCOUNT = "123456789012"
ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
IMAGE_DATA = {"DataType": "aws:ec2:image", "Type": "String"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(**principal: str) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def grant(size: int = 0) -> str:
    """An identity policy of about this many characters."""
    return policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "x" * size})


def refused(code: str, call: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code


# KMS ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kms(simulator: Simulated) -> Any:
    return simulator.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return kms.create_key()["KeyMetadata"]["KeyId"]


def test_a_pair_signs(kms, key):
    """What it signs, any program can verify; a key for encryption does not sign."""
    refused("ValidationException", kms.create_key, KeySpec="ECC_NIST_P256")
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    how = {"KeyId": pair, "Message": b"as it is", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**how)["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=pair)["PublicKey"])
    public.verify(signature, b"as it is", ec.ECDSA(hashes.SHA256()))
    assert kms.verify(**how, Signature=signature)["SignatureValid"] is True
    refused("KMSInvalidSignatureException", kms.verify, **{**how, "Message": b"as it was"}, Signature=signature)
    refused("InvalidKeyUsageException", kms.sign, **{**how, "KeyId": key})
    kms.disable_key(KeyId=pair)
    refused("DisabledException", kms.sign, **how)


def test_a_key_pending_deletion_is_good_for_nothing(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    refused("KMSInvalidStateException", kms.encrypt, KeyId=key, Plaintext=b"x")
    refused("KMSInvalidStateException", kms.encrypt, KeyId="alias/a", Plaintext=b"x")
    refused("KMSInvalidStateException", kms.create_alias, AliasName="alias/b", TargetKeyId=key)
    refused("KMSInvalidStateException", kms.enable_key, KeyId=key)
    refused("KMSInvalidStateException", kms.schedule_key_deletion, KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.cancel_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key)
    refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"x")
    refused("DisabledException", kms.enable_key_rotation, KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.encrypt(KeyId="alias/a", Plaintext=b"x")["CiphertextBlob"]


def test_an_alias_of_a_key_pending_deletion_can_go(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    refused("AlreadyExistsException", kms.create_alias, AliasName="alias/a", TargetKeyId=other)
    kms.delete_alias(AliasName="alias/a")
    refused("NotFoundException", kms.delete_alias, AliasName="alias/a")
    kms.create_alias(AliasName="alias/a", TargetKeyId=other)


def test_aliases_of_aws_are_reserved(kms, key):
    refused("NotAuthorizedException", kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key)


def test_key_policies_name_who_exists(kms, simulator):
    role = {**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}, "Action": "kms:Decrypt"}
    service = {**ROOT, "Principal": {"Service": "lgos.eu-west-1.amazonaws.com"}}
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=policy(ROOT, role))
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=policy(ROOT, service))
    simulator.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    service["Principal"] = {"Service": "logs.eu-west-1.amazonaws.com"}
    assert kms.create_key(Policy=policy(ROOT, role, service))


def test_key_policies_lock_nobody_out(kms, key):
    reader = {**ROOT, "Action": "kms:Decrypt"}
    refused("MalformedPolicyDocumentException", kms.create_key, Policy=policy(reader))
    refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy=policy(reader))
    kms.put_key_policy(KeyId=key, Policy=policy({**ROOT, "Action": ["kms:Decrypt", "kms:PutKeyPolicy"]}))
    kms.create_key(Policy=policy(reader), BypassPolicyLockoutSafetyCheck=True)


def test_replicas_of_keys(kms, key):
    refused("UnsupportedOperationException", kms.replicate_key, KeyId=key, ReplicaRegion="us-east-1")
    many = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=many, ReplicaRegion="us-east-1")
    refused("AlreadyExistsException", kms.replicate_key, KeyId=many, ReplicaRegion="us-east-1")


def test_rotation_period(kms, key):
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365


def test_the_only_key_policy_needs_no_name(kms, key):
    kms.put_key_policy(KeyId=key, Policy=policy(ROOT))
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"] == [ROOT]


# IAM ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def iam(simulator: Simulated) -> Any:
    return simulator.client("iam")


@pytest.fixture
def role(iam: Any) -> str:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    return "app"


def managed(iam: Any, name: str, size: int = 0) -> str:
    return iam.create_policy(PolicyName=name, PolicyDocument=grant(size))["Policy"]["Arn"]


def test_policies_of_aws_are_there(iam, role):
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    refused("NoSuchEntity", iam.attach_role_policy, RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonNothing")


def test_deleting_managed_policies(iam, role):
    arn = managed(iam, "p")
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=grant(1))
    refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
    refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName=role)
    iam.delete_policy(PolicyArn=arn)


def test_ten_managed_policies(iam, role):
    arns = [managed(iam, f"p{number}") for number in range(11)]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    refused("LimitExceeded", iam.attach_role_policy, RoleName=role, PolicyArn=arns[10])
    iam.attach_role_policy(RoleName=role, PolicyArn=arns[0])


def test_sizes_of_policies(iam, role):
    wide = json.dumps(json.loads(trust(Service="ec2.amazonaws.com")), indent=2000)
    assert len(wide) > 2048
    iam.create_role(RoleName="wide", AssumeRolePolicyDocument=wide)
    long = policy(*[{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Sid": f"S{n}" * 9} for n in range(25)])
    refused("LimitExceeded", iam.create_role, RoleName="long", AssumeRolePolicyDocument=long)
    refused("LimitExceeded", iam.update_assume_role_policy, RoleName=role, PolicyDocument=long)
    refused("LimitExceeded", iam.create_policy, PolicyName="p", PolicyDocument=grant(6144))
    managed(iam, "p", 6000)
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=grant(6000))
    refused("LimitExceeded", iam.put_role_policy, RoleName=role, PolicyName="two", PolicyDocument=grant(6000))
    iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=grant(9000))


def test_names_fold_case(iam, role):
    refused("EntityAlreadyExists", iam.create_role, RoleName="APP", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="app")
    refused("EntityAlreadyExists", iam.create_instance_profile, InstanceProfileName="App")


def test_trusted_principals_exist(iam, role):
    for wrong in ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, {"Service": "lamda.amazonaws.com"}):
        refused("MalformedPolicyDocument", iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust(**wrong))
        refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName=role, PolicyDocument=trust(**wrong))
    for right in ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}, {"Service": "monitoring.rds.amazonaws.com"}, {"AWS": "210987654321"}):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(**right))


def test_identity_policies_name_nobody(iam, role):
    refused("MalformedPolicyDocument", iam.put_role_policy, RoleName=role, PolicyName="p", PolicyDocument=policy({**ROOT, "Action": "s3:*"}))
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=grant())


def test_boundaries_exist(iam, role):
    missing = f"arn:aws:iam::{ACCOUNT}:policy/nothing"
    refused("NoSuchEntity", iam.put_role_permissions_boundary, RoleName=role, PermissionsBoundary=missing)
    ec2 = trust(Service="ec2.amazonaws.com")
    refused("NoSuchEntity", iam.create_role, RoleName="r", AssumeRolePolicyDocument=ec2, PermissionsBoundary=missing)


def test_one_service_linked_role(iam):
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    refused("InvalidInput", iam.create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com")


# S3 -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def s3(simulator: Simulated) -> Any:
    return simulator.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="one-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1", "Tags": [{"Key": "Project", "Value": "p"}]})
    return "one-bucket"


def reads(bucket: str, principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*", **more}


@pytest.mark.parametrize("name", ["Upper", "under_score", "192.0.2.1", "two..dots", "-hyphen", "xn--bucket"])
def test_names_that_are_none(s3, name):
    refused("InvalidBucketName", s3.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def test_a_new_bucket_is_shut(s3, bucket):
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule == {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "Project", "Value": "p"}]
    assert s3.list_buckets(Prefix="one-")["Buckets"][0]["BucketRegion"] == "eu-west-1"


def test_public_policies_are_blocked(s3, bucket):
    refused("AccessDenied", s3.put_bucket_policy, Bucket=bucket, Policy=policy(reads(bucket, "*")))
    only_cloudfront = reads(bucket, {"Service": "cloudfront.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(only_cloudfront))
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(reads(bucket, "*")))


def test_lists_of_access_are_off(s3, bucket):
    refused("AccessControlListNotSupported", s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="public-read")


def lifecycle(s3: Any, bucket: str, **rule: Any) -> dict[str, Any]:
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}]
    return {"Bucket": bucket, "LifecycleConfiguration": {"Rules": rules}}


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("InvalidArgument", {"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}, {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}),
        (
            "InvalidArgument",
            {"Transitions": [{"Days": 180, "StorageClass": "GLACIER"}], "Expiration": {"Days": 180}},
            {"Transitions": [{"Days": 180, "StorageClass": "GLACIER"}], "Expiration": {"Days": 181}},
        ),
        (
            "InvalidArgument",
            {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 59, "StorageClass": "GLACIER"}]},
            {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]},
        ),
        (
            "InvalidRequest",
            {"Filter": {"Tag": {"Key": "k", "Value": "v"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
            {"Filter": {"Prefix": "p"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        ),
    ],
)
def test_lifecycle_rules(s3, bucket, code, wrong, right):
    refused(code, s3.put_bucket_lifecycle_configuration, **lifecycle(s3, bucket, **wrong))
    s3.put_bucket_lifecycle_configuration(**lifecycle(s3, bucket, **right))


def test_lifecycle_comes_back_whole(s3, bucket):
    rule = {"NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3}}
    s3.put_bucket_lifecycle_configuration(**lifecycle(s3, bucket, **rule))
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"][0]["NoncurrentVersionExpiration"] == rule["NoncurrentVersionExpiration"]
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


def test_archive_tiers(s3, bucket):
    def tiers(*tierings: tuple[str, int]) -> dict[str, Any]:
        configuration = {"Id": "a", "Status": "Enabled", "Tierings": [{"AccessTier": tier, "Days": days} for tier, days in tierings]}
        return {"Bucket": bucket, "Id": "a", "IntelligentTieringConfiguration": configuration}

    put = s3.put_bucket_intelligent_tiering_configuration
    refused("InvalidArgument", put, **tiers(("ARCHIVE_ACCESS", 89)))
    refused("InvalidArgument", put, **tiers(("DEEP_ARCHIVE_ACCESS", 179)))
    refused("InvalidArgument", put, **tiers(("ARCHIVE_ACCESS", 731)))
    put(**tiers(("ARCHIVE_ACCESS", 90), ("DEEP_ARCHIVE_ACCESS", 180)))
    listed = s3.list_bucket_intelligent_tiering_configurations(Bucket=bucket)["IntelligentTieringConfigurationList"]
    assert [tier["Days"] for tier in listed[0]["Tierings"]] == [90, 180]
    assert s3.get_bucket_intelligent_tiering_configuration(Bucket=bucket, Id="a")["IntelligentTieringConfiguration"]["Id"] == "a"
    s3.delete_bucket_intelligent_tiering_configuration(Bucket=bucket, Id="a")
    refused("NoSuchConfiguration", s3.get_bucket_intelligent_tiering_configuration, Bucket=bucket, Id="a")
    assert s3.list_bucket_intelligent_tiering_configurations(Bucket=bucket).get("IntelligentTieringConfigurationList", []) == []


def test_bucket_policies_name_who_exists(s3, bucket):
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket=bucket, Policy=policy(reads(bucket, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"})))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(reads(bucket, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})))


def test_bucket_policies_are_about_the_bucket(s3, bucket):
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket=bucket, Policy=policy(reads("other-bucket", root)))
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket=bucket, Policy=policy(reads(bucket, root, Resource=f"arn:aws:s3:::{bucket}-2/*")))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(reads(bucket, root, Resource=[f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])))


def test_the_default_key_is_usable(s3, bucket, simulator):
    def encrypt_with(arn: str) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}, "BucketKeyEnabled": True}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    kms, elsewhere = simulator.client("kms"), simulator.client("kms", region="us-east-1")
    encrypt_with(elsewhere.create_key()["KeyMetadata"]["Arn"])
    refused("KMS.NotFoundException", s3.put_object, Bucket=bucket, Key="k", Body=b"x")
    here = kms.create_key()["KeyMetadata"]
    encrypt_with(here["Arn"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    kms.disable_key(KeyId=here["KeyId"])
    refused("KMS.DisabledException", s3.put_object, Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")


def test_access_logs_need_a_bucket_that_admits_them(s3, bucket):
    s3.create_bucket(Bucket="the-logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    status = {"LoggingEnabled": {"TargetBucket": "the-logs", "TargetPrefix": "s3/one/"}}
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::the-logs", "arn:aws:s3:::the-logs/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    admit = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::the-logs/elb/*"}
    s3.put_bucket_policy(Bucket="the-logs", Policy=policy(tls, admit))
    refused("InvalidTargetBucketForLogging", s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus=status)
    s3.put_bucket_policy(Bucket="the-logs", Policy=policy(tls, {**admit, "Resource": "arn:aws:s3:::the-logs/s3/*"}))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def test_demanding_tls_denies_nobody_here(s3, bucket):
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(tls))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({key: value for key, value in tls.items() if key != "Condition"}))
    refused("403", s3.head_object, Bucket=bucket, Key="k")


# Secrets Manager --------------------------------------------------------------------------------------------------------


@pytest.fixture
def secrets(simulator: Simulated) -> Any:
    return simulator.client("secretsmanager")


def test_a_name_waits_with_its_secret(secrets):
    secrets.create_secret(Name="token", SecretString="made up")
    secrets.delete_secret(SecretId="token", RecoveryWindowInDays=7)
    refused("InvalidRequestException", secrets.create_secret, Name="token", SecretString="made up")
    secrets.restore_secret(SecretId="token")
    secrets.delete_secret(SecretId="token", ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name="token", SecretString="made up")


def test_a_replica_that_is_left_alone(simulator, secrets):
    far = simulator.client("secretsmanager", "us-east-1")
    arn = secrets.create_secret(Name="token", SecretString="made up")["ARN"].replace("eu-west-1", "us-east-1")
    refused("ResourceNotFoundException", far.stop_replication_to_replica, SecretId="token")
    secrets.replicate_secret_to_regions(SecretId="token", AddReplicaRegions=[{"Region": "us-east-1"}])
    refused("InvalidRequestException", secrets.stop_replication_to_replica, SecretId="token")
    assert far.describe_secret(SecretId="token")["PrimaryRegion"] == "eu-west-1"
    assert far.stop_replication_to_replica(SecretId="token")["ARN"] == arn
    secrets.put_secret_value(SecretId="token", SecretString="made up later")
    assert far.get_secret_value(SecretId=arn)["SecretString"] == "made up"
    assert "PrimaryRegion" not in far.describe_secret(SecretId=arn)
    secrets.delete_secret(SecretId="token", ForceDeleteWithoutRecovery=True)
    far.put_secret_value(SecretId=arn, SecretString="made up here")
    far.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    assert far.list_secrets()["SecretList"] == []


def test_names_of_secrets(secrets):
    refused("ValidationException", secrets.create_secret, Name="no spaces", SecretString="made up")
    secrets.create_secret(Name="a/path_with+all=of.these@and-those", SecretString="made up")


# Parameter Store --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ssm(simulator: Simulated) -> Any:
    return simulator.client("ssm")


@pytest.mark.parametrize(
    ("code", "wrong", "right"),
    [
        ("ValidationException", {"Value": "x" * 4097}, {"Value": "x" * 4096}),
        ("ValidationException", {"Value": "x" * 8193, "Tier": "Advanced"}, {"Value": "x" * 8192, "Tier": "Advanced"}),
        ("ValidationException", {**IMAGE_DATA, "Value": "debian"}, {**IMAGE_DATA, "Value": "ami-0123456789abcdef0"}),
        ("HierarchyLevelLimitExceededException", {"Name": "/a" * 16}, {"Name": "/a" * 15}),
        ("ParameterPatternMismatchException", {"AllowedPattern": "^[0-9]+$"}, {"AllowedPattern": "^[a-z]+$"}),
        ("InvalidKeyId", {"Type": "SecureString", "KeyId": "alias/none"}, {"Type": "SecureString"}),
    ],
)
def test_parameters(ssm, code, wrong, right):
    usual = {"Name": "/p", "Value": "v", "Type": "String"}
    refused(code, ssm.put_parameter, **{**usual, **wrong})
    ssm.put_parameter(**{**usual, **right})


def test_parameters_stay_what_they_are(ssm):
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tier="Advanced")
    refused("HierarchyTypeMismatchException", ssm.put_parameter, Name="/p", Value="v", Type="StringList", Overwrite=True)
    refused("ValidationException", ssm.put_parameter, Name="/p", Value="v", Tier="Standard", Overwrite=True)
    ssm.put_parameter(Name="/p", Value="w", Overwrite=True)
    assert ssm.get_parameter(Name="/p")["Parameter"]["Value"] == "w"


def test_a_parameter_without_its_image_never_appears(ssm, simulator):
    image = simulator.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ssm.put_parameter(Name="/image", Value="ami-0123456789abcdef0", **IMAGE_DATA)
    refused("ParameterNotFound", ssm.get_parameter, Name="/image")
    ssm.put_parameter(Name="/image", Value=image, **IMAGE_DATA)
    ssm.put_parameter(Name="/image", Value="ami-0123456789abcdef0", Overwrite=True, **IMAGE_DATA)
    assert ssm.get_parameter(Name="/image")["Parameter"]["Value"] == image


# S3, writes on a condition -----------------------------------------------------------------------------------------------


def test_writes_on_a_condition(simulator: Simulated) -> None:
    """UG s3/conditional-writes.md, s3/conditional-deletes.md: where nothing is, also behind a delete marker, and of what is as it was seen."""
    s3 = simulator.client("s3")
    s3.create_bucket(Bucket="locks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="locks", VersioningConfiguration={"Status": "Enabled"})
    one = {"Bucket": "locks", "Key": "one"}
    first = s3.put_object(**one, Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", s3.put_object, **one, Body=b"2", IfNoneMatch="*")
    refused("NotImplemented", s3.put_object, **one, Body=b"2", IfNoneMatch=first)
    second = s3.put_object(**one, Body=b"2", IfMatch=first)["ETag"]
    refused("PreconditionFailed", s3.put_object, **one, Body=b"3", IfMatch=first)
    refused("PreconditionFailed", s3.delete_object, **one, IfMatch=first)
    s3.delete_object(**one, IfMatch=second)
    refused("NoSuchKey", s3.put_object, **one, Body=b"3", IfMatch=second)
    refused("NoSuchKey", s3.delete_object, **one, IfMatch=second)
    s3.put_object(**one, Body=b"3", IfNoneMatch="*", ExpectedBucketOwner=ACCOUNT)
    refused("AccessDenied", s3.put_object, **one, Body=b"4", ExpectedBucketOwner="210987654321")

# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM enforcement and service quotas."""

from __future__ import annotations

import json
import urllib.error

import pytest
from botocore.exceptions import ClientError

from simulator.policies import allows, conditions_met, trusts

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def code_of(call, **params):
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def assumed(simulator, caller, role_name):
    keys = caller("sts").assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role_name}", RoleSessionName="session")["Credentials"]
    return lambda service: simulator.client(service, "eu-west-1", keys["AccessKeyId"], keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


@pytest.fixture
def enforced(start_simulator):
    return start_simulator("--enforce-iam")


@pytest.fixture
def user(enforced):
    """A user without any permission, as client factory, and root's IAM client."""
    iam = enforced.client("iam", access_key="ROOT")
    iam.create_user(UserName="user")
    key = iam.create_access_key(UserName="user")["AccessKey"]
    return lambda service: enforced.client(service, "eu-west-1", key["AccessKeyId"], key["SecretAccessKey"]), iam


def test_unknown_credentials(enforced):
    assert code_of(enforced.client("ec2", access_key="testing").describe_vpcs) == "AuthFailure"
    assert code_of(enforced.client("kms", access_key="testing").list_keys) == "UnrecognizedClientException"
    assert code_of(enforced.client("iam", access_key="testing").list_roles) == "InvalidClientTokenId"


def test_a_user_may_what_policies_say(user):
    of, iam = user
    assert of("sts").get_caller_identity()["Arn"].endswith(":user/user")
    assert code_of(of("ec2").describe_vpcs) == "UnauthorizedOperation"
    assert code_of(of("kms").list_keys) == "AccessDeniedException"
    statements = [
        {"Effect": "Allow", "Action": ["ec2:Describe*", "s3:*"], "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::keep-*"},
    ]
    iam.put_user_policy(UserName="user", PolicyName="p", PolicyDocument=policy(*statements))
    assert code_of(of("ec2").describe_vpcs) == "ok"
    assert code_of(of("ec2").create_vpc, CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
    assert code_of(of("kms").list_keys) == "AccessDeniedException"
    for bucket, code in (("keep-this", "AccessDenied"), ("drop-this", "ok")):
        of("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert code_of(of("s3").delete_bucket, Bucket=bucket) == code


def test_a_role_needs_trust_and_stays_within_its_boundary(enforced, user):
    of, iam = user
    iam.put_user_policy(UserName="user", PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}))
    for name, principal in (("ours", "arn:aws:iam::123456789012:user/user"), ("theirs", "arn:aws:iam::222233334444:root")):
        trust = policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(ALLOW_ALL))
    assert code_of(of("sts").assume_role, RoleArn="arn:aws:iam::123456789012:role/theirs", RoleSessionName="session") == "AccessDenied"
    role = assumed(enforced, of, "ours")
    for service, method in (("ec2", "describe_vpcs"), ("route53", "list_hosted_zones"), ("backup", "list_backup_vaults"), ("rds", "describe_db_instances")):
        assert code_of(getattr(role(service), method)) == "ok"
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=policy({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="ours", PermissionsBoundary=boundary)
    assert code_of(role("ec2").describe_vpcs) == "ok"
    assert code_of(role("rds").describe_db_instances) == "AccessDenied"


def test_a_tls_only_bucket_can_be_used(simulator):
    s3 = simulator.client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    both = ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="tls-only", Policy=policy(deny))
    s3.put_object(Bucket="tls-only", Key="k", Body=b"content")
    assert s3.get_object(Bucket="tls-only", Key="k")["Body"].read() == b"content"
    del deny["Condition"]
    s3.put_bucket_policy(Bucket="tls-only", Policy=policy(deny))
    assert code_of(s3.get_object, Bucket="tls-only", Key="k") != "ok"


@pytest.mark.parametrize(
    ("effect", "condition", "keys", "met"),
    [
        ("Allow", {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}, {"aws:RequestedRegion": ["eu-west-2"]}, True),
        ("Allow", {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, {"aws:RequestedRegion": ["eu-west-1"]}, False),
        ("Allow", {"StringLike": {"aws:requestedregion": "eu-*"}}, {"aws:RequestedRegion": ["eu-west-1"]}, True),
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}}, {}, False),
        ("Deny", {"Bool": {"aws:SecureTransport": False}}, {}, False),
        ("Allow", {"Bool": {"aws:SecureTransport": "true"}}, {}, True),
        ("Allow", {"StringEquals": {"aws:ResourceTag/Project": "x"}}, {}, True),
        ("Deny", {"StringEquals": {"aws:ResourceTag/Project": "x"}}, {}, False),
        ("Deny", {"StringEqualsIfExists": {"aws:ResourceTag/Project": "x"}}, {}, True),
        ("Allow", {"Null": {"aws:RequestedRegion": "true"}}, {"aws:RequestedRegion": ["eu-west-1"]}, False),
        ("Allow", {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, False),
        ("Allow", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, True),
    ],
)
def test_conditions(effect, condition, keys, met):
    assert conditions_met({"Effect": effect, "Condition": condition}, keys) is met


def test_statements():
    deny_others = {"Effect": "Deny", "NotAction": ["ec2:*"], "Resource": "*"}
    assert allows([policy(ALLOW_ALL)], "rds:CreateDBInstance", None, {})
    assert not allows([policy(ALLOW_ALL, deny_others)], "rds:CreateDBInstance", None, {})
    assert allows([policy(ALLOW_ALL, deny_others)], "ec2:RunInstances", None, {})
    assert not allows([policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"})], "s3:GetObject", ["arn:aws:s3:::b/k"], {})
    assert not allows([], "s3:GetObject", None, {})
    assert trusts(policy({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}), {"anyone"})
    assert not trusts(policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}), {"anyone"})


def test_quotas(simulator):
    quotas = simulator.client("service-quotas")
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5.0
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")["Quota"]["QuotaName"].startswith("Running On-Demand Standard")
    assert len(quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]) > 10
    simulator.door("quota", {"service": "vpc", "code": "L-F678F1CE", "value": 7, "region": "eu-west-1"})
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 7.0
    assert quotas.get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5.0
    elsewhere = simulator.client("service-quotas", "us-east-1")
    assert elsewhere.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5.0
    simulator.reset()
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5.0
    assert code_of(quotas.get_service_quota, ServiceCode="vpc", QuotaCode="L-00000000") == "NoSuchResourceException"
    with pytest.raises(urllib.error.HTTPError):
        simulator.door("quota", {"service": "vpc", "code": "L-F678F1CE", "value": 7})

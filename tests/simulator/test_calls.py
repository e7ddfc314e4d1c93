# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of a call: what is recognised, journalled, refused and left undone, on every wire protocol."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

from simulator.journal import is_mutating

# One read and one write per wire protocol: (service, method, parameters, operation, mutating).
CALLS = [
    ("ec2", "describe_vpcs", {}, "DescribeVpcs", False),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, "CreateVpc", True),
    ("iam", "list_roles", {}, "ListRoles", False),
    ("sns", "create_topic", {"Name": "topic"}, "CreateTopic", True),
    ("cloudwatch", "describe_alarms", {}, "DescribeAlarms", False),
    ("kms", "create_key", {"Description": "key"}, "CreateKey", True),
    ("secretsmanager", "get_random_password", {}, "GetRandomPassword", False),
    ("backup", "create_backup_vault", {"BackupVaultName": "vault"}, "CreateBackupVault", True),
    ("route53", "list_hosted_zones", {}, "ListHostedZones", False),
    ("cloudfront", "list_distributions", {}, "ListDistributions", False),
    ("s3", "list_buckets", {}, "ListBuckets", False),
    (
        "s3",
        "create_bucket",
        {"Bucket": "a-bucket-of-ours", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
        "CreateBucket",
        True,
    ),
    ("sts", "get_caller_identity", {}, "GetCallerIdentity", False),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session"}, "AssumeRole", False),
]


def error_of(call, **params):
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


@pytest.mark.parametrize(("service", "method", "params", "operation", "mutating"), CALLS, ids=[f"{c[0]}-{c[3]}" for c in CALLS])
def test_journal_line(simulator: Simulated, service, method, params, operation, mutating):
    getattr(simulator.client(service), method)(**params)
    line = json.loads(simulator.journal.read_text().splitlines()[-1])
    assert (line["service"], line["operation"], line["mutating"]) == (service, operation, mutating)
    assert (line["region"], line["account"], line["principal"]) == ("eu-west-1", "123456789012", "testing")
    assert (line["status"], line["error"]) == (200, None)
    assert line["time"].endswith("Z")
    assert line["duration_ms"] > 0
    assert line["request_id"]


def test_the_journal_names_the_bucket(simulator: Simulated):
    """As CloudTrail does: so a run's own calls, which keep its lock and its record, are told from those that change the site."""
    simulator.client("s3", "us-east-1").create_bucket(Bucket="a-bucket-of-ours")
    error_of(simulator.client("s3").get_object, Bucket="a-bucket-of-nobody", Key="k")
    simulator.client("sts").get_caller_identity()
    assert [call.get("bucket") for call in simulator.calls()] == ["a-bucket-of-ours", "a-bucket-of-nobody", None]


def test_journal_holds_no_secrets(simulator: Simulated):
    canary = "canary-8f2a17"
    simulator.client("secretsmanager").create_secret(Name="name", SecretString=canary)
    simulator.client("ssm").put_parameter(Name="/p", Value=canary, Type="SecureString")
    error_of(simulator.client("rds").create_db_instance, DBInstanceIdentifier="-", Engine="mysql", DBInstanceClass="c", MasterUserPassword=canary)
    assert canary not in simulator.journal.read_text()
    assert canary not in json.dumps(simulator.door("journal"))


def test_refused_calls_are_journalled_with_their_code(simulator: Simulated):
    error_of(simulator.client("iam").get_role, RoleName="nobody")
    assert [(call["operation"], call["status"], call["error"]) for call in simulator.calls()] == [("GetRole", 404, "NoSuchEntity")]


def test_assumed_roles_are_named(simulator: Simulated):
    role = simulator.client("sts").assume_role(RoleArn="arn:aws:iam::222233334444:role/operator", RoleSessionName="session")
    keys = role["Credentials"]
    other = simulator.client("ec2", "eu-west-1", keys["AccessKeyId"], keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    other.describe_vpcs()
    line = simulator.calls()[-1]
    assert (line["account"], line["principal"]) == ("222233334444", "arn:aws:sts::222233334444:assumed-role/operator/session")


def test_identity_is_the_documented_account(simulator: Simulated):
    assert simulator.client("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize(
    ("service", "operation", "params", "mutating"),
    [
        ("s3", "HeadObject", {}, False),
        ("elasticache", "TestFailover", {}, True),
        ("kms", "Decrypt", {}, False),
        ("ec2", "RunInstances", {"DryRun": True}, False),
        ("ec2", "RunInstances", {"DryRun": False}, True),
        ("ec2", "GetPasswordData", {}, False),
        ("autoscaling", "SetDesiredCapacity", {}, True),
        ("logs", "TestMetricFilter", {}, False),
        ("cloudfront", "ListenToNothing", {}, True),
    ],
)
def test_what_counts_as_mutating(service, operation, params, mutating):
    assert is_mutating(service, operation, params) is mutating


@pytest.mark.parametrize(
    ("service", "method", "params"),
    [
        ("xray", "get_groups", {}),
        ("ec2", "describe_fast_launch_images", {}),
        ("s3", "put_bucket_metrics_configuration", {"Bucket": "b", "Id": "i", "MetricsConfiguration": {"Id": "i"}}),
        ("braket", "search_devices", {"filters": []}),
        ("appstream", "describe_fleets", {}),
    ],
)
def test_what_nobody_implements_is_501_and_listed(simulator: Simulated, service, method, params):
    client = simulator.client(service)
    with pytest.raises(ClientError) as raised:
        getattr(client, method)(**params)
    operation = client.meta.method_to_api_mapping[method]
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert [(entry["service"], entry["operation"]) for entry in simulator.door("unimplemented")] == [(service, operation)]
    assert simulator.calls()[-1]["status"] == 501


def test_an_unimplemented_s3_operation_is_no_other_one(simulator: Simulated):
    error_of(simulator.client("s3").put_bucket_metrics_configuration, Bucket="never-made", Id="i", MetricsConfiguration={"Id": "i"})
    assert simulator.client("s3").list_buckets()["Buckets"] == []


def test_hollow_cloudformation_types_are_refused_before_the_stack_exists(simulator: Simulated):
    cloudformation = simulator.client("cloudformation")
    hollow = json.dumps({"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm"}}})
    solid = json.dumps({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}})
    code, message = error_of(cloudformation.create_stack, StackName="stack", TemplateBody=hollow)
    assert code == "NotImplemented"
    assert "AWS::CloudWatch::Alarm" in message
    assert cloudformation.describe_stacks()["Stacks"] == []
    cloudformation.create_stack(StackName="stack", TemplateBody=solid)
    error_of(cloudformation.update_stack, StackName="stack", TemplateBody=hollow)
    assert "AWS::S3::Bucket" in json.dumps(cloudformation.get_template(StackName="stack")["TemplateBody"])


@pytest.mark.parametrize(
    ("key", "service", "method", "code"),
    [
        ("EXPIRED", "sts", "get_caller_identity", "ExpiredToken"),
        ("EXPIRED", "kms", "list_keys", "ExpiredTokenException"),
        ("EXPIRED", "ec2", "describe_vpcs", "RequestExpired"),
        ("INVALID", "sts", "get_caller_identity", "InvalidClientTokenId"),
        ("INVALID", "s3", "list_buckets", "InvalidAccessKeyId"),
        ("INVALID", "backup", "list_backup_vaults", "UnrecognizedClientException"),
    ],
)
def test_bad_credentials(simulator: Simulated, key, service, method, code):
    assert error_of(getattr(simulator.client(service, "eu-west-1", key), method))[0] == code


def test_reset_empties_everything(simulator: Simulated):
    simulator.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")
    error_of(simulator.client("xray").get_groups)
    simulator.reset()
    assert [vpc["IsDefault"] for vpc in simulator.client("ec2").describe_vpcs()["Vpcs"]] == [True]
    assert simulator.door("unimplemented") == []
    assert len(simulator.calls()) == 1


def test_health(simulator: Simulated):
    health = simulator.door("health")
    assert health["status"] == "ok"
    assert health["pid"] > 0
    assert health["uptime"] > 0
    assert health["version"]


def test_one_connection_serves_many_calls(simulator: Simulated):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    connection.connect()
    local = connection.sock.getsockname()
    for _ in range(3):
        connection.request("GET", "/_simulator/health")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        assert connection.sock.getsockname() == local
    connection.close()


def test_many_threads_lose_nothing(simulator: Simulated):
    ec2 = simulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24"), range(24)))
    shown = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert {subnet["SubnetId"] for subnet in shown} == {subnet["Subnet"]["SubnetId"] for subnet in made}
    assert len(shown) == 24


def test_objects_survive_names_and_bytes(simulator: Simulated):
    s3 = simulator.client("s3")
    s3.create_bucket(Bucket="odd-names", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    content = bytes(range(256)) * 500
    s3.put_object(Bucket="odd-names", Key="a folder/ä+b%.bin", Body=content, Metadata={"with_underscore": "kept"})
    got = s3.get_object(Bucket="odd-names", Key="a folder/ä+b%.bin")
    assert got["Body"].read() == content
    assert got["Metadata"] == {"with_underscore": "kept"}
    head = s3.head_object(Bucket="odd-names", Key="a folder/ä+b%.bin")
    assert head["ContentLength"] == len(content)
    assert error_of(s3.head_object, Bucket="odd-names", Key="nothing")[0] == "404"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests are checked against the services' own models, in each service's words."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

from simulator.validation import LAXER_THAN_MODEL, compiled

TRUST = '{"Version": "2012-10-17", "Statement": []}'

# (service, method, parameters, code, part of the message)
REFUSED = [
    ("iam", "create_role", {"RoleName": "no spaces", "AssumeRolePolicyDocument": TRUST}, "ValidationError", "'roleName'"),
    ("iam", "create_role", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": TRUST}, "ValidationError", "less than or equal to 64"),
    ("iam", "create_role", {"AssumeRolePolicyDocument": TRUST}, "ValidationError", "Value null at 'roleName'"),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": "", "Value": ""}]}, "ValidationError", "tags.1.member.key"),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "shared"}, "InvalidParameterValue", "enum"),
    ("ec2", "create_subnet", {"CidrBlock": "10.0.0.0/24"}, "MissingParameter", "vpcId"),
    ("elbv2", "create_load_balancer", {"Name": "n", "Scheme": "public"}, "ValidationError", "[internal, internet-facing]"),
    ("rds", "create_db_instance", {"Engine": "mysql", "DBInstanceClass": "db.t3.micro"}, "MissingParameter", "dBInstanceIdentifier"),
    ("kms", "create_key", {"KeyUsage": "EVERYTHING"}, "ValidationException", "keyUsage"),
    ("kms", "create_key", {"Description": "d" * 8193}, "ValidationException", "8192"),
    ("logs", "create_log_group", {"logGroupName": "no spaces"}, "InvalidParameterException", "logGroupName"),
    ("cloudwatch", "put_metric_alarm", {"AlarmName": "a", "EvaluationPeriods": 0, "ComparisonOperator": "x"}, "ValidationError", "2 validation errors"),
    ("backup", "create_backup_vault", {"BackupVaultName": "no spaces"}, "InvalidParameterValueException", "pattern"),
    ("wafv2", "list_web_acls", {"Scope": "GLOBAL"}, "ValidationException", "[CLOUDFRONT, REGIONAL]"),
    ("route53", "list_hosted_zones_by_vpc", {"VPCId": "v", "VPCRegion": "mars-north-1"}, "InvalidInput", "enum"),
    ("s3", "put_bucket_versioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "On"}}, "MalformedXML", "[Enabled, Suspended]"),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "StorageClass": "COLD"}, "InvalidArgument", "storageClass"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "method", "params", "code", "words"), REFUSED, ids=[f"{c[0]}-{c[1]}-{c[3]}" for c in REFUSED])
def test_refused(simulator: Simulated, service, method, params, code, words):
    with pytest.raises(ClientError) as raised:
        getattr(simulator.client(service), method)(**params)
    assert raised.value.response["Error"]["Code"] == code
    assert words in raised.value.response["Error"]["Message"]
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_secrets_are_not_repeated(simulator: Simulated):
    with pytest.raises(ClientError) as raised:
        simulator.client("secretsmanager").create_secret(Name="n", SecretString="s3cr3t" * 20000)
    assert "s3cr3t" not in str(raised.value)


def test_unicode_properties_and_javas_habits():
    assert compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*").fullmatch("Größe 1:@")
    assert not compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*").fullmatch("a\n")
    assert compiled(r"^([\p{L}]+)$").fullmatch("日本")
    assert not compiled(r"\w+").fullmatch("ä")
    assert compiled(r"[\w-/]+").fullmatch("a-b/c")
    assert compiled("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF]*").fullmatch("a😀")
    assert compiled(r"\p{ASCII}+").fullmatch("abc")
    assert not compiled(r"^(?![^:\\]*/action/|(?i).*<script>.*</script>.*)[^:\\]+$").fullmatch("a/action/b")


def test_every_pattern_of_the_services_in_use_compiles():
    from moto.core.utils import get_service_model

    for service in ("acm", "autoscaling", "backup", "budgets", "ce", "cloudfront", "cloudwatch", "ec2", "elasticache", "elbv2", "events", "iam",
                    "kms", "logs", "rds", "route53", "s3", "s3control", "secretsmanager", "sns", "ssm", "sts", "wafv2"):  # fmt: skip
        for shape in get_service_model(service)._service_description["shapes"].values():
            if "pattern" in shape:
                assert isinstance(compiled(shape["pattern"]), re.Pattern)


def test_exceptions_name_shapes_that_exist():
    from moto.core.utils import get_service_model

    for (service, shape), (constraints, reason) in LAXER_THAN_MODEL.items():
        assert shape in get_service_model(service).shape_names
        assert constraints
        assert reason

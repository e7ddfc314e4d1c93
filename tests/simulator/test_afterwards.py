# SPDX-License-Identifier: GPL-3.0-or-later
"""What lasts for a moment after a call, under --latency aws."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated


@pytest.fixture
def slow(start_simulator: Callable[..., Simulated]) -> Simulated:
    return start_simulator("--latency", "aws", "--time-scale", "20")


def eventually(code: str, call: Callable[..., Any], **params: Any) -> Any:
    """Refused with this code at first, accepted within some seconds."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code
    for _ in range(100):
        try:
            return call(**params)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code
            time.sleep(0.1)
    raise AssertionError(f"{code} for ever")


def test_the_name_of_a_bucket(slow):
    s3 = slow.client("s3")
    bucket = {"Bucket": "one-bucket", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(**bucket)
    s3.delete_bucket(Bucket="one-bucket")
    eventually("OperationAborted", s3.create_bucket, **bucket)


def test_the_name_of_a_secret(slow):
    secrets = slow.client("secretsmanager")
    secrets.create_secret(Name="token", SecretString="made up")
    secrets.delete_secret(SecretId="token", ForceDeleteWithoutRecovery=True)
    eventually("InvalidRequestException", secrets.create_secret, Name="token", SecretString="made up")


def test_a_parameter_with_an_image(slow):
    ssm = slow.client("ssm")
    image = slow.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ssm.put_parameter(Name="/a/image", Value=image, Type="String", DataType="aws:ec2:image")
    assert ssm.get_parameters(Names=["/a/image"])["InvalidParameters"] == ["/a/image"]
    assert ssm.describe_parameters()["Parameters"] == []
    assert eventually("ParameterNotFound", ssm.get_parameter, Name="/a/image")["Parameter"]["Value"] == image


def test_nothing_lasts_without_latency(simulator):
    secrets = simulator.client("secretsmanager")
    for _ in range(2):
        secrets.create_secret(Name="token", SecretString="made up")
        secrets.delete_secret(SecretId="token", ForceDeleteWithoutRecovery=True)

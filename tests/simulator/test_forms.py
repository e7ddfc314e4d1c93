# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms by which browsers and apps put objects into a bucket, as whoever signed the form."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from simulated import Simulated

sys.path.append(str(Path(__file__).parents[2] / "apps" / "mobile_client"))

from client.web import ask, form

BUCKET = "acme-dev-media"
KEY = "media/ann/one"


def signer(simulator: Simulated, key: str = "made-up-key-id", secret: str = "made-up-secret-key") -> Any:
    """boto3 signs forms by the older version where nothing else is said."""
    return boto3.client(
        "s3", "eu-west-1", endpoint_url=simulator.endpoint, aws_access_key_id=key, aws_secret_access_key=secret, config=Config(signature_version="s3v4")
    )


def send(signed: dict[str, Any], content: bytes) -> tuple[int, str]:
    """As an app does."""
    kind, body = form(signed["fields"], "one", "image/png", content)
    answer = ask("POST", signed["url"], {"Content-Type": kind}, body)
    return answer.status, answer.body.decode()


@pytest.fixture
def signed(simulator: Simulated) -> Any:
    """A form for eight bytes of PNG, good for a minute, and the client that made it."""
    simulator.client("s3", "eu-west-1").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def make(seconds: int = 60) -> dict[str, Any]:
        conditions = [{"Content-Type": "image/png"}, ["content-length-range", 8, 8]]
        fields = {"Content-Type": "image/png"}
        return dict(signer(simulator).generate_presigned_post(BUCKET, KEY, Fields=fields, Conditions=conditions, ExpiresIn=seconds))

    return make


def test_what_the_form_says_is_there(simulator: Simulated, signed: Any) -> None:
    assert send(signed(), b"12345678") == (204, "")
    held = simulator.client("s3", "eu-west-1").get_object(Bucket=BUCKET, Key=KEY)
    assert (held["ContentType"], held["Body"].read()) == ("image/png", b"12345678")
    assert simulator.calls()[-2]["operation"] == "PutObject"


@pytest.mark.parametrize(
    ("change", "content", "said"),
    [
        ({}, b"123", (400, "EntityTooSmall")),
        ({}, b"123456789", (400, "EntityTooLarge")),
        ({"Content-Type": "text/html"}, b"12345678", (403, "Policy Condition failed")),
        ({"key": "media/bob/one"}, b"12345678", (403, "Policy Condition failed")),
        ({"acl": "public-read"}, b"12345678", (403, "Extra input fields: acl")),
    ],
    ids=["too small", "too large", "another type", "another key", "one field more"],
)
def test_nothing_else_is_taken(simulator: Simulated, signed: Any, change: dict[str, str], content: bytes, said: tuple[int, str]) -> None:
    given = signed()
    status, body = send({**given, "fields": given["fields"] | change}, content)
    assert status == said[0] and said[1] in body, body
    assert "Contents" not in simulator.client("s3", "eu-west-1").list_objects_v2(Bucket=BUCKET)


def test_a_form_that_has_ended(simulator: Simulated, signed: Any) -> None:
    status, body = send(signed(seconds=-5), b"12345678")
    assert status == 403 and "Policy expired" in body


def test_a_form_that_was_changed(simulator: Simulated, signed: Any) -> None:
    """A form that was made wider has no good signature any more."""
    iam = simulator.client("iam", "us-east-1")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    given = signer(simulator, key["AccessKeyId"], key["SecretAccessKey"]).generate_presigned_post(BUCKET, KEY)
    assert send(given, b"12345678")[0] == 204
    policy = json.loads(base64.b64decode(given["fields"]["policy"]))
    wider = base64.b64encode(json.dumps({**policy, "conditions": [["starts-with", "$key", ""], *policy["conditions"]]}).encode()).decode()
    status, body = send({**given, "fields": given["fields"] | {"policy": wider}}, b"12345678")
    assert status == 403 and "SignatureDoesNotMatch" in body


def test_a_form_for_a_bucket_that_is_not_there(simulator: Simulated, signed: Any) -> None:
    given = signed()
    where = urllib.parse.urlsplit(given["url"])._replace(path="/nobodys-bucket").geturl()
    assert send({**given, "url": where}, b"12345678")[0] in (403, 404)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the instance metadata service refuses what EC2 refuses."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from ansible_collections.groundswell.aws.plugins.plugin_utils.metadata_service import MetadataService, instance

MAC = "02:00:00:00:00:01"


@pytest.fixture
def service() -> Iterator[MetadataService]:
    """On a free port."""
    service = MetadataService(("127.0.0.1", 0), instance("eu-central-1", "x86_64", MAC, "169.254.169.10"), "#cloud-config\n")
    yield service
    service.close()


def ask(service: MetadataService, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{service.address[1]}{path}", method=method, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token(service: MetadataService, seconds: str = "60") -> str:
    """A session token."""
    status, text = ask(service, "/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=seconds)
    assert status == 200
    return text


def test_nothing_without_a_token(service: MetadataService) -> None:
    """What asked in vain is remembered."""
    assert ask(service, "/latest/meta-data/instance-id") == (401, "")
    assert ask(service, "/latest/meta-data/instance-id", X_aws_ec2_metadata_token="made-up") == (401, "")
    assert [request["path"] for request in service.refused] == ["/latest/meta-data/instance-id"] * 2
    assert service.asked == []


def test_with_a_token(service: MetadataService) -> None:
    """Values, names of what is below, user data, under any version's name."""
    held = token(service)
    assert ask(service, "/latest/meta-data/placement/region", X_aws_ec2_metadata_token=held) == (200, "eu-central-1")
    assert ask(service, "/2021-03-23/meta-data/placement/", X_aws_ec2_metadata_token=held) == (200, "availability-zone\nregion")
    assert ask(service, "/latest/meta-data/network/interfaces/macs/", X_aws_ec2_metadata_token=held) == (200, f"{MAC}/")
    assert ask(service, "/latest/user-data", X_aws_ec2_metadata_token=held) == (200, "#cloud-config\n")
    assert ask(service, "/latest/meta-data/public-keys/", X_aws_ec2_metadata_token=held) == (404, "")


@pytest.mark.parametrize("seconds", ["", "0", "21601", "many"])
def test_token_with_a_wrong_lifetime(service: MetadataService, seconds: str) -> None:
    """One second to six hours."""
    assert ask(service, "/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=seconds)[0] == 400


def test_token_through_a_proxy(service: MetadataService) -> None:
    """EC2 gives none."""
    assert ask(service, "/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60", X_Forwarded_For="10.0.0.1")[0] == 403


def test_token_that_has_expired(service: MetadataService) -> None:
    """Is none any more."""
    held = token(service, "1")
    service.tokens[held] -= 2
    assert ask(service, "/latest/meta-data/instance-id", X_aws_ec2_metadata_token=held)[0] == 401

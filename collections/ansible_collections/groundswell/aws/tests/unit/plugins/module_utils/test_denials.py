# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 wraps up is said in words."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.groundswell.aws.plugins.module_utils.denials import explained
from botocore.exceptions import ClientError

ARN = "arn:aws:ec2:eu-west-1:123456789012:vpc/*"


class Sts:
    """Decodes, or may not."""

    def __init__(self, decoded: dict[str, Any] | None) -> None:
        self.decoded = decoded

    def decode_authorization_message(self, EncodedMessage: str) -> dict[str, str]:
        assert EncodedMessage == "4nC0d3d"
        if self.decoded is None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DecodeAuthorizationMessage")
        return {"DecodedMessage": json.dumps(self.decoded)}


def refused(message: str, code: str = "UnauthorizedOperation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateVpc")


ENCODED = refused("You are not authorized to perform this operation. Encoded authorization failure message: 4nC0d3d")


def test_what_is_missing_is_said() -> None:
    decoded = {"allowed": False, "explicitDeny": False, "context": {"action": "ec2:CreateVpc", "resource": ARN}}
    message = explained(ENCODED, lambda: Sts(decoded))
    assert f"not authorized to perform: ec2:CreateVpc on resource: {ARN} because no policy allows" in message
    assert "4nC0d3d" not in message
    assert "explicit deny" in explained(ENCODED, lambda: Sts({**decoded, "explicitDeny": True}))


def test_who_may_not_decode_is_told_so() -> None:
    assert "sts:DecodeAuthorizationMessage" in explained(ENCODED, lambda: Sts(None))


def test_others_stay_as_they_are() -> None:
    error = refused("User: x is not authorized to perform: rds:CreateDBInstance", "AccessDenied")
    assert explained(error, lambda: Sts(None)) == str(error)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls, and may they? Test doors for bad credentials, and moto's IAM when it is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from simulator.moto_bridge import ACCOUNT
from simulator.registry import Refused
from simulator.request import Call

if TYPE_CHECKING:
    from simulator.api import Simulator
    from simulator.context import Context

# Any credentials are good, but these access key ids are answered as AWS answers expired and unknown ones: so error paths can be tried.
EXPIRED_KEY = "EXPIRED"
INVALID_KEY = "INVALID"

_EXPIRED_CODES = {"ec2": "RequestExpired", "json": "ExpiredTokenException", "rest-json": "ExpiredTokenException"}
_INVALID_CODES = {"ec2": "AuthFailure", "json": "UnrecognizedClientException", "rest-json": "UnrecognizedClientException"}


def refuse_test_doors(call: Call) -> None:
    """Refuse the two documented bad access keys, with the code that the protocol uses."""
    if call.access_key == EXPIRED_KEY:
        raise Refused(
            _EXPIRED_CODES.get(call.protocol, "ExpiredToken"),
            "The security token included in the request is expired",
            400 if call.service == "s3" else 403,
        )
    if call.access_key == INVALID_KEY:
        code = "InvalidAccessKeyId" if call.service == "s3" else _INVALID_CODES.get(call.protocol, "InvalidClientTokenId")
        raise Refused(code, "The security token included in the request is invalid.", 401 if code == "AuthFailure" else 403)


def account_and_principal(simulator: Simulator, call: Call) -> tuple[str, str]:
    """The account a call acts in, and who makes it: the ARN of a known user or assumed role, else the access key id."""
    if "X-Moto-Account-Id" in call.request.headers:
        return call.request.headers["X-Moto-Account-Id"], call.access_key
    key = call.access_key
    with simulator.lock:
        for account in list(iam_backends):
            for role in sts_backends[account]["aws"].assumed_roles:
                if role.access_key_id == key:
                    return account, role.arn
            known = iam_backends[account]["aws"].access_keys.get(key)
            if known is not None:
                return account, f"arn:aws:iam::{account}:user/{known.user_name}"
    return ACCOUNT, key or "anonymous"


def authorize(context: Context) -> None:
    """Ask moto's IAM."""
    raise NotImplementedError

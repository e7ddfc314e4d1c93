# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms by which browsers and apps put objects into buckets of S3 (API s3:RESTObjectPOST), which no model of botocore's has.

What a form says is held against the policy that was signed with it (API s3:sigv4-HTTPPOSTConstructPolicy). Then it is a PutObject of whoever signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from simulator.access import whose
from simulator.answer import Answer
from simulator.api import Simulator
from simulator.registry import Refused, shows
from simulator.request import Request

# Fields that the policy need not speak of (API s3:sigv4-HTTPPOSTConstructPolicy).
_FREE = {"file", "policy", "x-amz-signature", "x-amz-checksum-sha256", "awsaccesskeyid", "signature"}
# Fields that go on as headers of the object.
_HEADERS = ("content-type", "content-disposition", "content-encoding", "cache-control", "expires", "tagging")


def answer(simulator: Simulator, request: Request) -> Answer | None:
    """The answer to a form for S3; None where a request is none."""
    if request.method != "POST" or not (request.content_type or "").startswith("multipart/form-data") or "policy" not in request.form:
        return None
    fields = {name.lower(): value for name, value in request.form.items()}
    upload = request.files.get("file")
    content = upload.read() if upload is not None else fields.pop("file", "").encode()
    bucket, host = request.path.strip("/"), request.host
    if not bucket and ".s3" in host:
        bucket = host.partition(".s3")[0]
    try:
        _judge(simulator, fields, bucket, content)
    except Refused as refused:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>'
        return Answer(refused.status or 400, {"Content-Type": "application/xml"}, text.encode())
    key = fields["key"].replace("${filename}", (upload.filename if upload is not None else None) or "")
    put = simulator.handle(_put(host, bucket, key, fields, content))
    if put.failed:
        return put
    # UG s3: 204 unless the form asks for 200 or 201.
    asked = fields.get("success_action_status", "204")
    headers = {name: value for name, value in put.headers.items() if name.lower() in ("etag", "x-amz-version-id", "x-amz-request-id")}
    return Answer(int(asked) if asked in ("200", "201") else 204, {**headers, "Location": f"http://{host}/{bucket}/{quote(key)}"})


def _put(host: str, bucket: str, key: str, fields: dict[str, str], content: bytes) -> Request:
    headers = {name: value for name, value in fields.items() if name in _HEADERS or name.startswith(("x-amz-meta-", "x-amz-server-side-encryption"))}
    headers |= {"X-Amz-Acl": fields["acl"]} if "acl" in fields else {}
    if "x-amz-security-token" in fields:
        headers["X-Amz-Security-Token"] = fields["x-amz-security-token"]
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={fields['x-amz-credential']}, SignedHeaders=host, Signature=0"
    headers["Content-Length"] = str(len(content))
    return Request.from_primitives("PUT", f"http://{host}/{bucket}/{quote(key)}", headers, content)  # type: ignore[return-value]


@shows("R-S3-34")
def _judge(simulator: Simulator, fields: dict[str, str], bucket: str, content: bytes) -> None:
    """Raises Refused where the signature or the policy does not go with the form."""
    missing = [name for name in ("key", "x-amz-credential", "x-amz-signature") if name not in fields]
    if missing:
        raise Refused("InvalidArgument", f"Bucket POST must contain a field named '{missing[0]}'.", 400)
    # The signatures of keys that no account has given out are taken for granted.
    signer = whose(simulator, fields["x-amz-credential"].partition("/")[0])
    if signer and not hmac.compare_digest(_signature(signer.secret, fields["x-amz-credential"], fields["policy"]), fields["x-amz-signature"]):
        raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", 403)
    try:
        policy = json.loads(base64.b64decode(fields["policy"]))
        ends = datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00"))
        conditions = list(_flat(policy["conditions"]))
    except (ValueError, KeyError, TypeError) as problem:
        raise Refused("InvalidPolicyDocument", "The content of the form does not meet the conditions specified in the policy document.", 400) from problem
    if datetime.fromtimestamp(simulator.clock(), UTC) > ends:
        raise Refused("AccessDenied", "Invalid according to Policy: Policy expired.", 403)
    values = {**fields, "bucket": bucket}
    for kind, name, wanted in conditions:
        if kind == "content-length-range":
            if len(content) < int(name):
                raise Refused("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
            if len(content) > int(wanted):
                raise Refused("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
        elif not (values.get(name, "") == wanted if kind == "eq" else values.get(name, "").startswith(wanted)):
            raise Refused("AccessDenied", f'Invalid according to Policy: Policy Condition failed: ["{kind}", "${name}", "{wanted}"]', 403)
    extra = [name for name in fields if name not in _FREE | {condition[1] for condition in conditions} and not name.startswith("x-ignore-")]
    if extra:
        raise Refused("AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(extra)}", 403)


def _flat(conditions: list[Any]) -> Any:
    """(kind, field, value) of each condition: {"acl": "private"} is an equality."""
    for one in conditions:
        if isinstance(one, dict):
            yield from (("eq", name.lower(), str(value)) for name, value in one.items())
        else:
            kind, name, value = one
            yield str(kind).lower(), str(name).removeprefix("$").lower(), str(value)


def _signature(secret: str, credential: str, policy: str) -> str:
    """API s3:sigv4-authentication-HTTPPOST: the policy as it stands in the form is what is signed."""
    key = f"AWS4{secret}".encode()
    for word in credential.split("/")[1:]:
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures go from the browser straight into the bucket, with a form that S3 accepts once filled in as we say."""

import functools
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import get_session

from app.settings import SETTINGS

TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
LARGEST, SECONDS = 8 * 1024 * 1024, 300
KEY = re.compile(rf"media/[0-9a-f]{{32}}\.(?:{'|'.join(TYPES.values())})")


@functools.cache
def _credentials() -> Credentials:
    """Those of the instance's role, which botocore renews before they end."""
    found = get_session().get_credentials()
    if found is None:
        raise LookupError("the instance has no credentials")
    return found


def form(content_type: str) -> dict[str, Any]:
    bucket, region, endpoint = SETTINGS.get("buckets_uploads"), SETTINGS.get("region"), SETTINGS.get("buckets_endpoint")
    if not bucket:
        raise LookupError("the server has not been told where pictures go")
    # Where CloudFront shows them.
    key = f"media/{secrets.token_hex(16)}.{TYPES[content_type]}"
    url = f"{endpoint}/{bucket}" if endpoint else f"https://{bucket}.s3.{region}.amazonaws.com/"
    return {"url": url, "fields": signed(bucket, key, content_type, region, _credentials()), "key": key}


def signed(bucket: str, key: str, content_type: str, region: str, credentials: Credentials) -> dict[str, str]:
    """The fields of a form, signed with Signature Version 4."""
    fields = {"key": key, "Content-Type": content_type}
    ends = datetime.now(UTC) + timedelta(seconds=SECONDS)
    policy = {
        "expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [{"bucket": bucket}, ["content-length-range", 1, LARGEST], *({name: value} for name, value in fields.items())],
    }
    request = AWSRequest("POST", f"https://{bucket}.s3.{region}.amazonaws.com/")
    request.context["s3-presign-post-fields"], request.context["s3-presign-post-policy"] = fields, policy
    S3SigV4PostAuth(credentials, "s3", region).add_auth(request)
    return fields


def is_key(key: str) -> bool:
    return bool(KEY.fullmatch(key))

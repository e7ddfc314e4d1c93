# SPDX-License-Identifier: GPL-3.0-or-later
"""What else of AWS is asked: places for media, devices, events. Clients are made when they are first needed, and kept as long as the process lives."""

import json
import os
from functools import cache
from typing import Any

from .repository import Repository

UPLOAD_SECONDS = 300
MOST_MEDIA_BYTES = 20 * 1024 * 1024
PLATFORMS = {"fcm": "FCM_APPLICATION_ARN", "apns": "APNS_APPLICATION_ARN"}
# The device is gone, its user has withdrawn their consent, or its token is none any more.
_DEAD = ("EndpointDisabled", "EndpointDisabledException", "NotFound", "NotFoundException")


@cache
def client(service: str) -> Any:
    """boto3's client. Few tries and short waits: the caller waits too."""
    import boto3
    from botocore.config import Config

    signature = {"signature_version": "s3v4"} if service == "s3" else {}
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"}, **signature)
    return boto3.client(service, config=config)


@cache
def repository() -> Repository:
    """The table that the surroundings name."""
    return Repository(client("dynamodb"), os.environ["TABLE_NAME"])


class Services:
    """Media, devices and events."""

    def __init__(self, environment: dict[str, str], clients: Any = client) -> None:
        self._environment, self._client = environment, clients

    def upload(self, key: str, content_type: str, size: int) -> dict[str, Any] | None:
        """Where a device puts a file of this type and size, within five minutes, and with which fields. None where there is no place for media.

        By POST: the address of a PUT says nothing of the size.
        """
        bucket = self._environment.get("MEDIA_BUCKET")
        if not bucket:
            return None
        conditions = [{"Content-Type": content_type}, ["content-length-range", size, size]]
        answer = self._client("s3").generate_presigned_post(bucket, key, Fields={"Content-Type": content_type}, Conditions=conditions, ExpiresIn=UPLOAD_SECONDS)
        return {"url": answer["url"], "fields": answer["fields"], "expires_in": UPLOAD_SECONDS}

    def endpoint(self, platform: str, token: str, sub: str) -> str:
        """The address by which SNS reaches a device; empty where the platform is not set up."""
        application = self._environment.get(PLATFORMS[platform])
        if not application:
            return ""
        sns = self._client("sns")
        try:
            arn = sns.create_platform_endpoint(PlatformApplicationArn=application, Token=token, CustomUserData=sub)["EndpointArn"]
        except sns.exceptions.InvalidParameterException as refused:
            # The token was somebody else's on the same device: it is this user's now.
            found = [word for word in str(refused).split() if word.startswith("arn:") and ":endpoint/" in word]
            if not found:
                raise
            arn = found[0]
        sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": token, "Enabled": "true", "CustomUserData": sub})
        return arn

    def push(self, endpoint: str, title: str, data: dict[str, str]) -> bool:
        """Tell a device, and whoever holds it. False where it cannot be told any more."""
        fcm = {"notification": {"title": title}, "data": data}
        apns = {"aps": {"alert": title, "content-available": 1}, **data}
        return self._publish(endpoint, title, fcm, apns, "alert", "10")

    def wake(self, endpoint: str) -> bool:
        """Have a device ask what has changed, without a word to whoever holds it. False where it cannot be told any more."""
        return self._publish(endpoint, "changes", {"data": {"changes": "1"}}, {"aps": {"content-available": 1}, "changes": "1"}, "background", "5")

    def _publish(self, endpoint: str, default: str, fcm: dict[str, Any], apns: dict[str, Any], kind: str, priority: str) -> bool:
        """Apple wants to know what kind of push it is, and takes a background one of priority 5 only."""
        sns = self._client("sns")
        message = {"default": default, "GCM": json.dumps({"fcmV1Message": {"message": fcm}}), "APNS": json.dumps(apns), "APNS_SANDBOX": json.dumps(apns)}
        attributes = {
            f"AWS.SNS.MOBILE.APNS.{name}": {"DataType": "String", "StringValue": value} for name, value in (("PUSH_TYPE", kind), ("PRIORITY", priority))
        }
        try:
            sns.publish(TargetArn=endpoint, MessageStructure="json", Message=json.dumps(message), MessageAttributes=attributes)
        except sns.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] not in _DEAD:
                raise
            return False
        return True

    def emit(self, events: list[dict[str, Any]]) -> int:
        """Hand events over to whoever analyses them. The number of those that were not taken."""
        stream = self._environment.get("EVENTS_STREAM")
        if not stream or not events:
            return 0
        records = [{"Data": (json.dumps(event, separators=(",", ":")) + "\n").encode()} for event in events]
        return int(self._client("firehose").put_record_batch(DeliveryStreamName=stream, Records=records)["FailedPutCount"])

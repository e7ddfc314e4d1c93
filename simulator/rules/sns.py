# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of SNS."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule

SETTINGS = {
    "DisplayName": "display_name", "KmsMasterKeyId": "kms_master_key_id", "FifoTopic": "fifo_topic", "DeliveryPolicy": "delivery_policy",
}  # fmt: skip


@rule("R-SNS-03", service="sns", operations=["CreateTopic"], source="unsourced", certain=False)
def same_name_same_settings(context: Context) -> None:
    """Creating a topic again is fine as long as nothing about it differs."""
    arn = f"arn:aws:sns:{context.region}:{context.account}:{context.params['Name']}"
    topic = context.backend().topics.get(arn)
    if topic is None:
        return
    for attribute, value in context.params.get("Attributes", {}).items():
        if attribute in SETTINGS and str(getattr(topic, SETTINGS[attribute])).lower() != value.lower():
            raise Refused("InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
    tags = {tag["Key"]: tag["Value"] for tag in context.params.get("Tags", [])}
    present = {tag["Key"]: tag["Value"] for tag in context.call("ListTagsForResource", {"ResourceArn": arn})["Tags"]}
    if tags and tags != present:
        raise Refused("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")

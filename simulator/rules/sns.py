# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of SNS."""

from __future__ import annotations

import json

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.sns_push import enabled, payload

PLATFORMS = ("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "MACOS", "MACOS_SANDBOX", "BAIDU", "GCM", "MPNS", "WNS")
APPLICATIONS = ["CreatePlatformApplication", "SetPlatformApplicationAttributes"]
INVALID = "Invalid parameter: Attributes Reason: "
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


@rule("R-SNS-07", service="sns", operations=["CreatePlatformApplication"], source="API sns:CreatePlatformApplication, Platform")
def platform_that_there_is(context: Context) -> None:
    """One of the names of platforms."""
    if context.params["Platform"] not in PLATFORMS:
        raise Refused("InvalidParameter", f"Invalid parameter: {context.params['Platform']} is not supported in this region")


def _platform(context: Context) -> str:
    if context.operation == "CreatePlatformApplication":
        return str(context.params["Platform"])
    return str(context.params["PlatformApplicationArn"]).split("/")[1]


@rule("R-SNS-08", service="sns", operations=APPLICATIONS, source="UG sns/sns-fcm-authentication-methods.md")
def service_account_of_firebase(context: Context) -> None:
    """The credential for FCM is the JSON of a service account, looked at when it is given. A legacy server key delivers nothing any more."""
    credential = context.params.get("Attributes", {}).get("PlatformCredential")
    if not _platform(context).startswith("GCM") or (credential is None and context.operation != "CreatePlatformApplication"):
        return
    try:
        account = json.loads(credential or "")
        good = account["type"] == "service_account" and "PRIVATE KEY" in account["private_key"] and account["client_email"] and account["project_id"]
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise Refused("InvalidParameter", f"{INVALID}Platform credentials are invalid")


@rule("R-SNS-09", service="sns", operations=APPLICATIONS, source="API sns:SetPlatformApplicationAttributes, Attributes")
def token_of_apple(context: Context) -> None:
    """A signing key goes with its id, the team and the bundle; a private key with its certificate."""
    attributes = context.params.get("Attributes", {})
    if not _platform(context).startswith(("APNS", "MACOS")):
        return
    token = [attributes.get(name) for name in ("PlatformCredential", "PlatformPrincipal", "ApplePlatformTeamID", "ApplePlatformBundleID")]
    certificate = "CERTIFICATE" in str(token[1])
    credentials = any(token) or context.operation == "CreatePlatformApplication"
    if credentials and not (all(token) or (certificate and token[0] and not any(token[2:]))):
        raise Refused("InvalidParameter", f"{INVALID}Platform credentials are invalid")
    if all(token) and "PRIVATE KEY" not in str(token[0]):
        raise Refused("InvalidParameter", f"{INVALID}Platform credentials are invalid")


@rule("R-SNS-10", service="sns", operations=["CreatePlatformEndpoint"], source="API sns:CreatePlatformEndpoint")
def one_endpoint_for_a_token(context: Context) -> None:
    """The same token with other attributes is refused, and told where it is."""
    params = context.params
    attributes = params.get("Attributes", {})
    for endpoint in context.backend().platform_endpoints.values():
        if endpoint.application.arn != params["PlatformApplicationArn"] or endpoint.attributes["Token"] != params["Token"]:
            continue
        same = params.get("CustomUserData", attributes.get("CustomUserData", "")) == endpoint.attributes.get("CustomUserData", "")
        if not same or not enabled(endpoint) or str(attributes.get("Enabled", "true")).lower() != "true":
            raise Refused(
                "InvalidParameter", f"Invalid parameter: Token Reason: Endpoint {endpoint.arn} already exists with the same Token, but different attributes."
            )


@rule("R-SNS-11", service="sns", operations=["Publish"], source="API sns:Publish, EndpointDisabledException")
def endpoint_that_hears(context: Context) -> None:
    """A disabled endpoint is told nothing until its owner gives it a token and enables it."""
    endpoint = context.backend().platform_endpoints.get(context.params.get("TargetArn"))
    if endpoint is not None and not enabled(endpoint):
        raise Refused("EndpointDisabled", "Endpoint is disabled")


@rule("R-SNS-12", service="sns", operations=["Publish"], source="API sns:Publish, MessageStructure")
def message_for_the_platform(context: Context) -> None:
    """A message for several platforms is JSON of texts, with a default; what is for a platform is JSON again."""
    params = context.params
    if params.get("MessageStructure") != "json":
        return
    try:
        message = json.loads(params["Message"])
        good = isinstance(message, dict) and isinstance(message.get("default"), str)
    except ValueError:
        good = False
    if not good:
        raise Refused("InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body")
    endpoint = context.backend().platform_endpoints.get(params.get("TargetArn"))
    try:
        if endpoint is not None:
            payload(params, endpoint.application.platform)
    except (ValueError, TypeError) as problem:
        raise Refused("InvalidParameter", "Invalid parameter: Message Reason: Invalid notification for protocol") from problem


@rule("R-SNS-13", service="sns", operations=APPLICATIONS, source="API sns:SetPlatformApplicationAttributes, SuccessFeedbackSampleRate", certain=False)
def rate_of_feedback(context: Context) -> None:
    """A share in percent."""
    rate = context.params.get("Attributes", {}).get("SuccessFeedbackSampleRate")
    if rate is not None and not (rate.isdigit() and int(rate) <= 100):
        raise Refused("InvalidParameter", f"{INVALID}SuccessFeedbackSampleRate")

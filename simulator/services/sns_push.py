# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: pushes to devices, which a door shows as the devices were delivered them; and tokens that are none any more."""

from __future__ import annotations

import json
from typing import Any

from moto.sns.models import PlatformEndpoint

from simulator.api import Simulator
from simulator.context import Context
from simulator.control import body, door
from simulator.registry import Parameters, Refused, after, on_reset, operation, shows
from simulator.request import Request

_delivered: list[Parameters] = []
_dead: set[str] = set()  # tokens that their platform does not know any more


@on_reset
def _forget() -> None:
    _delivered.clear()
    _dead.clear()


def enabled(endpoint: Any) -> bool:
    """Whether an endpoint is told anything."""
    return str(endpoint.attributes.get("Enabled", "true")).lower() == "true"


def install() -> None:
    """moto takes an endpoint for disabled that was enabled by a text, as the API has it."""
    PlatformEndpoint.enabled = property(enabled)  # type: ignore[assignment, method-assign]


@operation("sns", "CreatePlatformEndpoint")
def create_platform_endpoint(context: Context) -> Parameters:
    """API sns:CreatePlatformEndpoint: the same token with the same attributes is the endpoint that is there; others are refused (R-SNS-10). Tokens are an
    application's: moto looks among those of all.
    """
    params, backend = context.params, context.backend()
    application = backend.applications.get(params["PlatformApplicationArn"])
    if application is None:
        raise Refused("NotFound", "PlatformApplication does not exist", 404)
    attributes = {**params.get("Attributes", {})}
    data = params.get("CustomUserData", attributes.pop("CustomUserData", ""))
    for endpoint in backend.platform_endpoints.values():
        if endpoint.application is application and endpoint.attributes["Token"] == params["Token"]:
            return {"EndpointArn": endpoint.arn}
    made = PlatformEndpoint(context.account, context.region, application, data, params["Token"], {"Enabled": "true", "CustomUserData": data, **attributes})
    backend.platform_endpoints[made.arn] = made
    return {"EndpointArn": made.arn}


@after("sns", "GetPlatformApplicationAttributes", "ListPlatformApplications")
def keep_credentials(context: Context, response: Parameters) -> None:
    """Nobody is shown a credential again (API sns:GetPlatformApplicationAttributes); an application is enabled until its credentials are rejected."""
    shown = response.get("PlatformApplications", [response])
    for one in shown:
        one["Attributes"] = {
            "Enabled": "true",
            **{key: value for key, value in one["Attributes"].items() if key not in ("PlatformCredential", "PlatformPrincipal")},
        }


@operation("sns", "DeletePlatformApplication")
def delete_platform_application(context: Context) -> None:
    """With its endpoints; what is not there is no error (API sns:DeletePlatformApplication). moto fails at both."""
    backend, arn = context.backend(), context.params["PlatformApplicationArn"]
    for endpoint in [one for one in backend.platform_endpoints.values() if one.application.arn == arn]:
        del backend.platform_endpoints[endpoint.arn]
    backend.applications.pop(arn, None)


@shows("R-SNS-15")
@after("sns", "Publish")
def deliver(context: Context, response: Parameters) -> None:
    """To a device at once. SNS hears later of a token that is none any more: the endpoint is disabled then, and the application's topic for failures is told
    (UG sns/application-event-notifications.md).
    """
    arn = context.params.get("TargetArn") or ""
    endpoint = context.backend().platform_endpoints.get(arn)
    if endpoint is None:
        return
    token, application = endpoint.attributes["Token"], endpoint.application
    if token in _dead:
        endpoint.attributes["Enabled"] = "false"
        topic = application.attributes.get("EventDeliveryFailure")
        if topic in context.backend().topics:
            told = {
                "DeliveryAttempts": 1,
                "EndpointArn": arn,
                "EventType": "DeliveryFailure",
                "FailureMessage": "Platform token associated with the endpoint is not valid",
                "FailureType": "InvalidPlatformToken",
                "MessageId": response["MessageId"],
                "Resource": application.arn,
                "Service": "SNS",
            }
            context.call("Publish", {"TopicArn": topic, "Message": json.dumps(told)})
        return
    attributes = {name: value.get("StringValue") for name, value in (context.params.get("MessageAttributes") or {}).items()}
    _delivered.append(
        {
            "token": token,
            "platform": application.platform,
            "application": application.name,
            "payload": payload(context.params, application.platform),
            "attributes": attributes,
            "message_id": response["MessageId"],
        }
    )


def payload(params: Parameters, platform: str) -> Any:
    """What the device gets: of a message for several platforms its own, or the default (UG sns/sns-send-custom-platform-specific-payloads-mobile-devices)."""
    text = params["Message"]
    if params.get("MessageStructure") == "json":
        message = json.loads(text)
        if platform in message:
            return json.loads(message[platform])
        text = message["default"]
    return {"aps": {"alert": text}} if platform.startswith("APNS") else {"notification": {"body": text}}


@door("GET", "pushes")
def pushes(_: Simulator, request: Request) -> list[Parameters]:
    """What devices were delivered, oldest first; ?token= of one device."""
    token = request.args.get("token")
    return [one for one in _delivered if token in (None, one["token"])]


@door("POST", "push-token")
def push_token(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"token": "...", "valid": false}: the app was removed from the device; its platform does not know the token any more."""
    wanted = body(request, "token", "valid")
    with simulator.lock:
        (_dead.discard if wanted["valid"] else _dead.add)(str(wanted["token"]))
    return {"invalid": sorted(_dead)}

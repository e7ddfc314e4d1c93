# SPDX-License-Identifier: GPL-3.0-or-later
"""Which call is this? Service, operation and parameters of an HTTP request, from botocore's own service models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from simulator.registry import Unimplemented

# The name a request is signed with is botocore's service name, except here. Where several services sign with one name,
# the candidates are told apart by target prefix, API version or path, the more particular one first.
SIGNED_AS: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigatewayv2", "apigateway"),
    "aps": ("amp",),
    "bedrock": ("bedrock-agent", "bedrock-runtime", "bedrock"),
    "cloudhsm": ("cloudhsmv2",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "execute-api": ("apigatewaymanagementapi",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2",),
    "kinesisvideo": ("kinesis-video-archived-media", "kinesisvideo"),
    "lex": ("lexv2-models",),
    "mediastore": ("mediastore", "mediastore-data"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "s3": ("s3control", "s3"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-metrics"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("sesv2", "ses"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}

# Calls that need no signature, by X-Amz-Target prefix or by Action.
UNSIGNED_TARGETS = {"AWSCognitoIdentityService": "cognito-identity", "AWSCognitoIdentityProviderService": "cognito-idp"}
UNSIGNED_ACTIONS = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}


class Request(MotoRequest):
    """A request that came in over HTTP: the server sends the Date header itself."""

    from_wsgi_server = True


@dataclass
class Call:
    """One API call: the request as it came, and what it asks for. `operation` is None while the operation is unknown."""

    request: Request
    service: str = "unknown"
    region: str = "us-east-1"
    access_key: str = ""
    operation: OperationModel | None = None
    uri_params: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def operation_name(self) -> str:
        """The operation's name in the model; for an unknown one what the request calls it, or its method."""
        if self.operation is not None:
            return str(self.operation.name)
        target = self.request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        return target or self.request.values.get("Action") or self.request.method

    @property
    def model(self) -> ServiceModel | None:
        """The service's model, or None for a service that botocore does not know."""
        try:
            return get_service_model(self.service)
        except Exception:  # botocore raises UnknownServiceError; a broken model must not hide the call either
            return None

    @property
    def protocol(self) -> str:
        """The wire protocol of the request: query, ec2, json, rest-json or rest-xml."""
        model = self.model
        if model is None:
            return "json" if "json" in (self.request.content_type or "") else "rest-xml"
        try:
            return determine_request_protocol(model, self.request.content_type)
        except NotImplementedError:
            return str(model.protocol)


def identify(request: Request) -> Call:
    """Find credentials, region, service and operation; leaves `operation` None when no model has it."""
    call = Call(request)
    scope = _credential_scope(request)
    if scope is not None:
        call.access_key, call.region, signing_name = scope
        candidates = SIGNED_AS.get(signing_name, (signing_name,))
    else:
        candidates = _unsigned_candidates(request)
    call.service = candidates[-1]
    for name in candidates:
        try:
            model = get_service_model(name)
        except Exception:  # not a service of botocore's: stays unknown, answered 501
            continue
        if not _speaks(model, request):
            continue
        try:
            call.operation, call.uri_params = get_service_router(name).match(request)
        except (NotFound, NotImplementedError):
            continue
        call.service = name
        break
    return call


def parse(call: Call) -> None:
    """Fill call.params with the parameters, named as in boto3."""
    assert call.operation is not None
    parser = PROTOCOL_PARSERS[call.protocol](call.operation)
    request = call.request
    try:
        parsed = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": call.uri_params,
            }
        )
    except Exception as problem:
        raise Unimplemented(f"the parameters of {call.service}:{call.operation_name} could not be read ({problem!r})") from problem
    call.params = {name: value for name, value in (parsed or {}).items() if value is not None}


def _credential_scope(request: Request) -> tuple[str, str, str] | None:
    """(access key, region, signing name) of a SigV4 header or a presigned URL."""
    authorization = request.headers.get("Authorization", "")
    if "Credential=" in authorization:
        credential = authorization.partition("Credential=")[2].partition(",")[0]
    else:
        credential = request.args.get("X-Amz-Credential", "")
    parts = credential.strip().split("/")
    if len(parts) != 5:
        return None
    return parts[0], parts[2], parts[3].lower()


def _unsigned_candidates(request: Request) -> tuple[str, ...]:
    target = request.headers.get("X-Amz-Target", "").partition(".")[0]
    if target in UNSIGNED_TARGETS:
        return (UNSIGNED_TARGETS[target],)
    action = request.values.get("Action", "") if request.method == "POST" else ""
    if action in UNSIGNED_ACTIONS:
        return (UNSIGNED_ACTIONS[action],)
    return ("s3",)


def _speaks(model: ServiceModel, request: Request) -> bool:
    """Whether the request's target prefix or API version is this service's; REST services are told by their paths."""
    target = request.headers.get("X-Amz-Target")
    if target:
        # Names of some services have periods: com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101
        return target.rpartition(".")[0] == model.metadata.get("targetPrefix")
    if (request.content_type or "").startswith("application/x-www-form-urlencoded") and "Action" in request.form:
        return request.form.get("Version", model.api_version) == model.api_version
    return True

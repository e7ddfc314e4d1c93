# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as each service writes them: results and errors in query XML, EC2 XML, JSON, REST JSON and REST XML, and back into dicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from botocore import parsers
from moto.core import errors
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.serialize import SerializationContext, get_serializer_class

from simulator.registry import Parameters, Refused
from simulator.request import Call

# moto warns about every error code that a service's model does not list; most models list few of the codes in use.
errors.warn = lambda *_, **__: None


class WireError(ServiceException):
    """An error on its way to the client; moto's serializers take this class apart."""


@dataclass
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: list[str] = field(default_factory=list)  # a header of its own for each

    @property
    def failed(self) -> bool:
        """Whether this is an error (redirects of S3 count as answers)."""
        return self.status >= 400


def result_answer(call: Call, result: Parameters | None, request_id: str) -> Answer:
    """The response dict, members named as in boto3, in the service's wire format."""
    assert call.operation is not None
    serializer = get_serializer_class(call.service, call.protocol)(call.operation, context=SerializationContext(request_id))
    result = result if result is not None else {}
    written = serializer.serialize(result)
    members = call.operation.output_shape.members if call.operation.output_shape else {}
    # Some tell by a member of theirs what HTTP is to say (Lambda's Invoke: 202 where nobody waits).
    told = [result[name] for name, member in members.items() if member.serialization.get("location") == "statusCode" and name in result]
    return Answer(int(told[0] if told else written["status_code"]), dict(written["headers"]), _bytes(written["body"]))


def error_answer(call: Call, refused: Refused, request_id: str) -> Answer:
    """The error in the service's wire format."""
    model = call.model
    if model is None:
        return _plain_error(call, refused, request_id)
    operation = call.operation or OperationModel({}, model, call.operation_name)
    error = WireError(refused.code, refused.message)
    for name, value in refused.members.items():
        setattr(error, name, value)
    serializer = get_serializer_class(call.service, call.protocol)(operation, context=SerializationContext(request_id))
    written = serializer.serialize(error)
    status = refused.status or int(written["status_code"])
    if call.request.method == "HEAD":
        return Answer(status, {"Content-Type": "application/xml"})
    return Answer(status, dict(written["headers"]), _bytes(written["body"]))


def _plain_error(call: Call, refused: Refused, request_id: str) -> Answer:
    status = refused.status or 400
    if call.protocol == "json":
        text = json.dumps({"__type": refused.code, "message": refused.message})
        return Answer(status, {"Content-Type": "application/x-amz-json-1.0", "X-Amzn-Errortype": refused.code}, text.encode())
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(refused.code)}</Code><Message>{escape(refused.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Answer(status, {"Content-Type": "application/xml"}, text.encode())


def parse_answer(call: Call, answer: Answer) -> Parameters:
    """The response as boto3 would show it, without ResponseMetadata. An error keeps its "Error" member."""
    assert call.operation is not None
    parsed = parsers.create_parser(call.protocol).parse(
        {"status_code": answer.status, "headers": _Headers(answer.headers), "body": answer.body}, call.operation.output_shape
    )
    parsed.pop("ResponseMetadata", None)
    return parsed


def refused_from(call: Call, answer: Answer) -> Refused:
    """The error that an answer carries."""
    error = parse_answer(call, answer).get("Error", {})
    return Refused(str(error.get("Code") or answer.status), str(error.get("Message") or ""), answer.status)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode("utf-8")


class _Headers(dict):
    """Headers looked up without regard to case, as botocore's parsers expect."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__({name.lower(): str(value) for name, value in headers.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

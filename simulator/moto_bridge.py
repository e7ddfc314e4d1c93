# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into moto: the handler of a request, the backends (moto's state), seeds and resets.

moto's own server needs Flask and one Flask application per service; here a request goes straight to moto's handler.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

# moto reads these when it is first imported.
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "false")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")

from botocore.exceptions import ClientError
from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID, responses
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.responses import BaseResponse
from moto.moto_api._internal import mock_random, moto_api_backend
from werkzeug.exceptions import HTTPException

from simulator.answer import Answer
from simulator.registry import Refused, Unimplemented
from simulator.request import Call, Request

ACCOUNT = DEFAULT_ACCOUNT_ID

# moto lists the methods of the service's class anew for each call, which for EC2 takes longer than the call itself.
responses.method_names_from_class = cache(responses.method_names_from_class)

# S3 operations for which moto has code. S3's handlers choose by method and query string and take what they do not know for
# something else (PutBucketIntelligentTieringConfiguration becomes CreateBucket), so the others must not reach them.
S3_OPERATIONS = frozenset(
    """
    AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket DeleteBucketCors
    DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication
    DeleteBucketTagging DeleteBucketWebsite DeleteObject DeleteObjectTagging DeleteObjects DeletePublicAccessBlock
    GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors GetBucketEncryption GetBucketInventoryConfiguration
    GetBucketLifecycle GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging GetBucketNotification
    GetBucketNotificationConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketReplication
    GetBucketTagging GetBucketVersioning GetBucketWebsite GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold
    GetObjectLockConfiguration GetObjectRetention GetObjectTagging GetPublicAccessBlock HeadBucket HeadObject
    ListBucketInventoryConfigurations ListBuckets ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts
    PutBucketAccelerateConfiguration PutBucketAcl PutBucketCors PutBucketEncryption PutBucketInventoryConfiguration
    PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketLogging PutBucketNotification PutBucketNotificationConfiguration
    PutBucketOwnershipControls PutBucketPolicy PutBucketReplication PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutObject PutObjectAcl PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention PutObjectTagging
    PutPublicAccessBlock RestoreObject SelectObjectContent UploadPart UploadPartCopy
    """.split()
)


class Fault(Exception):
    """moto, or a hook of ours, failed with an exception of Python's: a gap of the simulator, never an answer of AWS."""

    def __init__(self, problem: BaseException) -> None:
        last = traceback.extract_tb(problem.__traceback__)[-1] if problem.__traceback__ else None
        where = f" at {'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}" if last else ""
        super().__init__(f"{type(problem).__name__}: {problem}{where}")


def refused_by_moto(problem: Exception) -> Refused | None:
    """An exception of moto's that stands for an answer of AWS, as Refused; None for any other exception."""
    if isinstance(problem, ServiceException):
        return Refused(problem.code, str(problem.message))
    if isinstance(problem, HTTPException) and hasattr(problem, "error_type"):
        return Refused(str(problem.error_type), str(getattr(problem, "message", "")), problem.code)
    return None


def backend(service: str, region: str, account: str = ACCOUNT) -> Any:
    """moto's backend (its state) of a service in a region and account; a global service has one whatever the region."""
    regions = backends.get_backend(_moto_name(service))[account]  # type: ignore[call-overload]
    return regions[region] if region in regions else regions["aws"]


def backends_of(service: str, account: str = ACCOUNT) -> dict[str, Any]:
    """The backends of a service that exist so far in an account, by region."""
    return dict(backends.get_backend(_moto_name(service))[account].items())  # type: ignore[call-overload]


def load(service: str) -> None:
    """Import moto's code for a service, if it has any."""
    with suppress(Unimplemented):
        _routes(service)


def dispatch(call: Call) -> Answer:
    """Let moto carry out a call."""
    if call.service == "s3" and call.operation_name not in S3_OPERATIONS:
        raise Unimplemented(f"moto has no s3:{call.operation_name}")
    request = call.request
    handler = _handler(call.service, request)
    try:
        result = handler(request, request.raw_url, dict(request.headers))
    except NotImplementedError as problem:
        raise Unimplemented(str(problem) or f"moto has not implemented {call.service}:{call.operation_name}") from problem
    except (Refused, Unimplemented):
        raise  # from a patch of ours
    except ClientError as problem:
        result = 400, {}, problem.response["Error"]["Message"]
    except HTTPException as problem:
        result = problem.code, dict(problem.get_headers()), problem.get_body()
    except Exception as problem:
        raise Fault(problem) from problem
    answer = _answer(result)
    if answer.status == 404 and not answer.body and request.method != "HEAD":
        raise Unimplemented(f"moto has no {call.service}:{call.operation_name}")
    return answer


def seed(number: int) -> None:
    """Make the identifiers that moto draws reproducible."""
    mock_random.seed(number)


def reset() -> None:
    """Empty every backend."""
    moto_api_backend.reset()


def _moto_name(service: str) -> str:
    return {"docdb": "rds", "neptune": "rds", "service-quotas": "servicequotas"}.get(service, service)


@cache
def _routes(service: str) -> tuple[list[tuple[re.Pattern[str], Callable[..., Any]]], Callable[..., Any] | None]:
    """moto's (path pattern, handler) pairs of a service, and the one dispatcher of a service that has just one."""
    name = _moto_name(service)
    package = name.replace("-", "")
    if {"lambda": "awslambda"}.get(package, package) not in set(backends.list_of_moto_modules()):
        raise Unimplemented(f"moto has no service {service}")
    try:
        url_paths = backend(service, "us-east-1").url_paths
    except ModuleNotFoundError as missing:
        # requirements-simulator.txt leaves out what only services that no blueprint uses would need.
        raise Unimplemented(f"moto's {service} needs the package {missing.name}, which is not installed") from missing
    routes = [(re.compile(_as_pattern(path)), handler) for path, handler in url_paths.items()]
    # Handlers bound to a class are made anew at each look-up, so they are compared by class and name.
    dispatchers = {(handler.__self__, handler.__name__): handler for _, handler in routes if hasattr(handler, "__self__")}
    plain = all(hasattr(handler, "__self__") for _, handler in routes)
    only = next(iter(dispatchers.values())) if plain and len(dispatchers) == 1 else None
    return routes, only


def _as_pattern(path: str) -> str:
    """moto writes most paths as regular expressions and some as Flask paths."""
    path = re.sub(r"<path:(\w+)>", r"(?P<\1>.+)", path)
    return re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>[^/]+)", path)


def _handler(service: str, request: Request) -> Callable[..., Any]:
    routes, only = _routes(service)
    if only is not None:
        return only
    path = request.raw_path
    for pattern, handler in routes:
        if pattern.fullmatch(path) or pattern.match(path):
            return handler
    raise Unimplemented(f"moto has no path {path} in {service}")


def _answer(result: Any) -> Answer:
    if isinstance(result, tuple) and len(result) == 3:
        status, headers, body = result
    else:
        status, headers, body = 200, {}, result
    if isinstance(body, str):
        body = body.encode("utf-8")
    elif body is None:
        body = b""
    elif not isinstance(body, (bytes, bytearray)):
        body = b"".join(part if isinstance(part, bytes) else str(part).encode("utf-8") for part in body)
    return Answer(int(status), {str(name): str(value) for name, value in dict(headers).items() if name.lower() != "status"}, bytes(body))


def moto_implements(service: str, operation: str) -> bool:
    """Whether moto has a method for an operation; only a first look, a method may still raise NotImplementedError."""
    from moto.core.utils import camelcase_to_underscores

    try:
        _, only = _routes(service)
    except Unimplemented:
        return False
    if service == "s3":
        return operation in S3_OPERATIONS
    owner = getattr(only, "__self__", None)
    return isinstance(owner, type) and issubclass(owner, BaseResponse) and hasattr(owner, camelcase_to_underscores(operation))


def accounts() -> list[str]:
    """Every account that any backend knows."""
    return sorted({account for instance in BackendDict._instances for account in instance})

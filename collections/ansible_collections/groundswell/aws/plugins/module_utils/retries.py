# SPDX-License-Identifier: GPL-3.0-or-later
"""When to send an AWS request again, and when not.

botocore repeats every request that ended in a throttle, a 5xx or a broken connection. For a request that creates something and
takes no idempotency token (CreateVpc, CreateSubnet, AllocateAddress ...) that is how duplicates are made: the first request may
have done its work and only its answer was lost. So botocore's own handler is off for our clients and this one decides:

* a throttled request did nothing: send it again, whatever it was;
* a lost answer (5xx, connection gone) is sent again only where repeating is harmless; otherwise the error goes up and the engine
  looks at the account before it acts again;
* errors that mean "not known yet" (eventual consistency) are sent again for a limited time.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
import typing as t

if t.TYPE_CHECKING:
    from botocore.model import OperationModel

# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html lists the throttling codes that SDKs recognise.
THROTTLES = frozenset(
    [
        "Throttled",  # SNS
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
)
# Requests of these verbs leave the same state behind when they arrive twice.
_REPEATABLE = re.compile(
    r"^(Describe|List|Get|Head|Lookup|Search|BatchGet|Put|Modify|Update|Set|Tag|Untag|AddTags|RemoveTags|CreateTags|DeleteTags|ChangeTags"
    r"|Enable|Disable|Change)"
)
# Only for these does "not found" mean "not known everywhere yet": what they refer to has been seen by us.
_CREATING = re.compile(r"^(Create|Associate|Attach|Authorize|Add|Put|Modify|Register|Run|Replace)")
_REMOVING = re.compile(r"^(Delete|Release|Detach|Deregister|Disassociate|Terminate)")
_IMPATIENCE = 20.0  # seconds
NotYet = tuple[str, str, float]
MOST_ATTEMPTS = 12
_LONGEST_PAUSE = 20.0  # seconds
PROPAGATION = 150.0  # seconds; IAM says "seconds", two minutes were seen (terraform-provider-aws#838)


def error_code(error: BaseException) -> str:
    """The AWS error code of a ClientError, else an empty string. Of a connection that broke botocore has no response but None."""
    return t.cast(str, (getattr(error, "response", None) or {}).get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def tolerated(*codes: str) -> t.Iterator[None]:
    """Go on behind the block where AWS refuses with one of these error codes.

    Not by `client.exceptions`: amazon.aws makes each client from a session of its own, and so each has classes of its own, which
    the errors of another client of the same service are no instances of.
    """
    try:
        yield
    except Exception as error:
        if error_code(error) not in codes:
            raise


def lost_answer(error: BaseException) -> bool:
    """True where the request may have done its work although it failed: a 5xx answer or a connection that broke."""
    response = getattr(error, "response", None)
    if response is not None:
        return response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500 and error_code(error) not in THROTTLES
    return type(error).__name__ in {
        "ConnectionClosedError",
        "ReadTimeoutError",
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ResponseStreamingError",
    }


def repeatable(operation: OperationModel) -> bool:
    """True where sending the operation twice leaves the account as if it had been sent once."""
    if _REPEATABLE.match(operation.name) and operation.name != "ModifyDBInstance":
        return True
    shape = operation.input_shape
    return bool(shape and any(member.metadata.get("idempotencyToken") for member in shape.members.values()))


def pause(attempt: int, base: float = 0.2) -> float:
    """Seconds to wait before attempt number `attempt` + 1: exponential with full jitter."""
    return random.uniform(0.3, 1.0) * min(_LONGEST_PAUSE, base * 2**attempt)


class RetryHandler:
    """Registered with a client's `needs-retry` event, botocore's own extension point for this decision.

    :param not_yet: (error code pattern, message pattern, seconds) that mean "try again, for so long" for this kind of resource.
    :param patient: whether removals wait as long for what still uses a resource. Taking everything down, they must; in a rollout
        the user may be a thing that a later layer takes away, and waiting for it would be in vain.
    """

    def __init__(self, not_yet: t.Iterable[NotYet] = (), patient: bool = True) -> None:
        self._patient = patient
        self._not_yet = [(re.compile(code + r"\Z"), re.compile(message), seconds) for code, message, seconds in not_yet]

    def __call__(
        self,
        response: tuple[t.Any, dict[str, t.Any]] | None,
        operation: OperationModel,
        attempts: int,
        caught_exception: Exception | None,
        request_dict: dict[str, t.Any] | None = None,
        **kwargs: t.Any,
    ) -> float | None:
        """Seconds to wait before the request is sent again, or None to let the answer or error go up."""
        if caught_exception is not None:
            again = repeatable(operation) and lost_answer(caught_exception)
            return pause(attempts) if again and attempts < MOST_ATTEMPTS else None
        http, parsed = response or (None, {})
        error = parsed.get("Error")
        if not error or getattr(http, "status_code", 400) < 300:
            return None
        code, message = error.get("Code", ""), error.get("Message", "")
        if code in THROTTLES:
            return pause(attempts) if attempts < MOST_ATTEMPTS else None
        if getattr(http, "status_code", 0) >= 500:
            return pause(attempts) if repeatable(operation) and attempts < MOST_ATTEMPTS else None
        if code.endswith("NotFound") and not _CREATING.match(operation.name):
            return None
        patience = max((seconds for c, m, seconds in self._not_yet if c.match(code) and m.search(message)), default=0.0)
        if not self._patient and _REMOVING.match(operation.name):
            patience = min(patience, _IMPATIENCE)
        if patience:
            started = ({} if request_dict is None else request_dict).setdefault("context", {}).setdefault("not_yet_since", time.monotonic())
            if time.monotonic() - started < patience:
                return min(5.0, pause(attempts, base=0.5))
        return None

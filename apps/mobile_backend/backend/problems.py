# SPDX-License-Identifier: GPL-3.0-or-later
"""What a caller can do wrong. Anything else that goes wrong is ours, and goes up to the runtime, which counts it."""

from typing import Any


class Problem(Exception):
    """An answer that is no success."""

    status = 400
    error = "invalid"

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.message, self.more = message, more


class Invalid(Problem):
    """The request is not what it has to be."""


class Forbidden(Problem):
    """Not for this caller."""

    status, error = 403, "forbidden"


class Unknown(Problem):
    """There is no such thing."""

    status, error = 404, "not_found"


class TooLarge(Problem):
    """More than is taken."""

    status, error = 413, "too_large"


class Conflict(Problem):
    """Somebody else was first: `more` has what is there now."""

    status, error = 409, "conflict"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What temporary credentials carry along: session policies, tags, a source identity, and that somebody showed a second factor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends

from simulator.context import Context
from simulator.registry import Refused

# The one code that no device shows, to try what happens with a wrong one: there is no device here that could be asked.
WRONG_CODE = "000000"


@dataclass(frozen=True)
class SessionDetails:
    """Beside what moto keeps of a session."""

    policies: tuple[str, ...] | None = None  # texts, and ARNs of managed ones; None: none were passed
    tags: dict[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()  # keys of tags that go on into the next role
    source_identity: str | None = None
    issued: datetime | None = None  # naive UTC
    factor_shown: datetime | None = None  # when a code of an MFA device was given
    chained: bool = False  # made with the credentials of another session of a role
    user: str | None = None  # name of the user whose session it is, where it is no role's
    federated: bool = False
    login: dict[str, list[str]] = field(default_factory=dict)  # condition keys of a login that was worth these credentials

    def keys(self, now: datetime) -> dict[str, list[str]]:
        """Its condition keys."""
        found: dict[str, list[str]] = {}
        if self.issued is not None:
            found["aws:TokenIssueTime"] = [self.issued.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
        if self.factor_shown is not None:
            found["aws:MultiFactorAuthPresent"] = ["true"]
            found["aws:MultiFactorAuthAge"] = [str(int((now - self.factor_shown).total_seconds()))]
        if self.source_identity:
            found["aws:SourceIdentity"] = [self.source_identity]
        found |= {f"aws:PrincipalTag/{name}": [value] for name, value in self.tags.items()}
        return found | self.login


NOTHING_PASSED = SessionDetails()


def user_of(context: Context) -> Any:
    """moto's user who calls, with an access key or a session; None for anybody else."""
    users = iam_backends[context.account]["aws"].users
    return next((user for user in users.values() if user.arn == context.principal), None)


def check_factor(context: Context) -> None:
    """Refuse a code of a device that is not the caller's (API sts:AssumeRole, sts:GetSessionToken: SerialNumber, TokenCode)."""
    serial, code, user = context.params.get("SerialNumber"), context.params.get("TokenCode"), user_of(context)
    if user is None or not serial:
        return
    if serial not in user.mfa_devices:
        raise Refused(
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.",
            403,
        )
    if not code:
        raise Refused("AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.", 403)
    if code == WRONG_CODE:
        raise Refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403)

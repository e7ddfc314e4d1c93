# SPDX-License-Identifier: GPL-3.0-or-later
"""STS: credentials that know what was passed when they were made. moto gives everybody the same credentials of a user's session."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, shows
from simulator.resource_tags import plain
from simulator.sessions import NOTHING_PASSED, SessionDetails, check_factor, user_of


class UserSession(AssumedRole):
    """A session of a user, kept where moto keeps those of roles and finds who calls."""

    def __init__(self, context: Context, duration: int, arn: str, user_id: str) -> None:
        key = iam_backends[context.account]["aws"].create_temp_access_key()
        super().__init__(context.account, context.region, key, "", "", "", duration, "")
        self._arn, self._user_id = arn, user_id

    @property
    def arn(self) -> str:
        """Of the user, or of the federated user."""
        return self._arn

    @property
    def user_id(self) -> str:
        """The unique id that GetCallerIdentity shows."""
        return self._user_id


def _session_of(context: Context) -> Any:
    """The session that calls; None where a user or root does."""
    sessions = sts_backends[context.account]["aws"].assumed_roles
    return next((session for session in sessions if session.access_key_id == context.wire.access_key), None)


def _policies(params: Parameters) -> tuple[str, ...] | None:
    passed = [*([params["Policy"]] if params.get("Policy") else []), *(entry["arn"] for entry in params.get("PolicyArns") or ())]
    return tuple(passed) or None


@before("sts", "AssumeRole", "AssumeRoleWithWebIdentity", "GetFederationToken")
def read_the_session_policy(context: Context) -> None:
    """API sts:AssumeRole, MalformedPolicyDocument: the session policy is JSON with statements."""
    try:
        if context.params.get("Policy"):
            json.loads(context.params["Policy"])["Statement"]
    except (ValueError, KeyError, TypeError):
        raise Refused("MalformedPolicyDocument", "Syntax errors in policy.") from None


@before("sts", "AssumeRole")
@shows("R-STS-03")
def ask_for_the_factor(context: Context) -> None:
    """A device that is not the caller's is refused, whether policies are enforced or not."""
    check_factor(context)


@after("sts", "AssumeRole", "AssumeRoleWithWebIdentity")
def keep_what_was_passed(context: Context, response: Parameters) -> None:
    """Session policies, tags (those that are transitive go on into the next role) and the source identity: UG iam/id_session-tags.md."""
    account, key = response["AssumedRoleUser"]["Arn"].split(":")[4], response["Credentials"]["AccessKeyId"]
    made = next(session for session in reversed(sts_backends[account]["aws"].assumed_roles) if session.access_key_id == key)
    before = getattr(_session_of(context), "simulator_details", NOTHING_PASSED) if context.operation == "AssumeRole" else NOTHING_PASSED
    inherited = {name: value for name, value in before.tags.items() if name in before.transitive}
    tags = plain(context.params.get("Tags"))
    made.simulator_details = SessionDetails(
        policies=_policies(context.params),
        tags={**tags, **inherited},
        transitive=frozenset(context.params.get("TransitiveTagKeys") or ()) | inherited.keys(),
        source_identity=before.source_identity or context.params.get("SourceIdentity"),
        issued=context.now(),
        chained=chains(context),
    )
    if context.params.get("SourceIdentity"):
        response["SourceIdentity"] = context.params["SourceIdentity"]


def chains(context: Context) -> bool:
    """Whether a role is assumed with the credentials of a role: role chaining."""
    session = _session_of(context)
    return session is not None and not isinstance(session, UserSession)


def _long_term(context: Context) -> None:
    """API sts:GetSessionToken, GetFederationToken: only with the long-term credentials of a user, or of root."""
    if _session_of(context) is not None:
        raise Refused("AccessDenied", f"Cannot call {context.operation} with session credentials", 403)


@operation("sts", "GetSessionToken")
def user_session(context: Context) -> Parameters:
    """API sts:GetSessionToken: 12 hours unless said otherwise; with the code of an MFA device the session counts as one with MFA."""
    _long_term(context)
    check_factor(context)
    user, shown = user_of(context), context.now() if context.params.get("SerialNumber") else None
    session = UserSession(context, context.params.get("DurationSeconds", 43200), context.principal, getattr(user, "id", context.account))
    session.simulator_details = SessionDetails(issued=context.now(), factor_shown=shown, user=getattr(user, "name", None))  # type: ignore[attr-defined]
    return {"Credentials": _kept(context, session)}


@operation("sts", "GetFederationToken")
def federated_session(context: Context) -> Parameters:
    """API sts:GetFederationToken: what the user may and the session policies allow; nothing without them."""
    _long_term(context)
    name, user = context.params["Name"], user_of(context)
    arn, identifier = f"arn:aws:sts::{context.account}:federated-user/{name}", f"{context.account}:{name}"
    session = UserSession(context, context.params.get("DurationSeconds", 43200), arn, identifier)
    session.simulator_details = SessionDetails(  # type: ignore[attr-defined]
        policies=_policies(context.params),
        tags=plain(context.params.get("Tags")),
        issued=context.now(),
        user=getattr(user, "name", None),
        federated=True,
    )
    return {"Credentials": _kept(context, session), "FederatedUser": {"FederatedUserId": identifier, "Arn": arn}, "PackedPolicySize": 6}


def _kept(context: Context, session: UserSession) -> Parameters:
    sts_backends[context.account]["aws"].assumed_roles.append(session)
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expiration,
    }


@operation("sts", "DecodeAuthorizationMessage")
def decode(context: Context) -> Parameters:
    """API sts:DecodeAuthorizationMessage: what EC2 said in its refusal."""
    from simulator.access import decoded

    try:
        return {"DecodedMessage": decoded(context.params["EncodedMessage"])}
    except ValueError:
        raise Refused("InvalidAuthorizationMessageException", "Invalid authorization message.") from None

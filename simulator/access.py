# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls, and may they? Test doors for bad credentials, and with --enforce-iam every policy that has a say."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from simulator import authorization, policies
from simulator.authorization import Demand
from simulator.evaluation import Caller, Document, Verdict, judge
from simulator.moto_bridge import ACCOUNT
from simulator.policies import ALWAYS, Facts
from simulator.registry import Refused
from simulator.request import Call
from simulator.resource_policies import policy_of
from simulator.resource_tags import plain
from simulator.sessions import NOTHING_PASSED, SessionDetails, check_factor

if TYPE_CHECKING:
    from simulator.api import Simulator
    from simulator.context import Context

# Any credentials are good, but these access key ids are answered as AWS answers expired and unknown ones: so error paths can be tried.
EXPIRED_KEY = "EXPIRED"
INVALID_KEY = "INVALID"

# With --enforce-iam somebody must make the first user: this access key id is the account's root, which may do everything.
ROOT_KEY = "ROOT"

_EXPIRED_CODES = {"ec2": "RequestExpired", "json": "ExpiredTokenException", "rest-json": "ExpiredTokenException"}
_INVALID_CODES = {"ec2": "AuthFailure", "json": "UnrecognizedClientException", "rest-json": "UnrecognizedClientException"}


# Condition keys that are the same in every request, or mean nothing to a policy of ours.
_SAY_NOTHING = {
    "ec2:Region",
    "events:creatorAccount",
    "kms:CallerAccount",
    "s3:ResourceAccount",
    "s3:authType",
    "s3:signatureversion",
    "s3:x-amz-content-sha256",
}

# What a bucket's policy cannot take from the root of its account: API s3:PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy.
_ROOT_MAY = {"s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"}

_DENIED_CODES = {"json": "AccessDeniedException", "rest-json": "AccessDeniedException"}

# Calls that need no credentials.
UNSIGNED = {("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity")}


@dataclass(frozen=True)
class Answered:
    """A demand, whether it was met, and the condition keys that a policy asked for and the simulator could not tell."""

    demand: Demand
    allowed: bool
    unjudged: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """As the journal has it."""
        keys = {name: values for name, values in self.demand.keys.items() if name not in _SAY_NOTHING}
        shown = {"action": self.demand.action, "resource": self.demand.resource, "keys": keys, "allowed": self.allowed}
        return {**shown, "unjudged": list(self.unjudged)} if self.unjudged else shown


def refuse_test_doors(call: Call) -> None:
    """Refuse the two documented bad access keys, with the code that the protocol uses."""
    if call.access_key == EXPIRED_KEY:
        raise expired_credentials(call)
    if call.access_key == INVALID_KEY:
        raise invalid_credentials(call)


def expired_credentials(call: Call) -> Refused:
    """What AWS answers to credentials whose time is over."""
    return Refused(
        _EXPIRED_CODES.get(call.protocol, "ExpiredToken"),
        "The security token included in the request is expired",
        400 if call.service == "s3" else 403,
    )


def invalid_credentials(call: Call) -> Refused:
    """What AWS answers to credentials that it does not know."""
    code = "InvalidAccessKeyId" if call.service == "s3" else _INVALID_CODES.get(call.protocol, "InvalidClientTokenId")
    return Refused(code, "The security token included in the request is invalid.", 401 if code == "AuthFailure" else 403)


def account_and_principal(simulator: Simulator, call: Call) -> tuple[str, str]:
    """The account a call acts in, and who makes it: the ARN of a known user or assumed role, else the access key id."""
    if "X-Moto-Account-Id" in call.request.headers:
        return call.request.headers["X-Moto-Account-Id"], call.access_key
    key = call.access_key
    known = whose(simulator, key)
    if known is not None:
        return known.account, known.principal
    return ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root" if key == ROOT_KEY else key or "anonymous"


@dataclass(frozen=True)
class Whose:
    """Whose an access key is."""

    account: str
    principal: str  # ARN
    secret: str


def whose(simulator: Simulator, key: str) -> Whose | None:
    """Who was given an access key; None for keys that no account has given out."""
    with simulator.lock:
        for account in list(iam_backends):
            for session in sts_backends[account]["aws"].assumed_roles:
                if session.access_key_id == key:
                    return Whose(account, session.arn, session.secret_access_key)
            iam = iam_backends[account]["aws"]
            known = iam.access_keys.get(key)
            if known is not None:
                user = iam.users.get(known.user_name)
                return Whose(account, user.arn if user is not None else f"arn:aws:iam::{account}:user/{known.user_name}", known.secret_access_key)
    return None


def authorize(context: Context) -> None:
    """Refuse unknown credentials, and what the policies that have a say do not allow. `context.demanded` has what was asked, and the answers."""
    if (context.service, context.operation) == ("sts", "AssumeRoleWithWebIdentity"):
        _believe(context)
    if _unsigned(context):
        return
    caller = caller_of(context)
    _within_session(context, caller)
    common = _of_every_request(context) | _factor(context)
    for demand in authorization.demands(context):
        verdict = _answer(context, caller, demand, common)
        context.demanded.append(Answered(demand, verdict.allowed, tuple(sorted(verdict.unjudged))))
        for key in verdict.unjudged:
            context.simulator.journal.record_unjudged(demand.action, key)
        if not verdict.allowed:
            raise _denied(context, caller, demand, verdict)


def _unsigned(context: Context) -> bool:
    """Whether a call needs no credentials: those two, and what users of Cognito ask for themselves, of which the models say so."""
    called = context.wire.operation
    return (context.service, context.operation) in UNSIGNED or (called is not None and called.auth_type == "none")


def may(context: Context, action: str, resource: str) -> bool:
    """Whether the caller may do something beside what is asked: some answers depend on it."""
    demand = authorization.demand(context, action, resource)
    return _answer(context, caller_of(context), demand, _of_every_request(context)).allowed


def _answer(context: Context, caller: Caller, demand: Demand, common: dict[str, list[str]]) -> Verdict:
    of_resource = policy_of(context, demand.action, demand.resource)
    if caller.kind == "Account" and demand.action in _ROOT_MAY:
        of_resource = None
    owner = of_resource.account if of_resource else context.account
    return judge(caller, demand.action, demand.resource, _facts(context, caller, demand, common, owner), of_resource)


def record(context: Context) -> None:
    """Fill `context.demanded` without judging anything."""
    if not _unsigned(context):
        context.demanded += [Answered(demand, True) for demand in authorization.demands(context)]


def _facts(context: Context, caller: Caller, demand: Demand, common: dict[str, list[str]], owner: str) -> Facts:
    """Everything that is known of one question."""
    prefix = demand.action.partition(":")[0]
    values = {**common, "aws:RequestedRegion": [authorization.region_of(context, prefix)], **caller.keys, **demand.keys}
    values["aws:ResourceAccount"] = [owner]
    untold = {key.lower() for key in demand.untold}
    beginnings = tuple(key for key in untold if key.endswith(("/", ":")))
    return Facts({**ALWAYS, **{name.lower(): value for name, value in values.items()}}, lambda key: key in untold or key.startswith(beginnings))


def _of_every_request(context: Context) -> dict[str, list[str]]:
    """UG iam/reference_policies_condition-keys.md. Calls come over no VPC endpoint, so they have no aws:SourceVpce."""
    now, request = context.simulator.clock(), context.wire.request
    return {
        "aws:CurrentTime": [datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
        "aws:EpochTime": [str(int(now))],
        "aws:PrincipalIsAWSService": ["false"],
        "aws:SourceIp": [request.headers.get("X-Forwarded-For") or request.remote_addr or "127.0.0.1"],
        "aws:UserAgent": [request.headers.get("User-Agent", "")],
        "aws:ViaAWSService": ["false"],
    }


def _factor(context: Context) -> dict[str, list[str]]:
    """API sts:AssumeRole: with the code of an MFA device the request counts as one with MFA, for the role's trust policy.

    What is then done with the role's credentials does not: "The temporary credentials returned by AssumeRole do not include MFA information in the
    context" (UG iam/id_credentials_mfa_configure-api-require.md).
    """
    if (context.service, context.operation) != ("sts", "AssumeRole") or not context.params.get("SerialNumber"):
        return {}
    check_factor(context)
    return {"aws:MultiFactorAuthPresent": ["true"], "aws:MultiFactorAuthAge": ["0"]}


def _denied(context: Context, caller: Caller, demand: Demand, verdict: Verdict) -> Refused:
    """UG iam/troubleshoot_access-denied.md; EC2 says the rest in a message that sts:DecodeAuthorizationMessage reads (API sts)."""
    reason = verdict.reason(demand.action)
    message = f"User: {caller.arn} is not authorized to perform: {demand.action} on resource: {demand.resource} {reason}"
    if context.service == "ec2":
        details = {
            "allowed": False,
            "explicitDeny": verdict.explicit,
            "matchedStatements": {"items": [{"statementId": statement.sid, "effect": statement.effect.upper()} for statement in verdict.statements]},
            "failures": {"items": []},
            "context": {
                "principal": {"id": caller.keys.get("aws:userid", [""])[0], "arn": caller.arn},
                "action": demand.action,
                "resource": demand.resource,
                "conditions": {"items": [{"key": key, "values": {"items": [{"value": value} for value in of]}} for key, of in demand.keys.items()]},
            },
        }
        return Refused(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. {message}. Encoded authorization failure message: {encoded(details)}",
            403,
        )
    if context.service == "autoscaling" and demand.action == "ec2:RunInstances":
        message = f"You are not authorized to use launch template: {message}"
    return Refused(_DENIED_CODES.get(context.wire.protocol, "AccessDenied"), message, 403)


def encoded(details: dict[str, Any]) -> str:
    """A message that says nothing to whoever may not decode it."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(details).encode())).decode()


def decoded(message: str) -> str:
    """What `encoded` was given, as JSON; ValueError for any other text."""
    try:
        return zlib.decompress(base64.urlsafe_b64decode(message)).decode()
    except (zlib.error, UnicodeDecodeError) as problem:
        raise ValueError(message) from problem


def _believe(context: Context) -> None:
    """Refuse a token of an issuer that the account does not know, for an audience it does not serve, or that the role does not trust.

    What is in a token counts, not who signed it: there is no issuer to be asked.
    """
    arn = context.params["RoleArn"]
    iam = context.backend("iam", account=arn.split(":")[4])
    try:
        payload = context.params["WebIdentityToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        issuer = claims["iss"].removeprefix("https://")
    except (IndexError, ValueError, KeyError):
        raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None
    provider = iam.open_id_providers.get(f"arn:aws:iam::{arn.split(':')[4]}:oidc-provider/{issuer}")
    if provider is None:
        raise Refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for https://{issuer}")
    if claims.get("aud") not in provider.client_id_list:
        raise Refused("InvalidIdentityToken", "Incorrect token audience")
    roles = [role for role in iam.roles.values() if role.arn == arn]
    keys = {**_of_every_request(context), **{f"{issuer}:{claim}": [str(value)] for claim, value in claims.items()}}
    if not roles or not policies.federates(roles[0].assume_role_policy_document, provider.arn, keys):
        raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


def caller_of(context: Context) -> Caller:
    """Who calls, with all policies that come along; Refused for credentials that are unknown, inactive or have expired."""
    call = context.wire
    if call.access_key == ROOT_KEY:
        arn = f"arn:aws:iam::{context.account}:root"
        return Caller(context.account, arn, arn, "Account", keys=_about(context.account, arn, "Account", context.account))
    iam, sts = iam_backends[context.account]["aws"], sts_backends[context.account]["aws"]
    token = call.request.headers.get("X-Amz-Security-Token") or call.request.args.get("X-Amz-Security-Token")
    session = next((one for one in sts.assumed_roles if one.access_key_id == call.access_key), None)
    if session is not None:
        if token != session.session_token:
            raise invalid_credentials(call)
        if session.expiration <= context.now():
            raise expired_credentials(call)
        return _of_session(context, iam, session)
    known = iam.access_keys.get(call.access_key)
    user = iam.users.get(known.user_name) if known is not None else None
    if known is None or user is None or token or known.status != "Active":
        raise invalid_credentials(call)
    return _of_user(context.account, iam, user)


def _of_user(account: str, iam: Any, user: Any) -> Caller:
    keys = {**_about(account, user.arn, "User", user.id), "aws:username": [user.name]}
    keys |= {f"aws:PrincipalTag/{name}": [value] for name, value in plain(user.tags).items()}
    groups = [group for group in iam.groups.values() if user in group.users]
    identity = tuple(document for holder in (user, *groups) for document in _attached(holder))
    return Caller(account, user.arn, user.arn, "User", identity, _boundary(iam, user), None, keys, (user.id,))


def _of_session(context: Context, iam: Any, session: Any) -> Caller:
    """A role's session has the role's policies, a user's the user's; what was passed when it was made limits both."""
    made: SessionDetails = getattr(session, "simulator_details", NOTHING_PASSED)
    limits = None if made.policies is None else tuple(_passed(iam, policy) for policy in made.policies)
    if made.user is not None:
        user = iam.users.get(made.user)
        if user is None:
            raise invalid_credentials(context.wire)
        caller = _of_user(context.account, iam, user)
        if made.federated:
            kind = {"aws:PrincipalType": ["FederatedUser"], "aws:userid": [session.user_id], "aws:FederatedProvider": [session.arn]}
            keys = {name: value for name, value in caller.keys.items() if name != "aws:username"} | kind | {"aws:PrincipalArn": [session.arn]}
            return replace(caller, arn=session.arn, kind="FederatedUser", session=limits or (), keys={**keys, **made.keys(context.now())})
        return replace(caller, keys={**caller.keys, **made.keys(context.now())})
    if session.arn.endswith(":root"):
        keys = _about(context.account, session.arn, "Account", context.account)
        return Caller(context.account, session.arn, session.arn, "Account", keys={**keys, **made.keys(context.now())})
    role = next((role for role in iam.roles.values() if role.arn == session.role_arn), None)
    if role is None:
        raise invalid_credentials(context.wire)
    keys = _about(context.account, role.arn, "AssumedRole", session.user_id)
    tags = {**plain(role.tags), **made.tags}  # UG iam/id_session-tags.md: a session's tag takes the place of the role's
    keys |= {f"aws:PrincipalTag/{name}": [value] for name, value in tags.items()}
    keys |= made.keys(context.now())
    return Caller(context.account, session.arn, role.arn, "AssumedRole", tuple(_attached(role)), _boundary(iam, role), limits, keys, (role.id, session.user_id))


def _about(account: str, arn: str, kind: str, identifier: str) -> dict[str, list[str]]:
    return {"aws:PrincipalAccount": [account], "aws:PrincipalArn": [arn], "aws:PrincipalType": [kind], "aws:userid": [identifier]}


def _attached(holder: Any) -> Iterator[Document]:
    """A user's, group's or role's own and managed policies."""
    for text in holder.policies.values():
        yield Document(str(text))
    for policy in holder.managed_policies.values():
        yield Document(document_of(policy), policy.arn)


def _passed(iam: Any, policy: str) -> Document:
    """A session policy: its text, or the ARN of a managed policy."""
    return Document(document_of(iam.get_policy(policy)), policy) if policy.startswith("arn:") else Document(policy)


def _boundary(iam: Any, holder: Any) -> Document | None:
    arn = getattr(holder, "permissions_boundary_arn", None)
    return Document(document_of(iam.get_policy(arn)), arn) if arn else None


def _within_session(context: Context, caller: Caller) -> None:
    """API sts:GetSessionToken: such credentials call IAM only with MFA, and of STS only AssumeRole and GetCallerIdentity.
    API sts:GetFederationToken: they call nothing of IAM, and of STS only GetCallerIdentity."""
    session = "aws:TokenIssueTime" in caller.keys
    if not session or caller.kind not in ("User", "FederatedUser") or context.service not in ("iam", "sts"):
        return
    allowed = {"GetCallerIdentity"} if caller.kind == "FederatedUser" else {"GetCallerIdentity", "AssumeRole"}
    if context.service == "sts" and context.operation in allowed:
        return
    if context.service == "iam" and caller.kind == "User" and "aws:MultiFactorAuthPresent" in caller.keys:
        return
    raise Refused("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def document_of(policy: Any) -> str:
    """The text of a policy in any of the shapes in which moto keeps it."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, dict):
        return str(policy["policy_document"])
    return next(str(version.document) for version in policy.versions if version.is_default)

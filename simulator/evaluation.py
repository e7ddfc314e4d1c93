# SPDX-License-Identifier: GPL-3.0-or-later
"""May this caller do that? AWS's policy evaluation logic over all policies that have a say.

UG iam/reference_policies_evaluation-logic_policy-eval-basics.md (one account), reference_policies_evaluation-logic-cross-account.md,
access_policies_boundaries.md and access_policies.md (session policies); policies of organisations there are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from simulator import policies
from simulator.policies import Facts, Statement, as_list

# What a policy is called in AWS's messages (UG iam/troubleshoot_access-denied.md).
IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"


@dataclass(frozen=True)
class Document:
    """The text of a policy, and the ARN that a managed one has."""

    text: str
    arn: str = ""


@dataclass(frozen=True)
class Caller:
    """Who calls: a user, a session of a role, a user's session, or the root of an account."""

    account: str
    arn: str  # of the user or the session
    issuer: str  # ARN of the user or the role that it is a session of
    kind: str = "User"  # aws:PrincipalType: User, AssumedRole, FederatedUser or Account
    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] | None = None  # None: no session policies were passed
    keys: dict[str, list[str]] = field(default_factory=dict)  # condition keys about who calls
    ids: tuple[str, ...] = ()  # unique ids (AIDA..., AROA...), which policies may name too


@dataclass(frozen=True)
class ResourcePolicy:
    """The policy of a resource, of whichever account. text None: it has none, and only its own account may use it."""

    account: str
    text: str | None
    name: str = "resource-based policy"
    alone: bool = False  # nothing is allowed that it does not allow: keys and roles


class Grant(IntEnum):
    """How a resource's policy lets a caller in."""

    NONE = 0
    ACCOUNT = 1  # names the account, which leaves it to the caller's own policies
    ROLE = 2  # names the role, which its boundary and the session's policies limit
    USER = 3  # names the user, whom nothing but a session policy limits
    CALLER = 4  # names the session, or everybody: nothing limits that


@dataclass
class Verdict:
    """The answer, and why."""

    allowed: bool
    explicit: bool = False
    policy: str = IDENTITY  # which kind of policy decided
    arn: str = ""  # of that policy, if it has one
    statements: list[Statement] = field(default_factory=list)
    unjudged: set[str] = field(default_factory=set)

    def reason(self, action: str) -> str:
        """As AWS words it: UG iam/troubleshoot_access-denied.md."""
        article = "the" if "trust" in self.policy else "an" if self.policy[0] in "aeio" else "a"
        if self.explicit:
            return f"with an explicit deny in {article} {self.policy}{': ' + self.arn if self.arn else ''}"
        return f"because no {self.policy} allows the {action} action"


def judge(caller: Caller, action: str, resource: str, facts: Facts, of_resource: ResourcePolicy | None) -> Verdict:
    """Whether a caller may take an action on a resource."""
    verdict = Verdict(True, unjudged=facts.unjudged)
    identity = _deciding(caller.identity, action, resource, facts)
    boundary = _deciding([caller.boundary], action, resource, facts) if caller.boundary else []
    session = _deciding(caller.session or (), action, resource, facts)
    granted, denial = _let_in(of_resource, caller, action, resource, facts)
    for name, found in ((IDENTITY, identity), (BOUNDARY, boundary), (SESSION, session)):
        for statement, arn in found:
            if not statement.allows:
                return Verdict(False, True, name, arn, [statement], facts.unjudged)
    if denial is not None and of_resource is not None:
        return Verdict(False, True, of_resource.name, "", [denial], facts.unjudged)
    if caller.kind == "Account":  # root may everything, except use a key whose policy does not say so
        if of_resource is None or granted or (of_resource.account == caller.account and not of_resource.alone):
            return verdict
        return Verdict(False, False, of_resource.name, unjudged=facts.unjudged)
    missing = None  # the first kind of policy that would have to allow this and does not
    if not identity:
        missing = IDENTITY
    elif caller.boundary and not boundary:
        missing = BOUNDARY
    elif caller.session is not None and not session:
        missing = SESSION
    if of_resource is not None:
        if of_resource.account != caller.account:
            missing = missing or (None if granted else of_resource.name)
        elif _enough(caller, granted, bool(boundary), bool(session)):
            missing = None
        elif of_resource.alone and granted < Grant.ACCOUNT:
            missing = of_resource.name
    if missing is not None:
        return Verdict(False, False, missing, unjudged=facts.unjudged)
    verdict.statements = [statement for statement, _ in identity]
    return verdict


def _enough(caller: Caller, granted: Grant, within_boundary: bool, within_session: bool) -> bool:
    """Whether what a resource's policy grants to a caller of the same account needs no identity-based policy."""
    in_session = caller.session is None or within_session
    if granted == Grant.ROLE:
        return in_session and (caller.boundary is None or within_boundary)
    return granted == Grant.CALLER or (granted == Grant.USER and in_session)


def _deciding(documents: Iterable[Document | None], action: str, resource: str, facts: Facts) -> list[tuple[Statement, str]]:
    return [
        (statement, document.arn) for document in documents if document is not None for statement in policies.deciding([document.text], action, resource, facts)
    ]


def _let_in(of_resource: ResourcePolicy | None, caller: Caller, action: str, resource: str, facts: Facts) -> tuple[Grant, Statement | None]:
    """How a resource's policy lets a caller in, or the statement that denies it."""
    granted = Grant.NONE
    if of_resource is None or of_resource.text is None:
        return granted, None
    for statement in policies.about(of_resource.text, action):
        grant = _named(statement, caller)
        if not grant or not statement.applies(resource, facts):
            continue
        if not statement.allows:
            return Grant.NONE, statement
        granted = max(granted, grant)
    return granted, None


def _named(statement: Statement, caller: Caller) -> Grant:
    """How a statement names a caller."""
    principal = statement.raw.get("Principal")
    if "NotPrincipal" in statement.raw:
        # UG iam/reference_policies_elements_notprincipal.md: to except somebody from a Deny, user or session, role and account must be named.
        excepted = statement.raw["NotPrincipal"]
        names = set(as_list(excepted.get("AWS") if isinstance(excepted, dict) else excepted))
        return Grant.NONE if "*" in names or names & {caller.arn, caller.issuer} else Grant.CALLER
    return _grant(as_list(principal.get("AWS") if isinstance(principal, dict) else principal), caller)


def _grant(names: list[Any], caller: Caller) -> Grant:
    if "*" in names or (caller.arn != caller.issuer and caller.arn in names):
        return Grant.CALLER
    if caller.issuer in names or any(name in caller.ids for name in names):
        return Grant.ROLE if caller.kind == "AssumedRole" else Grant.USER
    if caller.account in names or f"arn:aws:iam::{caller.account}:root" in names:
        return Grant.ACCOUNT
    return Grant.NONE

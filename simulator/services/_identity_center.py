# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Identity Center: its instances, with the directory that belongs to each, and what it makes in accounts.

An organization instance is made in the console only, in the management account: the door /_simulator/identity-center does that. moto gives every account
and region an instance, believes every account that it is its administrator, and carries out at once what takes a while.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.organizations.models import organizations_backends
from moto.sts.models import AssumedRole, sts_backends

from simulator import control
from simulator.api import Simulator
from simulator.context import Context
from simulator.moto_bridge import ACCOUNT
from simulator.registry import Parameters, Refused, on_reset
from simulator.request import Request
from simulator.sessions import SessionDetails

# What its roles are called and where they are: UG singlesignon/referencingpermissionsets.html. Outside of us-east-1 the region is part of the path.
ROLE_PATH = "/aws-reserved/sso.amazonaws.com/"
INLINE = "AwsSSOInlinePolicy"  # unsourced: what its own policy is called in such a role
_LONGEST_SESSION = 43200  # of its roles, whatever the permission set says: UG singlesignon/howtosessionduration.html
_DURATION = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


@dataclass
class Set:
    """A permission set, and by account the version of it that is provisioned there."""

    arn: str
    name: str
    created: datetime
    description: str = ""
    duration: str = "PT1H"  # API sso-admin:CreatePermissionSet has no default; UG singlesignon/howtosessionduration.html: one hour
    relay: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    inline: str = ""
    managed: dict[str, str] = field(default_factory=dict)  # ARN -> name
    own: list[tuple[str, str]] = field(default_factory=list)  # (path, name) of policies that each account has
    boundary: Parameters | None = None
    version: int = 0
    provisioned: dict[str, tuple[int, str]] = field(default_factory=dict)  # account -> (version, role)

    @property
    def seconds(self) -> int:
        """How long its sessions last; 0 for what is no duration of hours, minutes and seconds."""
        found = _DURATION.fullmatch(self.duration)
        return sum(int(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True)) if found else 0

    def shown(self) -> Parameters:
        """API sso-admin:PermissionSet."""
        optional = {"Description": self.description, "RelayState": self.relay}
        return {"Name": self.name, "PermissionSetArn": self.arn, "CreatedDate": self.created, "SessionDuration": self.duration} | {
            member: value for member, value in optional.items() if value
        }


@dataclass(frozen=True)
class Assignment:
    """Who has a permission set in an account."""

    account: str
    set_arn: str
    principal_type: str
    principal: str


@dataclass
class Demand:
    """What was asked for and takes a while."""

    kind: str  # creation, deletion or provisioning
    shown: Parameters
    accounts: tuple[str, ...]
    ready: float
    act: Callable[[], str]  # why it failed, or nothing
    id: str = field(default_factory=lambda: str(mock_random.uuid4()))
    status: str = "IN_PROGRESS"
    reason: str = ""


@dataclass
class Instance:
    """One deployment, with its directory."""

    arn: str
    store: str
    owner: str
    region: str
    of_organization: bool
    created: datetime
    name: str = ""
    sets: dict[str, Set] = field(default_factory=dict)
    assignments: list[Assignment] = field(default_factory=list)
    demands: dict[str, Demand] = field(default_factory=dict)
    users: dict[str, Parameters] = field(default_factory=dict)
    groups: dict[str, Parameters] = field(default_factory=dict)
    memberships: dict[str, Parameters] = field(default_factory=dict)

    def shown(self) -> Parameters:
        """API sso-admin:InstanceMetadata."""
        return {
            "InstanceArn": self.arn,
            "IdentityStoreId": self.store,
            "OwnerAccountId": self.owner,
            "CreatedDate": self.created,
            "Status": "ACTIVE",
            "PrimaryRegion": self.region,
            **({"Name": self.name} if self.name else {}),
        }

    def groups_of(self, user: str) -> set[str]:
        """The groups that a user is a member of."""
        return {one["GroupId"] for one in self.memberships.values() if one["MemberId"]["UserId"] == user}

    def settle(self, now: float) -> None:
        """Carry out what was asked for long enough ago."""
        for one in [one for one in self.demands.values() if one.status == "IN_PROGRESS" and one.ready <= now]:
            one.reason = one.act()
            one.status = "FAILED" if one.reason else "SUCCEEDED"


INSTANCES: list[Instance] = []


@on_reset
def forget() -> None:
    """An empty account has none."""
    INSTANCES.clear()


def management_of(account: str) -> str:
    """The management account of an account's organization; empty where it is in none."""
    if organizations_backends[account]["aws"].org is not None:
        return account
    return organizations_backends.master_accounts.get(account, ("", ""))[0]


def members_of(management: str) -> set[str]:
    """The accounts of an organization."""
    return {str(one.id) for one in organizations_backends[management]["aws"].accounts}


def is_administrator(instance: Instance, account: str) -> bool:
    """Whether an account manages an instance: its own, or by delegation (UG singlesignon/delegated-admin.html)."""
    if account == instance.owner:
        return True
    admins = organizations_backends[instance.owner]["aws"].admins if instance.of_organization else []
    return any(one.account.id == account and "sso.amazonaws.com" in one.services for one in admins)


def make(account: str, region: str, of_organization: bool, now: datetime) -> Instance:
    """Another instance."""
    letters = mock_random.get_random_hex
    instance = Instance(f"arn:aws:sso:::instance/ssoins-{letters(16)}", f"d-{letters(10)}", account, region, of_organization, now)
    INSTANCES.append(instance)
    return instance


def instance_of(context: Context) -> Instance:
    """The instance that a call names, after what was asked for earlier."""
    arn = context.params.get("InstanceArn")
    found = next((one for one in INSTANCES if one.arn == arn and one.region == context.region), None)
    # API sso-admin: AccessDeniedException, also for what is not there or not theirs to see.
    if found is None or not is_administrator(found, context.account):
        raise Refused("AccessDeniedException", f"User: {context.principal} is not authorized to perform: sso:{context.operation}")
    found.settle(context.simulator.clock())
    return found


def page(context: Context, member: str, items: Iterable[Any], most: int = 100) -> Parameters:
    """A page of a list, and where the next one begins."""
    start, size = int(context.params.get("NextToken") or 0), context.params.get("MaxResults", most)
    items = list(items)
    return {member: items[start : start + size]} | ({"NextToken": str(start + size)} if len(items) > start + size else {})


# What it makes in accounts --------------------------------------------------------------------------------------------


def role_of(instance: Instance, one: Set, account: str) -> Any:
    """moto's role of a permission set in an account; None where it is not provisioned."""
    name = one.provisioned.get(account, (0, ""))[1]
    return next((role for role in iam_backends[account]["aws"].roles.values() if role.name == name), None)


def provision(instance: Instance, one: Set, account: str) -> str:
    """Make the role in the account what the permission set says (UG singlesignon/permissionsetsconcept.html); why not, where it cannot be."""
    iam = iam_backends[account]["aws"]
    of_account = {policy.arn: policy for policy in iam.managed_policies.values()}
    wanted = [*one.managed, *(f"arn:aws:iam::{account}:policy{path}{name}" for path, name in one.own)]
    limit = ""
    if one.boundary:
        reference = one.boundary.get("CustomerManagedPolicyReference")
        limit = f"arn:aws:iam::{account}:policy{reference.get('Path', '/')}{reference['Name']}" if reference else one.boundary["ManagedPolicyArn"]
    # UG singlesignon/howtocmp.html: the account needs a policy of that name and path, or it cannot be provisioned. The words are unsourced.
    missing = [arn for arn in [*wanted, *([limit] if limit else [])] if arn not in of_account]
    if missing:
        return f"Received a 404 status error: Policy {missing[0]} does not exist or is not attachable."
    # UG singlesignon/limits.html: the roles follow IAM's quotas.
    if len(wanted) > 10:
        return "Received a 409 status error: Cannot exceed quota for PoliciesPerRole: 10"
    role = role_of(instance, one, account)
    if role is None:
        provider = f"arn:aws:iam::{account}:saml-provider/AWSSSO_{instance.arn[-16:]}_DO_NOT_DELETE"
        trust = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}
        path = ROLE_PATH if instance.region == "us-east-1" else f"{ROLE_PATH}{instance.region}/"
        role = iam.create_role(
            role_name=f"AWSReservedSSO_{one.name}_{mock_random.get_random_hex(16)}",
            assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            path=path,
            permissions_boundary=limit or None,
            description=one.description,
            tags=[],
            max_session_duration=str(_LONGEST_SESSION),
        )
    role.permissions_boundary_arn = limit or None
    for arn in [arn for arn in role.managed_policies if arn not in wanted]:
        of_account[arn].detach_from(role)
    for arn in [arn for arn in wanted if arn not in role.managed_policies]:
        of_account[arn].attach_to(role)
    role.policies.clear()
    if one.inline:
        role.put_policy(INLINE, one.inline)
    one.provisioned[account] = (one.version, role.name)
    return ""


def remove_role(instance: Instance, one: Set, account: str) -> None:
    """Nobody has the permission set in the account any more."""
    role = role_of(instance, one, account)
    one.provisioned.pop(account, None)
    if role is not None:
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)
        iam_backends[account]["aws"].roles.pop(role.id, None)


# The console, and the portal that people sign in to --------------------------------------------------------------------


@control.door("POST", "identity-center")
def enable(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"region": "us-east-1"}: enable an organization instance, as the console does in the management account; with "users" and "groups"
    ({"people": ["example.person"]}) also what an identity provider has sent over."""
    wanted = control.body(request, "region")
    with simulator.lock:
        account = str(wanted.get("account", ACCOUNT))
        if management_of(account) != account:
            raise Refused("BadRequest", f"{account} is not the management account of an organization")
        now = datetime.fromtimestamp(simulator.clock(), UTC).replace(tzinfo=None)
        found = next((one for one in INSTANCES if one.owner == account and one.of_organization), None)
        instance = found or make(account, str(wanted["region"]), True, now)
        ids = {name: _sent(instance, instance.users, "UserId", {"UserName": name}) for name in wanted.get("users", [])}
        for group, members in wanted.get("groups", {}).items():
            id_ = _sent(instance, instance.groups, "GroupId", {"DisplayName": group})
            for name in members:
                key = str(mock_random.uuid4())
                instance.memberships[key] = {"MembershipId": key, "GroupId": id_, "MemberId": {"UserId": ids[name]}}
        return {"instance": instance.arn, "store": instance.store}


def _sent(instance: Instance, things: dict[str, Parameters], member: str, about: Parameters) -> str:
    key = str(mock_random.uuid4())
    external = [{"Issuer": "https://idp.example.org", "Id": str(mock_random.uuid4())}]
    things[key] = {**about, member: key, "ExternalIds": external}
    return key


@control.door("POST", "sign-in")
def sign_in(simulator: Simulator, request: Request) -> dict[str, Any]:
    """{"person": "example.person", "permission_set": "acme-dev-web"}: credentials as the access portal gives them; refused to whom it does not offer that."""
    wanted = control.body(request, "person", "permission_set")
    account = str(wanted.get("account", ACCOUNT))
    with simulator.lock:
        for instance in INSTANCES:
            instance.settle(simulator.clock())
            users = [one["UserId"] for one in instance.users.values() if one["UserName"] == wanted["person"]]
            holders = {*users, *itertools.chain.from_iterable(map(instance.groups_of, users))}
            for one in instance.sets.values():
                assigned = any(each.set_arn == one.arn and each.account == account and each.principal in holders for each in instance.assignments)
                role = role_of(instance, one, account)
                if one.name == wanted["permission_set"] and assigned and role is not None:
                    return _session(simulator, instance, one, role, account, str(wanted["person"]), users[0])
    raise Refused("Forbidden", f"{wanted['person']} is offered no {wanted['permission_set']} in {account}")


def _session(simulator: Simulator, instance: Instance, one: Set, role: Any, account: str, name: str, user: str) -> dict[str, Any]:
    """UG singlesignon/userswithsingleaccess.html: the session is called like the user; as long as the permission set says."""
    key = iam_backends[account]["aws"].create_temp_access_key()
    session = AssumedRole(account, instance.region, key, name, role.arn, "", one.seconds or 3600, "")
    issued = datetime.fromtimestamp(simulator.clock(), UTC).replace(tzinfo=None)
    # UG iam/reference_policies_condition-keys.html, identitystore:UserId: who it is, in every request of the session.
    session.simulator_details = SessionDetails(issued=issued, login={"identitystore:UserId": [user]})  # type: ignore[attr-defined]
    sts_backends[account]["aws"].assumed_roles.append(session)
    return {
        "access_key": session.access_key_id,
        "secret": session.secret_access_key,
        "token": session.session_token,
        "expiration": session.expiration.isoformat(),
        "role": role.arn,
    }

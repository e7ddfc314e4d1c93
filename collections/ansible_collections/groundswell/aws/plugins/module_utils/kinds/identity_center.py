# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Identity Center: groups of its directory, permission sets, and who has them in which account.

All of it belongs to the organization's instance, which is managed from the management account or from a delegated administrator's. Permission sets and
assignments are changed for good when an account has heard of it, and that takes a while: what is asked for there is waited for here.
"""

from __future__ import annotations

import json
import re
import time
import typing as t

from ..compare import canonical_policy, dict_to_tags, tags_to_dict
from ..resource import OWNERSHIP, PLACEHOLDER, Item, Kind, Problem, Resource, Session, owned
from ..retries import tolerated

# One role of an account is changed at a time (UG singlesignon/limits.html), and what was just written is not known everywhere.
_NOT_YET = ((r"ConflictException", r"^(?!.*already exists)", 300.0), (r"ResourceNotFoundException", "", 30.0))
_LONGEST_NAME = 32  # of a permission set
_POLICY_SIZE = 10240  # characters of its inline policy, white space not counted (UG singlesignon/limits.html)
_PATIENCE = 600.0  # seconds for one assignment or provisioning
# Statements of this Sid end the sessions of somebody who has left, or left a job (module_utils/center_people.py): no part of what is declared, and not
# to be taken away by a rollout.
ENDED = re.compile(r"Left[0-9A-Za-z]+")
# Where the answer to a request has its status -> how to ask for that again, and by which parameter.
_STATUS = {
    "AccountAssignmentCreationStatus": ("describe_account_assignment_creation_status", "AccountAssignmentCreationRequestId"),
    "AccountAssignmentDeletionStatus": ("describe_account_assignment_deletion_status", "AccountAssignmentDeletionRequestId"),
    "PermissionSetProvisioningStatus": ("describe_permission_set_provisioning_status", "ProvisionPermissionSetRequestId"),
}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")


def instance_of(session: Session) -> Item:
    """The organization's instance in the session's region; empty where there is none that can be seen."""
    pages = session.client("sso-admin").get_paginator("list_instances").paginate()
    found = [one for one in pages.search("Instances[]") if one]
    if len(found) > 1:
        # A member account may have one of its own beside the organization's.
        management = session.client("organizations").describe_organization()["Organization"]["MasterAccountId"]
        found = [one for one in found if one["OwnerAccountId"] == management]
    return t.cast(Item, found[0]) if found else {}


def duration(seconds: int) -> str:
    """As ISO 8601 writes it: PT8H."""
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
    return "PT" + "".join(f"{value}{unit}" for value, unit in parts if value)


def seconds_of(text: str) -> int:
    """The same, backwards."""
    found = _DURATION.fullmatch(text)
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), (86400, 3600, 60, 1), strict=True)) if found else 0


def finish(session: Session, instance: str, answer: Item) -> None:
    """Wait until what was asked for is done; a Problem with AWS's reason where it failed."""
    (member,) = _STATUS.keys() & answer.keys()
    (operation, parameter), asked, started = _STATUS[member], answer[member], time.monotonic()
    while asked["Status"] == "IN_PROGRESS":
        elapsed = time.monotonic() - started
        if elapsed > _PATIENCE:
            raise Problem(f"Identity Center has not finished after {elapsed:.0f} s ({asked['RequestId']}). Run again to go on waiting")
        time.sleep(min(5.0, max(0.25, elapsed / 10)))
        asked = getattr(session.client("sso-admin", _NOT_YET[1:]), operation)(InstanceArn=instance, **{parameter: asked["RequestId"]})[member]
    if asked["Status"] != "SUCCEEDED":
        raise Problem(f"Identity Center could not do it: {asked.get('FailureReason', 'it does not say why')}")


def provision(session: Session, instance: str, permission_set: str) -> None:
    """Bring what accounts have of a permission set to what it says now."""
    client = session.client("sso-admin", _NOT_YET)
    finish(session, instance, client.provision_permission_set(InstanceArn=instance, PermissionSetArn=permission_set, TargetType="ALL_PROVISIONED_ACCOUNTS"))


def accounts_of(session: Session, instance: str, permission_set: str, **more: str) -> list[str]:
    """The accounts that a permission set is provisioned in."""
    pages = session.client("sso-admin").get_paginator("list_accounts_for_provisioned_permission_set")
    found = pages.paginate(InstanceArn=instance, PermissionSetArn=permission_set, **more).search("AccountIds[]")
    return [one for one in found if one]


def unassign(session: Session, instance: str, assignment: Item) -> None:
    """Take a permission set away from somebody in an account. That it is gone already is no error."""
    with tolerated("ResourceNotFoundException"):
        client = session.client("sso-admin", _NOT_YET[:1])
        finish(session, instance, client.delete_account_assignment(InstanceArn=instance, TargetType="AWS_ACCOUNT", **assignment))


def statements_of(document: str) -> tuple[list[Item], list[Item]]:
    """(what is declared, what ends sessions) of an inline policy."""
    if not document:
        return [], []
    found = json.loads(document)["Statement"]
    found = found if isinstance(found, list) else [found]
    ends = [one for one in found if ENDED.fullmatch(str(one.get("Sid", "")))]
    return [one for one in found if one not in ends], ends


def policy_of(statements: list[Item]) -> str:
    """A policy of these statements; empty for none."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")) if statements else ""


def _canonical(document: t.Any) -> str:
    return json.dumps(canonical_policy(document), sort_keys=True) if document else ""


class CenterKind(Kind):
    """What belongs to the organization's instance."""

    service = "sso-admin"
    not_yet = _NOT_YET

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._instance: Item | None = None

    @property
    def instance(self) -> Item:
        if self._instance is None:
            self._instance = instance_of(self.session)
        return self._instance

    @property
    def target(self) -> Item:
        """What names the instance in a call."""
        if not self.instance:
            raise Problem(f"there is no organization instance of IAM Identity Center that can be seen from {self.session.region}")
        return {"InstanceArn": self.instance["InstanceArn"]}

    def pages(self, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        """Without patience: what is not there any more need not be waited for."""
        pages = self.session.client("sso-admin").get_paginator(operation).paginate(**parameters)
        return [one for one in pages.search(result + "[]") if one is not None]

    def sets(self) -> dict[str, Item]:
        """All permission sets by name."""
        if not self.instance:
            return {}
        arns = self.pages("list_permission_sets", "PermissionSets", **self.target)

        def look(arn: str) -> Item | None:
            with tolerated("ResourceNotFoundException"):
                return t.cast(Item, self.session.client("sso-admin").describe_permission_set(PermissionSetArn=arn, **self.target)["PermissionSet"])
            return None

        return {one["Name"]: one for one in self.session.each(look, arns) if one}

    def tags_of(self, arn: str) -> dict[str, str]:
        return tags_to_dict(self.pages("list_tags_for_resource", "Tags", ResourceArn=arn, **self.target))

    def groups(self) -> dict[str, Item]:
        """All groups of the directory by their names."""
        if not self.instance:
            return {}
        pages = self.session.client("identitystore").get_paginator("list_groups").paginate(IdentityStoreId=self.instance["IdentityStoreId"])
        return {one["DisplayName"]: one for one in pages.search("Groups[]") if one and "DisplayName" in one}


class PermissionSets(CenterKind):
    module, noun = "sso_permission_sets", "permission set"
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = [one for name, one in self.sets().items() if name in names or name.startswith(self.prefix)]
        return [found for found in self.session.each(self._look, listed) if found]

    def _look(self, raw: Item) -> Resource | None:
        arn, client = raw["PermissionSetArn"], self.session.client("sso-admin")
        one = {"PermissionSetArn": arn, **self.target}
        with tolerated("ResourceNotFoundException"):
            declared, ended = statements_of(client.get_inline_policy_for_permission_set(**one).get("InlinePolicy", ""))
            own = self.pages("list_customer_managed_policy_references_in_permission_set", "CustomerManagedPolicyReferences", **one)
            stale = accounts_of(self.session, self.target["InstanceArn"], arn, ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
            state = {
                "description": raw.get("Description", ""),
                "session_seconds": seconds_of(raw.get("SessionDuration", "PT1H")),
                "relay_state": raw.get("RelayState", ""),
                "managed_policy_arns": sorted(each["Arn"] for each in self.pages("list_managed_policies_in_permission_set", "AttachedManagedPolicies", **one)),
                "customer_managed_policies": sorted(_named(each) for each in own),
                "inline_policy": _canonical(policy_of(declared)),
                "permissions_boundary": self._boundary(one),
                "provisioned": not stale,
            }
            return Resource(raw["Name"], state, self.tags_of(arn), {"id": arn.rpartition("/")[2], "arn": arn, "ended": ended})
        return None  # gone since it was listed

    def _boundary(self, one: Item) -> str:
        with tolerated("ResourceNotFoundException"):
            found = self.session.client("sso-admin").get_permissions_boundary_for_permission_set(**one).get("PermissionsBoundary") or {}
            reference = found.get("CustomerManagedPolicyReference")
            return _named(reference) if reference else found.get("ManagedPolicyArn", "")
        return ""

    def normalise(self, item: Item) -> Item:
        policy = item.get("inline_policy")
        # What was changed and not provisioned, because a run was ended between the two, is not as declared yet.
        return {**item, "provisioned": True, **({} if policy is None else {"inline_policy": _canonical(policy)})}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if len(name) > _LONGEST_NAME:
                problems.append(f"permission set {name}: the name has {len(name)} characters, Identity Center takes {_LONGEST_NAME}")
            if not 3600 <= (item.get("session_seconds") or 3600) <= 43200:
                problems.append(f"permission set {name}: sessions last 3600 to 43200 seconds, not {item['session_seconds']}")
            if len(re.sub(r"\s", "", item.get("inline_policy") or "")) > _POLICY_SIZE:
                problems.append(f"permission set {name}: its inline policy is longer than {_POLICY_SIZE} characters")
        return problems

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:sso:::permissionSet/ssoins-0000000000000000/ps-{PLACEHOLDER}"
        return {"id": f"ps-{PLACEHOLDER}", "arn": arn, "ended": []}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_permission_set(Name=name, Tags=dict_to_tags(tags), **self.target, **_settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        one = {"PermissionSetArn": resource.outputs["arn"], **self.target}
        # The boundary comes first: it limits what the policies may give.
        boundary = changes.get("permissions_boundary")
        if boundary:
            self.client.put_permissions_boundary_to_permission_set(
                **one, PermissionsBoundary={"ManagedPolicyArn": boundary} if ":" in boundary else {"CustomerManagedPolicyReference": _reference(boundary)}
            )
        elif boundary is not None:
            with tolerated("ResourceNotFoundException"):
                self.client.delete_permissions_boundary_from_permission_set(**one)
        if set(changes) & {"description", "session_seconds", "relay_state"}:
            self.client.update_permission_set(**one, **_settings({**resource.state, **changes}))
        self._attach(one, resource, changes)
        if "inline_policy" in changes:
            declared, _ = statements_of(changes["inline_policy"])
            policy = policy_of([*declared, *resource.outputs["ended"]])
            if policy:
                self.client.put_inline_policy_to_permission_set(**one, InlinePolicy=policy)
            else:
                self.client.delete_inline_policy_from_permission_set(**one)
        if accounts_of(self.session, one["InstanceArn"], one["PermissionSetArn"]):
            provision(self.session, one["InstanceArn"], one["PermissionSetArn"])

    def _attach(self, one: Item, resource: Resource, changes: Item) -> None:
        if "managed_policy_arns" in changes:
            current, wanted = set(resource.state["managed_policy_arns"]), set(changes["managed_policy_arns"])
            for arn in sorted(wanted - current):
                self.client.attach_managed_policy_to_permission_set(**one, ManagedPolicyArn=arn)
            for arn in sorted(current - wanted):
                with tolerated("ResourceNotFoundException"):
                    self.client.detach_managed_policy_from_permission_set(**one, ManagedPolicyArn=arn)
        if "customer_managed_policies" in changes:
            current, wanted = set(resource.state["customer_managed_policies"]), set(changes["customer_managed_policies"])
            for name in sorted(wanted - current):
                self.client.attach_customer_managed_policy_reference_to_permission_set(**one, CustomerManagedPolicyReference=_reference(name))
            for name in sorted(current - wanted):
                with tolerated("ResourceNotFoundException"):
                    self.client.detach_customer_managed_policy_reference_from_permission_set(**one, CustomerManagedPolicyReference=_reference(name))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=dict_to_tags(tags), **self.target)

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.session.client("sso-admin", _NOT_YET[:1]).delete_permission_set(PermissionSetArn=resource.outputs["arn"], **self.target)


def _named(reference: Item) -> str:
    """A policy that each account has, as the options name it: with its path where that is not /."""
    return f"{reference.get('Path', '/')}{reference['Name']}".removeprefix("/" if reference.get("Path", "/") == "/" else "")


def _reference(name: str) -> Item:
    path, _, own = name.rpartition("/")
    return {"Name": own, "Path": f"{path}/" if path else "/"}


def _settings(item: Item) -> Item:
    named = {"Description": item.get("description"), "RelayState": item.get("relay_state")}
    lasting = {"SessionDuration": duration(item["session_seconds"])} if item.get("session_seconds") else {}
    return {**{member: value for member, value in named.items() if value}, **lasting}


class AccountAssignments(CenterKind):
    """Who has a permission set of ours in an account, as `<permission set>/<account>/<group>`; a user stands there as `user:<name>`.

    They carry no tags: they are ours because their permission set is.
    """

    module, noun = "sso_account_assignments", "account assignment"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        wanted = {name.split("/")[0] for name in names}
        listed = [one for name, one in self.sets().items() if name in wanted or name.startswith(self.prefix)]
        ours = [one for one, tags in zip(listed, self.session.each(self._tags, listed), strict=True) if owned(tags, self.tags)]
        self._arns = {one["Name"]: one["PermissionSetArn"] for one in ours}
        self._ids = {name: group["GroupId"] for name, group in self.groups().items()}
        named = {identifier: name for name, identifier in self._ids.items()}
        found = [each for some in self.session.each(self._of_set, ours) for each in some]
        return [self._shown(name, each, named) for name, each in found]

    def _tags(self, one: Item) -> dict[str, str]:
        with tolerated("ResourceNotFoundException"):
            return self.tags_of(one["PermissionSetArn"])
        return {}

    def _of_set(self, one: Item) -> list[tuple[str, Item]]:
        target = {"PermissionSetArn": one["PermissionSetArn"], **self.target}
        accounts = accounts_of(self.session, self.target["InstanceArn"], one["PermissionSetArn"])
        return [
            (one["Name"], each) for account in accounts for each in self.pages("list_account_assignments", "AccountAssignments", AccountId=account, **target)
        ]

    def _shown(self, permission_set: str, each: Item, named: dict[str, str]) -> Resource:
        principal = each["PrincipalId"]
        who = named.get(principal, f"group:{principal}") if each["PrincipalType"] == "GROUP" else f"user:{self._user(principal)}"
        name = f"{permission_set}/{each['AccountId']}/{who}"
        about = {"TargetId": each["AccountId"], "PermissionSetArn": each["PermissionSetArn"], "PrincipalType": each["PrincipalType"], "PrincipalId": principal}
        return Resource(name, {}, dict(self.tags), {"id": name, "assignment": about})

    def _user(self, identifier: str) -> str:
        with tolerated("ResourceNotFoundException"):
            store = self.instance["IdentityStoreId"]
            return t.cast(str, self.session.client("identitystore").describe_user(IdentityStoreId=store, UserId=identifier)["UserName"])
        return identifier

    def refuse(self, items: dict[str, Item]) -> list[str]:
        wrong = [name for name in items if not re.fullmatch(r"[^/]+/\d{12}/.+", name)]
        return [f"account assignment {name}: the name has to be a permission set, an account and a group, with slashes between them" for name in wrong]

    def placeholder(self, name: str) -> Item:
        return {"id": name, "assignment": {}}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        permission_set, account, group = name.split("/", 2)
        missing = [
            words for words, there in ((f"permission set {permission_set}", permission_set in self._arns), (f"group {group}", group in self._ids)) if not there
        ]
        if missing:
            raise Problem(f"there is no {' and no '.join(missing)} in Identity Center that is ours to assign")
        asked = self.client.create_account_assignment(
            TargetId=account,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=self._arns[permission_set],
            PrincipalType="GROUP",
            PrincipalId=self._ids[group],
            **self.target,
        )
        finish(self.session, self.target["InstanceArn"], asked)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def delete(self, resource: Resource) -> None:
        unassign(self.session, self.target["InstanceArn"], resource.outputs["assignment"])


class DirectoryGroups(CenterKind):
    """Groups of the directory. They carry no tags: those whose description says whose they are are ours."""

    module, service, noun = "identitystore_groups", "identitystore", "group of Identity Center"
    not_yet = ((r"ResourceNotFoundException", "", 30.0),)

    @property
    def mark(self) -> str:
        return " ".join(f"{key}={self.tags[key]}" for key in OWNERSHIP if self.tags.get(key))

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for name, one in self.groups().items():
            if one.get("Description", "") == self.mark or name in names:
                tags = dict(self.tags) if one.get("Description", "") == self.mark else {}
                yield Resource(name, {}, tags, {"id": one["GroupId"], "external": bool(one.get("ExternalIds"))})

    def hand_over(self, name: str) -> str:
        return f"give it the description {self.mark} to hand it over"

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "external": False}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.target  # noqa: B018 - says that there is no instance
        self.client.create_group(IdentityStoreId=self.instance["IdentityStoreId"], DisplayName=name, Description=self.mark)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def delete(self, resource: Resource) -> None:
        # Its members stay, as users of the directory.
        with tolerated("ResourceNotFoundException"):
            self.session.client("identitystore").delete_group(IdentityStoreId=self.instance["IdentityStoreId"], GroupId=resource.outputs["id"])

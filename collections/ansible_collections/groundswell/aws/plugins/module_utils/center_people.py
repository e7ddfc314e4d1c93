# SPDX-License-Identifier: GPL-3.0-or-later
"""People in IAM Identity Center: users of its directory, their jobs, and how all of that is taken away again.

A job is a group `<prefix>-job-<job>` and a permission set `<prefix>-<job>`, kept by the role `access`. Users are the organization's: they outlive environments
and accounts.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from .kinds.identity_center import accounts_of, instance_of, policy_of, provision, statements_of, unassign
from .people import BREAK_GLASS, NAME, SPREAD, is_void, job_name, jobs_of, left_already, reached_elsewhere, refusals, sid, stamp
from .resource import Item, Problem, Session
from .retries import tolerated
from .steps import change

_LEFT = "offboarded"  # begins the type of a user who is kept for the record
# What was just made is not known everywhere at once.
_NOT_YET = (("ResourceNotFoundException", "", 30.0), ("ConflictException", "^(?!.*already exists)", 300.0))


class Directory:
    """The organization's instance and its directory."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.instance = instance_of(session)
        if not self.instance:
            raise Problem(f"there is no organization instance of IAM Identity Center that can be seen from {session.region}")
        self.store = {"IdentityStoreId": self.instance["IdentityStoreId"]}
        self.arn: str = self.instance["InstanceArn"]
        self.api = session.client("identitystore")
        self.patient = session.client("identitystore", _NOT_YET[:1])

    def pages(self, service: str, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        """Everything that a list operation tells."""
        target = self.store if service == "identitystore" else {"InstanceArn": self.arn}
        pages = self.session.client(service).get_paginator(operation).paginate(**target, **parameters)
        return [one for one in pages.search(f"{result}[]") if one is not None]

    def groups(self) -> dict[str, str]:
        """Name -> id."""
        return {one["DisplayName"]: one["GroupId"] for one in self.pages("identitystore", "list_groups", "Groups") if "DisplayName" in one}

    def users(self) -> list[Item]:
        return self.pages("identitystore", "list_users", "Users")

    def members(self, group: str) -> list[str]:
        """Ids of the users in a group."""
        found = self.pages("identitystore", "list_group_memberships", "GroupMemberships", GroupId=group)
        return [one["MemberId"]["UserId"] for one in found]

    def sets(self) -> dict[str, str]:
        """Name -> ARN of every permission set."""
        arns = self.pages("sso-admin", "list_permission_sets", "PermissionSets")
        client = self.session.client("sso-admin")
        found = self.session.each(lambda arn: client.describe_permission_set(InstanceArn=self.arn, PermissionSetArn=arn)["PermissionSet"]["Name"], arns)
        return dict(zip(found, arns, strict=True))

    def of_project(self, project: str) -> dict[str, str]:
        """Those of the jobs of all environments of the project: the tags say so."""

        def ours(arn: str) -> bool:
            tags = self.pages("sso-admin", "list_tags_for_resource", "Tags", ResourceArn=arn)
            return any(tag["Key"] == "Project" and tag["Value"] == project for tag in tags)

        named = {name: arn for name, arn in self.sets().items() if name.startswith(f"{project}-")}
        return {name: arn for (name, arn), mine in zip(named.items(), self.session.each(ours, named.values()), strict=True) if mine}

    def assignments(self, account: str, arn: str) -> list[Item]:
        """Who has a permission set in an account."""
        return self.pages("sso-admin", "list_account_assignments", "AccountAssignments", AccountId=account, PermissionSetArn=arn)


class Member:
    """A user of the directory."""

    def __init__(self, directory: Directory, name: str, mark: str) -> None:
        self.directory, self.name, self.mark = directory, name, mark
        self.about: Item = {}
        with tolerated("ResourceNotFoundException"):
            asked = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
            identifier = directory.api.get_user_id(**directory.store, AlternateIdentifier=asked)["UserId"]
            self.about = directory.api.describe_user(**directory.store, UserId=identifier)

    @property
    def exists(self) -> bool:
        return bool(self.about)

    @property
    def id(self) -> str:
        return str(self.about.get("UserId", ""))

    @property
    def contact(self) -> str:
        return next((one["Value"] for one in self.about.get("Emails", [])), "")

    @property
    def left(self) -> str:
        """When it was offboarded and kept."""
        return self._kind.partition(f"{_LEFT} ")[2]

    @property
    def _kind(self) -> str:
        return str(self.about.get("UserType", ""))

    @property
    def made_here(self) -> bool:
        return self._kind == self.mark or bool(self.left)

    @property
    def is_external(self) -> bool:
        """Whether an identity provider has sent it."""
        return bool(self.about.get("ExternalIds"))

    def memberships(self) -> dict[str, str]:
        """Name of the group -> id of the membership."""
        found = self.directory.pages("identitystore", "list_group_memberships_for_member", "GroupMemberships", MemberId={"UserId": self.id})
        names = {identifier: name for name, identifier in self.directory.groups().items()}
        return {names.get(one["GroupId"], one["GroupId"]): one["MembershipId"] for one in found}

    @property
    def groups(self) -> list[str]:
        return sorted(self.memberships())

    def somebody_else(self, options: Item) -> list[str]:
        """Why this is not the person who is meant."""
        if self.is_external:
            return [f"{self.name} comes from an identity provider: its jobs are given there (access_identity_source: external)"]
        if not self.made_here:
            return [f"a user {self.name} exists already in Identity Center and was not made here ({self.id}): choose another name"]
        return reached_elsewhere(options, self.contact) or left_already(self.name, self.left)


def set_name(group: str) -> str:
    """The permission set of a job's group."""
    return group.replace("-job-", "-", 1)


# Onboarding -----------------------------------------------------------------------------------------------------------


def onboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Make the user, put it into the groups of its jobs and out of others of this environment, and end its sessions in those."""
    now = now or datetime.datetime.now(datetime.UTC)
    directory, name, changes = Directory(session), options["name"], []
    groups, member = directory.groups(), Member(directory, name if NAME.fullmatch(name) else "-", options["mark"])
    environment = jobs_of(options["prefix"], groups)
    wanted = sorted(job_name(options["prefix"], job) for job in options["jobs"])
    if options["external"]:
        raise Problem(
            f"people come from an identity provider (access_identity_source: external), and so do their memberships: "
            f"there, put {name} into {', '.join(wanted) or 'no group'}, and take it out of other groups {options['prefix']}-job-*"
        )
    problems = refusals(options, options["known_jobs"], t.cast(t.Any, member), groups)
    if not member.exists and options["contact"] and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", options["contact"]):
        problems.append(f"person_contact is {options['contact']}: Identity Center sends the first password to an e-mail address")
    held = {group: key for group, key in member.memberships().items() if group in environment} if member.exists else {}
    if job_name(options["prefix"], BREAK_GLASS) in held and BREAK_GLASS not in options["jobs"]:
        problems += last_administrator(directory, options["prefix"], member)
    if problems:
        raise Problem("; ".join(problems))

    def do(what: Item, act: t.Callable[[], t.Any]) -> None:
        changes.append(what)
        if not session.check_mode:
            act()

    identifier = member.id
    if not member.exists:
        given, _, family = name.replace("_", ".").replace("-", ".").partition(".")
        names = {"GivenName": given.capitalize(), "FamilyName": (family or given).title()}

        def make() -> None:
            nonlocal identifier
            identifier = directory.api.create_user(
                **directory.store,
                UserName=name,
                Name=names,
                DisplayName=" ".join(names.values()),
                Emails=[{"Value": options["contact"], "Type": "work", "Primary": True}],
                UserType=options["mark"],
            )["UserId"]

        do(change("identity_center_users", name, ["user"], "create"), make)
    for group in sorted(set(wanted) - set(held)):

        def join(group: str = group) -> None:
            with tolerated("ConflictException"):  # an answer was lost
                directory.patient.create_group_membership(**directory.store, GroupId=groups[group], MemberId={"UserId": identifier})

        do(change("memberships", group, [name], "create"), join)
    sets = directory.sets() if set(held) - set(wanted) else {}
    for group in sorted(set(held) - set(wanted)):

        def leave(group: str = group) -> None:
            with tolerated("ResourceNotFoundException"):
                directory.api.delete_group_membership(**directory.store, MembershipId=held[group])
            if set_name(group) in sets:
                end_sessions(directory, sets[set_name(group)], member, now)

        do(change("memberships", group, [name], "remove"), leave)
    return {"changed": bool(changes), "changes": changes, "user_id": identifier, "portal": f"https://{directory.store['IdentityStoreId']}.awsapps.com/start"}


def end_sessions(directory: Directory, arn: str, member: Member, now: datetime.datetime) -> None:
    """End the sessions of one person in the roles of a permission set, which would go on for as long as they were begun for.

    By a statement of its inline policy about the user's id (UG singlesignon/prereqs-revoking-user-permissions.html), which then has to get to the accounts.
    What was ended longer ago than any session lasts is left out.
    """
    client, one = directory.session.client("sso-admin", _NOT_YET[1:]), {"InstanceArn": directory.arn, "PermissionSetArn": arn}
    with tolerated("ResourceNotFoundException"):  # it has gone, and its roles with it
        declared, ended = statements_of(directory.session.client("sso-admin").get_inline_policy_for_permission_set(**one).get("InlinePolicy", ""))
        kept = [each for each in ended if not is_void(each, now) and each["Condition"].get("StringEquals", {}).get("identitystore:UserId") != member.id]
        condition = {"StringEquals": {"identitystore:UserId": member.id}, "DateLessThan": {"aws:TokenIssueTime": stamp(now + SPREAD)}}
        kept.append({"Sid": sid(member.name, now), "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
        client.put_inline_policy_to_permission_set(**one, InlinePolicy=policy_of([*declared, *kept]))
        if accounts_of(directory.session, directory.arn, arn):
            provision(directory.session, directory.arn, arn)


def last_administrator(directory: Directory, prefix: str, member: Member) -> list[str]:
    """Why somebody has to keep the job of breaking the glass. Whether the others have a second factor no API tells."""
    group = directory.groups().get(job_name(prefix, BREAK_GLASS), "")
    able = {one["UserId"] for one in directory.users() if one.get("UserStatus") != "DISABLED"}
    if not group or (set(directory.members(group)) & able) - {member.id}:
        return []
    return [f"{member.name} is the last one who can break the glass of {prefix} in Identity Center: onboard somebody else for the job {BREAK_GLASS} first"]


# Offboarding ----------------------------------------------------------------------------------------------------------


def offboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """End the sessions, then take memberships, assignments and the user away; in that order, as AWS has it (UG singlesignon/revoke-user-permissions.html)."""
    now = now or datetime.datetime.now(datetime.UTC)
    directory, name = Directory(session), options["name"]
    member, changes = Member(directory, name, options["mark"]), []
    memberships = member.memberships() if member.exists else {}
    problems = []
    pattern = re.compile(rf"({re.escape(options['project'])}-[a-z0-9]+)-job-{BREAK_GLASS}")
    for match in filter(None, map(pattern.fullmatch, memberships)):
        problems += last_administrator(directory, match[1], member)
    if session.client("sts").get_caller_identity()["Arn"].rpartition("/")[2] == name:
        problems.append(f"{name} is who runs this, and would be shut out half-way: let somebody else do it")
    if member.exists and not options["external"] and not (member.made_here or options["foreign"]):
        problems.append(f"{name} was not made by playbooks/onboard.yml ({member.id}), and may be somebody else: -e offboard_foreign=true if it is meant")
    if problems:
        raise Problem("; ".join(problems))

    def do(kind: str, what: str, act: t.Callable[[], t.Any], action: str = "remove") -> None:
        changes.append(change(kind, name, [what], action))
        if not session.check_mode:
            with tolerated("ResourceNotFoundException"):
                act()

    if member.exists:
        # Of every job: a membership may have been taken away a moment ago, by somebody else.
        if not member.left:
            sets = directory.of_project(options["project"])
            changes.extend(change("sessions", name, [one], "update") for one in sorted(sets))
            if not session.check_mode:
                session.each(lambda arn: end_sessions(directory, arn, member, now), sets.values())
        for group, key in {} if options["external"] else memberships.items():
            do("memberships", group, lambda key=key: directory.api.delete_group_membership(**directory.store, MembershipId=key))
        for one in _own_assignments(directory, member.id):
            what = {"TargetId": one["AccountId"], **{part: one[part] for part in ("PermissionSetArn", "PrincipalType", "PrincipalId")}}
            do("assignments", f"{one['PermissionSetArn']} in {one['AccountId']}", lambda what=what: unassign(session, directory.arn, what))
        if options["keep"] and not member.left and not options["external"]:
            mark = [{"AttributePath": "userType", "AttributeValue": f"{_LEFT} {now.date().isoformat()}"}]
            do("identity_center_users", "type", lambda: directory.api.update_user(**directory.store, UserId=member.id, Operations=mark), "update")
        elif not options["keep"] and not options["external"]:
            do("identity_center_users", "user", lambda: directory.api.delete_user(**directory.store, UserId=member.id))
    return {"changed": bool(changes), "changes": changes, "was": member.id, "contact": member.contact}


def _own_assignments(directory: Directory, user: str) -> list[Item]:
    found = directory.pages("sso-admin", "list_account_assignments_for_principal", "AccountAssignments", PrincipalId=user, PrincipalType="USER")
    return [one for one in found if one["PrincipalType"] == "USER" and one["PrincipalId"] == user]


# Proof, and review ----------------------------------------------------------------------------------------------------


def trace(session: Session, options: Item) -> Item:
    """Whether somebody has access still, by the lists of members and of accounts, not by the user's own that offboarding went through."""
    directory, name = Directory(session), options["name"]
    users = {one["UserName"]: one for one in directory.users() if "UserName" in one}
    user = options["user_id"] or users.get(name, {}).get("UserId", "")
    access = []
    if user:
        groups = directory.groups()
        members = zip(groups, session.each(directory.members, groups.values()), strict=True)
        access += [f"is a member of {group}" for group, ids in members if user in ids]
        sets = directory.sets()
        accounts = session.each(lambda arn: accounts_of(session, directory.arn, arn), sets.values())
        pairs = [(one, arn, account) for (one, arn), some in zip(sets.items(), accounts, strict=True) for account in some]
        held = session.each(lambda pair: directory.assignments(pair[2], pair[1]), pairs)
        access += [
            f"has {one} in account {account}" for (one, _, account), some in zip(pairs, held, strict=True) if user in [each["PrincipalId"] for each in some]
        ]
    kept = name in users and str(users[name].get("UserType", "")).startswith(_LEFT)
    left = ["the user of Identity Center is kept, and may sign in to an empty portal: disable it in the console"] if kept else []
    if name in users and not kept and not options["external"]:
        access.append("is a user of Identity Center")
    return {"changed": False, "exists": name in users, "access": sorted(access), "left": left}


def review(session: Session, options: Item) -> Item:
    """Everybody in the directory with their jobs, and who has access to the account without that being declared."""
    directory = Directory(session)
    groups, users = directory.groups(), directory.users()
    jobs = jobs_of(options["prefix"], groups)
    members = dict(zip(jobs, session.each(lambda group: directory.members(groups[group]), jobs), strict=True))
    names = {one["UserId"]: one.get("UserName", one["UserId"]) for one in users}
    people = []
    for one in users:
        held, kind, problems = sorted(job for group, job in jobs.items() if one["UserId"] in members[group]), str(one.get("UserType", "")), []
        left = kind.partition(f"{_LEFT} ")[2]
        if left and held:
            problems.append("has jobs, and was offboarded")
        if not options["external"] and kind != options["mark"] and not left:
            problems.append("not made by playbooks/onboard.yml")
        if not held and not left:
            problems.append("no job in this environment")
        contact = next((mail["Value"] for mail in one.get("Emails", [])), "")
        people.append({"name": names[one["UserId"]], "contact": contact, "jobs": held, "offboarded": left, "problems": problems})
    return {
        "changed": False,
        "people": sorted(people, key=lambda one: one["name"]),
        "undeclared": sorted(_undeclared(directory, options, {identifier: group for group, identifier in groups.items()}, names)),
    }


def _undeclared(directory: Directory, options: Item, groups: dict[str, str], users: dict[str, str]) -> t.Iterator[str]:
    account = options["account"]
    in_account = directory.pages("sso-admin", "list_permission_sets_provisioned_to_account", "PermissionSets", AccountId=account)
    sets = {arn: name for name, arn in directory.sets().items() if arn in in_account}
    job = re.compile(rf"{re.escape(options['project'])}-[a-z0-9]+-job-.+")
    for arn, some in zip(sets, directory.session.each(lambda arn: directory.assignments(account, arn), sets), strict=True):
        for one in some:
            who = groups.get(one["PrincipalId"], "") if one["PrincipalType"] == "GROUP" else ""
            if not (job.fullmatch(who) and set_name(who) == sets[arn]):
                kind = one["PrincipalType"].lower()
                yield f"{sets[arn]}: {kind} {who or users.get(one['PrincipalId'], one['PrincipalId'] + ' (gone)')}"

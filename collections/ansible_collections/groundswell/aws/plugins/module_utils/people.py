# SPDX-License-Identifier: GPL-3.0-or-later
"""People: the IAM users that stand for them, the jobs that they have, and how all of that is taken away again.

A job is a group and a role of one name: `<prefix>-job-<job>`, kept by the role `access`, or `<prefix>-deployer-<role>`, kept by the role `deployer`.
Users belong to the account and outlive an environment.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import pathlib
import re
import string
import time
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .kinds.iam import REVOKED
from .kinds.secretsmanager import generate
from .resource import Item, Problem, Session
from .retries import tolerated
from .steps import change

# IAM's pattern for user names, which is also that of session names, without capitals: names that differ in case only are one to IAM.
NAME = re.compile(r"[a-z][a-z0-9+=,.@_-]{1,63}")
# What was just made is not known everywhere at once.
_NOT_YET = (("NoSuchEntity|EntityTemporarilyUnmodifiable", "", 30.0), ("DeleteConflict|ConcurrentModification", "", 60.0))
# As long as a door may stand open that was shut: until IAM has heard everywhere, a session can still be begun.
SPREAD = datetime.timedelta(minutes=5)
_LONGEST_SESSION = datetime.timedelta(hours=12)  # of any role (API sts:AssumeRole)
SHUT = "Offboarded"  # the policy of a user who may do nothing any more
_PASSWORD_LENGTH = 24
BREAK_GLASS, _DEPLOYER = "break-glass", "deployer-"


def job_name(prefix: str, job: str) -> str:
    """What the group and the role of a job are called."""
    return f"{prefix}-{job}" if job.startswith(_DEPLOYER) else f"{prefix}-job-{job}"


def jobs_of(prefix: str, groups: t.Iterable[str]) -> dict[str, str]:
    """Group -> job, of those groups that stand for one in an environment."""
    pattern = re.compile(rf"{re.escape(prefix)}-(?:job-(.+)|({_DEPLOYER}.+))")
    return {group: match[1] or match[2] for group in groups if (match := pattern.fullmatch(group))}


class Person:
    """A user with all that lets somebody in, as IAM's own lists have it."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name = session, name
        self.iam = session.client("iam")
        self.arn, self.path, self.tags = "", "", {}
        with tolerated("NoSuchEntity"):
            user = self.iam.get_user(UserName=name)["User"]
            self.arn, self.path, self.id = user["Arn"], user["Path"], user["UserId"]
            self.tags = tags_to_dict(user.get("Tags"))

    @property
    def exists(self) -> bool:
        return bool(self.arn)

    def listed(self, operation: str, result: str) -> list[t.Any]:
        """Everything that a list operation of IAM tells of this user."""
        if self.iam.can_paginate(operation):
            pages = self.iam.get_paginator(operation).paginate(UserName=self.name)
            return [one for page in pages for one in page[result]]
        return list(getattr(self.iam, operation)(UserName=self.name)[result])

    @property
    def groups(self) -> list[str]:
        return sorted(one["GroupName"] for one in self.listed("list_groups_for_user", "Groups"))

    def somebody_else(self, options: Item) -> list[str]:
        """Why this is not the person who is meant."""
        if self.path != options["path"] or any(self.tags.get(key) != value for key, value in options["tags"].items()):
            return [f"a user {self.name} exists already and was not made here ({self.arn}): choose another name"]
        return reached_elsewhere(options, self.tags.get("Contact", "")) or left_already(self.name, self.tags.get(SHUT, ""))

    @property
    def signs_in(self) -> bool:
        """Whether there is a password."""
        with tolerated("NoSuchEntity"):
            return bool(self.iam.get_login_profile(UserName=self.name))
        return False


def reached_elsewhere(options: Item, known: str) -> list[str]:
    """Somebody else of the same name is reached by another address."""
    if options["contact"] and known != options["contact"]:
        return [f"a person {options['name']} exists already, reached at {known}, not {options['contact']}: choose another name for somebody else"]
    return []


def left_already(name: str, when: str) -> list[str]:
    """Whoever was kept for the record does not come back by accident."""
    return [f"{name} was offboarded on {when} and kept for the record: choose another name, or offboard it without keeping it"] if when else []


# Onboarding -----------------------------------------------------------------------------------------------------------


def refusals(options: Item, known: list[str], person: Person, groups: t.Collection[str]) -> list[str]:
    """Everything that is wrong with what was asked for."""
    name, problems = options["name"], []
    if not NAME.fullmatch(name):
        problems.append(
            f"person is {name!r}: 2 to 64 lower-case letters, digits and + = , . @ _ -, beginning with a letter; the sessions of a person are called so too"
        )
    unknown = sorted(set(options["jobs"]) - set(known))
    if unknown:
        problems.append(f"there is no job {', '.join(unknown)}; there are {', '.join(known)}")
    if not options["jobs"]:
        problems.append(
            f"a person without a job has no business in the account; jobs are {', '.join(known)}, and playbooks/offboard.yml takes the last one away"
        )
    twice = sorted({job for job in options["jobs"] if options["jobs"].count(job) > 1})
    if twice:
        problems.append(f"named twice: {', '.join(twice)}")
    missing = sorted({job_name(options["prefix"], job) for job in set(options["jobs"]) & set(known)} - set(groups))
    if missing:
        problems.append(f"the account has no group {', '.join(missing)} yet: roll out the layer first (playbooks/access.yml)")
    if person.exists:
        problems += person.somebody_else(options)
    elif not options["contact"]:
        problems.append(f"nobody is called {name} yet: say where the person can be reached, -e person_contact=somebody@example.org")
    return problems


def onboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Make the user, put it into the groups of its jobs and out of others of this environment, give it a first password."""
    now = now or datetime.datetime.now(datetime.UTC)
    iam, patient, name, changes = session.client("iam"), session.client("iam", _NOT_YET), options["name"], []
    person = Person(session, name) if NAME.fullmatch(name) else Person(session, "-")
    there = [one["GroupName"] for page in iam.get_paginator("list_groups").paginate() for one in page["Groups"]]
    groups = jobs_of(options["prefix"], there)
    known = [*options["known_jobs"], *sorted(job for job in groups.values() if job.startswith(_DEPLOYER))]
    problems = refusals(options, known, person, groups)
    if person.exists and job_name(options["prefix"], BREAK_GLASS) in person.groups and BREAK_GLASS not in options["jobs"]:
        problems += last_administrator(session, options["prefix"], person.name)
    if problems:
        raise Problem("; ".join(problems))
    wanted = sorted(job_name(options["prefix"], job) for job in options["jobs"])
    held = [group for group in person.groups if group in groups] if person.exists else []

    def do(what: Item, act: t.Callable[[], t.Any]) -> None:
        changes.append(what)
        if not session.check_mode:
            act()

    if not person.exists:
        tags = {**options["tags"], "Contact": options["contact"], "Since": now.date().isoformat()}
        do(change("iam_users", name, ["path", "tags"], "create"), lambda: iam.create_user(UserName=name, Path=options["path"], Tags=dict_to_tags(tags)))
    for group in sorted(set(wanted) - set(held)):
        do(change("memberships", group, [name], "create"), lambda group=group: patient.add_user_to_group(GroupName=group, UserName=name))
    for group in sorted(set(held) - set(wanted)):

        def leave(group: str = group) -> None:
            iam.remove_user_from_group(GroupName=group, UserName=name)
            revoke(session, group, name, now)

        do(change("memberships", group, [name], "remove"), leave)
    has_password = person.exists and person.signs_in
    if not has_password or options["reset_password"]:
        operation = "update_login_profile" if has_password else "create_login_profile"

        def give() -> None:
            password = first_password(session)
            # Before it counts: a password that nobody has would have to be reset, a file of one that does not count yet is overwritten.
            write_secret(options["password_file"], password)
            getattr(patient, operation)(UserName=name, Password=password, PasswordResetRequired=True)

        do(change("passwords", name, ["password"], "update" if has_password else "create"), give)
    return {
        "changed": bool(changes),
        "changes": changes,
        "arn": person.arn or f"arn:{session.partition}:iam::{session.account}:user{options['path']}{name}",
        "password_file": options["password_file"] if any(one["kind"] == "passwords" for one in changes) else "",
        "devices": len(person.listed("list_mfa_devices", "MFADevices")) if person.exists else 0,
    }


def first_password(session: Session) -> str:
    """One that any password policy of an account takes; it is changed at the first sign-in."""
    length = _PASSWORD_LENGTH
    with tolerated("NoSuchEntity"):
        length = max(length, session.client("iam").get_account_password_policy()["PasswordPolicy"].get("MinimumPasswordLength", 0))
    return generate(length, [string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=[]{}|"])


def write_secret(path: str, text: str) -> None:
    """Into a file that nobody but its owner can read, from its first moment."""
    pathlib.Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pathlib.Path(path).unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")


# Offboarding ----------------------------------------------------------------------------------------------------------


def job_roles(session: Session, project: str) -> list[str]:
    """The roles of all jobs of all environments of the project in the account."""
    pattern = re.compile(rf"{re.escape(project)}-[a-z0-9]+-(job|deployer)-[a-z-]+")
    pages = session.client("iam").get_paginator("list_roles").paginate()
    return sorted(role["RoleName"] for page in pages for role in page["Roles"] if pattern.fullmatch(role["RoleName"]))


def sid(name: str, now: datetime.datetime) -> str:
    return "Left" + re.sub("[^A-Za-z0-9]", "", name) + now.strftime("%Y%m%dT%H%M%SZ")


def revoke(session: Session, role: str, name: str, now: datetime.datetime) -> None:
    """End the sessions of one person in a role, which would go on without its user for as long as they were asked for.

    As the console does it for everybody (UG iam/id_roles_use_revoke-sessions.md), narrowed to those that are called like the person: a session's
    `aws:userid` is the role's id and its name. What was ended longer ago than any session lasts is left out.
    """
    iam = session.client("iam", _NOT_YET[1:])
    statements: list[Item] = []
    with tolerated("NoSuchEntity"):
        document = session.client("iam").get_role_policy(RoleName=role, PolicyName=REVOKED)["PolicyDocument"]
        statements = [one for one in listed_in(document["Statement"]) if not is_void(one, now) and not _about(one, name)]
    statements.append(
        {
            "Sid": sid(name, now),
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"aws:userid": f"*:{name}"}, "DateLessThan": {"aws:TokenIssueTime": stamp(now + SPREAD)}},
        }
    )
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    with tolerated("NoSuchEntity"):  # the role has gone, and its sessions with it
        iam.put_role_policy(RoleName=role, PolicyName=REVOKED, PolicyDocument=text)


def stamp(then: datetime.datetime) -> str:
    return then.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_void(statement: Item, now: datetime.datetime) -> bool:
    said = statement.get("Condition", {}).get("DateLessThan", {}).get("aws:TokenIssueTime", "")
    try:
        then = datetime.datetime.fromisoformat(str(said).replace("Z", "+00:00"))
        return now - then > _LONGEST_SESSION
    except (TypeError, ValueError):
        return False  # not one of ours, or of the console's


def listed_in(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def last_administrator(session: Session, prefix: str, name: str) -> list[str]:
    """Why somebody has to keep the job of breaking the glass: nobody else could, with a second factor and something to sign in with."""
    pages = session.client("iam").get_paginator("get_group").paginate(GroupName=job_name(prefix, BREAK_GLASS))
    others = [Person(session, user["UserName"]) for page in pages for user in page["Users"] if user["UserName"] != name]
    if any(_able(person) for person in others):
        return []
    unable = ", ".join(sorted(person.name for person in others))
    more = f" ({unable} could not: no second factor, or nothing to sign in with)" if unable else ""
    return [f"{name} is the last one who can break the glass of {prefix}{more}: onboard somebody else for the job {BREAK_GLASS} first"]


def _able(person: Person) -> bool:
    enters = person.signs_in or any(key["Status"] == "Active" for key in person.listed("list_access_keys", "AccessKeyMetadata"))
    return enters and bool(person.listed("list_mfa_devices", "MFADevices"))


def _refuse_offboarding(session: Session, options: Item, person: Person) -> None:
    problems = []
    pattern = re.compile(rf"({re.escape(options['project'])}-[a-z0-9]+)-job-{BREAK_GLASS}")
    for match in filter(None, map(pattern.fullmatch, person.groups if person.exists else [])):
        problems += last_administrator(session, match[1], person.name)
    # Half-way through, the caller would be shut out.
    if session.client("sts").get_caller_identity()["Arn"].rpartition("/")[2] == person.name:
        problems.append(f"{person.name} is who runs this, and would be shut out half-way: let somebody else do it")
    if person.exists and person.path != options["path"] and not options["foreign"]:
        problems.append(f"{person.name} was not made by playbooks/onboard.yml ({person.arn}), and may be a program's: -e offboard_foreign=true if it is meant")
    if problems:
        raise Problem("; ".join(problems))


def offboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Take everything away that lets somebody in. First what works at once, so that a run that is ended half-way has shut the door; run again, it goes on."""
    now = now or datetime.datetime.now(datetime.UTC)
    person, changes = Person(session, options["name"]), []
    iam, patient, user = session.client("iam"), session.client("iam", _NOT_YET[1:]), {"UserName": options["name"]}
    _refuse_offboarding(session, options, person)

    def do(kind: str, what: str, act: t.Callable[[], t.Any], action: str = "remove") -> None:
        changes.append(change(kind, options["name"], [what], action))
        if not session.check_mode:
            with tolerated("NoSuchEntity"):
                act()

    def drop(operation: str, result: str, key: str, removal: str, parameter: str, kind: str) -> None:
        for one in person.listed(operation, result):
            name = one if isinstance(one, str) else one[key]
            do(kind, name, lambda name=name: getattr(patient, removal)(**user, **{parameter: name}))

    if person.exists:
        kept = SHUT in person.tags and options["keep"]
        if not kept:
            nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
            do("iam_users", "policies", lambda: iam.put_user_policy(**user, PolicyName=SHUT, PolicyDocument=json.dumps(nothing)), "update")
        keys = person.listed("list_access_keys", "AccessKeyMetadata")
        for one in keys:
            if one["Status"] == "Active":
                key = {"AccessKeyId": one["AccessKeyId"]}
                do("access keys", one["AccessKeyId"], lambda key=key: iam.update_access_key(**user, **key, Status="Inactive"), "update")
        if person.signs_in:
            do("passwords", "password", lambda: patient.delete_login_profile(**user))
        # Of every job: a membership may have been taken away a moment ago, by somebody else.
        for role in [] if kept else job_roles(session, options["project"]):
            do("sessions", role, lambda role=role: revoke(session, role, options["name"], now), "update")
        for one in keys:
            do("access keys", one["AccessKeyId"], lambda key=one["AccessKeyId"]: iam.delete_access_key(**user, AccessKeyId=key))
        for one in person.listed("list_mfa_devices", "MFADevices"):
            serial = one["SerialNumber"]
            do("second factors", serial, lambda serial=serial: iam.deactivate_mfa_device(**user, SerialNumber=serial))
            if ":mfa/" in serial:  # a virtual one exists for itself
                do("second factors", serial, lambda serial=serial: patient.delete_virtual_mfa_device(SerialNumber=serial))
        drop("list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId", "delete_ssh_public_key", "SSHPublicKeyId", "SSH keys")
        drop(
            "list_service_specific_credentials",
            "ServiceSpecificCredentials",
            "ServiceSpecificCredentialId",
            "delete_service_specific_credential",
            "ServiceSpecificCredentialId",
            "service credentials",
        )
        drop("list_signing_certificates", "Certificates", "CertificateId", "delete_signing_certificate", "CertificateId", "certificates")
        drop("list_groups_for_user", "Groups", "GroupName", "remove_user_from_group", "GroupName", "memberships")
        drop("list_attached_user_policies", "AttachedPolicies", "PolicyArn", "detach_user_policy", "PolicyArn", "policies")
        for name in person.listed("list_user_policies", "PolicyNames"):
            if name != SHUT:
                do("policies", name, lambda name=name: patient.delete_user_policy(**user, PolicyName=name))
        if options["keep"]:
            if SHUT not in person.tags:
                kept_since = dict_to_tags({SHUT: now.date().isoformat()})
                do("iam_users", "tags", lambda: iam.tag_user(**user, Tags=kept_since), "update")
        else:
            do("policies", SHUT, lambda: patient.delete_user_policy(**user, PolicyName=SHUT))
            do("iam_users", "user", lambda: patient.delete_user(**user))
    return {"changed": bool(changes), "changes": changes, "was": person.arn, "contact": person.tags.get("Contact", "")}


def _about(statement: Item, name: str) -> bool:
    return bool(statement.get("Condition", {}).get("StringLike", {}).get("aws:userid") == f"*:{name}")


# Proof, and review ----------------------------------------------------------------------------------------------------


def trace(session: Session, options: Item) -> Item:
    """Whether somebody has access still, by what IAM says of the account as a whole, and not by the lists that offboarding went through.

    `access` is what lets the person in; `left` is what names the person and lets nobody in; `unsure` what cannot be told now.
    """
    name, iam = options["name"], session.client("iam")
    access, left, unsure = [], [], []
    details = iam.get_paginator("get_account_authorization_details")
    pages = list(details.paginate(Filter=["User", "Role"]))
    users = {one["UserName"]: one for page in pages for one in page["UserDetailList"]}
    roles = [one for page in pages for one in page["RoleDetailList"]]
    detail = users.get(name)
    if detail:
        shut = [one for one in detail.get("UserPolicyList", []) if one["PolicyName"] == SHUT]
        others = [one["PolicyName"] for one in detail.get("UserPolicyList", []) if one["PolicyName"] != SHUT]
        others += [one["PolicyName"] for one in detail.get("AttachedManagedPolicies", [])]
        access += [f"is a member of {group}" for group in detail["GroupList"]] + [f"has the policy {policy}" for policy in others]
        if not shut:
            access.append("may do what others grant: no policy shuts the user out")
        access += _simulated(iam, detail["Arn"])
    # A user who is gone stands in a policy by the id that it had.
    words = re.compile(rf"\b(user{re.escape(options['path'])}{re.escape(name)}|user/{re.escape(name)})\"")
    left += [f"role {role['RoleName']} names the user in whom it trusts" for role in roles if words.search(json.dumps(role["AssumeRolePolicyDocument"]))]
    for role in job_roles(session, options["project"]):
        if options["since"] and not _ended(session, role, name, options["since"]):
            access.append(f"sessions in the role {role} were not ended")
    if options["center_user"]:
        reserved = [role for role in roles if re.fullmatch(rf"AWSReservedSSO_{re.escape(options['project'])}-[a-z0-9]+-[a-z-]+_[0-9a-f]+", role["RoleName"])]
        access += [
            f"sessions in the role {role['RoleName']} were not ended"
            for role in reserved
            if not any(is_ended(one["PolicyDocument"], options["center_user"], options["center_since"]) for one in role.get("RolePolicyList", []))
        ]
    row, made = _report(session, name)
    if made is None:
        unsure.append("the credential report of the account is not ready")
    elif options["since"] and made < time_of(options["since"]):
        unsure.append(f"the credential report is of {stamp(made)}, before this; IAM makes a new one four hours later")
    elif row:
        access += [f"the credential report says {column}" for column, value in row.items() if column.endswith("active") and value == "true"]
        access += ["the credential report says password_enabled"] if row.get("password_enabled") == "true" else []
    if options["contact"]:
        for region in options["regions"]:
            pages = session.client("sns", region=region).get_paginator("list_subscriptions").paginate()
            found = [one for page in pages for one in page["Subscriptions"] if one["Endpoint"].lower() == options["contact"].lower()]
            left += [f"{one['Endpoint']} hears of {one['TopicArn'].rpartition(':')[2]} in {region}" for one in found]
    return {"changed": False, "exists": bool(detail), "access": sorted(access), "left": sorted(left), "unsure": unsure}


def time_of(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def is_ended(document: Item, user: str, since: str) -> bool:
    """Whether a policy ends the sessions that a user of Identity Center had at a time."""
    mine = [one.get("Condition", {}) for one in listed_in(document["Statement"])]
    mine = [one["DateLessThan"]["aws:TokenIssueTime"] for one in mine if one.get("StringEquals", {}).get("identitystore:UserId") == user]
    return any(time_of(one) >= time_of(since) for one in mine)


def _ended(session: Session, role: str, name: str, since: str) -> bool:
    with tolerated("NoSuchEntity"):
        document = session.client("iam").get_role_policy(RoleName=role, PolicyName=REVOKED)["PolicyDocument"]
        mine = [one for one in listed_in(document["Statement"]) if _about(one, name)]
        return any(time_of(one["Condition"]["DateLessThan"]["aws:TokenIssueTime"]) >= time_of(since) for one in mine)
    return False


def _simulated(iam: t.Any, arn: str) -> list[str]:
    """What IAM's own simulation of the user's policies would allow, of calls that open doors."""
    asked = ["iam:ChangePassword", "iam:CreateAccessKey", "iam:EnableMFADevice", "s3:GetObject", "sts:AssumeRole", "sts:GetSessionToken"]
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=asked)
    return [f"may {one['EvalActionName']}, as IAM simulates it" for one in answer["EvaluationResults"] if one["EvalDecision"] == "allowed"]


def _report(session: Session, name: str) -> tuple[dict[str, str] | None, datetime.datetime | None]:
    """A user's row of the credential report, and when that was made; None for a report that does not come."""
    iam = session.client("iam")
    for _ in range(20):
        if iam.generate_credential_report()["State"] == "COMPLETE":
            report = iam.get_credential_report()
            rows = csv.DictReader(io.StringIO(report["Content"].decode()))
            made = report["GeneratedTime"]
            return next((row for row in rows if row["user"] == name), None), made.replace(tzinfo=made.tzinfo or datetime.UTC)
        time.sleep(2)
    return None, None


def review(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Everybody with a user, what lets them in, and what is wrong with that."""
    now = now or datetime.datetime.now(datetime.UTC)
    iam = session.client("iam")
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    details = [one for page in pages for one in page["UserDetailList"]]
    summary = iam.get_account_summary()["SummaryMap"]
    root = []
    if not summary.get("AccountMFAEnabled", 0):
        root.append("has no second factor")
    if summary.get("AccountAccessKeysPresent", 0):
        root.append("has an access key: delete it")
    people = session.each(lambda detail: _reviewed(session, detail, options, now), details)
    return {"changed": False, "people": sorted(people, key=lambda one: one["name"]), "root": root}


def _reviewed(session: Session, detail: Item, options: Item, now: datetime.datetime) -> Item:
    person, iam = Person(session, detail["UserName"]), session.client("iam")
    tags, problems, keys = tags_to_dict(detail.get("Tags")), [], []
    for one in person.listed("list_access_keys", "AccessKeyMetadata"):
        used = iam.get_access_key_last_used(AccessKeyId=one["AccessKeyId"])["AccessKeyLastUsed"].get("LastUsedDate")
        age, idle = (now - one["CreateDate"]).days, (now - (used or one["CreateDate"])).days
        keys.append({"id": one["AccessKeyId"], "active": one["Status"] == "Active", "age_days": age, "unused_days": idle})
        if one["Status"] == "Active" and age > options["key_days"]:
            problems.append(f"key {one['AccessKeyId']} is {age} days old")
        if one["Status"] == "Active" and idle > options["unused_days"]:
            problems.append(f"key {one['AccessKeyId']} was not used for {idle} days")
    devices, signs_in = len(person.listed("list_mfa_devices", "MFADevices")), person.signs_in
    if not devices and (signs_in or any(key["active"] for key in keys)):
        problems.append("no second factor")
    jobs = sorted(jobs_of(options["prefix"], detail["GroupList"]).values())
    if detail["Path"] != options["path"]:
        problems.append("not made by playbooks/onboard.yml")
    elif not detail["GroupList"] and SHUT not in tags:
        problems.append("no job")
    last = iam.get_user(UserName=person.name)["User"].get("PasswordLastUsed") if person.exists else None
    if signs_in and (now - (last or detail["CreateDate"])).days > options["unused_days"]:
        problems.append(f"has not signed in for {(now - (last or detail['CreateDate'])).days} days")
    return {
        "name": person.name,
        "contact": tags.get("Contact", ""),
        "since": tags.get("Since", ""),
        "offboarded": tags.get(SHUT, ""),
        "jobs": jobs,
        "devices": devices,
        "password": signs_in,
        "access_keys": keys,
        "problems": problems,
    }

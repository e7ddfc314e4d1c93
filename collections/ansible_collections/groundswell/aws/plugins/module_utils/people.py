# SPDX-License-Identifier: GPL-3.0-or-later
"""People: the IAM users that stand for them, the jobs that they have, and how all of that is taken away again.

A job is a group and a role of one name, `<prefix>-job-<job>`, kept by the role `access`. Users belong to the account and outlive an environment.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import secrets
import string
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .kinds.iam import REVOKED
from .resource import Item, Problem, Session
from .retries import tolerated
from .steps import change

# IAM's pattern for user names, which is also that of session names, without capitals: names that differ in case only are one to IAM.
_NAME = re.compile(r"[a-z][a-z0-9+=,.@_-]{1,63}")
# What was just made is not known everywhere at once.
_NOT_YET = (("NoSuchEntity|EntityTemporarilyUnmodifiable", "", 30.0), ("DeleteConflict|ConcurrentModification", "", 60.0))
_LONGEST_SESSION = datetime.timedelta(hours=12)  # of any role (API sts:AssumeRole)
_SHUT = "Offboarded"  # the policy of a user who may do nothing any more
_PASSWORD_LENGTH = 24
_MOST_CHARACTERS = 10240  # of a role's inline policies together (UG iam/reference_iam-quotas.md)


def job_name(prefix: str, job: str) -> str:
    """What the group and the role of a job are called."""
    return f"{prefix}-job-{job}"


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

    @property
    def signs_in(self) -> bool:
        """Whether there is a password."""
        with tolerated("NoSuchEntity"):
            return bool(self.iam.get_login_profile(UserName=self.name))
        return False


# Onboarding -----------------------------------------------------------------------------------------------------------


def refusals(options: Item, known: list[str], person: Person, groups: t.Collection[str]) -> list[str]:
    """Everything that is wrong with what was asked for."""
    name, problems = options["name"], []
    if not _NAME.fullmatch(name):
        problems.append(
            f"person is {name!r}: 2 to 64 lower-case letters, digits and + = , . @ _ -, beginning with a letter; the sessions of a person are called so too"
        )
    unknown = sorted(set(options["jobs"]) - set(known))
    if unknown:
        problems.append(f"there is no job {', '.join(unknown)}; there are {', '.join(known)}")
    if not options["jobs"]:
        problems.append(f"a person without a job has no business in the account; jobs are {', '.join(known)}, and playbooks/offboard.yml takes the last one away")
    twice = sorted({job for job in options["jobs"] if options["jobs"].count(job) > 1})
    if twice:
        problems.append(f"named twice: {', '.join(twice)}")
    missing = sorted({job_name(options["prefix"], job) for job in set(options["jobs"]) & set(known)} - set(groups))
    if missing:
        problems.append(f"the account has no group {', '.join(missing)} yet: roll out the layer first (playbooks/access.yml)")
    if person.exists:
        problems += _somebody_else(options, person)
    elif not options["contact"]:
        problems.append(f"nobody is called {name} yet: say where the person can be reached, -e person_contact=somebody@example.org")
    return problems


def _somebody_else(options: Item, person: Person) -> list[str]:
    if person.path != options["path"] or any(person.tags.get(key) != value for key, value in options["tags"].items()):
        return [f"a user {person.name} exists already and was not made here ({person.arn}): choose another name"]
    known = person.tags.get("Contact", "")
    if options["contact"] and known != options["contact"]:
        return [f"a person {person.name} exists already, reached at {known}, not {options['contact']}: choose another name for somebody else"]
    if _SHUT in person.tags:
        return [f"{person.name} was offboarded on {person.tags[_SHUT]} and kept for the record: choose another name, or offboard it without keeping it"]
    return []


def onboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Make the user, put it into the groups of its jobs and out of others of this environment, give it a first password."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    iam, patient, name, changes = session.client("iam"), session.client("iam", _NOT_YET), options["name"], []
    person = Person(session, name) if _NAME.fullmatch(name) else Person(session, "-")
    ours = job_name(options["prefix"], "")
    groups = [one["GroupName"] for page in iam.get_paginator("list_groups").paginate() for one in page["Groups"] if one["GroupName"].startswith(ours)]
    problems = refusals(options, options["known_jobs"], person, groups)
    if problems:
        raise Problem("; ".join(problems))
    wanted = sorted(job_name(options["prefix"], job) for job in options["jobs"])
    held = [group for group in person.groups if group.startswith(ours)] if person.exists else []

    def do(what: Item, act: t.Callable[[], t.Any]) -> None:
        changes.append(what)
        if not session.check_mode:
            act()

    if not person.exists:
        tags = {**options["tags"], "Contact": options["contact"], "Since": now.date().isoformat()}
        do(change("iam_users", name, ["path", "tags"], "create"), lambda: iam.create_user(UserName=name, Path=options["path"], Tags=dict_to_tags(tags)))
    for group in sorted(set(wanted) - set(held)):
        do(change("iam_users", name, [group]), lambda group=group: patient.add_user_to_group(GroupName=group, UserName=name))
    for group in sorted(set(held) - set(wanted)):

        def leave(group: str = group) -> None:
            iam.remove_user_from_group(GroupName=group, UserName=name)
            revoke(session, group, name, now)

        do(change("iam_users", name, [group], "remove"), leave)
    has_password = person.exists and person.signs_in
    if not has_password or options["reset_password"]:
        operation = "update_login_profile" if has_password else "create_login_profile"

        def give() -> None:
            password = first_password(session)
            # Before it counts: a password that nobody has would have to be reset, a file of one that does not count yet is overwritten.
            write_secret(options["password_file"], password)
            getattr(patient, operation)(UserName=name, Password=password, PasswordResetRequired=True)

        do(change("iam_users", name, ["password"]), give)
    return {
        "changed": bool(changes),
        "changes": changes,
        "arn": person.arn or f"arn:{session.partition}:iam::{session.account}:user{options['path']}{name}",
        "password_file": options["password_file"] if any(one["options"] == ["password"] for one in changes) else "",
        "devices": len(person.listed("list_mfa_devices", "MFADevices")) if person.exists else 0,
    }


def first_password(session: Session) -> str:
    """One that any password policy of an account takes; it is changed at the first sign-in."""
    length = _PASSWORD_LENGTH
    with tolerated("NoSuchEntity"):
        length = max(length, session.client("iam").get_account_password_policy()["PasswordPolicy"].get("MinimumPasswordLength", 0))
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=[]{}|")
    letters = [secrets.choice(kind) for kind in kinds] + [secrets.choice("".join(kinds)) for _ in range(length - len(kinds))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def write_secret(path: str, text: str) -> None:
    """Into a file that nobody but its owner can read, from its first moment."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")


# Offboarding ----------------------------------------------------------------------------------------------------------


def job_roles(session: Session, project: str) -> list[str]:
    """The roles of all jobs of all environments of the project that are in the account."""
    pattern = re.compile(rf"{re.escape(project)}-[a-z0-9]+-job-[a-z-]+")
    pages = session.client("iam").get_paginator("list_roles").paginate()
    return sorted(role["RoleName"] for page in pages for role in page["Roles"] if pattern.fullmatch(role["RoleName"]))


def _sid(name: str, now: datetime.datetime) -> str:
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
        statements = [one for one in _list(document["Statement"]) if not _void(one, now)]
    statements.append(
        {
            "Sid": _sid(name, now),
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"aws:userid": f"*:{name}"}, "DateLessThan": {"aws:TokenIssueTime": _stamp(now)}},
        }
    )
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    with tolerated("NoSuchEntity"):  # the role has gone, and its sessions with it
        iam.put_role_policy(RoleName=role, PolicyName=REVOKED, PolicyDocument=text)


def _stamp(time: datetime.datetime) -> str:
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _void(statement: Item, now: datetime.datetime) -> bool:
    said = statement.get("Condition", {}).get("DateLessThan", {}).get("aws:TokenIssueTime", "")
    try:
        then = datetime.datetime.fromisoformat(str(said).replace("Z", "+00:00"))
        return now - then > _LONGEST_SESSION
    except (TypeError, ValueError):
        return False  # not one of ours, or of the console's


def _list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def able_administrators(session: Session, group: str) -> dict[str, bool]:
    """Who may break the glass, and whether they could now: with a second factor, and a password or an active key."""
    able = {}
    with tolerated("NoSuchEntity"):
        for page in session.client("iam").get_paginator("get_group").paginate(GroupName=group):
            for user in page["Users"]:
                person = Person(session, user["UserName"])
                enters = person.signs_in or any(key["Status"] == "Active" for key in person.listed("list_access_keys", "AccessKeyMetadata"))
                able[person.name] = enters and bool(person.listed("list_mfa_devices", "MFADevices"))
    return able


def _refuse_offboarding(session: Session, options: Item, person: Person) -> None:
    problems = []
    administrators = able_administrators(session, options["administrators_group"])
    others = sorted(name for name, able in administrators.items() if able and name != person.name)
    if person.name in administrators and not others:
        unable = sorted(set(administrators) - {person.name})
        more = f" ({', '.join(unable)} could not: no second factor, or nothing to sign in with)" if unable else ""
        problems.append(f"{person.name} is the last one who can break the glass{more}: onboard somebody else for the job break-glass first")
    # Half-way through, the caller would be shut out.
    if session.client("sts").get_caller_identity()["Arn"].rpartition("/")[2] == person.name:
        problems.append(f"{person.name} is who runs this, and would be shut out half-way: let somebody else do it")
    if person.exists and person.path != options["path"] and not options["foreign"]:
        problems.append(f"{person.name} was not made by playbooks/onboard.yml ({person.arn}), and may be a program's: -e offboard_foreign=true if it is meant")
    if problems:
        raise Problem("; ".join(problems))


def offboard(session: Session, options: Item, now: datetime.datetime | None = None) -> Item:
    """Take everything away that lets somebody in. First what works at once, so that a run that is ended half-way has shut the door; run again, it goes on."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
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
        kept = _SHUT in person.tags and options["keep"]
        if not kept:
            nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
            do("iam_users", "policies", lambda: iam.put_user_policy(**user, PolicyName=_SHUT, PolicyDocument=json.dumps(nothing)), "update")
        keys = person.listed("list_access_keys", "AccessKeyMetadata")
        for one in keys:
            if one["Status"] == "Active":
                key = {"AccessKeyId": one["AccessKeyId"]}
                do("access keys", one["AccessKeyId"], lambda key=key: iam.update_access_key(**user, **key, Status="Inactive"), "update")
        if person.signs_in:
            do("passwords", "password", lambda: patient.delete_login_profile(**user))
    roles = [role for role in job_roles(session, options["project"]) if person.exists or not _revoked(session, role, options["name"])]
    if person.exists and _SHUT in person.tags and options["keep"]:
        roles = []
    for role in roles:
        do("sessions", role, lambda role=role: revoke(session, role, options["name"], now), "update")
    if person.exists:
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
            if name != _SHUT:
                do("policies", name, lambda name=name: patient.delete_user_policy(**user, PolicyName=name))
        if options["keep"]:
            if _SHUT not in person.tags:
                stamp = dict_to_tags({_SHUT: now.date().isoformat()})
                do("iam_users", "tags", lambda: iam.tag_user(**user, Tags=stamp), "update")
        else:
            do("policies", _SHUT, lambda: patient.delete_user_policy(**user, PolicyName=_SHUT))
            do("iam_users", "user", lambda: patient.delete_user(**user))
    return {"changed": bool(changes), "changes": changes, "was": person.arn, "contact": person.tags.get("Contact", "")}


def _revoked(session: Session, role: str, name: str) -> bool:
    """Whether a person's sessions in a role were ended."""
    with tolerated("NoSuchEntity"):
        document = session.client("iam").get_role_policy(RoleName=role, PolicyName=REVOKED)["PolicyDocument"]
        return any(one.get("Condition", {}).get("StringLike", {}).get("aws:userid") == f"*:{name}" for one in _list(document["Statement"]))
    return False

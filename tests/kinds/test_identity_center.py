# SPDX-License-Identifier: GPL-3.0-or-later
"""Permission sets, who has them, and people in IAM Identity Center: what they can do then is asked through boto3, and at the portal's door."""

from __future__ import annotations

import datetime
import json
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import center_people, center_readiness
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.identity_center import AccountAssignments, DirectoryGroups, PermissionSets
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import reconcile
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module
from simulated import Simulated

ACCOUNT, NAME, CONTACT = "123456789012", "example.person", "example.person@example.org"
JOBS = ["web", "app", "break-glass"]
POLICY = {"Version": "2012-10-17", "Statement": [{"Sid": "Look", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
NOW = datetime.datetime(2026, 5, 4, 3, 2, 1, tzinfo=datetime.UTC)
SET = {
    "name": "acme-dev-web",
    "description": "Runs the web tier",
    "session_seconds": 5400,
    "managed_policy_arns": ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
    "customer_managed_policies": ["/teams/more"],
    "inline_policy": json.dumps(POLICY),
    "permissions_boundary": "acme-dev-boundary",
}
Keep = Callable[..., Any]


def enable(simulator: Simulated, **more: Any) -> None:
    """As the console does it in the management account."""
    simulator.client("organizations").create_organization(FeatureSet="ALL")
    simulator.door("identity-center", {"region": REGION, **more})


def own_policies(simulator: Simulated) -> None:
    iam = simulator.client("iam")
    for name, path in (("acme-dev-boundary", "/"), ("more", "/teams/")):
        iam.create_policy(PolicyName=name, Path=path, PolicyDocument=json.dumps(POLICY))


def roles(simulator: Simulated) -> dict[str, Any]:
    """What Identity Center has made in the account, by permission set."""
    found = simulator.client("iam").list_roles(PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
    return {role["RoleName"].removeprefix("AWSReservedSSO_").rpartition("_")[0]: role for role in found}


def instance(simulator: Simulated) -> dict[str, str]:
    (found,) = simulator.client("sso-admin").list_instances()["Instances"]
    return {"InstanceArn": found["InstanceArn"]}


def test_permission_set_and_who_has_it(simulator: Simulated, keep: Keep, clear: Keep) -> None:
    """A permission set comes to the account with its assignment, what is changed of it follows there, and all of it goes."""
    enable(simulator)
    own_policies(simulator)
    assigned = [{"name": f"acme-dev-web/{ACCOUNT}/acme-dev-job-web"}]
    for kind, items in ((DirectoryGroups, [{"name": "acme-dev-job-web"}]), (PermissionSets, [SET]), (AccountAssignments, assigned)):
        assert [change.action for change in keep(kind, items, check_mode=True).changes] == ["create"]
        assert keep(kind, items).changed and not keep(kind, items).changed
    api = simulator.client("sso-admin")
    (arn,) = api.list_permission_sets(**instance(simulator))["PermissionSets"]
    assert api.describe_permission_set(PermissionSetArn=arn, **instance(simulator))["PermissionSet"]["SessionDuration"] == "PT1H30M"
    role = roles(simulator)["acme-dev-web"]
    iam = simulator.client("iam")
    about = iam.get_role(RoleName=role["RoleName"])["Role"]
    assert about["Path"] == f"/aws-reserved/sso.amazonaws.com/{REGION}/" and about["MaxSessionDuration"] == 43200
    assert about["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/acme-dev-boundary"
    attached = [policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]]
    assert sorted(attached) == ["ViewOnlyAccess", "more"]

    less = {**SET, "inline_policy": "", "customer_managed_policies": [], "session_seconds": 3600, "permissions_boundary": ""}
    assert [change.options for change in keep(PermissionSets, [less], check_mode=True).changes] == [
        ["customer_managed_policies", "inline_policy", "permissions_boundary", "session_seconds"]
    ]
    keep(PermissionSets, [less])
    assert not keep(PermissionSets, [less]).changed
    assert "PermissionsBoundary" not in iam.get_role(RoleName=role["RoleName"])["Role"]
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []

    # Changed, and ended before the account heard of it: the next run goes on.
    api.update_permission_set(PermissionSetArn=arn, Description="Runs the web tier", SessionDuration="PT1H", **instance(simulator))
    assert [change.options for change in keep(PermissionSets, [less]).changes] == [["provisioned"]]

    # Nobody else changes what it made; what somebody else gave by hand is reported.
    with pytest.raises(iam.exceptions.UnmodifiableEntityException):
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName="more", PolicyDocument=json.dumps(POLICY))
    assert keep(AccountAssignments, []).undeclared == assigned[0]["name"].split() and roles(simulator)
    for kind in (AccountAssignments, PermissionSets, DirectoryGroups):
        assert [change.action for change in clear(kind).changes] == ["remove"]
        assert not clear(kind).changed
    assert not roles(simulator) and not api.list_permission_sets(**instance(simulator))["PermissionSets"]


def test_what_is_asked_for_takes_a_while(start_simulator: Callable[..., Simulated]) -> None:
    """A run waits for accounts, one after the other, and says why one does not take it."""
    simulator = start_simulator("--latency", "aws", "--time-scale", "40")
    enable(simulator)
    session = Session(Module(simulator.endpoint))
    tags = {"Project": "acme", "Environment": "dev", "ManagedBy": "groundswell", "Layer": "test"}

    def keep(kind: Any, items: list[dict[str, Any]]) -> Any:
        return reconcile(kind(session, {}, tags), items, timeout=30)

    jobs = ["web", "app"]
    keep(DirectoryGroups, [{"name": f"acme-dev-job-{job}"} for job in jobs])
    keep(PermissionSets, [{**SET, "name": f"acme-dev-{job}"} for job in jobs])
    assigned = [{"name": f"acme-dev-{job}/{ACCOUNT}/acme-dev-job-{job}"} for job in jobs]
    with pytest.raises(Problem, match="policy/teams/more does not exist"):
        keep(AccountAssignments, assigned)
    own_policies(simulator)
    keep(AccountAssignments, assigned)
    assert sorted(roles(simulator)) == ["acme-dev-app", "acme-dev-web"]
    calls = [line["operation"] for line in map(json.loads, simulator.journal.read_text().splitlines())]
    assert calls.count("DescribeAccountAssignmentCreationStatus") >= 4


Do = Callable[..., dict[str, Any]]


@pytest.fixture
def company(simulator: Simulated, keep: Keep) -> Simulated:
    """An account with the jobs of an environment, and somebody who can break the glass."""
    enable(simulator)
    keep(DirectoryGroups, [{"name": f"acme-dev-job-{job}"} for job in JOBS])
    keep(PermissionSets, [{"name": f"acme-dev-{job}", "session_seconds": 3600, "inline_policy": json.dumps(POLICY)} for job in JOBS])
    keep(AccountAssignments, [{"name": f"acme-dev-{job}/{ACCOUNT}/acme-dev-job-{job}"} for job in JOBS])
    return simulator


@pytest.fixture
def do(simulator: Simulated) -> Do:
    """do("onboard", jobs=["web"]): what the modules do."""
    session = Session(Module(simulator.endpoint))

    def run(what: str, check_mode: bool = False, now: datetime.datetime = NOW, **options: Any) -> dict[str, Any]:
        session.check_mode = check_mode
        given = {
            "name": NAME, "contact": CONTACT, "known_jobs": JOBS, "prefix": "acme-dev", "project": "acme", "mark": "groundswell", "external": False,
            "keep": False, "foreign": False, "user_id": "", "account": ACCOUNT, **options,
        }  # fmt: skip
        more = (now,) if what in ("onboard", "offboard") else ()
        return getattr(center_people, what)(session, given, *more)

    return run


def offered(simulator: Simulated, permission_set: str, person: str = NAME) -> dict[str, Any]:
    """What the portal gives a person; nothing where it does not offer that."""
    try:
        return dict(simulator.door("sign-in", {"person": person, "permission_set": permission_set}))
    except urllib.error.HTTPError:
        return {}


def test_a_person_comes_changes_and_leaves(company: Simulated, do: Do, keep: Keep) -> None:
    do("onboard", name="example.administrator", contact="admin@example.org", jobs=["break-glass"])
    assert do("onboard", check_mode=True, jobs=["web", "app"])["changed"] and not offered(company, "acme-dev-web")
    came = do("onboard", jobs=["web", "app"])
    assert not do("onboard", jobs=["web", "app"])["changed"]
    assert came["portal"].startswith("https://d-") and offered(company, "acme-dev-web") and not offered(company, "acme-dev-break-glass")

    # One job less: its sessions end in the account, and a rollout leaves that as it is.
    do("onboard", jobs=["web"], contact="")
    assert not offered(company, "acme-dev-app")
    ended = ended_in(company, "acme-dev-app")
    assert ended["Condition"]["StringEquals"] == {"identitystore:UserId": came["user_id"]}
    items = [{"name": f"acme-dev-{job}", "session_seconds": 3600, "inline_policy": json.dumps(POLICY)} for job in JOBS]
    assert not keep(PermissionSets, items).changed
    keep(PermissionSets, [{**item, "session_seconds": 7200} for item in items])
    assert ended_in(company, "acme-dev-app") == ended

    # Given by hand beside the jobs: listed, and taken away with the person.
    api, one = company.client("sso-admin"), instance(company)
    by_hand = api.create_permission_set(Name="ByHand", **one)["PermissionSet"]["PermissionSetArn"]
    about = {"TargetId": ACCOUNT, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": by_hand, "PrincipalType": "USER", "PrincipalId": came["user_id"]}
    api.create_account_assignment(**about, **one)
    review = do("review")
    assert review["undeclared"] == [f"ByHand: user {NAME}"]
    assert [person["jobs"] for person in review["people"]] == [["break-glass"], ["web"]]

    assert do("offboard", check_mode=True)["changed"] and offered(company, "acme-dev-web")
    left = do("offboard")
    assert left["was"] == came["user_id"] and not do("offboard")["changed"]
    assert do("trace", user_id=left["was"]) == {"changed": False, "exists": False, "access": [], "left": []}
    assert not offered(company, "acme-dev-web") and not offered(company, "ByHand")
    for job in JOBS:
        assert ended_in(company, f"acme-dev-{job}")["Condition"]["StringEquals"] == {"identitystore:UserId": left["was"]}
    # Twelve hours later nothing of it is left.
    do("onboard", name="other.person", contact="other@example.org", jobs=["web"])
    do("offboard", name="other.person", now=NOW + datetime.timedelta(hours=13))
    assert len(ends(company, "acme-dev-web")) == 1


def ends(simulator: Simulated, permission_set: str) -> list[dict[str, Any]]:
    """What ends sessions in the account's role of a permission set."""
    name = roles(simulator)[permission_set]["RoleName"]
    document = simulator.client("iam").get_role_policy(RoleName=name, PolicyName="AwsSSOInlinePolicy")["PolicyDocument"]
    return [one for one in document["Statement"] if one["Effect"] == "Deny"]


def ended_in(simulator: Simulated, permission_set: str) -> dict[str, Any]:
    (found,) = ends(simulator, permission_set)
    return found


def test_the_proof_sees_what_is_left(company: Simulated, do: Do) -> None:
    do("onboard", name="example.administrator", contact="admin@example.org", jobs=["break-glass"])
    came = do("onboard", jobs=["web"])
    found = do("trace", user_id=came["user_id"])
    assert found["access"] == ["is a member of acme-dev-job-web", "is a user of Identity Center"]
    kept = do("offboard", keep=True)
    assert kept["changed"] and not do("offboard", keep=True)["changed"]
    found = do("trace", user_id=kept["was"])
    assert found["exists"] and found["access"] == [] and "is kept" in found["left"][0]
    with pytest.raises(Problem, match="was offboarded on 2026-05-04"):
        do("onboard", jobs=["web"])


def test_refused(company: Simulated, do: Do) -> None:
    """All that is wrong at once, and before anything is touched."""
    do("onboard", jobs=["break-glass"])
    for options, words in (
        ({"name": "Wrong", "jobs": ["wbe", "web", "web"], "contact": "by phone"}, "person is 'Wrong'.*no job wbe.*named twice: web.*e-mail address"),
        ({"jobs": ["web"]}, "is the last one who can break the glass of acme-dev in Identity Center"),
        ({"jobs": ["break-glass"], "contact": "else@example.org"}, f"reached at {CONTACT}"),
        ({"jobs": ["web"], "external": True}, "put example.person into acme-dev-job-web"),
    ):
        with pytest.raises(Problem, match=words):
            do("onboard", **options)
    with pytest.raises(Problem, match="is the last one who can break the glass"):
        do("offboard")
    store = company.client("sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]
    company.client("identitystore").create_user(
        IdentityStoreId=store, UserName="by.hand", DisplayName="By Hand", Name={"GivenName": "By", "FamilyName": "Hand"}
    )
    with pytest.raises(Problem, match="exists already in Identity Center and was not made here"):
        do("onboard", name="by.hand", jobs=["web"])
    with pytest.raises(Problem, match="may be somebody else"):
        do("offboard", name="by.hand")
    assert do("offboard", name="by.hand", foreign=True)["changed"]


def test_people_of_an_identity_provider(simulator: Simulated, keep: Keep, do: Do) -> None:
    """Their sessions are ended here; where they are members is said, for whoever mends it there."""
    enable(simulator, users=[NAME], groups={"acme-dev-job-web": [NAME]})
    with pytest.raises(Problem, match="exists and is not ours"):
        keep(DirectoryGroups, [{"name": "acme-dev-job-web"}])
    keep(PermissionSets, [{"name": "acme-dev-web"}])
    keep(AccountAssignments, [{"name": f"acme-dev-web/{ACCOUNT}/acme-dev-job-web"}])
    with pytest.raises(Problem, match="comes from an identity provider"):
        do("onboard", jobs=["web"])
    left = do("offboard", external=True)
    assert ended_in(simulator, "acme-dev-web")["Condition"]["StringEquals"] == {"identitystore:UserId": left["was"]}
    assert do("trace", user_id=left["was"], external=True)["access"] == ["is a member of acme-dev-job-web"]


def test_readiness(simulator: Simulated) -> None:
    """What there is, wherever it is; the rest is tried without an account."""
    session = Session(Module(simulator.endpoint))

    def look(**options: Any) -> dict[str, Any]:
        given = {"account": ACCOUNT, "project": "acme", "permission_sets": [], "groups": ["acme-dev-job-web"], "external": False, **options}
        return center_readiness.look(session, given)

    assert "is in no organization" in look()["problems"][0]
    simulator.client("organizations").create_organization(FeatureSet="ALL")
    assert (
        f"sees no instance of IAM Identity Center: enable it for the organization, in the console of the management account {ACCOUNT}" in look()["problems"][0]
    )
    simulator.door("identity-center", {"region": "ap-southeast-2"})
    found = look()
    assert (found["problems"], found["region"], found["administers"]) == ([], "ap-southeast-2", True)
    assert "has not sent the groups acme-dev-job-web" in look(external=True)["problems"][0]

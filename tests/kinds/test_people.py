# SPDX-License-Identifier: GPL-3.0-or-later
"""People come, change their jobs, leave: what they can do then is asked through boto3."""

from __future__ import annotations

import datetime
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import people
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import REVOKED
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import Module
from simulated import Simulated

NAME, CONTACT = "example.person", "example.person@example.org"
JOBS = ["web", "app", "break-glass"]
SHARED = {"prefix": "acme-dev", "project": "acme", "path": "/people/"}
TAGS = {"ManagedBy": "groundswell", "Layer": "people"}
MAY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
NOW = datetime.datetime(2026, 5, 4, 3, 2, 1, tzinfo=datetime.UTC)


@pytest.fixture
def iam(simulator: Simulated) -> Iterator[Any]:
    """An account with the jobs of an environment, and somebody who can break the glass."""
    client = simulator.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]})
    for job in JOBS:
        client.create_group(GroupName=f"acme-dev-job-{job}", Path="/acme/dev/access/")
        client.create_role(RoleName=f"acme-dev-job-{job}", AssumeRolePolicyDocument=trust)
    administrator(client, "example.administrator")
    yield client


def administrator(client: Any, name: str) -> None:
    client.create_user(UserName=name, Path="/people/")
    client.create_login_profile(UserName=name, Password="never-Used-1234")
    client.add_user_to_group(GroupName="acme-dev-job-break-glass", UserName=name)
    device(client, name)


def device(client: Any, name: str) -> None:
    serial = client.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    client.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")


Do = Callable[..., dict[str, Any]]


@pytest.fixture
def do(simulator: Simulated, tmp_path: Path) -> Do:
    """do("onboard", jobs=["web"]): what the modules do."""

    def run(what: str, check_mode: bool = False, now: datetime.datetime = NOW, **options: Any) -> dict[str, Any]:
        module = Module(simulator.endpoint)
        module.check_mode = check_mode
        defaults: dict[str, dict[str, Any]] = {
            "onboard": {
                "contact": CONTACT, "known_jobs": JOBS, "tags": TAGS, "reset_password": False, "password_file": str(tmp_path / "secret" / "password"),
            },
            "offboard": {"keep": False, "foreign": False},
            "trace": {"contact": "", "regions": ["eu-west-1"], "since": "", "center_user": "", "center_since": ""},
            "review": {"key_days": 90, "unused_days": 45},
        }  # fmt: skip
        given = {"name": NAME, **SHARED, **defaults[what], **options}
        more = () if what == "trace" else (now,)
        return getattr(people, what)(Session(module), given, *more)

    return run


def groups(iam: Any, name: str = NAME) -> list[str]:
    return sorted(group["GroupName"].removeprefix("acme-dev-job-") for group in iam.list_groups_for_user(UserName=name)["Groups"])


def test_somebody_comes(iam, do, tmp_path):
    foretold = do("onboard", check_mode=True, jobs=["web", "app"])
    assert NAME not in [user["UserName"] for user in iam.list_users()["Users"]]
    done = do("onboard", jobs=["web", "app"])
    assert done["changes"] == foretold["changes"] and done["arn"] == foretold["arn"]
    assert groups(iam) == ["app", "web"]
    user = iam.get_user(UserName=NAME)["User"]
    assert user["Path"] == "/people/"
    assert {tag["Key"]: tag["Value"] for tag in user["Tags"]} == {**TAGS, "Contact": CONTACT, "Since": "2026-05-04"}
    assert iam.get_login_profile(UserName=NAME)["LoginProfile"]["PasswordResetRequired"]
    assert iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"] == []
    file = tmp_path / "secret" / "password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    password = file.read_text().strip()
    assert len(password) == 24 and password not in json.dumps(done)
    again = do("onboard", jobs=["app", "web"])
    assert again["changed"] is False and file.read_text().strip() == password


def test_a_password_is_as_long_as_the_account_wants_it(iam, do, tmp_path):
    iam.update_account_password_policy(MinimumPasswordLength=40)
    do("onboard", jobs=["web"])
    assert len((tmp_path / "secret" / "password").read_text().strip()) == 40


def test_jobs_change_and_a_job_that_is_left_ends_at_once(iam, do):
    do("onboard", jobs=["web"])
    done = do("onboard", jobs=["app"], contact="")
    assert groups(iam) == ["app"]
    assert [(one["name"], one["action"]) for one in done["changes"]] == [("acme-dev-job-app", "create"), ("acme-dev-job-web", "remove")]
    (statement,) = iam.get_role_policy(RoleName="acme-dev-job-web", PolicyName=REVOKED)["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringLike": {"aws:userid": f"*:{NAME}"}, "DateLessThan": {"aws:TokenIssueTime": "2026-05-04T03:07:01Z"}}
    assert iam.list_role_policies(RoleName="acme-dev-job-app")["PolicyNames"] == []


def test_deployers_are_jobs_too(iam, do):
    with pytest.raises(Problem, match=r"no job deployer-site; there are web, app, break-glass"):
        do("onboard", jobs=["deployer-site"])
    iam.create_group(GroupName="acme-dev-deployer-site")
    do("onboard", jobs=["web", "deployer-site"])
    assert groups(iam) == ["acme-dev-deployer-site", "web"]
    assert do("review")["people"][1]["jobs"] == ["deployer-site", "web"]
    do("onboard", jobs=["web"])
    assert groups(iam) == ["web"]


def test_groups_of_others_are_left_alone(iam, do):
    do("onboard", jobs=["web"])
    iam.create_group(GroupName="acme-prod-job-web")
    iam.add_user_to_group(GroupName="acme-prod-job-web", UserName=NAME)
    assert do("onboard", jobs=["web"])["changed"] is False
    assert "acme-prod-job-web" in groups(iam)


def test_all_that_is_wrong_is_said_at_once(iam, do, simulator):
    before = len(simulator.calls(mutating=True))
    with pytest.raises(Problem) as problem:
        do("onboard", name="Example Person", jobs=["wbe", "app", "app"], contact="")
    said = str(problem.value)
    assert "there is no job wbe; there are web, app, break-glass; " in said
    assert "person is 'Example Person'" in said and "named twice: app" in said and "say where the person can be reached" in said
    with pytest.raises(Problem, match="without a job"):
        do("onboard", jobs=[])
    with pytest.raises(Problem, match="no group acme-dev-job-billing yet: roll out the layer first"):
        do("onboard", jobs=["billing"], known_jobs=[*JOBS, "billing"])
    assert len(simulator.calls(mutating=True)) == before


def test_two_people_of_one_name(iam, do):
    do("onboard", jobs=["web"])
    with pytest.raises(Problem, match=f"reached at {CONTACT}, not other.person@example.org: choose another name"):
        do("onboard", jobs=["web"], contact="other.person@example.org")
    iam.create_user(UserName="program")
    with pytest.raises(Problem, match="was not made here"):
        do("onboard", name="program", jobs=["web"])


def test_somebody_leaves(iam, do, simulator):
    do("onboard", jobs=["web", "app"])
    device(iam, NAME)
    iam.create_access_key(UserName=NAME)
    iam.create_service_specific_credential(UserName=NAME, ServiceName="codecommit.amazonaws.com")
    iam.upload_ssh_public_key(UserName=NAME, SSHPublicKeyBody="ssh-rsa AAAA")
    iam.put_user_policy(UserName=NAME, PolicyName="own", PolicyDocument=MAY)
    iam.attach_user_policy(UserName=NAME, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    sns = simulator.client("sns")
    sns.subscribe(TopicArn=sns.create_topic(Name="acme-dev-alarms")["TopicArn"], Protocol="email", Endpoint=CONTACT)
    assert do("trace")["access"]
    calls = len(simulator.calls(mutating=True))
    foretold = do("offboard", check_mode=True)
    assert len(simulator.calls(mutating=True)) == calls
    done = do("offboard")
    assert done["changes"] == foretold["changes"] and done["contact"] == CONTACT
    # The door is shut before anything else is tidied up.
    first = [call["operation"] for call in simulator.calls(mutating=True)[calls:]][:3]
    assert first == ["PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"]
    assert NAME not in [user["UserName"] for user in iam.list_users()["Users"]]
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"] == []
    for job in JOBS:
        (statement,) = iam.get_role_policy(RoleName=f"acme-dev-job-{job}", PolicyName=REVOKED)["PolicyDocument"]["Statement"]
        assert statement["Condition"]["StringLike"] == {"aws:userid": f"*:{NAME}"}
    proof = do("trace", contact=CONTACT, since="2026-05-04T03:02:01Z")
    assert (proof["access"], proof["exists"]) == ([], False)
    assert proof["left"] == [f"{CONTACT} hears of acme-dev-alarms in eu-west-1"]
    assert do("offboard")["changed"] is False


def test_somebody_is_kept_for_the_record(iam, do):
    do("onboard", jobs=["web"])
    do("offboard", keep=True)
    assert groups(iam) == [] and iam.list_user_policies(UserName=NAME)["PolicyNames"] == ["Offboarded"]
    proof = do("trace", since="2026-05-04T03:02:01Z")
    assert (proof["access"], proof["exists"]) == ([], True)
    assert do("offboard", keep=True)["changed"] is False
    with pytest.raises(Problem, match="offboarded on 2026-05-04 and kept"):
        do("onboard", jobs=["web"])
    do("offboard")
    assert NAME not in [user["UserName"] for user in iam.list_users()["Users"]]


def test_what_was_interrupted_is_seen_and_finished(iam, do):
    do("onboard", jobs=["web"])
    iam.delete_login_profile(UserName=NAME)
    iam.put_user_policy(UserName=NAME, PolicyName="Offboarded", PolicyDocument=MAY)
    proof = do("trace", since="2026-05-04T03:02:01Z")
    assert "is a member of acme-dev-job-web" in proof["access"]
    assert "sessions in the role acme-dev-job-web were not ended" in proof["access"]
    do("offboard")
    assert do("trace", since="2026-05-04T03:02:01Z")["access"] == []


def test_the_last_who_can_break_the_glass_stays(iam, do):
    with pytest.raises(Problem, match=r"example.administrator is the last one who can break the glass of acme-dev: onboard somebody else"):
        do("offboard", name="example.administrator")
    do("onboard", jobs=["break-glass"])
    with pytest.raises(Problem, match=rf"\({NAME} could not: no second factor"):
        do("offboard", name="example.administrator")
    with pytest.raises(Problem, match="example.administrator is the last one"):
        iam.tag_user(UserName="example.administrator", Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()])
        do("onboard", name="example.administrator", jobs=["web"], contact="")
    device(iam, NAME)
    do("offboard", name="example.administrator")
    assert "example.administrator" not in [user["UserName"] for user in iam.list_users()["Users"]]


def test_programs_are_no_people(iam, do):
    iam.create_user(UserName="program")
    with pytest.raises(Problem, match="may be a program's"):
        do("offboard", name="program")
    do("offboard", name="program", foreign=True)


def test_sessions_ended_by_others_stay_ended(iam, do):
    """The console writes into the same policy; what no session can be older than is left out."""

    def older(time: str) -> dict[str, Any]:
        return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": time}}}

    both = {"Version": "2012-10-17", "Statement": [older("2026-05-03T23:00:00.000Z"), older("2026-05-01T00:00:00Z")]}
    iam.put_role_policy(RoleName="acme-dev-job-web", PolicyName=REVOKED, PolicyDocument=json.dumps(both))
    do("onboard", jobs=["web"])
    do("offboard")
    statements = iam.get_role_policy(RoleName="acme-dev-job-web", PolicyName=REVOKED)["PolicyDocument"]["Statement"]
    assert [one["Condition"]["DateLessThan"]["aws:TokenIssueTime"] for one in statements] == ["2026-05-03T23:00:00.000Z", "2026-05-04T03:07:01Z"]


def test_who_has_access_is_reviewed(iam, do):
    do("onboard", jobs=["web"])
    iam.create_user(UserName="program")
    key = iam.create_access_key(UserName="program")["AccessKey"]["AccessKeyId"]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=100)
    found = {one["name"]: one for one in do("review", now=later)["people"]}
    assert found[NAME]["jobs"] == ["web"] and found[NAME]["contact"] == CONTACT
    assert "no second factor" in found[NAME]["problems"]
    assert found["example.administrator"]["devices"] == 1 and "no second factor" not in found["example.administrator"]["problems"]
    assert {f"key {key} is 100 days old", "no second factor", "not made by playbooks/onboard.yml"} <= set(found["program"]["problems"])
    assert do("review")["root"] == ["has no second factor"]

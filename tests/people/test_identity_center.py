# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs in IAM Identity Center, from the rollout to the last who leaves, with an account that asks who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rollouts import Run, play
from simulated import Simulated
from test_jobs import ACCOUNT, CATALOGUE, escapes, refused

PREFIX, REGION, NAME = "groundswell-sandbox", "eu-central-1", "example.person"
WHO = ["-e", f"person={NAME}"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """A management account, with Identity Center in another region than that of what has no region."""
    with Simulated(tmp_path_factory.mktemp("people") / "journal.jsonl", "--enforce-iam") as simulator:
        root(simulator, "organizations").create_organization(FeatureSet="ALL")
        simulator.door("identity-center", {"region": REGION})
        yield simulator


def root(simulator: Simulated, service: str) -> Any:
    return simulator.client(service, REGION, access_key="ROOT")


def run(simulator: Simulated, playbook: str, *arguments: str, **more: str) -> Run:
    through = ("-e", "access_through=identity_center")
    return play(simulator, *through, *arguments, playbook=playbook, AWS_ACCESS_KEY_ID="ROOT", **more)


def words(run: Run) -> str:
    return " ".join(run.output.split())


def invite(simulator: Simulated, name: str, job: str) -> None:
    """Somebody in a job, made by hand."""
    directory = root(simulator, "identitystore")
    store = {"IdentityStoreId": root(simulator, "sso-admin").list_instances()["Instances"][0]["IdentityStoreId"]}
    names = {"UserName": name, "DisplayName": name, "Name": {"GivenName": name, "FamilyName": name}}
    user = directory.create_user(**store, **names, UserType="groundswell")["UserId"]
    asked = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": f"{PREFIX}-job-{job}"}}
    group = directory.get_group_id(**store, AlternateIdentifier=asked)["GroupId"]
    directory.create_group_membership(**store, GroupId=group, MemberId={"UserId": user})


def working(simulator: Simulated, name: str, job: str) -> Callable[..., Any]:
    """A client factory of somebody whom the portal has let into a job."""
    made = simulator.door("sign-in", {"person": name, "permission_set": f"{PREFIX}-{job}"})
    return lambda service, region=REGION: simulator.client(service, region, made["access_key"], made["secret"], aws_session_token=made["token"])


def test_jobs_are_permission_sets(account: Simulated) -> None:
    """Said, made, and then left alone; each has what the job's role would have, and breaking the glass the role too."""
    assert run(account, "playbooks/access.yml", "--check").succeeded().mutating == []
    run(account, "playbooks/access.yml").succeeded()
    again = run(account, "playbooks/access.yml").succeeded()
    assert again.mutating == [], again.output
    api, iam = root(account, "sso-admin"), root(account, "iam")
    one = {"InstanceArn": api.list_instances()["Instances"][0]["InstanceArn"]}
    arns = api.list_permission_sets(**one)["PermissionSets"]
    sets = {about["Name"]: about for about in (api.describe_permission_set(PermissionSetArn=arn, **one)["PermissionSet"] for arn in arns)}
    assert set(sets) == {f"{PREFIX}-{job}" for job in CATALOGUE}
    made = {role["RoleName"]: role for role in iam.list_roles()["Roles"] if "-deployer-" not in role["RoleName"]}
    assert f"{PREFIX}-job-break-glass" in made and f"{PREFIX}-job-web" not in made
    for job, about in CATALOGUE.items():
        assert sets[f"{PREFIX}-{job}"]["SessionDuration"] == ("PT1H" if job == "break-glass" else "PT8H")
        (name,) = [name for name in made if name.startswith(f"AWSReservedSSO_{PREFIX}-{job}_")]
        limit = iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        assert limit == (None if job == "break-glass" else f"arn:aws:iam::{ACCOUNT}:policy/{PREFIX}-boundary"), job
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        assert [policy["PolicyName"] for policy in attached] == [policy.rpartition("/")[2] for policy in about["managed"]]
        assert bool(iam.list_role_policies(RoleName=name)["PolicyNames"]) == bool(about["template"])


def test_what_they_may_not(account: Simulated) -> None:
    """Nobody makes the own job another, changes Identity Center, or is let into another job; who breaks the glass may."""
    for job in CATALOGUE:
        invite(account, f"{job}.person", job)
    for job in [job for job in CATALOGUE if job != "break-glass"]:
        client = working(account, f"{job}.person", job)
        itself = client("sts").get_caller_identity()["Arn"].split("/")[1]
        assert escapes(client, itself) == [], job
        assert refused(client("sso-admin").create_permission_set, Name="More", InstanceArn="arn:aws:sso:::instance/ssoins-0000000000000000"), job
    assert not refused(working(account, "web.person", "web")("ec2").describe_vpcs)
    assert not refused(working(account, "break-glass.person", "break-glass")("iam").create_user, UserName="rescue")
    root(account, "iam").delete_user(UserName="rescue")


def test_a_person_comes_and_leaves(account: Simulated) -> None:
    came = run(account, "playbooks/onboard.yml", *WHO, "-e", f"person_contact={NAME}@example.org", "-e", "jobs=web,developer").succeeded()
    assert "awsapps.com/start" in came.output and f"sso_role_name = {PREFIX}-developer" in came.output and f"sso_region = {REGION}" in came.output
    at_work, colleague = working(account, NAME, "web"), working(account, "web.person", "web")
    assert not refused(at_work("ec2").describe_vpcs)
    review = run(account, "playbooks/access_review.yml").succeeded()
    assert f"{NAME} developer,web -" in words(review) and "nobody declared it" not in review.output and review.mutating == []
    left = run(account, "playbooks/offboard.yml", *WHO, "-e", f"offboard_consent={NAME}").succeeded()
    assert f"{NAME} has no access to account {ACCOUNT} any more" in words(left)
    assert refused(at_work("ec2").describe_vpcs) and not refused(colleague("ec2").describe_vpcs)


def test_all_of_it_goes(account: Simulated) -> None:
    """Sets, groups, and what they had made in the account; people stay, they are the organization's."""
    run(account, ".config/molecule/destroy.yml", MOLECULE_SCENARIO_NAME="access").succeeded()
    api = root(account, "sso-admin")
    (instance,) = api.list_instances()["Instances"]
    assert api.list_permission_sets(InstanceArn=instance["InstanceArn"])["PermissionSets"] == []
    directory, store = root(account, "identitystore"), {"IdentityStoreId": instance["IdentityStoreId"]}
    assert directory.list_groups(**store)["Groups"] == [] and len(directory.list_users(**store)["Users"]) == len(CATALOGUE)
    names = [role["RoleName"] for role in root(account, "iam").list_roles()["Roles"]]
    assert [name for name in names if PREFIX in name] == []

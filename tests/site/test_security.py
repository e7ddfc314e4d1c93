# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolled-out site as somebody sees it who looks for open doors. Everything in the account is looked at, whatever made it."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest
from accounts import GLOBAL, REGION, contents
from rollouts import play
from sites import Site

NAME = "groundswell-sandbox"
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"


def statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    found = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return found if isinstance(found, list) else [found]


def anybody(statement: dict[str, Any]) -> bool:
    return statement["Principal"] == "*" or statement["Principal"].get("AWS") in ("*", ["*"])


def admitted(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    """What security groups let in, by group."""
    for group in site.simulator.client("ec2", REGION).describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            yield from ((group["GroupName"], one) for one in group["IpPermissions"])


def test_no_shell_from_the_network(site: Site) -> None:
    rules = list(admitted(site))
    assert rules
    assert [name for name, one in rules if one["IpProtocol"] == "-1" or one["FromPort"] <= 22 <= one["ToPort"]] == []


def test_nobody_comes_in_but_through_cloudfront(site: Site) -> None:
    """No group admits an address of the internet, and the public load balancer's admits AWS's list alone."""
    ranges = [(name, block["CidrIp"]) for name, one in admitted(site) for block in one["IpRanges"]]
    assert [one for one in ranges if not one[1].startswith("10.10.")] == []
    ec2 = site.simulator.client("ec2", REGION)
    (edge,) = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [CLOUDFRONT]}])["PrefixLists"]
    lists = {(name, one["FromPort"], given["PrefixListId"]) for name, one in admitted(site) for given in one["PrefixListIds"]}
    assert lists == {(f"{NAME}-alb", 443, edge["PrefixListId"])}
    elb = site.simulator.client("elbv2", REGION)
    (public,) = [one for one in elb.describe_load_balancers()["LoadBalancers"] if one["Scheme"] == "internet-facing"]
    (https,) = [one for one in elb.describe_listeners(LoadBalancerArn=public["LoadBalancerArn"])["Listeners"] if one["Port"] == 443]
    assert https["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "403"
    forwarding = [one for one in elb.describe_rules(ListenerArn=https["ListenerArn"])["Rules"] if one["Actions"][0]["Type"] == "forward"]
    assert [[condition["Field"] for condition in one["Conditions"]] for one in forwarding] == [["http-header"]]


def test_buckets_and_topics_by_tls_alone(site: Site) -> None:
    s3, sns = site.simulator.client("s3", REGION), site.simulator.client("sns", REGION)
    policies = {one["Name"]: s3.get_bucket_policy(Bucket=one["Name"])["Policy"] for one in s3.list_buckets()["Buckets"]}
    for region in (REGION, GLOBAL):
        sns = site.simulator.client("sns", region)
        policies |= {one["TopicArn"]: sns.get_topic_attributes(TopicArn=one["TopicArn"])["Attributes"]["Policy"] for one in sns.list_topics()["Topics"]}
    assert len(policies) > 5
    for name, policy in policies.items():
        denied = [one for one in statements(policy) if one["Effect"] == "Deny" and anybody(one)]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [one.get("Condition") for one in denied], name
        # Whoever is allowed something is somebody.
        assert [one for one in statements(policy) if one["Effect"] == "Allow" and anybody(one)] == [], name


def test_keys_are_rotated(site: Site) -> None:
    for region in (REGION, GLOBAL):
        kms = site.simulator.client("kms", region)
        ours = [one["TargetKeyId"] for one in kms.list_aliases()["Aliases"] if one["AliasName"].startswith(f"alias/{NAME}-")]
        assert ours
        assert all(kms.get_key_rotation_status(KeyId=one)["KeyRotationEnabled"] for one in ours)


def test_endpoints_let_this_account_pass(site: Site) -> None:
    account = site.simulator.client("sts", REGION).get_caller_identity()["Account"]
    endpoints = site.simulator.client("ec2", REGION).describe_vpc_endpoints()["VpcEndpoints"]
    assert endpoints
    for endpoint in endpoints:
        wide = [one for one in statements(endpoint["PolicyDocument"]) if "Condition" not in one]
        assert [one["Action"] for one in wide] == (["s3:GetObject"] if endpoint["ServiceName"].endswith(".s3") else [])
        (own,) = [one for one in statements(endpoint["PolicyDocument"]) if "Condition" in one]
        assert own["Condition"]["StringEquals"]["aws:PrincipalAccount"] == account


def test_sessions_are_written_down(site: Site) -> None:
    ssm, logs = site.simulator.client("ssm", REGION), site.simulator.client("logs", REGION)
    found = ssm.describe_document(Name=f"{NAME}-shell")["Document"]
    assert (found["DocumentType"], found["Status"]) == ("Session", "Active")
    inputs = json.loads(ssm.get_document(Name=f"{NAME}-shell")["Content"])["inputs"]
    assert (inputs["cloudWatchEncryptionEnabled"], inputs["cloudWatchStreamingEnabled"], inputs["idleSessionTimeout"]) == (True, True, "20")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=inputs["cloudWatchLogGroupName"])["logGroups"]
    assert group["kmsKeyId"]
    iam = site.simulator.client("iam", GLOBAL)
    for tier in ("web", "app"):
        policy = iam.get_role_policy(RoleName=f"{NAME}-{REGION}-{tier}", PolicyName="instance")["PolicyDocument"]
        (writes,) = [one for one in statements(policy) if one["Sid"] == "WriteSessionsDown"]
        assert writes["Resource"].endswith(f":log-group:{inputs['cloudWatchLogGroupName']}:*")


def test_who_reads_the_password_of_the_databases_master(site: Site) -> None:
    """The function that keeps the users, and no server: those have a user of the application's own."""
    iam, secrets = site.simulator.client("iam"), site.simulator.client("secretsmanager", REGION)
    (rds,) = site.simulator.client("rds", REGION).describe_db_instances()["DBInstances"]
    master = rds["MasterUserSecret"]["SecretArn"]
    application = secrets.describe_secret(SecretId=f"{NAME}-database-application")["ARN"]
    readers: dict[str, set[str]] = {master: set(), application: set()}
    for role in (one["RoleName"] for one in iam.list_roles()["Roles"] if one["RoleName"].startswith(f"{NAME}-{REGION}-") or "server" in one["RoleName"]):
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            for one in statements(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]):
                resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
                if "secretsmanager:GetSecretValue" in one["Action"]:
                    for arn in readers:
                        readers[arn] |= {role for pattern in resources if fnmatch.fnmatchcase(arn, pattern)}
    users = f"{NAME}-{REGION}-database-users"
    assert readers[master] == {users}
    assert users in readers[application] and len(readers[application]) == 2
    login = json.loads(secrets.get_secret_value(SecretId=application)["SecretString"])
    assert login["username"] in ("app_a", "app_b")


def test_roles_of_services_act_for_this_account(site: Site) -> None:
    """The confused deputy: but for services that do not say on whose behalf they come."""
    silent = {"ec2.amazonaws.com", "backup.amazonaws.com", "lambda.amazonaws.com"}
    roles = site.simulator.client("iam", GLOBAL).list_roles()["Roles"]
    ours = [one for one in roles if one["RoleName"].startswith(NAME)]
    assert ours
    for role in ours:
        for one in statements(role["AssumeRolePolicyDocument"]):
            if one["Principal"].get("Service") not in (None, *silent):
                assert "aws:SourceAccount" in one["Condition"]["StringEquals"], role["RoleName"]


@pytest.mark.parametrize("largest", [10_240])
def test_policies_of_roles_fit(site: Site, largest: int) -> None:
    """IAM takes 10,240 characters of a role's inline policies together, without white space."""
    iam = site.simulator.client("iam", GLOBAL)
    for role in (one["RoleName"] for one in iam.list_roles()["Roles"] if one["RoleName"].startswith(NAME)):
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"], separators=(",", ":")) for name in names]
        assert sum(map(len, documents)) < largest, role


def test_shield_advanced_is_not_switched_on_by_accident(site: Site) -> None:
    run = play(site.simulator, "-e", json.dumps({"edge_shield_advanced": True}), playbook="playbooks/edge.yml")
    assert run.code != 0
    assert "3000 USD a month for a year" in " ".join(run.output.split())
    assert run.mutating == []


@pytest.mark.long
def test_shield_advanced_protects_what_is_public(site: Site) -> None:
    """Whoever has subscribed, and says what it costs."""
    client = site.simulator.client("shield", GLOBAL)
    client.create_subscription()
    wanted = {"edge_shield_advanced": True, "edge_shield_consent": "3000 USD a month for a year"}
    play(site.simulator, "-e", json.dumps(wanted), playbook="playbooks/edge.yml").succeeded()
    found = client.list_protections()["Protections"]
    assert sorted(one["ResourceArn"].split(":")[2] for one in found) == ["cloudfront", "cloudfront", "elasticloadbalancing", "route53"]
    for one in found:
        client.delete_protection(ProtectionId=one["Id"])
    assert contents(site.simulator) == site.contents

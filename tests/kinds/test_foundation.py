# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, roles, buckets, secrets and parameters: what goes on where a run was ended, what comes back, what is never touched."""

from __future__ import annotations

import json

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.iam import (
    REVOKED,
    Groups,
    InstanceProfiles,
    OpenIdConnectProviders,
    Policies,
    Roles,
    ServiceLinkedRoles,
)
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.kms import Keys
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.s3 import Buckets
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.secretsmanager import Secrets
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ssm import Parameters
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from conftest import TAGS

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
KEY = {"name": "acme-dev-data", "policy": json.dumps({"Version": "2012-10-17", "Statement": [ROOT]}), "rotation_days": 180, "enabled": True}
SECRET = {"name": "acme-dev-token", "length": 32, "description": "first"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"name": "acme-dev-web", "trust_policy": json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})}


def keys_of(simulator):
    kms = simulator.client("kms")
    return {key["KeyId"]: kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in kms.list_keys()["Keys"]}


def test_a_key_that_waits_for_its_deletion_is_taken_up_again(keep, clear, simulator):
    arn = keep(Keys, [KEY]).resources[KEY["name"]].outputs["arn"]
    clear(Keys, deletion_window_days=7)
    assert list(keys_of(simulator).values()) == ["PendingDeletion"]
    again = keep(Keys, [KEY]).resources[KEY["name"]]
    assert again.outputs["arn"] == arn
    assert again.state["rotation_days"] == 180
    assert list(keys_of(simulator).values()) == ["Enabled"]
    assert keep(Keys, [KEY]).changed is False


def test_a_key_whose_alias_was_not_made_gets_it(keep, simulator):
    arn = keep(Keys, [KEY]).resources[KEY["name"]].outputs["arn"]
    simulator.client("kms").delete_alias(AliasName="alias/acme-dev-data")
    assert keep(Keys, [KEY]).resources[KEY["name"]].outputs["arn"] == arn


def test_a_removal_that_was_ended_before_the_alias_went_goes_on(keep, clear, simulator):
    key = keep(Keys, [KEY]).resources[KEY["name"]].outputs["id"]
    simulator.client("kms").schedule_key_deletion(KeyId=key)
    clear(Keys)
    aliases = [alias["AliasName"] for alias in simulator.client("kms").list_aliases()["Aliases"]]
    assert "alias/acme-dev-data" not in aliases


def test_somebody_elses_alias_is_refused(keep, simulator):
    kms = simulator.client("kms")
    kms.create_alias(AliasName="alias/acme-dev-data", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    with pytest.raises(Problem, match="is not ours"):
        keep(Keys, [KEY])
    assert len(keys_of(simulator)) == 1


def test_a_key_somebody_disabled_is_enabled(keep, simulator):
    key = keep(Keys, [KEY]).resources[KEY["name"]].outputs["id"]
    simulator.client("kms").disable_key(KeyId=key)
    assert [change.options for change in keep(Keys, [KEY]).changes] == [["enabled"]]
    assert list(keys_of(simulator).values()) == ["Enabled"]


def test_a_role_in_a_profile_can_go(keep, clear, simulator):
    inline = [{"name": "p", "policy": json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})}]
    keep(Roles, [{**ROLE, "inline_policies": inline, "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}])
    keep(InstanceProfiles, [{"name": "acme-dev-web", "role": "acme-dev-web"}], layer="other")
    clear(Roles)
    assert simulator.client("iam").list_roles()["Roles"] == []


def test_sessions_that_were_ended_stay_ended(keep, clear, simulator):
    """What ends them is no part of the declaration, and goes with the role."""
    keep(Roles, [ROLE])
    iam = simulator.client("iam")
    ended = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-05-04T03:02:00Z"}}}
    iam.put_role_policy(RoleName=ROLE["name"], PolicyName=REVOKED, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ended]}))
    assert keep(Roles, [{**ROLE, "inline_policies": []}]).changed is False
    assert iam.list_role_policies(RoleName=ROLE["name"])["PolicyNames"] == [REVOKED]
    clear(Roles)
    assert iam.list_roles()["Roles"] == []


def test_a_policy_changes_by_versions_of_which_five_are_kept(keep, clear, simulator):
    def limit(action):
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return {"name": "acme-dev-boundary", "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}

    iam = simulator.client("iam")
    for action in "abcdefg":
        assert keep(Policies, [limit(f"s3:Get{action}")]).changed
        assert keep(Policies, [limit(f"s3:Get{action}")]).changed is False
    (policy,) = iam.list_policies(Scope="Local")["Policies"]
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"] if one["IsDefaultVersion"]] == ["v7"]
    assert len(iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]) == 5
    clear(Policies)
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_a_group_is_ours_by_its_path_and_its_members_outlive_it(keep, clear, simulator):
    may = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]})
    group = {"name": "acme-dev-job-web", "inline_policies": [{"name": "member", "policy": may}], "managed_policy_arns": []}
    iam = simulator.client("iam")
    iam.create_group(GroupName=group["name"])
    with pytest.raises(Problem, match="path /acme/dev/test/"):
        keep(Groups, [group])
    iam.delete_group(GroupName=group["name"])
    keep(Groups, [group])
    iam.create_user(UserName="example.person")
    iam.add_user_to_group(GroupName=group["name"], UserName="example.person")
    assert keep(Groups, [group]).changed is False
    clear(Groups)
    assert iam.list_groups()["Groups"] == []
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["example.person"]


def test_what_another_cell_removes_meanwhile_is_gone(keep, clear, simulator, monkeypatch):
    """IAM has no region: every cell lists the profiles of all of them, and two cells are taken down side by side."""
    iam = simulator.client("iam")
    keep(Roles, [ROLE])
    keep(InstanceProfiles, [{"name": "acme-dev-web", "role": "acme-dev-web"}])
    profile = {"InstanceProfileName": "acme-dev-web"}

    def another_removes_it():
        iam.remove_role_from_instance_profile(**profile, RoleName="acme-dev-web")
        iam.delete_instance_profile(**profile)

    def right_after(name, at):
        untouched = getattr(InstanceProfiles, name)

        def meddled(self, *arguments, **named):
            answer = untouched(self, *arguments, **named)
            answer = list(answer) if at == "listed" else answer
            if iam.list_instance_profiles()["InstanceProfiles"]:
                another_removes_it()
            return answer

        monkeypatch.setattr(InstanceProfiles, name, meddled)

    right_after("pages", at="listed")
    assert clear(InstanceProfiles).changes == []
    monkeypatch.undo()

    keep(InstanceProfiles, [{"name": "acme-dev-web", "role": "acme-dev-web"}])
    right_after("_look", at="seen")
    assert [change.action for change in clear(InstanceProfiles).changes] == ["remove"]


def test_what_a_role_no_longer_declares_goes(keep, simulator):
    keep(Roles, [{**ROLE, "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "max_session_seconds": 7200, "description": "kept"}])
    keep(Roles, [{**ROLE, "managed_policy_arns": [], "max_session_seconds": 3600}])
    iam = simulator.client("iam")
    assert iam.list_attached_role_policies(RoleName="acme-dev-web")["AttachedPolicies"] == []
    role = iam.get_role(RoleName="acme-dev-web")["Role"]
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "kept")


def test_an_issuer_of_tokens_is_the_accounts(keep, clear, simulator):
    """Whoever made the provider keeps what they wanted of it, and nobody takes it from them."""
    iam = simulator.client("iam")
    ours = {"name": "tokens.example", "audiences": ["sts.amazonaws.com"]}
    made = iam.create_open_id_connect_provider(Url="https://tokens.example", ClientIDList=["theirs"])["OpenIDConnectProviderArn"]
    assert keep(OpenIdConnectProviders, [ours], check_mode=True).changed is True
    assert keep(OpenIdConnectProviders, [ours]).resources["tokens.example"].outputs["arn"] == made
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=made)["ClientIDList"] == ["theirs", "sts.amazonaws.com"]
    assert keep(OpenIdConnectProviders, [ours]).changed is False
    clear(OpenIdConnectProviders)
    assert keep(OpenIdConnectProviders, [ours, {**ours, "name": "other.example"}]).changed is True
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 2


def test_a_pair_of_keys_stays_what_it_is(keep):
    """A key that encrypts never becomes one that signs, without a word."""
    pair = {"name": "acme-dev-signing", "policy": KEY["policy"], "key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY", "enabled": True}
    assert keep(Keys, [pair]).changed is True
    assert keep(Keys, [pair]).changed is False
    with pytest.raises(Problem, match="AWS cannot change key_spec of an existing one"):
        keep(Keys, [{**pair, "key_spec": "RSA_2048"}])


def test_service_linked_roles_stay(keep, clear, simulator):
    for _ in range(2):
        keep(ServiceLinkedRoles, [{"name": "autoscaling.amazonaws.com"}])
    clear(ServiceLinkedRoles)
    assert [role["RoleName"] for role in simulator.client("iam").list_roles()["Roles"]] == ["AWSServiceRoleForAutoScaling"]


def test_a_bucket_goes_with_all_its_versions(keep, clear, simulator):
    keep(Buckets, [{"name": "acme-dev-files", "versioning": True}])
    s3 = simulator.client("s3")
    for number in range(1100):
        s3.put_object(Bucket="acme-dev-files", Key=f"k{number % 40}", Body=b"")
    s3.delete_object(Bucket="acme-dev-files", Key="k1")
    assert keep(Buckets, []).undeclared == ["acme-dev-files"]
    clear(Buckets)
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_logs_to_one_of_the_same_set(keep, simulator):
    admit = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-dev-logs/*"}
    items = [
        {"name": "acme-dev-files", "log_bucket": "acme-dev-logs", "log_prefix": "s3/"},
        {"name": "acme-dev-logs", "policy": json.dumps({"Version": "2012-10-17", "Statement": [admit]})},
    ]
    keep(Buckets, items)
    assert keep(Buckets, items).changed is False
    assert simulator.client("s3").get_bucket_logging(Bucket="acme-dev-files")["LoggingEnabled"]["TargetBucket"] == "acme-dev-logs"


def test_what_a_bucket_replicates(keep, simulator):
    """As declared, in that order, to the last rule, and no longer."""
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    statements = {name: json.dumps({"Version": "2012-10-17", "Statement": [one]}) for name, one in (("trust", trust), ("allow", allow))}
    role = {"name": "acme-dev-replication", "trust_policy": statements["trust"], "inline_policies": [{"name": "p", "policy": statements["allow"]}]}
    arn = keep(Roles, [role]).resources[role["name"]].outputs["arn"]
    client, there = simulator.client("s3"), {"bucket_arn": "arn:aws:s3:::acme-dev-there"}
    rules = [{"name": "users", "prefix": "u/", "delete_markers": True, **there}, {"name": "rest", "metrics": True, **there}]
    here = {"name": "acme-dev-here", "versioning": True, "replication_role_arn": arn}
    items = [{**here, "replication_rules": rules}, {"name": "acme-dev-there", "versioning": True}]
    keep(Buckets, items)
    assert keep(Buckets, items).changed is False
    put = client.get_bucket_replication(Bucket="acme-dev-here")["ReplicationConfiguration"]["Rules"]
    told = [(one["ID"], one["Priority"], one["DeleteMarkerReplication"]["Status"], "Metrics" in one["Destination"]) for one in put]
    assert told == [("users", 2, "Enabled", False), ("rest", 1, "Disabled", True)]
    client.put_object(Bucket="acme-dev-here", Key="u/1", Body=b"1")
    assert client.head_object(Bucket="acme-dev-there", Key="u/1")["ReplicationStatus"] == "REPLICA"

    # The other way round is another thing; disabled by hand is none.
    assert keep(Buckets, [{**items[0], "replication_rules": rules[::-1]}, items[1]]).changed is True
    for one in put:
        one["Status"] = "Disabled"
    client.put_bucket_replication(Bucket="acme-dev-here", ReplicationConfiguration={"Role": arn, "Rules": put})
    assert keep(Buckets, items).changed is True
    assert keep(Buckets, items).changed is False

    keep(Buckets, [{**here, "replication_role_arn": "", "replication_rules": []}, items[1]])
    with pytest.raises(client.exceptions.ClientError, match="ReplicationConfigurationNotFound"):
        client.get_bucket_replication(Bucket="acme-dev-here")
    assert keep(Buckets, [{**here, "replication_role_arn": "", "replication_rules": []}, items[1]]).changed is False


def test_a_buckets_other_tags_stay(keep, simulator):
    keep(Buckets, [{"name": "acme-dev-files"}])
    s3 = simulator.client("s3")
    tags = [{"Key": key, "Value": value} for key, value in {**TAGS, "Costs": "42"}.items()]
    s3.put_bucket_tagging(Bucket="acme-dev-files", Tagging={"TagSet": tags})
    keep(Buckets, [{"name": "acme-dev-files"}])
    found = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket="acme-dev-files")["TagSet"]}
    assert found["Costs"] == "42"


def test_a_secret_comes_back_with_its_value(keep, clear, simulator):
    keep(Secrets, [SECRET])
    secrets = simulator.client("secretsmanager")
    before = secrets.get_secret_value(SecretId="acme-dev-token")["SecretString"]
    clear(Secrets, recovery_days=7)
    result = keep(Secrets, [{**SECRET, "description": "second"}])
    assert secrets.get_secret_value(SecretId="acme-dev-token")["SecretString"] == before
    assert secrets.describe_secret(SecretId="acme-dev-token")["Description"] == "second"
    assert before not in repr(result)


def test_a_secrets_value_is_never_overwritten(keep, simulator):
    keep(Secrets, [SECRET])
    secrets = simulator.client("secretsmanager")
    before = secrets.get_secret_value(SecretId="acme-dev-token")["SecretString"]
    assert keep(Secrets, [{**SECRET, "length": 64}]).changed is False
    assert secrets.get_secret_value(SecretId="acme-dev-token")["SecretString"] == before


def test_a_secret_in_two_regions(keep, clear, simulator):
    far = simulator.client("secretsmanager", "us-east-1")
    key = "arn:aws:kms:us-east-1:123456789012:alias/acme-dev-secrets"
    declared = {**SECRET, "replicas": [{"region": "us-east-1", "kms_key_arn": key}]}
    first = keep(Secrets, [declared])
    arn = first.resources[SECRET["name"]].outputs["arn"]
    value = simulator.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    assert far.get_secret_value(SecretId=arn.replace("eu-west-1", "us-east-1"))["SecretString"] == value
    assert simulator.client("secretsmanager").describe_secret(SecretId=arn)["ReplicationStatus"][0]["KmsKeyId"] == key
    assert keep(Secrets, [declared]).changes == []
    # Not said means not asked.
    assert keep(Secrets, [SECRET]).changes == []
    assert [change.action for change in keep(Secrets, [{**SECRET, "replicas": []}]).changes] == ["update"]
    assert far.list_secrets()["SecretList"] == []
    keep(Secrets, [declared])
    clear(Secrets, recovery_days=0)
    assert far.list_secrets()["SecretList"] == []


def test_a_secret_whose_name_is_taken_elsewhere(keep, simulator):
    simulator.client("secretsmanager", "us-east-1").create_secret(Name=SECRET["name"], SecretString="somebody's")
    with pytest.raises(Problem, match="replication to us-east-1: .*already exists"):
        keep(Secrets, [{**SECRET, "replicas": [{"region": "us-east-1"}]}])
    with pytest.raises(Problem, match="its own region"):
        keep(Secrets, [{**SECRET, "replicas": [{"region": "eu-west-1"}]}])


def test_a_first_value_is_left_to_others(keep, simulator):
    keep(Parameters, [{"name": "/acme/image", "value": "one", "type": "String", "keep_value": True}])
    simulator.client("ssm").put_parameter(Name="/acme/image", Value="two", Overwrite=True)
    result = keep(Parameters, [{"name": "/acme/image", "value": "three", "type": "String", "keep_value": True, "description": "pointer"}])
    assert result.resources["/acme/image"].outputs["value"] == "two"
    assert [change.options for change in result.changes] == [["description"]]
    assert simulator.client("ssm").get_parameter(Name="/acme/image")["Parameter"]["Value"] == "two"


def test_more_parameters_than_one_request_takes(keep, clear, simulator):
    items = [{"name": f"/acme/p{number}", "value": str(number), "type": "String"} for number in range(23)]
    keep(Parameters, items)
    assert keep(Parameters, items).changed is False
    assert keep(Parameters, items[1:]).undeclared == ["/acme/p0"]
    clear(Parameters)
    assert simulator.client("ssm").describe_parameters()["Parameters"] == []


def test_somebody_elses_parameter_is_refused(keep, simulator):
    simulator.client("ssm").put_parameter(Name="/acme/p", Value="theirs", Type="String")
    with pytest.raises(Problem, match="is not ours"):
        keep(Parameters, [{"name": "/acme/p", "value": "ours", "type": "String"}])
    assert simulator.client("ssm").get_parameter(Name="/acme/p")["Parameter"]["Value"] == "theirs"


def test_a_bucket_has_tags_of_its_own(keep, simulator):
    def tags(name):
        return {one["Key"]: one["Value"] for one in simulator.client("s3").get_bucket_tagging(Bucket=name)["TagSet"]}

    buckets = [{"name": "acme-dev-uploads", "tags": {"DataClass": "objects"}}, {"name": "acme-dev-logs", "tags": {}}]
    keep(Buckets, buckets)
    assert keep(Buckets, buckets).changed is False
    buckets[0]["tags"] = {"DataClass": "pictures"}
    assert [(change.name, change.options) for change in keep(Buckets, buckets).changes] == [("acme-dev-uploads", ["tags"])]
    assert tags("acme-dev-uploads") == {**tags("acme-dev-logs"), "Name": "acme-dev-uploads", "DataClass": "pictures"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom an account lets do what, when it enforces its policies. One account for all tests; each has users, roles and resources of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated

from simulator.policies import Facts, Statement

ACCOUNT = "123456789012"
REGION = "eu-west-1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NUMBERS = count(1)


@pytest.fixture(scope="module")
def account(_simulators: Callable[..., Simulated]) -> Simulated:
    return _simulators("--enforce-iam")


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}


def deny(action: Any, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    return {**allow(action, resource, **condition), "Effect": "Deny"}


def trusting(principal: Any, action: Any = "sts:AssumeRole", **condition: Any) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **({"Condition": condition} if condition else {})})


class Who:
    """A client factory of somebody."""

    def __init__(self, account: Simulated, keys: dict[str, str], arn: str = "") -> None:
        self._account, self._keys, self.arn = account, keys, arn

    def __call__(self, service: str, region: str = REGION) -> Any:
        more = {"aws_session_token": self._keys["SessionToken"]} if "SessionToken" in self._keys else {}
        return self._account.client(service, region, self._keys["AccessKeyId"], self._keys["SecretAccessKey"], **more)


def root(account: Simulated) -> Who:
    return Who(account, {"AccessKeyId": "ROOT", "SecretAccessKey": "ROOT"})


def user(account: Simulated, *statements: dict[str, Any], **more: Any) -> Who:
    iam, name = root(account)("iam"), f"user{next(NUMBERS)}"
    arn = iam.create_user(UserName=name, **more)["User"]["Arn"]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
    return Who(account, iam.create_access_key(UserName=name)["AccessKey"], arn)


def role(account: Simulated, trust: str, *statements: dict[str, Any], **more: Any) -> str:
    iam, name = root(account)("iam"), f"role{next(NUMBERS)}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
    return str(arn)


def assumed(account: Simulated, who: Who, arn: str, **more: Any) -> Who:
    made = who("sts").assume_role(RoleArn=arn, RoleSessionName="session", **more)
    return Who(account, made["Credentials"], made["AssumedRoleUser"]["Arn"])


def bucket(account: Simulated, *statements: dict[str, Any]) -> str:
    s3, name = root(account)("s3"), f"bucket-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.delete_public_access_block(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"content")
    if statements:
        named = [{**statement, "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]} for statement in statements]
        s3.put_bucket_policy(Bucket=name, Policy=policy(*named))
    return name


def refusal(call: Callable[..., Any], **params: Any) -> str:
    """The message of a call that is refused for want of permission."""
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), error.value
    return str(error.value.response["Error"]["Message"])


def demands(account: Simulated) -> list[dict[str, Any]]:
    """What the last call demanded."""
    return list(account.door("journal?limit=1")[0]["demands"])


def asked(account: Simulated) -> set[tuple[str, str]]:
    return {(demand["action"], demand["resource"]) for demand in demands(account)}


# The decision


def test_a_refusal_names_action_resource_and_kind_of_policy(account: Simulated) -> None:
    boundary = root(account)("iam").create_policy(PolicyName="limit", PolicyDocument=policy(allow("ec2:*"), deny("ec2:DeleteVpc")))["Policy"]["Arn"]
    nobody, limited = user(account), user(account, EVERYTHING, PermissionsBoundary=boundary)
    denied = user(account, EVERYTHING, deny("rds:*"))
    db = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*"
    action = "is not authorized to perform: rds:DescribeDBInstances on resource"
    of = "describe_db_instances"
    assert refusal(getattr(nobody("rds"), of)) == (
        f"User: {nobody.arn} {action}: {db} because no identity-based policy allows the rds:DescribeDBInstances action"
    )
    assert refusal(getattr(denied("rds"), of)) == f"User: {denied.arn} {action}: {db} with an explicit deny in an identity-based policy"
    assert refusal(getattr(limited("rds"), of)).endswith("because no permissions boundary allows the rds:DescribeDBInstances action")
    assert f"with an explicit deny in a permissions boundary: {boundary}. Encoded" in refusal(limited("ec2").delete_vpc, VpcId="vpc-0123456789abcdef0")
    limited("ec2").describe_vpcs()


def test_a_refusal_of_ec2_can_be_decoded_by_who_may(account: Simulated) -> None:
    message = refusal(user(account)("ec2").create_vpc, CidrBlock="10.0.0.0/16")
    assert message.startswith("You are not authorized to perform this operation. User: ")
    encoded = message.rpartition("Encoded authorization failure message: ")[2]
    assert "DecodeAuthorizationMessage" in refusal(user(account)("sts").decode_authorization_message, EncodedMessage=encoded)
    reader = user(account, allow("sts:DecodeAuthorizationMessage"))
    said = json.loads(reader("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert said["context"]["action"] == "ec2:CreateVpc"
    with pytest.raises(ClientError, match="InvalidAuthorizationMessageException"):
        reader("sts").decode_authorization_message(EncodedMessage="nothing")


def test_all_that_a_call_is_about_must_be_allowed(account: Simulated) -> None:
    vpc = root(account)("ec2").create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Project", "Value": "shop"}]}])
    vpc_id = vpc["Vpc"]["VpcId"]
    ours = {"StringEquals": {"aws:ResourceTag/Project": "shop"}}
    tagged = {"StringEquals": {"aws:RequestTag/Project": "shop"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Project", "Name"]}}
    maker = user(
        account,
        allow("ec2:CreateSubnet", "arn:aws:ec2:*:*:vpc/*", **ours),
        allow("ec2:CreateSubnet", "arn:aws:ec2:*:*:subnet/*", **tagged),
        allow("ec2:CreateTags", "*", StringEquals={"ec2:CreateAction": "CreateSubnet"}),
    )
    made = {"CidrBlock": "10.9.0.0/24", "VpcId": vpc_id}

    def specified(**tags: str) -> list[dict[str, Any]]:
        return [{"ResourceType": "subnet", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]

    assert "subnet/*" in refusal(maker("ec2").create_subnet, **made)
    assert "subnet/*" in refusal(maker("ec2").create_subnet, **made, TagSpecifications=specified(Project="other"))
    assert "subnet/*" in refusal(maker("ec2").create_subnet, **made, TagSpecifications=specified(Project="shop", Owner="me"))
    subnet = maker("ec2").create_subnet(**made, TagSpecifications=specified(Project="shop", Name="a"))["Subnet"]["SubnetId"]
    assert demands(account)[0]["keys"]["aws:ResourceTag/Project"] == ["shop"]
    assert "ec2:CreateTags" in refusal(maker("ec2").create_tags, Resources=[subnet], Tags=[{"Key": "Project", "Value": "shop"}])
    other = root(account)("ec2").create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    assert other in refusal(maker("ec2").create_subnet, CidrBlock="10.8.0.0/24", VpcId=other, TagSpecifications=specified(Project="shop"))


def test_whom_a_bucket_lets_in(account: Simulated) -> None:
    """UG iam/reference_policies_evaluation-logic_policy-eval-basics.md: in one account either side is enough, with limits of their own."""
    boundary = root(account)("iam").create_policy(PolicyName="ec2-only", PolicyDocument=policy(allow("ec2:*")))["Policy"]["Arn"]
    anybody = trusting({"AWS": ACCOUNT})
    helper = user(account, allow("sts:AssumeRole"))
    named, limited = user(account), user(account, PermissionsBoundary=boundary)
    plain, bounded = role(account, anybody), role(account, anybody, PermissionsBoundary=boundary)
    session = assumed(account, helper, bounded)
    for principal, who, reads in (
        (named.arn, named, True),
        (named.arn, helper, False),
        (limited.arn, limited, True),  # a boundary does not limit what a resource's policy grants to a user
        (plain, assumed(account, helper, plain), True),
        (bounded, session, False),  # but to a role
        (session.arn, session, True),  # and not to a session
        ("*", session, True),
        (f"arn:aws:iam::{ACCOUNT}:root", named, False),  # leaves it to the user's own policies
    ):
        name = bucket(account, {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject"})
        if reads:
            who("s3").get_object(Bucket=name, Key="k")
        else:
            assert "s3:GetObject" in refusal(who("s3").get_object, Bucket=name, Key="k")
    admin = user(account, EVERYTHING)
    kept = bucket(account, {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": named.arn}}})
    assert refusal(admin("s3").delete_object, Bucket=kept, Key="k").endswith("with an explicit deny in a resource-based policy")
    admin("s3").get_object(Bucket=kept, Key="k")
    s3 = root(account)("s3")
    shut = bucket(account, {"Effect": "Deny", "Principal": "*", "Action": "s3:*"})
    assert "explicit deny" in refusal(s3.get_object, Bucket=shut, Key="k")
    s3.delete_bucket_policy(Bucket=shut)
    s3.get_object(Bucket=shut, Key="k")


def test_an_object_that_is_not_there(account: Simulated) -> None:
    """API s3:GetObject: that it is not there is told to who may list the bucket."""
    name = bucket(account)
    reader, lister = user(account, allow("s3:GetObject")), user(account, allow(["s3:GetObject", "s3:ListBucket"]))
    assert refusal(reader("s3").get_object, Bucket=name, Key="absent") == "Access Denied"
    with pytest.raises(ClientError, match="NoSuchKey"):
        lister("s3").get_object(Bucket=name, Key="absent")
    with pytest.raises(ClientError, match="404"):
        lister("s3").head_object(Bucket=name, Key="absent")
    with pytest.raises(ClientError, match="403"):
        reader("s3").head_object(Bucket=name, Key="absent")


@pytest.mark.parametrize("service", ["sqs", "sns", "secretsmanager", "backup"])
def test_whom_other_resources_refuse(account: Simulated, service: str) -> None:
    """A denial in the resource's policy is one for everybody, an administrator too."""
    admin, name = user(account, EVERYTHING), f"thing{next(NUMBERS)}"
    client = root(account)(service)

    def denying(action: str) -> str:
        return policy({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"})

    if service == "sqs":
        url = client.create_queue(QueueName=name, Attributes={"Policy": denying("sqs:SendMessage")})["QueueUrl"]
        call, params = admin(service).send_message, {"QueueUrl": url, "MessageBody": "x"}
    elif service == "sns":
        topic = client.create_topic(Name=name)["TopicArn"]
        client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=denying("sns:Publish"))
        call, params = admin(service).publish, {"TopicArn": topic, "Message": "x"}
    elif service == "secretsmanager":
        client.create_secret(Name=name, SecretString="x")
        client.put_resource_policy(SecretId=name, ResourcePolicy=denying("secretsmanager:GetSecretValue"))
        call, params = admin(service).get_secret_value, {"SecretId": name}
    else:
        client.create_backup_vault(BackupVaultName=name)
        client.put_backup_vault_access_policy(BackupVaultName=name, Policy=denying("backup:DeleteBackupVault"))
        call, params = admin(service).delete_backup_vault, {"BackupVaultName": name}
    assert refusal(call, **params).endswith("with an explicit deny in a resource-based policy")


def test_across_accounts_both_must_allow(account: Simulated) -> None:
    other = "222233334444"
    elsewhere = account.client("iam", access_key="ROOT")
    elsewhere.meta.events.register("before-send.iam.*", lambda request, **_: request.headers.__setitem__("X-Moto-Account-Id", other))
    try:
        arns = {}
        for name, statements in (("reader", [allow("s3:GetObject")]), ("nobody", [allow("ec2:*")])):
            trust = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
            arns[name] = elsewhere.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
            elsewhere.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
    finally:
        account._clients.clear()
    helper = user(account, allow("sts:AssumeRole"))
    reader, nobody = (assumed(account, helper, arns[name]) for name in ("reader", "nobody"))
    opened = bucket(account, {"Effect": "Allow", "Principal": {"AWS": other}, "Action": "s3:GetObject"})
    closed = bucket(account)
    reader("s3").get_object(Bucket=opened, Key="k")
    assert "no identity-based policy" in refusal(nobody("s3").get_object, Bucket=opened, Key="k")
    assert "no resource-based policy" in refusal(reader("s3").get_object, Bucket=closed, Key="k")


def test_a_key_is_used_by_whom_its_policy_lets(account: Simulated) -> None:
    """UG kms/key-policies.md: IAM policies count where the key's policy leaves it to the account."""
    admin, user_of_it = user(account, EVERYTHING), user(account)
    kms = root(account)("kms")
    to_account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    to_one = {"Effect": "Allow", "Principal": {"AWS": user_of_it.arn}, "Action": ["kms:Encrypt", "kms:PutKeyPolicy"], "Resource": "*"}
    left = kms.create_key(Policy=policy(to_account))["KeyMetadata"]["KeyId"]
    alone = kms.create_key(Policy=policy(to_one), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    admin("kms").encrypt(KeyId=left, Plaintext=b"x")
    assert "no resource-based policy" in refusal(admin("kms").encrypt, KeyId=alone, Plaintext=b"x")
    user_of_it("kms").encrypt(KeyId=alone, Plaintext=b"x")
    assert "no identity-based policy" in refusal(user_of_it("kms").encrypt, KeyId=left, Plaintext=b"x")
    assert "no resource-based policy" in refusal(kms.encrypt, KeyId=alone, Plaintext=b"x")  # root neither
    name = f"key{next(NUMBERS)}"
    only_secrets = allow(["kms:*"], "*", StringEquals={"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"})
    writer = user(account, allow("secretsmanager:*"), only_secrets)
    assert "kms:Encrypt" in refusal(writer("kms").encrypt, KeyId=left, Plaintext=b"x")
    writer("secretsmanager").create_secret(Name=name, SecretString="x", KmsKeyId=left)
    assert {"kms:GenerateDataKey", "kms:Decrypt"} < {action for action, _ in asked(account)}
    reader = user(account, allow("secretsmanager:GetSecretValue"))
    assert "kms:Decrypt" in refusal(reader("secretsmanager").get_secret_value, SecretId=name)
    named = {"kms:EncryptionContext:SecretARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-*"}
    narrow = user(account, allow("secretsmanager:*"), allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", StringLike=named))
    other = f"{name}x{next(NUMBERS)}"
    writer("secretsmanager").create_secret(Name=other, SecretString="x", KmsKeyId=left)
    assert narrow("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "x"
    narrow("secretsmanager").put_secret_value(SecretId=name, SecretString="y")
    assert "kms:Decrypt" in refusal(narrow("secretsmanager").get_secret_value, SecretId=other)


# Roles and sessions


def test_whom_a_role_trusts(account: Simulated) -> None:
    iam, nobody, helper = root(account)("iam"), user(account), user(account, allow("sts:AssumeRole"))
    by_account, by_name = role(account, trusting({"AWS": ACCOUNT})), role(account, trusting({"AWS": nobody.arn}))
    assert "no identity-based policy allows the sts:AssumeRole" in refusal(nobody("sts").assume_role, RoleArn=by_account, RoleSessionName="session")
    assumed(account, nobody, by_name)  # API sts:AssumeRole: either is enough for a user of the same account who is named
    assert "no role trust policy" in refusal(helper("sts").assume_role, RoleArn=by_name, RoleSessionName="session")
    with_id = role(account, trusting({"AWS": ACCOUNT}, StringEquals={"sts:ExternalId": "outside"}))
    assert "sts:AssumeRole" in refusal(helper("sts").assume_role, RoleArn=with_id, RoleSessionName="session")
    assumed(account, helper, with_id, ExternalId="outside")
    assert "sts:TagSession" in refusal(helper("sts").assume_role, RoleArn=by_account, RoleSessionName="session", Tags=[{"Key": "team", "Value": "a"}])
    own = allow("s3:ListBucket", "arn:aws:s3:::${aws:PrincipalTag/team}")
    tagging = role(account, trusting({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]), own)
    helper = user(account, allow("sts:*"))
    name = bucket(account)
    assumed(account, helper, tagging, Tags=[{"Key": "team", "Value": name}])("s3").list_objects_v2(Bucket=name)
    assert "s3:ListBucket" in refusal(assumed(account, helper, tagging, Tags=[{"Key": "team", "Value": "other"}])("s3").list_objects_v2, Bucket=name)
    iam.delete_role_policy(RoleName=tagging.rpartition("/")[2], PolicyName="p")


def test_session_policies_limit_what_the_role_may(account: Simulated) -> None:
    helper, all_of_it = user(account, allow("sts:*")), role(account, trusting({"AWS": ACCOUNT}), EVERYTHING)
    limited = assumed(account, helper, all_of_it, Policy=policy(allow("s3:ListAllMyBuckets")))
    limited("s3").list_buckets()
    assert "because no session policy allows the ec2:DescribeVpcs" in refusal(limited("ec2").describe_vpcs)
    managed = root(account)("iam").create_policy(PolicyName="vpcs", PolicyDocument=policy(allow("ec2:DescribeVpcs")))["Policy"]["Arn"]
    both = assumed(account, helper, all_of_it, Policy=policy(allow("s3:ListAllMyBuckets")), PolicyArns=[{"arn": managed}])
    both("s3").list_buckets()
    both("ec2").describe_vpcs()
    assert "rds:" in refusal(both("rds").describe_db_instances)
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        helper("sts").assume_role(RoleArn=all_of_it, RoleSessionName="session", Policy="{}")
    guest = helper("sts").get_federation_token(Name="guest", Policy=policy(allow("ec2:*")))["Credentials"]
    assert "ec2:DescribeVpcs" in refusal(Who(account, guest)("ec2").describe_vpcs)  # the user may not
    rich = user(account, EVERYTHING)
    made = rich("sts").get_federation_token(Name="guest", Policy=policy(allow("ec2:DescribeVpcs")))
    guest = Who(account, made["Credentials"])
    guest("ec2").describe_vpcs()
    assert guest("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert "no session policy" in refusal(guest("rds").describe_db_instances)
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        guest("iam").list_users()


def test_a_second_factor(account: Simulated) -> None:
    iam, with_factor = root(account)("iam"), {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    person = user(account, allow("sts:AssumeRole"), allow(["ec2:*", "iam:ListUsers"], "*", **with_factor))
    name = person.arn.rpartition("/")[2]
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    shown = {"SerialNumber": serial, "TokenCode": "123456"}
    assert "not valid" not in refusal(person("ec2").describe_vpcs)
    assert "MFA serial number is valid" in refusal(person("sts").get_session_token, **shown)  # not this person's yet
    iam.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    assert "invalid MFA one time pass code" in refusal(person("sts").get_session_token, **{**shown, "TokenCode": "000000"})
    session = Who(account, person("sts").get_session_token(**shown)["Credentials"])
    session("ec2").describe_vpcs()
    session("iam").list_users()
    without = Who(account, person("sts").get_session_token()["Credentials"])
    assert "ec2:DescribeVpcs" in refusal(without("ec2").describe_vpcs)
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        without("iam").list_users()
    guarded = role(account, trusting({"AWS": ACCOUNT}, **with_factor), allow("s3:ListAllMyBuckets"), allow("ec2:*", "*", **with_factor))
    assert "no role trust policy" in refusal(person("sts").assume_role, RoleArn=guarded, RoleSessionName="session")
    inside = assumed(account, person, guarded, **shown)
    inside("s3").list_buckets()
    assert "ec2:DescribeVpcs" in refusal(inside("ec2").describe_vpcs)  # a role's credentials say nothing of the factor
    assumed(account, session, guarded)("s3").list_buckets()


def test_the_length_of_a_session(account: Simulated) -> None:
    helper = user(account, allow("sts:AssumeRole"))
    first = role(account, trusting({"AWS": ACCOUNT}), allow("sts:AssumeRole"), MaxSessionDuration=7200)
    second = role(account, trusting({"AWS": ACCOUNT}), MaxSessionDuration=7200)
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
        assumed(account, helper, first, DurationSeconds=7201)
    chain = assumed(account, helper, first, DurationSeconds=7200)
    with pytest.raises(ClientError, match="exceeds the 1 hour session limit for roles assumed by role chaining"):
        assumed(account, chain, second, DurationSeconds=3601)
    assumed(account, chain, second, DurationSeconds=3600)


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = InProcess(enforce_iam=True)
    keys = simulator.client("sts", access_key="ROOT").get_session_token(DurationSeconds=900)["Credentials"]
    given = {"access_key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "aws_session_token": keys["SessionToken"]}
    simulator.client("ec2", **given).describe_vpcs()
    began = simulator.core.clock()
    monkeypatch.setattr(simulator.core, "clock", lambda: began + 901)
    with pytest.raises(ClientError, match="RequestExpired"):
        simulator.client("ec2", **given).describe_vpcs()


def test_an_access_key_that_was_switched_off(account: Simulated) -> None:
    person, iam = user(account, EVERYTHING), root(account)("iam")
    name = person.arn.rpartition("/")[2]
    person("ec2").describe_vpcs()
    iam.update_access_key(UserName=name, AccessKeyId=iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError, match="AuthFailure"):
        person("ec2").describe_vpcs()


def test_who_passes_a_role_on(account: Simulated) -> None:
    web = role(account, trusting({"Service": "ec2.amazonaws.com"}))
    profile, iam = f"profile{next(NUMBERS)}", root(account)("iam")
    iam.create_instance_profile(InstanceProfileName=profile)
    builder = user(account, allow("iam:AddRoleToInstanceProfile"))
    params = {"InstanceProfileName": profile, "RoleName": web.rpartition("/")[2]}
    assert "iam:PassRole" in refusal(builder("iam").add_role_to_instance_profile, **params)
    wrong = user(account, allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", "*", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}))
    assert "iam:PassRole" in refusal(wrong("iam").add_role_to_instance_profile, **params)
    right = user(account, allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", web, StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}))
    right("iam").add_role_to_instance_profile(**params)


def test_nobody_makes_more_than_the_boundary_allows(account: Simulated) -> None:
    """The known ways around: a role without the boundary, its removal, a new version of it, and its replacement."""
    iam = root(account)("iam")
    boundary = iam.create_policy(PolicyName="jobs", PolicyDocument=policy(allow("ec2:*")))["Policy"]["Arn"]
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    delegate = user(account, allow(["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"], "*", **bounded))
    trust, free = trusting({"AWS": ACCOUNT}), role(account, trusting({"AWS": ACCOUNT})).rpartition("/")[2]
    made = f"role{next(NUMBERS)}"
    assert "iam:CreateRole" in refusal(delegate("iam").create_role, RoleName=made, AssumeRolePolicyDocument=trust)
    delegate("iam").create_role(RoleName=made, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    delegate("iam").put_role_policy(RoleName=made, PolicyName="p", PolicyDocument=policy(EVERYTHING))
    assert "iam:PutRolePolicy" in refusal(delegate("iam").put_role_policy, RoleName=free, PolicyName="p", PolicyDocument=policy(EVERYTHING))
    assert "iam:DeleteRolePermissionsBoundary" in refusal(delegate("iam").delete_role_permissions_boundary, RoleName=made)
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    replaced = delegate("iam").put_role_permissions_boundary
    assert "iam:PutRolePermissionsBoundary" in refusal(replaced, RoleName=made, PermissionsBoundary=everything)
    assert "iam:CreatePolicyVersion" in refusal(delegate("iam").create_policy_version, PolicyArn=boundary, PolicyDocument=policy(EVERYTHING))


# What is demanded


def test_what_calls_demand(account: Simulated) -> None:
    admin, arn = user(account, EVERYTHING), f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
    secret = f"secret{next(NUMBERS)}"
    admin("secretsmanager").create_secret(Name=secret, SecretString="x")
    assert asked(account) == {("secretsmanager:CreateSecret", arn.format("secretsmanager", f"secret:{secret}-??????"))}
    admin("logs").create_log_group(logGroupName="/a", tags={"Project": "shop"})
    assert asked(account) == {("logs:CreateLogGroup", arn.format("logs", "log-group:/a:*")), ("logs:TagResource", arn.format("logs", "log-group:/a"))}
    admin("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}])
    assert asked(account) == {("cloudwatch:PutMetricData", "*")}
    assert demands(account)[0]["keys"] == {"cloudwatch:namespace": ["n"]}
    admin("budgets", "us-east-1").describe_budgets(AccountId=ACCOUNT)
    assert asked(account) == {("budgets:ViewBudget", f"arn:aws:budgets::{ACCOUNT}:budget/*")}
    admin("ssm").put_parameter(Name="/a/b", Value="x", Type="String")
    assert asked(account) == {("ssm:PutParameter", arn.format("ssm", "parameter/a/b"))}
    name = bucket(account)
    admin("s3").list_objects_v2(Bucket=name, Prefix="a/")
    assert asked(account) == {("s3:ListBucket", f"arn:aws:s3:::{name}")}
    assert demands(account)[0]["keys"] == {"s3:prefix": ["a/"]}
    admin("s3").copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "k"})
    assert asked(account) == {("s3:PutObject", f"arn:aws:s3:::{name}/copy"), ("s3:GetObject", f"arn:aws:s3:::{name}/k")}
    zone = admin("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "A.example.org.", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"x"'}]}
    admin("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]})
    assert asked(account) == {("route53:ChangeResourceRecordSets", f"arn:aws:route53:::{zone.lstrip('/')}")}
    assert demands(account)[0]["keys"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"] == ["a.example.org"]
    admin("sts").get_caller_identity()
    assert account.door("journal?limit=1")[0]["demands"] is None


def test_a_group_of_servers_demands_what_its_template_says(account: Simulated) -> None:
    ec2, iam = root(account)("ec2"), root(account)("iam")
    web, profile = role(account, trusting({"Service": "ec2.amazonaws.com"})), f"profile{next(NUMBERS)}"
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=web.rpartition("/")[2])
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Project", "Value": "shop"}]}]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    data = {"ImageId": image, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": profile}, "TagSpecifications": tags}
    ec2.create_launch_template(LaunchTemplateName=profile, LaunchTemplateData=data)
    made = {
        "AutoScalingGroupName": profile,
        "MinSize": 0,
        "MaxSize": 0,
        "LaunchTemplate": {"LaunchTemplateName": profile, "Version": "1"},
        "VPCZoneIdentifier": subnet,
    }
    of_group = allow(["autoscaling:*", "iam:CreateServiceLinkedRole"])
    assert "You are not authorized to use launch template" in refusal(user(account, of_group)("autoscaling").create_auto_scaling_group, **made)
    launching = [of_group, allow("ec2:RunInstances")]
    assert "ec2:CreateTags" in refusal(user(account, *launching)("autoscaling").create_auto_scaling_group, **made)
    tagging = [*launching, allow("ec2:CreateTags", "*", StringEquals={"ec2:CreateAction": "RunInstances", "aws:RequestTag/Project": "shop"})]
    assert f"iam:PassRole on resource: {web}" in refusal(user(account, *tagging)("autoscaling").create_auto_scaling_group, **made)
    user(account, *tagging, allow("iam:PassRole", web))("autoscaling").create_auto_scaling_group(**made)
    assert (f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{subnet}") in {resource for action, resource in asked(account) if action == "ec2:RunInstances"}


def test_nobody_gives_a_snapshot_to_everybody(account: Simulated) -> None:
    ec2 = root(account)("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    sharer = user(account, allow("ec2:*"), deny("ec2:ModifySnapshotAttribute", "*", StringEquals={"ec2:Add/group": "all"}))
    change = sharer("ec2").modify_snapshot_attribute
    everybody = {"Attribute": "createVolumePermission", "CreateVolumePermission": {"Add": [{"Group": "all"}]}}
    assert "explicit deny" in refusal(change, SnapshotId=snapshot, **everybody)
    change(SnapshotId=snapshot, Attribute="createVolumePermission", CreateVolumePermission={"Add": [{"UserId": "222233334444"}]})


def test_a_malformed_call_is_refused_for_that(account: Simulated) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        root(account)("sts").assume_role_with_web_identity(RoleSessionName="session", WebIdentityToken="token")


def test_what_cannot_be_told_speaks_for_the_caller_and_is_listed(account: Simulated) -> None:
    somebody = user(account, allow("ec2:DescribeVpcs"), allow("ec2:TerminateInstances", "*", StringEquals={"ec2:ProductCode": "x"}))
    with pytest.raises(ClientError, match="InvalidInstanceID"):
        somebody("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
    assert demands(account)[0]["unjudged"] == ["ec2:ProductCode"]
    assert {"action": "ec2:TerminateInstances", "key": "ec2:ProductCode", "asked": 1} in account.door("unjudged")


# The language


def met(condition: dict[str, Any], keys: dict[str, list[str]]) -> bool:
    return Statement({"Effect": "Allow", "Action": [], "Condition": condition}, True).met(Facts({key.lower(): values for key, values in keys.items()}))


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [
        ({"StringEquals": {"aws:username": "a"}}, {}, False),
        ({"StringNotEquals": {"aws:username": "a"}}, {}, True),
        ({"StringLike": {"aws:username": "a"}}, {"aws:username": ["A"]}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "a"}}, {"aws:username": ["A"]}, True),
        ({"StringEqualsIfExists": {"aws:username": "a"}}, {}, True),
        ({"StringEquals": {"aws:username": "a*"}}, {"aws:username": ["ab"]}, False),
        ({"StringEquals": {"aws:PrincipalTag/x": "${aws:username}"}}, {"aws:PrincipalTag/x": ["a"], "aws:username": ["a"]}, True),
        ({"StringEquals": {"aws:PrincipalTag/x": "${aws:username}"}}, {"aws:PrincipalTag/x": ["a"]}, False),
        ({"StringEquals": {"aws:PrincipalTag/x": "${aws:username, 'a'}"}}, {"aws:PrincipalTag/x": ["a"]}, True),
        ({"StringLike": {"s3:prefix": "${*}"}}, {"s3:prefix": ["a"]}, False),
        ({"StringLike": {"s3:prefix": "${*}"}}, {"s3:prefix": ["*"]}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, True),
        ({"Null": {"aws:MultiFactorAuthAge": "true"}}, {}, True),
        ({"Null": {"aws:MultiFactorAuthAge": "false"}}, {}, False),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {"aws:MultiFactorAuthAge": ["60"]}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {}, False),
        ({"NumericGreaterThanEquals": {"s3:max-keys": "10"}}, {"s3:max-keys": ["9"]}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, {"aws:CurrentTime": ["2029-12-31T23:00:00Z"]}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}}, {"aws:CurrentTime": ["2029-12-31T23:00:00Z"]}, False),
        ({"DateGreaterThan": {"aws:EpochTime": "1000"}}, {"aws:EpochTime": ["1001"]}, True),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}, {"aws:SourceIp": ["2001:db8::1"]}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": ["198.51.100.1"]}, False),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": ["198.51.100.1"]}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}, {"aws:PrincipalArn": ["arn:aws:iam::123456789012:role/ab"]}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}, {"aws:PrincipalArn": ["arn:aws:iam::1:x:role/a"]}, False),
        ({"BinaryEquals": {"x:key": "QQ=="}}, {"x:key": ["QQ=="]}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {}, False),
        ({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["a", "b"]}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["a", "b"]}, True),
        ({"StringEquals": {"a:b": "x", "a:c": "y"}}, {"a:b": ["x"]}, False),
    ],
)
def test_conditions(condition: dict[str, Any], keys: dict[str, list[str]], expected: bool) -> None:
    assert met(condition, keys) is expected


def test_variables_stand_for_themselves_in_an_old_policy() -> None:
    old = Statement({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}, False)
    facts = Facts({"aws:username": ["a"]})
    assert not old.names_resource("arn:aws:s3:::a", facts)
    assert old.names_resource("arn:aws:s3:::${aws:username}", facts)


def test_every_door_of_the_journal_is_honest(account: Simulated) -> None:
    """The journal says no more than ARNs and condition keys: nothing that was to be kept secret."""
    admin = user(account, EVERYTHING)
    canary = f"canary-{next(NUMBERS)}"
    admin("secretsmanager").create_secret(Name=f"s{next(NUMBERS)}", SecretString=canary)
    admin("ssm").put_parameter(Name=f"/s{next(NUMBERS)}", Value=canary, Type="SecureString")
    assert not re.search(canary, account.journal.read_text())

# SPDX-License-Identifier: GPL-3.0-or-later
"""EBS direct APIs, and images made of what was written through them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated

BLOCK = 524288
TAGS = [{"Key": "Name", "Value": "web"}]


def refused(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The call is refused with this code. Returns what AWS says."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value
    return str(raised.value.response["Error"]["Message"])


def block(letter: str) -> bytes:
    return letter.encode() * BLOCK


def checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def aggregate(*blocks: bytes) -> str:
    return checksum(b"".join(hashlib.sha256(data).digest() for data in blocks))


class Account:
    """Clients of one region, and what tests do over and over."""

    def __init__(self, simulator: Simulated | InProcess, region: str = "eu-west-1", **more: Any) -> None:
        self.ebs, self.ec2, self.kms = (simulator.client(name, region, **more) for name in ("ebs", "ec2", "kms"))

    def start(self, **more: Any) -> str:
        return str(self.ebs.start_snapshot(VolumeSize=1, **more)["SnapshotId"])

    def put(self, snapshot: str, index: int, data: bytes, **more: Any) -> Any:
        parameters = {"DataLength": BLOCK, "Checksum": checksum(data), "ChecksumAlgorithm": "SHA256", **more}
        return self.ebs.put_snapshot_block(SnapshotId=snapshot, BlockIndex=index, BlockData=data, **parameters)

    def complete(self, snapshot: str, *blocks: bytes, **more: Any) -> Any:
        parameters = {"ChangedBlocksCount": len(blocks), "Checksum": aggregate(*blocks), "ChecksumAlgorithm": "SHA256", "ChecksumAggregationMethod": "LINEAR"}
        return self.ebs.complete_snapshot(SnapshotId=snapshot, **{**parameters, **more})

    def snapshot(self, **more: Any) -> str:
        """One that is completed."""
        snapshot = self.start(**more)
        self.put(snapshot, 0, block("a"))
        self.complete(snapshot, block("a"))
        return snapshot

    def register(self, snapshot: str, name: str = "web", **more: Any) -> str:
        return str(self.ec2.register_image(**{**self.asked(snapshot, name), **more})["ImageId"])

    @staticmethod
    def asked(snapshot: str, name: str = "web") -> dict[str, Any]:
        return {
            "Name": name,
            "Architecture": "arm64",
            "VirtualizationType": "hvm",
            "RootDeviceName": "/dev/xvda",
            "BootMode": "uefi",
            "EnaSupport": True,
            "ImdsSupport": "v2.0",
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "VolumeType": "gp3"}}],
            "TagSpecifications": [{"ResourceType": "image", "Tags": TAGS}],
        }

    def image(self, image: str, **more: Any) -> dict[str, Any]:
        return dict(self.ec2.describe_images(ImageIds=[image], IncludeDisabled=True, **more)["Images"][0])

    def state(self, snapshot: str) -> str:
        return str(self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"])


@pytest.fixture
def account(simulator: Simulated) -> Account:
    return Account(simulator)


# Writing and reading ----------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read(account):
    snapshot = account.start(Description="a disk", Tags=TAGS)
    # Out of order, and one of them twice: the last one counts.
    for index, letter in ((2047, "z"), (3, "x"), (0, "a"), (3, "c")):
        account.put(snapshot, index, block(letter))
    assert account.state(snapshot) == "pending"
    assert account.complete(snapshot, block("a"), block("c"), block("z"))["Status"] == "pending"
    listed = account.ebs.list_snapshot_blocks(SnapshotId=snapshot)
    assert (listed["BlockSize"], listed["VolumeSize"]) == (BLOCK, 1)
    read = {}
    for entry in listed["Blocks"]:
        answer = account.ebs.get_snapshot_block(SnapshotId=snapshot, BlockIndex=entry["BlockIndex"], BlockToken=entry["BlockToken"])
        data = answer["BlockData"].read()
        assert answer["Checksum"] == checksum(data)
        read[entry["BlockIndex"]] = data
    assert read == {0: block("a"), 3: block("c"), 2047: block("z")}
    shown = account.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["State"], shown["VolumeSize"], shown["FullSnapshotSizeInBytes"], shown["Tags"]) == ("completed", 1, 3 * BLOCK, TAGS)


def test_lists_come_in_pages(account):
    snapshot = account.start()
    for index in range(101):
        account.put(snapshot, index, block("a"))
    account.complete(snapshot, *[block("a")] * 101)
    first = account.ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=100)
    rest = account.ebs.list_snapshot_blocks(SnapshotId=snapshot, MaxResults=100, NextToken=first["NextToken"])
    assert [len(first["Blocks"]), [entry["BlockIndex"] for entry in rest["Blocks"]], rest.get("NextToken")] == [100, [100], None]


def test_a_token_starts_one_snapshot(account):
    one = account.start(ClientToken="same", Tags=TAGS)
    assert account.start(ClientToken="same", Tags=TAGS) == one
    refused("ConflictException", account.start, ClientToken="same")


def test_sizes_and_keys(account, simulator):
    refused("ValidationException", account.ebs.start_snapshot, VolumeSize=65537)
    key = account.kms.create_key()["KeyMetadata"]["Arn"]
    elsewhere = simulator.client("kms", "us-east-1").create_key()["KeyMetadata"]["Arn"]
    refused("ValidationException", account.start, KmsKeyArn=key)
    refused("ValidationException", account.start, KmsKeyArn=elsewhere, Encrypted=True)
    snapshot = account.start(KmsKeyArn=key, Encrypted=True)
    shown = account.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
    assert (shown["Encrypted"], shown["KmsKeyId"]) == (True, key)
    account.kms.disable_key(KeyId=key)
    refused("ValidationException", account.start, KmsKeyArn=key, Encrypted=True)


def test_bad_blocks(account):
    snapshot = account.start()
    refused("ResourceNotFoundException", account.put, snapshot="snap-0123456789abcdef0", index=0, data=block("a"))
    refused("ValidationException", account.put, snapshot=snapshot, index=2048, data=block("a"))
    refused("ValidationException", account.put, snapshot=snapshot, index=0, data=b"a" * 512, DataLength=512)
    refused("ValidationException", account.put, snapshot=snapshot, index=0, data=b"a" * 512)
    assert "checksum" in refused("ValidationException", account.put, snapshot=snapshot, index=0, data=block("a"), Checksum=checksum(block("b")))
    account.complete(snapshot)
    assert not account.ebs.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]


def test_bad_completions(account):
    snapshot = account.start()
    account.put(snapshot, 0, block("a"))
    account.put(snapshot, 1, block("b"))
    assert "2 blocks" in refused("ValidationException", lambda: account.complete(snapshot, block("a"), block("b"), ChangedBlocksCount=1))
    refused("ValidationException", lambda: account.complete(snapshot, block("b"), block("a")))
    refused("ValidationException", account.ebs.complete_snapshot, SnapshotId=snapshot, ChangedBlocksCount=2, Checksum=aggregate(block("a"), block("b")))
    account.complete(snapshot, block("a"), block("b"))
    refused("ValidationException", lambda: account.complete(snapshot, block("a"), block("b")))
    refused("ValidationException", account.put, snapshot=snapshot, index=2, data=block("c"))


def test_reading(account):
    snapshot = account.start()
    account.put(snapshot, 0, block("a"))
    refused("ValidationException", account.ebs.list_snapshot_blocks, SnapshotId=snapshot)
    account.complete(snapshot, block("a"))
    refused("ValidationException", account.ebs.get_snapshot_block, SnapshotId=snapshot, BlockIndex=0, BlockToken="Zm9v")
    refused("ResourceNotFoundException", account.ebs.list_snapshot_blocks, SnapshotId="snap-0123456789abcdef0")


class Clock:
    """A simulator in the test's process whose time only the test moves."""

    def __init__(self) -> None:
        self.simulator = InProcess(latency="aws")
        self.moment = time.time()
        self.simulator.core.clock = self.simulator.core.lifecycles._clock = lambda: self.moment

    def wait(self, seconds: float) -> None:
        self.moment += seconds


def test_sealing_takes_time_and_waiting_has_an_end():
    clock = Clock()
    account = Account(clock.simulator)
    snapshot, forgotten = account.start(), account.start(Timeout=10)
    account.put(snapshot, 0, block("a"))
    account.complete(snapshot, block("a"))
    assert account.state(snapshot) == "pending"
    refused("IncorrectState", lambda: account.register(snapshot))
    refused("ValidationException", account.ebs.list_snapshot_blocks, SnapshotId=snapshot)
    pending = account.ec2.describe_snapshots(Filters=[{"Name": "status", "Values": ["pending"]}])["Snapshots"]
    assert {shown["SnapshotId"] for shown in pending} == {snapshot, forgotten}
    clock.wait(90)
    assert account.state(snapshot) == "completed"
    clock.wait(500)
    account.put(forgotten, 0, block("a"))  # starts its ten minutes anew
    clock.wait(500)
    assert account.state(forgotten) == "pending"
    clock.wait(101)
    assert account.state(forgotten) == "error"
    refused("ValidationException", account.put, snapshot=forgotten, index=1, data=block("a"))


# Images -----------------------------------------------------------------------------------------------------------------------


def test_what_was_registered_is_shown(account):
    key = account.kms.create_key()["KeyMetadata"]["Arn"]
    snapshot = account.snapshot(Encrypted=True, KmsKeyArn=key)
    before = len(account.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"])
    image = account.image(account.register(snapshot, TpmSupport="v2.0"))
    assert {name: image[name] for name in ("BootMode", "EnaSupport", "ImdsSupport", "TpmSupport", "RootDeviceName", "Architecture", "State", "Tags")} == {
        "BootMode": "uefi",
        "EnaSupport": True,
        "ImdsSupport": "v2.0",
        "TpmSupport": "v2.0",
        "RootDeviceName": "/dev/xvda",
        "Architecture": "arm64",
        "State": "available",
        "Tags": TAGS,
    }
    ebs = image["BlockDeviceMappings"][0]["Ebs"]
    assert (ebs["SnapshotId"], ebs["VolumeSize"], ebs["VolumeType"], ebs["Encrypted"], ebs["DeleteOnTermination"]) == (snapshot, 1, "gp3", True, True)
    assert len(account.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == before
    tagged = account.ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag:Name", "Values": ["web"]}])["Images"]
    assert [one["ImageId"] for one in tagged] == [image["ImageId"]]


@pytest.mark.parametrize(
    "code, change",
    [
        ("InvalidSnapshot.NotFound", {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}]}),
        ("InvalidBlockDeviceMapping", {"RootDeviceName": "/dev/sda1"}),
        ("InvalidParameterCombination", {"VirtualizationType": "paravirtual"}),
        ("InvalidParameterCombination", {"BootMode": "legacy-bios", "TpmSupport": "v2.0"}),
        ("InvalidParameterValue", {"TagSpecifications": [{"ResourceType": "snapshot", "Tags": TAGS}]}),
        ("InvalidParameterValue", {"ImdsSupport": "v1.0"}),
    ],
)
def test_bad_registrations(account, code, change):
    refused(code, account.ec2.register_image, **{**account.asked(account.snapshot()), **change})


def test_a_device_does_not_change_its_encryption(account):
    snapshot = account.snapshot()
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "Encrypted": True}}]
    refused("InvalidParameterCombination", account.register, snapshot=snapshot, BlockDeviceMappings=devices)
    refused("IncorrectState", account.register, snapshot=account.start())


def test_copies(account, simulator):
    there = Account(simulator, "us-east-1")
    key, foreign = there.kms.create_key()["KeyMetadata"]["Arn"], account.kms.create_key()["KeyMetadata"]["Arn"]
    source = account.register(account.snapshot())
    asked = {"SourceImageId": source, "SourceRegion": "eu-west-1", "Name": "web", "Encrypted": True, "KmsKeyId": key, "ClientToken": "once"}
    tags = [{"ResourceType": kind, "Tags": TAGS} for kind in ("image", "snapshot")]
    made = there.ec2.copy_image(**asked, TagSpecifications=tags)["ImageId"]
    assert there.ec2.copy_image(**asked, TagSpecifications=tags)["ImageId"] == made
    image = there.image(made)
    assert (image["SourceImageId"], image["SourceImageRegion"], image["BootMode"], image["Tags"]) == (source, "eu-west-1", "uefi", TAGS)
    snapshot = there.ec2.describe_snapshots(SnapshotIds=[image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]])["Snapshots"][0]
    assert (snapshot["KmsKeyId"], snapshot["Tags"]) == (key, TAGS)
    blocks = there.ebs.list_snapshot_blocks(SnapshotId=snapshot["SnapshotId"])["Blocks"]
    data = there.ebs.get_snapshot_block(SnapshotId=snapshot["SnapshotId"], BlockIndex=0, BlockToken=blocks[0]["BlockToken"])["BlockData"].read()
    assert (len(blocks), data) == (1, block("a"))
    # Somebody else's key is noticed afterwards.
    lost = there.ec2.copy_image(**{**asked, "Name": "other", "KmsKeyId": foreign, "ClientToken": "twice"})["ImageId"]
    assert (there.image(lost)["State"], there.image(lost)["StateReason"]["Code"]) == ("failed", "Client.InvalidKMSKey")
    refused("InvalidParameterDependency", there.ec2.copy_image, SourceImageId=source, SourceRegion="eu-west-1", Name="third", KmsKeyId=key)
    refused("InvalidAMIID.NotFound", there.ec2.copy_image, SourceImageId=source, SourceRegion="eu-north-1", Name="third")


def test_sharing(account, simulator):
    key = account.kms.create_key()["KeyMetadata"]["Arn"]
    ours, managed = account.register(account.snapshot(Encrypted=True, KmsKeyArn=key)), account.snapshot(Encrypted=True)
    credentials = simulator.client("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/other", RoleSessionName="other")["Credentials"]
    other = Account(simulator, access_key=credentials["AccessKeyId"], secret=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"])
    refused("InvalidAMIID.NotFound", other.image, image=ours)
    share = {"Attribute": "launchPermission", "OperationType": "add", "UserIds": ["210987654321"]}
    account.ec2.modify_image_attribute(ImageId=ours, **share)
    seen = other.image(ours)
    assert (seen["OwnerId"], seen["State"], seen.get("Tags", [])) == ("123456789012", "available", [])
    assert [image["ImageId"] for image in other.ec2.describe_images(Owners=["123456789012"])["Images"]] == [ours]
    refused("InvalidParameter", account.ec2.modify_image_attribute, ImageId=account.register(managed, "managed"), **share)
    refused("InvalidParameter", account.ec2.modify_snapshot_attribute, SnapshotId=managed, OperationType="add", UserIds=["210987654321"])
    refused("InvalidAMIID.NotFound", other.ec2.deregister_image, ImageId=ours)
    account.ec2.disable_image(ImageId=ours)
    refused("InvalidAMIID.NotFound", other.image, image=ours)
    refused("InvalidAMIID.Unavailable", account.ec2.modify_image_attribute, ImageId=ours, **share)


def test_growing_old(account):
    image = account.register(account.snapshot())
    now = datetime.datetime.now(datetime.UTC)
    refused("InvalidParameterValue", account.ec2.enable_image_deprecation, ImageId=image, DeprecateAt=now - datetime.timedelta(days=1))
    refused("InvalidParameterValue", account.ec2.enable_image_deprecation, ImageId=image, DeprecateAt=now + datetime.timedelta(days=3700))
    account.ec2.enable_image_deprecation(ImageId=image, DeprecateAt=now + datetime.timedelta(days=30))
    assert account.image(image)["DeprecationTime"][:10] == (now + datetime.timedelta(days=30, seconds=30)).isoformat()[:10]
    account.ec2.disable_image_deprecation(ImageId=image)
    assert "DeprecationTime" not in account.image(image)
    launch = {"ImageId": image, "InstanceType": "t4g.small", "MinCount": 1, "MaxCount": 1}
    account.ec2.run_instances(**launch)
    assert account.image(image)["LastLaunchedTime"]
    account.ec2.disable_image(ImageId=image)
    assert account.ec2.describe_images(Owners=["self"])["Images"] == []
    assert account.image(image)["State"] == "disabled"
    refused("InvalidAMIID.Unavailable", account.ec2.run_instances, **launch)
    account.ec2.enable_image(ImageId=image)
    account.ec2.run_instances(**launch)


def test_going(account):
    snapshot = account.snapshot()
    one, two = account.register(snapshot), account.register(snapshot, "twin")
    refused("InvalidSnapshot.InUse", account.ec2.delete_snapshot, SnapshotId=snapshot)
    account.ec2.enable_image_deregistration_protection(ImageId=one, WithCooldown=True)
    refused("OperationNotPermitted", account.ec2.deregister_image, ImageId=one)
    account.ec2.disable_image_deregistration_protection(ImageId=one)
    refused("OperationNotPermitted", account.ec2.deregister_image, ImageId=one)
    account.ec2.enable_image_deregistration_protection(ImageId=one)
    account.ec2.disable_image_deregistration_protection(ImageId=one)
    results = account.ec2.deregister_image(ImageId=one, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"]
    assert [(result["SnapshotId"], result["ReturnCode"]) for result in results] == [(snapshot, "skipped")]
    account.ec2.deregister_image(ImageId=two, DeleteAssociatedSnapshots=True)
    refused("InvalidSnapshot.NotFound", account.ec2.describe_snapshots, SnapshotIds=[snapshot])
    refused("InvalidAMIID.Unavailable", account.ec2.deregister_image, ImageId=two)
    refused("InvalidAMIID.NotFound", account.ec2.disable_image, ImageId="ami-0123456789abcdef0")


def test_an_image_of_an_instance(account):
    source = account.register(account.snapshot())
    instance = account.ec2.run_instances(ImageId=source, InstanceType="t4g.small", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    tags = [{"ResourceType": kind, "Tags": TAGS} for kind in ("image", "snapshot")]
    made = account.image(account.ec2.create_image(InstanceId=instance, Name="baked", TagSpecifications=tags)["ImageId"])
    assert (made["SourceInstanceId"], made["BootMode"], made["ImdsSupport"], made["Tags"]) == (instance, "uefi", "v2.0", TAGS)
    snapshots = account.ec2.describe_snapshots(SnapshotIds=[made["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]])["Snapshots"]
    assert snapshots[0]["Tags"] == TAGS


def test_registering_and_copying_take_time():
    clock = Clock()
    account, there = Account(clock.simulator), Account(clock.simulator, "us-east-1")
    snapshot = account.snapshot()
    clock.wait(90)
    image = account.register(snapshot)
    assert account.image(image)["State"] == "pending"
    assert not account.ec2.describe_images(Owners=["self"], Filters=[{"Name": "state", "Values": ["available"]}])["Images"]
    refused("InvalidAMIID.Unavailable", there.ec2.copy_image, SourceImageId=image, SourceRegion="eu-west-1", Name="web")
    clock.wait(30)
    copied = there.ec2.copy_image(SourceImageId=image, SourceRegion="eu-west-1", Name="web")["ImageId"]
    assert there.image(copied)["State"] == "pending"
    clock.wait(600)
    assert there.image(copied)["State"] == "available"

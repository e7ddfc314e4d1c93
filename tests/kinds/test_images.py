# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks into snapshots, images of them, and who of them may go: runs that are ended, lost answers, and what is never removed."""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import ebs
from ansible_collections.groundswell.aws.plugins.module_utils.bake_leftovers import Janitor
from ansible_collections.groundswell.aws.plugins.module_utils.ebs import BLOCK, Disk, Notes, Upload, Wanted, in_parallel
from ansible_collections.groundswell.aws.plugins.module_utils.image_retention import Retention, Rules
from ansible_collections.groundswell.aws.plugins.module_utils.image_uses import Uses
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_images import Images
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module
from simulated import Simulated

OURS = {"Project": "acme", "ManagedBy": "groundswell", "Layer": "images"}
LAST = 15  # block of the disk


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """8 MiB and a bit: data, data across a border, zeros that were written, a hole, data up to the end."""
    path, noise = tmp_path / "disk.raw", random.Random(1)
    with path.open("wb") as file:
        file.truncate(8 * 2**20 + 1000)
        for at, data in (
            (0, noise.randbytes(4096)),
            (3 * BLOCK - 100, noise.randbytes(200)),
            (7 * BLOCK, bytes(BLOCK)),
            (LAST * BLOCK, noise.randbytes(BLOCK + 1000)),
        ):
            file.seek(at)
            file.write(data)
    return path


def wanted(**more: Any) -> Wanted:
    usual = {
        "tags": {**OURS, "Name": "web"},
        "description": "",
        "kms_key_arn": "",
        "volume_size": 1,
        "expires": "2999-01-01T00:00:00Z",
        "run_id": "run-1",
        "ttl_minutes": 60,
        "verify": True,
        "timeout": 60,
    }
    return Wanted(**{**usual, **more})


class Uploading:
    """Uploads of one disk. `send` is a run: it returns what the module would answer."""

    def __init__(self, simulator: Simulated, path: Path) -> None:
        self.simulator, self.path, self.told = simulator, path, []
        self.client = Session(Module(simulator.endpoint)).client  # asks again where the simulator loses answers

    def send(self, change: Callable[[Upload], None] = lambda upload: None, **more: Any) -> dict[str, Any]:
        disk = Disk(str(self.path))
        try:
            disk.scan()
            upload = Upload(Session(Module(self.simulator.endpoint)), disk, wanted(**more), lambda *what: self.told.append(what))
            change(upload)
            return {"snapshot_id": upload.run(), **upload.answer}
        finally:
            disk.close()

    def snapshots(self) -> dict[str, str]:
        found = self.client("ec2").describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag:Project", "Values": ["acme"]}])["Snapshots"]
        return {one["SnapshotId"]: one["State"] for one in found}

    def sent(self) -> int:
        return sum(call["operation"] == "PutSnapshotBlock" and not call["error"] for call in self.simulator.calls(mutating=True))

    def content(self, snapshot: str) -> bytes:
        client, read = self.client("ebs"), bytearray(-(-self.path.stat().st_size // BLOCK) * BLOCK)
        for block in client.list_snapshot_blocks(SnapshotId=snapshot)["Blocks"]:
            answer = client.get_snapshot_block(SnapshotId=snapshot, BlockIndex=block["BlockIndex"], BlockToken=block["BlockToken"])
            read[block["BlockIndex"] * BLOCK : (block["BlockIndex"] + 1) * BLOCK] = answer["BlockData"].read()
        return bytes(read[: self.path.stat().st_size])


@pytest.fixture
def uploading(simulator: Simulated, disk: Path) -> Uploading:
    return Uploading(simulator, disk)


def ended_after(count: int) -> Callable[[Upload], None]:
    """A run that ends when so many blocks were sent, as if it was killed."""

    def change(upload: Upload) -> None:
        put = upload._ebs.put_snapshot_block
        left = [count]

        def limited(**parameters: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return put(**parameters)

        upload._ebs.put_snapshot_block = limited

    return change


# Disks ------------------------------------------------------------------------------------------------------------------------


def test_only_what_is_not_zero_is_a_block(disk):
    found = Disk(str(disk))
    found.scan()
    assert sorted(found.checksums) == [0, 2, 3, 15, 16]
    assert found.read(16)[1000:] == bytes(BLOCK - 1000)
    assert 7 in set(found.indexes()), "zeros that were written are looked at"
    assert 10 not in set(found.indexes()), "a hole is not even read"


def test_a_disk_is_known_by_its_blocks_and_their_places(disk, tmp_path):
    def identity(path: Path) -> str:
        found = Disk(str(path))
        found.scan()
        return found.identity

    moved = tmp_path / "moved.raw"
    data = disk.read_bytes()
    moved.write_bytes(data[BLOCK:] + data[:BLOCK])
    dense = tmp_path / "dense.raw"
    dense.write_bytes(data)
    assert identity(disk) == identity(dense) != identity(moved)


def test_a_disk_must_be_there(tmp_path):
    (tmp_path / "empty.raw").touch()
    with pytest.raises(Problem, match="has to be built first"):
        Disk(str(tmp_path / "none.raw"))
    with pytest.raises(Problem, match="is empty"):
        Disk(str(tmp_path / "empty.raw"))


def test_notes_that_were_cut_off_say_less_never_more(disk):
    notes = Notes(Disk(str(disk)))
    notes.begin("snap-1", {3})
    notes.add(12)
    path = disk.with_name("disk.raw.upload")
    path.write_text(path.read_text()[:-2])  # "1" of "12" was written when the power went
    assert notes.of("snap-1") == {3}
    assert notes.of("snap-2") == set()


def test_after_a_failure_nothing_new_is_begun():
    done = []

    def work(index: int) -> None:
        done.append(index)
        if index == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        in_parallel(work, range(1000), threads=2)
    assert len(done) < 10


# Uploads ----------------------------------------------------------------------------------------------------------------------


def test_the_snapshot_is_the_disk(uploading, disk):
    answer = uploading.send()
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()
    assert (answer["uploaded_blocks"], answer["resumed"], answer["verified"]) == (5, False, True)
    assert not disk.with_name("disk.raw.upload").exists()
    assert {what for what, _, _ in uploading.told} == {"sent", "read back"}
    again = uploading.send(run_id="run-2")
    assert (again["snapshot_id"], again["uploaded_blocks"], "verified" in again) == (answer["snapshot_id"], 0, False)


def test_a_run_that_was_ended_is_gone_on_with(uploading, disk):
    with pytest.raises(KeyboardInterrupt):
        uploading.send(ended_after(2))
    (pending,) = uploading.snapshots().items()
    assert pending[1] == "pending"
    answer = uploading.send(run_id="run-2")
    assert (answer["snapshot_id"], answer["resumed"], answer["uploaded_blocks"]) == (pending[0], True, 3)
    assert uploading.sent() == 5
    assert uploading.content(pending[0]) == disk.read_bytes()


def test_without_notes_everything_is_sent_again(uploading, disk):
    with pytest.raises(KeyboardInterrupt):
        uploading.send(ended_after(2))
    disk.with_name("disk.raw.upload").unlink()
    answer = uploading.send(run_id="run-2")
    assert (answer["uploaded_blocks"], len(uploading.snapshots())) == (5, 1)
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()


def test_another_disk_gets_another_snapshot(uploading, disk):
    with pytest.raises(KeyboardInterrupt):
        uploading.send(ended_after(2))
    with disk.open("r+b") as file:
        file.write(b"another")
    answer = uploading.send(run_id="run-2")
    assert sorted(uploading.snapshots().values()) == ["completed", "pending"]
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()


def test_a_run_that_was_ended_while_it_waited(uploading, disk, monkeypatch):
    """Everything was sent, and AWS was sealing it."""
    monkeypatch.setattr(Upload, "_await", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        uploading.send()
    monkeypatch.undo()
    found = Upload.find
    # What the next run sees while AWS is not done.
    monkeypatch.setattr(Upload, "find", lambda upload: {**found(upload), "State": "pending"})
    answer = uploading.send(run_id="run-2")
    assert (answer["uploaded_blocks"], answer["verified"]) == (0, True)
    assert len(uploading.snapshots()) == 1


def test_what_is_not_the_disk_is_not_kept(uploading, monkeypatch):
    monkeypatch.setattr(Upload, "_read", lambda *_: bytes(BLOCK))
    with pytest.raises(Problem, match=r"5 blocks differ, the first is 0\. It was removed"):
        uploading.send()
    assert uploading.snapshots() == {}


def test_what_another_run_made_is_left_alone_even_so(uploading, monkeypatch):
    made = uploading.send(verify=False)["snapshot_id"]
    monkeypatch.setattr(Upload, "_read", lambda *_: bytes(BLOCK))
    with pytest.raises(Problem, match="was left alone"):
        uploading.send(run_id="run-2")
    assert uploading.snapshots() == {made: "completed"}


def test_a_disk_that_changes_while_it_is_sent(uploading, disk):
    def change(upload: Upload) -> None:
        with disk.open("r+b") as file:
            file.seek(LAST * BLOCK)
            file.write(b"later")

    with pytest.raises(Problem, match="changed while it was sent"):
        uploading.send(change)


def test_lost_answers_and_throttles(start_simulator, disk):
    uploading = Uploading(start_simulator("--throttle", "0.2", "--error", "0.2", "--seed", "5"), disk)
    answer = uploading.send()
    assert answer["verified"]
    assert uploading.snapshots() == {answer["snapshot_id"]: "completed"}
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()
    assert len({call["error"] for call in uploading.simulator.calls() if call["service"] == "ebs"}) > 2, "answered, throttled, lost"


def test_a_lost_answer_to_the_last_call(uploading, disk):
    def change(upload: Upload) -> None:
        complete, lost = upload._ebs.complete_snapshot, [True]

        def loses(**parameters: Any) -> Any:
            answer = complete(**parameters)
            if lost.pop() if lost else False:
                raise ebs.botocore.exceptions.ConnectionClosedError(endpoint_url="https://ebs")
            return answer

        upload._ebs.complete_snapshot = loses

    answer = uploading.send(change, verify=False)
    assert answer["verified"], "who sealed it is not known, so it is read back whatever was asked for"
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()


def test_a_killed_process_is_gone_on_with(uploading, disk):
    """SIGKILL in the middle, as of the machine itself."""
    script = textwrap.dedent(f"""
        import sys, time
        sys.path[:0] = {sys.path!r}
        from test_images import Disk, Module, Session, Upload, wanted
        disk = Disk({str(disk)!r})
        disk.scan()
        upload = Upload(Session(Module({uploading.simulator.endpoint!r})), disk, wanted(), lambda *_: None)
        put = upload._ebs.put_snapshot_block
        def slow(**parameters):
            put(**parameters)
            print("one", flush=True)
            time.sleep(60)
        upload._ebs.put_snapshot_block = slow
        upload.run()
    """)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)})
    assert process.stdout is not None and process.stdout.readline() == b"one\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert set(uploading.snapshots().values()) == {"pending"}
    answer = uploading.send(run_id="run-2")
    assert answer["resumed"] and len(uploading.snapshots()) == 1
    assert uploading.content(answer["snapshot_id"]) == disk.read_bytes()


def test_memory_does_not_grow_with_the_disk(uploading, disk):
    """96 MiB of data through eight threads."""
    with disk.open("wb") as file:
        for _ in range(96):
            file.write(os.urandom(2**20))
    import resource

    uploading.send(verify=False)  # what is loaded on the way is there now
    disk.write_bytes(b"")
    with disk.open("wb") as file:
        for _ in range(96):
            file.write(os.urandom(2**20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    uploading.send(run_id="run-2")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 48 * 1024


# Images -----------------------------------------------------------------------------------------------------------------------


class Account:
    """Images of tier web, by the day they were made on."""

    def __init__(self, simulator: Simulated, uploading: Uploading) -> None:
        self.ec2, self.simulator = simulator.client("ec2", REGION), simulator
        self.session = Session(Module(simulator.endpoint))
        self.snapshot = uploading.send()["snapshot_id"]
        self.now = datetime.datetime.now(datetime.UTC)

    def register(self, name: str, **tags: str) -> str:
        own = {**OURS, "Application": "acme", "Tier": "web", "Name": name, **tags}
        image = self.ec2.register_image(
            Name=name,
            Architecture="arm64",
            VirtualizationType="hvm",
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": self.snapshot}}],
            TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": key, "Value": value} for key, value in own.items()]}],
        )["ImageId"]
        time.sleep(1.1)  # EC2 tells the time in seconds, and the order is by time
        return str(image)

    def launch(self, image: str) -> str:
        asked = {"ImageId": image, "InstanceType": "t4g.small", "MinCount": 1, "MaxCount": 1}
        return str(self.ec2.run_instances(**asked)["Instances"][0]["InstanceId"])

    def look(self) -> dict[str, Any]:
        return {"account": "123456789012", "region": REGION, "uses": Uses(self.session, 1).find()}

    def retire(self, days: int = 0, **more: Any) -> dict[str, str]:
        """A run of retention so many days from now: what becomes of each image."""
        usual = {"keep": 1, "disable_days": 10, "deregister_days": 20, "recent_days": 0, "uses": [self.look()], "unseen_unused": []}
        rules = Rules(**{**usual, **more}, now=self.now + datetime.timedelta(days=days))
        retention = Retention(self.session, OURS, [REGION], rules)
        generations = retention.generations()
        retention.judge(generations)
        for generation in generations:
            retention.carry_out(generation)
        self.reasons = {generation.name: generation.reasons for generation in generations}
        return {generation.name: generation.action for generation in generations}

    def states(self) -> dict[str, str]:
        images = self.ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
        return {image["Name"]: image["State"] for image in images}


@pytest.fixture
def account(simulator: Simulated, uploading: Uploading) -> Account:
    return Account(simulator, uploading)


def test_nothing_in_use_is_retired(account):
    by_instance, by_template, by_pointer, before, idle, _ = (account.register(name) for name in ("instance", "template", "now", "before", "idle", "newest"))
    account.launch(by_instance)
    account.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": by_template})
    account.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={"ImageId": "resolve:ssm:/acme/dev/images/web"})
    ssm = account.simulator.client("ssm", REGION)
    for value in (before, by_pointer):
        ssm.put_parameter(Name="/acme/dev/images/web", Value=value, Type="String", DataType="aws:ec2:image", Overwrite=value != before)
    assert account.retire() == {"newest": "keep", "idle": "deprecate", "before": "keep", "now": "keep", "template": "keep", "instance": "keep"}
    assert account.reasons["before"] == [f"parameter /acme/dev/images/web before (1 back) ({REGION})"]
    assert f"launch template web, version 2 ({REGION})" in account.reasons["now"]
    assert idle in account.ec2.describe_images(ImageIds=[idle])["Images"][0]["ImageId"]


def test_an_image_goes_in_three_steps(account):
    old, _ = account.register("old"), account.launch(account.register("new"))
    assert account.retire()["old"] == "deprecate"
    shown = account.ec2.describe_images(ImageIds=[old])["Images"][0]
    assert (shown["State"], "DeprecationTime" in shown) == ("available", True)
    assert account.retire(9)["old"] == "wait"
    assert account.retire(25)["old"] == "disable", "never straight from use to nothing, however late the run is"
    assert account.states()["old"] == "disabled"
    assert account.retire(25)["old"] == "deregister"
    assert account.states() == {"new": "available"}
    assert account.ec2.describe_snapshots(SnapshotIds=[account.snapshot])["Snapshots"], "another image has the snapshot too"


def test_what_is_taken_into_use_again_is_restored(account):
    old, _ = account.register("old"), account.launch(account.register("new"))
    account.retire()
    account.retire(11)
    assert account.states()["old"] == "disabled"
    account.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": old})
    assert account.retire(12)["old"] == "restore"
    shown = account.ec2.describe_images(ImageIds=[old])["Images"][0]
    assert (shown["State"], "DeprecationTime" in shown, "Retired" in {tag["Key"] for tag in shown["Tags"]}) == ("available", False, False)
    assert account.retire(13)["old"] == "keep"


def test_a_tier_of_which_nothing_is_in_use_is_left_alone(account):
    for name in ("one", "two", "three"):
        account.register(name)
    assert set(account.retire().values()) == {"keep"}


def test_what_was_not_looked_at_counts_as_used(account):
    shared, old, _ = account.register("shared"), account.register("old"), account.launch(account.register("new"))
    account.ec2.modify_image_attribute(ImageId=shared, Attribute="launchPermission", OperationType="add", UserIds=["210987654321"])
    assert account.retire(uses=[{"account": "123456789012", "region": "us-east-1", "uses": {old: ["instance i-1"]}}])["shared"] == "keep"
    assert account.reasons["shared"][0] == f"{REGION} was not looked at"
    assert account.retire()["shared"] == "keep"
    assert account.reasons["shared"] == ["shared with 210987654321, which could not be looked at"]
    assert account.retire(uses=[account.look(), {"account": "210987654321", "region": REGION, "uses": {shared: ["instance i-1"]}}])["shared"] == "keep"
    assert account.retire(unseen_unused=["210987654321"])["shared"] == "deprecate"


def test_people_have_the_last_word(account):
    account.register("kept", Keep="forensics")
    protected, _ = account.register("protected"), account.launch(account.register("new"))
    account.ec2.enable_image_deregistration_protection(ImageId=protected)
    assert account.retire()["kept"] == "keep"
    for days in (11, 25):
        account.retire(days)
    assert account.states() == {"kept": "available", "new": "available"}


def test_the_janitor_takes_what_has_expired_and_nothing_else(account, uploading, disk):
    image = account.register("living")
    with disk.open("r+b") as file:
        file.write(b"another")
    with pytest.raises(KeyboardInterrupt):
        uploading.send(ended_after(1), run_id="run-2", expires="2020-01-01T00:00:00Z")
    with disk.open("r+b") as file:
        file.write(b"a third")
    with pytest.raises(KeyboardInterrupt):
        uploading.send(ended_after(1), run_id="run-3")
    # Of a run that was ended between the image and taking the mark from its snapshot.
    account.ec2.create_tags(Resources=[account.snapshot], Tags=[{"Key": "Expires", "Value": "2020-01-01T00:00:00Z"}])
    tags = [{"Key": key, "Value": value} for key, value in {**OURS, "Expires": "2020-01-01T00:00:00Z"}.items()]
    builder = account.launch(image)
    account.ec2.create_tags(Resources=[builder], Tags=tags)
    bystander = account.launch(image)
    janitor = Janitor(account.session, OURS, REGION)
    found = janitor.find()
    assert [one["kind"] for one in found] == ["instances", "snapshots"]
    janitor.remove(found)
    assert janitor.find() == []
    states = {
        instance["InstanceId"]: instance["State"]["Name"]
        for reservation in account.ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states == {builder: "terminated", bystander: "running"}
    assert sorted(uploading.snapshots().values()) == ["completed", "pending"]


def test_a_copy_that_aws_gave_up_says_why(keep, account, simulator):
    foreign = simulator.client("kms", "us-east-1").create_key()["KeyMetadata"]["Arn"]
    source = account.register("original")
    items = [{"name": "copy", "source_image_id": source, "source_region": REGION, "kms_key_arn": foreign}]
    with pytest.raises(Problem, match="is failed: The key .* cannot be used. The janitor removes it"):
        keep(Images, items)
    janitor = Janitor(account.session, {"Project": "acme", "ManagedBy": "groundswell"}, REGION)
    found = [one for one in janitor.find() if one["kind"] == "images"]
    assert [one["why"][:15] for one in found] == ["AWS gave it up "]
    janitor.remove(found)
    assert "copy" not in account.states()


def test_an_image_under_the_key_of_aws_is_not_shared(keep, simulator):
    client, ebs_client = simulator.client("ec2", REGION), simulator.client("ebs", REGION)
    snapshot = ebs_client.start_snapshot(VolumeSize=1, Encrypted=True)["SnapshotId"]
    ebs_client.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=0)
    item = {"name": "web-1", "snapshot_id": snapshot, "architecture": "arm64", "boot_mode": "uefi", "launch_permission_accounts": ["210987654321"]}
    with pytest.raises(Problem, match="AWS manages for EBS.*image_publish_key_arn"):
        keep(Images, [item])
    assert client.describe_images(Owners=["self"])["Images"][0]["Public"] is False


def test_bad_images(keep):
    with pytest.raises(Problem) as raised:
        keep(
            Images,
            [
                {"name": "a"},
                {"name": "both", "snapshot_id": "snap-1", "source_image_id": "ami-1"},
                {"name": "nowhere", "source_image_id": "ami-1"},
                {"name": "tpm", "snapshot_id": "snap-1", "tpm_support": "v2.0", "boot_mode": "legacy-bios"},
            ],
        )
    for words in ("image a: a name has 3 to 128", "image nowhere: source_region says", "image tpm: a TPM"):
        assert words in str(raised.value)

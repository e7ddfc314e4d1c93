# SPDX-License-Identifier: GPL-3.0-or-later
"""EBS direct APIs: snapshots that are written and read block by block. moto keeps every block in memory and checks none."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from moto.ec2.models.elastic_block_store import Snapshot
from moto.ec2.utils import random_snapshot_id
from moto.kms.utils import RESERVED_ALIASE_TARGET_KEY_IDS

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, after, operation, shows

BLOCK = 524288  # bytes (API ebs:PutSnapshotBlock, DataLength)
TIMEOUT = 60  # minutes (API ebs:StartSnapshot, Timeout)
_PAGE = 1000  # blocks that a list shows where it was not said
_NO_VOLUME = "vol-ffffffff"  # what EC2 shows for a snapshot of no volume


class Blocks:
    """What was written to a snapshot, in a file: disks are larger than memory. The file goes with the last snapshot that has it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="groundswell-simulator-")  # noqa: SIM115 - open for as long as the snapshot is there
        self.checksums: dict[int, bytes] = {}  # by block index

    def put(self, index: int, data: bytes, checksum: bytes) -> None:
        """Write a block, over what was there."""
        self._file.seek(index * BLOCK)
        self._file.write(data)
        self.checksums[index] = checksum

    def get(self, index: int) -> bytes:
        """Read a block that was written."""
        self._file.seek(index * BLOCK)
        return self._file.read(BLOCK)

    def aggregate(self) -> bytes:
        """The checksum of all checksums, in the order of the blocks (LINEAR)."""
        return hashlib.sha256(b"".join(self.checksums[index] for index in sorted(self.checksums))).digest()


@dataclass
class Written:
    """A snapshot that the direct APIs know. `expires` is set while it is being written."""

    size: int  # GiB
    blocks: Blocks = field(default_factory=Blocks)
    expires: datetime | None = None
    timeout: int = TIMEOUT


def written(context: Context, region: str | None = None, account: str | None = None) -> dict[str, Written]:
    """Such snapshots by id: kept beside moto's, so that a reset forgets them."""
    backend = context.backend("ebs", region=region, account=account)
    if not hasattr(backend, "written"):
        backend.written = {}
    return backend.written  # type: ignore[no-any-return]


def of_moto(context: Context, snapshot_id: str) -> Any:
    """moto's snapshot, cancelled if nobody has gone on writing it in time; None where there is none."""
    snapshot = context.backend("ec2").snapshots.get(snapshot_id)
    entry = written(context).get(snapshot_id)
    if snapshot is not None and entry is not None and entry.expires is not None and context.now() > entry.expires:
        snapshot.status = "error"
        entry.expires = None
    return snapshot


def state_of(context: Context, snapshot_id: str) -> str:
    """What DescribeSnapshots says of it at this moment."""
    snapshot = of_moto(context, snapshot_id)
    return str(context.simulator.lifecycles.state(context, "ec2.snapshot", snapshot_id) or snapshot.status)


def managed_key(context: Context, region: str | None = None) -> str:
    """The ARN of the key that AWS manages for EBS."""
    return f"arn:aws:kms:{region or context.region}:{context.account}:key/{RESERVED_ALIASE_TARGET_KEY_IDS['alias/aws/ebs']}"


def add_snapshot(
    context: Context, size: int, key_arn: str | None, description: str, tags: dict[str, str], *, of: str = "", blocks: Blocks | None = None
) -> Any:
    """A snapshot of moto's that belongs to no volume of this region."""
    ec2 = context.backend("ec2")
    snapshot = Snapshot(
        ec2,
        random_snapshot_id(),
        SimpleNamespace(id=of or _NO_VOLUME, size=size, encrypted=key_arn is not None),
        description,
        encrypted=key_arn is not None,
        kms_key_id=key_arn,
        owner_id=context.account,
    )
    ec2.snapshots[snapshot.id] = snapshot
    snapshot.add_tags(tags)
    written(context)[snapshot.id] = Written(size, blocks or Blocks())
    return snapshot


def _prolong(context: Context, entry: Written) -> None:
    """From the last block on, a snapshot waits so long to be completed. Where nothing takes time, nothing runs out."""
    lifecycles = context.simulator.lifecycles
    entry.expires = context.now() + timedelta(seconds=lifecycles.scaled(entry.timeout * 60)) if lifecycles.enabled else None


@operation("ebs", "StartSnapshot")
def start_snapshot(context: Context) -> Parameters:
    """API ebs:StartSnapshot; the same request with the same token is carried out once (UG ebs/ebs-direct-api-idempotency.md)."""
    params = context.params
    if params.get("ParentSnapshotId"):
        raise Unimplemented("snapshots on top of a parent")
    backend = context.backend()
    backend.started = getattr(backend, "started", {})
    token, asked = params.get("ClientToken"), {name: value for name, value in params.items() if name != "ClientToken"}
    if token in backend.started:
        before, response = backend.started[token]
        if before != asked:
            raise Refused("ConflictException", f"The client token {token} was used with other parameters.")
        return dict(response)
    key_arn = params.get("KmsKeyArn") if params.get("Encrypted") else None
    if key_arn is None and (params.get("Encrypted") or context.backend("ec2").ebs_encryption_by_default):
        key_arn = managed_key(context)
    tags = {tag["Key"]: tag.get("Value", "") for tag in params.get("Tags", [])}
    snapshot = add_snapshot(context, params["VolumeSize"], key_arn, params.get("Description", ""), tags)
    snapshot.status = "pending"
    entry = written(context)[snapshot.id]
    entry.timeout = params.get("Timeout", TIMEOUT)
    _prolong(context, entry)
    response = {
        "Description": snapshot.description,
        "SnapshotId": snapshot.id,
        "OwnerId": context.account,
        "Status": "pending",
        "StartTime": context.now(),
        "VolumeSize": params["VolumeSize"],
        "BlockSize": BLOCK,
        "Tags": params.get("Tags", []),
        **({"KmsKeyArn": key_arn} if key_arn else {}),
    }
    if token:
        backend.started[token] = asked, response
    return dict(response)


@operation("ebs", "PutSnapshotBlock")
def put_snapshot_block(context: Context) -> Parameters:
    """API ebs:PutSnapshotBlock. What may be put is in rules/ebs.py."""
    entry = written(context)[context.params["SnapshotId"]]
    entry.blocks.put(context.params["BlockIndex"], context.params["BlockData"], base64.b64decode(context.params["Checksum"]))
    _prolong(context, entry)
    return {"Checksum": context.params["Checksum"], "ChecksumAlgorithm": "SHA256"}


@operation("ebs", "CompleteSnapshot")
@shows("R-EBSD-08")
def complete_snapshot(context: Context) -> Parameters:
    """API ebs:CompleteSnapshot: starts sealing, which takes its time, so the answer is pending."""
    snapshot_id = context.params["SnapshotId"]
    context.backend("ec2").snapshots[snapshot_id].status = "completed"
    written(context)[snapshot_id].expires = None
    context.simulator.lifecycles.begin(context, "ec2.snapshot", snapshot_id)
    return {"Status": "pending"}


def token_of(snapshot_id: str, index: int, checksum: bytes) -> str:
    """What a list shows of a block, and reading the block asks for."""
    return base64.b64encode(hashlib.sha256(f"{snapshot_id}/{index}/".encode() + checksum).digest()).decode()


@operation("ebs", "ListSnapshotBlocks")
def list_snapshot_blocks(context: Context) -> Parameters:
    """API ebs:ListSnapshotBlocks, in numerical order (UG ebs/ebsapi-faq.md)."""
    params, snapshot_id = context.params, context.params["SnapshotId"]
    entry = written(context)[snapshot_id]
    first = int(base64.b64decode(params["NextToken"])) if params.get("NextToken") else params.get("StartingBlockIndex", 0)
    indexes = [index for index in sorted(entry.blocks.checksums) if index >= first]
    shown, rest = indexes[: params.get("MaxResults", _PAGE)], indexes[params.get("MaxResults", _PAGE) :]
    return {
        "Blocks": [{"BlockIndex": index, "BlockToken": token_of(snapshot_id, index, entry.blocks.checksums[index])} for index in shown],
        "ExpiryTime": context.now() + timedelta(days=7),
        "VolumeSize": entry.size,
        "BlockSize": BLOCK,
        **({"NextToken": base64.b64encode(str(rest[0]).encode()).decode()} if rest else {}),
    }


@operation("ebs", "GetSnapshotBlock")
def get_snapshot_block(context: Context) -> Parameters:
    """API ebs:GetSnapshotBlock."""
    entry, index = written(context)[context.params["SnapshotId"]], context.params["BlockIndex"]
    return {
        "DataLength": BLOCK,
        "BlockData": entry.blocks.get(index),
        "Checksum": base64.b64encode(entry.blocks.checksums[index]).decode(),
        "ChecksumAlgorithm": "SHA256",
    }


@operation("ebs", "ListChangedBlocks")
def list_changed_blocks(context: Context) -> Parameters:
    """Nobody here asks what has changed between two snapshots."""
    raise Unimplemented("comparing snapshots")


@after("ec2", "DescribeSnapshots")
def as_they_were_written(context: Context, response: Parameters) -> None:
    """State, key and size of snapshots that were written or copied (API ec2:Snapshot)."""
    for shown in response["Snapshots"]:
        snapshot, entry = of_moto(context, shown["SnapshotId"]), written(context).get(shown["SnapshotId"])
        if entry is None or snapshot is None:
            continue
        shown["State"], shown["Encrypted"] = snapshot.status, snapshot.encrypted
        shown["Progress"] = "100%" if snapshot.status == "completed" else "0%"
        shown["FullSnapshotSizeInBytes"] = len(entry.blocks.checksums) * BLOCK
        if snapshot.kms_key_id:
            shown["KmsKeyId"] = snapshot.kms_key_id
        if snapshot.status == "error":
            shown["StateMessage"] = getattr(snapshot, "why", "The snapshot was cancelled because nothing was written to it in time.")


@after("ec2", "DeleteSnapshot")
def forget_the_blocks(context: Context, response: Parameters) -> None:
    """With a snapshot goes what was written to it."""
    written(context).pop(context.params["SnapshotId"], None)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the EBS direct APIs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.ebs import BLOCK, of_moto, state_of, token_of, written
from simulator.services.kms import key_named

_LARGEST = 65536  # GiB
_PUT, _COMPLETE, _READ = "API ebs:PutSnapshotBlock", "API ebs:CompleteSnapshot", "UG ebs/ebsapi-faq.md"
_WRITING = ["PutSnapshotBlock", "CompleteSnapshot"]
_READING = ["ListSnapshotBlocks", "GetSnapshotBlock"]


def _invalid(reason: str, message: str) -> Refused:
    return Refused("ValidationException", message, Reason=reason)


@rule("R-EBSD-01", service="ebs", operations=["StartSnapshot"], source="API ebs:StartSnapshot")
def size_of_the_volume(context: Context) -> None:
    """A volume has at most 64 TiB."""
    if context.params["VolumeSize"] > _LARGEST:
        raise _invalid("INVALID_VOLUME_SIZE", f"The volume size must be between 1 and {_LARGEST} GiB.")


@rule("R-EBSD-02", service="ebs", operations=["StartSnapshot"], source="API ebs:StartSnapshot", certain=False)
def key_of_the_region(context: Context) -> None:
    """A snapshot's key is given with Encrypted, and is an enabled key of the region."""
    arn = context.params.get("KmsKeyArn")
    if not arn:
        return
    if not context.params.get("Encrypted"):
        raise _invalid("INVALID_PARAMETER_VALUE", "Encrypted must be true where KmsKeyArn is given.")
    key = key_named(context, arn) if arn.split(":")[3] == context.region else None
    if key is None or not key.enabled:
        raise _invalid("INVALID_CUSTOMER_KEY", f"The key {arn} does not exist in {context.region}, is not enabled, or may not be used.")


@rule("R-EBSD-03", service="ebs", operations=[*_WRITING, *_READING], source="API ebs (list of errors)")
def snapshot_is_known(context: Context) -> None:
    """A snapshot exists."""
    snapshot_id = context.params["SnapshotId"]
    if of_moto(context, snapshot_id) is None or snapshot_id not in written(context):
        raise Refused("ResourceNotFoundException", f"The snapshot '{snapshot_id}' does not exist.", Reason="SNAPSHOT_NOT_FOUND")


@rule("R-EBSD-04", service="ebs", operations=_WRITING, source=_PUT)
def only_pending_ones_are_written(context: Context) -> None:
    """Blocks are put into a snapshot, and it is completed, while it is pending; once."""
    snapshot = of_moto(context, context.params["SnapshotId"])
    if snapshot.status != "pending":
        raise _invalid("INVALID_SNAPSHOT_ID", f"The snapshot {snapshot.id} is not in the pending state.")


@rule("R-EBSD-05", service="ebs", operations=["PutSnapshotBlock"], source=_PUT)
def whole_blocks(context: Context) -> None:
    """A block is 524,288 bytes."""
    if context.params["DataLength"] != BLOCK or len(context.params["BlockData"]) != BLOCK:
        raise _invalid("INVALID_BLOCK", f"The data length must be {BLOCK} bytes.")


@rule("R-EBSD-06", service="ebs", operations=["PutSnapshotBlock"], source=_PUT, certain=False)
def within_the_volume(context: Context) -> None:
    """A block's index lies within the volume."""
    last = written(context)[context.params["SnapshotId"]].size * 2048 - 1
    if context.params["BlockIndex"] > last:
        raise _invalid("INVALID_BLOCK", f"The block index {context.params['BlockIndex']} is beyond the volume's last one, {last}.")


@rule("R-EBSD-07", service="ebs", operations=["PutSnapshotBlock"], source=_PUT)
def checksum_of_a_block(context: Context) -> None:
    """A block's checksum is that of its data."""
    if context.params["Checksum"] != base64.b64encode(hashlib.sha256(context.params["BlockData"]).digest()).decode():
        raise _invalid("INVALID_PARAMETER_VALUE", "The checksum does not match the one that was computed for the block data.")


@rule("R-EBSD-09", service="ebs", operations=["CompleteSnapshot"], source=_COMPLETE, certain=False)
def number_of_blocks(context: Context) -> None:
    """ChangedBlocksCount is the number of blocks that were written."""
    count = len(written(context)[context.params["SnapshotId"]].blocks.checksums)
    if context.params["ChangedBlocksCount"] != count:
        raise _invalid("INVALID_PARAMETER_VALUE", f"ChangedBlocksCount is {context.params['ChangedBlocksCount']}, and {count} blocks were written.")


@rule("R-EBSD-10", service="ebs", operations=["CompleteSnapshot"], source="UG ebs/ebsapis-using-checksums.md")
def checksum_of_all(context: Context) -> None:
    """The aggregated checksum is that of the blocks' checksums in their order, and comes with its algorithm and method."""
    params = context.params
    given = [params.get(name) for name in ("Checksum", "ChecksumAlgorithm", "ChecksumAggregationMethod")]
    if any(given) and not all(given):
        raise _invalid("INVALID_PARAMETER_VALUE", "Checksum, ChecksumAlgorithm and ChecksumAggregationMethod go together.")
    if given[0] and given[0] != base64.b64encode(written(context)[params["SnapshotId"]].blocks.aggregate()).decode():
        raise _invalid("INVALID_PARAMETER_VALUE", "The checksum does not match the one that was computed for the blocks written.")


@rule("R-EBSD-11", service="ebs", operations=_READING, source=_READ)
def only_completed_ones_are_read(context: Context) -> None:
    """A snapshot is read when it is completed."""
    if state_of(context, context.params["SnapshotId"]) != "completed":
        raise _invalid("INVALID_SNAPSHOT_ID", f"The snapshot {context.params['SnapshotId']} is not in the completed state.")


@rule("R-EBSD-12", service="ebs", operations=["GetSnapshotBlock"], source="API ebs:GetSnapshotBlock")
def token_of_the_block(context: Context) -> None:
    """A block is read with the token that a list has shown for it."""
    snapshot_id, index = context.params["SnapshotId"], context.params["BlockIndex"]
    checksums: dict[int, Any] = written(context)[snapshot_id].blocks.checksums
    if index not in checksums or context.params["BlockToken"] != token_of(snapshot_id, index, checksums[index]):
        raise _invalid("INVALID_BLOCK_TOKEN", f"The block token is not valid for block {index} of {snapshot_id}.")

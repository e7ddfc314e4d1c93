# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a raw disk into an EBS snapshot through the EBS direct APIs, block by block, and read it back.

Needs no instance. A snapshot that is being written cannot be looked into, so what was written is noted in a file beside the disk: a
run that was killed is gone on with. Without that file everything is written again, which AWS takes as well.
"""

from __future__ import annotations

import base64
import collections.abc
import contextlib
import dataclasses
import hashlib
import json
import os
import threading
import time
import typing as t
from pathlib import Path

from .compare import dict_to_tags, tags_to_dict
from .resource import Item, Problem, Session, owned
from .retries import error_code, lost_answer, pause

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

BLOCK = 524288  # bytes
GIB = 2**30
DISK_TAG = "Disk"  # what was written, so that another run knows its own disk again
EXPIRES_TAG = "Expires"  # from when on what a run has left may be removed
VERIFIED_TAG = "Verified"  # the snapshot was read back and is the disk
_ZEROS = bytes(BLOCK)
_THREADS = 8  # at one time; each holds a block or two, whatever the size of the disk
_ATTEMPTS = 6
# A snapshot just started is not known everywhere for up to two minutes (coldsnap waits as long).
_NOT_YET = (("ResourceNotFoundException", "", 150.0),)
_LONGEST_WAIT = 4320  # minutes, the most that AWS waits for the next block

Told = collections.abc.Callable[[str, int, int], None]


def in_parallel(work: collections.abc.Callable[[int], None], indexes: collections.abc.Iterable[int], threads: int = _THREADS) -> None:
    """`work` for every index, in threads that fetch the next one when they are done. After a failure nothing new is begun."""
    iterator, lock, failures = iter(indexes), threading.Lock(), list[BaseException]()

    def run() -> None:
        while True:
            with lock:
                index = None if failures else next(iterator, None)
            if index is None:
                return
            try:
                work(index)
            except BaseException as error:  # goes up in the caller's thread
                failures.append(error)

    crew = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if failures:
        raise failures[0]


class Disk:
    """A raw disk file: the blocks of it that are not all zeros, and their checksums."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise Problem(f"{path} is no file: the disk has to be built first")
        self._file = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._file).st_size
        if not self.size:
            raise Problem(f"{path} is empty")
        self.checksums: dict[int, bytes] = {}

    def read(self, index: int) -> bytes:
        """A block; the last one is filled up with zeros."""
        data = os.pread(self._file, BLOCK, index * BLOCK)
        return data if len(data) == BLOCK else data.ljust(BLOCK, b"\0")

    def indexes(self) -> collections.abc.Iterator[int]:
        """Blocks that the file system keeps data for: holes of a sparse file are not even read."""
        offset, last = 0, -1
        while offset < self.size:
            try:
                begin = os.lseek(self._file, offset, os.SEEK_DATA)
            except OSError:  # nothing but a hole up to the end
                return
            offset = os.lseek(self._file, begin, os.SEEK_HOLE)
            for index in range(max(begin // BLOCK, last + 1), (offset + BLOCK - 1) // BLOCK):
                last = index
                yield index

    def scan(self) -> None:
        """Find the blocks that have to be sent, and their checksums."""

        def look(index: int) -> None:
            data = self.read(index)
            if data != _ZEROS:
                self.checksums[index] = hashlib.sha256(data).digest()

        in_parallel(look, self.indexes())

    @property
    def identity(self) -> str:
        """Says which blocks with what in them: the same for the same disk."""
        digest = hashlib.sha256(str(self.size).encode())
        for index in sorted(self.checksums):
            digest.update(index.to_bytes(8, "big") + self.checksums[index])
        return digest.hexdigest()

    @property
    def linear(self) -> bytes:
        """AWS's aggregated checksum: of the blocks' checksums in ascending order (LINEAR)."""
        return hashlib.sha256(b"".join(self.checksums[index] for index in sorted(self.checksums))).digest()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


class Notes:
    """Which blocks of which snapshot AWS has acknowledged."""

    def __init__(self, disk: Disk) -> None:
        self._path, self._lock = disk.path.with_name(f"{disk.path.name}.upload"), threading.Lock()

    def of(self, snapshot_id: str) -> set[int]:
        """The blocks of this snapshot that need not be sent again."""
        with contextlib.suppress(OSError, ValueError):
            first, *rest = self._path.read_text(encoding="ascii").split("\n")
            if json.loads(first) == snapshot_id:
                return {int(line) for line in rest[:-1]}  # a last line without its end was not written whole
        return set()

    def begin(self, snapshot_id: str, done: set[int]) -> None:
        """From now on they are about this snapshot."""
        lines = [json.dumps(snapshot_id), *map(str, sorted(done))]
        self._path.write_text("\n".join(lines) + "\n", encoding="ascii")

    def add(self, index: int) -> None:
        """This block is there."""
        with self._lock, self._path.open("a", encoding="ascii") as file:
            file.write(f"{index}\n")

    def forget(self) -> None:
        """The snapshot is complete."""
        self._path.unlink(missing_ok=True)


@dataclasses.dataclass
class Wanted:
    """What is asked of the snapshot."""

    tags: dict[str, str]  # whose it is, and whatever else it shall carry
    description: str
    kms_key_arn: str
    volume_size: int  # GiB
    expires: str
    run_id: str
    ttl_minutes: int
    verify: bool
    timeout: float


class Upload:
    """One disk into one snapshot."""

    def __init__(self, session: Session, disk: Disk, wanted: Wanted, told: Told) -> None:
        self._session, self._disk, self._wanted, self._told = session, disk, wanted, told
        self._ebs, self._ec2 = session.client("ebs", _NOT_YET), session.client("ec2")
        self._notes = Notes(disk)
        self.answer: Item = {"uploaded_blocks": 0, "resumed": False}

    def find(self) -> dict[str, t.Any] | None:
        """A snapshot of ours that is this disk, or is becoming it; a completed one first."""
        ours = {key: value for key, value in self._wanted.tags.items() if key in ("Project", "ManagedBy", "Layer")}
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in {**ours, DISK_TAG: self._disk.identity}.items()]
        pages = self._ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
        found = [one for page in pages for one in page["Snapshots"] if one["State"] in ("completed", "pending") and self._fits(one)]
        return min(found, key=lambda one: (one["State"] != "completed", one["StartTime"]), default=None)

    def _fits(self, snapshot: dict[str, t.Any]) -> bool:
        key = snapshot.get("KmsKeyId", "") if snapshot.get("Encrypted") else ""
        return (
            owned(tags_to_dict(snapshot.get("Tags")), self._wanted.tags)
            and snapshot["VolumeSize"] == self._wanted.volume_size
            and (key == self._wanted.kms_key_arn or (bool(key) and not self._wanted.kms_key_arn))
        )

    def run(self) -> str:
        """The id of a completed snapshot that is the disk."""
        found = self.find()
        made = found is None
        snapshot_id = self._start() if found is None else t.cast(str, found["SnapshotId"])
        certain = self._wanted.verify
        if found is None or found["State"] == "pending":
            self.answer["resumed"] = not made
            certain = self._write(snapshot_id) or certain
            self._await(snapshot_id)
            self._notes.forget()
        elif tags_to_dict(found.get("Tags")).get(VERIFIED_TAG) == "true":
            certain = False  # it was, by the run that wrote it
        if certain:
            self._compare(snapshot_id, made)
        return snapshot_id

    def _start(self) -> str:
        tags = {**self._wanted.tags, DISK_TAG: self._disk.identity, EXPIRES_TAG: self._wanted.expires}
        options: Item = {"Encrypted": True, "KmsKeyArn": self._wanted.kms_key_arn} if self._wanted.kms_key_arn else {}
        if self._wanted.description:
            options["Description"] = self._wanted.description
        token = hashlib.sha256(f"{self._wanted.run_id}/{self._disk.identity}/{self._wanted.kms_key_arn}".encode()).hexdigest()
        answer = self._ebs.start_snapshot(
            VolumeSize=self._wanted.volume_size,
            Tags=dict_to_tags(tags),
            Timeout=min(max(self._wanted.ttl_minutes, 10), _LONGEST_WAIT),
            ClientToken=token,  # the same request, should its answer get lost
            **options,
        )
        if answer["BlockSize"] != BLOCK:
            raise Problem(f"EBS asks for blocks of {answer['BlockSize']} bytes, and this was written for {BLOCK}: nothing was sent")
        return t.cast(str, answer["SnapshotId"])

    def _write(self, snapshot_id: str) -> bool:
        """Send what is missing, and seal it. True where somebody else may have sealed it, so that it has to be read back."""
        done = self._notes.of(snapshot_id) & set(self._disk.checksums)
        self._notes.begin(snapshot_id, done)
        total, missing = len(self._disk.checksums), sorted(set(self._disk.checksums) - done)
        count, lock = len(done), threading.Lock()

        def put(index: int) -> None:
            nonlocal count
            data = self._disk.read(index)
            checksum = hashlib.sha256(data).digest()
            if checksum != self._disk.checksums[index]:
                raise Problem(f"{self._disk.path} changed while it was sent: build it, and only then publish it")
            self._ebs.put_snapshot_block(
                SnapshotId=snapshot_id,
                BlockIndex=index,
                BlockData=data,
                DataLength=BLOCK,
                Checksum=base64.b64encode(checksum).decode(),
                ChecksumAlgorithm="SHA256",
            )
            self._notes.add(index)
            with lock:
                count += 1
                self.answer["uploaded_blocks"] += 1
                self._told("sent", count, total)

        try:
            in_parallel(put, missing)
            return self._seal(snapshot_id)
        except botocore.exceptions.ClientError as error:
            # A run that was killed while it waited had sealed the snapshot already, or another one has meanwhile.
            if self.answer["resumed"] and error_code(error) == "ValidationException":
                return True
            raise

    def _seal(self, snapshot_id: str) -> bool:
        """Complete the snapshot. True where an answer got lost, after which it cannot be told who did it."""
        lost = False
        for attempt in range(_ATTEMPTS):
            try:
                self._ebs.complete_snapshot(
                    SnapshotId=snapshot_id,
                    ChangedBlocksCount=len(self._disk.checksums),
                    Checksum=base64.b64encode(self._disk.linear).decode(),
                    ChecksumAlgorithm="SHA256",
                    ChecksumAggregationMethod="LINEAR",
                )
                return lost
            except Exception as error:
                if lost and error_code(error) == "ValidationException":
                    return True
                if attempt == _ATTEMPTS - 1 or not lost_answer(error):
                    raise
                lost = True
                time.sleep(pause(attempt))
        return True

    def _await(self, snapshot_id: str) -> None:
        started = time.monotonic()
        while True:
            shown = self._ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]
            if shown["State"] == "completed":
                return
            elapsed = time.monotonic() - started
            if shown["State"] == "error":
                raise Problem(f"snapshot {snapshot_id} ended in error: {shown.get('StateMessage', 'AWS says no more')}. Run again to start another")
            if elapsed > self._wanted.timeout:
                raise Problem(f"snapshot {snapshot_id} is not completed after {elapsed:.0f} s. Run again to go on waiting")
            time.sleep(min(15.0, max(0.25, elapsed / 10)))

    def _compare(self, snapshot_id: str, made: bool) -> None:
        """Read it back. What is not the disk and was made in this run is removed: nobody can have taken it into use."""
        tokens: dict[int, str] = {}
        for page in self._ebs_pages(snapshot_id):
            tokens |= {entry["BlockIndex"]: entry["BlockToken"] for entry in page["Blocks"]}
        wrong = sorted(set(tokens) ^ set(self._disk.checksums))
        count, lock = 0, threading.Lock()

        def get(index: int) -> None:
            nonlocal count
            data = self._read(snapshot_id, index, tokens[index])
            with lock:
                count += 1
                if hashlib.sha256(data).digest() != self._disk.checksums[index]:
                    wrong.append(index)
                self._told("read back", count, len(tokens))

        if not wrong:
            in_parallel(get, sorted(tokens))
        if wrong:
            what = "It was removed" if made else "It was there before this run and was left alone: look at it, then remove it"
            if made:
                self._ec2.delete_snapshot(SnapshotId=snapshot_id)
            raise Problem(f"snapshot {snapshot_id} is not {self._disk.path}: {len(wrong)} blocks differ, the first is {min(wrong)}. {what}")
        self.answer["verified"] = True
        self._ec2.create_tags(Resources=[snapshot_id], Tags=dict_to_tags({VERIFIED_TAG: "true"}))

    def _ebs_pages(self, snapshot_id: str) -> collections.abc.Iterator[dict[str, t.Any]]:
        more: dict[str, str] = {}
        while True:
            page = self._ebs.list_snapshot_blocks(SnapshotId=snapshot_id, MaxResults=10000, **more)
            yield page
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _read(self, snapshot_id: str, index: int, token: str) -> bytes:
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._ebs.get_snapshot_block(SnapshotId=snapshot_id, BlockIndex=index, BlockToken=token)
                return t.cast(bytes, answer["BlockData"].read())
            except botocore.exceptions.HTTPClientError:  # the answer broke off while it was read
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(pause(attempt))
        raise AssertionError("not reached")

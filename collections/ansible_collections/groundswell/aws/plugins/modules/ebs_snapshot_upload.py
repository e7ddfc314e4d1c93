#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a raw disk into an EBS snapshot"""

DOCUMENTATION = r"""
module: ebs_snapshot_upload
short_description: Put a raw disk into an EBS snapshot
version_added: 0.1.0
description:
  - Writes a disk file into a snapshot through the EBS direct APIs, without an instance. Holes and blocks of zeros are not sent, every
    block and the whole carry checksums, and the snapshot is read back and compared.
  - A snapshot of ours that is this very disk is taken as it is. One that a killed run has left half written is gone on with; what was
    sent is noted in a file beside the disk, C(<path>.upload), which goes when the snapshot is complete.
  - Nothing is removed on a failure, but for a snapshot that this run has made and that turned out not to be the disk.
options:
  path:
    description: The disk, a raw image on the machine where the module runs.
    type: path
    required: true
  tags:
    description: Tags of the snapshot. C(Project), C(ManagedBy) and C(Layer) say whose it is.
    type: dict
    required: true
  layer:
    description: The layer that it belongs to. Becomes the tag C(Layer).
    type: str
    required: true
  description:
    description: Description of the snapshot.
    type: str
    default: ""
  kms_key_arn:
    description:
      - ARN of the key that it is encrypted with, in the same region.
      - Without, the account decides (encryption by default).
    type: str
    default: ""
  volume_size:
    description: Size of volumes made of it, in GiB. The least that the disk fits in if not given.
    type: int
  verify:
    description: Whether to read the snapshot back and compare it with the disk.
    type: bool
    default: true
  run_id:
    description: Name of this run. What a run leaves behind is told by it.
    type: str
    required: true
  ttl_hours:
    description: Hours after which what a killed run has left may be removed. AWS cancels the snapshot itself after so long, but 72 hours, without a block.
    type: int
    default: 24
  wait_timeout:
    description: Seconds to wait at most for AWS to seal the snapshot.
    type: int
    default: 3600
  progress_file:
    description: File that is told how far it has got. The action plugin of this module sets it, and shows what it says.
    type: path
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reads the disk, looks for the snapshot, sends nothing.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Put the disk into a snapshot
  groundswell.aws.ebs_snapshot_upload:
    path: build/images/acme-web-arm64/disk.raw
    tags: {Project: acme, ManagedBy: groundswell, Digest: 0f3a}
    layer: images
    kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    run_id: 20261121-062812-7f3a
"""

RETURN = r"""
snapshot_id:
  description: The snapshot. A well-formed placeholder in check mode where there is none yet.
  returned: always
  type: str
disk:
  description: Hash of which blocks the disk has, and what is in them. Also the tag C(Disk) of the snapshot.
  returned: always
  type: str
blocks:
  description: Blocks of 512 KiB that are not all zeros.
  returned: always
  type: int
size_bytes:
  description: Bytes in these blocks.
  returned: always
  type: int
volume_size:
  description: Size of the volume in GiB.
  returned: always
  type: int
uploaded_blocks:
  description: Blocks that this run has sent.
  returned: always
  type: int
resumed:
  description: Whether a snapshot that an earlier run had begun was gone on with.
  returned: always
  type: bool
verified:
  description: Whether the snapshot was read back and compared in this run.
  returned: always
  type: bool
seconds:
  description: What it took.
  returned: always
  type: float
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

import datetime
import json
import time
import typing as t
from pathlib import Path

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.ebs import BLOCK, GIB, Disk, Upload, Wanted
from ansible_collections.groundswell.aws.plugins.module_utils.resource import PLACEHOLDER_ID, Item, Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

_TOLD_EVERY = 1.0  # seconds


class Progress:
    """How far it has got, for whoever reads the file."""

    def __init__(self, path: str | None) -> None:
        self._path, self._told = Path(path) if path else None, 0.0

    def __call__(self, what: str, count: int, total: int) -> None:
        now = time.monotonic()
        if self._path is not None and (now - self._told >= _TOLD_EVERY or count == total):
            self._told = now
            whole = self._path.with_name(f"{self._path.name}.new")
            whole.write_text(json.dumps({"what": what, "count": count, "total": total, "unit_bytes": BLOCK}), encoding="ascii")
            whole.replace(self._path)


def work(session: Session, options: Item) -> Item:
    """The whole of it."""
    began = time.monotonic()
    disk = Disk(options["path"])
    try:
        disk.scan()
        least = -(-disk.size // GIB)
        size = options["volume_size"] or least
        if size < least:
            raise Problem(f"volume_size is {size} GiB, and {options['path']} needs {least}: choose a larger volume, or build a smaller disk")
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=options["ttl_hours"])
        wanted = Wanted(
            tags={**{key: str(value) for key, value in options["tags"].items()}, "Layer": options["layer"]},
            description=options["description"],
            kms_key_arn=options["kms_key_arn"],
            volume_size=size,
            expires=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            run_id=options["run_id"],
            ttl_minutes=options["ttl_hours"] * 60,
            verify=options["verify"],
            timeout=options["wait_timeout"],
        )
        upload = Upload(session, disk, wanted, Progress(options["progress_file"]))
        found = upload.find()
        there = found is not None and found["State"] == "completed"
        if session.check_mode:
            snapshot_id = found["SnapshotId"] if found else f"snap-{PLACEHOLDER_ID}"
        else:
            snapshot_id = upload.run()
    finally:
        disk.close()
    name = wanted.tags.get("Name") or str(disk.path)
    changes: list[dict[str, t.Any]] = [] if there else [{"kind": "ebs_snapshots", "name": name, "action": "create", "options": []}]
    return {
        "changed": not there,
        "snapshot_id": snapshot_id,
        "disk": disk.identity,
        "blocks": len(disk.checksums),
        "size_bytes": len(disk.checksums) * BLOCK,
        "volume_size": size,
        "verified": False,
        **upload.answer,
        "seconds": round(time.monotonic() - began, 1),
        "changes": changes,
    }


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: work(Session(module), module.params))


if __name__ == "__main__":
    main()

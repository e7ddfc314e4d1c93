# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery points of databases in a vault of AWS Backup: which there are, and of when their data are."""

from __future__ import annotations

import datetime
import typing as t

from .resource import Item, Problem, Session
from .retries import tolerated
from .times import utc

# AWS calls one that is whole by either name (API backup:DescribeRecoveryPoint, Status).
_WHOLE = ("COMPLETED", "AVAILABLE")


def snapshot_name(recovery_point: str) -> str:
    """What RDS calls the snapshot that a recovery point is: C(awsbackup:job-...) of arn:aws:rds:...:snapshot:awsbackup:job-..."""
    return recovery_point.partition(":snapshot:")[2]


def find_snapshot(session: Session, recovery_point: str) -> Item:
    """The snapshot that a recovery point is, or nothing."""
    found: list[Item] = []
    if recovery_point.startswith(f"arn:{session.partition}:rds:{session.region}:") and snapshot_name(recovery_point):
        with tolerated("DBSnapshotNotFound", "DBSnapshotNotFoundFault"):
            name = snapshot_name(recovery_point)
            found = session.client("rds").describe_db_snapshots(DBSnapshotIdentifier=name, SnapshotType="awsbackup")["DBSnapshots"]
    return found[0] if found else {}


def _shown(session: Session, point: Item) -> Item:
    """A recovery point, with the time of its data. A copy is younger than those: the snapshot knows (API rds:DBSnapshot)."""
    snapshot = find_snapshot(session, point["RecoveryPointArn"])
    taken = snapshot.get("SnapshotDatabaseTime") or snapshot.get("OriginalSnapshotCreateTime") or point["CreationDate"]
    return {
        "arn": point["RecoveryPointArn"],
        "source_arn": point["ResourceArn"],
        "kms_key_arn": snapshot.get("KmsKeyId", ""),
        "available": snapshot.get("Status") == "available",
        "taken": utc(taken),
        "age_seconds": max(0, int((datetime.datetime.now(datetime.UTC) - taken).total_seconds())),
    }


def find_recovery_point(session: Session, vault: str, wanted: str, source_arn: str) -> Item:
    """The recovery point of this ARN in the vault, or the newest whole one of a database if it is `latest`; nothing where there is none."""
    if wanted != "latest" and not wanted.startswith("arn:"):
        raise Problem(f"a recovery point is named by its ARN, or is the latest one: {wanted!r} is neither")
    narrow = {"ByResourceArn": source_arn} if wanted == "latest" else {}
    pages = session.client("backup").get_paginator("list_recovery_points_by_backup_vault")
    points: list[Item] = []
    with tolerated("ResourceNotFoundException"):
        found = pages.paginate(BackupVaultName=vault, ByResourceType="RDS", **narrow).search("RecoveryPoints[]")
        points = [one for one in t.cast("t.Iterable[Item]", found) if one and one.get("Status") in _WHOLE and wanted in ("latest", one["RecoveryPointArn"])]
    newest = sorted(points, key=lambda one: one["CreationDate"], reverse=True)
    return _shown(session, newest[0]) if newest else {}

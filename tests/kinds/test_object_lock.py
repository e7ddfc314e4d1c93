# SPDX-License-Identifier: GPL-3.0-or-later
"""A bucket whose versions are locked: who may not delete them, and what a removal of the bucket says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.s3 import Buckets
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from botocore.exceptions import ClientError
from simulated import Simulated

NAME = "acme-dev-records"
BUCKET: dict[str, Any] = {"name": NAME, "versioning": True, "object_lock_days": 30}


def refused(call: Callable[..., Any], code: str = "AccessDenied", **params: Any) -> None:
    with pytest.raises(ClientError) as raised:
        call(Bucket=NAME, Key="record", **params)
    assert raised.value.response["Error"]["Code"] == code


def in_days(days: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


@pytest.fixture
def s3(simulator: Simulated) -> Any:
    return simulator.client("s3")


def written(s3: Any, **lock: Any) -> str:
    """The version of a record."""
    return str(s3.put_object(Bucket=NAME, Key="record", Body=b"what was seen", **lock)["VersionId"])


def test_what_a_lock_keeps(keep: Any, s3: Any) -> None:
    """Deleted is hidden, overwritten is a version more, and the version itself stays: for whoever may not bypass governance."""
    keep(Buckets, [BUCKET])
    assert keep(Buckets, [BUCKET]).changes == []
    version = written(s3)
    held = s3.get_object_retention(Bucket=NAME, Key="record", VersionId=version)["Retention"]
    assert held["Mode"] == "GOVERNANCE"
    assert in_days(29) < held["RetainUntilDate"] <= in_days(30)
    refused(s3.delete_object, VersionId=version)
    written(s3)
    s3.delete_object(Bucket=NAME, Key="record")
    assert s3.get_object(Bucket=NAME, Key="record", VersionId=version)["Body"].read() == b"what was seen"
    for days in (1, -1):
        refused(s3.put_object_retention, VersionId=version, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_days(days)})
    s3.put_object_retention(Bucket=NAME, Key="record", VersionId=version, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_days(60)})
    refused(s3.delete_object, VersionId=version)
    with pytest.raises(ClientError, match="InvalidBucketState"):
        s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_object(Bucket=NAME, Key="record", VersionId=version, BypassGovernanceRetention=True)
    refused(s3.get_object, "NoSuchVersion", VersionId=version)


def test_what_nobody_bypasses(keep: Any, s3: Any) -> None:
    keep(Buckets, [BUCKET])
    version = written(s3, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=in_days(10))
    bypass = {"VersionId": version, "BypassGovernanceRetention": True}
    refused(s3.delete_object, **bypass)
    refused(s3.put_object_retention, **bypass, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": in_days(5)})
    refused(s3.put_object_retention, **bypass, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_days(20)})
    s3.put_object_retention(Bucket=NAME, Key="record", VersionId=version, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": in_days(11)})
    refused(s3.put_object, "InvalidArgument", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=in_days(-1))


def test_a_legal_hold(keep: Any, s3: Any) -> None:
    """Beside any time, until somebody takes it off."""
    keep(Buckets, [BUCKET])
    version = written(s3, ObjectLockLegalHoldStatus="ON")
    refused(s3.delete_object, VersionId=version, BypassGovernanceRetention=True)
    with pytest.raises(Problem, match="record for one: a legal hold is on it"):
        keep(Buckets, [], remove=(NAME,), data=True)
    s3.put_object_legal_hold(Bucket=NAME, Key="record", VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket=NAME, Key="record", VersionId=version, BypassGovernanceRetention=True)
    keep(Buckets, [], remove=(NAME,), data=True)
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize(("mode", "words"), [("GOVERNANCE", "whoever may bypass governance removes it before"), ("COMPLIANCE", "nobody can before")])
def test_what_a_removal_says(keep: Any, s3: Any, mode: str, words: str) -> None:
    """With the consent for data too: a lock is stronger than that."""
    keep(Buckets, [BUCKET])
    version = written(s3, ObjectLockMode=mode, ObjectLockRetainUntilDate=in_days(10))
    with pytest.raises(Problem, match=rf"record for one: it is locked until {in_days(10):%Y-%m-%d} ..:.. UTC in {mode.lower()} mode.*{words}"):
        keep(Buckets, [], remove=(NAME,), data=True)
    assert s3.head_object(Bucket=NAME, Key="record", VersionId=version)["ObjectLockMode"] == mode


def test_a_bucket_that_has_records_already(keep: Any, s3: Any) -> None:
    """It is locked from then on; what was in it before is not."""
    keep(Buckets, [{"name": NAME, "versioning": True}])
    before = written(s3)
    keep(Buckets, [BUCKET])
    refused(s3.delete_object, VersionId=written(s3))
    s3.delete_object(Bucket=NAME, Key="record", VersionId=before)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects come back to what they were at a time: those that are gone, those that are different, and no others."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.object_versions import restore
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module

BUCKET = "acme-dev-uploads"


@pytest.fixture
def s3(simulator: Any) -> Any:
    client = simulator.client("s3", REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


def run(simulator: Any, at: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    defaults = {"bucket": BUCKET, "prefix": "", "most": 100, "retrieval_tier": "Standard", "retrieval_days": 3}
    return restore(Session(module), {**defaults, "at": at, **options})


def moment() -> str:
    """Now, between two seconds: S3 keeps no fractions."""
    time.sleep(1.1)
    at = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    return at


def content(s3: Any, key: str) -> str:
    return str(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def test_back_to_a_time(simulator: Any, s3: Any) -> None:
    for key in ("media/kept", "media/changed", "media/deleted", "media/written-and-deleted", "other/changed"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"before", Metadata={"kind": "picture"})
    s3.put_object(Bucket=BUCKET, Key="media/gone-before", Body=b"before")
    s3.delete_object(Bucket=BUCKET, Key="media/gone-before")
    at = moment()
    for key in ("media/changed", "media/written-and-deleted", "media/new", "other/changed"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"broken")
    for key in ("media/deleted", "media/written-and-deleted"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    versions = len(s3.list_object_versions(Bucket=BUCKET)["Versions"])

    look = run(simulator, at, check_mode=True, prefix="media/")
    assert (look["restored"], look["bytes"], look["unchanged"], look["later"], look["retrieving"]) == (3, 18, 1, 1, 0)
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == versions
    done = run(simulator, at, prefix="media/")
    assert {key: value for key, value in done.items() if key != "changes"} == {key: value for key, value in look.items() if key != "changes"}
    assert {change["name"]: change["options"] for change in done["changes"]} == {
        "media/changed": ["changed"], "media/deleted": ["gone"], "media/written-and-deleted": ["gone"],
    }  # fmt: skip
    assert {key: content(s3, key) for key in ("media/changed", "media/deleted", "media/written-and-deleted", "media/new", "other/changed")} == {
        "media/changed": "before", "media/deleted": "before", "media/written-and-deleted": "before", "media/new": "broken", "other/changed": "broken",
    }  # fmt: skip
    assert s3.head_object(Bucket=BUCKET, Key="media/changed")["Metadata"] == {"kind": "picture"}
    # Nothing was removed, and there is nothing left to do.
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == versions + 3
    again = run(simulator, at, prefix="media/")
    assert (again["changed"], again["restored"], again["unchanged"]) == (False, 0, 4)


def test_what_lies_in_an_archive_comes_later(start_simulator: Any) -> None:
    """Asked for at once, brought back by a later run; the others do not wait for it."""
    simulator = start_simulator("--latency", "aws", "--time-scale", "7200")
    s3 = simulator.client("s3", REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key, storage in (("old", "GLACIER"), ("oldest", "DEEP_ARCHIVE"), ("young", "STANDARD_IA")):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"before", StorageClass=storage)
    at = moment()
    for key in ("old", "oldest", "young"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    with pytest.raises(Problem, match="DEEP_ARCHIVE cannot be retrieved by the tier Expedited; there are Standard, Bulk"):
        run(simulator, at, retrieval_tier="Expedited")
    first = run(simulator, at)
    assert (first["restored"], first["retrieving"], first["hours"]) == (1, 2, 12)
    assert s3.head_object(Bucket=BUCKET, Key="young")["StorageClass"] == "STANDARD_IA"
    assert run(simulator, at)["retrieving"] == 2
    for _ in range(30):
        last = run(simulator, at)
        if not last["retrieving"]:
            break
        time.sleep(1)
    assert last["retrieving"] == 0
    assert content(s3, "oldest") == content(s3, "old") == "before"
    assert run(simulator, at)["changed"] is False


@pytest.mark.parametrize(
    ("at", "said"),
    [("yesterday", "'yesterday' is no time with a zone"), ("2026-05-04T03:02:00", "is no time with a zone"), ("2099-01-01T00:00:00Z", "is still to come")],
)
def test_no_time(simulator: Any, s3: Any, at: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        run(simulator, at)


def test_too_many_or_nothing_to_go_back_to(simulator: Any, s3: Any) -> None:
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=f"{number}", Body=b"before")
    at = moment()
    for number in range(3):
        s3.delete_object(Bucket=BUCKET, Key=f"{number}")
    with pytest.raises(Problem, match="3 objects would be restored, more than the 2 that are allowed"):
        run(simulator, at, most=2)
    s3.create_bucket(Bucket="acme-dev-plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(Problem, match="keeps no versions"):
        run(simulator, at, bucket="acme-dev-plain")

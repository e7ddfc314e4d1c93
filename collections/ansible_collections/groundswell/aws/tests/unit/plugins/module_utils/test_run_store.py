# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock, in the moments that a test with real runs does not meet."""

from __future__ import annotations

import datetime
import io
import json
import typing as t

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.run_store import LOCK, Lost, Store, Taken
from botocore.exceptions import ClientError

NOW = datetime.datetime(2026, 5, 4, 3, 2, tzinfo=datetime.UTC)


def lock(run: str, seconds: int = 900) -> dict[str, t.Any]:
    return {"run": run, "seconds": seconds}


class Bucket:
    """One object as S3 keeps it, with ETags that count.

    :param lost: how many answers to writes get lost, after which the client sends them again.
    :param conflicts: how many writes meet another one.
    """

    def __init__(self, lost: int = 0, conflicts: int = 0) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.lost, self.conflicts, self.count = lost, conflicts, 0
        self.between: t.Callable[[], None] = lambda: None

    def put_object(self, Key: str, Body: bytes, IfMatch: str = "", IfNoneMatch: str = "", **_: t.Any) -> dict[str, str]:
        if self.conflicts:
            self.conflicts -= 1
            raise refusal("ConditionalRequestConflict", 409)
        there = self.objects.get(Key)
        if IfMatch and not there:
            raise refusal("NoSuchKey", 404)
        if (IfNoneMatch and there) or (IfMatch and there and there[0] != IfMatch):
            raise refusal("PreconditionFailed", 412)
        self.count += 1
        self.objects[Key] = (str(self.count), Body)
        if self.lost:
            self.lost -= 1
            return self.put_object(Key, Body, IfMatch, IfNoneMatch)
        return {"ETag": str(self.count)}

    def get_object(self, Key: str, **_: t.Any) -> dict[str, t.Any]:
        if Key not in self.objects:
            raise refusal("NoSuchKey", 404)
        etag, body = self.objects[Key]
        self.between()
        headers = {"date": "Mon, 04 May 2026 03:02:00 GMT"}
        return {"Body": io.BytesIO(body), "ETag": etag, "LastModified": NOW - datetime.timedelta(seconds=60), "ResponseMetadata": {"HTTPHeaders": headers}}

    def delete_object(self, Key: str, IfMatch: str, **_: t.Any) -> None:
        if Key not in self.objects:
            raise refusal("NoSuchKey", 404)
        if self.objects[Key][0] != IfMatch:
            raise refusal("PreconditionFailed", 412)
        del self.objects[Key]


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[arg-type]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def store(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr("time.sleep", lambda _: None)
    return Store(bucket, "runs", "123456789012")


def test_one_of_two_has_it(store: Store) -> None:
    """And the other is told who."""
    store.take(lock("a"))
    with pytest.raises(Taken) as taken:
        store.take(lock("b"))
    assert taken.value.holder.lock["run"] == "a"


def test_a_lost_answer_is_no_refusal(store: Store, bucket: Bucket) -> None:
    """What was written and not heard of is found to be ours: taking, renewing, releasing."""
    bucket.lost = 1
    etag, previous = store.take(lock("a"))
    assert previous is None
    bucket.lost = 1
    etag = store.renew(lock("a"), etag)
    assert etag == bucket.objects[LOCK][0]
    store.release(lock("a"), etag)
    store.release(lock("a"), etag)
    assert bucket.objects == {}


def test_a_write_at_the_same_moment(store: Store, bucket: Bucket) -> None:
    """S3 says to try again, which is what is done."""
    bucket.conflicts = 2
    assert store.take(lock("a"))[0]


@pytest.mark.parametrize(("seconds", "consent"), [(30, ""), (900, "a")])
def test_takeover(store: Store, seconds: int, consent: str) -> None:
    """Of what has expired by S3's clock, or by a consent that names the run."""
    store.take(lock("a", seconds))
    etag, previous = store.take(lock("b"), consent)
    assert previous is not None and previous.lock["run"] == "a"
    with pytest.raises(Lost, match="run b"):
        store.renew(lock("a"), "1")
    store.release(lock("a"), "1")
    holder = store.look()
    assert holder is not None and (holder.lock["run"], holder.etag) == ("b", etag)


def test_of_two_that_take_over_one_does(store: Store, bucket: Bucket) -> None:
    """Both have seen that it has expired; somebody was faster."""
    store.take(lock("a", 30))

    def faster() -> None:
        bucket.between = lambda: None
        bucket.put_object(LOCK, json.dumps(lock("c")).encode())

    bucket.between = faster
    with pytest.raises(Taken) as taken:
        store.take(lock("b"))
    assert taken.value.holder.lock["run"] == "c"


def test_a_lock_that_was_removed_is_lost(store: Store, bucket: Bucket) -> None:
    """Whoever removed it."""
    etag, _ = store.take(lock("a"))
    del bucket.objects[LOCK]
    with pytest.raises(Lost, match="nobody"):
        store.renew(lock("a"), etag)


def test_a_record_is_written_once(store: Store, bucket: Bucket) -> None:
    """The first one stays."""
    store.write({"run": "a", "result": "changed"})
    store.write({"run": "a", "result": "unchanged"})
    assert json.loads(bucket.objects["runs/a.json"][1])["result"] == "changed"

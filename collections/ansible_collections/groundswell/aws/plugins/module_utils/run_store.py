# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an environment and the records of its runs, as objects in S3.

Imported by modules, and handed to a Python as a script by the keeper of a run (plugin_utils/run_keeper.py), which has no Ansible around it: nothing of
Ansible and nothing of this collection is imported here.
"""

from __future__ import annotations

import datetime
import email.utils
import json
import time
import typing as t

try:
    import boto3
    import botocore.config
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

Item = dict[str, t.Any]

LOCK = "lock.json"
RECORDS = "runs/"
# A person is waiting for the first answer, and a region that is lost gives none.
PATIENCE = {"connect_timeout": 5, "read_timeout": 15, "retries": {"total_max_attempts": 5, "mode": "standard"}}
_CONFLICTS = 5  # how often a write that met another one at the same moment is tried
_ABSENT = ("NoSuchKey", "404")


class Holder(t.NamedTuple):
    """Who has the lock.

    :param lock: what it says of itself: run, playbook, who, host, since, doing, seconds.
    :param etag: of this state of it.
    :param age: seconds since it was written or renewed last, by S3's own clock.
    """

    lock: Item
    etag: str
    age: float

    @property
    def expired(self) -> bool:
        """Whether nobody has renewed it in time."""
        return self.age > float(self.lock.get("seconds", 0))

    def __str__(self) -> str:
        lock = self.lock
        doing = f", at {lock['doing']}" if lock.get("doing") else ""
        return f"run {lock.get('run')} ({lock.get('playbook')}{doing}) of {lock.get('who')}, on {lock.get('host')}, since {lock.get('since')}"


class Taken(Exception):
    """Somebody else has the lock."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(str(holder))
        self.holder = holder


class Lost(Exception):
    """The lock was ours and is not any more. The text says who has it."""


def code_of(error: BaseException) -> str:
    """The code of a refusal, else an empty string."""
    return str((getattr(error, "response", None) or {}).get("Error", {}).get("Code", ""))


def unreachable(error: BaseException) -> bool:
    """Whether nobody answers, or what answers is broken."""
    if isinstance(error, botocore.exceptions.ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
    return isinstance(error, botocore.exceptions.HTTPClientError | botocore.exceptions.ConnectionError)


class Store:
    """The bucket of one environment.

    :param place: its name, and the account that it has to be of. A bucket of that name which belongs to somebody else is refused.
    """

    def __init__(self, s3: t.Any, bucket: str, account: str) -> None:
        self.s3 = s3
        self.place = {"Bucket": bucket, "ExpectedBucketOwner": account}

    # The lock -------------------------------------------------------------------------------------------------------------

    def look(self) -> Holder | None:
        """Who has the lock."""
        try:
            answer = self.s3.get_object(**self.place, Key=LOCK)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise
        said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = email.utils.parsedate_to_datetime(said) if said else datetime.datetime.now(datetime.UTC)
        return Holder(json.loads(answer["Body"].read()), answer["ETag"], (now - answer["LastModified"]).total_seconds())

    def take(self, lock: Item, consent: str = "") -> tuple[str, Holder | None]:
        """The ETag of our lock, and whose it was that had expired or was given up by a consent that names its run.

        :raises Taken: where somebody else has it.
        """
        for _ in range(_CONFLICTS):
            etag = self._put(LOCK, lock, IfNoneMatch="*")
            if etag:
                return etag, None
            holder = self.look()
            if holder is None:
                continue  # released in between
            if holder.lock.get("run") == lock["run"]:
                return holder.etag, None  # the answer to the first try got lost
            if not holder.expired and holder.lock.get("run") != consent:
                raise Taken(holder)
            # Only one of several who see this can replace the state that they have seen.
            etag = self._put(LOCK, lock, IfMatch=holder.etag)
            if etag:
                return etag, holder
        raise Taken(holder) if holder else TimeoutError("the lock changes hands faster than it can be taken: try again")

    def renew(self, lock: Item, etag: str) -> str:
        """The ETag of the next state of our lock.

        :raises Lost: where somebody has taken it over, or removed it.
        """
        renewed = self._put(LOCK, lock, IfMatch=etag)
        if renewed:
            return renewed
        holder = self.look()
        if holder is not None and holder.lock.get("run") == lock["run"]:
            return holder.etag  # as above
        raise Lost(str(holder) if holder else "nobody")

    def release(self, lock: Item, etag: str) -> None:
        """Remove our lock, and nobody else's."""
        for _ in range(_CONFLICTS):
            try:
                self.s3.delete_object(**self.place, Key=LOCK, IfMatch=etag)
                return
            except botocore.exceptions.ClientError as error:
                code = code_of(error)
                if code in _ABSENT:
                    return
                if code not in ("PreconditionFailed", "ConditionalRequestConflict"):
                    raise
            holder = self.look()
            if holder is None or holder.lock.get("run") != lock["run"]:
                return
            etag = holder.etag

    # Records --------------------------------------------------------------------------------------------------------------

    def write(self, record: Item) -> str:
        """Write a record, once. Its key."""
        key = f"{RECORDS}{record['run']}.json"
        # Where it is there already, an answer got lost: a run has one record, and nobody else has its name.
        self._put(key, record, IfNoneMatch="*")
        return key

    def read(self, run: str) -> Item | None:
        """The record of a run."""
        try:
            return t.cast(Item, json.loads(self.s3.get_object(**self.place, Key=f"{RECORDS}{run}.json")["Body"].read()))
        except botocore.exceptions.ClientError as error:
            if code_of(error) in _ABSENT:
                return None
            raise

    def runs(self, since: str = "") -> list[str]:
        """The runs that have a record, the newest first.

        :param since: a date or time as runs begin with, 20260504T0302.
        """
        pages = self.s3.get_paginator("list_objects_v2").paginate(**self.place, Prefix=RECORDS, StartAfter=f"{RECORDS}{since}")
        return sorted((one["Key"][len(RECORDS) :].removesuffix(".json") for page in pages for one in page.get("Contents", [])), reverse=True)

    def _put(self, key: str, content: Item, **condition: str) -> str:
        """The ETag; empty where the condition does not hold."""
        body = json.dumps(content, indent=1, default=str).encode()
        for attempt in range(_CONFLICTS):
            try:
                return str(self.s3.put_object(**self.place, Key=key, Body=body, ContentType="application/json", **condition)["ETag"])
            except botocore.exceptions.ClientError as error:
                code = code_of(error)
                if code == "PreconditionFailed" or ("IfMatch" in condition and code in _ABSENT):
                    return ""
                # Another write was under way (UG s3/conditional-writes).
                if code != "ConditionalRequestConflict" or attempt == _CONFLICTS - 1:
                    raise
            time.sleep(0.2 * 2**attempt)
        return ""


# What the keeper asks for ----------------------------------------------------------------------------------------------------


def store_of(place: Item) -> Store:
    """From what a module has returned: bucket, account, region, profile, endpoint."""
    session = boto3.session.Session(profile_name=place.get("profile") or None)
    options = {"region_name": place["region"], "endpoint_url": place.get("endpoint") or None, "config": botocore.config.Config(**PATIENCE)}
    return Store(session.client("s3", **options), place["bucket"], place["account"])


def main(request: Item) -> None:
    """Renew the lock, or write the record and release it; the answer goes to standard output."""
    answer: Item = {}
    try:
        store = store_of(request["place"])
        if "record" not in request:
            answer["etag"] = store.renew(request["lock"], request["etag"])
        else:
            try:
                record = {**request["record"], "versions": {**request["record"].get("versions", {}), "boto3": boto3.__version__}}
                answer["recorded"] = store.write(record)
            finally:
                if request["etag"]:
                    store.release(request["lock"], request["etag"])
    except Lost as lost:
        answer["lost"] = str(lost)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        answer["problem"] = str(error)
        answer["gone"] = code_of(error) == "NoSuchBucket"
    print(json.dumps(answer))

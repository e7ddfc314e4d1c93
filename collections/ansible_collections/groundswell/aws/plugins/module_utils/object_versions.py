# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a versioned bucket as they were at a time, and what brings them back."""

from __future__ import annotations

import datetime
import itertools
import operator
import typing as t

from .resource import Item, Problem, Session
from .times import parse_time

try:
    import botocore.exceptions
    from boto3.s3.transfer import TransferConfig
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

# Classes that nothing can be read from before it has been retrieved, and the hours that takes at most, by tier
# (UG s3/restoring-objects-retrieval-options).
RETRIEVAL_HOURS: dict[str, dict[str, float]] = {
    "GLACIER": {"Expedited": 0.1, "Standard": 5, "Bulk": 12},
    "DEEP_ARCHIVE": {"Standard": 12, "Bulk": 48},
}
_SHOWN = 10  # objects that a message names


def as_of(session: Session, bucket: str, prefix: str, at: datetime.datetime) -> tuple[list[Item], Item]:
    """What was there at a time and is gone or different now, as {"key", "version", "size", "class", "now"} with `now` "gone" or "changed", and how many
    objects are `unchanged` or have come `later`.

    S3 lists versions by key, the newest first, and delete markers beside them; times are whole seconds.
    """
    s3 = session.client("s3")
    counts, found = {"unchanged": 0, "later": 0}, []
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)

    def entries() -> t.Iterator[Item]:
        for page in pages:
            here = page.get("Versions", []) + [{**marker, "gone": True} for marker in page.get("DeleteMarkers", [])]
            yield from sorted(here, key=operator.itemgetter("Key"))

    for key, some in itertools.groupby(entries(), key=operator.itemgetter("Key")):
        versions = sorted(some, key=lambda one: (one["IsLatest"], one["LastModified"]), reverse=True)
        then = next((one for one in versions if one["LastModified"] <= at), None)
        current = versions[0]
        if then is None or then.get("gone"):
            counts["later"] += not current.get("gone")
        elif then["IsLatest"] or _same(s3, bucket, then, current):
            counts["unchanged"] += 1
        else:
            now = "gone" if current.get("gone") else "changed"
            found.append({"key": key, "version": then["VersionId"], "size": then["Size"], "class": then.get("StorageClass", "STANDARD"), "now": now})
    return found, counts


def _same(s3: t.Any, bucket: str, then: Item, current: Item) -> bool:
    """Whether two versions have the same content. ETags of what KMS encrypts differ even then: checksums, which S3 keeps of each object, do not."""
    if current.get("gone") or then["Size"] != current["Size"]:
        return False
    if then["ETag"] == current["ETag"]:
        return True
    sums = []
    for one in (then, current):
        head = s3.head_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"], ChecksumMode="ENABLED")
        sums.append({name: value for name, value in head.items() if name.startswith("Checksum") and name != "ChecksumType"})
    return any(sums[1].get(name) == value for name, value in sums[0].items())


class Restorer:
    """Brings versions back, each as a new one on top: nothing is removed, and what replicates the bucket replicates them too."""

    def __init__(self, session: Session, bucket: str, tier: str, days: int) -> None:
        self.session, self.bucket, self.tier, self.days = session, bucket, tier, days
        self.s3 = session.client("s3")

    def refuse(self, wanted: list[Item]) -> None:
        """What no retrieval of this tier can read."""
        slow = sorted({one["class"] for one in wanted if self.tier not in RETRIEVAL_HOURS.get(one["class"], {self.tier: 0})})
        if slow:
            raise Problem(
                f"objects of the class {', '.join(slow)} cannot be retrieved by the tier {self.tier}; there are {', '.join(RETRIEVAL_HOURS[slow[0]])}"
            )

    def bring_back(self, one: Item) -> str:
        """`restored`, or `retrieving` where it has to be waited for. Refusals of AWS go up."""
        if one["class"] in RETRIEVAL_HOURS:
            where = {"Bucket": self.bucket, "Key": one["key"], "VersionId": one["version"]}
            state = self.s3.head_object(**where).get("Restore", "")
            if not state:
                self.s3.restore_object(**where, RestoreRequest={"Days": self.days, "GlacierJobParameters": {"Tier": self.tier}})
            if 'ongoing-request="false"' not in state:
                return "retrieving"
        source = {"Bucket": self.bucket, "Key": one["key"], "VersionId": one["version"]}
        storage = "STANDARD" if one["class"] in RETRIEVAL_HOURS else one["class"]
        # In parts where it is larger than the 5 GB that S3 copies at once; one thread, for there are many objects.
        self.s3.copy(source, self.bucket, one["key"], ExtraArgs={"StorageClass": storage}, Config=TransferConfig(use_threads=False))
        size = self.s3.head_object(Bucket=self.bucket, Key=one["key"])["ContentLength"]
        if size != one["size"]:
            raise Problem(f"{one['key']} has {size} bytes after it was brought back, and had {one['size']}")
        return "restored"


def restore(session: Session, options: Item) -> Item:
    """All of it: look, refuse, bring back, tell. One object that fails keeps no other from coming back, and fails the whole in the end."""
    at = parse_time(options["at"])
    if session.client("s3").get_bucket_versioning(Bucket=options["bucket"]).get("Status") is None:
        raise Problem(f"the bucket {options['bucket']} keeps no versions: there is nothing to restore from")
    wanted, counts = as_of(session, options["bucket"], options["prefix"], at)
    if len(wanted) > options["most"]:
        raise Problem(
            f"{len(wanted)} objects would be restored, more than the {options['most']} that are allowed in one run: narrow the prefix, allow more, "
            "or leave it to S3 Batch Operations"
        )
    restorer = Restorer(session, options["bucket"], options["retrieval_tier"], options["retrieval_days"])
    restorer.refuse(wanted)
    outcomes: dict[str, str] = {}
    refused: dict[str, str] = {}

    def try_one(one: Item) -> None:
        try:
            outcomes[one["key"]] = restorer.bring_back(one)
        except (Problem, botocore.exceptions.ClientError) as error:
            refused[one["key"]] = str(error)

    if not session.check_mode:
        session.each(try_one, wanted)
    if refused:
        shown = "; ".join(f"{key}: {refused[key]}" for key in sorted(refused)[:_SHOWN])
        raise Problem(f"{len(refused)} of {len(wanted)} objects could not be restored, the others were: {shown}. Run again once that is mended")
    retrieving = [one for one in wanted if outcomes.get(one["key"], "retrieving" if one["class"] in RETRIEVAL_HOURS else "") == "retrieving"]
    restored = [one for one in wanted if one not in retrieving]
    return {
        "changed": bool(wanted),
        "restored": len(restored),
        "bytes": sum(one["size"] for one in restored),
        "retrieving": len(retrieving),
        "hours": max((RETRIEVAL_HOURS[one["class"]][options["retrieval_tier"]] for one in retrieving), default=0),
        "first_keys": [one["key"] for one in wanted[:_SHOWN]],
        **counts,
        "changes": [{"kind": "s3_objects", "name": one["key"], "action": "update", "options": [one["now"]]} for one in restored],
    }

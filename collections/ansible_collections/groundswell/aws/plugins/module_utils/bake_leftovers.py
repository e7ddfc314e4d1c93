# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bake that was killed has left in an account: told by the tag that says until when it is somebody's."""

from __future__ import annotations

import datetime
import time
import typing as t

from .compare import tags_to_dict
from .ebs import EXPIRES_TAG, GIB
from .kinds.ec2_images import moment
from .resource import Item, Problem, Session
from .retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_BROKEN = ("failed", "invalid", "error")  # images that nobody can ever use
_GONE_AFTER = 600.0  # seconds that an instance takes to end, at most


class Janitor:
    """One region."""

    def __init__(self, session: Session, tags: dict[str, str], region: str) -> None:
        self._region, self._tags = region, tags
        self._ec2 = session.client("ec2", (("DependencyViolation", "", 300.0),), region=region)
        self._filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]

    def find(self) -> list[Item]:
        """Leftovers in the order in which they can go."""
        return [*self._instances(), *self._groups(), *self._images(), *self._snapshots()]

    def _expired(self, tags: dict[str, str]) -> bool:
        until = tags.get(EXPIRES_TAG)
        return bool(until) and moment(t.cast(str, until)) < datetime.datetime.now(datetime.UTC)

    def _pages(self, operation: str, result: str, **parameters: t.Any) -> list[dict[str, t.Any]]:
        return [one for one in self._ec2.get_paginator(operation).paginate(Filters=self._filters, **parameters).search(f"{result}[]") if one is not None]

    def _entry(self, kind: str, identifier: str, tags: dict[str, str], why: str, gib: float = 0.0) -> Item:
        name = f"{tags.get('Name', '')} {identifier}".strip()
        return {"kind": kind, "id": identifier, "name": name, "region": self._region, "run": tags.get("BakeRun", ""), "why": why, "gib": round(gib, 2)}

    def _instances(self) -> list[Item]:
        found = []
        for one in self._pages("describe_instances", "Reservations[].Instances"):
            tags = tags_to_dict(one.get("Tags"))
            if one["State"]["Name"] not in ("terminated", "shutting-down") and self._expired(tags):
                found.append(self._entry("instances", one["InstanceId"], tags, f"builder of a run that ended before {tags[EXPIRES_TAG]}"))
        return found

    def _groups(self) -> list[Item]:
        found = []
        for one in self._pages("describe_security_groups", "SecurityGroups"):
            tags = tags_to_dict(one.get("Tags"))
            if self._expired(tags):
                found.append(self._entry("security_groups", one["GroupId"], tags, f"of a run that ended before {tags[EXPIRES_TAG]}"))
        return found

    def _images(self) -> list[Item]:
        images = self._pages("describe_images", "Images", Owners=["self"], IncludeDisabled=True)
        return [
            self._entry("images", one["ImageId"], tags_to_dict(one.get("Tags")), f"AWS gave it up ({one.get('StateReason', {}).get('Message', one['State'])})")
            for one in images
            if one["State"] in _BROKEN
        ]

    def _snapshots(self) -> list[Item]:
        images = self._ec2.get_paginator("describe_images").paginate(Owners=["self"], IncludeDisabled=True)
        living = [image for page in images for image in page["Images"] if image["State"] not in _BROKEN]
        used = {device["Ebs"]["SnapshotId"] for image in living for device in image.get("BlockDeviceMappings", []) if device.get("Ebs", {}).get("SnapshotId")}
        found = []
        for one in self._pages("describe_snapshots", "Snapshots", OwnerIds=["self"]):
            tags = tags_to_dict(one.get("Tags"))
            gib = (one.get("FullSnapshotSizeInBytes") or one["VolumeSize"] * GIB) / GIB
            if one["SnapshotId"] not in used and self._expired(tags):
                why = f"upload that was not finished before {tags[EXPIRES_TAG]} ({one['State']})"
                found.append(self._entry("snapshots", one["SnapshotId"], tags, why, gib))
        return found

    def remove(self, leftovers: list[Item]) -> None:
        """All of them, in the order in which they were found. What has gone meanwhile is no error."""
        instances = [one["id"] for one in leftovers if one["kind"] == "instances"]
        if instances:
            self._ec2.terminate_instances(InstanceIds=instances)
            self._await_end(instances)
        for one in leftovers:
            self._remove(one)

    def _remove(self, one: Item) -> None:
        remove = {
            "security_groups": lambda: self._ec2.delete_security_group(GroupId=one["id"]),
            "images": lambda: self._ec2.deregister_image(ImageId=one["id"], DeleteAssociatedSnapshots=True),
            "snapshots": lambda: self._ec2.delete_snapshot(SnapshotId=one["id"]),
        }.get(one["kind"])
        try:
            if remove:
                remove()
        except botocore.exceptions.ClientError as error:
            if not error_code(error).endswith(("NotFound", "Unavailable")):
                raise

    def _await_end(self, instances: list[str]) -> None:
        started = time.monotonic()
        while True:
            states = {one["State"]["Name"] for one in self._pages("describe_instances", "Reservations[].Instances", InstanceIds=instances)}
            if states <= {"terminated"}:
                return
            if time.monotonic() - started > _GONE_AFTER:
                raise Problem(f"instances {', '.join(instances)} have not ended after {_GONE_AFTER:.0f} s ({', '.join(sorted(states))}). Run again")
            time.sleep(5)

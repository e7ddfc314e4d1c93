# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: objects that a role carries with it, such as a page. Not for what users store."""

from __future__ import annotations

import hashlib
import typing as t
import urllib.parse
from pathlib import Path

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_HASH = "content-sha256"  # metadata of an object: its ETag is no hash of it where S3 encrypts with a key


class Objects(Kind):
    """The objects under one prefix of one bucket: all of them are declared, or undeclared."""

    module, service, noun = "s3_objects", "s3", "object"
    not_yet = (("NoSuchBucket|AccessDenied", "", 20.0),)  # a bucket and its policy spread for some seconds

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._contents: dict[str, bytes] = {}  # what is declared; it is its hash that is compared and shown

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        bucket = self.options.get("bucket")
        if not bucket:
            raise Problem("objects are looked for in one bucket: bucket is needed")
        if PLACEHOLDER in bucket:
            return []
        try:
            keys = [
                one["Key"]
                for one in self._plain.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=self.options.get("prefix") or "").search("Contents[]")
                if one
            ]
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "NoSuchBucket":
                raise
            return []
        return [one for one in self.session.each(self._look, keys) if one]

    @property
    def _plain(self) -> t.Any:
        """A client that takes no for an answer: check mode looks at buckets that are not there yet."""
        return self.session.client("s3")

    def _look(self, key: str) -> Resource | None:
        where = {"Bucket": self.options["bucket"], "Key": key}
        try:
            head = self._plain.head_object(**where)
            tags = tags_to_dict(self._plain.get_object_tagging(**where)["TagSet"])
        except botocore.exceptions.ClientError as error:
            if error_code(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise
        state = {
            "sha256": head["Metadata"].get(_HASH, ""),
            "content_type": head.get("ContentType", ""),
            "cache_control": head.get("CacheControl", ""),
        }
        return Resource(key, state, tags, {"key": key})

    def normalise(self, item: Item) -> Item:
        if (item.get("content") is None) == (item.get("src") is None):
            raise Problem(f"object {item['name']}: has content, or a file that it is in (src), one of them")
        content = Path(item["src"]).read_bytes() if item.get("src") else item["content"].encode()
        self._contents[item["name"]] = content
        rest = {option: value for option, value in item.items() if option not in ("content", "src")}
        return {**rest, "sha256": hashlib.sha256(content).hexdigest()}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        prefix = self.options.get("prefix") or ""
        return [f"object {name}: does not begin with {prefix}, so it could never be found again" for name in items if not name.startswith(prefix)]

    def placeholder(self, name: str) -> Item:
        return {"key": name}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        extra = {"CacheControl": item["cache_control"]} if item.get("cache_control") else {}
        self.client.put_object(
            Bucket=self.options["bucket"],
            Key=name,
            Body=self._contents[name],
            ContentType=item.get("content_type") or "text/html; charset=utf-8",
            Metadata={_HASH: item["sha256"]},
            Tagging=urllib.parse.urlencode({key: value for key, value in tags.items() if key != "Name"}),
            **extra,
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.create(resource.name, item, {**resource.tags, **self.tags})

    def delete(self, resource: Resource) -> None:
        self.client.delete_object(Bucket=self.options["bucket"], Key=resource.name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.put_object_tagging(Bucket=self.options["bucket"], Key=resource.name, Tagging={"TagSet": dict_to_tags({**resource.tags, **tags})})

# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS keys, each found by its one alias: the key groundswell-prod-database is what alias/groundswell-prod-database points to."""

from __future__ import annotations

import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource, owned
from ..retries import PROPAGATION, error_code, tolerated

_ALIAS = "alias/"
_GOING = ("PendingDeletion", "PendingReplicaDeletion")


class Keys(Kind):
    """Customer-managed keys: symmetric ones, and pairs that sign.

    Deleting a key only schedules its deletion, and what it encrypted stays readable until then. So a key of ours that waits for its
    deletion is taken up again where the same name is declared again: whatever outlived the environment, such as final snapshots, can
    be read, and keys to be paid for do not pile up.
    """

    module, service, noun = "kms_keys", "kms", "KMS key"
    fixed = ("multi_region", "key_spec", "key_usage")
    policies = ("policy",)
    holds_data = True  # without the key nobody reads what it encrypted
    not_yet = (("MalformedPolicyDocumentException", "invalid principal", PROPAGATION),)
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = {}
        for alias in self.pages("list_aliases", "Aliases"):
            name = alias["AliasName"].removeprefix(_ALIAS)
            if alias.get("TargetKeyId") and (name in names or name.startswith(self.prefix)):
                # The key's ARN but for its last part is the alias's.
                found[name] = f"{alias['AliasArn'].partition(':alias/')[0]}:key/{alias['TargetKeyId']}"
        tags = self.tags_by_arn(found.values(), lambda arn: self._tags(arn.rpartition("/")[2]))
        return self.session.each(lambda name: self._look(name, found[name].rpartition("/")[2], tags[found[name]]), found)

    def _look(self, name: str, key_id: str, tags: dict[str, str]) -> Resource:
        key = self.client.describe_key(KeyId=key_id)["KeyMetadata"]
        state = {"description": key["Description"], "enabled": key["KeyState"] == "Enabled", "multi_region": key["MultiRegion"]}
        state |= {"key_spec": key["KeySpec"], "key_usage": key["KeyUsage"]}
        declared = self.wanted.get(name, {})
        if declared.get("policy") is not None:
            state["policy"] = self.client.get_key_policy(KeyId=key_id)["Policy"]
        if declared.get("rotation_days") is not None:
            state["rotation_days"] = self._rotation(key)
        outputs = {"id": key_id, "arn": key["Arn"], "alias": f"{_ALIAS}{name}"}
        return Resource(name, state, tags, outputs, status=key["KeyState"], ready=key["KeyState"] not in ("Creating", "Updating"))

    def _rotation(self, key: dict[str, t.Any]) -> int:
        """Days between rotations, 0 for none. A key that waits for its deletion does not rotate, and KMS may refuse the question."""
        if key["KeyState"] == "PendingDeletion":
            return 0
        rotation = self.client.get_key_rotation_status(KeyId=key["KeyId"])
        return rotation.get("RotationPeriodInDays", 365) if rotation["KeyRotationEnabled"] else 0

    def _tags(self, key_id: str) -> dict[str, str]:
        return tags_to_dict(self.pages("list_resource_tags", "Tags", KeyId=key_id), "TagKey", "TagValue")

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:kms:{self.session.region}:000000000000:key/{PLACEHOLDER}"
        return {"id": PLACEHOLDER, "arn": arn, "alias": f"{_ALIAS}{name}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        key_id = self._without_alias(tags)
        if key_id is None:
            sort = {parameter: item[option] for option, parameter in (("key_spec", "KeySpec"), ("key_usage", "KeyUsage")) if item.get(option)}
            key_id = self.client.create_key(
                Description=item.get("description") or "",
                MultiRegion=bool(item.get("multi_region")),
                Policy=item["policy"],
                Tags=dict_to_tags(tags, "TagKey", "TagValue"),
                **sort,
            )["KeyMetadata"]["KeyId"]
        else:
            self._wake(key_id)
        self.client.create_alias(AliasName=f"{_ALIAS}{name}", TargetKeyId=key_id)

    def _without_alias(self, tags: dict[str, str]) -> str | None:
        """A key of this name that has no alias: a run was ended between two calls, or the key waits for its deletion."""
        named = {alias["TargetKeyId"] for alias in self.pages("list_aliases", "Aliases") if alias.get("TargetKeyId")}
        bare = [key["KeyId"] for key in self.pages("list_keys", "Keys") if key["KeyId"] not in named]
        ours = [key for key in self.session.each(self._if_ours(tags["Name"]), bare) if key]
        # The youngest, should there be several: it encrypted what is newest.
        return max(ours, key=lambda key: key["CreationDate"])["KeyId"] if ours else None

    def _if_ours(self, name: str) -> t.Callable[[str], t.Any]:
        def look(key_id: str) -> t.Any:
            try:
                tags = self._tags(key_id)
            except self.client.exceptions.ClientError as error:
                # Somebody else's key may forbid looking at it.
                if error_code(error) in ("AccessDeniedException", "NotFoundException"):
                    return None
                raise
            return self.client.describe_key(KeyId=key_id)["KeyMetadata"] if owned(tags, self.tags) and tags.get("Name") == name else None

        return look

    def _wake(self, key_id: str) -> None:
        if self.client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion":
            self.client.cancel_key_deletion(KeyId=key_id)
        self.client.enable_key(KeyId=key_id)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        key = {"KeyId": resource.outputs["id"]}
        # A key that is disabled takes no other change, so waking comes first and disabling last.
        if changes.get("enabled"):
            self._wake(resource.outputs["id"])
        if "policy" in changes:
            self.client.put_key_policy(**key, Policy=changes["policy"])
        if "description" in changes:
            self.client.update_key_description(**key, Description=changes["description"])
        if changes.get("rotation_days"):
            self.client.enable_key_rotation(**key, RotationPeriodInDays=changes["rotation_days"])
        elif "rotation_days" in changes:
            self.client.disable_key_rotation(**key)
        if changes.get("enabled") is False:
            self.client.disable_key(**key)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(KeyId=resource.outputs["id"], Tags=dict_to_tags(tags, "TagKey", "TagValue"))

    def delete(self, resource: Resource) -> None:
        # The alias goes last: without it the next run would not find a key that still costs money.
        if resource.status not in _GOING:
            key_id = resource.outputs["id"]
            try:
                self.client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=self.options.get("deletion_window_days") or 30)
            except self.client.exceptions.ClientError as error:
                # Another cell may have been quicker: some keys belong to no cell.
                if error_code(error) != "KMSInvalidStateException" or self.client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] not in _GOING:
                    raise
        with tolerated("NotFoundException"):
            self.client.delete_alias(AliasName=resource.outputs["alias"])

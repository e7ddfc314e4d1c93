# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets whose values are generated here, sent to Secrets Manager and forgotten. No value is ever read, returned or overwritten."""

from __future__ import annotations

import json
import random
import string
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource, owned
from ..retries import tolerated

_CHARACTERS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)


class Secrets(Kind):
    """Secrets by name. One that waits for its deletion counts as gone; declared again, it is restored with the value it had."""

    module, service, noun = "secretsmanager_secrets", "secretsmanager", "secret"
    create_then_update = True  # a restored one may differ in its settings
    holds_data = True
    # A name stays taken for a moment after a deletion without recovery.
    not_yet = (("InvalidRequestException", "scheduled for deletion|marked (for deletion|deleted)", 60.0),)

    # How the value is made is asked once, when it is made.
    unreported = ("length", "exclude_characters", "exclude_punctuation", "key", "template")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        prefixes = [self.prefix, *(name for name in names if not name.startswith(self.prefix))]
        # Names filter by what they begin with. Values are no part of the list.
        for secret in self.pages("list_secrets", "SecretList", Filters=[{"Key": "name", "Values": prefixes}]):
            state = {"description": secret.get("Description", ""), "kms_key_arn": secret.get("KmsKeyId", "")}
            found = Resource(secret["Name"], state, tags_to_dict(secret.get("Tags")), {"id": secret["ARN"], "arn": secret["ARN"]})
            if self.wanted.get(secret["Name"], {}).get("replicas") is not None:
                self._add_replicas(found)
            yield found

    def _add_replicas(self, secret: Resource) -> None:
        """Where else it is, and whether it has arrived there: the list does not say so."""
        replicas = self._replication(secret.outputs["arn"])
        secret.state["replicas"] = [{"region": one["Region"], "kms_key_arn": _key(one.get("KmsKeyId"))} for one in replicas]
        wanted = {one["region"] for one in self.wanted[secret.name]["replicas"]}
        of_ours = [one for one in replicas if one["Region"] in wanted]
        secret.failure = "; ".join(f"replication to {one['Region']}: {one.get('StatusMessage', 'failed')}" for one in of_ours if one["Status"] == "Failed")
        secret.ready = all(one["Status"] == "InSync" for one in of_ours)
        secret.status = "" if secret.ready else "being replicated"

    def _replication(self, arn: str) -> list[dict[str, t.Any]]:
        return sorted(self.client.describe_secret(SecretId=arn).get("ReplicationStatus", []), key=lambda one: one["Region"])

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:secretsmanager:{self.session.region}:000000000000:secret:{name}-{PLACEHOLDER}"
        return {"id": arn, "arn": arn}

    def normalise(self, item: Item) -> Item:
        if item.get("replicas") is None:
            return item
        replicas = [{"region": one["region"], "kms_key_arn": _key(one.get("kms_key_arn"))} for one in item["replicas"]]
        return {**item, "replicas": sorted(replicas, key=lambda one: one["region"])}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option != "replicas" or current is None:
            return None
        return len(wanted) == len(current) and all(map(_alike, wanted, current))

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = [
            f"secret {name}: {self.session.region} is its own region and cannot be one of its replicas"
            for name, item in items.items()
            if any(one["region"] == self.session.region for one in item.get("replicas") or [])
        ]
        for name, item in items.items():
            if not 8 <= item["length"] <= 4096:
                problems.append(f"secret {name}: length {item['length']} is not between 8 and 4096")
            if name.rpartition("-")[0] and len(name.rpartition("-")[2]) == 6:
                problems.append(f"secret {name}: a hyphen and six characters are what AWS puts behind a name in the ARN; end the name otherwise")
            if item.get("template") and not item.get("key"):
                problems.append(f"secret {name}: template needs key, the member that the generated value becomes")
            if not "".join(_alphabets(item)):
                problems.append(f"secret {name}: no character is left to make it of")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        if self._restored(name):
            return
        settings = {parameter: item[option] for option, parameter in (("description", "Description"), ("kms_key_arn", "KmsKeyId")) if item.get(option)}
        self.client.create_secret(Name=name, SecretString=_document(item), Tags=dict_to_tags(tags), **settings)

    def _restored(self, name: str) -> bool:
        """Whether a secret of ours by that name waited for its deletion and has been taken back."""
        secret: Item = {}
        with tolerated("ResourceNotFoundException"):
            secret = self.client.describe_secret(SecretId=name)
        if "DeletedDate" not in secret:
            return False
        if not owned(tags_to_dict(secret.get("Tags")), self.tags):
            raise Problem(f"a secret of that name waits for its deletion until {secret['DeletedDate']:%Y-%m-%d} and is not ours: choose another name")
        self.client.restore_secret(SecretId=secret["ARN"])
        return True

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        parameters = {"description": "Description", "kms_key_arn": "KmsKeyId"}
        settings = {parameters[option]: value for option, value in changes.items() if option in parameters}
        if settings:
            self.client.update_secret(SecretId=resource.outputs["arn"], **settings)
        if "replicas" in changes:
            self._replicate(resource, changes["replicas"])

    def _replicate(self, resource: Resource, wanted: list[Item]) -> None:
        """Only a removal and a new replication give a replica another key."""
        current = resource.state.get("replicas") or []
        self._leave(resource.outputs["arn"], [one["region"] for one in current if not any(_alike(other, one) for other in wanted)])
        coming = [one for one in wanted if not any(_alike(one, other) for other in current)]
        if coming:
            regions = [{"Region": one["region"], **({"KmsKeyId": one["kms_key_arn"]} if one["kms_key_arn"] else {})} for one in coming]
            self.client.replicate_secret_to_regions(SecretId=resource.outputs["arn"], AddReplicaRegions=regions)

    def _leave(self, arn: str, regions: list[str]) -> None:
        if regions:
            self.client.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=regions)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(SecretId=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        days = self.options.get("recovery_days")
        how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days or 30}
        # InvalidRequestException: it waits for its deletion already.
        with tolerated("ResourceNotFoundException", "InvalidRequestException"):
            # AWS refuses to delete what has replicas.
            self._leave(resource.outputs["arn"], [one["Region"] for one in self._replication(resource.outputs["arn"])])
            self.session.client("secretsmanager").delete_secret(SecretId=resource.outputs["arn"], **how)


def _key(arn: str | None) -> str:
    """The key of a replica; AWS names its own, which is none of ours."""
    return "" if arn in (None, "alias/aws/secretsmanager") else t.cast(str, arn)


def _alike(wanted: Item, current: Item) -> bool:
    """Which key an alias stands for is not asked in the other region, which may be gone when this one is looked after."""
    return bool(wanted["region"] == current["region"] and (wanted["kms_key_arn"] == current["kms_key_arn"] or ":alias/" in wanted["kms_key_arn"]))


def _alphabets(item: Item) -> list[str]:
    """The kinds of characters that the value is made of, without those that are excluded."""
    kinds = _CHARACTERS[:3] if item.get("exclude_punctuation") else _CHARACTERS
    excluded = set(item.get("exclude_characters") or "")
    return ["".join(character for character in kind if character not in excluded) for kind in kinds]


def _document(item: Item) -> str:
    """A new value, alone or as one member of a JSON document."""
    value = generate(item["length"], [alphabet for alphabet in _alphabets(item) if alphabet])
    return json.dumps({**(item.get("template") or {}), item["key"]: value}) if item.get("key") else value


def generate(length: int, alphabets: list[str]) -> str:
    """A random text of this length with at least one character of each alphabet, from the operating system's generator."""
    draw = random.SystemRandom()
    characters = [draw.choice(alphabet) for alphabet in alphabets]
    characters += [draw.choice("".join(alphabets)) for _ in range(length - len(characters))]
    draw.shuffle(characters)
    return "".join(characters)

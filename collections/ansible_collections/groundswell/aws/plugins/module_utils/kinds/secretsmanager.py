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
            yield Resource(secret["Name"], state, tags_to_dict(secret.get("Tags")), {"id": secret["ARN"], "arn": secret["ARN"]})

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:secretsmanager:{self.session.region}:000000000000:secret:{name}-{PLACEHOLDER}"
        return {"id": arn, "arn": arn}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
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
        self.client.update_secret(SecretId=resource.outputs["arn"], **{parameters[option]: value for option, value in changes.items()})

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(SecretId=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        days = self.options.get("recovery_days")
        how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days or 30}
        # InvalidRequestException: it waits for its deletion already.
        with tolerated("ResourceNotFoundException", "InvalidRequestException"):
            self.session.client("secretsmanager").delete_secret(SecretId=resource.outputs["arn"], **how)


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

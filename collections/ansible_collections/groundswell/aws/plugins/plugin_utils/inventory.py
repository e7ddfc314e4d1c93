# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an inventory's variables stand: file and line of each, with the value as written."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t
from pathlib import Path

import yaml

EXTRA = "-e"  # the "file" of what was given on the command line


@dataclasses.dataclass(frozen=True)
class Definition:
    """One place where a variable is set.

    :param scope: the group or host it is set for, EXTRA for the command line.
    :param value: as written, before any template in it was evaluated.
    """

    name: str
    value: t.Any
    file: str
    line: int
    scope: str

    @property
    def where(self) -> str:
        """For messages: `group_vars/dev/sizes.yml:4`."""
        return f"{self.file}:{self.line}" if self.line else self.file


class Encrypted(str):
    """A value under a tag such as !vault: not to be judged as a literal."""


class _Loader(yaml.SafeLoader):
    """Reads values under tags that only Ansible knows as what they are written like."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: Encrypted(getattr(node, "value", "")))


def read(path: Path, root: Path, scope: str) -> list[Definition]:
    """The variables of one file. A file that is no YAML is Ansible's to complain about; it has done so before this runs."""
    text = path.read_text(encoding="utf-8")
    node = yaml.compose(text, Loader=_Loader)
    if not isinstance(node, yaml.MappingNode):
        return []
    values = yaml.load(text, Loader=_Loader)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return [Definition(key.value, values[key.value], str(shown), key.start_mark.line + 1, scope) for key, _ in node.value if key.value in values]


def files(directory: Path, name: str) -> list[Path]:
    """What Ansible reads for a group or host below group_vars or host_vars."""
    found = [directory / f"{name}{suffix}" for suffix in ("", ".yml", ".yaml", ".json")]
    found = [path for path in found if path.is_file()]
    nested = directory / name
    return found + sorted(path for path in nested.rglob("*") if path.suffix in (".yml", ".yaml", ".json", "") and path.is_file())


def definitions(
    sources: collections.abc.Iterable[Path], root: Path, groups: collections.abc.Iterable[str], hosts: collections.abc.Iterable[str]
) -> list[Definition]:
    """Every variable of an inventory, the stronger definition after the weaker: `groups` in order of their precedence, then hosts.

    :param sources: inventory files or directories.
    """
    groups, hosts = list(groups), list(hosts)
    found: list[Definition] = []
    places = dict.fromkeys(path if path.is_dir() else path.parent for path in sources)
    inside = [d for place in places for path in sorted(place.glob("*.yml")) + sorted(place.glob("*.yaml")) for d in _in_inventory(path, root)]
    found += [definition for definition in inside if definition.scope not in hosts]
    for place in places:
        # The link is followed, so that a message names the file where it is kept.
        for group in groups:
            found += [d for path in files((place / "group_vars").resolve(), group) for d in read(path, root, group)]
    found += [definition for definition in inside if definition.scope in hosts]
    for place in places:
        for host in hosts:
            found += [d for path in files((place / "host_vars").resolve(), host) for d in read(path, root, host)]
    return found


def _in_inventory(path: Path, root: Path) -> list[Definition]:
    """The variables that an inventory file gives its groups and hosts."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    shown = str(path.relative_to(root) if path.is_relative_to(root) else path)
    found: list[Definition] = []

    def variables(mapping: yaml.Node, scope: str) -> None:
        if isinstance(mapping, yaml.MappingNode):
            constructor = _Loader("")
            found.extend(
                Definition(key.value, constructor.construct_object(value, deep=True), shown, key.start_mark.line + 1, scope) for key, value in mapping.value
            )

    def walk(mapping: yaml.Node, scope: str) -> None:
        for key, value in mapping.value if isinstance(mapping, yaml.MappingNode) else ():
            if key.value == "vars":
                variables(value, scope)
            elif key.value == "hosts" and isinstance(value, yaml.MappingNode):
                for host, settings in value.value:
                    variables(settings, host.value)
            elif key.value == "children":
                walk_groups(value)

    def walk_groups(mapping: yaml.Node) -> None:
        for group, content in mapping.value if isinstance(mapping, yaml.MappingNode) else ():
            walk(content, group.value)

    if node is not None:
        walk_groups(node)
    return found

# SPDX-License-Identifier: GPL-3.0-or-later
"""A site as its inventory declares it, for the rules that judge it."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import re
import typing as t

from .inventory import EXTRA, Definition


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something to mend in the inventory: what is wrong, and where to change it."""

    what: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


@dataclasses.dataclass
class Cell:
    """One host of the inventory.

    :param get: `get(name)` is the value of a variable with its templates evaluated, None where it is not set or cannot be known yet.
    """

    name: str
    groups: tuple[str, ...]
    get: collections.abc.Callable[[str], t.Any]

    @property
    def regional(self) -> bool:
        """False for the cell of what has no region."""
        return bool({"primary", "standby"} & set(self.groups))


@dataclasses.dataclass
class Site:
    """One environment's inventory, and what there is to hold it against.

    :param cells: its hosts.
    :param definitions: where its variables stand, the stronger after the weaker.
    :param specs: options of every role and of the site, by variable: argument specs.
    :param required: variables that the user has to set, with the file they belong into.
    :param elsewhere: variables of the other environments as written, by environment.
    :param simulated: whether AWS's endpoints are replaced.
    :param lifecycle: when versions end.
    :param undefined: what a variable needs that is not set: variable -> name.
    """

    cells: list[Cell]
    definitions: list[Definition]
    specs: dict[str, dict[str, t.Any]]
    required: dict[str, str]
    elsewhere: dict[str, dict[str, Definition]]
    simulated: bool
    lifecycle: list[dict[str, t.Any]]
    today: datetime.date
    undefined: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def main(self) -> Cell:
        """The cell that speaks for the environment."""
        return next((cell for cell in self.cells if "primary" in cell.groups), self.cells[0])

    def where(self, name: str, cell: Cell | None = None) -> str:
        """The place that decides a variable (for one cell), or the one it belongs into."""
        scopes = {"all", EXTRA, cell.name, *cell.groups} if cell else None
        found = [definition for definition in self.definitions if definition.name == name and (scopes is None or definition.scope in scopes)]
        return found[-1].where if found else self.required.get(name, "not set anywhere: the role's default")

    def named(self, pattern: str) -> list[str]:
        """The known variables whose whole name matches."""
        return sorted(name for name in self.specs if re.fullmatch(pattern, name))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened in a run, layer by layer: names and counts, never values."""

from __future__ import annotations

import dataclasses
import time
import typing as t

Result = t.Mapping[str, t.Any]


@dataclasses.dataclass
class Layer:
    """One play.

    :param changes: what was, or in check mode would be, done: each with cell, kind, name, action and options.
    :param kept: how many declared resources were looked at.
    :param waits: tasks that took long because AWS did: each with cell, task and seconds.
    """

    name: str
    started: float
    seconds: float = 0.0
    tasks: int = 0
    kept: int = 0
    changes: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    waits: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    failures: list[dict[str, str]] = dataclasses.field(default_factory=list)


def _whose(change: dict[str, t.Any]) -> tuple[str, str, str, str]:
    return change["cell"], change["kind"], change["name"], change["action"]


@dataclasses.dataclass
class Record:
    """One run.

    :param undeclared: what carries our tags and is no longer declared, as `module/name`.
    :param waiting: what was submitted and is not ready when the run ends, as `module/name`.
    :param unpredicted: in check mode, what could not be foretold: each with cell, task and why.
    :param deployments: by cell and tier, who deployed what, when, with which verdict.
    """

    started: float = dataclasses.field(default_factory=time.time)
    seconds: float = 0.0
    check: bool = False
    inventory: list[str] = dataclasses.field(default_factory=list)
    layers: list[Layer] = dataclasses.field(default_factory=list)
    undeclared: dict[str, str] = dataclasses.field(default_factory=dict)
    waiting: dict[str, str] = dataclasses.field(default_factory=dict)
    unpredicted: list[dict[str, str]] = dataclasses.field(default_factory=list)
    cells: dict[str, dict[str, int]] = dataclasses.field(default_factory=dict)
    summary: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    deployments: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def layer(self) -> Layer:
        """The one being worked on."""
        return self.layers[-1]

    @property
    def changes(self) -> list[dict[str, t.Any]]:
        """All that was done."""
        return [change for layer in self.layers for change in layer.changes]

    @property
    def failures(self) -> list[dict[str, str]]:
        """All that failed."""
        return [failure for layer in self.layers for failure in layer.failures]

    def begin(self, name: str) -> None:
        """A play starts."""
        self.layers.append(Layer(name, time.time()))

    def end(self) -> None:
        """The play that is running ends."""
        if self.layers and not self.layer.seconds:
            self.layer.seconds = round(time.time() - self.layer.started, 2)

    def note(self, cell: str, task: str, module: str, result: Result) -> None:
        """Take what a task returned, or each round of its loop.

        :param module: the module's short name, for a set module the kind it keeps.
        """
        for part in result.get("results") or [result]:
            if isinstance(part, dict):
                self._note_one(cell, task, module, part)

    def _note_one(self, cell: str, task: str, module: str, part: Result) -> None:
        if isinstance(part.get("changes"), list):
            made = [{"cell": cell, **change} for change in part["changes"]]
            # What check mode did not make is foretold by every layer that looks at it: once is enough.
            told = [_whose(change) for change in self.changes] if self.check else []
            self.layer.changes += [change for change in made if _whose(change) not in told]
            # What was removed with consent is no longer there.
            for change in part["changes"]:
                if change["action"] == "remove":
                    self.undeclared.pop(f"{change['kind']}/{change['name']}", None)
        elif part.get("changed"):
            self.layer.changes.append({"cell": cell, "kind": "settings", "name": task, "action": "update", "options": []})
        if "undeclared" in part:  # only set modules say so
            self.layer.kept += len(part.get("resources") or {})
            self._forget(cell, module, None)
            self.waiting.update(dict.fromkeys(part.get("waiting") or [], cell))
            gone = {f"{change['kind']}/{change['name']}" for change in part.get("changes") or [] if change["action"] == "remove"}
            self.undeclared.update(dict.fromkeys(set(part["undeclared"]) - gone, cell))
        for kind, found in (part.get("resources") or {}).items() if module == "resources_info" else ():
            self._forget(cell, kind, {name for name, resource in found.items() if resource.get("ready")})
        self.unpredicted += [{"cell": cell, "task": task, "why": str(why)} for why in part.get("unpredicted") or []]

    def _forget(self, cell: str, kind: str, names: set[str] | None) -> None:
        """No longer waiting: these names of a kind, or all of them."""
        for key in [key for key, where in self.waiting.items() if where == cell and key.startswith(f"{kind}/")]:
            if names is None or key.partition("/")[2] in names:
                del self.waiting[key]

    def by_layer(self) -> dict[str, dict[str, t.Any]]:
        """Changes and seconds per layer; a layer that was submitted and awaited later is one."""
        found: dict[str, dict[str, t.Any]] = {}
        for layer in self.layers:
            entry = found.setdefault(layer.name, {"seconds": 0.0, "changes": []})
            entry["seconds"] += layer.seconds
            entry["changes"] += layer.changes
        return found

    def as_dict(self) -> dict[str, t.Any]:
        """For JSON."""
        return dataclasses.asdict(self)

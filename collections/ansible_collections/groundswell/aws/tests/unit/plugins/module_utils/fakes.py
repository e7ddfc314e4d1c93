# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of resource that lives in a dict, so that the engine can be tested without AWS."""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Kind, Resource
from botocore.exceptions import ClientError

OURS = {"Project": "acme", "Environment": "dev", "Cell": "dev-1", "Layer": "shed", "ManagedBy": "groundswell"}


def refusal(code: str, status: int = 400, operation: str = "CreateThing") -> ClientError:
    """An error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


class FakeSession:
    """Stands in for Session: no clients, threads in sequence."""

    check_mode = False
    patient = False

    def each(self, function: t.Callable[[t.Any], t.Any], things: t.Iterable[t.Any]) -> list[t.Any]:
        return [function(thing) for thing in things]


class Tool(Kind):
    """A tool in a shed: `colour` can change, `size` cannot."""

    module, noun = "shed_tools", "tool"
    fixed = ("size",)

    def __init__(self, tags: dict[str, str] | None = None) -> None:
        super().__init__(FakeSession(), {}, tags or OURS)
        self.shed: dict[str, Resource] = {}
        self.calls: list[str] = []
        self.faults: list[BaseException] = []  # raised by the next mutating calls, before they act
        self.lost: list[BaseException] = []  # raised by the next mutating calls, after they acted
        self.hidden = 0  # looks during which what is new is not listed yet
        self.slow = 0  # looks during which what is new is not ready yet
        self._lock = threading.Lock()

    def have(self, name: str, tags: dict[str, str] | None = None, **state: t.Any) -> None:
        """Put a tool into the shed from outside."""
        self.shed[name] = Resource(name, state, dict(OURS if tags is None else tags), {"id": f"tool-{name}"})

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        if self.hidden and self.calls:
            self.hidden -= 1
            return []
        if self.slow and self.calls:
            self.slow -= 1
            for tool in self.shed.values():
                tool.ready, tool.status = self.slow == 0, "forging"
        return list(self.shed.values())

    def _call(self, what: str, act: t.Callable[[], None]) -> None:
        with self._lock:
            self.calls.append(what)
            if self.faults:
                raise self.faults.pop(0)
            act()
            if self.lost:
                raise self.lost.pop(0)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        state = {key: value for key, value in item.items() if key != "name"}
        self._call(f"create {name}", lambda: self.shed.__setitem__(name, Resource(name, state, dict(tags), {"id": f"tool-{name}"})))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self._call(f"update {resource.name}", lambda: self.shed[resource.name].state.update(changes))

    def delete(self, resource: Resource) -> None:
        self._call(f"delete {resource.name}", lambda: self.shed.pop(resource.name, None) and None)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self._call(f"tag {resource.name}", lambda: self.shed[resource.name].tags.update(tags))

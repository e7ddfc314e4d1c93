# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: resources that are creating, modifying or deleting for a while, and calls that are refused meanwhile.

moto's resources are in their final state at once. With --latency aws this module lays the state that AWS would show over
moto's answers until its time has passed. What takes how long, and shows what, is the table in latency_table.py; nothing here
knows a service. Without --latency every method returns at once and nothing is ever pending.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.registry import Parameters, Refused

if TYPE_CHECKING:
    from simulator.context import Context


@dataclass(frozen=True)
class Phase:
    """A state that a resource shows for a while: the value, and real seconds on AWS."""

    state: Any
    seconds: float


# Phases may depend on the call's parameters and on the resource as the answer shows it.
Phases = tuple[Phase, ...] | Callable[[Parameters, Parameters], tuple[Phase, ...]]


@dataclass(frozen=True)
class Kind:
    """A kind of resource that takes time.

    Paths lead through an answer: "DBInstances[]" is each item of a list, "DistributionList.Items[]" of a nested one.
    A trailing [] in a parameter's name says that it takes a list of ids.
    """

    name: str
    service: str
    id: str  # member of an item that identifies it
    state: str | None  # path in an item to the state; None: the state shows nowhere
    shown_by: dict[str, str] = field(default_factory=dict)  # operation -> path to the items in its answer; "": the answer is the item
    created_by: dict[str, Phases] = field(default_factory=dict)  # operation -> phases before the final state
    changed_by: dict[str, Phases] = field(default_factory=dict)
    deleted_by: dict[str, Phases] = field(default_factory=dict)
    delete_ids: str = ""  # parameter of the deleting operations that names the resource
    describe: tuple[str, str] | None = None  # operation and parameter that show one item by its id
    not_found: str = ""  # error code of `describe` for an unknown id; an item being deleted is shown instead
    busy: dict[str, str] = field(default_factory=dict)  # operation -> parameter: refused while not in the final state
    busy_code: str = ""
    busy_message: str = ""  # {id} and {state} are filled in
    passable: tuple[str, ...] = ()  # states in which `busy` does not refuse
    taken: tuple[str, str, str] | None = None  # (parameter of creation, code, message): the name is taken while deleting
    state_filter: str = ""  # name of the EC2 filter on the state
    also: dict[str, Any] = field(default_factory=dict)  # further paths in an item that show a value while creating or deleting
    members: dict[str, str] = field(default_factory=dict)  # kind -> path in an item to ids of that kind that begin with it
    worldwide: bool = False  # one name space for all regions
    vanishes: bool = False  # being deleted it is shown no more, but `leaving` still has it
    rules: tuple[str, ...] = ()  # known rules that this shows


@dataclass
class Life:
    """What one resource goes through: phases from a start, and for one being deleted how it looked."""

    began: float
    phases: tuple[Phase, ...]
    item: Parameters | None = None

    def phase(self, now: float, scale: float) -> Phase | None:
        """The phase at a time, or None when all have passed."""
        end = self.began
        for phase in self.phases:
            end += phase.seconds / scale
            if now < end:
                return phase
        return None


@dataclass
class Prepared:
    """What was noted before a call: how the resources look that it may delete, and the state filters taken out of it, by kind."""

    looks: dict[str, Parameters] = field(default_factory=dict)
    state_filters: dict[str, list[str]] = field(default_factory=dict)

    @property
    def params_changed(self) -> bool:
        """Whether the request has to be written again."""
        return bool(self.state_filters)


class Lifecycles:
    """The lives of all resources that are not in their final state. `scale` divides real durations; None switches it all off."""

    def __init__(self, scale: float | None, clock: Callable[[], float], kinds: tuple[Kind, ...]) -> None:
        self.scale = scale
        self._clock = clock
        self._kinds = {kind.name: kind for kind in kinds}
        self._lives: dict[tuple[str, str, str, str], Life] = {}
        self._by_operation: dict[tuple[str, str], list[Kind]] = {}
        for kind in kinds:
            for operation in {*kind.shown_by, *kind.created_by, *kind.changed_by, *kind.deleted_by, *kind.busy}:
                self._by_operation.setdefault((kind.service, operation), []).append(kind)

    @property
    def enabled(self) -> bool:
        """Whether anything takes time."""
        return self.scale is not None

    # What rules and hooks ask

    def scaled(self, seconds: float) -> float:
        """Real seconds on AWS as seconds here: none when nothing takes time."""
        return 0.0 if self.scale is None else seconds / self.scale

    def begin(self, context: Context, kind: str, resource_id: str, phases: tuple[Phase, ...] | None = None) -> None:
        """Start a life: by default that of a resource just created."""
        if self.scale is None:
            return
        if phases is None:
            creating = next(iter(self._kinds[kind].created_by.values()))
            phases = creating if isinstance(creating, tuple) else creating({}, {})
        self._lives[self._key(context, self._kinds[kind], resource_id)] = Life(self._clock(), phases)

    def state(self, context: Context, kind: str, resource_id: str) -> Any:
        """The passing state of a resource, or None when it is in its final state (or has none of ours)."""
        phase = self._phase(self._key(context, self._kinds[kind], resource_id))
        return phase.state if phase else None

    def leaving(self, context: Context, kind: str) -> list[Parameters]:
        """The resources of a kind that are being deleted, as they were described before."""
        return [item for _, item, _ in self._leaving(context, self._kinds[kind])]

    def reset(self) -> None:
        """Forget every life."""
        self._lives.clear()

    # What the course of a call asks

    def concerns(self, context: Context) -> bool:
        """Whether the answer of this call may have to be amended."""
        return self.scale is not None and (context.service, context.operation) in self._by_operation

    def refuse_busy(self, context: Context) -> None:
        """Refuse an operation on a resource that is not ready for it, and a name that is not free yet."""
        for kind in self._concerned(context):
            parameter = kind.busy.get(context.operation)
            for resource_id in _ids(context.params, parameter) if parameter else ():
                phase = self._phase(self._key(context, kind, resource_id))
                if phase is not None and phase.state not in kind.passable:
                    raise Refused(kind.busy_code, kind.busy_message.format(id=resource_id, state=phase.state))
            if kind.taken and context.operation in kind.created_by:
                parameter, code, message = kind.taken
                for resource_id in _ids(context.params, parameter):
                    life = self._lives.get(self._key(context, kind, resource_id))
                    if life is not None and life.item is not None and life.phase(self._clock(), self.scale or 1):
                        raise Refused(code, message.format(id=resource_id))

    def prepare(self, context: Context) -> Prepared:
        """Before the call: note how the resources look that it may delete, and take filters on the state out of its parameters."""
        prepared = Prepared()
        for kind in self._concerned(context):
            if context.operation in kind.deleted_by:
                for resource_id in _ids(context.params, kind.delete_ids):
                    prepared.looks[resource_id] = self._look(context, kind, resource_id)
            member = _filters_of(context.params)
            filters = context.params.get(member, [])
            wanted = [entry for entry in filters if kind.state_filter and entry["Name"] == kind.state_filter]
            if wanted:
                # moto would filter by the final state, which is not what the answer will show.
                context.params[member] = [entry for entry in filters if entry not in wanted]
                prepared.state_filters[kind.name] = [value for entry in wanted for value in entry["Values"]]
        return prepared

    def rescue(self, context: Context, refused: Refused) -> Parameters | None:
        """moto has forgotten a resource that on AWS is still being deleted: show it."""
        for kind in self._concerned(context):
            if kind.vanishes or kind.describe is None or context.operation != kind.describe[0] or refused.code != kind.not_found:
                continue
            wanted = _ids(context.params, kind.describe[1])
            found = [self._dressed(kind, item, phase) for resource_id, item, phase in self._leaving(context, kind) if resource_id in wanted]
            if found:
                return _answer_with(kind.shown_by[context.operation], found)
        return None

    def amend(self, context: Context, response: Parameters, prepared: Prepared) -> None:
        """After the call: begin the lives it starts, and show the states that pass."""
        for kind in self._concerned(context):
            path = kind.shown_by.get(context.operation)
            shown = [] if path is None else list(_walk(response, path))
            self._begin(context, kind, shown, prepared.looks)
            for item in shown:
                phase = self._phase(self._key(context, kind, str(item.get(kind.id))))
                if phase is not None:
                    self._dress(kind, item, phase)
            if path and path.endswith("[]"):
                self._add_leaving(context, kind, response, path, shown)
                if kind.name in prepared.state_filters and kind.state:
                    states, at = prepared.state_filters[kind.name], kind.state
                    _keep(response, path, lambda item, states=states, at=at: _get(item, at) in states)

    def _begin(self, context: Context, kind: Kind, shown: list[Parameters], looks: dict[str, Parameters]) -> None:
        phases = kind.created_by.get(context.operation) or kind.changed_by.get(context.operation)
        if phases is not None:
            for item in shown:
                self._start(context, kind, item, phases)
        phases = kind.deleted_by.get(context.operation)
        for resource_id, look in looks.items() if phases is not None else ():
            self._lives[self._key(context, kind, resource_id)] = Life(self._clock(), _resolve(phases, context.params, look), look)

    def _start(self, context: Context, kind: Kind, item: Parameters, phases: Phases) -> None:
        resolved = _resolve(phases, context.params, item)
        if not resolved:
            return
        self._lives[self._key(context, kind, str(item.get(kind.id)))] = Life(self._clock(), resolved)
        for member_kind, path in kind.members.items():
            for member_id in _walk(item, path):
                self._lives[self._key(context, self._kinds[member_kind], str(member_id))] = Life(self._clock(), resolved)

    def _add_leaving(self, context: Context, kind: Kind, response: Parameters, path: str, shown: list[Parameters]) -> None:
        """Append what moto has forgotten, to the first page of a list that asks for it."""
        if kind.vanishes or any(name in context.params for name in ("NextToken", "Marker")):
            return
        wanted = _ids(context.params, kind.describe[1]) if kind.describe else []
        filters = context.params.get(_filters_of(context.params), [])
        present = {str(item.get(kind.id)) for item in shown}
        for resource_id, item, phase in self._leaving(context, kind):
            if resource_id in present or (wanted and resource_id not in wanted) or not _passes(item, filters):
                continue
            _append(response, path, self._dressed(kind, item, phase))

    def _leaving(self, context: Context, kind: Kind) -> Iterator[tuple[str, Parameters, Phase]]:
        for key, life in self._lives.items():
            if key[:3] == self._key(context, kind, "")[:3] and life.item is not None:
                phase = life.phase(self._clock(), self.scale or 1)
                if phase is not None:
                    yield key[3], life.item, phase

    def _look(self, context: Context, kind: Kind, resource_id: str) -> Parameters:
        if kind.describe is None:
            return {kind.id: resource_id}
        operation, parameter = kind.describe
        params = {parameter.removesuffix("[]"): [resource_id] if parameter.endswith("[]") else resource_id}
        try:
            answer = context.call(operation, params, service=kind.service)
        except Refused:
            return {kind.id: resource_id}  # moto will refuse the deletion as well
        return next(iter(_walk(answer, kind.shown_by[operation])), {kind.id: resource_id})

    def _dressed(self, kind: Kind, item: Parameters, phase: Phase) -> Parameters:
        dressed = copy.deepcopy(item)
        self._dress(kind, dressed, phase)
        return dressed

    def _dress(self, kind: Kind, item: Parameters, phase: Phase) -> None:
        if kind.state is not None:
            _put(item, kind.state, phase.state)
        for path, value in kind.also.items():
            _put(item, path, phase.state if value is None else value)

    def _concerned(self, context: Context) -> list[Kind]:
        return self._by_operation.get((context.service, context.operation), []) if self.scale is not None else []

    def _key(self, context: Context, kind: Kind, resource_id: str) -> tuple[str, str, str, str]:
        return context.account, "aws" if kind.worldwide else context.region, kind.name, resource_id

    def _phase(self, key: tuple[str, str, str, str]) -> Phase | None:
        life = self._lives.get(key)
        if life is None or self.scale is None:
            return None
        phase = life.phase(self._clock(), self.scale)
        if phase is None:
            del self._lives[key]
        return phase


def _resolve(phases: Phases, params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    return phases if isinstance(phases, tuple) else phases(params, item)


def _ids(params: Parameters, parameter: str) -> list[str]:
    value = params.get(parameter.removesuffix("[]"))
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _walk(value: Any, path: str) -> Iterator[Any]:
    """Everything that a path leads to."""
    if value is None:
        return
    if not path:
        yield value
        return
    step, _, rest = path.partition(".")
    inner = value.get(step.removesuffix("[]"))
    for item in (inner or []) if step.endswith("[]") else [inner]:
        yield from _walk(item, rest)


def _get(item: Parameters, path: str) -> Any:
    return next(_walk(item, path), None)


def _put(item: Parameters, path: str, value: Any) -> None:
    """Set what a path leads to, in every item of a list on the way."""
    parent, _, last = path.rpartition(".")
    for holder in _walk(item, parent):
        holder[last] = value


def _holder(response: Parameters, path: str) -> tuple[Parameters, str]:
    parent, _, last = path.removesuffix("[]").rpartition(".")
    holder = response
    for step in filter(None, parent.split(".")):
        holder = holder.setdefault(step, {})
    return holder, last


def _append(response: Parameters, path: str, item: Parameters) -> None:
    holder, last = _holder(response, path)
    holder[last] = [*(holder.get(last) or []), item]


def _keep(response: Parameters, path: str, wanted: Callable[[Parameters], bool]) -> None:
    holder, last = _holder(response, path)
    holder[last] = [item for item in holder.get(last) or [] if wanted(item)]


def _answer_with(path: str, items: list[Parameters]) -> Parameters:
    response: Parameters = {}
    holder, last = _holder(response, path)
    holder[last] = items if path.endswith("[]") else items[0]
    return response


def _filters_of(params: Parameters) -> str:
    """A few EC2 operations call their filters Filter, where boto3 has the alias Filters."""
    return "Filter" if "Filter" in params else "Filters"


def _passes(item: Parameters, filters: Any) -> bool:
    """Whether an item passes EC2 filters on tags and on ids of its own members (vpc-id is VpcId)."""
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}
    for entry in filters:
        name, values = entry["Name"], entry.get("Values", [])
        if name.startswith("tag:"):
            value = tags.get(name[4:])
        elif name == "tag-key":
            if not set(values) & set(tags):
                return False
            continue
        else:
            value = item.get("".join(word.capitalize() for word in name.split("-")))
        if value not in values:
            return False
    return True

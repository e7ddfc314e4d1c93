# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a set of resources of one kind to what is declared.

Describe all of ours once, compare, then create, change and remove concurrently. A resource that fails half-way is looked at again
and carried on from where it stands, which is also how a run that was killed is continued: nothing is remembered, the account is the state.
"""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

from .compare import agrees, same_policy, without_unset
from .resource import PLACEHOLDER, PLACEHOLDER_ID, Item, Kind, Problem, Resource, owned
from .retries import error_code, lost_answer, pause

_PLACEHOLDERS = re.compile(rf"-{PLACEHOLDER_ID}\b|\b{PLACEHOLDER}\b")
_TRIES = 6  # looks at a resource whose answers get lost, before giving up


@dataclasses.dataclass
class Change:
    """One thing that was, or in check mode would be, done."""

    name: str
    action: str  # create | update | replace | remove
    options: list[str]
    before: Item
    after: Item


@dataclasses.dataclass
class Result:
    """What a reconciliation found and did."""

    resources: dict[str, Resource]
    changes: list[Change]
    undeclared: list[str]
    waiting: list[str]
    in_use: list[str] = dataclasses.field(default_factory=list)  # may be removed, but something uses them still; also in undeclared

    @property
    def changed(self) -> bool:
        return bool(self.changes)


@dataclasses.dataclass
class Consent:
    """What the user allows beyond creating and changing. `*` stands for every name of a kind that holds no data.

    :param remove: names of undeclared resources that may be removed.
    :param replace: names that may be removed and made again because an option changed that AWS cannot change.
    :param data: whether `*` also covers kinds that hold data (destroy, after a consent of its own).
    """

    remove: t.Collection[str] = ()
    replace: t.Collection[str] = ()
    data: bool = False

    def covers(self, names: t.Collection[str], name: str, kind: Kind) -> bool:
        return name in names or ("*" in names and (self.data or not kind.holds_data))


def differences(kind: Kind, item: Item, current: Item) -> Item:
    """The options of the item that are not yet as declared, with the values they shall have."""
    changed: Item = {}
    for option, wanted in item.items():
        if wanted is None or option == "name" or option in kind.unreported:
            continue
        same = kind.same(option, wanted, current.get(option))
        if same is None and option in kind.policies:
            same = same_policy(wanted, current.get(option))
        elif same is None:
            same = agrees(wanted, current.get(option), ordered=option in kind.ordered)
        if not same:
            changed[option] = wanted
    return changed


def find(kind: Kind, names: t.Collection[str]) -> tuple[dict[str, Resource], dict[str, Resource]]:
    """(ours, strangers that have one of the names), by name."""
    ours: dict[str, Resource] = {}
    strangers: dict[str, Resource] = {}
    for resource in kind.describe(names):
        if owned(resource.tags, kind.tags):
            if resource.name in ours:
                raise Problem(
                    f"two of kind {kind.noun} are called {resource.name} and carry our tags "
                    f"({ours[resource.name].outputs.get('id')}, {resource.outputs.get('id')}): remove one of them by hand"
                )
            ours[resource.name] = resource
        elif resource.name in names:
            strangers[resource.name] = resource
    return ours, strangers


def reconcile(
    kind: Kind,
    items: list[Item],
    *,
    consent: Consent | None = None,
    check_mode: bool = False,
    wait: bool = True,
    timeout: float = 3600,
) -> Result:
    """Make the account agree with `items`.

    :param timeout: seconds to wait until all is ready.
    :raises Problem: with every problem found, before anything is changed.
    """
    consent = consent or Consent()
    wanted = kind.wanted = _by_name(kind, items)
    _refuse_placeholders(kind, wanted, check_mode)
    ours, strangers = find(kind, wanted)
    undeclared = sorted(set(ours) - set(wanted))
    displaced = kind.displaced({name: ours[name] for name in undeclared})
    removable = [name for name in undeclared if name in displaced or consent.covers(consent.remove, name, kind)]
    problems = kind.refuse(wanted) + [
        f"{kind.noun} {name} exists and is not ours (its tags do not say so): choose another name, or {kind.hand_over(name)}" for name in strangers
    ]
    plan: dict[str, Change] = {}
    for name, item in wanted.items():
        current = ours.get(name)
        if current is None:
            plan[name] = Change(name, "create", sorted(without_unset(item)), {}, without_unset(item))
            continue
        changes = differences(kind, item, current.state)
        tags = {key: value for key, value in kind.tags.items() if current.tags.get(key) != value}
        immovable = [option for option in changes if option in kind.fixed]
        if immovable and not kind.disposable and not consent.covers(consent.replace, name, kind):
            problems += [
                f"{kind.noun} {name}: AWS cannot change {option} of an existing one "
                f"({current.state.get(option)!r} to {changes[option]!r}). Declare it under another name, or allow its replacement by name"
                for option in immovable
            ]
        problems += kind.forbid(current, item, changes) if changes else []
        if changes or tags:
            before = {option: current.state.get(option) for option in changes}
            after = dict(changes)
            if tags:
                before["tags"], after["tags"] = {key: current.tags.get(key) for key in tags}, tags
            plan[name] = Change(name, "replace" if immovable else "update", sorted(after), before, after)
    if problems:
        raise Problem("; ".join(problems))
    for name in removable:
        plan[name] = Change(name, "remove", [], ours[name].state, {})
    left = [name for name in undeclared if name not in removable]
    if check_mode:
        return Result(_predicted(kind, wanted, ours, plan), list(plan.values()), left, [])
    bare = {name: change for name, change in plan.items() if change.action in ("create", "replace")} if kind.create_then_update else {}
    if bare:
        _carry_out(kind, wanted, ours, bare)
        ours = _settle(kind, wanted)
    # What was made bare gets its settings together with those that were there: either may name the other.
    rest = {name: change for name, change in plan.items() if name not in bare}
    rest |= {name: Change(name, "update", [], {}, {}) for name in bare if differences(kind, wanted[name], ours[name].state)}
    in_use = _carry_out(kind, wanted, ours, rest)
    for name in in_use:
        del plan[name]
        removable.remove(name)
    left = sorted([*left, *in_use])
    if rest:
        ours = _settle(kind, wanted)
    waiting: list[str] = []
    if wait:
        ours = await_ready(kind, wanted, removable, ours, timeout)
    else:
        waiting = sorted(name for name in wanted if not ours[name].ready)
    return Result({name: ours[name] for name in wanted}, list(plan.values()), left, waiting, in_use)


def _by_name(kind: Kind, items: list[Item]) -> dict[str, Item]:
    wanted = {item["name"]: kind.normalise(item) for item in items}
    if len(wanted) < len(items):
        names = [item["name"] for item in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Problem(f"declared more than once as {kind.noun}: {', '.join(twice)}")
    return wanted


def _refuse_placeholders(kind: Kind, wanted: dict[str, Item], check_mode: bool) -> None:
    """Stop where an input came from a layer that has not been rolled out. Check mode is how such inputs are looked at."""
    if check_mode:
        return

    def search(value: t.Any, path: str) -> t.Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from search(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for inner in value:
                yield from search(inner, path)
        elif isinstance(value, str) and _PLACEHOLDERS.search(value):
            yield f"{path} is {value}"

    found = [hit for name, item in wanted.items() for hit in search(item, f"{kind.noun} {name}")]
    if found:
        raise Problem(
            "needs something that does not exist yet, so an earlier layer has to be rolled out first "
            f"(ansible-playbook site.yml rolls out all of them in order): {'; '.join(found)}"
        )


def _predicted(kind: Kind, wanted: dict[str, Item], ours: dict[str, Resource], plan: dict[str, Change]) -> dict[str, Resource]:
    resources = {}
    for name, item in wanted.items():
        current = ours.get(name)
        outputs = {**(current.outputs if current else kind.placeholder(name)), **(kind.predict(current, item) if name in plan else {})}
        state = {**(current.state if current else {}), **without_unset(item)}
        resources[name] = Resource(name, state, dict(kind.tags), outputs, current.status if current else "planned")
    return resources


def _carry_out(kind: Kind, wanted: dict[str, Item], ours: dict[str, Resource], plan: dict[str, Change]) -> list[str]:
    """Do what is planned, concurrently, and report every failure together. Returns what could not go because it is in use."""
    failures: list[str] = []
    in_use: list[str] = []

    def ensure(name: str) -> None:
        """One resource, looked at again after every lost answer."""
        current, replacing = ours.get(name), plan[name].action == "replace"
        for attempt in range(_TRIES):
            try:
                if name not in wanted:
                    if current:
                        kind.delete(current)
                    return
                if current and replacing:
                    kind.delete(current)
                    _await_absence(kind, name)
                    current, replacing = None, False
                if current is None:
                    kind.create(name, wanted[name], {**kind.tags, "Name": name})
                    return
                changes = differences(kind, wanted[name], current.state)
                if changes:
                    kind.update(current, wanted[name], changes)
                tags = {key: value for key, value in kind.tags.items() if current.tags.get(key) != value}
                if tags:
                    kind.set_tags(current, tags)
                return
            except Exception as error:
                exists_now = current is None and _says_exists(error)
                if attempt == _TRIES - 1 or not (lost_answer(error) or exists_now):
                    raise
                time.sleep(pause(attempt))
                current = find(kind, [name])[0].get(name)
                if exists_now and current is None and attempt > 1:
                    raise

    def guarded(name: str) -> None:
        try:
            ensure(name)
        except Exception as error:
            if name not in wanted and not kind.session.patient and _says_in_use(error):
                in_use.append(name)
            else:
                failures.append(f"{kind.noun} {name}: {_words(error)}")

    # Removals come last: something else of the set may still refer to what goes.
    stages = {name: kind.stage(wanted[name]) for name in plan if name in wanted}
    for stage in sorted(set(stages.values())):
        if not failures:
            kind.session.each(guarded, [name for name in stages if stages[name] == stage])
    if not failures:
        kind.session.each(guarded, [name for name in plan if name not in wanted])
    if failures:
        raise Problem("; ".join(sorted(failures)))
    return sorted(in_use)


def _says_in_use(error: BaseException) -> bool:
    """True where AWS refuses a removal because something else uses the resource."""
    if re.search(r"DependencyViolation|InUse|DeleteConflict|AssociatedItem|GroupState", error_code(error)):
        return True
    # For an alarm that a composite one adds up there is no code of its own.
    return bool(re.search(r"depend(s|ing) on it", str(error)))


def _says_exists(error: BaseException) -> bool:
    """True where AWS refuses a creation because it was done: by a request whose answer got lost."""
    return bool(re.search(r"Exist|Duplicate|Conflict|InUse|AlreadyAssociated|AlreadyOwned", error_code(error)))


def _words(error: BaseException) -> str:
    """The error in AWS's words, without the traceback nobody needs, and without botocore's count of retries, which are not its own."""
    if isinstance(error, Problem) or hasattr(error, "response"):
        return str(error).replace(" (reached max retries: 0)", "")
    return f"{type(error).__name__}: {error}"


def _settle(kind: Kind, wanted: t.Collection[str]) -> dict[str, Resource]:
    """Look again after changes, until what was made is listed."""
    started = time.monotonic()
    while True:
        ours, _ = find(kind, wanted)
        missing = sorted(set(wanted) - set(ours))
        if not missing:
            return ours
        if time.monotonic() - started > kind.show_up:
            raise Problem(f"{kind.noun} created but not listed within {kind.show_up:.0f} s: {', '.join(missing)}")
        time.sleep(1)


def await_ready(kind: Kind, wanted: t.Collection[str], removed: t.Collection[str], ours: dict[str, Resource], timeout: float) -> dict[str, Resource]:
    """Wait until all declared resources are ready and all removed ones are gone."""
    started = time.monotonic()
    while True:
        failed = [f"{kind.noun} {name}: {ours[name].failure}" for name in wanted if name in ours and ours[name].failure]
        if failed:
            raise Problem("; ".join(failed))
        pending = [f"{name} ({ours[name].status})" if name in ours else f"{name} (not listed)" for name in wanted if name not in ours or not ours[name].ready]
        pending += [f"{name} (going)" for name in removed if name in ours]
        elapsed = time.monotonic() - started
        if not pending:
            return ours
        if elapsed > timeout:
            raise Problem(f"{kind.noun} not ready after {elapsed:.0f} s: {', '.join(pending)}. Run again to go on waiting")
        # A twentieth of what has been waited already: late by at most that share, few calls on long waits.
        time.sleep(min(15.0, max(0.25, elapsed / 20)))
        ours, _ = find(kind, wanted)


def _await_absence(kind: Kind, name: str, timeout: float = 1800) -> None:
    started = time.monotonic()
    while name in find(kind, [name])[0]:
        if time.monotonic() - started > timeout:
            raise Problem(f"{kind.noun} {name} is still there {timeout:.0f} s after its removal was asked for")
        time.sleep(min(15.0, max(0.25, (time.monotonic() - started) / 10)))

# SPDX-License-Identifier: GPL-3.0-or-later
"""One database instance takes the name, and so the address, of another."""

from __future__ import annotations

import time
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .resource import Item, Problem, Session
from .retries import tolerated
from .steps import change, wait_while

# An instance that is being changed can be changed again when that is over.
BUSY = (("InvalidDBInstanceState", "", 1800.0),)
VALIDATION = "Validation"  # the tag that says what was found in a restored one: good or bad


def find_instance(session: Session, name: str) -> Item:
    """The instance of this name, or nothing."""
    found: list[Item] = []
    with tolerated("DBInstanceNotFound", "DBInstanceNotFoundFault"):
        found = session.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return found[0] if found else {}


def _rename(session: Session, old: str, new: str, tags: dict[str, str], until: float) -> None:
    """And wait until it answers to its new name: RDS shows the old one for minutes (UG rds/USER_RenameInstance).

    Its tags go before: a run that goes on with what an ended one has begun goes by the names.
    """
    rds = session.client("rds", BUSY)
    rds.add_tags_to_resource(ResourceName=find_instance(session, old)["DBInstanceArn"], Tags=dict_to_tags({**tags, "Name": new}))
    rds.modify_db_instance(DBInstanceIdentifier=old, NewDBInstanceIdentifier=new, ApplyImmediately=True)

    def late() -> str:
        renamed = not find_instance(session, old) and find_instance(session, new).get("DBInstanceStatus") == "available"
        return "" if renamed else f"{old} does not answer to the name {new} yet. Run again: what is done stays done"

    wait_while(late, until)


def exchange(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """`restored` becomes `name`, and what had that name is kept as `kept_as`. Begun again wherever it was ended."""
    name, restored, kept_as = options["name"], options["restored"], options["kept_as"]
    until = time.monotonic() + options["wait_timeout"]
    instances = {one: find_instance(session, one) for one in (name, restored, kept_as)}
    if not instances[restored]:
        if instances[name] and instances[kept_as]:
            return []
        raise Problem(f"there is no database {restored} in {session.region} that could become {name}")
    if instances[name] and instances[kept_as]:
        raise Problem(f"there is a database {kept_as} already: neither can {name} be kept under that name, nor does it have to be")
    for one, status in ((one, found.get("DBInstanceStatus")) for one, found in instances.items() if found):
        if status not in ("available", "renaming", "modifying", "rebooting", "backing-up"):
            raise Problem(f"the database {one} is {status}, and can neither take a name nor give one up")
    if tags_to_dict(instances[restored].get("TagList")).get(VALIDATION) == "bad" and not options["even_if_bad"]:
        raise Problem(f"the database {restored} was looked into, and something is wrong with it: the record of its restore says what")
    changes = [change("rds_instances", one, ["name"]) for one in (name, restored) if instances[one]]
    if session.check_mode:
        return changes
    layer = tags_to_dict((instances[name] or instances[kept_as]).get("TagList")).get("Layer", "")
    if instances[name]:
        _rename(session, name, kept_as, {}, until)
    session.client("rds").remove_tags_from_resource(ResourceName=instances[restored]["DBInstanceArn"], TagKeys=[VALIDATION])
    _rename(session, restored, name, {"Layer": layer} if layer else {}, until)
    return changes

# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking the lock of an environment, for a person who waits for it."""

from __future__ import annotations

import getpass
import socket
import time
import typing as t

from .kinds.s3 import Buckets
from .reconcile import reconcile
from .resource import Item, Problem, Session
from .run_store import PATIENCE, Holder, Store, Taken, code_of, unreachable

try:
    import botocore.config
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_BETWEEN = 5.0  # seconds between two looks at somebody else's lock
_RENEWALS = 5  # in the time after which it expires


def _clients(module: t.Any) -> tuple[t.Any, t.Any]:
    config = botocore.config.Config(**PATIENCE)
    return module.client("sts", config=config), module.client("s3", config=config)


def _place(module: t.Any) -> Item:
    """What the keeper needs to find the lock again. Credentials it takes from where they were taken here."""
    options = module.params
    names = ("environment", "bucket", "account", "profile")
    return {**{name: options.get(name) for name in names}, "region": module.region, "endpoint": options.get("endpoint_url")}


def _answer(module: t.Any, **more: t.Any) -> Item:
    empty = {"caller": "", "holder": "", "told": {}, "lock": {}, "etag": "", "changes": [], "warnings": []}
    settings = {"python": module.params["python"], "directory": module.params["directory"], "every": module.params["expires"] / _RENEWALS}
    return {**empty, "place": _place(module), **settings, **more}


def look(module: t.Any) -> Item:
    """Who has the lock, for whoever only wants to know what would change."""
    store = Store(_clients(module)[1], module.params["bucket"], module.params["account"])
    try:
        holder = store.look()
    except botocore.exceptions.ClientError as error:
        if code_of(error) == "NoSuchBucket":
            return _answer(module)
        return _answer(module, warnings=[f"who has the lock of {module.params['environment']} could not be seen: {error}"])
    except botocore.exceptions.BotoCoreError as error:
        return _answer(module, warnings=[f"who has the lock of {module.params['environment']} could not be seen: {error}"])
    if holder is None or holder.expired:
        return _answer(module)
    words = f"{module.params['environment']} is being changed by {holder}: what is said here may not hold for long"
    return _answer(module, holder=str(holder), warnings=[words])


def take(module: t.Any, sleep: t.Callable[[float], None] = time.sleep) -> Item:
    """Take the lock, or say who has it."""
    options = module.params
    if not options["run"]:
        raise Problem("nobody would release the lock: add groundswell.aws.run_record to callbacks_enabled in ansible.cfg")
    sts, s3 = _clients(module)
    caller = ""
    try:
        identity = sts.get_caller_identity()
        caller = identity["Arn"]
        if identity["Account"] != options["account"]:
            raise Problem(f"these credentials are of account {identity['Account']}, and {options['environment']} is in {options['account']}")
        lock = _lock(options, caller)
        etag, previous, made = _taken(module, Store(s3, options["bucket"], options["account"]), lock, sleep)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        return _without(module, caller, error)
    told, warnings = {}, []
    if previous:
        why = "had expired" if previous.expired else "was given up by consent"
        told = {"taken_over": str(previous), "why": why}
        warnings = [f"the lock of {previous} {why}, and is taken over: what that run did stays, and this one goes on from there"]
    changes = [{"cell": options["tags"]["Cell"], "kind": "s3_buckets", "name": options["bucket"], "action": "create", "options": []}] if made else []
    return _answer(module, caller=caller, told=told, lock=lock, etag=etag, changes=changes, warnings=warnings)


def _lock(options: Item, caller: str) -> Item:
    return {
        "run": options["run"],
        "environment": options["environment"],
        "playbook": options["playbook"],
        "who": caller,
        "host": f"{getpass.getuser()}@{socket.gethostname()}",
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "doing": "",
        "seconds": options["expires"],
    }


def _taken(module: t.Any, store: Store, lock: Item, sleep: t.Callable[[float], None]) -> tuple[str, Holder | None, bool]:
    """The ETag, whose it was, and whether the bucket had to be made."""
    options, until = module.params, time.monotonic() + module.params["wait"]
    made = False
    while True:
        try:
            return *store.take(lock, options["consent"]), made
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "NoSuchBucket" or made or not options["create"]:
                raise
            _make(module)
            made = True
        except Taken as taken:
            if time.monotonic() >= until:
                raise Problem(_refusal(options, taken.holder)) from None
            sleep(min(_BETWEEN, max(until - time.monotonic(), 0.1)))


def _make(module: t.Any) -> None:
    """The first run of all has nowhere to put its lock."""
    options = module.params
    bucket = {"name": options["bucket"], "versioning": True, "public_access_blocked": True, "object_ownership": "BucketOwnerEnforced"}
    reconcile(Buckets(Session(module), {}, options["tags"]), [bucket])


def _without(module: t.Any, caller: str, error: Exception) -> Item:
    """Go on without the lock, where there is nothing to lock yet, or where that is allowed and nobody answers."""
    options = module.params
    missing = code_of(error) == "NoSuchBucket"
    if not (missing and not options["create"]) and (options["required"] or not unreachable(error)):
        more = ""
        if unreachable(error):
            more = f". If its region is lost and you know that nobody else is at work: -e run_lock_passed_consent={options['environment']}"
        raise Problem(f"the lock of {options['environment']} in s3://{options['bucket']} ({module.region}) cannot be taken: {error}{more}") from None
    why = f"there is no bucket {options['bucket']}" if missing else f"{module.region} does not answer: {error}"
    warnings = [] if missing else [f"this run goes on without the lock of {options['environment']}, which nobody can see now: {why}"]
    answer = _answer(module, caller=caller, told={"without": why}, warnings=warnings)
    return {**answer, "place": {**answer["place"], "bucket": "", "why": why}}


def _refusal(options: Item, holder: Holder) -> str:
    environment, run = options["environment"], holder.lock.get("run")
    left = max(0, round(float(holder.lock.get("seconds", 0)) - holder.age))
    return (
        f"{environment} is being changed by {holder}. Wait for it (-e run_lock_wait=600), or ask whoever it is. If that run is dead, its lock "
        f"expires in {left} seconds, or at once with: ansible-playbook playbooks/unlock.yml -i inventories/{environment} -e unlock_consent={run}"
    )

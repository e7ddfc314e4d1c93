# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that are exchanged for new ones while they are used. A new value is pending, then current; the one before it is previous, until it is retired.

Stages say how far a rotation has come, so one that was ended anywhere is gone on with. No value leaves this machine but for AWS, and none is returned.
"""

from __future__ import annotations

import datetime
import json
import string
import time
import typing as t

from .compare import tags_to_dict
from .kinds.secretsmanager import generate
from .resource import PLACEHOLDER, Item, Problem, Session
from .retries import PROPAGATION, tolerated
from .steps import change, wait_while

PENDING, CURRENT, PREVIOUS = "AWSPENDING", "AWSCURRENT", "AWSPREVIOUS"
# What a value is made of: every user of a secret takes letters and digits.
_CHARACTERS = [string.ascii_lowercase, string.ascii_uppercase, string.digits]
_SHORTEST = 32


def value_of(session: Session, secret: str, stage: str = CURRENT) -> str:
    """The value that a secret has in a stage, empty where it has none. It is read in the region that its ARN names."""
    if PLACEHOLDER in secret:
        return ""
    region = {"region": secret.split(":")[3]} if secret.startswith("arn:") else {}
    with tolerated("ResourceNotFoundException"):
        return t.cast(str, session.client("secretsmanager", **region).get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"])
    return ""


def living_values(session: Session, secret: str) -> list[str]:
    """Every value that somebody may come with now, the current one first: whoever accepts them all locks nobody out."""
    values = [value_of(session, secret, stage) for stage in (CURRENT, PENDING, PREVIOUS)]
    return list(dict.fromkeys(value for value in values if value))


def stages(session: Session, secret: str) -> dict[str, str]:
    """The version that each stage belongs to."""
    versions = session.client("secretsmanager").describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    return {stage: version for version, names in versions.items() for stage in names}


def rotate(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Bring a secret to the next stage of its rotation, if it has not come so far yet, and its replicas with it."""
    secret, found = options["secret"], stages(session, options["secret"])
    if CURRENT not in found:
        raise Problem(f"the secret {secret} has no value that could be exchanged for a new one")
    pending = found.get(PENDING, found[CURRENT]) != found[CURRENT]
    due = {
        # A new value only where none is on its way.
        "prepared": not pending and PREVIOUS not in found,
        "promoted": pending or PENDING in found,
        "retired": PREVIOUS in found,
    }[options["state"]]
    if options["state"] == "retired" and pending:
        raise Problem(f"the secret {secret} has a new value that nobody uses yet: it has to be promoted before the one before it is retired")
    if session.check_mode:
        return [change("secretsmanager_secrets", secret, [options["state"]])] if due else []
    until = time.monotonic() + options["wait_timeout"]
    if due:
        stage, value = {"prepared": _prepare, "promoted": _promote, "retired": _retire}[options["state"]](session, options, found)
        # Secrets Manager tells its readers a little later: who did not see that a value is pending would let it be used before it is accepted.
        wait_while(lambda: "" if value_of(session, secret, stage) == value else f"{secret} does not show its new value yet: run again", until, sleep)
    _await_replicas(session, options, until, sleep)
    return [change("secretsmanager_secrets", secret, [options["state"]])] if due else []


# Each says what is to be read afterwards, in which stage.


def _prepare(session: Session, options: dict[str, t.Any], found: dict[str, str]) -> tuple[str, str]:
    value = _successor(value_of(session, options["secret"]), options["key"], options["secret"], options.get("users") or [])
    session.client("secretsmanager").put_secret_value(SecretId=options["secret"], SecretString=value, VersionStages=[PENDING])
    return PENDING, value


def _promote(session: Session, options: dict[str, t.Any], found: dict[str, str]) -> tuple[str, str]:
    """Whoever reads the secret from now on gets the new value."""
    client, value = session.client("secretsmanager"), value_of(session, options["secret"], PENDING)
    if found[PENDING] != found[CURRENT]:
        client.update_secret_version_stage(SecretId=options["secret"], VersionStage=CURRENT, MoveToVersionId=found[PENDING], RemoveFromVersionId=found[CURRENT])
    client.update_secret_version_stage(SecretId=options["secret"], VersionStage=PENDING, RemoveFromVersionId=found[PENDING])
    return CURRENT, value


def _retire(session: Session, options: dict[str, t.Any], found: dict[str, str]) -> tuple[str, str]:
    """A version without a stage is forgotten by Secrets Manager in time."""
    session.client("secretsmanager").update_secret_version_stage(SecretId=options["secret"], VersionStage=PREVIOUS, RemoveFromVersionId=found[PREVIOUS])
    return PREVIOUS, ""


def _await_replicas(session: Session, options: dict[str, t.Any], until: float, sleep: t.Callable[[float], None]) -> None:
    def late() -> str:
        replicas = session.client("secretsmanager").describe_secret(SecretId=options["secret"]).get("ReplicationStatus", [])
        behind = [f"{one['Region']} ({one.get('StatusMessage') or one['Status']})" for one in replicas if one["Status"] != "InSync"]
        return f"{options['secret']} is not in step in {', '.join(behind)}. Run again to go on waiting" if behind else ""

    wait_while(late, until, sleep)


def _successor(value: str, key: str, secret: str, users: t.Sequence[str]) -> str:
    """As long as the value before it; of a JSON document one member alone is new, and the user where users take turns."""
    document: t.Any = None
    try:
        document = json.loads(value)
    except ValueError:
        pass  # a value that stands alone
    if not isinstance(document, dict):
        return generate(max(len(value), _SHORTEST), _CHARACTERS)
    if not isinstance(document.get(key), str):
        raise Problem(f"the secret {secret} is a document without {key}, which is what would be exchanged")
    if users and document.get("username") not in users:
        raise Problem(f"the secret {secret} names a user that is none of {', '.join(users)}, who take turns")
    turn = {"username": next(user for user in users if user != document["username"])} if users else {}
    return json.dumps({**document, **turn, key: generate(max(len(document[key]), _SHORTEST), _CHARACTERS)})


# By itself, and how long ago ---------------------------------------------------------------------------------------------------------------

_ADMITTED = "secretsmanager"


def schedule(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """Secrets Manager rotates a secret every some days, or not any more. Nothing is rotated now."""
    secret, function, days = options["secret"], options["function_arn"], options["days"]
    found: Item = {}
    with tolerated("ResourceNotFoundException"):
        found = session.client("secretsmanager").describe_secret(SecretId=secret)
    held = (found.get("RotationLambdaARN"), found.get("RotationRules", {}).get("AutomaticallyAfterDays")) if found.get("RotationEnabled") else None
    due = held != ((function, days) if days else None)
    admitted = not days or _admitted(session, function)
    if not due and admitted:
        return []
    if not session.check_mode:
        if not admitted:
            # For this secret alone: else anybody's secret of the account could be led to it.
            session.client("lambda").add_permission(
                FunctionName=function, StatementId=_ADMITTED, Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com", SourceArn=found["ARN"]
            )
        if days and due:
            # News of the permission spreads for some seconds.
            client = session.client("secretsmanager", (("AccessDeniedException", "cannot invoke", PROPAGATION),))
            client.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": days}, RotateImmediately=False)
        elif due:
            session.client("secretsmanager").cancel_rotate_secret(SecretId=secret)
    return [change("secretsmanager_secrets", secret, ["rotation"])]


def _admitted(session: Session, function: str) -> bool:
    with tolerated("ResourceNotFoundException"):
        policy = json.loads(session.client("lambda").get_policy(FunctionName=function)["Policy"])
        return any(statement.get("Sid") == _ADMITTED for statement in policy["Statement"])
    return False


def ages(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """How old the current value of each secret with the tags is, the oldest first."""
    client, now = session.client("secretsmanager"), datetime.datetime.now(datetime.UTC)
    filters = [{"Key": "tag-key", "Values": list(options["tags"])}]
    listed = [
        one
        for one in client.get_paginator("list_secrets").paginate(Filters=filters).search("SecretList[]")
        if one and options["tags"].items() <= tags_to_dict(one.get("Tags")).items() and one.get("PrimaryRegion", session.region) == session.region
    ]

    def age(secret: Item) -> Item:
        # Those with a stage only, which are few.
        versions = client.list_secret_version_ids(SecretId=secret["ARN"])["Versions"]
        made = next(one["CreatedDate"] for one in versions if CURRENT in one.get("VersionStages", []))
        days = (now - made).days
        every = secret.get("RotationRules", {}).get("AutomaticallyAfterDays", 0) if secret.get("RotationEnabled") else 0
        made = made.astimezone(datetime.UTC)
        return {"name": secret["Name"], "made": f"{made:%Y-%m-%dT%H:%M:%SZ}", "days": days, "old": days > options["max_days"], "every": every}

    return sorted(session.each(age, listed), key=lambda one: (-one["days"], one["name"]))


# The header by which load balancers know the edge ------------------------------------------------------------------------------------------


def accept_header(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Let the rules of a load balancer that ask for a header take every value that a secret has now, and no other. Nothing else of them changes."""
    client, name = session.client("elbv2"), options["load_balancer"]
    values = living_values(session, options["secret"])
    if not values:
        raise Problem(f"there is no value in secret {options['secret']} for a listener rule to compare with")
    (balancer,) = client.describe_load_balancers(Names=[name])["LoadBalancers"]
    listeners = client.get_paginator("describe_listeners").paginate(LoadBalancerArn=balancer["LoadBalancerArn"]).search("Listeners[]")
    rules = [rule for listener in listeners for rule in client.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"]).search("Rules[]")]
    asking = [rule for rule in rules if _headers(rule, options["header"])]
    if not asking:
        raise Problem(f"no rule of the load balancer {name} asks for the header {options['header']}")
    turned = [rule for rule in asking if any(set(header["Values"]) != set(values) for header in _headers(rule, options["header"]))]
    if turned and not session.check_mode:
        for rule in turned:
            for header in _headers(rule, options["header"]):
                header["Values"] = values
            client.modify_rule(RuleArn=rule["RuleArn"], Conditions=[_as_declared(condition) for condition in rule["Conditions"]])
        # The nodes of a load balancer hear of it a little later, and nobody tells when all have.
        sleep(options["settle_seconds"])
    return [change("elbv2_load_balancers", name, ["listeners"])] if turned else []


def _headers(rule: dict[str, t.Any], name: str) -> list[dict[str, t.Any]]:
    found = [condition["HttpHeaderConfig"] for condition in rule["Conditions"] if condition["Field"] == "http-header"]
    return [header for header in found if header["HttpHeaderName"].lower() == name.lower()]


def _as_declared(condition: dict[str, t.Any]) -> dict[str, t.Any]:
    """A condition as ModifyRule takes it: AWS shows the values of some kinds twice, and takes them once."""
    config = {key: value for key, value in condition.items() if key.endswith("Config")}
    return {"Field": condition["Field"], **(config or {"Values": condition["Values"]})}


def send_header(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Let a distribution send a secret's current value in a header to its origins, and wait until all of it does. Nothing else of it changes."""
    client, number = session.client("cloudfront"), options["distribution"]
    value = value_of(session, options["secret"])
    found = client.get_distribution_config(Id=number)
    config = found["DistributionConfig"]
    headers = [
        header
        for origin in config["Origins"]["Items"]
        for header in origin.get("CustomHeaders", {}).get("Items") or []
        if header["HeaderName"].lower() == options["header"].lower()
    ]
    if not headers or not value:
        raise Problem(f"the distribution {number} sends no header {options['header']} to its origins" if value else f"{options['secret']} has no value")
    turned = [header for header in headers if header["HeaderValue"] != value]
    if session.check_mode:
        return [change("cloudfront_distributions", number, ["origins"])] if turned else []
    if turned:
        for header in turned:
            header["HeaderValue"] = value
        client.update_distribution(Id=number, IfMatch=found["ETag"], DistributionConfig=config)

    def late() -> str:
        status = client.get_distribution(Id=number)["Distribution"]["Status"]
        return "" if status == "Deployed" else f"the distribution {number} is {status} after {options['wait_timeout']} seconds. Run again to go on waiting"

    wait_while(late, time.monotonic() + options["wait_timeout"], sleep)
    return [change("cloudfront_distributions", number, ["origins"])] if turned else []


# The token of the cache --------------------------------------------------------------------------------------------------------------------


def set_token(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Let a cache take a secret's pending value beside the current one, or the current one alone, and wait until it does."""
    client, name = session.client("elasticache"), options["replication_group"]
    found = stages(session, options["secret"])
    pending = found.get(PENDING, found[CURRENT]) != found[CURRENT]
    due = pending if options["state"] == "both" else PREVIOUS in found
    if due and options["state"] == "current" and pending:
        raise Problem(f"the new token of {name} is not used yet: promote the secret before the cache takes it alone")
    if session.check_mode:
        return [change("elasticache_replication_groups", name, ["auth_token"])] if due else []

    def late() -> str:
        (group,) = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        waits = group.get("PendingModifiedValues", {}).get("AuthTokenStatus", "")
        busy = waits or (group["Status"] if group["Status"] != "available" else "")
        return f"the cache {name} is {busy} after {options['wait_timeout']} seconds. Run again to go on waiting" if busy else ""

    until = time.monotonic() + options["wait_timeout"]
    wait_while(late, until, sleep)
    if due:
        token = value_of(session, options["secret"], PENDING if options["state"] == "both" else CURRENT)
        strategy = "ROTATE" if options["state"] == "both" else "SET"
        client.modify_replication_group(ReplicationGroupId=name, AuthToken=token, AuthTokenUpdateStrategy=strategy, ApplyImmediately=True)
        wait_while(late, until, sleep)
    return [change("elasticache_replication_groups", name, ["auth_token"])] if due else []

# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a region that stood by the one that serves. Nothing here asks the other region, which may be gone."""

from __future__ import annotations

import json
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .exchange import BUSY, find_instance
from .resource import Item, Problem, Session
from .retries import tolerated
from .steps import change


def promote(session: Session, identifier: str, backup_retention_days: int) -> list[Item]:
    """Make the copy of a database a database of its own. Begun, not waited for: minutes, with a restart.

    What the source had not sent yet is lost with it; what was sent is applied first (API rds:PromoteReadReplica).
    """
    copy = find_instance(session, identifier)
    if not copy:
        raise Problem(f"there is no database {identifier} in {session.region} that could take over")
    if not copy.get("ReadReplicaSourceDBInstanceIdentifier"):
        return []
    if not session.check_mode:
        # Without a retention RDS would keep a day.
        session.client("rds", BUSY).promote_read_replica(DBInstanceIdentifier=identifier, BackupRetentionPeriod=backup_retention_days)
    return [change("rds_read_replicas", identifier, ["replica_of"])]


def detach(session: Session, names: list[str], tags: dict[str, str]) -> list[Item]:
    """Let replicas of secrets stand alone, with the value that they have, and belong to this cell."""
    secrets, changes = session.client("secretsmanager"), []
    for name in names:
        found: Item = {}
        with tolerated("ResourceNotFoundException"):
            found = secrets.describe_secret(SecretId=name)
        if not found:
            raise Problem(f"there is no secret {name} in {session.region}: neither was it replicated, nor made here")
        replica = found.get("PrimaryRegion") not in (None, session.region)
        other = {key: value for key, value in tags.items() if tags_to_dict(found.get("Tags")).get(key) != value}
        if not (replica or other):
            continue
        if not session.check_mode:
            if replica:
                secrets.stop_replication_to_replica(SecretId=found["ARN"])
            if other:
                secrets.tag_resource(SecretId=found["ARN"], Tags=dict_to_tags(other))
        changes.append(change("secretsmanager_secrets", name, [*(["replicas"] if replica else []), *(["tags"] if other else [])]))
    return changes


def mark(session: Session, options: dict[str, t.Any], regions: t.Iterable[str] = ()) -> list[Item]:
    """Say which cell serves and which are lost, where every later run looks for it (the inventory plugin groundswell.aws.serving): in this region
    and in others that answer.

    What is said later has a higher turn, by which whoever asks several regions knows which of them is up to date.
    """
    name, tags = options["parameter"], options["tags"]
    wanted = {"lost": sorted(options["lost"]), "serving": tags["Cell"]}
    clients = {region: session.client("ssm", region=region) for region in (session.region, *regions)}
    said: dict[str, Item] = {}
    for region, ssm in clients.items():
        with tolerated("ParameterNotFound"):
            said[region] = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    turn = max((one.get("turn", 1) for one in said.values()), default=0)
    if not any(one == {**wanted, "turn": turn} for one in said.values()):
        turn += 1
    wanted["turn"] = turn
    changes = []
    for region, ssm in clients.items():
        if said.get(region) == wanted:
            continue
        changes.append(change("ssm_parameters", name, ["value"], "update" if region in said else "create"))
        if session.check_mode:
            continue
        request = {"Name": name, "Type": "String", "Value": json.dumps(wanted, sort_keys=True)}
        # Tags and Overwrite exclude each other (API ssm:PutParameter).
        ssm.put_parameter(**request, **({"Overwrite": True} if region in said else {"Tags": dict_to_tags({**tags, "Layer": "recovery", "Name": name})}))
    return changes


def attach(session: Session, names: list[str], region: str, key_arn: str) -> list[Item]:
    """Replicate secrets to a region that has secrets of these names, from the time when it was the one that served."""
    secrets, changes = session.client("secretsmanager"), []
    for name in names:
        found = secrets.describe_secret(SecretId=name)
        if found.get("PrimaryRegion") not in (None, session.region):
            raise Problem(f"the secret {name} in {session.region} is a replica itself: it is its primary region that replicates it")
        if any(one["Region"] == region and one["Status"] != "Failed" for one in found.get("ReplicationStatus") or []):
            continue
        changes.append(change("secretsmanager_secrets", name, ["replicas"]))
        if not session.check_mode:
            secrets.replicate_secret_to_regions(
                SecretId=found["ARN"], AddReplicaRegions=[{"Region": region, "KmsKeyId": key_arn}], ForceOverwriteReplicaSecret=True
            )
    return changes


def take_over(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """All of it, in the order in which a run that is ended half-way can be begun again: the marker, by which the next one finds its cells, last."""
    return [
        *(promote(session, options["database"], options["backup_retention_days"]) if options["database"] else []),
        *detach(session, options["secrets"], {"Cell": options["tags"]["Cell"]}),
        *mark(session, options),
    ]


def reunite(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """What lets a region that was lost, and has nothing of its own any more, follow the one that serves, in which this is called. The marker last."""
    return [
        *attach(session, options["secrets"], options["follower_region"], options["follower_key_arn"]),
        *mark(session, {**options, "lost": []}, [options["follower_region"]]),
    ]

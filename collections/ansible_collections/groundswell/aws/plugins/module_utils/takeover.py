# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a region that stood by the one that serves. Nothing here asks the other region, which may be gone."""

from __future__ import annotations

import json
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .resource import Item, Problem, Session
from .retries import tolerated

# A replica that is being changed can be promoted when that is over.
_BUSY = (("InvalidDBInstanceState", "", 1800.0),)


def promote(session: Session, identifier: str, backup_retention_days: int) -> list[Item]:
    """Make the copy of a database a database of its own. Begun, not waited for: minutes, with a restart.

    What the source had not sent yet is lost with it; what was sent is applied first (API rds:PromoteReadReplica).
    """
    rds = session.client("rds", _BUSY)
    copies: list[Item] = []
    with tolerated("DBInstanceNotFound", "DBInstanceNotFoundFault"):
        copies = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    if not copies:
        raise Problem(f"there is no database {identifier} in {session.region} that could take over")
    if not copies[0].get("ReadReplicaSourceDBInstanceIdentifier"):
        return []
    if not session.check_mode:
        # Without a retention RDS would keep a day.
        rds.promote_read_replica(DBInstanceIdentifier=identifier, BackupRetentionPeriod=backup_retention_days)
    return [_change("rds_read_replicas", identifier, ["replica_of"])]


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
        changes.append(_change("secretsmanager_secrets", name, [*(["replicas"] if replica else []), *(["tags"] if other else [])]))
    return changes


def mark(session: Session, parameter: str, serving: str, lost: list[str], tags: dict[str, str]) -> list[Item]:
    """Say which cell serves, where every later run looks for it (the inventory plugin groundswell.aws.serving)."""
    ssm, value = session.client("ssm"), json.dumps({"lost": sorted(lost), "serving": serving})
    current = None
    with tolerated("ParameterNotFound"):
        current = ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
    if current == value:
        return []
    if not session.check_mode:
        if current is None:
            ssm.put_parameter(Name=parameter, Type="String", Value=value, Tags=dict_to_tags(tags))
        else:
            ssm.put_parameter(Name=parameter, Type="String", Value=value, Overwrite=True)
    return [_change("ssm_parameters", parameter, ["value"], "create" if current is None else "update")]


def _change(kind: str, name: str, options: list[str], action: str = "update") -> Item:
    return {"kind": kind, "name": name, "action": action, "options": options}


def take_over(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """All of it, in the order in which a run that is ended half-way can be begun again: the marker, by which the next one finds its cells, last."""
    tags = options["tags"]
    return [
        *promote(session, options["database"], options["backup_retention_days"]),
        *detach(session, options["secrets"], {"Cell": tags["Cell"]}),
        *mark(session, options["parameter"], tags["Cell"], options["lost"], {**tags, "Layer": "recovery", "Name": options["parameter"]}),
    ]

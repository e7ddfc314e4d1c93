# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: what takes a moment, and what moto lacks of replicas."""

from __future__ import annotations

import copy
from typing import Any

from moto.secretsmanager.models import ReplicaSecret

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation
from simulator.services._afterwards import lasts, still

REPLICATION = 10.0  # seconds; experience: 5 to 15 until a replica is InSync
DELETION = 10.0  # seconds; "an asynchronous background process performs the actual deletion, so there might be a short delay"


@after("secretsmanager", "DeleteSecret")
def a_deletion_by_force_takes_a_moment(context: Context, response: Parameters) -> None:
    """API secretsmanager:DeleteSecret, ForceDeleteWithoutRecovery."""
    if context.params.get("ForceDeleteWithoutRecovery"):
        lasts(context, response["Name"], DELETION)


@after("secretsmanager", "UpdateSecretVersionStage")
def who_names_no_version_gets_the_current_one(context: Context, response: Parameters) -> None:
    """API secretsmanager:GetSecretValue. moto goes on giving the version that was current before."""
    if context.params["VersionStage"] == "AWSCURRENT" and context.params.get("MoveToVersionId"):
        context.backend().secrets[context.params["SecretId"]].default_version_id = context.params["MoveToVersionId"]


@after("secretsmanager", "ReplicateSecretToRegions")
def a_replica_has_a_key_of_its_region(context: Context, response: Parameters) -> Parameters:
    """moto forgets which (API secretsmanager:ReplicateSecretToRegions). It is in step after some seconds."""
    secret = context.backend().secrets[context.params["SecretId"]]
    keys = {one["Region"]: one.get("KmsKeyId") for one in context.params["AddReplicaRegions"]}
    for replica in secret.replicas:
        if keys.get(replica.region):
            replica.config["KmsKeyId"] = keys[replica.region]
        if replica.region in keys:
            lasts(context, f"replication/{secret.name}/{replica.region}", REPLICATION)
    return {**response, "ReplicationStatus": [_status(context, secret, replica.config) for replica in secret.replicas]}


@after("secretsmanager", "DescribeSecret")
def replication_goes_on(context: Context, response: Parameters) -> Parameters:
    """InProgress, then InSync or Failed (API secretsmanager:ReplicationStatusType)."""
    secret = context.backend().secrets[context.params["SecretId"]]
    if not getattr(secret, "replicas", None):
        return response
    return {**response, "ReplicationStatus": [_status(context, secret, replica.config) for replica in secret.replicas]}


def _status(context: Context, secret: Any, config: Parameters) -> Parameters:
    if still(context, f"replication/{secret.name}/{config['Region']}"):
        return {**config, "Status": "InProgress", "StatusMessage": "Replication in progress"}
    return config


@operation("secretsmanager", "StopReplicationToReplica")
def a_replica_stands_alone(context: Context) -> Parameters:
    """Called in the replica's region, which the primary's need not be there for: the secret stays with all its versions and is followed no more
    (API secretsmanager:StopReplicationToReplica)."""
    secrets = context.backend().secrets
    replica = secrets.get(context.params["SecretId"])
    if replica is None:
        raise Refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", status=404)
    if not isinstance(replica, ReplicaSecret):
        raise Refused("InvalidRequestException", "You can't stop replication to a secret that is not a replica.")
    alone = copy.deepcopy(replica.source)
    alone.arn, alone.region, alone.replicas = replica.arn, context.region, []
    replica.source.replicas = [one for one in replica.source.replicas if one.region != context.region]
    # moto keeps replicas by their ARN and removes secrets by their name.
    dict.pop(secrets, replica.arn)
    secrets[alone.name] = alone
    return {"ARN": alone.arn}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: what takes a moment, and what moto lacks of replicas."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

from moto.secretsmanager.models import ReplicaSecret

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation, shows
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


# Rotation -----------------------------------------------------------------------------------------------------------------

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")  # UG secretsmanager/rotate-secrets_lambda-functions.md


@shows("R-SEC-04")
@operation("secretsmanager", "RotateSecret")
def rotate_secret(context: Context) -> Parameters:
    """Sets the schedule, and calls the function: all its steps, or without RotateImmediately the test alone, of the value that there is
    (API secretsmanager:RotateSecret). On AWS that goes on when the answer has been given."""
    params = context.params
    secret = context.backend().secrets[params["SecretId"]]
    function = params.get("RotationLambdaARN") or secret.rotation_lambda_arn
    if not function:
        raise Refused("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    if not _may_be_called(context, function, secret.arn):
        message = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal "
        raise Refused("AccessDeniedException", f"{message}secretsmanager.amazonaws.com.")
    token, immediately = params.get("ClientRequestToken") or str(uuid.uuid4()), params.get("RotateImmediately", True)
    secret.rotation_lambda_arn, secret.rotation_requested = function, True
    secret.auto_rotate_after_days = params.get("RotationRules", {}).get("AutomaticallyAfterDays") or secret.auto_rotate_after_days
    secret.rotation_enabled = secret.auto_rotate_after_days > 0
    if not immediately:
        current = context.call("GetSecretValue", {"SecretId": secret.arn})["SecretString"]
        context.call("PutSecretValue", {"SecretId": secret.arn, "SecretString": current, "ClientRequestToken": token, "VersionStages": ["AWSPENDING"]})
    for step in STEPS if immediately else ("testSecret",):
        payload = json.dumps({"Step": step, "SecretId": secret.arn, "ClientRequestToken": token}).encode()
        if "FunctionError" in context.call("Invoke", {"FunctionName": function, "Payload": payload}, service="lambda"):
            break
    if not immediately:
        context.call("UpdateSecretVersionStage", {"SecretId": secret.arn, "VersionStage": "AWSPENDING", "RemoveFromVersionId": token})
    return {"ARN": secret.arn, "Name": secret.name, "VersionId": token}


def _may_be_called(context: Context, function: str, arn: str) -> bool:
    """Whether the function's policy admits Secrets Manager."""
    try:
        policy = json.loads(context.call("GetPolicy", {"FunctionName": function}, service="lambda")["Policy"])
    except Refused:
        return False
    return any(
        one["Principal"] == {"Service": "secretsmanager.amazonaws.com"} and arn == one.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", arn)
        for one in policy["Statement"]
    )

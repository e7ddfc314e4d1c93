# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ElastiCache."""

from __future__ import annotations

import re
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.elasticache import FAMILIES, family_of, parameter_group, subnet_group, user, user_group

GROUP, MODIFY_GROUP, CLUSTER, MODIFY_CLUSTER = "CreateReplicationGroup", "ModifyReplicationGroup", "CreateCacheCluster", "ModifyCacheCluster"


def _combination(message: str) -> Refused:
    return Refused("InvalidParameterCombination", message)


def _value(message: str) -> Refused:
    return Refused("InvalidParameterValue", message)


def _group(context: Context) -> Any:
    return context.backend().replication_groups.get(context.params.get("ReplicationGroupId", "").lower())


def _nodes(context: Context) -> int:
    """Nodes of a shard, as asked for or as there are."""
    params, group = context.params, _group(context)
    if "NewReplicaCount" in params:
        return int(params["NewReplicaCount"]) + 1
    if "ReplicasPerNodeGroup" in params:
        return int(params["ReplicasPerNodeGroup"]) + 1
    return int(params.get("NumCacheClusters", len(group.members) if group is not None else 1))


def _failover(context: Context) -> bool:
    group = _group(context)
    return bool(context.params.get("AutomaticFailoverEnabled", group.automatic_failover if group is not None else False))


@rule("R-ECC-01", service="elasticache", operations=[GROUP, MODIFY_GROUP, "DecreaseReplicaCount"], source="API elasticache:CreateReplicationGroup")
def failover_needs_two(context: Context) -> None:
    """Automatic failover needs two nodes."""
    if _failover(context) and _nodes(context) < 2:
        raise _combination("When using automatic failover, there must be at least 2 cache clusters in the replication group.")


@rule("R-ECC-02", service="elasticache", operations=[GROUP, MODIFY_GROUP, CLUSTER], source="API elasticache:CreateReplicationGroup")
def auth_token(context: Context) -> None:
    """An AUTH token needs TLS; it has 16 to 128 printable characters, of punctuation only ! & # $ ^ < > -."""
    token, group = context.params.get("AuthToken"), _group(context)
    if token is None:
        return
    tls = context.params.get("TransitEncryptionEnabled", group.params.get("TransitEncryptionEnabled") if group is not None else False)
    if not tls:
        raise _combination("The AuthToken parameter can only be used with in-transit encryption.")
    if not re.fullmatch(r"[A-Za-z0-9!&#$^<>\-]{16,128}", token):
        raise _value("Invalid AuthToken provided.")


@rule("R-ECC-03", service="elasticache", operations=[GROUP, MODIFY_GROUP], source="unsourced")
def multi_az_needs_failover(context: Context) -> None:
    """Multi-AZ needs automatic failover."""
    group = _group(context)
    if context.params.get("MultiAZEnabled", group.multi_az if group is not None else False) and not _failover(context):
        raise _combination("Must specify automatic failover enabled to enable MultiAZ.")


@rule("R-ECC-04", service="elasticache", operations=[GROUP, CLUSTER], source="API elasticache:CreateReplicationGroup")
def id_length(context: Context) -> None:
    """40 characters for a replication group, 50 for a cluster."""
    name, most = (context.params["ReplicationGroupId"], 40) if context.operation == GROUP else (context.params["CacheClusterId"], 50)
    if not 1 <= len(name) <= most:
        raise _value(f"The parameter {name} must be between 1 and {most} characters long.")


@rule("R-ECC-05", service="elasticache", operations=[GROUP, CLUSTER], source="API elasticache:CreateReplicationGroup")
def id_characters(context: Context) -> None:
    """Letters, digits and hyphens, a letter first, no hyphen last or twice."""
    name = context.params["ReplicationGroupId" if context.operation == GROUP else "CacheClusterId"]
    if not re.fullmatch(r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]*(?<!-)", name):
        raise _value(f"The parameter {name} is not a valid identifier. Identifiers must begin with a letter and hold only ASCII letters, digits and hyphens.")


@rule("R-ECC-06", service="elasticache", operations=[CLUSTER], source="API elasticache:CreateCacheCluster")
def one_node_of_valkey(context: Context) -> None:
    """A cluster of Valkey or Redis OSS is one node."""
    if context.params.get("Engine") in ("redis", "valkey") and context.params.get("NumCacheNodes", 1) != 1:
        raise _value("Cannot create a cluster of this engine with a NumCacheNodes parameter greater than 1.")


@rule("R-ECC-07", service="elasticache", operations=[CLUSTER, MODIFY_CLUSTER], source="API elasticache:CreateCacheCluster")
def nodes_of_memcached(context: Context) -> None:
    """A cluster of Memcached has 1 to 40 nodes."""
    if not 1 <= context.params.get("NumCacheNodes", 1) <= 40:
        raise Refused("NodeQuotaForClusterExceeded", "The request cannot be processed because it would exceed the allowed number of nodes in a cluster.")


@rule("R-ECC-08", service="elasticache", operations=[CLUSTER], source="API elasticache:CreateCacheCluster")
def zones_of_memcached(context: Context) -> None:
    """cross-az needs two nodes; as many zones are named as there are nodes."""
    params = context.params
    nodes, zones = params.get("NumCacheNodes", 1), params.get("PreferredAvailabilityZones")
    if params.get("AZMode") == "cross-az" and nodes < 2:
        raise _combination("cross-az mode requires more than one cache node.")
    if zones is not None and len(zones) != nodes:
        raise _combination("PreferredAvailabilityZones must list as many zones as there are nodes.")


@rule("R-ECC-09", service="elasticache", operations=[CLUSTER, MODIFY_CLUSTER], source="API elasticache:CreateCacheCluster")
def no_snapshots_of_memcached(context: Context) -> None:
    """Memcached has no snapshots."""
    cluster = context.backend().cache_clusters.get(context.params["CacheClusterId"].lower())
    engine = context.params.get("Engine", cluster.engine if cluster is not None else "")
    given = [member for member in ("SnapshotRetentionLimit", "SnapshotWindow", "SnapshotName", "SnapshotArns") if context.params.get(member)]
    if engine == "memcached" and given:
        raise _combination(f"{given[0]} is not supported for engine memcached.")


@rule("R-ECC-10", service="elasticache", operations=["DeleteCacheSubnetGroup"], source="API elasticache:DeleteCacheSubnetGroup")
def subnet_group_in_use(context: Context) -> None:
    """A subnet group that a cluster or replication group uses cannot be deleted, nor while one of them is still going."""
    name = context.params["CacheSubnetGroupName"]
    backend, lifecycles = context.backend(), context.simulator.lifecycles
    users = {user.cache_subnet_group_name for user in [*backend.cache_clusters.values(), *backend.replication_groups.values()]}
    users |= {one.get("CacheSubnetGroupName") for one in lifecycles.leaving(context, "elasticache.cache_cluster")}
    users |= {one.get("CacheSubnetGroupName") for one in lifecycles.leaving(context, "elasticache.replication_group")}
    if name in users:
        raise Refused("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")


@rule("R-ECC-11", service="elasticache", operations=[GROUP, CLUSTER], source="API elasticache:CreateReplicationGroup")
def subnet_group_exists(context: Context) -> None:
    """The subnet group exists."""
    if "CacheSubnetGroupName" in context.params:
        subnet_group(context, context.params["CacheSubnetGroupName"])


@rule("R-ECC-13", service="elasticache", operations=[GROUP, CLUSTER, MODIFY_GROUP, MODIFY_CLUSTER], source="API elasticache:CreateReplicationGroup")
def parameter_group_fits(context: Context) -> None:
    """The parameter group exists and is of the engine version's family; and the version is one that there is."""
    params, backend = context.params, context.backend()
    group = _group(context)
    node = backend.cache_clusters.get(group.members[0] if group is not None else params.get("CacheClusterId", "").lower())
    engine = params.get("Engine", node.engine if node is not None else "redis")
    version = params.get("EngineVersion", node.engine_version if node is not None else None)
    family = family_of(engine, version)
    if engine in {one for one, _ in FAMILIES.values()} and family is None:
        raise _combination(f"Cannot find version {version} for {engine}")
    if "CacheParameterGroupName" in params and family is not None:
        found = parameter_group(context, params["CacheParameterGroupName"])
        if found.family != family:
            raise _combination(f"Expected a parameter group of family {family} but found one of family {found.family}")


@rule("R-ECC-12", service="elasticache", operations=[GROUP, "IncreaseReplicaCount"], source="API elasticache:CreateReplicationGroup")
def six_nodes(context: Context) -> None:
    """A shard has six nodes at most."""
    if _nodes(context) > 6:
        raise _value("A replication group must have between 1 and 6 cache clusters per shard.")


@rule("R-ECC-15", service="elasticache", operations=["TestFailover"], source="API elasticache:TestFailover")
def failover_to_test(context: Context) -> None:
    """Only a group with automatic failover can fail over."""
    if _group(context) is not None and not _failover(context):
        raise Refused("TestFailoverNotAvailableFault", "TestFailover is not available for replication groups without automatic failover.")


@rule("R-ECC-14", service="elasticache", operations=[MODIFY_GROUP], source="API elasticache:ModifyReplicationGroup", certain=False)
def encryption_in_transit_is_no_switch(context: Context) -> None:
    """What can be changed is what ModifyReplicationGroup takes; of those, TLS goes on by way of the mode preferred only."""
    group, asked = _group(context), context.params.get("TransitEncryptionEnabled")
    if group is None or asked is None:
        return
    if asked and not group.params.get("TransitEncryptionEnabled") and context.params.get("TransitEncryptionMode") != "preferred":
        raise _combination("To enable encryption in transit, set TransitEncryptionMode to preferred first.")


@rule("R-ECC-17", service="elasticache", operations=["CreateUser"], source="thread terraform-aws-modules/terraform-aws-elasticache#65")
def iam_users_have_one_name(context: Context) -> None:
    """The id and the name of a user who logs in by IAM are the same."""
    params = context.params
    if params.get("AuthenticationMode", {}).get("Type") == "iam" and params["UserId"].lower() != params["UserName"]:
        raise _combination("User Id and User name must be same for authentication type: iam")


@rule("R-ECC-18", service="elasticache", operations=["CreateUserGroup"], source="thread hashicorp/terraform-provider-aws#25593")
def redis_has_a_default_user(context: Context) -> None:
    """A group of users for Redis OSS has one who is named default."""
    users = [user(context, one) for one in context.params.get("UserIds", [])]
    if context.params["Engine"].lower() == "redis" and "default" not in [one.name for one in users]:
        raise Refused("DefaultUserRequired", "User group needs to contain a user with the user name default.")


@rule("R-ECC-19", service="elasticache", operations=["CreateUserGroup", "ModifyUserGroup"], source="UG elasticache/Clusters.RBAC.md", certain=False)
def valkey_asks_everybody(context: Context) -> None:
    """A group of users for Valkey takes nobody who needs no password."""
    params = context.params
    engine = params.get("Engine") or user_group(context, params["UserGroupId"]).engine
    users = [user(context, one) for one in [*params.get("UserIds", []), *params.get("UserIdsToAdd", [])]]
    if engine.lower() == "valkey" and any(one.no_password_required for one in users):
        raise _combination("A user group of engine valkey cannot contain users that need no password.")


@rule("R-ECC-20", service="elasticache", operations=[GROUP, MODIFY_GROUP], source="UG elasticache/Clusters.RBAC.md", certain=False)
def users_or_a_token(context: Context) -> None:
    """A group of users exists, needs TLS, and goes with no AUTH token; nor do two of them."""
    params, group = context.params, _group(context)
    asked = [*params.get("UserGroupIds", []), *params.get("UserGroupIdsToAdd", [])]
    for one in asked:
        user_group(context, one)
    if not asked:
        return
    known = group.params if group is not None else {}
    if not params.get("TransitEncryptionEnabled", known.get("TransitEncryptionEnabled")):
        raise _combination("User groups can only be used with in-transit encryption.")
    token = "AuthToken" in params or (group is not None and bool(group.tokens) and params.get("AuthTokenUpdateStrategy") != "DELETE")
    if token:
        raise _combination("An AuthToken and user groups cannot be used together.")
    kept = set(group.user_group_ids if group is not None else []) - set(params.get("UserGroupIdsToRemove", []))
    if len(kept | set(asked)) > 1:
        raise _combination("A replication group has one user group at most.")


@rule("R-ECC-21", service="elasticache", operations=["DeleteUserGroup"], source="API elasticache:DeleteUserGroup")
def user_group_in_use(context: Context) -> None:
    """A group of users that a replication group uses cannot be deleted."""
    name = context.params["UserGroupId"].lower()
    if any(name in one.user_group_ids for one in context.backend().replication_groups.values()):
        raise Refused("InvalidUserGroupState", f"User group {name} is associated with a replication group.")


@rule("R-ECC-22", service="elasticache", operations=[MODIFY_GROUP], source="API elasticache:ModifyReplicationGroup (AuthTokenUpdateStrategy)")
def set_after_rotate(context: Context) -> None:
    """SET takes a token that ROTATE has brought, but where the token comes in the place of a user group (UG elasticache/auth.md)."""
    params, group = context.params, _group(context)
    if params.get("AuthTokenUpdateStrategy") != "SET" or group is None or not group.tokens:
        return
    if params.get("AuthToken") not in group.tokens:
        raise _combination("The AUTH token update strategy SET is only allowed after ROTATE.")

# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache: parameter groups, which moto lacks, and clusters and replication groups, of which moto keeps too little to describe.

They live in moto's own dictionaries, so that tags and the tagging API find them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.elasticache import models
from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.latency import Phase
from simulator.latency_table import CACHE_CLUSTER, CACHE_DELETE, REPLICATION_GROUP_CHANGE
from simulator.registry import Parameters, Refused, after, before, operation
from simulator.services.ec2_network import add_interface, release_interfaces

# Family -> versions of it that are offered: AmazonElastiCache/latest/dg/supported-engine-versions, newest last.
FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "valkey7": ("valkey", ("7.2",)),
    "valkey8": ("valkey", ("8.0", "8.1", "8.2")),
    "redis7": ("redis", ("7.0", "7.1")),
    "memcached1.6": ("memcached", ("1.6.6", "1.6.12", "1.6.17", "1.6.22")),
}
_FREE_PORT = {"memcached": 11211}


def install() -> None:
    """Parameter groups have ARNs, and tags, like the rest."""
    made = models.ElastiCacheBackend.__init__

    def make(self: Any, region_name: str, account_id: str) -> None:
        made(self, region_name, account_id)
        self.arn_regex = re.compile(r"^arn:aws[\w-]*:elasticache:.*:[0-9]*:(cluster|snapshot|subnetgroup|parametergroup|replicationgroup|user|usergroup):.*$")
        self.cache_parameter_groups = {}
        self.user_groups = {}

    models.ElastiCacheBackend.__init__ = make  # type: ignore[method-assign]


def _arn(context: Context, kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{context.region}:{context.account}:{kind}:{name}"


def _page(context: Context, key: str, rows: list[Any]) -> Parameters:
    start, size = int(context.params.get("Marker") or 0), context.params.get("MaxRecords", 100)
    more = {"Marker": str(start + size)} if start + size < len(rows) else {}
    return {key: rows[start : start + size], **more}


# Tags -------------------------------------------------------------------------------------------------------------------------


@before("elasticache", "ListTagsForResource", "AddTagsToResource", "RemoveTagsFromResource")
def tagged_must_exist(context: Context) -> None:
    """API elasticache:ListTagsForResource lists a not-found fault per type; moto answers for anything."""
    arn, backend = context.params["ResourceName"], context.backend()
    kind, _, name = arn.partition(":elasticache:")[2].partition(":")[2].partition(":")[2].partition(":")
    books = {
        "cluster": (backend.cache_clusters, "CacheClusterNotFound"),
        "replicationgroup": (backend.replication_groups, "ReplicationGroupNotFoundFault"),
        "subnetgroup": (backend.cache_subnet_groups, "CacheSubnetGroupNotFoundFault"),
        "parametergroup": (backend.cache_parameter_groups, "CacheParameterGroupNotFound"),
        "user": (backend.users, "UserNotFound"),
        "usergroup": (backend.user_groups, "UserGroupNotFound"),
    }
    if kind in books and name not in books[kind][0]:
        raise Refused(books[kind][1], f"{name} is either not present or not available.")


def _forget_tags(context: Context, arn: str) -> None:
    context.backend().tagging_service.delete_all_tags_for_resource(arn)


@after("elasticache", "AddTagsToResource")
def answer_with_the_tags(context: Context, response: Parameters) -> Parameters:
    """API elasticache:TagListMessage."""
    return {"TagList": context.backend().tagging_service.list_tags_for_resource(context.params["ResourceName"])["Tags"]}


# Subnet groups ----------------------------------------------------------------------------------------------------------------


@operation("elasticache", "DeleteCacheSubnetGroup")
def delete_cache_subnet_group(context: Context) -> None:
    """API elasticache:DeleteCacheSubnetGroup."""
    group = subnet_group(context, context.params["CacheSubnetGroupName"])
    _forget_tags(context, group.arn)
    del context.backend().cache_subnet_groups[context.params["CacheSubnetGroupName"]]


@operation("elasticache", "ModifyCacheSubnetGroup")
def modify_cache_subnet_group(context: Context) -> Parameters:
    """API elasticache:ModifyCacheSubnetGroup."""
    group = subnet_group(context, context.params["CacheSubnetGroupName"])
    if "CacheSubnetGroupDescription" in context.params:
        group.cache_subnet_group_description = context.params["CacheSubnetGroupDescription"]
    if "SubnetIds" in context.params:
        changed = type(group)(
            account_id=context.account,
            region_name=context.region,
            cache_subnet_group_name=group.cache_subnet_group_name,
            cache_subnet_group_description=group.cache_subnet_group_description,
            subnet_ids=context.params["SubnetIds"],
            tags=group.tags,
        )
        context.backend().cache_subnet_groups[group.cache_subnet_group_name] = changed
    described = context.call("DescribeCacheSubnetGroups", {"CacheSubnetGroupName": group.cache_subnet_group_name})
    return {"CacheSubnetGroup": described["CacheSubnetGroups"][0]}


def subnet_group(context: Context, name: str) -> Any:
    """A subnet group that must exist."""
    group = context.backend().cache_subnet_groups.get(name)
    if group is None:
        raise Refused("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.")
    return group


# Parameter groups -------------------------------------------------------------------------------------------------------------


@cache
def known_parameters(family: str) -> dict[str, Parameters]:
    """What a group of the family offers, as DescribeCacheParameters shows it."""
    engine = "memcached" if family.startswith("memcached") else "valkey"
    rows = (Path(__file__).parent / "elasticache_parameters.tsv").read_text(encoding="utf-8").splitlines()
    known = {}
    for row in (line.split("\t") for line in rows if line and not line.startswith("#")):
        whose, name, kind, free, default, allowed, effect = row
        if whose == engine:
            known[name] = {
                "ParameterName": name,
                "ParameterValue": default,
                "DataType": kind,
                "AllowedValues": allowed,
                "IsModifiable": free == "true",
                "ChangeType": effect,
                "Source": "system",
                "MinimumEngineVersion": family.removeprefix(engine).removeprefix("redis"),
            }
    return known


def parameter_group(context: Context, name: str) -> Any:
    """A parameter group that must exist; every family has a default one."""
    group = context.backend().cache_parameter_groups.get(name)
    if group is None and name.removeprefix("default.") in FAMILIES:
        family = name.removeprefix("default.")
        return SimpleNamespace(
            name=name, family=family, description=f"Default parameter group for {family}", values={}, arn=_arn(context, "parametergroup", name)
        )
    if group is None:
        raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return group


def _shown_group(group: Any) -> Parameters:
    return {
        "CacheParameterGroupName": group.name,
        "CacheParameterGroupFamily": group.family,
        "Description": group.description,
        "IsGlobal": False,
        "ARN": group.arn,
    }


@operation("elasticache", "CreateCacheParameterGroup")
def create_cache_parameter_group(context: Context) -> Parameters:
    """API elasticache:CreateCacheParameterGroup."""
    params, groups = context.params, context.backend().cache_parameter_groups
    name = params["CacheParameterGroupName"].lower()
    if name in groups:
        raise Refused("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
    if params["CacheParameterGroupFamily"] not in FAMILIES:
        raise Refused("InvalidParameterValue", f"CacheParameterGroupFamily {params['CacheParameterGroupFamily']} is not a valid parameter group family.")
    arn = _arn(context, "parametergroup", name)
    groups[name] = SimpleNamespace(name=name, family=params["CacheParameterGroupFamily"], description=params["Description"], values={}, arn=arn)
    context.backend().tagging_service.tag_resource(arn, params.get("Tags", []))
    return {"CacheParameterGroup": _shown_group(groups[name])}


@operation("elasticache", "DescribeCacheParameterGroups")
def describe_cache_parameter_groups(context: Context) -> Parameters:
    """API elasticache:DescribeCacheParameterGroups."""
    name = context.params.get("CacheParameterGroupName")
    defaults = [parameter_group(context, f"default.{family}") for family in FAMILIES]
    groups = [parameter_group(context, name)] if name else [*defaults, *context.backend().cache_parameter_groups.values()]
    return _page(context, "CacheParameterGroups", [_shown_group(group) for group in groups])


@operation("elasticache", "DescribeCacheParameters")
def describe_cache_parameters(context: Context) -> Parameters:
    """API elasticache:DescribeCacheParameters."""
    group, source = parameter_group(context, context.params["CacheParameterGroupName"]), context.params.get("Source")
    rows = [
        {**known, "ParameterValue": group.values.get(name, known["ParameterValue"]), "Source": "user" if name in group.values else known["Source"]}
        for name, known in known_parameters(group.family).items()
    ]
    return _page(context, "Parameters", [row for row in rows if source in (None, row["Source"])])


@operation("elasticache", "ModifyCacheParameterGroup")
def modify_cache_parameter_group(context: Context) -> Parameters:
    """API elasticache:ModifyCacheParameterGroup."""
    group = parameter_group(context, context.params["CacheParameterGroupName"])
    for parameter in context.params["ParameterNameValues"]:
        group.values[parameter["ParameterName"]] = parameter["ParameterValue"]
    return {"CacheParameterGroupName": group.name}


@operation("elasticache", "ResetCacheParameterGroup")
def reset_cache_parameter_group(context: Context) -> Parameters:
    """API elasticache:ResetCacheParameterGroup."""
    group = parameter_group(context, context.params["CacheParameterGroupName"])
    everything = context.params.get("ResetAllParameters")
    for name in list(group.values) if everything else [one["ParameterName"] for one in context.params.get("ParameterNameValues", [])]:
        group.values.pop(name, None)
    return {"CacheParameterGroupName": group.name}


@operation("elasticache", "DeleteCacheParameterGroup")
def delete_cache_parameter_group(context: Context) -> None:
    """API elasticache:DeleteCacheParameterGroup."""
    group = parameter_group(context, context.params["CacheParameterGroupName"])
    _forget_tags(context, group.arn)
    context.backend().cache_parameter_groups.pop(group.name, None)


# Users and their groups -------------------------------------------------------------------------------------------------------


@before("elasticache", "CreateUser", "ModifyUser", "DeleteUser")
def ids_in_lower_case(context: Context) -> None:
    """API elasticache:CreateUser: the id is stored in lower case."""
    context.params["UserId"] = context.params["UserId"].lower()


def user(context: Context, user_id: str) -> Any:
    """A user that must exist."""
    found = context.backend().users.get(user_id.lower())
    if found is None:
        raise Refused("UserNotFound", f"User {user_id} not found.")
    return found


def _shown_user(context: Context, known: Any) -> Parameters:
    passwords = {"PasswordCount": len(known.passwords)} if known.passwords else {}
    return {
        "UserId": known.id,
        "UserName": known.name,
        "Status": "active",
        "Engine": known.engine.lower(),
        "MinimumEngineVersion": known.minimum_engine_version,
        "AccessString": known.access_string,
        "UserGroupIds": [group.name for group in context.backend().user_groups.values() if known.id in group.user_ids],
        "Authentication": {"Type": "no-password" if known.no_password_required else known.authentication_type, **passwords},
        "ARN": known.arn,
    }


@after("elasticache", "CreateUser")
def user_as_described(context: Context, response: Parameters) -> Parameters:
    """API elasticache:CreateUser."""
    return _shown_user(context, user(context, context.params["UserId"]))


@operation("elasticache", "DescribeUsers")
def describe_users(context: Context) -> Parameters:
    """API elasticache:DescribeUsers. moto knows one page, and forgets who is deleted at the next look."""
    users = [user(context, context.params["UserId"])] if context.params.get("UserId") else list(context.backend().users.values())
    return _page(context, "Users", [_shown_user(context, one) for one in users])


@operation("elasticache", "ModifyUser")
def modify_user(context: Context) -> Parameters:
    """API elasticache:ModifyUser."""
    known, params = user(context, context.params["UserId"]), context.params
    known.engine = params.get("Engine", known.engine)
    known.access_string = params.get("AccessString", known.access_string) + (" " + params["AppendAccessString"] if "AppendAccessString" in params else "")
    if "AuthenticationMode" in params:
        mode = params["AuthenticationMode"]
        known.authentication_type, known.passwords = mode["Type"], mode.get("Passwords", [])
        known.no_password_required = mode["Type"] == "no-password-required"
    return _shown_user(context, known)


@operation("elasticache", "DeleteUser")
def delete_user(context: Context) -> Parameters:
    """API elasticache:DeleteUser: the user is removed from all groups."""
    known = user(context, context.params["UserId"])
    shown = {**_shown_user(context, known), "Status": "deleting"}
    for group in context.backend().user_groups.values():
        group.user_ids = [one for one in group.user_ids if one != known.id]
    _forget_tags(context, known.arn)
    del context.backend().users[known.id]
    return shown


def user_group(context: Context, group_id: str) -> Any:
    """A group of users that must exist."""
    found = context.backend().user_groups.get(group_id.lower())
    if found is None:
        raise Refused("UserGroupNotFound", f"User Group {group_id} not found.")
    return found


def _shown_user_group(context: Context, group: Any) -> Parameters:
    return {
        "UserGroupId": group.name,
        "Status": "active",
        "Engine": group.engine,
        "UserIds": group.user_ids,
        "MinimumEngineVersion": "7.2" if group.engine == "valkey" else "6.0",
        "ReplicationGroups": [one.replication_group_id for one in context.backend().replication_groups.values() if group.name in one.user_group_ids],
        "ARN": group.arn,
    }


@operation("elasticache", "CreateUserGroup")
def create_user_group(context: Context) -> Parameters:
    """API elasticache:CreateUserGroup."""
    params, groups = context.params, context.backend().user_groups
    name = params["UserGroupId"].lower()
    if name in groups:
        raise Refused("UserGroupAlreadyExists", f"User Group {name} already exists.")
    ids = [user(context, one).id for one in params.get("UserIds", [])]
    groups[name] = SimpleNamespace(name=name, engine=params["Engine"].lower(), user_ids=ids, arn=_arn(context, "usergroup", name))
    context.backend().tagging_service.tag_resource(groups[name].arn, params.get("Tags", []))
    return _shown_user_group(context, groups[name])


@operation("elasticache", "DescribeUserGroups")
def describe_user_groups(context: Context) -> Parameters:
    """API elasticache:DescribeUserGroups."""
    name = context.params.get("UserGroupId")
    groups = [user_group(context, name)] if name else list(context.backend().user_groups.values())
    return _page(context, "UserGroups", [_shown_user_group(context, group) for group in groups])


@operation("elasticache", "ModifyUserGroup")
def modify_user_group(context: Context) -> Parameters:
    """API elasticache:ModifyUserGroup."""
    group, params = user_group(context, context.params["UserGroupId"]), context.params
    added = [user(context, one).id for one in params.get("UserIdsToAdd", [])]
    group.user_ids = [one for one in group.user_ids if one not in params.get("UserIdsToRemove", [])] + added
    group.engine = params.get("Engine", group.engine).lower()
    return _shown_user_group(context, group)


@operation("elasticache", "DeleteUserGroup")
def delete_user_group(context: Context) -> Parameters:
    """API elasticache:DeleteUserGroup."""
    group = user_group(context, context.params["UserGroupId"])
    _forget_tags(context, group.arn)
    del context.backend().user_groups[group.name]
    return {**_shown_user_group(context, group), "Status": "deleting"}


# Clusters, alone or members of a replication group ----------------------------------------------------------------------------


def family_of(engine: str, version: str | None) -> str | None:
    """The family that an engine version belongs to; without a version that of the engine's newest."""
    fitting = [
        family
        for family, (its_engine, versions) in FAMILIES.items()
        if its_engine == engine and (version is None or any(version == one or version.startswith(one + ".") for one in versions))
    ]
    return fitting[-1] if fitting else None


def _whole(engine: str, version: str | None) -> str:
    """The version as it is reported: 8.2 is 8.2.0."""
    family = family_of(engine, version)
    newest = FAMILIES[family][1][-1] if family else "1.0"
    asked = version or newest
    return asked if asked.count(".") > 1 else f"{asked}.0"


def _domain(context: Context, name: str) -> str:
    """AWS's host names say the region in short: apse1."""
    area, direction, number = context.region.rsplit("-", 2)
    short = area.replace("-", "") + re.sub(r"(north|south|east|west|central)", lambda word: word[0][0], direction) + number
    unique = mock_random.get_random_string(6, lower_case=True)
    return f"{name}.{unique}.{short}.cache.amazonaws.com"


def _make_cluster(context: Context, name: str, params: Parameters, zone: str, subnet: str, group: Any | None) -> Any:
    engine = params.get("Engine", "redis")
    domain = group.domain if group else _domain(context, name)
    family = family_of(engine, params.get("EngineVersion"))
    cluster = SimpleNamespace(
        cache_cluster_id=name,
        replication_group_id=group.replication_group_id if group else None,
        engine=engine,
        engine_version=_whole(engine, params.get("EngineVersion")),
        cache_node_type=params.get("CacheNodeType"),
        num_cache_nodes=params.get("NumCacheNodes", 1) if group is None else 1,
        cache_subnet_group_name=params.get("CacheSubnetGroupName"),
        cache_parameter_group_name=params.get("CacheParameterGroupName") or f"default.{family}",
        security_group_ids=list(params.get("SecurityGroupIds", [])),
        port=params.get("Port") or _FREE_PORT.get(engine, 6379),
        preferred_maintenance_window=params.get("PreferredMaintenanceWindow", "sun:05:00-sun:06:00").lower(),
        auto_minor_version_upgrade=params.get("AutoMinorVersionUpgrade", True),
        transit_encryption_enabled=params.get("TransitEncryptionEnabled", False),
        at_rest_encryption_enabled=params.get("AtRestEncryptionEnabled", False),
        auth_token_enabled="AuthToken" in params,
        snapshot_retention_limit=params.get("SnapshotRetentionLimit", 0),
        snapshot_window=params.get("SnapshotWindow", "00:00-01:00"),
        zone=zone,
        domain=domain,
        created=context.now(),
        arn=_arn(context, "cluster", name),
        interfaces=[add_interface(context, subnet, params.get("SecurityGroupIds", []), f"ElastiCache {name}", "interface")] if subnet else [],
    )
    context.backend().cache_clusters[name] = cluster
    context.backend().tagging_service.tag_resource(cluster.arn, params.get("Tags", []))
    return cluster


def _shown_cluster(context: Context, cluster: Any, nodes: bool) -> Parameters:
    creating = context.simulator.lifecycles.state(context, "elasticache.cache_cluster", cluster.cache_cluster_id) == "creating"
    shown: Parameters = {
        "CacheClusterId": cluster.cache_cluster_id,
        "CacheClusterStatus": "available",
        "Engine": cluster.engine,
        "EngineVersion": cluster.engine_version,
        "CacheNodeType": cluster.cache_node_type,
        "NumCacheNodes": cluster.num_cache_nodes,
        "PreferredAvailabilityZone": cluster.zone if cluster.num_cache_nodes == 1 else "Multiple",
        "CacheClusterCreateTime": cluster.created,
        "PreferredMaintenanceWindow": cluster.preferred_maintenance_window,
        "PendingModifiedValues": {},
        "CacheSecurityGroups": [],
        "CacheParameterGroup": {"CacheParameterGroupName": cluster.cache_parameter_group_name, "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []},
        "CacheSubnetGroupName": cluster.cache_subnet_group_name,
        "AutoMinorVersionUpgrade": cluster.auto_minor_version_upgrade,
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in cluster.security_group_ids],
        "TransitEncryptionEnabled": cluster.transit_encryption_enabled,
        "AtRestEncryptionEnabled": cluster.at_rest_encryption_enabled,
        "AuthTokenEnabled": cluster.auth_token_enabled,
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "ARN": cluster.arn,
    }
    if cluster.replication_group_id:
        shown["ReplicationGroupId"] = cluster.replication_group_id
    if cluster.engine != "memcached":
        shown |= {"SnapshotRetentionLimit": cluster.snapshot_retention_limit, "SnapshotWindow": cluster.snapshot_window}
    elif not creating:
        shown["ConfigurationEndpoint"] = {"Address": cluster.domain.replace(".", ".cfg.", 1), "Port": cluster.port}
    if nodes and not creating:
        zones = _zones(context, cluster.cache_subnet_group_name) or [cluster.zone]
        shown["CacheNodes"] = [
            {
                "CacheNodeId": f"{number + 1:04}",
                "CacheNodeStatus": "available",
                "CacheNodeCreateTime": cluster.created,
                "Endpoint": {"Address": cluster.domain.replace(".", f".{number + 1:04}.", 1), "Port": cluster.port},
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": cluster.zone if cluster.num_cache_nodes == 1 else zones[number % len(zones)],
            }
            for number in range(cluster.num_cache_nodes)
        ]
    return shown


def _zones(context: Context, group: str | None) -> list[str]:
    return list(_subnets(context, group))


def _subnets(context: Context, group: str | None) -> dict[str, str]:
    """Zone -> subnet of a subnet group."""
    if not group:
        return {}
    found = [context.backend("ec2").get_subnet(one) for one in subnet_group(context, group).subnet_ids]
    return {subnet.availability_zone: subnet.id for subnet in sorted(found, key=lambda subnet: str(subnet.availability_zone))}


@operation("elasticache", "CreateCacheCluster")
def create_cache_cluster(context: Context) -> Parameters:
    """API elasticache:CreateCacheCluster."""
    params = context.params
    name = params["CacheClusterId"].lower()
    if name in context.backend().cache_clusters:
        raise Refused("CacheClusterAlreadyExists", f"Cache cluster {name} already exists.")
    zones = _subnets(context, params.get("CacheSubnetGroupName"))
    zone = params.get("PreferredAvailabilityZone") or next(iter(zones), f"{context.region}a")
    cluster = _make_cluster(context, name, params, zone, zones.get(zone, ""), None)
    shown = _shown_cluster(context, cluster, nodes=False)
    if context.simulator.lifecycles.enabled:
        shown.pop("ConfigurationEndpoint", None)
    return {"CacheCluster": shown}


@operation("elasticache", "DescribeCacheClusters")
def describe_cache_clusters(context: Context) -> Parameters:
    """API elasticache:DescribeCacheClusters."""
    params = context.params
    clusters = [_cluster(context)] if params.get("CacheClusterId") else list(context.backend().cache_clusters.values())
    if params.get("ShowCacheClustersNotInReplicationGroups"):
        clusters = [one for one in clusters if not one.replication_group_id]
    return _page(context, "CacheClusters", [_shown_cluster(context, one, bool(params.get("ShowCacheNodeInfo"))) for one in clusters])


def _cluster(context: Context) -> Any:
    name = context.params["CacheClusterId"].lower()
    if name not in context.backend().cache_clusters:
        raise Refused("CacheClusterNotFound", f"CacheCluster not found: {name}")
    return context.backend().cache_clusters[name]


_CHANGES = {
    "EngineVersion": "engine_version",
    "CacheNodeType": "cache_node_type",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "SecurityGroupIds": "security_group_ids",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "NumCacheNodes": "num_cache_nodes",
}


def _change(context: Context, cluster: Any, params: Parameters) -> None:
    for member, attribute in _CHANGES.items():
        if member in params:
            setattr(cluster, attribute, _whole(cluster.engine, params[member]) if member == "EngineVersion" else params[member])


@operation("elasticache", "ModifyCacheCluster")
def modify_cache_cluster(context: Context) -> Parameters:
    """API elasticache:ModifyCacheCluster. Changes of nodes are made at once here, whatever ApplyImmediately says."""
    cluster = _cluster(context)
    _change(context, cluster, context.params)
    return {"CacheCluster": _shown_cluster(context, cluster, nodes=False)}


@operation("elasticache", "DeleteCacheCluster")
def delete_cache_cluster(context: Context) -> Parameters:
    """API elasticache:DeleteCacheCluster."""
    cluster = _cluster(context)
    shown = {**_shown_cluster(context, cluster, nodes=False), "CacheClusterStatus": "deleting"}
    _drop_cluster(context, cluster)
    return {"CacheCluster": shown}


def _drop_cluster(context: Context, cluster: Any) -> None:
    release_interfaces(context, cluster.interfaces, CACHE_DELETE)
    _forget_tags(context, cluster.arn)
    del context.backend().cache_clusters[cluster.cache_cluster_id]


# Replication groups -----------------------------------------------------------------------------------------------------------


def replication_group(context: Context) -> Any:
    """The group that a call is about."""
    name = context.params["ReplicationGroupId"].lower()
    if name not in context.backend().replication_groups:
        raise Refused("ReplicationGroupNotFoundFault", f"ReplicationGroup not found: {name}")
    return context.backend().replication_groups[name]


def nodes_of(context: Context, group: Any) -> list[Any]:
    """The clusters that are a group's nodes, the primary first."""
    return [context.backend().cache_clusters[one] for one in group.members]


@operation("elasticache", "CreateReplicationGroup")
def create_replication_group(context: Context) -> Parameters:
    """API elasticache:CreateReplicationGroup, for groups of one shard."""
    params, backend = context.params, context.backend()
    name = params["ReplicationGroupId"].lower()
    if name in backend.replication_groups:
        raise Refused("ReplicationGroupAlreadyExists", f"Replication group {name} already exists.")
    group = SimpleNamespace(
        replication_group_id=name,
        description=params["ReplicationGroupDescription"],
        cache_subnet_group_name=params.get("CacheSubnetGroupName"),
        automatic_failover=params.get("AutomaticFailoverEnabled", False),
        multi_az=params.get("MultiAZEnabled", False),
        kms_key_id=params.get("KmsKeyId"),
        user_group_ids=list(params.get("UserGroupIds", [])),
        logs=[_delivered(log) for log in params.get("LogDeliveryConfigurations", [])],
        tokens=[params["AuthToken"]] if "AuthToken" in params else [],
        params=dict(params),
        domain=_domain(context, name),
        created=context.now(),
        arn=_arn(context, "replicationgroup", name),
        members=[],
    )
    backend.replication_groups[name] = group
    backend.tagging_service.tag_resource(group.arn, params.get("Tags", []))
    replicas = params.get("ReplicasPerNodeGroup")
    _resize(context, group, params.get("NumCacheClusters") or (replicas + 1 if replicas is not None else 1))
    shown = _shown_replication_group(context, group)
    if context.simulator.lifecycles.enabled:
        _hide_endpoints(shown)
    return {"ReplicationGroup": shown}


def _delivered(log: Parameters) -> Parameters:
    return {key: log[key] for key in ("LogType", "DestinationType", "DestinationDetails", "LogFormat") if key in log} | {"Status": "active"}


def _resize(context: Context, group: Any, nodes: int) -> None:
    """Nodes stand in the zones of the subnet group in turn."""
    zones = _subnets(context, group.cache_subnet_group_name)
    names = list(zones) or [f"{context.region}a"]
    while len(group.members) < nodes:
        taken = {int(one.rpartition("-")[2]) for one in group.members}
        number = min(set(range(1, nodes + 1)) - taken)
        zone = names[(number - 1) % len(names)]
        member = f"{group.replication_group_id}-{number:03}"
        _make_cluster(context, member, group.params, zone, zones.get(zone, ""), group)
        group.members.append(member)
    while len(group.members) > nodes:
        _drop_cluster(context, context.backend().cache_clusters[group.members.pop()])


def _shown_replication_group(context: Context, group: Any) -> Parameters:
    nodes = nodes_of(context, group)
    first = nodes[0]
    port = first.port
    tls = first.transit_encryption_enabled
    unique = group.domain.partition(".")[2]
    primary = f"master.{group.domain}" if tls else f"{group.replication_group_id}.{unique.replace('.', '.ng.0001.', 1)}"
    reader = f"replica.{group.domain}" if tls else f"{group.replication_group_id}-ro.{unique.replace('.', '.ng.0001.', 1)}"
    shown: Parameters = {
        "ReplicationGroupId": group.replication_group_id,
        "Description": group.description,
        "Status": "available",
        "PendingModifiedValues": {},
        "MemberClusters": list(group.members),
        "NodeGroups": [
            {
                "NodeGroupId": "0001",
                "Status": "available",
                "PrimaryEndpoint": {"Address": primary, "Port": port},
                "ReaderEndpoint": {"Address": reader, "Port": port},
                "NodeGroupMembers": [
                    {
                        "CacheClusterId": node.cache_cluster_id,
                        "CacheNodeId": "0001",
                        "ReadEndpoint": {"Address": f"{node.cache_cluster_id}.{group.domain}", "Port": port},
                        "PreferredAvailabilityZone": node.zone,
                        "CurrentRole": "primary" if node is first else "replica",
                    }
                    for node in nodes
                ],
            }
        ],
        "AutomaticFailover": "enabled" if group.automatic_failover else "disabled",
        "MultiAZ": "enabled" if group.multi_az else "disabled",
        "SnapshotRetentionLimit": first.snapshot_retention_limit,
        "SnapshotWindow": first.snapshot_window,
        "ClusterEnabled": False,
        "ClusterMode": "disabled",
        "CacheNodeType": first.cache_node_type,
        "AuthTokenEnabled": bool(group.tokens),
        "TransitEncryptionEnabled": tls,
        "AtRestEncryptionEnabled": first.at_rest_encryption_enabled,
        "ARN": group.arn,
        "UserGroupIds": group.user_group_ids,
        "LogDeliveryConfigurations": group.logs,
        "ReplicationGroupCreateTime": group.created,
        "AutoMinorVersionUpgrade": first.auto_minor_version_upgrade,
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "Engine": first.engine,
    }
    if group.kms_key_id:
        shown["KmsKeyId"] = group.kms_key_id
    if tls:
        shown["TransitEncryptionMode"] = "required"
    if context.simulator.lifecycles.state(context, "elasticache.replication_group", group.replication_group_id) == "creating":
        _hide_endpoints(shown)
    return shown


def _hide_endpoints(shown: Parameters) -> None:
    """A group being created has no endpoints yet."""
    for shard in shown["NodeGroups"]:
        shard.pop("PrimaryEndpoint", None)
        shard.pop("ReaderEndpoint", None)


@operation("elasticache", "DescribeReplicationGroups")
def describe_replication_groups(context: Context) -> Parameters:
    """API elasticache:DescribeReplicationGroups."""
    groups = [replication_group(context)] if context.params.get("ReplicationGroupId") else list(context.backend().replication_groups.values())
    return _page(context, "ReplicationGroups", [_shown_replication_group(context, group) for group in groups])


@operation("elasticache", "ModifyReplicationGroup")
def modify_replication_group(context: Context) -> Parameters:
    """API elasticache:ModifyReplicationGroup. Changes of nodes are made at once here, whatever ApplyImmediately says."""
    group, params = replication_group(context), context.params
    for member, attribute in (
        ("ReplicationGroupDescription", "description"),
        ("AutomaticFailoverEnabled", "automatic_failover"),
        ("MultiAZEnabled", "multi_az"),
    ):
        if member in params:
            setattr(group, attribute, params[member])
    # UG elasticache/auth.md: ROTATE takes the new token beside the one before it, SET takes it alone.
    if params.get("AuthTokenUpdateStrategy") == "DELETE":
        group.tokens = []
    elif params.get("AuthTokenUpdateStrategy") == "SET":
        group.tokens = [params["AuthToken"]]
    elif "AuthToken" in params:
        group.tokens = list(dict.fromkeys([params["AuthToken"], *group.tokens]))[:2]
    group.user_group_ids = sorted((set(group.user_group_ids) | set(params.get("UserGroupIdsToAdd", []))) - set(params.get("UserGroupIdsToRemove", [])))
    for log in params.get("LogDeliveryConfigurations", []):
        group.logs = [one for one in group.logs if one["LogType"] != log["LogType"]] + ([_delivered(log)] if log.get("Enabled", True) else [])
    group.params |= {key: value for key, value in params.items() if key in _CHANGES}
    for node in nodes_of(context, group):
        _change(context, node, params)
    return {"ReplicationGroup": _shown_replication_group(context, group)}


@operation("elasticache", "IncreaseReplicaCount", "DecreaseReplicaCount")
def change_replica_count(context: Context) -> Parameters:
    """API elasticache:IncreaseReplicaCount."""
    group = replication_group(context)
    _resize(context, group, context.params["NewReplicaCount"] + 1)
    context.simulator.lifecycles.begin(
        context, "elasticache.replication_group", group.replication_group_id,
        (Phase("modifying", CACHE_CLUSTER if context.operation.startswith("Increase") else REPLICATION_GROUP_CHANGE),),
    )  # fmt: skip
    return {"ReplicationGroup": _shown_replication_group(context, group)}


@operation("elasticache", "TestFailover")
def test_failover(context: Context) -> Parameters:
    """API elasticache:TestFailover: a replica becomes the primary."""
    group = replication_group(context)
    group.members.append(group.members.pop(0))
    context.simulator.lifecycles.begin(context, "elasticache.replication_group", group.replication_group_id, (Phase("modifying", REPLICATION_GROUP_CHANGE),))
    return {"ReplicationGroup": _shown_replication_group(context, group)}


@operation("elasticache", "DeleteReplicationGroup")
def delete_replication_group(context: Context) -> Parameters:
    """API elasticache:DeleteReplicationGroup. moto leaves groups deleting for ever."""
    group = replication_group(context)
    shown = {**_shown_replication_group(context, group), "Status": "deleting"}
    for node in nodes_of(context, group):
        _drop_cluster(context, node)
    _forget_tags(context, group.arn)
    del context.backend().replication_groups[group.replication_group_id]
    return {"ReplicationGroup": shown}

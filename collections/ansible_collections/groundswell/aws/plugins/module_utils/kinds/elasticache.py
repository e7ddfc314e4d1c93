# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache: groups, replication groups (Valkey, Redis OSS) and clusters (Memcached). Names are the ids AWS knows them by."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import PROPAGATION, error_code

_PARAMETERS_PER_CALL = 20  # API elasticache:ModifyCacheParameterGroup

_NOT_YET = (
    # Creating, modifying and snapshotting end by themselves.
    (r"Invalid(ReplicationGroup|CacheCluster)State(Fault)?", "", 3600.0),
    (r"InvalidParameter(Value|Combination)\w*|KMS\w*", r"(?i)kms key|grant", PROPAGATION),
    # A group may be deleted when its last user has gone.
    (r"CacheSubnetGroupInUse|InvalidCacheParameterGroupState(Fault)?", "", 1800.0),
    # People and what they belong to are changed one thing at a time; a group of theirs may go when its cache has.
    (r"InvalidUser(Group)?State(Fault)?", "", 1800.0),
)


def auth_token(kept: str) -> str:
    """The token in a secret: the secret itself, or the one value of a JSON document."""
    try:
        document = json.loads(kept)
    except ValueError:
        return kept
    if isinstance(document, dict):
        if len(document) != 1:
            raise Problem("the secret of an AUTH token must be a text or a JSON document of one value")
        return str(next(iter(document.values())))
    return kept


class ElasticacheKind(Kind):
    """What ElastiCache's resources have in common: unique names, tags by ARN, deletions that do not mind."""

    service = "elasticache"
    not_yet = _NOT_YET
    arn_type = ""  # ElastiCache's word in the ARN: "cluster"

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:elasticache:{self.session.region}:000000000000:{self.arn_type}:{PLACEHOLDER}"
        return {"id": name, "arn": arn}

    @property
    def no_address(self) -> str:
        """The address of something that has none yet; the set modules refuse it as an input."""
        return f"{PLACEHOLDER}.{self.session.region}.cache.amazonaws.com"

    def of_ours(self, found: list[dict[str, t.Any]], key: str, names: t.Collection[str]) -> list[tuple[dict[str, t.Any], dict[str, str]]]:
        """Those whose name has our prefix or was asked for, each with its tags. What is only just there has none to show yet."""
        some = [one for one in found if one[key].startswith(self.prefix) or one[key] in names]

        def tags(one: dict[str, t.Any]) -> dict[str, str] | None:
            try:
                return tags_to_dict(self.client.list_tags_for_resource(ResourceName=one["ARN"])["TagList"])
            except self.client.exceptions.ClientError as error:
                # Gone since it was listed.
                if "NotFound" in error_code(error):
                    return None
                raise

        return [(one, its) for one, its in zip(some, self.session.each(tags, some), strict=True) if its is not None]

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags_to_resource(ResourceName=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone."""
        try:
            operation(**parameters)
        except self.client.exceptions.ClientError as error:
            if "NotFound" not in error_code(error):
                raise


class ElasticacheSubnetGroups(ElasticacheKind):
    module, noun, arn_type = "elasticache_subnet_groups", "cache subnet group", "subnetgroup"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for group, tags in self.of_ours(self.pages("describe_cache_subnet_groups", "CacheSubnetGroups"), "CacheSubnetGroupName", names):
            state = {
                "description": group["CacheSubnetGroupDescription"],
                "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
            }
            outputs = {"id": group["CacheSubnetGroupName"], "arn": group["ARN"], "vpc_id": group["VpcId"]}
            yield Resource(group["CacheSubnetGroupName"], state, tags, outputs)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription=item.get("description") or name, SubnetIds=item["subnet_ids"], Tags=dict_to_tags(tags)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        members = {"description": "CacheSubnetGroupDescription", "subnet_ids": "SubnetIds"}
        self.client.modify_cache_subnet_group(CacheSubnetGroupName=resource.name, **{members[option]: value for option, value in changes.items()})

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_cache_subnet_group, CacheSubnetGroupName=resource.name)


class ElasticacheParameterGroups(ElasticacheKind):
    module, noun, arn_type = "elasticache_parameter_groups", "cache parameter group", "parametergroup"
    fixed = ("family", "description")
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        def detail(found: tuple[dict[str, t.Any], dict[str, str]]) -> Resource:
            group, tags = found
            name = group["CacheParameterGroupName"]
            ours = self.pages("describe_cache_parameters", "Parameters", CacheParameterGroupName=name, Source="user")
            state = {
                "family": group["CacheParameterGroupFamily"],
                "description": group["Description"],
                "parameters": {one["ParameterName"]: one.get("ParameterValue", "") for one in ours},
            }
            return Resource(name, state, tags, {"id": name, "arn": group["ARN"]})

        groups = self.pages("describe_cache_parameter_groups", "CacheParameterGroups")
        return self.session.each(detail, self.of_ours(groups, "CacheParameterGroupName", names))

    def normalise(self, item: Item) -> Item:
        """AWS keeps every value as text."""
        if item.get("parameters") is None:
            return item
        text = {True: "yes", False: "no"}
        values = {key: text[value] if isinstance(value, bool) else str(value) for key, value in item["parameters"].items()}
        return {**item, "parameters": values}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # A parameter that is no longer declared goes back to its default.
        return bool(wanted == current) if option == "parameters" else None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_cache_parameter_group(
            CacheParameterGroupName=name, CacheParameterGroupFamily=item["family"], Description=item.get("description") or name, Tags=dict_to_tags(tags)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        wanted, current = changes["parameters"], resource.state["parameters"]
        changed = [{"ParameterName": key, "ParameterValue": value} for key, value in wanted.items() if current.get(key) != value]
        dropped = [{"ParameterName": key, "ParameterValue": value} for key, value in current.items() if key not in wanted]
        for operation, parameters in ((self.client.modify_cache_parameter_group, changed), (self.client.reset_cache_parameter_group, dropped)):
            for start in range(0, len(parameters), _PARAMETERS_PER_CALL):
                operation(CacheParameterGroupName=resource.name, ParameterNameValues=parameters[start : start + _PARAMETERS_PER_CALL])

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_cache_parameter_group, CacheParameterGroupName=resource.name)


class ElasticacheUsers(ElasticacheKind):
    """Users who log in by IAM, for which AWS wants one word as id and as name. Nobody's password passes through here."""

    module, noun, arn_type = "elasticache_users", "cache user", "user"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw, tags in self.of_ours(self.pages("describe_users", "Users"), "UserId", names):
            state = {"engine": raw["Engine"].lower(), "access": raw["AccessString"], "authentication": raw.get("Authentication", {}).get("Type")}
            yield Resource(raw["UserId"], state, tags, {"id": raw["UserId"], "arn": raw["ARN"]}, raw["Status"], raw["Status"] == "active")

    def normalise(self, item: Item) -> Item:
        return {**item, "authentication": "iam"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_user(
            UserId=name, UserName=name, Engine=item["engine"], AccessString=item["access"], AuthenticationMode={"Type": "iam"}, Tags=dict_to_tags(tags)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        request = {member: changes[option] for option, member in (("engine", "Engine"), ("access", "AccessString")) if option in changes}
        if "authentication" in changes:
            request["AuthenticationMode"] = {"Type": "iam"}
        self.client.modify_user(UserId=resource.name, **request)

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_user, UserId=resource.name)


class ElasticacheUserGroups(ElasticacheKind):
    """Groups of users. A cache admits the members of one of them."""

    module, noun, arn_type = "elasticache_user_groups", "cache user group", "usergroup"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw, tags in self.of_ours(self.pages("describe_user_groups", "UserGroups"), "UserGroupId", names):
            coming = raw.get("PendingChanges") or {}
            users = (set(raw.get("UserIds", [])) | set(coming.get("UserIdsToAdd", []))) - set(coming.get("UserIdsToRemove", []))
            state = {"engine": raw["Engine"].lower(), "user_ids": sorted(users)}
            yield Resource(raw["UserGroupId"], state, tags, {"id": raw["UserGroupId"], "arn": raw["ARN"]}, raw["Status"], raw["Status"] == "active")

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_user_group(UserGroupId=name, Engine=item["engine"], UserIds=item["user_ids"], Tags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        request: dict[str, t.Any] = {"Engine": changes["engine"]} if "engine" in changes else {}
        if "user_ids" in changes:
            wanted, current = set(changes["user_ids"]), set(resource.state["user_ids"])
            steps = (("UserIdsToAdd", wanted - current), ("UserIdsToRemove", current - wanted))
            request.update({member: sorted(ids) for member, ids in steps if ids})
        self.client.modify_user_group(UserGroupId=resource.name, **request)

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_user_group, UserGroupId=resource.name)


class Caches(ElasticacheKind):
    """Options that replication groups and clusters share."""

    # Option -> member of the create and modify requests.
    members: t.ClassVar[dict[str, str]] = {
        "engine": "Engine",
        "engine_version": "EngineVersion",
        "node_type": "CacheNodeType",
        "subnet_group": "CacheSubnetGroupName",
        "parameter_group": "CacheParameterGroupName",
        "security_group_ids": "SecurityGroupIds",
        "port": "Port",
        "transit_encryption": "TransitEncryptionEnabled",
        "maintenance_window": "PreferredMaintenanceWindow",
        "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    }

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option == "engine_version" and current:
            # ElastiCache applies patches by itself: 8.2 is reported as 8.2.0, 8.2.1 ...
            return bool(current == wanted or current.startswith(wanted + "."))
        return None

    def normalise(self, item: Item) -> Item:
        if item.get("maintenance_window"):
            item = {**item, "maintenance_window": item["maintenance_window"].lower()}
        return item

    def request(self, options: Item) -> dict[str, t.Any]:
        return {member: options[option] for option, member in self.members.items() if options.get(option) is not None}


def cluster_state(raw: dict[str, t.Any]) -> Item:
    """Options as a cluster, alone or member of a group, shows them."""
    return {
        "engine": raw["Engine"],
        "engine_version": raw.get("EngineVersion"),
        "node_type": raw.get("CacheNodeType"),
        "subnet_group": raw.get("CacheSubnetGroupName"),
        "parameter_group": raw.get("CacheParameterGroup", {}).get("CacheParameterGroupName"),
        "security_group_ids": sorted(group["SecurityGroupId"] for group in raw.get("SecurityGroups", [])),
        "transit_encryption": raw.get("TransitEncryptionEnabled", False),
        "maintenance_window": raw.get("PreferredMaintenanceWindow"),
        "auto_minor_version_upgrade": raw.get("AutoMinorVersionUpgrade"),
    }


class ElasticacheReplicationGroups(Caches):
    """Groups with one shard. What the group does not show, such as its parameter group, is read from its members."""

    module, noun, arn_type = "elasticache_replication_groups", "cache replication group", "replicationgroup"
    fixed = ("subnet_group", "port", "at_rest_encryption", "kms_key_arn")
    unreported = ("auth_token_secret_arn",)
    members: t.ClassVar[dict[str, str]] = {
        **Caches.members,
        "description": "ReplicationGroupDescription",
        "automatic_failover": "AutomaticFailoverEnabled",
        "multi_az": "MultiAZEnabled",
        "at_rest_encryption": "AtRestEncryptionEnabled",
        "kms_key_arn": "KmsKeyId",
        "snapshot_retention_days": "SnapshotRetentionLimit",
        "snapshot_window": "SnapshotWindow",
    }

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        groups = self.of_ours(self.pages("describe_replication_groups", "ReplicationGroups"), "ReplicationGroupId", names)
        if not groups:
            return
        nodes: dict[str, dict[str, t.Any]] = {}
        for cluster in self.pages("describe_cache_clusters", "CacheClusters"):
            nodes.setdefault(cluster.get("ReplicationGroupId", ""), cluster)
        for raw, tags in groups:
            yield self._resource(raw, tags, nodes.get(raw["ReplicationGroupId"]))

    def _resource(self, raw: dict[str, t.Any], tags: dict[str, str], node: dict[str, t.Any] | None) -> Resource:
        name, status = raw["ReplicationGroupId"], raw["Status"]
        shard = next(iter(raw.get("NodeGroups", [])), {})
        primary, reader = shard.get("PrimaryEndpoint", {}), shard.get("ReaderEndpoint", {})
        state = {
            **(cluster_state(node) if node else {}),
            "engine": raw.get("Engine", (node or {}).get("Engine")),
            "node_type": raw.get("CacheNodeType"),
            "description": raw["Description"],
            "nodes": len(raw.get("MemberClusters", [])),
            "port": primary.get("Port"),
            "automatic_failover": raw.get("AutomaticFailover") in ("enabled", "enabling"),
            "multi_az": raw.get("MultiAZ") == "enabled",
            "at_rest_encryption": raw.get("AtRestEncryptionEnabled", False),
            "kms_key_arn": raw.get("KmsKeyId"),
            "transit_encryption": raw.get("TransitEncryptionEnabled", False),
            "auth_token": raw.get("AuthTokenEnabled", False),
            "user_group_ids": sorted(raw.get("UserGroupIds", [])),
            "snapshot_retention_days": raw.get("SnapshotRetentionLimit"),
            "snapshot_window": raw.get("SnapshotWindow"),
            "log_groups": {log["LogType"]: self._log_group(log) for log in raw.get("LogDeliveryConfigurations", [])},
        }
        outputs = {
            "id": name,
            "arn": raw["ARN"],
            "address": primary.get("Address") or self.no_address,
            "reader_address": reader.get("Address") or primary.get("Address") or self.no_address,
            "node_ids": sorted(raw.get("MemberClusters", [])),
        }
        ready = status == "available" and bool(primary)
        return Resource(name, state, tags, outputs, status, ready, status if status == "create-failed" else "")

    @staticmethod
    def _log_group(log: dict[str, t.Any]) -> str:
        return t.cast(str, log.get("DestinationDetails", {}).get("CloudWatchLogsDetails", {}).get("LogGroup", ""))

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option == "port" and current is None:
            return True  # not shown until there is an endpoint, and fixed anyway
        if option == "log_groups":
            return bool(wanted == (current or {}))
        return super().same(option, wanted, current)

    def normalise(self, item: Item) -> Item:
        item = super().normalise(item)
        return {**item, "description": item.get("description") or item["name"], "auth_token": bool(item.get("auth_token_secret_arn"))}

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "address": self.no_address, "reader_address": self.no_address, "node_ids": []}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if item.get("auth_token_secret_arn") and item.get("user_group_ids"):
                problems.append(f"{self.noun} {name}: an AUTH token and user groups exclude each other")
            if item.get("multi_az") and not item.get("automatic_failover"):
                problems.append(f"{self.noun} {name}: multi_az needs automatic_failover")
            if item.get("automatic_failover") and item["nodes"] < 2:
                problems.append(f"{self.noun} {name}: automatic_failover needs two nodes")
        return problems

    def _token(self, item: Item) -> dict[str, str]:
        """The AUTH token, read here and now and handed on."""
        if not item.get("auth_token_secret_arn"):
            return {}
        return {"AuthToken": auth_token(self.session.client("secretsmanager").get_secret_value(SecretId=item["auth_token_secret_arn"])["SecretString"])}

    @staticmethod
    def _logs(log_groups: dict[str, str], dropped: t.Iterable[str] = ()) -> dict[str, t.Any]:
        wanted = [
            {
                "LogType": kind,
                "DestinationType": "cloudwatch-logs",
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": group}},
                "LogFormat": "json",
            }
            for kind, group in sorted(log_groups.items())
        ]
        return {"LogDeliveryConfigurations": wanted + [{"LogType": kind, "Enabled": False} for kind in sorted(dropped)]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        logs = self._logs(item["log_groups"]) if item.get("log_groups") else {}
        users = {"UserGroupIds": item["user_group_ids"]} if item.get("user_group_ids") else {}
        self.client.create_replication_group(
            ReplicationGroupId=name, NumCacheClusters=item["nodes"], Tags=dict_to_tags(tags), **self.request(item), **self._token(item), **logs, **users
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        # Replicas are added before failover is asked for, and taken away after it has been given up.
        more = "nodes" in changes and changes["nodes"] > resource.state["nodes"]
        if more:
            self._replicas(self.client.increase_replica_count, resource, changes["nodes"])
        request = self.request(changes)
        if "auth_token" in changes:
            request.update({**self._token(item), "AuthTokenUpdateStrategy": "SET" if item["auth_token"] else "DELETE"})
        if "user_group_ids" in changes:
            wanted, current = set(changes["user_group_ids"]), set(resource.state["user_group_ids"])
            request.update({
                key: sorted(ids) for key, ids in (("UserGroupIdsToAdd", wanted - current), ("UserGroupIdsToRemove", current - wanted)) if ids
            })  # fmt: skip
        if "log_groups" in changes:
            current = resource.state["log_groups"]
            new = {kind: group for kind, group in changes["log_groups"].items() if current.get(kind) != group}
            request.update(self._logs(new, set(current) - set(changes["log_groups"])))
        if request:
            self.client.modify_replication_group(ReplicationGroupId=resource.name, ApplyImmediately=bool(self.options.get("apply_immediately")), **request)
        if "nodes" in changes and not more:
            self._replicas(self.client.decrease_replica_count, resource, changes["nodes"])

    @staticmethod
    def _replicas(operation: t.Callable[..., t.Any], resource: Resource, nodes: int) -> None:
        """AWS does this at once or not at all."""
        operation(ReplicationGroupId=resource.name, NewReplicaCount=nodes - 1, ApplyImmediately=True)

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_replication_group, ReplicationGroupId=resource.name, RetainPrimaryCluster=False)


class ElasticacheClusters(Caches):
    """Memcached clusters. Members of replication groups are the groups' affair."""

    module, noun, arn_type = "elasticache_clusters", "cache cluster", "cluster"
    fixed = ("engine", "subnet_group", "port", "transit_encryption", "node_type")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        clusters = [one for one in self.pages("describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True) if not one.get("ReplicationGroupId")]
        for raw, tags in self.of_ours(clusters, "CacheClusterId", names):
            name, status, endpoint = raw["CacheClusterId"], raw["CacheClusterStatus"], raw.get("ConfigurationEndpoint", {})
            state = {
                **cluster_state(raw),
                "nodes": raw.get("PendingModifiedValues", {}).get("NumCacheNodes", raw.get("NumCacheNodes")),
                "port": endpoint.get("Port"),
            }
            outputs = {
                "id": name,
                "arn": raw["ARN"],
                "address": endpoint.get("Address") or self.no_address,
                "node_ids": sorted(node["CacheNodeId"] for node in raw.get("CacheNodes", [])),
            }
            ready = status == "available" and bool(endpoint)
            yield Resource(name, state, tags, outputs, status, ready, status if status in ("incompatible-network", "restore-failed") else "")

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option == "port" and current is None:
            return True  # not shown until there is an endpoint, and fixed anyway
        return super().same(option, wanted, current)

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "address": self.no_address, "node_ids": []}

    @staticmethod
    def _spread(nodes: int) -> dict[str, str]:
        return {"AZMode": "cross-az" if nodes > 1 else "single-az"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_cache_cluster(
            CacheClusterId=name, NumCacheNodes=item["nodes"], Tags=dict_to_tags(tags), **self._spread(item["nodes"]), **self.request(item)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        request = self.request(changes)
        if "nodes" in changes:
            request["NumCacheNodes"] = changes["nodes"]
            # AWS wants to be told which nodes go: the newest, whose share of the keys is the easiest to fill again.
            request.update({"CacheNodeIdsToRemove": resource.outputs["node_ids"][changes["nodes"] :]} if changes["nodes"] < resource.state["nodes"] else {})
        self.client.modify_cache_cluster(CacheClusterId=resource.name, ApplyImmediately=bool(self.options.get("apply_immediately")), **request)

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_cache_cluster, CacheClusterId=resource.name)

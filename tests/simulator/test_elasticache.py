# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache: what it refuses, with the nearest neighbour that is accepted, and how caches are described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

TOKEN = "a-token-of-sixteen-or-more"
VALKEY = {
    "ReplicationGroupDescription": "d",
    "Engine": "valkey",
    "EngineVersion": "8.2",
    "CacheNodeType": "cache.t4g.small",
    "NumCacheClusters": 2,
    "CacheSubnetGroupName": "group",
}
MEMCACHED = {"Engine": "memcached", "CacheNodeType": "cache.t4g.small", "NumCacheNodes": 2, "CacheSubnetGroupName": "group"}


def refused(code: str, call: Callable[..., Any], **params: Any) -> None:
    with pytest.raises(ClientError) as raised:
        call(**params)
    error = raised.value.response["Error"]
    assert error["Code"] == code, error["Message"]


@pytest.fixture
def cache(simulator: Simulated) -> Any:
    ec2, client = simulator.client("ec2"), simulator.client("elasticache")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("abc")
    ]
    client.create_cache_subnet_group(CacheSubnetGroupName="group", CacheSubnetGroupDescription="d", SubnetIds=subnets)
    return client


# What CreateReplicationGroup refuses; beside it what it accepts.
GROUPS = [
    ("R-ECC-01", "InvalidParameterCombination", {"NumCacheClusters": 1, "AutomaticFailoverEnabled": True}, {"AutomaticFailoverEnabled": True}),
    ("R-ECC-02", "InvalidParameterCombination", {"AuthToken": TOKEN}, {"AuthToken": TOKEN, "TransitEncryptionEnabled": True}),
    (
        "R-ECC-02",
        "InvalidParameterValue",
        {"AuthToken": "token@with-an-at-sign", "TransitEncryptionEnabled": True},
        {"AuthToken": "token!with-others-<>&#$^", "TransitEncryptionEnabled": True},
    ),
    ("R-ECC-03", "InvalidParameterCombination", {"MultiAZEnabled": True}, {"MultiAZEnabled": True, "AutomaticFailoverEnabled": True}),
    ("R-ECC-04", "InvalidParameterValue", {"ReplicationGroupId": "r" * 41}, {"ReplicationGroupId": "r" * 40}),
    ("R-ECC-05", "InvalidParameterValue", {"ReplicationGroupId": "two--hyphens"}, {"ReplicationGroupId": "one-hyphen"}),
    ("R-ECC-11", "CacheSubnetGroupNotFoundFault", {"CacheSubnetGroupName": "none"}, {"CacheSubnetGroupName": "group"}),
    ("R-ECC-12", "InvalidParameterValue", {"NumCacheClusters": 7}, {"NumCacheClusters": 6}),
    ("R-ECC-13", "CacheParameterGroupNotFound", {"CacheParameterGroupName": "none"}, {"CacheParameterGroupName": "default.valkey8"}),
    (
        "R-ECC-13",
        "InvalidParameterCombination",
        {"CacheParameterGroupName": "default.valkey7"},
        {"EngineVersion": "7.2", "CacheParameterGroupName": "default.valkey7"},
    ),
    ("R-ECC-13", "InvalidParameterCombination", {"EngineVersion": "6.6"}, {"EngineVersion": "8.1"}),
]


def test_creations(cache):
    """One account for all of them: making one takes longer than asking it."""
    for number, (rule, code, wrong, right) in enumerate(GROUPS):
        name = {"ReplicationGroupId": f"rg{number}"}
        with pytest.raises(ClientError) as raised:
            cache.create_replication_group(**name | VALKEY | wrong)
        error = raised.value.response["Error"]
        assert (error["Code"], f"[simulator rule {rule}" in error["Message"]) == (code, True), (rule, error["Message"])
        cache.create_replication_group(**name | VALKEY | right)


def test_a_group_is_described_with_its_nodes(cache):
    made = cache.create_replication_group(
        ReplicationGroupId="rg", **VALKEY | {"NumCacheClusters": 3}, AutomaticFailoverEnabled=True, MultiAZEnabled=True, Tags=[{"Key": "a", "Value": "b"}]
    )["ReplicationGroup"]
    assert made["MemberClusters"] == ["rg-001", "rg-002", "rg-003"]
    shard = made["NodeGroups"][0]
    assert [member["CurrentRole"] for member in shard["NodeGroupMembers"]] == ["primary", "replica", "replica"]
    assert {member["PreferredAvailabilityZone"] for member in shard["NodeGroupMembers"]} == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    assert shard["PrimaryEndpoint"]["Address"].endswith(".euw1.cache.amazonaws.com")
    assert (made["Engine"], made["MultiAZ"], made["AutomaticFailover"]) == ("valkey", "enabled", "enabled")
    nodes = cache.describe_cache_clusters()["CacheClusters"]
    assert {node["ReplicationGroupId"] for node in nodes} == {"rg"}
    assert {node["EngineVersion"] for node in nodes} == {"8.2.0"}
    assert cache.list_tags_for_resource(ResourceName=made["ARN"])["TagList"] == [{"Key": "a", "Value": "b"}]


def test_replicas_come_and_go(cache):
    cache.create_replication_group(ReplicationGroupId="rg", **VALKEY, AutomaticFailoverEnabled=True)
    more = cache.increase_replica_count(ReplicationGroupId="rg", NewReplicaCount=2, ApplyImmediately=True)["ReplicationGroup"]
    assert len(more["MemberClusters"]) == 3
    refused("InvalidParameterValue", cache.increase_replica_count, ReplicationGroupId="rg", NewReplicaCount=6, ApplyImmediately=True)
    refused("InvalidParameterCombination", cache.decrease_replica_count, ReplicationGroupId="rg", NewReplicaCount=0, ApplyImmediately=True)
    fewer = cache.decrease_replica_count(ReplicationGroupId="rg", NewReplicaCount=1, ApplyImmediately=True)["ReplicationGroup"]
    assert len(fewer["MemberClusters"]) == 2


def test_a_failover_makes_a_replica_the_primary(cache):
    cache.create_replication_group(ReplicationGroupId="rg", **VALKEY)
    refused("TestFailoverNotAvailableFault", cache.test_failover, ReplicationGroupId="rg", NodeGroupId="0001")
    cache.modify_replication_group(ReplicationGroupId="rg", AutomaticFailoverEnabled=True)
    cache.test_failover(ReplicationGroupId="rg", NodeGroupId="0001")
    members = cache.describe_replication_groups()["ReplicationGroups"][0]["NodeGroups"][0]["NodeGroupMembers"]
    assert [member["CacheClusterId"] for member in members if member["CurrentRole"] == "primary"] == ["rg-002"]


def test_tokens_and_encryption_are_changed_in_steps(cache):
    cache.create_replication_group(ReplicationGroupId="rg", **VALKEY)
    refused("InvalidParameterCombination", cache.modify_replication_group, ReplicationGroupId="rg", TransitEncryptionEnabled=True)
    cache.modify_replication_group(ReplicationGroupId="rg", TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    changed = cache.modify_replication_group(ReplicationGroupId="rg", AuthToken=TOKEN, AuthTokenUpdateStrategy="SET")["ReplicationGroup"]
    assert changed["AuthTokenEnabled"] is True


def test_memcached(cache):
    refused("NodeQuotaForClusterExceeded", cache.create_cache_cluster, CacheClusterId="mc", **MEMCACHED | {"NumCacheNodes": 41})
    refused("InvalidParameterCombination", cache.create_cache_cluster, CacheClusterId="mc", **MEMCACHED | {"NumCacheNodes": 1}, AZMode="cross-az")
    refused("InvalidParameterCombination", cache.create_cache_cluster, CacheClusterId="mc", **MEMCACHED, PreferredAvailabilityZones=["eu-west-1a"])
    refused("InvalidParameterCombination", cache.create_cache_cluster, CacheClusterId="mc", **MEMCACHED, SnapshotRetentionLimit=1)
    refused("InvalidParameterValue", cache.create_cache_cluster, CacheClusterId="m" * 51, **MEMCACHED)
    refused("InvalidParameterValue", cache.create_cache_cluster, CacheClusterId="vk", **MEMCACHED | {"Engine": "valkey"})
    made = cache.create_cache_cluster(CacheClusterId="mc", **MEMCACHED, AZMode="cross-az")["CacheCluster"]
    assert (made["ConfigurationEndpoint"]["Port"], made["CacheParameterGroup"]["CacheParameterGroupName"]) == (11211, "default.memcached1.6")
    nodes = cache.describe_cache_clusters(CacheClusterId="mc", ShowCacheNodeInfo=True)["CacheClusters"][0]["CacheNodes"]
    assert [node["CacheNodeId"] for node in nodes] == ["0001", "0002"]
    refused("CacheSubnetGroupInUse", cache.delete_cache_subnet_group, CacheSubnetGroupName="group")
    cache.delete_cache_cluster(CacheClusterId="mc")
    assert cache.describe_cache_clusters()["CacheClusters"] == []
    cache.delete_cache_subnet_group(CacheSubnetGroupName="group")


def test_parameter_groups(cache):
    refused("InvalidParameterValue", cache.create_cache_parameter_group, CacheParameterGroupName="pg", CacheParameterGroupFamily="valkey99", Description="d")
    made = cache.create_cache_parameter_group(
        CacheParameterGroupName="pg", CacheParameterGroupFamily="valkey8", Description="d", Tags=[{"Key": "a", "Value": "b"}]
    )["CacheParameterGroup"]
    assert cache.list_tags_for_resource(ResourceName=made["ARN"])["TagList"] == [{"Key": "a", "Value": "b"}]
    change = [{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lfu"}]
    cache.modify_cache_parameter_group(CacheParameterGroupName="pg", ParameterNameValues=change)
    ours = cache.describe_cache_parameters(CacheParameterGroupName="pg", Source="user")["Parameters"]
    assert [(one["ParameterName"], one["ParameterValue"]) for one in ours] == [("maxmemory-policy", "allkeys-lfu")]
    cache.reset_cache_parameter_group(CacheParameterGroupName="pg", ParameterNameValues=change)
    assert cache.describe_cache_parameters(CacheParameterGroupName="pg", Source="user")["Parameters"] == []
    cache.delete_cache_parameter_group(CacheParameterGroupName="pg")
    refused("CacheParameterGroupNotFound", cache.delete_cache_parameter_group, CacheParameterGroupName="pg")


IAM = {"Engine": "valkey", "AccessString": "on ~* +@all", "AuthenticationMode": {"Type": "iam"}}


def test_users_and_their_groups(cache):
    refused("InvalidParameterCombination", cache.create_user, UserId="web", UserName="other", **IAM)
    made = cache.create_user(UserId="web", UserName="web", **IAM, Tags=[{"Key": "a", "Value": "b"}])
    assert (made["Status"], made["Authentication"]["Type"]) == ("active", "iam")
    assert cache.list_tags_for_resource(ResourceName=made["ARN"])["TagList"] == [{"Key": "a", "Value": "b"}]
    refused("UserAlreadyExists", cache.create_user, UserId="web", UserName="web", **IAM)
    changed = cache.modify_user(UserId="web", AccessString="on ~app:* +@read")
    assert changed["AccessString"] == "on ~app:* +@read"
    refused("UserNotFound", cache.create_user_group, UserGroupId="ug", Engine="valkey", UserIds=["nobody"])
    refused("DefaultUserRequired", cache.create_user_group, UserGroupId="ug", Engine="redis", UserIds=["web"])
    refused("InvalidParameterCombination", cache.create_user_group, UserGroupId="ug", Engine="valkey", UserIds=["default", "web"])
    group = cache.create_user_group(UserGroupId="ug", Engine="valkey", UserIds=["web"], Tags=[{"Key": "a", "Value": "b"}])
    assert (group["Status"], group["UserIds"]) == ("active", ["web"])
    assert cache.describe_users(UserId="web")["Users"][0]["UserGroupIds"] == ["ug"]
    cache.create_user(UserId="app", UserName="app", **IAM)
    assert cache.modify_user_group(UserGroupId="ug", UserIdsToAdd=["app"], UserIdsToRemove=["web"])["UserIds"] == ["app"]
    cache.delete_user(UserId="app")
    assert cache.describe_user_groups()["UserGroups"][0]["UserIds"] == []
    cache.delete_user_group(UserGroupId="ug")
    refused("UserGroupNotFound", cache.describe_user_groups, UserGroupId="ug")
    cache.delete_user(UserId="web")
    assert [user["UserId"] for user in cache.describe_users()["Users"]] == ["default"]


def test_a_group_of_users_stands_in_for_the_token(cache):
    cache.create_user(UserId="web", UserName="web", **IAM)
    cache.create_user_group(UserGroupId="ug", Engine="valkey", UserIds=["web"])
    tls = {"TransitEncryptionEnabled": True}
    refused("InvalidParameterCombination", cache.create_replication_group, ReplicationGroupId="rg", **VALKEY, UserGroupIds=["ug"])
    refused("UserGroupNotFound", cache.create_replication_group, ReplicationGroupId="rg", **VALKEY, **tls, UserGroupIds=["none"])
    refused("InvalidParameterCombination", cache.create_replication_group, ReplicationGroupId="rg", **VALKEY, **tls, UserGroupIds=["ug"], AuthToken=TOKEN)
    cache.create_replication_group(ReplicationGroupId="rg", **VALKEY, **tls, AuthToken=TOKEN)
    refused("InvalidParameterCombination", cache.modify_replication_group, ReplicationGroupId="rg", UserGroupIdsToAdd=["ug"])
    changed = cache.modify_replication_group(ReplicationGroupId="rg", UserGroupIdsToAdd=["ug"], AuthTokenUpdateStrategy="DELETE")["ReplicationGroup"]
    assert (changed["AuthTokenEnabled"], changed["UserGroupIds"]) == (False, ["ug"])
    assert cache.describe_user_groups(UserGroupId="ug")["UserGroups"][0]["ReplicationGroups"] == ["rg"]
    refused("InvalidUserGroupState", cache.delete_user_group, UserGroupId="ug")
    cache.delete_replication_group(ReplicationGroupId="rg")
    cache.delete_user_group(UserGroupId="ug")

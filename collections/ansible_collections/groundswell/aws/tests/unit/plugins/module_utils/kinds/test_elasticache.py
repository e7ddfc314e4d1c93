# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to ElastiCache's kinds."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import elasticache
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Resource

from ..fakes import OURS, FakeSession


class Recorder:
    """A client that notes what it is asked and answers nothing."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, operation):
        return lambda **parameters: self.calls.append((operation, parameters)) or {}


@pytest.fixture
def client():
    return Recorder()


def kind(client, which=elasticache.ElasticacheReplicationGroups, **options):
    class Told(which):
        module = ""  # not another kind for the registry
        client = property(lambda self: client)

    return Told(FakeSession(), options, OURS)


def test_a_token_is_a_text_or_the_one_value_of_a_document():
    assert elasticache.auth_token("plain") == "plain"
    assert elasticache.auth_token('{"token": "t"}') == "t"
    with pytest.raises(Problem):
        elasticache.auth_token('{"a": "1", "b": "2"}')


def test_patches_are_left_alone(client):
    groups = kind(client)
    assert differences(groups, {"engine_version": "8.2"}, {"engine_version": "8.2.1"}) == {}
    assert differences(groups, {"engine_version": "8.2"}, {"engine_version": "8.1.0"}) == {"engine_version": "8.2"}


def test_a_port_not_shown_yet_is_no_difference(client):
    assert differences(kind(client), {"port": 6379}, {"port": None}) == {}
    assert differences(kind(client), {"port": 6380}, {"port": 6379}) == {"port": 6380}


def test_replicas_come_before_failover_and_go_after_it(client):
    groups = kind(client)
    one, three = {"nodes": 1}, {"nodes": 3}
    groups.update(Resource("g", one), {"nodes": 3, "auth_token": False}, {"nodes": 3, "automatic_failover": True})
    groups.update(Resource("g", three), {"nodes": 1, "auth_token": False}, {"nodes": 1, "automatic_failover": False})
    operations = [operation for operation, _ in client.calls]
    assert operations == ["increase_replica_count", "modify_replication_group", "modify_replication_group", "decrease_replica_count"]


def test_what_excludes_each_other_is_found_before_anything_happens(client):
    alone = {"nodes": 1, "automatic_failover": True}
    spread = {"nodes": 2, "multi_az": True, "automatic_failover": False}
    both = {"nodes": 1, "auth_token_secret_arn": "arn", "user_group_ids": ["u"]}
    assert len(kind(client).refuse({"a": alone, "b": spread, "c": both})) == 3
    assert kind(client).refuse({"d": {"nodes": 2, "multi_az": True, "automatic_failover": True}}) == []


def test_memcached_says_which_nodes_go(client):
    clusters = kind(client, elasticache.ElasticacheClusters)
    clusters.update(Resource("c", {"nodes": 3}, outputs={"node_ids": ["0001", "0002", "0003"]}), {}, {"nodes": 2})
    assert client.calls[0][1]["CacheNodeIdsToRemove"] == ["0003"]


def test_members_of_a_group_come_and_go(client):
    groups = kind(client, elasticache.ElasticacheUserGroups)
    groups.update(Resource("g", {"user_ids": ["a", "b"]}), {}, {"user_ids": ["b", "c"]})
    assert client.calls == [("modify_user_group", {"UserGroupId": "g", "UserIdsToAdd": ["c"], "UserIdsToRemove": ["a"]})]


def test_users_log_in_by_iam_and_keep_no_password(client):
    users = kind(client, elasticache.ElasticacheUsers)
    item = users.normalise({"name": "u", "engine": "valkey", "access": "on ~* +@all"})
    users.create("u", item, {})
    assert client.calls[0][1]["AuthenticationMode"] == {"Type": "iam"}
    assert client.calls[0][1]["UserName"] == client.calls[0][1]["UserId"]
    assert differences(users, item, {"engine": "valkey", "access": "on ~* +@all", "authentication": "password"}) == {"authentication": "iam"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to RDS's kinds."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import rds
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Resource

from ..fakes import OURS, FakeSession

MYSQL = {"DBInstanceIdentifier": "db", "DBInstanceStatus": "available", "Engine": "mysql", "EngineVersion": "8.4.9", "DBInstanceClass": "db.m7g.large"}


class Recorder:
    """A client that notes what it is asked and answers nothing."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, operation):
        return lambda **parameters: self.calls.append((operation, parameters)) or {}


@pytest.fixture
def client():
    return Recorder()


def kind(client, which=rds.RdsInstances, **options):
    class Told(which):
        module = ""  # not another kind for the registry
        client = property(lambda self: client)

    return Told(FakeSession(), options, OURS)


@pytest.mark.parametrize(
    ("wanted", "current", "satisfied"),
    [
        ("8.4", "8.4.9", True),
        ("8.4.7", "8.4.9", True),
        ("8.4.9", "8.4.7", False),
        ("8.4", "8.0.46", False),
        ("8.0.46", "8.4.9", False),
        ("8.0.mysql_aurora.3.10.0", "8.0.mysql_aurora.3.10.1", True),
        ("8.4.7", "8.0.mysql_aurora.3.10.1", False),
    ],
)
def test_minor_versions_that_aws_went_past_are_left_alone(wanted, current, satisfied):
    assert rds.version_satisfied(wanted, current) is satisfied


@pytest.mark.parametrize(("status", "left"), [("creating", {}), ("available", {"max_allocated_storage": 100})])
def test_what_is_being_restored_is_changed_by_a_later_run(client, monkeypatch, status, left):
    instances = kind(client)
    instances.wanted = {"db": {"name": "db", "max_allocated_storage": 100}}
    raw = {**MYSQL, "DBInstanceStatus": status, "DBInstanceArn": "arn", "Endpoint": {"Address": "db"}}
    raw["TagList"] = [{"Key": "RestoredFrom", "Value": "arn:point"}]
    monkeypatch.setattr(instances, "pages", lambda *_: [raw])
    (found,) = instances.describe(["db"])
    assert differences(instances, instances.wanted["db"], found.state) == left
    assert found.outputs["restored_from"] == "arn:point"


def test_storage_that_autoscaling_added_is_left_alone(client):
    instances = kind(client)
    assert differences(instances, {"allocated_storage": 100}, {"allocated_storage": 140}) == {}
    assert differences(instances, {"allocated_storage": 200}, {"allocated_storage": 140}) == {"allocated_storage": 200}


def test_what_waits_for_the_window_is_not_asked_for_again(client):
    waiting = {**MYSQL, "PendingModifiedValues": {"DBInstanceClass": "db.m7g.xlarge", "PendingCloudwatchLogsExports": {"LogTypesToEnable": ["error"]}}}
    state = kind(client).state_of(waiting)
    assert (state["instance_class"], state["log_exports"]) == ("db.m7g.xlarge", ["error"])


def test_what_waits_is_asked_for_where_it_shall_happen_now(client):
    instances = kind(client, apply_immediately=True)
    waiting = {**MYSQL, "PendingModifiedValues": {"DBInstanceClass": "db.m7g.xlarge"}}
    assert instances.state_of(waiting)["instance_class"] == "db.m7g.large"
    assert instances.settles(waiting)
    # While it is being done there is nothing to ask for.
    assert instances.state_of({**waiting, "DBInstanceStatus": "modifying"})["instance_class"] == "db.m7g.xlarge"


def test_a_major_upgrade_needs_a_word(client):
    instances = kind(client)
    resource = Resource("db", {"engine_version": "8.0.46"})
    with pytest.raises(Problem, match="allow_major_version_upgrade"):
        instances.modification(resource, {}, {"engine_version": "8.4"})
    allowed = instances.modification(resource, {"allow_major_version_upgrade": True}, {"engine_version": "8.4"})
    assert allowed == {"EngineVersion": "8.4", "AllowMajorVersionUpgrade": True, "ApplyImmediately": False}


def test_log_exports_change_by_difference(client):
    resource = Resource("db", {"engine_version": "8.4.9", "log_exports": ["error", "general"]})
    request = kind(client).modification(resource, {}, {"log_exports": ["error", "slowquery"]})
    assert request["CloudwatchLogsExportConfiguration"] == {"EnableLogTypes": ["slowquery"], "DisableLogTypes": ["general"]}


def test_deletion_protection_is_lifted_only_to_delete(client):
    kind(client).delete(Resource("db", {"deletion_protection": True}, status="available"))
    (modify, lifted), (delete, gone) = client.calls
    assert (modify, lifted["DeletionProtection"]) == ("modify_db_instance", False)
    assert delete == "delete_db_instance"
    assert gone["FinalDBSnapshotIdentifier"].startswith("db-final-")
    assert gone["DeleteAutomatedBackups"] is True


def test_what_is_being_deleted_is_left_in_peace(client):
    kind(client).delete(Resource("db", {"deletion_protection": True}, status="deleting"))
    assert client.calls == []


@pytest.mark.parametrize("which", [rds.RdsReadReplicas, rds.RdsClusterInstances])
def test_replicas_and_members_leave_no_snapshot(client, which):
    kind(client, which).delete(Resource("db", {"deletion_protection": False, "replica_of": "source"}, status="available"))
    assert client.calls == [("delete_db_instance", {"DBInstanceIdentifier": "db", "SkipFinalSnapshot": True})]


def test_the_autoscalers_readers_go_with_their_cluster(client):
    state, outputs = {"deletion_protection": False}, {"members": ["db-1", "application-autoscaling-0abc"]}
    kind(client, rds.RdsClusters, final_snapshot=False).delete(Resource("db", state, outputs=outputs, status="available"))
    assert [operation for operation, _ in client.calls] == ["delete_db_instance", "delete_db_cluster"]
    assert client.calls[0][1]["DBInstanceIdentifier"] == "application-autoscaling-0abc"
    assert client.calls[1][1]["SkipFinalSnapshot"] is True


def test_parameters_are_sent_as_they_take_effect_and_twenty_at_a_time(client):
    groups = kind(client, rds.RdsParameterGroups)
    names = [f"parameter_{number:02}" for number in range(25)]
    groups._parameters = lambda group, **narrow: [
        {"ParameterName": name, "IsModifiable": True, "ApplyType": "static" if name == names[0] else "dynamic"} for name in [*names, "dropped"]
    ]
    resource = Resource("g", {"family": "mysql8.4", "parameters": {"dropped": "1"}})
    groups.update(resource, {}, {"parameters": dict.fromkeys(names, "1")})
    sizes = [(operation, len(parameters["Parameters"])) for operation, parameters in client.calls]
    assert sizes == [("modify_db_parameter_group", 20), ("modify_db_parameter_group", 5), ("reset_db_parameter_group", 1)]
    methods = {one["ParameterName"]: one["ApplyMethod"] for _, parameters in client.calls[:2] for one in parameters["Parameters"]}
    assert (methods[names[0]], methods[names[1]]) == ("pending-reboot", "immediate")


def test_unknown_parameters_are_named(client):
    groups = kind(client, rds.RdsParameterGroups)
    groups._parameters = lambda group, **narrow: []
    with pytest.raises(Problem, match="no_such_thing"):
        groups.update(Resource("g", {"family": "mysql8.4", "parameters": {}}), {}, {"parameters": {"no_such_thing": "1"}})


def test_a_parameter_taken_out_is_a_difference(client):
    groups = kind(client, rds.RdsParameterGroups)
    wanted = groups.normalise({"name": "g", "parameters": {"slow_query_log": True}})
    assert differences(groups, wanted, {"parameters": {"slow_query_log": "1"}}) == {}
    assert differences(groups, wanted, {"parameters": {"slow_query_log": "1", "back_log": "9"}})

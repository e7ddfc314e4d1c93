# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables: what of them may change, one thing at a time, and copies in another region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.application_autoscaling import ApplicationAutoscalingTargets
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.dynamodb import Tables
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from botocore.exceptions import ClientError
from conftest import REGION

ELSEWHERE = "us-east-1"
PK, SK = {"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}
BY_CHANGE = {"name": "by-change", "partition_key": PK, "sort_key": {"name": "changed", "type": "N"}, "projection": "all"}
BY_KIND = {"name": "by-kind", "partition_key": {"name": "kind", "type": "S"}, "projection": "include", "projected_attributes": ["title"]}
TABLE = {
    "name": "acme-dev-app", "partition_key": PK, "sort_key": SK, "indexes": [BY_CHANGE], "billing": "on_demand", "stream": "new_and_old_images",
    "ttl_attribute": "expires", "pitr_days": 7, "deletion_protection": True, "tags": {"DataClass": "tables"},
}  # fmt: skip


def described(simulator: Any, region: str = REGION) -> dict[str, Any]:
    return simulator.client("dynamodb", region).describe_table(TableName="acme-dev-app")["Table"]


def options(result: Result) -> list[list[str]]:
    return [change.options for change in result.changes]


def test_a_table_changes_one_thing_after_another(simulator: Any, keep: Callable[..., Result]) -> None:
    assert keep(Tables, [TABLE], check_mode=True).changes[0].action == "create"
    assert keep(Tables, [TABLE]).changed
    assert keep(Tables, [TABLE]).changed is False
    client = simulator.client("dynamodb")
    assert client.describe_time_to_live(TableName=TABLE["name"])["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    recovery = client.describe_continuous_backups(TableName=TABLE["name"])["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", 7)
    key = simulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    other = {
        **TABLE, "indexes": [BY_KIND, {**BY_CHANGE, "name": "by-time"}], "billing": "provisioned", "read_capacity": 5, "write_capacity": 5,
        "table_class": "standard_infrequent_access", "stream": "keys_only", "pitr_days": 35, "deletion_protection": False, "kms_key_arn": key,
    }  # fmt: skip
    changed = ["billing", "deletion_protection", "indexes", "kms_key_arn", "pitr_days", "stream", "table_class"]
    assert options(keep(Tables, [other])) == [changed]
    assert keep(Tables, [other]).changed is False
    table = described(simulator)
    assert sorted(index["IndexName"] for index in table["GlobalSecondaryIndexes"]) == ["by-kind", "by-time"]
    assert (table["SSEDescription"]["KMSMasterKeyArn"], table["ProvisionedThroughput"]["ReadCapacityUnits"]) == (key, 5)
    # What autoscaling made of the capacity is left alone.
    client.update_table(TableName=TABLE["name"], ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 9})
    assert keep(Tables, [other]).changed is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"partition_key": {"name": "id", "type": "S"}}, "its partition_key is .* it is never replaced"),
        ({"sort_key": None}, "its sort_key is .* it is never replaced"),
        ({"indexes": [{**BY_CHANGE, "projection": "keys_only"}]}, "index by-change cannot change"),
        ({"ttl_attribute": "gone_at"}, "items expire by expires. Turn that off first"),
        ({"indexes": [BY_CHANGE, {**BY_CHANGE, "sort_key": {"name": "sk", "type": "N"}}]}, "sk has one type .*two of its indexes are called by-change"),
    ],
)
def test_what_cannot_change_is_refused_first(simulator: Any, keep: Callable[..., Result], change: dict[str, Any], words: str) -> None:
    keep(Tables, [TABLE])
    before = simulator.calls(mutating=True)
    with pytest.raises(Problem, match=words):
        keep(Tables, [{**TABLE, "pitr_days": 3, **change}], replace=(TABLE["name"],))
    assert simulator.calls(mutating=True) == before


def test_data_go_by_name_only(simulator: Any, keep: Callable[..., Result]) -> None:
    keep(Tables, [TABLE])
    assert keep(Tables, [], remove=("*",)).undeclared == ["acme-dev-app"]
    with pytest.raises(ClientError, match="DeletionProtectionEnabled"):
        simulator.client("dynamodb").delete_table(TableName=TABLE["name"])
    keep(Tables, [], remove=("acme-dev-app",))
    assert simulator.client("dynamodb").list_tables()["TableNames"] == []


def test_a_copy_in_another_region(simulator: Any, keep: Callable[..., Result]) -> None:
    keep(Tables, [TABLE])
    source = {**TABLE, "replicas": [{"region": ELSEWHERE, "cell": "dev-2"}]}
    assert options(keep(Tables, [source])) == [["replicas"]]
    assert keep(Tables, [source]).changed is False
    simulator.client("dynamodb").put_item(TableName=TABLE["name"], Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    there = simulator.client("dynamodb", ELSEWHERE)
    assert there.query(TableName=TABLE["name"], KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "a"}})["Count"] == 1
    tags = {tag["Key"]: tag["Value"] for tag in there.list_tags_of_resource(ResourceArn=described(simulator, ELSEWHERE)["TableArn"])["Tags"]}
    assert (tags["Cell"], tags["Project"], tags["DataClass"]) == ("dev-2", "acme", "tables")
    # That it follows no more does not take it away; the source stays as long as it is there, and one alone is never made.
    assert keep(Tables, [{**TABLE, "replicas": []}]).changed is False
    with pytest.raises(ClientError, match="acted as a source"):
        simulator.client("dynamodb").update_table(TableName=TABLE["name"], DeletionProtectionEnabled=False)
        simulator.client("dynamodb").delete_table(TableName=TABLE["name"])
    there.delete_table(TableName=TABLE["name"])
    keep(Tables, [], remove=("acme-dev-app",))
    with pytest.raises(Problem, match="has to be rolled out first"):
        keep(Tables, [{**TABLE, "replica_of": ELSEWHERE}])


def test_a_provisioned_table_is_scaled_before_it_is_copied(simulator: Any, keep: Callable[..., Result]) -> None:
    table = {**TABLE, "billing": "provisioned", "indexes": []}
    copied = {**table, "replicas": [{"region": ELSEWHERE, "cell": "dev-2"}]}
    keep(Tables, [table])
    with pytest.raises(Problem, match="should either be Pay-Per-Request or AutoScaled"):
        keep(Tables, [copied])
    targets = [
        {
            "name": f"table/acme-dev-app:{what}CapacityUnits", "namespace": "dynamodb", "dimension": f"dynamodb:table:{what}CapacityUnits",
            "min_capacity": 1, "max_capacity": 10,
            "policies": [{"name": f"acme-dev-app-{what}", "metric": f"DynamoDB{what}CapacityUtilization", "target_value": 70}],
        }
        for what in ("Read", "Write")
    ]  # fmt: skip
    assert len(keep(ApplicationAutoscalingTargets, targets).changes) == 2
    assert keep(ApplicationAutoscalingTargets, targets).changed is False
    assert keep(Tables, [copied]).changed
    assert keep(ApplicationAutoscalingTargets, [], remove=("*",)).changed

# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as AWS takes its time over them, and refuses what comes too early or together."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

KEYS = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
INDEX = {"IndexName": "by-pk", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}


def refused(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return raised.value.response["Error"]["Code"]


class Clocked(InProcess):
    """With AWS's times, and a clock that goes when it is told to."""

    def __init__(self) -> None:
        super().__init__(latency="aws")
        self.now = 1_800_000_000.0
        self.core.clock = lambda: self.now  # type: ignore[method-assign]
        self.core.lifecycles._clock = self.core.clock


def test_a_table_takes_its_time() -> None:
    simulated = Clocked()
    client = simulated.client("dynamodb")
    created = client.create_table(TableName="app", BillingMode="PAY_PER_REQUEST", **KEYS)["TableDescription"]
    assert created["TableStatus"] == "CREATING" and created["TableId"]
    item = {"TableName": "app", "Item": {"pk": {"S": "a"}}}
    assert refused(client.put_item, **item) == "ResourceNotFoundException"
    assert refused(client.update_table, TableName="app", TableClass="STANDARD_INFREQUENT_ACCESS") == "ResourceInUseException"
    simulated.now += 11
    client.put_item(**item)
    recovery = {"TableName": "app", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}}
    client.update_continuous_backups(**recovery)
    create = {"TableName": "app", "AttributeDefinitions": KEYS["AttributeDefinitions"], "GlobalSecondaryIndexUpdates": [{"Create": INDEX}]}
    client.update_table(**create)
    simulated.now += 60
    described = client.describe_table(TableName="app")["Table"]
    assert (described["TableStatus"], described["GlobalSecondaryIndexes"][0]["IndexStatus"]) == ("ACTIVE", "CREATING")
    other = [{"Create": {**INDEX, "IndexName": "another"}}]
    assert refused(client.update_table, **{**create, "GlobalSecondaryIndexUpdates": other}) == "LimitExceededException"
    assert refused(client.delete_table, TableName="app") == "ResourceInUseException"
    ttl = {"TableName": "app", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"}}
    client.update_time_to_live(**ttl)
    off = {**ttl, "TimeToLiveSpecification": {"Enabled": False, "AttributeName": "expires"}}
    assert refused(client.update_time_to_live, **off) == "ValidationException"
    simulated.now += 3601
    client.update_time_to_live(**off)
    client.delete_table(TableName="app")
    assert client.describe_table(TableName="app")["Table"]["TableStatus"] == "DELETING"
    assert refused(client.create_table, TableName="app", BillingMode="PAY_PER_REQUEST", **KEYS) == "ResourceInUseException"


def test_an_answer_that_is_amended_is_whole() -> None:
    """Clients compare a checksum, and ask again where it is another."""
    client = InProcess().client("dynamodb")
    answers: list[Any] = []
    client.meta.events.register("before-parse.dynamodb.CreateTable", lambda response_dict, **_: answers.append(response_dict))
    client.create_table(TableName="app", BillingMode="PAY_PER_REQUEST", **KEYS)
    told = {name.lower(): value for name, value in answers[0]["headers"].items()}.get("x-amz-crc32")
    assert told is None or int(told) == zlib.crc32(answers[0]["body"])


def test_what_a_real_account_refuses() -> None:
    client = InProcess().client("dynamodb")
    table = {"TableName": "app", "BillingMode": "PAY_PER_REQUEST", **KEYS}
    assert refused(client.create_table, **{**table, "TableName": "no spaces"}) == "ValidationException"
    assert refused(client.create_table, **table, GlobalSecondaryIndexes=[{**INDEX, "IndexName": f"by-{n}"} for n in range(21)]) == "ValidationException"
    client.create_table(**table)
    alone = {"TableName": "app", "DeletionProtectionEnabled": True, "TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert refused(client.update_table, **alone) == "ValidationException"
    two = [{"Create": INDEX}, {"Create": {**INDEX, "IndexName": "another"}}]
    defined = {"TableName": "app", "AttributeDefinitions": KEYS["AttributeDefinitions"]}
    assert refused(client.update_table, **defined, GlobalSecondaryIndexUpdates=two) == "LimitExceededException"
    assert refused(client.update_table, TableName="app", GlobalSecondaryIndexUpdates=two[:1]) == "ValidationException"
    assert refused(client.update_table, TableName="app", StreamSpecification={"StreamEnabled": False}) == "ValidationException"
    off = {"Enabled": False, "AttributeName": "expires"}
    assert refused(client.update_time_to_live, TableName="app", TimeToLiveSpecification=off) == "ValidationException"
    key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/nobody"}
    assert refused(client.update_table, TableName="app", SSESpecification=key) == "ValidationException"
    for region in ("eu-west-1", "xx-nowhere-1"):
        assert refused(client.update_table, TableName="app", ReplicaUpdates=[{"Create": {"RegionName": region}}]) == "ValidationException"
